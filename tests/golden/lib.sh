# shellcheck shell=sh
# shellcheck disable=SC2034 # variables are for the scenarios
# The helpers of the scenarios, and what is checked after each of them. A
# helper that finds something wrong ends the scenario.

now=1780000000                               # 2026-05-28T20:26:40Z
start=2025-01-01                             # before the synthetic person's
data='--years 1 --heartrate-interval 3600'   # what the sandbox serves
began=1716928000                             # when accounts began
program=wearchive-test                       # its clock is fixed
token=CANARY-sandbox-token
few='daily_activity,sleep,heartrate'
errors=0     # runs that failed as wanted
server=      # the sandbox that runs ask
pid=         # the sandbox started last
others=      # more processes that end with the scenario
last=        # arguments of the last run that went well
# What a scenario may leave behind, beyond a proper archive:
archives=data # folders to look at, blanks between
unordered=   # rows that are not in the order of time
torn=        # pieces in .wearchive/torn
modes=       # files of other modes
once=        # a further run is not the same
unread=      # tables are not looked at

fail() {
    echo "$*"
    for file in err out sanitizer.*; do
        [ -s "$file" ] && { echo "$file:"; head -n 30 "$file"; }
    done
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 0
}

# await COMMAND...: until it succeeds. The time is for slow machines: no test
# is about how long it takes.
await() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 2000 ] || fail "in vain: $*"
        sleep 0.05
    done
}

# has_asked N: N requests were answered since req was emptied
has_asked() {
    [ "$(wc -l <req)" -ge "$1" ]
}

# --- the provider -----------------------------------------------------------

