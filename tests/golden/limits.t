# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Runs that may ask for little.

# some N ARG...: the next run, a second later, with N requests; it ends well or
# with exit code 5
some() {
    limit=$1
    shift
    WEARCHIVE_NOW=$((WEARCHIVE_NOW + 1))
    runs=$((runs + 1))
    [ "$runs" -lt 100 ] || fail 'no end'
    : >req
    "$BUILD/$program" fetch --max-requests "$limit" "$@" >out 2>err
    code=$?
    cat out err >>said
    cut -d ' ' -f 2 req >>paths
    case $code in
    0) silent ;;
    5) [ "$(grep -c '^wearchive: ' err)" -le 2 ] || fail 'too many lines' ;;
    *) fail "exit code $code" ;;
    esac
    [ "$(requests)" -le "$limit" ] || fail "$(requests) requests"
}

# incomplete: a table is not as in the folder want
incomplete() {
    ! diff -rq -x .wearchive -x state.json want data >differ
}

t_few_requests_go_to_all_categories_in_turn() {
    export OURA_START_DATE=2025-09-01
    serve
    undisturbed want
    runs=0
    : >paths
    while [ "$(sort -u paths | wc -l)" -lt 19 ]; do
        [ "$runs" -lt 19 ] || fail "only $(sort -u paths)"
        some 3
    done
    while incomplete; do
        some 3
    done
    [ "$runs" -ge 19 ] || fail "only $runs runs"
    fetch
    undisturbed want
    same data want
}

# The request for the second one would not go out in any run.
t_category_that_was_not_asked_for_keeps_its_turn() {
    export OURA_START_DATE=2026-05-20
    serve
    runs=0
    : >paths
    for _ in 1 2 3; do
        some 1 -c daily_sleep,daily_readiness,daily_stress
    done
    equal paths 3 "$(sort -u paths | wc -l)"
}

# A window of heartrate takes all 5, with the recent days that go before it.
t_category_that_was_cut_short_is_the_first_of_the_next_run() {
    export OURA_START_DATE=2026-01-01
    serve --page 200
    undisturbed want -c daily_sleep,heartrate
    runs=0
    while incomplete; do
        some 5 -c daily_sleep,heartrate
    done
    fetch -c daily_sleep,heartrate
    undisturbed want -c daily_sleep,heartrate
    same data want
}

# Two windows under way would take the requests from each other in each run.
t_few_requests_finish_window_after_window() {
    export OURA_START_DATE=2025-06-01
    serve --page 5
    undisturbed want -c daily_activity,sleep
    runs=0
    while incomplete; do
        some 50 -c daily_activity,sleep
    done
    [ "$runs" -ge 4 ] || fail "only $runs runs"
    fetch -c daily_activity,sleep
    undisturbed want -c daily_activity,sleep
    same data want
}

t_few_requests_go_to_all_sources_in_turn() {
    export OURA_START_DATE=2026-01-01
    serve --page 50
    undisturbed want -c heartrate
    conf <<END
[anna]
provider = oura
access_token = $token
start_date = $OURA_START_DATE
base_url = $OURA_BASE_URL

[ben]
provider = oura
access_token = $token
start_date = $OURA_START_DATE
base_url = $OURA_BASE_URL
END
    runs=0
    code=5
    while [ "$code" -eq 5 ]; do
        some 21 -c heartrate
    done
    for name in anna ben; do
        cmp "data/$name/heartrate.csv" want/oura/heartrate.csv ||
            fail "$name: tables differ"
    done
    [ "$runs" -ge 10 ] || fail "only $runs runs"
}

# hinted PATTERN: one hint, and this one
hinted() {
    equal hints 1 "$(grep -c '^hint: ' err)"
    grep -q "^hint: $1" err || fail "no hint: $1"
}

t_window_that_needs_more_requests_has_a_hint() {
    export OURA_START_DATE=2026-01-01
    runs=0
    serve --page 50
    undisturbed want -c heartrate
    some 1 -c heartrate # 4 pages are recent
    hinted 'no run of 1 request finishes this window; give --max-requests more$'
    grep -q ' budget of 1 request is spent$' err || fail 'not said'
    some 3 -c heartrate
    hinted 'no run of 3 requests finishes this window'
    some 16 -c heartrate # and a month has 14 or 15
    hinted 'no run of 16 requests finishes this window'
    while incomplete; do
        some 20 -c heartrate
        [ "$code" -eq 0 ] || ! grep '^hint: ' err || fail 'a hint too many'
    done
    fetch -c heartrate
    undisturbed want -c heartrate
    same data want
}

t_failures_that_use_up_the_limits_have_no_hint() {
    unordered=1
    export OURA_START_DATE=2026-05-20
    serve --scenario 500-always:sleep
    run 5 fetch -c sleep --max-requests 1
    said 1 'HTTP 500: budget of 1 request is spent$'
    run 5 fetch -c sleep --max-requests 2
    said 1 'HTTP 500: budget of 2 requests is spent$'
    run 5 fetch -c sleep --max-time 1
    said 1 'HTTP 500: time is up$'
    serve --page 10 --scenario 429-long:sleep --scenario 500-always:heartrate:2
    run 5 fetch -c sleep --max-requests 1
    said 1 'run again after'
    run 5 fetch -c sleep --max-time 1
    said 1 'run again after'
    run 5 fetch -c heartrate --max-requests 2
    said 1 'HTTP 500: budget of 2 requests is spent$'
    run 5 fetch -c heartrate --max-time 2
    said 1 'HTTP 500: time is up$'
    nobody_there
    run 5 fetch -c sleep --max-time 1
    said 1 'time is up$'
}

t_window_that_needs_more_time_has_a_hint() {
    real_clock # time passes for this one
    OURA_START_DATE=$(date -u -d "@$((now - 27 * 86400))" +%Y-%m-%d)
    serve --latency 250 --page 5
    run 5 fetch -c heartrate --since "$OURA_START_DATE" \
        --until "$(date -u -d "@$((now - 8 * 86400))" +%Y-%m-%d)" --max-time 2
    hinted 'no window was finished in this time; give --max-time more$'
    serve
    fetch -c heartrate
    undisturbed want -c heartrate
    same data want
}
