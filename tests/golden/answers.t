# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Answers that are no proper page: nothing is taken for an end.

# whole N: heartrate is covered from start to end but for N holes
whole() {
    equal holes "$1" "$("$BUILD/$program" status --json |
        jq '[.sources[].categories.heartrate.tables.csv.holes | length] | add')"
}

# bad_page SCENARIO [PATTERN]: page 3 of one window is bad
bad_page() {
    export OURA_START_DATE=2026-01-01
    serve_bad "$1:heartrate:3:1"
    run 1 fetch -c heartrate
    said 1 "^wearchive: oura/heartrate 2026-0[1-5]-[0-9]{2}\.\.2026-0[1-5]-[0-9]{2} page 3: .*${2:-}"
    whole 1
    serve --page 100
    fetch -c heartrate
    whole 0
    undisturbed want -c heartrate
    same data want
}

t_wrong_shape_on_page_3_leaves_a_hole_that_heals() {
    bad_page wrong-shape data
}

t_empty_object_on_page_3_leaves_a_hole_that_heals() {
    bad_page empty-object data
}

t_missing_data_on_page_3_leaves_a_hole_that_heals() {
    bad_page missing-data data
}

t_null_data_on_page_3_leaves_a_hole_that_heals() {
    bad_page null-data data
}

t_html_on_page_3_leaves_a_hole_that_heals() {
    bad_page html
}

# A server in trouble may send it, and its list may end so.
t_empty_last_page_is_asked_for_once_more() {
    export OURA_START_DATE=2026-01-01
    undisturbed want -c heartrate
    serve_bad empty-page:heartrate:3:1
    fetch -c heartrate
    equal 'waits' 1 "$(wc -l <waits)"
    same data want
    rm -r data
    once=1
    serve_bad empty-page:heartrate:3
    fetch -c heartrate
    whole 0
}

t_bad_page_50_leaves_a_hole_that_heals() {
    export OURA_START_DATE=2026-01-01
    serve --page 10 --scenario empty-object:heartrate:50:1
    run 1 fetch -c heartrate
    said 1 'oura/heartrate .* page 50: '
    whole 1
    serve
    fetch -c heartrate
    undisturbed want -c heartrate
    same data want
}

t_bad_page_in_every_window_is_one_line() {
    export OURA_START_DATE=2026-01-01
    serve_bad wrong-shape:heartrate:2
    run 1 fetch -c heartrate
    said 1 'oura/heartrate 2026-.* page 2: '
    serve
    fetch -c heartrate
    undisturbed want -c heartrate
    same data want
}

t_bad_page_does_not_stop_the_others() {
    serve_bad empty-object:heartrate:2
    run 3 fetch
    said 1 'oura/heartrate .* page 2: '
    holds daily_activity sleep workout ring_battery_level personal_info
    equal 'last_error of heartrate, of sleep' 'true false' \
        "$(state '.heartrate | has("last_error")') \
$(state '.sleep | has("last_error")')"
    serve
    fetch
    equal 'last_error after success' false \
        "$(state '.heartrate | has("last_error")')"
    undisturbed want
    same data want
}

t_bad_page_in_a_later_run_leaves_the_days_open() {
    serve
    fetch -c heartrate,sleep
    later 40
    serve_bad wrong-shape:heartrate:2
    run 3 fetch -c heartrate,sleep
    serve
    fetch -c heartrate,sleep
    holds heartrate sleep
}

t_token_that_repeats_is_an_error() {
    export OURA_START_DATE=2026-01-01
    serve_bad same-token:heartrate
    run 1 fetch -c heartrate
    said 1 'oura/heartrate 2026-.* page [0-9]+: .*token'
    [ "$(requests)" -lt 40 ] || fail 'too many requests'
    serve
    fetch -c heartrate
    undisturbed want -c heartrate
    same data want
}

t_bad_singleton_is_an_error() {
    serve --scenario html:personal_info --scenario empty-object:ring_configuration
    run 1 fetch -c personal_info,ring_configuration
    said 2 'oura/personal_info'
    serve
    fetch -c personal_info,ring_configuration
    holds personal_info ring_configuration
}

t_personal_info_as_empty_object_is_an_error() {
    serve --scenario empty-object:personal_info
    run 1 fetch -c personal_info
    said 1 'oura/personal_info'
}

