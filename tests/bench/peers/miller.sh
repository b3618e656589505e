#!/bin/sh
# Pages to CSV with Miller: lists as JSON text, the first version of a record
# wins.
#   miller.sh COLUMNS PAGES OUT
set -eu

columns=$1 pages=$2 out=$3

# Its name changed between versions.
encode=json_encode
mlr -n put 'end { f = json_encode({}) }' 2>/dev/null || encode=json_stringify

# The lists become text; Miller itself turns maps into dotted columns.
lists=$(awk -v encode=$encode '$2 == "list" {
    n = split($1, keys, ".")
    path = "r"
    for (i = 1; i <= n; i++)
        path = path "[\"" keys[i] "\"]"
    printf "%s = %s(%s); ", path, encode, path
}' "$columns")
key=$(sed -n '1s/ .*//p' "$columns")
exec mlr --ijson --ocsv put -q "for (r in \$data) { $lists emit1 r }" \
    'then' head -n 1 -g "$key" 'then' flatten "$pages" >"$out"
