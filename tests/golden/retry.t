# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# What is tried again, and how long is waited.

waited() { equal waits "$1" "$(tr '\n' ' ' <waits)"; }

t_500_twice_is_tried_again_after_1_s_and_2_s() {
    export OURA_START_DATE=2026-05-20
    serve --scenario 500:daily_sleep
    fetch -c daily_sleep
    waited '1000 2000 '
    holds_all_since_start
}

holds_all_since_start() {
    cp waits waits.kept
    undisturbed want -c daily_sleep
    same data want
}

t_500_for_ever_is_given_up_after_5_tries() {
    export OURA_START_DATE=2026-05-20
    serve --scenario 500-always:daily_sleep
    run 5 fetch -c daily_sleep
    waited '1000 2000 4000 8000 '
    said 1 '^wearchive: oura/daily_sleep 2026-05-.*HTTP 500.*5 tries'
    equal requests 5 "$(requests)"
    run 3 fetch -c daily_sleep,workout
    tables workout.csv
    serve
    fetch -c daily_sleep
    holds_all_since_start_of daily_sleep
}

holds_all_since_start_of() {
    undisturbed want -c "$1"
    cmp "data/oura/$1.csv" "want/oura/$1.csv" || fail 'tables differ'
}

t_500_on_page_2_keeps_what_is_proven() {
    serve_bad 500-always:heartrate:2
    run 5 fetch -c heartrate
    serve
    fetch -c heartrate
    undisturbed want -c heartrate
    same data want
}

t_429_is_waited_for_as_told() {
    export OURA_START_DATE=2026-05-20
    serve --scenario 429:daily_sleep
    fetch -c daily_sleep
    waited '2000 '
    holds_all_since_start
}

t_429_without_a_time_is_tried_again() {
    export OURA_START_DATE=2026-05-20
    serve --scenario 429-bare:daily_sleep:2
    fetch -c daily_sleep
    waited '1000 2000 '
    holds_all_since_start
}

t_429_for_two_hours_ends_the_run() {
    serve --scenario 429-long
    run 5 fetch
    waited ''
    [ "$(wc -l <err)" -le 2 ] || fail 'too many lines'
    grep -q '22:2[67]' err || fail 'does not say when to run again'
    [ "$(requests)" -le 4 ] || fail "$(requests) requests"
}

t_429_for_two_hours_keeps_the_others() {
    serve --scenario 429-long:workout
    run 5 fetch -c daily_activity,workout
    serve
    fetch -c daily_activity,workout
    undisturbed want -c daily_activity,workout
    same data want
}

t_503_with_html_is_tried_again() {
    export OURA_START_DATE=2026-05-20
    serve --scenario 503-html:daily_sleep:1
    fetch -c daily_sleep
    waited '1000 '
    serve --scenario 503-html:daily_sleep
    run 5 fetch -c daily_sleep
    said 1 'oura/daily_sleep.*HTTP 503'
    serve
    fetch -c daily_sleep
}

# cut SCENARIO: what is not whole is asked for again
cut_answer() {
    serve --no-gzip --scenario "$1"
    fetch -c "$few"
    [ -s waits ] || fail 'nothing was tried again'
    undisturbed want -c "$few"
    same data want
}

t_cut_answer_is_asked_for_again() {
    cut_answer cut:sleep
}

t_cut_chunks_are_asked_for_again() {
    cut_answer cut-chunked:sleep
}

t_cut_text_is_asked_for_again() {
    cut_answer cut-json:sleep
}

t_wrong_length_is_asked_for_again() {
    cut_answer wrong-length:sleep:1:1
}

t_cut_text_for_ever_is_exit_5() {
    export OURA_START_DATE=2026-05-20
    serve --scenario cut-json:sleep:1
    run 5 fetch -c sleep
    said 1 'oura/sleep.*5 tries'
    serve
    fetch -c sleep
}

# named_once ARG...: the one line of a fetch names its request once
named_once() {
    run 5 fetch -c sleep "$@"
    said 1 "^wearchive: oura/sleep 2026-05-.* page 1: GET $at: [^:]"
    equal "$bad: requests named" 1 "$(grep -o GET err | wc -l)"
    equal "$bad: pages named" 1 "$(grep -o ' page ' err | wc -l)"
}

t_answer_that_is_cut_is_named_once() {
    at=/v2/usercollection/sleep
    export OURA_START_DATE=2026-05-20
    for bad in cut-json:sleep:1 cut:sleep:99 cut-chunked:sleep:99 \
        wrong-length:sleep 500-always:sleep; do
        serve --no-gzip --scenario "$bad"
        named_once
        named_once --max-requests 1
        named_once --max-time 1
    done
}

t_answer_that_drips_is_asked_for_again() {
    conf <<END
[archive]
stall_timeout = 5
END
    export OURA_START_DATE=2026-05-20
    serve --scenario drip:daily_sleep:1:1
    fetch -c daily_sleep
    waited '1000 '
    holds_all_since_start
}

t_server_that_is_not_there_is_exit_5() {
    serve
    nobody_there
    run 5 fetch -c sleep
    said 1 '^wearchive: oura/sleep .*5 tries'
    run 5 fetch
    said 2 '^wearchive: oura: 18 more'
}

t_max_requests_stops_and_the_next_run_goes_on() {
    serve
    runs=0
    while "$BUILD/$program" fetch --max-requests 25 >out 2>err; code=$?
        [ "$code" -eq 5 ]; do
        [ "$(requests)" -le 25 ] || fail "$(requests) requests"
        [ "$(wc -l <err)" -le 2 ] || fail 'too many lines'
        : >req
        runs=$((runs + 1))
        [ "$runs" -lt 40 ] || fail 'no end'
    done
    equal 'last exit code' 0 "$code"
    [ "$runs" -ge 3 ] || fail "only $runs runs"
    undisturbed want
    same data want
    last=
}

t_wait_past_max_time_is_not_made() {
    serve --scenario 429:sleep
    run 5 fetch -c sleep,workout --max-time 1
    waited ''
    serve
    fetch -c sleep,workout
    undisturbed want -c sleep,workout
    same data want
}

t_max_time_stops_and_the_next_run_goes_on() {
    real_clock
    serve --latency 250
    run 5 fetch --max-time 1
    [ "$(requests)" -lt 25 ] || fail "$(requests) requests"
    serve
    fetch
    undisturbed want
    same data want
}
