#!/bin/sh
# Measures fetches from the sandbox server against curl downloading the same
# pages. Called by bench.sh, which has built what is needed.
#
#   tests/bench/netbench.sh BUILD_DIR
set -eu
export LC_ALL=C.UTF-8

build=$(cd "$1" && pwd)
dir=$build/bench/net
pair=$build/bench/pair
pairs=${BENCH_PAIRS:-5}
years=3
token=CANARY-sandbox-token
server=
mkdir -p "$dir"
cd "$dir" # away from anybody's config

command -v curl >/dev/null || {
    echo "bench: no curl: the network is left out" >&2
    exit 0
}

clean() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$dir"/archive* "$dir"/pages
}
trap clean EXIT
trap 'exit 1' INT TERM

# start OPTION...: a new server; sets $url.
start() {
    [ -z "$server" ] || kill "$server"
    rm -f log
    : >out
    "$build/sandbox" --years $years --token $token --log log "$@" >out &
    server=$!
    url=
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        url=$(sed -n 's/^listening on //p' out)
        [ -z "$url" ] || break
        sleep 0.1
    done
    [ -n "$url" ] || exit 1
    cat >wearchive.conf <<END
[archive]
start_date = $(date -u -d "$years years ago" +%Y-%m-%d)

[oura]
access_token = $token
base_url = $url
END
    chmod 600 wearchive.conf
}

fetch() {
    "$build/wearchive" fetch -q --config wearchive.conf --output-dir "$1"
}

# What the log asks for, as a config of curl.
curl_config() {
    rm -rf pages
    mkdir pages
    awk -v url="$url" -v token=$token 'BEGIN {
        print "silent\ncompressed"
        print "header = \"Authorization: Bearer " token "\""
        print "header = \"api-key: " token "\""
    } {
        printf "url = \"%s%s%s\"\n", url, $2, ($3 == "-" ? "" : "?" $3)
        printf "output = \"pages/%d\"\n", NR
    }' log >"$1"
}

# The runs make a new archive each: $$ is the shell's that becomes wearchive.
first="exec '$build/wearchive' fetch -q --config wearchive.conf \
    --output-dir archive-\$\$"
idle="exec '$build/wearchive' fetch -q --config wearchive.conf \
    --output-dir archive"

row() {
    printf '| %s | %s | %s |\n' "$@"
}

opened() {
    awk '/^Tcp:/ && $6 ~ /[0-9]/ { print $7 }' /proc/net/snmp
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

echo
row "from the sandbox" measured wanted
row --- ---: ---:

start
fetch archive
requests=$(wc -l <log)
records=$(cat archive/oura/*.csv | wc -l)
rm -rf archive
curl_config first.curl

# against NAME CURL_OPTION...
against() {
    name=$1
    shift
    # shellcheck disable=SC2046 # its words are numbers
    set -- $("$pair" "$pairs" sh -c "$first" -- curl -s "$@" -K first.curl \
        2>curl.err)
    row "first fetch ($requests requests, $records rows) / $name" \
        "$(ratio "$1" "$2") ($1 s / $2 s)" "<= 2"
    row "peak memory of it, MB" "$4 (curl $5)" "< 24"
    rm -rf archive*
}
against "curl, one after the other" --parallel-max 1
against "curl, 4 at once" -Z --parallel-max 4

# An idle run: all but the server's own time, which is what curl needs for the
# same requests without its start.
fetch archive
: >log
fetch archive
curl_config idle.curl
idle_requests=$(wc -l <log)
# shellcheck disable=SC2046 # its words are numbers
set -- $("$pair" "$pairs" sh -c "$idle" -- \
    curl -s -Z --parallel-max 4 -K idle.curl 2>curl.err)
idle_s=$1 curl_s=$2 idle_mb=$4
# shellcheck disable=SC2046
set -- $("$pair" 51 "$build/wearchive" --version -- curl --version |
    tail -n 1)
version=$(ratio "$1" "$2")
row "idle run ($idle_requests requests) beside the server's time, ms" \
    "$(awk -v a="$idle_s" -v b="$curl_s" -v c="$2" \
        'BEGIN { printf "%.1f", (a - b + c) * 1000 }') ($idle_s s in all)" \
    "< 20"
row "peak memory of it, MB" "$idle_mb" "< 24"
row "--version / curl --version" "$version" "<= 0.9"
rm -rf archive*

start --latency 50
before=$(opened)
fetch archive
row "connections, of the whole machine" "$(($(opened) - before))" 4
requests=$(wc -l <log)
rm -rf archive*
curl_config slow.curl
# The server's own work is in both.
# shellcheck disable=SC2046
set -- $("$pair" 1 sh -c "$first" -- curl -s -Z --parallel-max 4 \
    -K slow.curl 2>curl.err)
# From a request to the first byte of its answer, as one client at a time sees
# it: the 50 ms, and what the server needs for itself.
latency=$(curl -s -w '%{time_starttransfer}\n' -K slow.curl 2>curl.err |
    awk '{ s += $1 } END { printf "%.5f", s / NR }')
# to_theory WALL LATENCY
to_theory() {
    awk -v s="$1" -v latency="$2" -v n="$requests" \
        'BEGIN { printf "%.3f (%.3f s)", s / (n * latency / 4), s }'
}
ms=$(awk -v s="$latency" 'BEGIN { printf "%.1f", s * 1000 }')
row "50 ms of latency: wall / ($requests requests x 50 ms / 4)" \
    "$(to_theory "$1" 0.05)" "<= 1.05"
row "the same, curl, 4 at once" "$(to_theory "$2" 0.05)" -
row "the same, ours, by the $ms ms that the server takes" \
    "$(to_theory "$1" "$latency")" -

# Numbered pages: four at a time once the first one has told how many.
# hevy OPTION...: a server with 2,000 workouts, and what asks it for them
hevy() {
    start --set hevy.workouts=2000 "$@"
    cat >wearchive.conf <<END
[hevy]
api_key = $token
base_url = $url
categories = workouts
END
    rm -rf archive*
    fetch archive
    requests=$(wc -l <log)
    rm -rf archive*
    curl_config hevy.curl
}
hevy
# shellcheck disable=SC2046
set -- $("$pair" "$pairs" sh -c "$first" -- curl -s -Z --parallel-max 4 \
    -K hevy.curl 2>curl.err)
row "2000 workouts of Hevy ($requests requests) / curl, 4 at once" \
    "$(ratio "$1" "$2") ($1 s / $2 s)" "<= 2.5"
row "peak memory of it, MB" "$4 (curl $5)" "< 16"
rm -rf archive*
hevy --latency 100
# shellcheck disable=SC2046
set -- $("$pair" 1 sh -c "$first" -- curl -s -K hevy.curl 2>curl.err)
row "the same with 100 ms for each answer, s" \
    "$1 (curl, one after the other: $2)" "<= 6"
rm -rf archive*
