# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Strava: a request for each activity, quotas that the headers tell.

strava_dumps='athlete athlete_stats athlete_zones activities gear routes
    segments_starred clubs activity_detail activity_laps activity_zones'
strava_more='activity_streams activity_comments activity_kudos activity_photos'
strava_tables="$strava_dumps segment_efforts"

strava() {
    run "$1" fetch --sources strava
}

# asked KIND: requests of that kind for an activity
asked() {
    awk -v k="$1" '$2 ~ "/activities/[0-9]+" k "$"' req | wc -l
}

t_strava_first_run_then_an_idle_one() {
    serve_account strava --set strava.activities=200
    # shellcheck disable=SC2086 # the names, one by one
    dump first strava $strava_dumps $strava_more
    strava 0
    silent
    # shellcheck disable=SC2086 # the names, one by one
    held table strava kept first -- $strava_tables
    for name in $strava_more; do
        [ -e "data/strava/$name.csv" ] && fail "$name was not asked for"
    done
    : >req
    strava 0
    silent
    equal 'requests for activities' 0 "$(asked '.*')"
    fetch --sources strava -c all
    # shellcheck disable=SC2086 # the names, one by one
    held table strava kept first -- $strava_tables $strava_more
    find data -name '*.history.csv' | grep . && fail 'history'
    last='fetch --sources strava -c all'
}

t_strava_asks_again_for_what_changed() {
    serve_account strava --set strava.activities=200
    # shellcheck disable=SC2086 # the names, one by one
    dump first strava $strava_dumps
    strava 0
    later 3
    set -- --set strava.activities=200 \
        --set 'strava.edit=activities:4/20@1780100000' \
        --set 'strava.delete=activities:1/20@1780110000' \
        --set 'strava.add=activities:2/20@1780120000' \
        --set 'strava.new=activities:2@1780130000'
    serve_account strava "$@"
    # shellcheck disable=SC2086 # the names, one by one
    dump second strava $strava_dumps
    strava 0
    # shellcheck disable=SC2086 # the names, one by one
    held table strava kept first second -- $strava_tables
    # shellcheck disable=SC2086 # the names, one by one
    held history strava kept first second -- $strava_tables
    later 92
    serve_account strava "$@"
    # shellcheck disable=SC2086 # the names, one by one
    dump third strava $strava_dumps
    strava 0
    # shellcheck disable=SC2086 # the names, one by one
    held table strava kept first second third -- $strava_tables
}

# The description is not in the list: recent ones are asked for once a day.
t_strava_edit_that_only_details_show() {
    serve_account strava --set strava.activities=300
    strava 0
    set -- --set strava.activities=300 \
        --set 'strava.edit=descriptions:3/12@1780050000'
    serve_account strava "$@"
    strava 0
    equal 'again on the same day' 0 "$(asked '')"
    later 1
    serve_account strava "$@"
    dump second strava activity_detail
    strava 0
    held table strava kept second -- activity_detail
    equal 'changed' 3 "$(grep -c ',updated$' data/strava/activity_detail.history.csv)"
    [ "$(asked '')" -lt 20 ] || fail "$(asked '') asked for"
}

# 90 of 100 requests; lists have the rest.
t_strava_details_stop_before_the_quota_is_used_up() {
    serve_account strava --set strava.activities=300 \
        --set strava.quota=200,2000,100,1000
    strava 5
    said 3 'strava/activity_detail: 2[0-9] of 300 done, continue after 20:30 UTC$'
    said 3 'strava/activity_laps: 2[0-9] of 300 done, continue after 20:30 UTC$'
    equal requests 90 "$(requests)"
    "$BUILD/$program" status >out || fail status
    grep -q '^strava/activity_detail: 2[0-9] of 300 done$' out || fail 'no progress in status'
    # In the same quarter of an hour there are 10 left, for lists. (All lists
    # together need more.)
    : >req
    run 5 fetch --sources strava -c activity_detail
    grep -Eq 'activity_detail: 2[0-9] of 300 done, continue after 20:30' err ||
        fail 'not as far as before'
    equal 'details of the second run' 0 "$(asked '.*')"
    equal refused 0 "$(awk '$4 == 429' req | wc -l)"
    unordered=1 # until all are there
}