# start_sandbox OPTION...: sets url and pid
start_sandbox() {
    rm -f port
    mkfifo port
    # shellcheck disable=SC2086 # data are options
    "$BUILD/sandbox" --now "$now" $data "$@" >port 2>>sandbox.err &
    pid=$!
    read -r line <port || fail "sandbox: $(cat sandbox.err)"
    url=${line#listening on }
}

stop_sandbox() {
    kill "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    [ "$1" = "$pid" ] && pid=
    [ "$1" = "$server" ] && server=
    return 0
}

# nobody_there: the server is gone, and where it was nobody listens. (On its own
# port another scenario's may by now.)
nobody_there() {
    stop_sandbox "$server"
    export OURA_BASE_URL=http://127.0.0.1:1
}

stop_all() {
    [ -n "$pid" ] && stop_sandbox "$pid"
    [ -n "$server" ] && stop_sandbox "$server"
    for other in $others; do
        kill "$other" 2>/dev/null
        wait "$other" 2>/dev/null
    done
}

# serve OPTION...: (re)starts the sandbox; its requests are noted in req
serve() {
    [ -n "$server" ] && stop_sandbox "$server"
    : >req
    start_sandbox --log req "$@"
    server=$pid
    export OURA_BASE_URL="$url"
}

# serve_bad SCENARIO [OPTION...]: small pages, and the scenario
serve_bad() {
    bad=$1
    shift
    serve --page 100 --scenario "$bad" "$@"
}

# later DAYS: moves the clock of both sides; then serve
later() {
    now=$((now + $1 * 86400))
    export WEARCHIVE_NOW=$now
}

# real_clock: the program that is shipped, for runs that take their time
real_clock() {
    program=wearchive
    now=$(date +%s)
    began=$((now - 2 * 365 * 86400))
    OURA_START_DATE=$(date -u -d "@$((now - 500 * 86400))" +%Y-%m-%d)
    export OURA_START_DATE
}

# --- runs -------------------------------------------------------------------

# run CODE ARG...: runs wearchive; it must end with this code
run() {
    want=$1
    shift
    : >waits
    "$BUILD/$program" "$@" >out 2>err </dev/null
    code=$?
    cat out err >>said
    [ "$code" -eq "$want" ] || fail "exit code $code, not $want: $*"
    [ "$code" -eq 0 ] && last=$*
    [ "$code" -eq 0 ] || errors=$((errors + 1))
}

# fetch ARG...: one that goes well without a word
fetch() {
    run 0 fetch "$@"
    silent
}

# undisturbed DIR ARG...: fetches the same from a well-behaved provider
undisturbed() {
    to=$1
    shift
    start_sandbox
    OURA_BASE_URL=$url "$BUILD/$program" fetch --output-dir "$to" "$@" \
        >out 2>err || fail "undisturbed run: $?"
    stop_sandbox "$pid"
}

# --- other programs ---------------------------------------------------------

# is_there PROGRAM NAME: or the scenario is skipped
is_there() {
    command -v "$1" >/dev/null || skip "no $2"
}

# LibreOffice's filter for CSV; it takes: separator, quote, code, first line,
# columns, language, all quoted, numbers in other forms are found
csv_filter='Text - txt - csv (StarCalc)'

# office TO FOLDER OPTION... FILE...: what LibreOffice makes of files
office() {
    to=$1
    folder=$2
    shift 2
    timeout 300 soffice "-env:UserInstallation=file://$DIR/profile" \
        --headless --convert-to "$to" --outdir "$folder" "$@" \
        >office.log 2>&1 </dev/null || fail "LibreOffice: $(cat office.log)"
}

# --- what came of it --------------------------------------------------------

silent() {
    if [ -s out ] || [ -s err ]; then
        fail "not silent"
    fi
}

# said N PATTERN: N lines on stderr, one of them matches
said() {
    [ "$(wc -l <err)" -eq "$1" ] || fail "stderr has not $1 lines"
    grep -Eq -- "$2" err || fail "stderr lacks: $2"
}

# equal WHAT WANTED GOT
equal() {
    [ "$2" = "$3" ] && return
    printf '%s\n' "$2" >wanted
    printf '%s\n' "$3" >got
    diff -u wanted got
    fail "$1"
}

# tables NAME...: these files and no others are in data/oura
tables() {
    equal tables "$(printf '%s\n' "$@" | sort)" \
        "$(find data/oura -mindepth 1 -printf '%f\n' | sort)"
}

# The number of records in a table, without its header.
rows() {
    python3 -I -S "$HERE/check.py" rows "data/oura/$1.csv"
}

# Requests, of a path that matches.
requests() {
    grep -Ec -- "${1:-.}" req
}

# serve_whoop OPTION...: the same for WHOOP
serve_whoop() {
    serve "$@"
    export WHOOP_BASE_URL="$url" WHOOP_ACCESS_TOKEN="$token"
}

# serve_hevy OPTION...: the same for Hevy
serve_hevy() {
    serve "$@"
    export HEVY_BASE_URL="$url" HEVY_API_KEY="$token"
}

# tell KEY=VALUE: something happens at the provider
tell() {
    [ "$(curl -s -o /dev/null -w '%{http_code}' -d '' \
        "$url/sandbox/set?$1")" = 200 ] || fail "$1 was not done"
}

# has_all PROVIDER CATEGORY...: the raw tables have what the provider's account
# holds, byte for byte, and gone records more
has_all() {
    provider=$1
    gone=${gone:-0}
    shift
    for name; do
        curl -s "$url/sandbox/dump?$provider/$name" | sort >held
        [ -s held ] || fail "$name: nothing is held"
        sort "data/$provider/$name.raw.jsonl" >stored
        comm -23 held stored >lost
        comm -13 held stored >extra
        if [ -s lost ] || [ "$(wc -l <extra)" -ne "$gone" ]; then
            fail "$name: not stored: $(head -n 3 lost) more: $(head -n 3 extra)"
        fi
        equal "$name: rows of CSV" "$(wc -l <stored)" \
            "$(python3 -I -S "$HERE/check.py" rows "data/$provider/$name.csv")"
    done
    gone=0
}

# serve_account PROVIDER OPTION...: the same, and runs ask the person's account
# at that service; it began two years before today
serve_account() {
    case $1 in
    whoop) quota='--set whoop.quota=90000,90000' key=WHOOP_ACCESS_TOKEN ;;
    hevy) quota='' key=HEVY_API_KEY ;;
    strava)
        quota='--set strava.quota=90000,90000,90000,90000'
        key=STRAVA_ACCESS_TOKEN
        ;;
    esac
    name=$(echo "$1" | tr '[:lower:]' '[:upper:]')
    shift
    # shellcheck disable=SC2086 # an option and its value
    serve --years 2 --began "$began" $quota "$@"
    first_day=$(date -u -d "@$((began - 148 * 86400))" +%Y-%m-%d)
    export "${name}_BASE_URL=$url" "${name}_START_DATE=$first_day" "$key=$token"
}

# dump FOLDER PROVIDER DUMP...: what the account holds
dump() {
    to=$1
    provider=$2
    shift 2
    mkdir -p "$to"
    for name; do
        curl -sf "$url/sandbox/dump?$provider/$name" >"$to/$name" ||
            fail "no dump of $name"
    done
}

