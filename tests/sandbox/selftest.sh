#!/bin/sh
# Checks the sandbox provider itself: selftest.sh path/to/sandbox
# Needs curl and jq. Prints one line per check; exit code 1 if one failed.
set -u

sandbox=${1:?usage: selftest.sh SANDBOX}
dir=$(mktemp -d) || exit 1
pids=
failed=0
now=1780000000 # 2026-05-28T20:26:40Z
token=CANARY-sandbox-token
all='start_date=2000-01-01&end_date=2030-01-01'
month='start_datetime=2026-04-29T00:00:00Z&end_datetime=2026-05-28T23:00:00Z'

# shellcheck disable=SC2317 # called by the trap
cleanup() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null
    done
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# start OPTION...: sets root and url
start() {
    : >"$dir/port"
    "$sandbox" --now "$now" "$@" >"$dir/port" &
    pids="$pids $!"
    tries=0
    while ! grep -q listening "$dir/port" && [ "$tries" -lt 1200 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    root=$(sed 's/listening on //' "$dir/port")
    url=$root/any/prefix/v2/usercollection
}

# get PATH [CURL OPTION...]
get() {
    path=$1
    shift
    curl -s -m 20 -H "Authorization: Bearer $token" "$@" "$url/$path"
}

# check NAME WANTED GOT
check() {
    if [ "$2" = "$3" ]; then
        echo "ok $1"
    else
        echo "FAILED $1: wanted $2, got $3"
        failed=1
    fi
}

status() { get "$1" -o /dev/null -w '%{http_code}'; }

# walk PATH QUERY: the records of all pages, one a line
walk() {
    get "$1?$2" >"$dir/page"
    while :; do
        jq -c '.data[]' "$dir/page"
        next=$(jq -r '.next_token // empty' "$dir/page")
        [ -n "$next" ] || break
        get "$1?$2" -G --data-urlencode "next_token=$next" >"$dir/page"
    done
}

start
for c in daily_activity daily_sleep daily_readiness daily_spo2 daily_stress \
    daily_resilience daily_cardiovascular_age vO2_max sleep sleep_time \
    workout session enhanced_tag tag rest_mode_period ring_configuration; do
    get "$c?$all" >"$dir/$c"
    check "$c answers" true "$(jq -c '.data | length > 1' "$dir/$c")"
done
for c in heartrate ring_battery_level; do
    get "$c?$month" >"$dir/$c"
    check "$c answers" true "$(jq -c '.data | length > 100' "$dir/$c")"
done
check 'personal_info is bare' 6 "$(get personal_info | jq length)"
check 'vo2_max is no path' 404 "$(status "vo2_max?$all")"
check 'no token' 400 "$(curl -s -o /dev/null -w '%{http_code}' "$url/sleep")"
check 'wrong token' 401 "$(curl -s -o /dev/null -w '%{http_code}' \
    -H 'Authorization: Bearer x' "$url/sleep")"
check 'start after end' value_error \
    "$(get 'sleep?start_date=2026-02-02&end_date=2026-02-01' |
        jq -r '.detail[0].type')"
check 'malformed date' 422 "$(status 'sleep?start_date=x')"
check 'bad next_token' 400 "$(status 'sleep?next_token=x')"
check 'heartrate over 30 days' 400 "$(status \
    'heartrate?start_datetime=2026-01-01T00:00:00Z&end_datetime=2026-03-01T00:00:00Z')"
check 'unknown parameters are ignored' 200 "$(status "sleep?$all&x=y")"

day='start_date=2026-05-20&end_date=2026-05-20'
check 'daily_sleep: end day in' 1 "$(get "daily_sleep?$day" | jq '.data | length')"
for c in daily_activity sleep workout; do
    check "$c: end day left out" 0 "$(get "$c?$day" | jq '.data | length')"
done
check 'daily_activity: first day in' '"2026-05-20"' \
    "$(get 'daily_activity?start_date=2026-05-20&end_date=2026-05-21' |
        jq -c '.data[].day')"

get "sleep?$all" --compressed >"$dir/gzip"
cmp -s "$dir/sleep" "$dir/gzip"
check 'gzip = plain' 0 $?
check 'gzip is used' gzip "$(get "sleep?$all" --compressed -o /dev/null -D - |
    tr -d '\r' | sed -n 's/^Content-Encoding: //p')"

spring='start_date=2026-03-01&end_date=2026-05-29'
for c in workout sleep daily_activity; do
    get "$c?$spring" | jq -c '.data[]' >"$dir/$c"
done
start --page 7
first=$url
for c in workout sleep daily_activity; do
    walk "$c" "$spring" >"$dir/paged"
    check "$c: pages hold no id twice" '' \
        "$(jq -r .id "$dir/paged" | sort | uniq -d)"
    cmp -s "$dir/$c" "$dir/paged"
    check "$c: pages together = one answer" 0 $?
done

start --page 7
for c in sleep daily_activity heartrate ring_configuration; do
    q="$all&$month"
    get "$c?$q" >"$dir/two"
    (url=$first && get "$c?$q") >"$dir/one"
    cmp -s "$dir/one" "$dir/two"
    check "$c: two servers, same bytes" 0 $?
done

start --scenario 429:sleep --scenario 500:workout --scenario empty-object:tag \
    --scenario 401-scope:daily_spo2 --scenario html:session \
    --scenario cut:daily_sleep --scenario cut-chunked:daily_stress \
    --scenario redirect:vo2_max --scenario hard-text:daily_readiness \
    --scenario 401-scope-token:daily_resilience \
    --log "$dir/log"
check '429 once' '429 200' "$(status sleep) $(status sleep)"
check '500 twice' '500 500 200' \
    "$(status workout) $(status workout) $(status workout)"
check 'empty object' '{}' "$(get tag)"
check 'scope' 'Token is not authorized access spo2 scope.' \
    "$(get daily_spo2 | jq -r .detail)"
check 'scope and token' "Token $token is not authorized access stress scope." \
    "$(get daily_resilience | jq -r .detail)"
check 'html' '<!DOCTYPE' "$(get session | cut -c1-9)"
get "daily_sleep?$all" -o /dev/null
check 'cut body' 18 $?
get "daily_stress?$all" -o /dev/null
check 'cut chunks' 18 $?
check 'redirect' 302 "$(status vO2_max)"
check 'hard text' 1 \
    "$(get "daily_readiness?$spring" | grep -c '"id":9007199254740993,')"
check 'log' 'GET /any/prefix/v2/usercollection/sleep - 429 token' \
    "$(head -n 1 "$dir/log")"
check 'log holds no token' 0 "$(grep -c "$token" "$dir/log")"
"$sandbox" --scenario nonsense 2>/dev/null
check 'unknown scenario' 2 $?

"$sandbox" --set oura.nonsense=1 2>/dev/null
check 'unknown setting' 2 $?
check 'unknown setting while it runs' 400 "$(curl -s -o /dev/null \
    -w '%{http_code}' -d '' "$root/sandbox/set?oura.nonsense=1")"
check 'a body is read' 405 "$(head -c 300000 /dev/zero |
    get "sleep?$all" -o /dev/null -w '%{http_code}' --data-binary @-)"

# shellcheck source=/dev/null # in this folder
. "${0%/*}/accounts.sh"
# shellcheck source=/dev/null # in this folder
. "${0%/*}/logins.sh"

exit "$failed"