t_strava_goes_on_when_the_quarter_begins() {
    serve_account strava --waits waits --set strava.activities=60 \
        --set strava.quota=200,2000,100,1000
    dump first strava activity_detail activity_laps
    run 0 fetch --sources strava --max-time 1h
    silent
    equal refused 0 "$(awk '$4 == 429' req | wc -l)"
    [ -s waits ] || fail 'it did not wait'
    held table strava kept first -- activity_detail activity_laps
}

t_strava_goes_on_the_next_day() {
    serve_account strava --set strava.activities=60 \
        --set strava.quota=2000,5000,2000,100
    # shellcheck disable=SC2086 # the names, one by one
    dump first strava activity_detail activity_laps activity_zones
    run 5 fetch --sources strava --max-time 1h
    said 3 'activity_detail: 2[0-9] of 60 done, continue after 2026-05-29 00:00 UTC$'
    equal requests 100 "$(requests)"
    later 1
    serve_account strava --set strava.activities=60
    strava 0
    held table strava kept first -- activity_detail activity_laps activity_zones
    [ "$(asked '/laps')" -lt 40 ] || fail "$(asked '/laps') asked for"
}

# An activity that fails is told of, and the others are there.
t_strava_one_activity_fails_alone() {
    serve_account strava --set strava.activities=60 \
        --scenario 500-always:strava/activity_laps:7
    strava 3
    said 1 'strava/activity_laps 16000000007: GET /api/v3/activities/16000000007/laps: HTTP 500 .gave up after 5 tries.'
    equal 'other activities, two have no laps' 57 "$(tail -n +2 data/strava/activity_laps.csv |
        cut -d, -f1 | sort -u | wc -l)"
    serve_account strava --set strava.activities=60
    : >req
    strava 0
    equal 'asked for' 1 "$(asked '/laps')"
    equal 'details' 0 "$(asked '')"
}

t_strava_zones_without_a_subscription() {
    serve_account strava --set strava.activities=60 --set strava.free=1
    run 0 fetch --sources strava
    said 2 'strava/activity_zones: skipped: .*HTTP 402'
    said 2 'hint: zones of activities need a Strava subscription'
    [ "$(asked '/zones')" -lt 10 ] || fail "$(asked '/zones') requests"
    strava 0
    silent
}

# Fewer of them than prove it by themselves, each day.
t_strava_zones_when_the_subscription_has_ended() {
    serve_account strava --set strava.activities=2 --set strava.free=1
    run 0 fetch --sources strava
    said 2 'strava/activity_zones: skipped: .*HTTP 402'
    serve_account strava --set strava.activities=2
    fetch --sources strava
    later 3
    set -- --set strava.activities=2 --set 'strava.new=activities:1@1780130000'
    serve_account strava "$@" --set strava.free=1
    run 0 fetch --sources strava
    said 2 'strava/activity_zones: skipped: .*HTTP 402'
    serve_account strava "$@"
    strava 0 # it has begun again
}

t_strava_application_that_is_not_active() {
    serve_account strava --set strava.inactive=1
    strava 4
    said 3 'HTTP 403: Strava has not activated this application'
    said 3 'hint: since June 2026'
    equal requests 1 "$(requests)"
}

t_strava_box_that_was_not_ticked() {
    serve_account strava --set strava.activities=60 \
        --set strava.missing=activity:read_permission
    strava 0
    said 2 'strava/activities: skipped: .*HTTP 401: the login lacks a permission'
    [ -s data/strava/clubs.csv ] || fail 'no clubs'
}

# has_details N: the table has so many lines; some rows take more than one
has_details() {
    [ -e data/strava/activity_detail.csv ] &&
        [ "$(wc -l <data/strava/activity_detail.csv)" -gt "$1" ]
}

t_strava_kill_9_among_the_details() {
    real_clock
    serve_account strava --latency 20
    "$BUILD/$program" fetch --sources strava -c activity_detail >out 2>err &
    others=$!
    await has_details 150
    kill -KILL "$others"
    wait "$others"
    equal killed 137 $?
    others=
    had=$(python3 -I -S "$HERE/check.py" rows data/strava/activity_detail.csv)
    [ "$had" -gt 50 ] || fail "only $had"
    dump first strava activity_detail
    : >req
    strava 0
    # what was under way then, or not stored yet
    all=$(wc -l <first/activity_detail)
    [ "$(asked '')" -le $((all - had + 40)) ] ||
        fail "$(asked '') asked for, $had of $all were there"
    held table strava kept first -- activity_detail segment_efforts
    torn=1
}

