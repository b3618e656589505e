#!/bin/sh
# Measures wearchive against other programs, in pairs, and prints a table.
#
#   tests/bench/bench.sh BUILD_DIR [heartrate|sleep|workouts|scale|net ...]
#
# Only a part of scale: scale-commit, see scale.sh.
#
# BENCH_PAIRS   pairs of runs, 5 if not set (scale: 3)
# BENCH_PART    for a quick try: only so many parts of the records, 20 = 5 %
#
# Everything it makes lies in BUILD_DIR/bench; the pages stay for the next time.
set -eu
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${1:?"usage: bench.sh BUILD_DIR [SET ...]"}
build=$(cd "$build" && pwd)
shift
[ $# -gt 0 ] || set -- heartrate sleep workouts scale net
dir=$build/bench
pairs=${BENCH_PAIRS:-5}
part=${BENCH_PART:-1}
mkdir -p "$dir"

say() {
    echo "bench: $*" >&2
}

# program NAME LINK_OPTIONS SOURCE...
program() {
    out=$dir/$1 options=$2
    shift 2
    # shellcheck disable=SC2086 # options are words
    ${CC:-gcc} -std=c17 -O2 -g -I"$root/src" -D_POSIX_C_SOURCE=200809L \
        $options -o "$out" "$@" "$dir/lib.a" -lcsv -lxxhash -lcjson -linih
}

make_programs() {
    rm -f "$dir/lib.a"
    for layer in base data sys store; do
        ar qcs "$dir/lib.a" "$build/src/$layer"/*.o
    done
    wrap=-Wl,--as-needed,--wrap=fsync,--wrap=fdatasync,--wrap=sync_file_range
    program generate -Wl,--as-needed "$here/generate.c"
    program pair -Wl,--as-needed "$here/pair.c"
    program ingest "$wrap" "$here/ingest.c" "$here/nosync.c"
    program ingest-sync -Wl,--as-needed "$here/ingest.c"
    program scale "$wrap" "$here/scale.c" "$here/nosync.c"
    program scale-sync -Wl,--as-needed "$here/scale.c"
    program rows -Wl,--as-needed "$here/rows.c"
}

# Sets $pages.
make_pages() {
    case $1 in
    heartrate) records=$((1000000 / part)) ;;
    *) records=$((50000 / part)) ;;
    esac
    pages=$dir/$1-$records.pages
    stamp="$(cksum <"$here/generate.c") $records"
    [ "$(cat "$pages.made" 2>/dev/null)" = "$stamp" ] && return
    say "making $records records: $1"
    "$dir/generate" "$1" "$records" >"$pages"
    echo "$stamp" >"$pages.made"
}

# The shim of a version manager would be measured, too.
find_peers() {
    PYTHON=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null) ||
        say "no python3: results are not checked"
    python=$PYTHON
    export PYTHON
    command -v jq >/dev/null || say "no jq: left out"
    command -v mlr >/dev/null || say "no mlr: Miller is left out"
    export DUCKDB="$dir/node"
    "$root/scripts/install-duckdb" "$DUCKDB"
}

check() {
    [ -z "$python" ] || "$python" "$here/peers/check.py" "$@"
}

row() {
    printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$@"
}

# against NAME FLOOR GOAL FORM WHICH PEER...: one row of the table. The peer
# writes $theirs, where the rows must be right; see peers/check.py for WHICH.
against() {
    name=$1 floor=$2 goal=$3 form=$4 which=$5
    shift 5
    ours=$dir/ours.$form theirs=$dir/theirs.$form
    rm -f "$theirs"
    if ! "$@" "$theirs" >"$dir/peer.log" 2>&1; then
        say "$name failed on $set, see $dir/peer.log: left out"
        return 0
    fi
    check "$form" "$which" "$columns" "$pages" "$theirs"
    # shellcheck disable=SC2046 # its words are cells
    set -- $("$dir/pair" -r "$ours" -r "$theirs" "$pairs" \
        "$dir/ingest" "$form" "$set" "$columns" "$pages" "$ours" -- \
        "$@" "$theirs" 2>"$dir/pair.log" | tail -n 1)
    [ $# -eq 5 ] || {
        cat "$dir/pair.log" >&2
        exit 1
    }
    row "$name" "$set" "$1" "$2" "$3" "$floor" "$goal" "$4" "$5"
}

check_ours() {
    rm -f "$dir/ours.$1"
    "$dir/ingest" "$1" "$set" "$columns" "$pages" "$dir/ours.$1" >/dev/null
    check "$1" newest "$columns" "$pages" "$dir/ours.$1" >/dev/null
}

# pick A B C: the one of this set.
pick() {
    case $set in
    heartrate) echo "$1" ;;
    sleep) echo "$2" ;;
    workouts) echo "$3" ;;
    esac
}

measure() {
    set=$1 columns=$here/sets/$1
    make_pages "$set"
    peers=$here/peers
    check_ours csv
    check_ours jsonl
    if [ -n "$python" ]; then
        against "Python, id set" "$(pick 7 10 7)" "$(pick 10.7 14.6 10.6)" \
            csv first "$python" "$peers/stream.py" csv "$columns" "$pages"
        against "Python, newest wins" - "$(pick 13.8 16.6 11.8)" \
            csv newest "$python" "$peers/newest.py" csv "$columns" "$pages"
        against "Python, JSON lines" "$(pick 10 8 -)" "$(pick 17 12 -)" \
            jsonl first "$python" "$peers/stream.py" jsonl "$columns" "$pages"
    fi
    if node "$peers/duckdb.mjs" 2>/dev/null; then
        against DuckDB "$(pick 8 7 5)" "$(pick 12.8 11.3 8.5)" \
            csv newest node "$peers/duckdb.mjs" "$columns" "$pages"
    fi
    if command -v jq >/dev/null; then
        against jq "$(pick 10 17 13)" "$(pick 15 26 21)" \
            csv all "$peers/jq.sh" "$columns" "$pages"
    fi
    if command -v mlr >/dev/null; then
        against Miller "$(pick 22 35 22)" "$(pick 36 57 36)" \
            csv first "$peers/miller.sh" "$columns" "$pages"
    fi
    against "ourselves, with fsync" - - csv newest \
        "$dir/ingest-sync" csv "$set" "$columns" "$pages"
    rm -f "$dir"/ours.* "$dir"/theirs.*
    largest=$(awk '{ if (length($0) > n) n = length($0) }
        END { printf "%.1f", 16 + 2 * n / 1048576 }' "$pages")
    say "$set: memory of ours may be $largest MB"
}

make_programs
find_peers
row_of_names=true
for what; do
    case $what in
    net)
        "$here/netbench.sh" "$build"
        continue
        ;;
    scale)
        "$here/scale.sh" "$build"
        continue
        ;;
    scale-*)
        "$here/scale.sh" "$build" "${what#scale-}"
        continue
        ;;
    esac
    if $row_of_names; then
        row peer set "ours s" "peer's s" ratio floor goal "ours MB" "peer's MB"
        row --- --- ---: ---: ---: ---: ---: ---: ---:
        row_of_names=false
    fi
    measure "$what"
done
