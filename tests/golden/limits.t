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