# The tables tell what was asked for.
t_strava_state_that_is_lost() {
    serve_account strava --set strava.activities=60
    fetch --sources strava
    rm data/state.json
    : >req
    strava 0
    equal 'details' 0 "$(asked '')"
    # No row tells of an activity that has no laps.
    [ "$(asked '/laps')" -lt 6 ] || fail "$(asked '/laps') asked for laps"
}

# requests for the whole list, and for what is new
lists() {
    echo "$(grep -c '/athlete/activities per_page' req)" \
        "$(grep -c '/athlete/activities after=' req)"
}

# from_the_start OPTION...: no start date, as most people have it
from_the_start() {
    serve_account strava "$@"
    unset STRAVA_START_DATE
}

t_strava_weekly_sweep_tells_what_vanished() {
    from_the_start --set strava.activities=300
    run 0 fetch --sources strava -c activities
    equal 'first run' '3 0' "$(lists)"
    later 6
    from_the_start --set strava.activities=300 \
        --set 'strava.delete=activities:3@1780100000'
    run 0 fetch --sources strava -c activities
    silent
    equal 'within a week' '0 2' "$(lists)"
    later 1
    from_the_start --set strava.activities=300 \
        --set 'strava.delete=activities:3@1780100000'
    run 0 fetch --sources strava -c activities
    said 1 'strava/activities: 3 of 30[0-9] records are no longer listed: 16[0-9, ]*$'
    equal 'after a week' '3 0' "$(lists)"
    sed 's/.*listed: //; s/, /\n/g' err >ids
    equal 'they stay' 3 "$(cut -d, -f1 data/strava/activities.csv | grep -cxFf ids)"
    [ -e data/strava/activities.history.csv ] && fail 'history'
    : >req
    run 0 fetch --sources strava -c activities
    silent
    equal 'the same day' '0 2' "$(lists)"
    run 0 fetch --sources strava -c activities --sweep --json
    equal 'as JSON' "$(paste -sd, ids)" "$(jq -r \
        '.categories["strava/activities"].vanished_ids | join(",")' out)"
    equal 'count' 3 "$(jq '.categories["strava/activities"].vanished' out)"
    run 0 fetch --sources strava -c activities --mark-vanished
    run 0 fetch --sources strava -c activities --mark-vanished
    said 1 'no longer listed'
    equal 'marked once' 3 "$(grep -c ',vanished$' data/strava/activities.history.csv)"
    equal 'they still stay' 3 "$(cut -d, -f1 data/strava/activities.csv | grep -cxFf ids)"
    "$BUILD/$program" verify >out || fail "verify: $(cat out)"
    last='fetch --sources strava -c activities'
}

t_strava_sweep_of_a_list_that_cannot_be_right() {
    serve_account strava --set strava.activities=301
    run 0 fetch --sources strava -c activities
    cp data/strava/activities.csv was
    for fault in empty-page halved; do
        serve_account strava --set strava.activities=301 \
            --scenario "$fault:strava/activities"
        run 3 fetch --sources strava -c activities,clubs --mark-vanished
        said 2 'strava/activities: the whole list lacks [0-9]* of the [0-9]* records'
        cmp was data/strava/activities.csv || fail "$fault: rows changed"
        [ -e data/strava/activities.history.csv ] && fail "$fault: history"
    done
    serve_account strava --set strava.activities=301
    fetch --sources strava -c activities --sweep
}

# It moves in 2027, and nobody knows what comes before the paths then.
t_strava_at_another_address() {
    serve_account strava --set strava.activities=20
    run 0 fetch --sources strava -c clubs
    grep -q 'GET /api/v3/athlete/clubs ' req || fail 'the usual prefix'
    : >req
    export STRAVA_PATH_PREFIX=/
    run 0 fetch --sources strava -c clubs
    grep -q 'GET /athlete/clubs ' req || fail 'no prefix'
    : >req
    export STRAVA_PATH_PREFIX=/v9/x/
    run 0 fetch --sources strava -c clubs
    grep -q 'GET /v9/x/athlete/clubs ' req || fail 'another prefix'
}

