#!/bin/sh
# Pages to CSV with jq: fixed columns, every record, nothing looked up.
#   jq.sh COLUMNS PAGES OUT
set -eu

columns=$1 pages=$2 out=$3

cells=$(awk '
{
    n = split($1, keys, ".")
    path = ""
    for (i = 1; i <= n; i++)
        path = path ".\"" keys[i] "\""
    if ($2 == "list")
        path = "(" path " | tojson)"
    printf "%s%s", (NR > 1 ? ", " : ""), path
}' "$columns")
cut -d ' ' -f 1 "$columns" | paste -s -d , - >"$out"
exec jq -r ".data[] | [$cells] | @csv" "$pages" >>"$out"