# held WHAT PROVIDER GONE FOLDER... -- CATEGORY...: the tables or histories are
# what the dumps of the runs say; see held.py
held() {
    what=$1
    provider=$2
    gone=$3
    shift 3
    folders=
    while [ "$1" != -- ]; do
        folders="$folders $1"
        shift
    done
    shift
    suffix=
    [ "$what" = history ] && suffix=.history
    for name; do
        # shellcheck disable=SC2086 # the folders, one by one
        python3 -I "$HERE/held.py" "$what" "$provider" "$name" \
            "data/$provider/$name$suffix.csv" "$gone" $folders ||
            fail "$name: not what is held"
    done
}

# state FILTER: of one category's part, such as .heartrate.tables.csv.coverage
state() {
    jq -r ".sources.oura.categories$1" data/state.json
}

# same A B: the same tables, and the same state but for its times
same() {
    diff -r -x .wearchive -x state.json "$1" "$2" >differ ||
        fail "$1 and $2 differ: $(cut -c1-200 differ | head -n 12)"
    [ "$program" = wearchive ] && return # its clock has moved on
    for at in "$1" "$2"; do
        jq -S 'del(.. | .last_fetch?, .last_success?, .last_error?)' \
            "$at/state.json" >"state.$at"
    done
    diff -u "state.$1" "state.$2" || fail "states of $1 and $2 differ"
}

# holds CATEGORY...: the rows are what the provider serves, no more, no less
holds() {
    start_sandbox --no-gzip
    python3 -I "$HERE/check.py" served "$url" data "$now" "$@" ||
        fail "the table is not what is served"
    stop_sandbox "$pid"
}

# cells FILE: stdin has DAY COLUMN and the cell's text in the file
cells() {
    python3 -I -S "$HERE/check.py" cells "$1" || fail "cells of $1"
}

# Name, time of change, size and inode of every table.
stamps() {
    find "$@" -mindepth 2 -type f ! -path '*/.wearchive/*' -exec stat -c '%n %y %s %i' {} + | sort
}

# conf: writes stdin as the configuration
conf() {
    cat >wearchive.conf
    chmod 600 wearchive.conf
}

# --- a scenario, and what is checked after it -------------------------------

# Once more: no byte of a table may change.
check_again() {
    [ -n "$last" ] && [ "$code" -eq 0 ] && [ -z "$once" ] || return
    # shellcheck disable=SC2086 # the folders, one by one
    stamps $archives >before
    # shellcheck disable=SC2086 # the arguments, one by one
    run 0 $last
    # shellcheck disable=SC2086 # the folders, one by one
    stamps $archives >after
    diff -u before after || fail "a further run changed a table"
}

check_secrets() {
    # shellcheck disable=SC2086 # the folders, one by one
    if grep -rl CANARY $archives said req sandbox.err waits 2>/dev/null; then
        fail "the token is in these files"
    fi
}

check_archive() {
    find "$1" -name '*.new' -o -name '*~' | grep . && fail "left over"
    [ -n "$torn" ] || { [ -d "$1/.wearchive/torn" ] && fail "torn pieces"; }
    find "$1/.wearchive" -mindepth 1 -maxdepth 1 ! -name lock ! -name torn |
        grep . && fail "left over"
    if [ -z "$modes" ]; then
        find "$1" -type f ! -perm 0600 -o -type d ! -perm 0700 | grep . &&
            fail "others may read these"
    fi
    [ -n "$unread" ] ||
        python3 -I -S "$HERE/check.py" tables "$1" "$unordered" ||
        fail "damaged"
}

check_sanitizers() {
    for report in sanitizer.*; do
        [ -e "$report" ] && { head -n 40 "$report"; fail "sanitizer"; }
    done
}

# scenario FILE NAME
scenario() {
    cd "$DIR" || exit 1
    umask 022
    mkdir home
    : >req
    : >said
    export HOME="$DIR/home" OURA_PERSONAL_ACCESS_TOKEN="$token" \
        OURA_START_DATE="$start" WEARCHIVE_NOW="$now" \
        WEARCHIVE_WAITS="$DIR/waits" \
        ASAN_OPTIONS="log_path=$DIR/sanitizer" \
        UBSAN_OPTIONS="print_stacktrace=1:log_path=$DIR/sanitizer"
    trap stop_all EXIT
    # shellcheck disable=SC1090 # any of *.t
    . "$1"
    "t_$2"
    check_again
    check_secrets
    for archive in $archives; do
        [ -d "$archive" ] && check_archive "$archive"
    done
    stop_all
    check_sanitizers
    return 0
}