# A record's own text does not say which activity it is of; the raw line does.
t_strava_in_all_formats() {
    serve_account strava --set strava.activities=40
    run 0 fetch --sources strava -c all --format csv,jsonl,raw
    : >req
    stamps data >stamps.1
    fetch --sources strava -c all --format csv,jsonl,raw
    equal 'requests for activities' 0 "$(asked '.*')"
    stamps data >stamps.2
    diff stamps.1 stamps.2 || fail 'tables changed in an idle run'
    for name in activity_zones activity_kudos activity_streams; do
        equal "$name" \
            "$(python3 -I -S "$HERE/check.py" rows "data/strava/$name.csv")" \
            "$(wc -l <"data/strava/$name.raw.jsonl")"
    done
    # A format that is new is asked for, and only for it.
    rm -r data
    run 0 fetch --sources strava -c activity_laps
    : >req
    run 0 fetch --sources strava -c activity_laps --format csv,raw
    equal 'for the new format' 40 "$(asked '/laps')"
    last='fetch --sources strava -c activity_laps --format csv,raw'
}

t_strava_few_requests_go_on_where_they_stopped() {
    serve_account strava --set strava.activities=40
    dump first strava activity_detail activity_laps
    n=0
    code=5
    while [ "$code" -eq 5 ]; do
        : >req
        "$BUILD/$program" fetch --sources strava -c activity_detail,activity_laps \
            --max-requests 30 >out 2>err
        code=$?
        [ "$(requests)" -le 30 ] || fail "$(requests) requests"
        n=$((n + 1))
        [ "$n" -lt 9 ] || fail 'no end'
        [ "$code" -eq 5 ] && { grep -q 'of 40 done, ' err || fail 'how far?'; }
    done
    equal 'ended with' 0 "$code"
    held table strava kept first -- activity_detail activity_laps
}

t_strava_details_of_a_range() {
    serve_account strava --set strava.activities=100
    run 0 fetch --sources strava --since 2026-01-01 --until 2026-03-31 \
        -c activity_laps
    equal 'activities of that time' \
        "$(cut -d, -f2 data/strava/activities.csv | grep -c '^2026-0[123]')" \
        "$(asked '/laps')"
    last='fetch --sources strava -c activity_laps --since 2026-01-01 --until 2026-03-31'
}

# A stream that ends early: the other ones are not lost for it.
t_strava_streams_of_two_lengths() {
    serve_account strava --set strava.activities=300 --set strava.ragged=7
    run 0 fetch --sources strava -c activity_streams
    said 1 'strava/activity_streams: 1600[0-9]*: its lists are not of one length'
    equal 'samples without a heart rate at the end' 7 "$(python3 -I -S -c '
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
first = next(r["activity_id"] for r in rows if r["heartrate"])
print(sum(r["activity_id"] == first and not r["heartrate"] for r in rows))
' data/strava/activity_streams.csv)"
    : >req
    fetch --sources strava -c activity_streams
    equal 'once more' 0 "$(asked '/streams')"
}

# What the list counts as 0 needs no request; once it does so, rows go.
t_strava_asks_for_no_comments_where_there_are_none() {
    serve_account strava --set strava.activities=90
    dump first strava activities activity_comments activity_kudos \
        activity_photos
    run 0 fetch --sources strava \
        -c activity_comments,activity_kudos,activity_photos
    for kind in comment kudos total_photo; do
        name=${kind#total_}
        equal "$name" \
            "$(jq -c "select(.${kind}_count > 0).id" first/activities | wc -l)" \
            "$(awk -v k="/${name%s}s?\$" '$2 ~ "/activities/[0-9]+" k' req |
                cut -d' ' -f2 | sort -u | wc -l)"
    done
    held table strava kept first -- activity_comments activity_kudos \
        activity_photos
    "$BUILD/$program" status >out || fail status
    grep -q '^strava/activity_photos: 90 of 90 done$' out || fail 'status'
    had=$(python3 -I -S "$HERE/check.py" rows data/strava/activity_comments.csv)
    serve_account strava --set strava.activities=90 --set strava.quiet=1
    run 0 fetch --sources strava -c activities,activity_comments --full
    silent
    equal 'asked for' 0 "$(asked /comments)"
    equal 'rows that stay' 1 "$(wc -l <data/strava/activity_comments.csv)"
    equal 'in the history' "$had" "$(grep -c ',deleted$' \
        data/strava/activity_comments.history.csv)"
}

