#!/bin/sh
# Measures large tables: a commit into one, a backfill, a new column, convert,
# verify, tidy, each against other programs in pairs. Called by bench.sh, which
# has built what is needed and found the peers.
#
#   tests/bench/scale.sh BUILD_DIR [commit|backfill|widen|convert|verify|tidy ...]
#
# All files lie in BUILD_DIR/bench/large and are removed at the end: some 5 GB,
# less with BENCH_PART.
set -eu
export LC_ALL=C.UTF-8

build=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- commit backfill widen convert verify tidy
here=$(cd "$(dirname "$0")" && pwd)
dir=$build/bench
work=$dir/large
pairs=${BENCH_PAIRS:-3}
part=${BENCH_PART:-1}
python=${PYTHON:-}
peers=$here/peers
rows=$((10000000 / part))
rm -rf "$work"
mkdir -p "$work/data/oura"
chmod 700 "$work/data" "$work/data/oura"
cd "$work" # away from anybody's config
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

say() {
    echo "bench: $*" >&2
}

has_duckdb() {
    node "$peers/duckdb.mjs" 2>/dev/null
}

# --- a line of the table ----------------------------------------------------

row() {
    printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "$@"
}

# ours WHAT WANTED COMMAND...: what the next lines compare with. $options are
# those of pair.
ours() {
    what=$1 wanted=$2
    shift 2
    quote "$@"
    our_command=$quoted
}

quote() {
    quoted=
    for word; do
        quoted="$quoted '$word'"
    done
}

# against PEER COMMAND...: a line; a peer that cannot do it is left out
against() {
    peer=$1
    shift
    quote "$@"
    # shellcheck disable=SC2046 # words
    set -- $(eval "$dir/pair ${options:-} $pairs $our_command -- $quoted" \
        2>pair.log | tail -n 1)
    [ $# -eq 5 ] || {
        say "left out: $what, $peer"
        tail -n 5 pair.log >&2
        return 0
    }
    row "$what" "$1" "$wanted" "$peer" "$2" "$3" "$4" "$5"
}

# size FILE: in MB, for the name of a line
size() {
    echo "$(($(stat -c %s "$1") / 1000000)) MB"
}

# at FILE: the seconds that 300 MB/s are
at() {
    awk -v n="$(stat -c %s "$1")" 'BEGIN { printf "%.2f", n / 300e6 }'
}

# --- tables -----------------------------------------------------------------

# The table t.csv, of rows with an id and about 99 bytes.
make_t() {
    [ -e t.csv ] && return
    say "making $rows rows"
    "$dir/scale" . "$rows" make >/dev/null
    "$dir/scale" . "$rows" batch >batch.jsonl
}

# heartrate or sleep, as a fetch leaves it: 250 MB, for they are streamed
make_set() {
    [ -e "data/oura/$1.csv" ] && return
    case $1 in
    heartrate) records=$((7200000 / part)) ;;
    *) records=$((90000 / part)) ;;
    esac
    say "making $records records: $1"
    "$dir/generate" "$1" "$records" once >pages
    "$dir/ingest" csv "$1" "$here/sets/$1" pages "data/oura/$1.csv" \
        2>/dev/null
    rm pages
}

# --- what is measured -------------------------------------------------------

commit() {
    make_t
    ours "300 records into $rows rows" 0.25 "$dir/scale-sync" . "$rows" commit
    [ -z "$python" ] || against "Python csv, set of ids" \
        "$python" "$peers/scale.py" new batch.jsonl t.csv
    has_duckdb && against "DuckDB, anti join" \
        node "$peers/scale.mjs" new batch.jsonl t.csv
    ours "80 new records into $rows rows" 0.2 "$dir/scale-sync" . "$rows" append
    against "cat (reads it, too)" cat t.csv
}

backfill() {
    # shellcheck disable=SC2046 # words
    set -- $("$dir/scale-sync" . "$rows" backfill)
    row "backfill of $rows records in 1,000 batches" "$1" "ratio 1.5" \
        "last 100 by first 100" - "$3" "$2" -
    say "backfill: $(awk -v mb="$2" -v n="$rows" \
        'BEGIN { printf "%.1f", mb * 1048576 / n }') bytes of memory a row"
    rm -f b.csv
}

widen() {
    make_t
    ours "a new column in $(size t.csv)" "2 x cp" "$dir/scale" . "$rows" widen
    options="-r out"
    against cp cp t.csv out
    against "cp, then sync" sh -c 'cp t.csv out && sync out'
    [ -z "$python" ] || against "Python csv" \
        "$python" "$peers/scale.py" widen t.csv out
    command -v mlr >/dev/null && against Miller sh -c \
        "mlr --icsv --ocsv put \"\\\$extra=\\\"\\\"\" t.csv >out"
    has_duckdb && against DuckDB node "$peers/scale.mjs" widen t.csv out
    options=
}

# one_way SET FROM TO
one_way() {
    in=data/oura/$1.$2
    ours "$1, $(size "$in"): $2 to $3" "$(at "$in")" \
        "$build/wearchive-nosync" convert "$in" --to "$3" -o ours
    options="-r ours -r out"
    [ -z "$python" ] || against "Python" \
        "$python" "$peers/scale.py" "$2-$3" "$in" out
    # Rows of the night lack members, so Miller has to keep them all.
    command -v mlr >/dev/null && against Miller sh -c \
        "mlr --i$2 --o$3 unsparsify $in >out"
    has_duckdb && against DuckDB node "$peers/scale.mjs" "$2-$3" "$in" out
    options=
    rm -f ours out
}

convert() {
    for set in heartrate sleep; do
        make_set $set
        one_way $set csv jsonl
        "$build/wearchive-nosync" convert data/oura/$set.csv --to jsonl \
            -o data/oura/$set.jsonl
        one_way $set jsonl csv
        rm data/oura/$set.jsonl
    done
}

verify() {
    for set in heartrate sleep; do
        make_set $set
        ours "verify $set, $(size data/oura/$set.csv)" "$(at data/oura/$set.csv)" \
            "$build/wearchive-nosync" verify $set --output-dir data
        [ -z "$python" ] || against "Python csv, set of keys" \
            "$python" "$peers/scale.py" verify data/oura/$set.csv 1
        against "wc -l" wc -l data/oura/$set.csv
    done
}

tidy() {
    make_set heartrate
    in=data/oura/heartrate.csv
    { head -n 1 $in; tail -n +2 $in | shuf --random-source=$in; } >shuffled
    ours "tidy $(size shuffled) without any order" "as sort" \
        "$build/wearchive-nosync" tidy heartrate --output-dir data
    options="-c shuffled $in -r out"
    against sort env LC_ALL=C sort -o out shuffled
    options=
    rm shuffled out
}

row "what" "ours s" "wanted" "peer" "peer's s" "ratio" "ours MB" "peer's MB"
row --- ---: ---: --- ---: ---: ---: ---:
for step; do
    "$step"
done
make_t
say "rows of t.csv are found at, and it is read at, GB/s: $("$dir/rows" t.csv)"
