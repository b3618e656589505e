#!/bin/sh
# Runs whole fetches against the sandbox provider and compares what they leave
# behind: run.sh BUILD_DIR [NAME ...]
#
# A scenario is a function t_NAME of a file *.t here, made of the helpers of
# lib.sh; NAME may be a pattern. Each has a folder and a sandbox of its own,
# and the same clock every time; after it the general checks of lib.sh follow.
# JOBS are run at a time. Prints a line for each and counts; exit code 1 if one
# failed. KEEP=1 keeps the folders of those that failed.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1

# One scenario, in a new environment: FOLDER OF THE RUN, BUILD, FILE, NAME.
one() {
    all=$1
    build=$2
    name=$4
    dir=$all/$name
    mkdir -p "$dir" || exit 1
    # shellcheck disable=SC2016 # for the inner shell
    env -i PATH="$PATH" HERE="$here" BUILD="$build" DIR="$dir" \
        sh -c '. "$HERE/lib.sh" && scenario "$1" "$2"' sh "$3" "$name" \
        >"$dir.log" 2>&1
    code=$?
    if [ "$code" -eq 0 ]; then
        note=$(sed -n 's/^skipped: / (skipped: /p' "$dir.log" | head -n 1)
        echo "ok $name${note:+$note)}"
        : >"$dir.ok"
    else
        { echo "FAILED $name"; sed 's/^/    /' "$dir.log"; } >"$dir.report"
        cat "$dir.report" # at once, whatever others print
    fi
    if [ "$code" -eq 0 ] || [ -z "${KEEP:-}" ]; then
        rm -rf "$dir"
    fi
}

# FILE NAME of each scenario that matches a pattern.
list() {
    # the long ones first
    for file in "$here/kill.t" "$here"/*.t; do
        [ -f "$file" ] || continue
        sed -n 's/^t_\([a-z0-9_]*\)() {$/\1/p' "$file" | while read -r name; do
            [ $# -eq 0 ] && echo "$file $name"
            for pattern; do
                # shellcheck disable=SC2254 # it is a pattern
                case $name in $pattern) echo "$file $name" ;; esac
            done
        done
    done | awk '!seen[$0]++'
}

if [ "${1:-}" = --one ]; then
    shift
    one "$@"
    exit 0
fi

build=$(cd "${1:?usage: run.sh BUILD_DIR [NAME ...]}" && pwd) || exit 1
shift
all=$(mktemp -d) || exit 1
if [ -n "${KEEP:-}" ]; then
    echo "in $all"
else
    trap 'rm -rf "$all"' EXIT
fi
trap 'exit 1' INT TERM

list "$@" >"$all/list"
xargs -P "${JOBS:-3}" -L 1 "$0" --one "$all" "$build" <"$all/list"
wanted=$(wc -l <"$all/list")
passed=$(find "$all" -maxdepth 1 -name '*.ok' | wc -l)
echo "$passed passed, $((wanted - passed)) failed"
[ "$wanted" -gt 0 ] && [ "$passed" -eq "$wanted" ]