# Only the list may say that there is nothing any more.
t_strava_answers_without_the_laps_that_were_there() {
    serve_account strava --set strava.activities=60
    run 0 fetch --sources strava -c activity_laps
    cp data/strava/activity_laps.csv was
    serve_account strava --set strava.activities=60 \
        --scenario empty-page:strava/activity_laps:7
    run 0 fetch --sources strava -c activity_laps --full
    said 1 'strava/activity_laps: nothing came for 1 record that has rows, which stay: 16000000007$'
    cmp was data/strava/activity_laps.csv || fail 'rows went'
    "$BUILD/$program" status >out || fail status
    grep -q '^strava/activity_laps: 59 of 60 done$' out || fail 'it is done'
    serve_account strava --set strava.activities=60
    fetch --sources strava -c activity_laps
    equal 'asked for once more' 1 "$(asked /laps)"
    # Activities that are gone keep what they had.
    serve_account strava --set strava.activities=60 \
        --set 'strava.delete=activities:3@1780000000'
    run 0 fetch --sources strava -c activity_detail,activity_laps --full
    equal lines 1 "$(grep -c 'activity_laps: nothing came for 3 records' err)"
    cmp was data/strava/activity_laps.csv || fail 'rows of vanished ones went'
    find data -name 'activity_*.history.csv' | grep . && fail history
    : >req
    fetch --sources strava -c activity_detail,activity_laps
    equal 'asked for again' 0 "$(asked '.*')"
}

t_strava_full_reads_details_again() {
    serve_account strava --set strava.activities=40
    strava 0
    : >req
    run 0 fetch --sources strava --full
    silent
    equal details 40 "$(asked '')"
    equal laps 40 "$(asked /laps)"
}

# Lists that need more than is left: how far the details are is told all the
# same, and nothing of the quota goes to them before.
t_strava_lists_take_all_of_the_quota() {
    serve_account strava --set strava.activities=90 \
        --set strava.quota=200,2000,22,1000
    strava 5
    said 3 'strava/activity_detail: [0-9] of 90 done, continue after 20:30 UTC$'
    awk '$2 ~ "/activities/[0-9]"' req | head -n 1 >first
    equal 'lists after the first detail' 0 "$(sed "1,/$(cut -d/ -f5 first |
        cut -d' ' -f1)/d" req | grep -vc '/activities/[0-9]')"
    : >req
    strava 5
    said 5 'strava/activity_detail: [0-9] of 90 done, continue after 20:30 UTC$'
    said 5 'strava/activity_laps: [0-9] of 90 done, continue after 20:30 UTC$'
    equal details 0 "$(asked '.*')"
    rm -r data
    run 5 fetch --sources strava # nothing is left for any of them
    grep -q 'continue after' err && fail 'of how many?'
    unordered=1
}

# Without headers it is refusals that show that a quarter's quota is used up.
t_strava_quota_that_is_not_told() {
    set -- --set strava.activities=60 --set strava.mute=1 \
        --set strava.quota=60,2000,60,1000
    serve_account strava "$@"
    strava 5
    said 3 'strava/activity_detail: [0-9]* of 60 done, continue after 20:30 UTC$'
    [ "$(awk '$4 == 429' req | wc -l)" -le 20 ] || fail 'too many in vain'
    serve_account strava --waits waits "$@"
    dump first strava activity_detail activity_laps
    run 0 fetch --sources strava --max-time 2h
    silent
    held table strava kept first -- activity_detail activity_laps
}