# refused SCENARIO CODE PATTERN: a final answer for one of three categories
refused() {
    serve --scenario "$1:sleep"
    run "$2" fetch -c daily_activity,sleep,workout
    said "$3" "$4"
    holds daily_activity workout
    tables daily_activity.csv workout.csv
    equal 'tried once' 1 "$(requests '/sleep ')"
    serve
    fetch -c daily_activity,sleep,workout
    undisturbed want -c daily_activity,sleep,workout
    same data want
}

t_404_is_final_for_its_category() {
    refused 404 3 1 '^wearchive: oura/sleep .*HTTP 404'
}

t_403_is_final_for_its_category() {
    serve --scenario 403:sleep
    run 3 fetch -c daily_activity,sleep,workout
    grep -q '^wearchive: oura/sleep .*HTTP 403' err || fail 'not said'
    holds daily_activity workout
    equal 'tried once' 1 "$(requests '/sleep ')"
}

t_missing_scope_skips_its_category() {
    serve --scenario 401-scope:daily_spo2
    run 0 fetch -c daily_activity,daily_spo2,workout
    equal lines 1 "$(grep -c '^wearchive: ' err)"
    grep -q 'oura/daily_spo2.*spo2' err || fail 'scope not named'
    holds daily_activity workout
    tables daily_activity.csv workout.csv
    equal 'tried once' 1 "$(requests daily_spo2)"
    serve
    fetch -c daily_activity,daily_spo2,workout
    holds daily_spo2
}

# The token must be in no file; check_secrets looks into those of each run.
t_token_in_an_answer_is_not_repeated() {
    serve --scenario 401-scope-token:daily_spo2
    run 0 fetch -c daily_activity,daily_spo2 -vv
    equal hints 1 "$(grep -c '^hint: ' err)"
    grep -q '^wearchive: oura/daily_spo2: skipped: .*HTTP 401: .*scope' err ||
        fail 'not said'
    run 0 fetch -c daily_activity,daily_spo2 --json
    run 0 status
    run 0 status --json
    equal 'last error' true "$(state '.daily_spo2 | has("last_error")')"
    if grep -rl "$token" . >found; then
        fail "the token is in $(cat found)"
    fi
    last='fetch -c daily_activity,daily_spo2'
}

t_token_not_accepted_is_exit_4_at_once() {
    serve --scenario 401-token
    run 4 fetch
    said 3 '^wearchive: .*401'
    grep -q '^hint: ' err || fail 'no hint'
    [ "$(requests)" -le 4 ] || fail "$(requests) requests"
    run 4 fetch -c sleep
    said 2 '^wearchive: .*401'
}

t_token_that_ends_during_a_run_is_told_once() {
    export OURA_START_DATE=2026-01-01
    serve_bad 401-token:2
    run 4 fetch -c heartrate,ring_battery_level
    said 3 '^wearchive: oura: 1 more category was not fetched for the same'
    serve
    fetch -c heartrate,ring_battery_level
    undisturbed want -c heartrate,ring_battery_level
    same data want
}

t_wrong_token_is_exit_4() {
    serve
    OURA_PERSONAL_ACCESS_TOKEN=CANARY-of-another
    run 4 fetch -c sleep
    said 2 '^hint: '
}

t_redirect_is_refused() {
    serve --scenario redirect:sleep
    run 3 fetch -c daily_activity,sleep
    said 2 'oura/sleep .*HTTP 302'
    equal 'requests elsewhere' 0 "$(requests stolen)"
    holds daily_activity
}

t_answer_over_the_limit_is_refused() {
    export OURA_START_DATE=2026-05-20
    serve --scenario big:sleep
    python3 -I -S -c '
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(code)' "$BUILD/wearchive-test" fetch -c sleep >peak 2>err
    equal 'exit code' 1 $?
    cat err >>said
    said 1 'oura/sleep .*256'
    equal 'tried once' 1 "$(requests '/sleep ')"
    errors=1
    # the limit and one doubling of the memory that holds the answer
    case $BUILD in
    *san*) ;;
    *) [ "$(cat peak)" -lt 600 ] || fail "$(cat peak) MB" ;;
    esac
}