# Lists that each run reads are compared with their tables as well.
t_strava_lists_that_lack_something() {
    serve_account strava --set strava.activities=20
    run 0 fetch --sources strava -c routes,clubs,segments_starred
    serve_account strava --set strava.activities=20 \
        --set 'strava.delete=routes:1@1780000000'
    run 0 fetch --sources strava -c routes
    said 1 'strava/routes: the list has [0-9]* records, and had [0-9]* the last time; no row was deleted'
    run 0 fetch --sources strava -c routes --mark-vanished --json
    said 1 'strava/routes: 1 of [0-9]* records are no longer listed: [0-9]*$'
    equal 'which one' "$(sed 's/.*: //' err)" "$(jq -r \
        '.categories["strava/routes"].vanished_ids | join(",")' out)"
    equal 'marked' 1 "$(grep -c ',vanished$' data/strava/routes.history.csv)"
    serve_account strava --set strava.activities=20 --scenario halved:strava/routes
    run 3 fetch --sources strava -c routes
    said 2 'strava/routes: .*: the list has [0-9]* records, and had [0-9]* the last time'
    run 0 fetch --sources strava -c routes --full
    said 1 'records are no longer listed'
    last='fetch --sources strava -c routes'
}

# More than half of an archive may be gone in the end; that is for a person to
# say.
t_strava_sweep_that_a_person_takes_as_it_is() {
    serve_account strava --set strava.activities=60
    run 0 fetch --sources strava -c activities
    serve_account strava --set strava.activities=60 \
        --set 'strava.delete=activities:40@1780000000'
    run 1 fetch --sources strava -c activities --sweep
    said 2 'hint: .*run once with --full$'
    run 0 fetch --sources strava -c activities --full --json
    said 1 'strava/activities: 40 of 60 records are no longer listed: .*, [.][.][.]$'
    equal 'all ids' 40 "$(jq '.categories["strava/activities"].vanished_ids |
        unique | length' out)"
    run 0 fetch --sources strava -c activities --sweep
    said 1 '40 of 60 records are no longer listed'
    serve_account strava --set strava.activities=60 \
        --set 'strava.delete=activities:52@1780000000'
    run 1 fetch --sources strava -c activities --sweep
    serve_account strava --set strava.activities=60 \
        --scenario empty-page:strava/activities
    run 1 fetch --sources strava -c activities --full
    last='fetch --sources strava -c activities'
}

t_strava_memory_for_2700_requests() {
    serve_account strava
    python3 -I -S -c '
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(code)' "$BUILD/wearchive-test" fetch --sources strava >peak 2>err ||
        fail 'exit code'
    last='fetch --sources strava'
    case $BUILD in
    *san*) ;;
    *) [ "$(cat peak)" -lt 21 ] || fail "$(cat peak) MB" ;;
    esac
}

# Behind a full page an empty one may be a page that was lost.
t_strava_page_that_is_lost_in_the_middle() {
    from_the_start --set strava.activities=500 \
        --scenario empty-page:strava/activities:2
    run 1 fetch --sources strava -c activities
    said 1 'strava/activities .* page 2 is empty, and page 3 is not: the list is not whole'
    from_the_start --set strava.activities=500
    dump first strava activities
    run 0 fetch --sources strava -c activities
    silent
    held table strava kept first -- activities
    from_the_start --set strava.activities=500 \
        --scenario empty-page:strava/activities
    run 0 fetch --sources strava -c activities
    said 1 'strava/activities: nothing is listed since 2026-04-2[0-9], where the table has [0-9]* records; the next run asks again'
    : >req
    fetch --sources strava -c activities
    equal 'the same time again' 1 "$(grep -c 'after=' req)"
    errors=1
}

# Nothing in the first run is no proof that there is nothing.
t_strava_empty_list_proves_nothing() {
    from_the_start --set strava.activities=500 \
        --scenario empty-page:strava/activities
    run 0 fetch --sources strava -c activities
    from_the_start --set strava.activities=500
    dump first strava activities
    run 0 fetch --sources strava -c activities
    held table strava kept first -- activities
}

# Even if the quarter begins in a minute: the next run does it.
t_strava_details_wait_only_if_they_are_told_to() {
    now=$((now + 140)) # 20:29
    export WEARCHIVE_NOW=$now
    serve_account strava --set strava.activities=60 \
        --set strava.quota=200,2000,100,1000
    strava 5
    said 3 'strava/activity_detail: 2[0-9] of 60 done, continue after 20:30 UTC$'
    equal refused 0 "$(awk '$4 == 429' req | wc -l)"
    serve_account strava --set strava.activities=60
    strava 0
}
