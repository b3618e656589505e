# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Each service's account, run after run: the tables are what it holds, field
# by field, and the histories what was replaced or deleted, no more, no less.

# runs PROVIDER GONE DUMPS CATEGORIES OPTION...: a first run; an idle one; one
# after three days in which what OPTIONs tell happened; one after three months
runs() {
    provider=$1
    gone=$2
    dumps=$3
    categories=$4
    shift 4
    serve_account "$provider"
    # shellcheck disable=SC2086 # the names, one by one
    dump first "$provider" $dumps
    fetch --sources "$provider"
    # shellcheck disable=SC2086 # the names, one by one
    held table "$provider" "$gone" first -- $categories
    find data -name '*.history.csv' | grep . && fail 'history after one run'
    stamps data >stamps.1
    : >req
    fetch --sources "$provider"
    stamps data >stamps.2
    diff stamps.1 stamps.2 || fail 'tables changed in an idle run'
    idle=$(requests)
    later 3
    serve_account "$provider" "$@"
    # shellcheck disable=SC2086 # the names, one by one
    dump second "$provider" $dumps
    run 0 fetch --sources "$provider"
    # shellcheck disable=SC2086 # the names, one by one
    held table "$provider" "$gone" first second -- $categories
    # shellcheck disable=SC2086 # the names, one by one
    held history "$provider" "$gone" first second -- $categories
    later 92
    serve_account "$provider" "$@"
    # shellcheck disable=SC2086 # the names, one by one
    dump third "$provider" $dumps
    run 0 fetch --sources "$provider"
    # shellcheck disable=SC2086 # the names, one by one
    held table "$provider" "$gone" first second third -- $categories
    # shellcheck disable=SC2086 # the names, one by one
    held history "$provider" "$gone" first second third -- $categories
    run 0 verify
}

t_whoop_is_what_the_account_holds() {
    dumps='cycle recovery sleep workout profile_basic body_measurement'
    runs whoop kept "$dumps" "$dumps" \
        --set whoop.edit=sleep:3/11@1780100000 \
        --set whoop.edit=workout:2/11@1780110000 \
        --set whoop.delete=sleep:2/11@1780120000 \
        --set whoop.add=workout:2/11@1780130000 \
        --set whoop.new=workout:1@1780140000
}

# What a provider leaves out by mistake stays, and is no history.
t_whoop_list_that_shrinks_deletes_nothing() {
    lists='cycle sleep workout recovery'
    serve_account whoop
    # shellcheck disable=SC2086 # the names, one by one
    dump first whoop $lists
    fetch --sources whoop
    stamps data/whoop >stamps.1
    serve_account whoop --scenario halved:whoop/cycle \
        --scenario empty-page:whoop/sleep --scenario short-page:whoop/workout \
        --scenario empty-page:whoop/recovery:2
    run 3 fetch --sources whoop --full
    stamps data/whoop >stamps.2
    diff stamps.1 stamps.2 || fail 'tables changed'
    # shellcheck disable=SC2086 # the names, one by one
    held table whoop kept first -- $lists
}

# killed MS PROVIDER OPTION...: kill -9 after so long; 1 if it was through
killed() {
    after=$(echo "$1" | sed 's/\(...\)$/.\1/')
    provider=$2
    shift 2
    timeout --foreground -s KILL "$after" "$BUILD/$program" fetch \
        --sources "$provider" "$@" >out 2>err
    [ $? -eq 137 ]
}

# killed_runs PROVIDER DUMPS CATEGORIES OPTION...: after kill -9 at any moment
# the next run makes the tables that it would have made
killed_runs() {
    provider=$1
    dumps=$2
    categories=$3
    shift 3
    serve_account "$provider" --latency 8
    # shellcheck disable=SC2086 # the names, one by one
    dump first "$provider" $dumps
    times=0
    for ms in 0020 0040 0060 0090 0140 0200 0270 0350 0440 0540 0650 0800; do
        rm -rf data
        killed $ms "$provider" "$@" || break
        times=$((times + 1))
        run 0 fetch --sources "$provider" "$@"
        # shellcheck disable=SC2086 # the names, one by one
        held table "$provider" kept first -- $categories
    done
    [ "$times" -ge 5 ] || fail "through after $ms ms already"
    torn=1
}

# killed_late PROVIDER LATENCY MORE MS...: kill -9 after each MS milliseconds
# costs at most MORE requests in the next run
killed_late() {
    provider=$1
    latency=$2
    more=$3
    shift 3
    real_clock
    serve_account "$provider" --latency "$latency"
    run 0 fetch --sources "$provider"
    full=$(requests)
    for ms; do
        rm -rf data
        : >req
        killed "$ms" "$provider" || fail "through after $ms ms already"
        before=$(requests)
        [ "$before" -gt 0 ] || continue # a slow machine
        run 0 fetch --sources "$provider"
        [ "$(requests)" -le $((full + more)) ] ||
            fail "killed after $before requests: $(requests), not $full"
    done
    torn=1
}

t_whoop_kill_9_at_many_moments() {
    lists='cycle sleep workout recovery'
    killed_runs whoop "$lists" "$lists"
}

# half a second of work, and the pages of a window that was not through
t_whoop_kill_9_costs_a_window() {
    killed_late whoop 60 70 0700 1000 1300 1600
}

t_hevy_is_what_the_account_holds() {
    dumps='workouts routines exercise_templates routine_folders
        body_measurements user_info workout_count'
    runs hevy deleted "$dumps" "$dumps workout_exercises workout_sets
        routine_sets" \
        --set hevy.edit=workouts:7@1780100000 \
        --set hevy.edit=routines:2@1780100000 \
        --set hevy.delete=workouts:5@1780110000 \
        --set hevy.add=workouts:3@1780120000 \
        --set hevy.edit=workouts:2@1780125000 \
        --set hevy.edit=body_measurements:3@1780125000 \
        --set hevy.new=workouts:1@1780130000
}

t_hevy_200_pages_four_at_a_time() {
    real_clock
    serve_account hevy --set hevy.workouts=2000 --latency 100
    dump first hevy workouts
    fetch --sources hevy -c workouts
    held table hevy deleted first -- workouts
    equal 'pages of workouts' "$(jq -s 'length / 10 | ceil' first/workouts)" \
        "$(grep -c '/v1/workouts ' req)"
    equal 'most at a time' 4 "$(curl -s "$url/sandbox/peak")"
    : >req
    fetch --sources hevy -c workouts
    [ "$(requests)" -le 3 ] || fail "$(requests) requests of an idle run"
}

# What a provider leaves out by mistake stays, and is no history.
t_hevy_list_that_shrinks_deletes_nothing() {
    lists='workouts routines exercise_templates body_measurements'
    serve_account hevy
    # shellcheck disable=SC2086 # the names, one by one
    dump first hevy $lists
    fetch --sources hevy
    find data/hevy -type f | sort | xargs md5sum >sums.1
    for bad in halved empty-page short-page; do
        options=
        for list in $lists; do
            options="$options --scenario $bad:hevy/$list"
        done
        # shellcheck disable=SC2086 # options
        serve_account hevy $options
        "$BUILD/$program" fetch --sources hevy --full >out 2>err
        code=$?
        [ "$code" -eq 0 ] || [ -s err ] || fail "$bad: exit code $code"
        errors=1 # and said
        find data/hevy -type f | sort | xargs md5sum >sums.2
        diff sums.1 sums.2 || fail "$bad: tables changed"
    done
}

strava_parts='activity_detail activity_laps activity_zones'

t_strava_all_that_hangs_on_activities() {
    dumps='activities activity_detail activity_streams activity_comments
        activity_kudos activity_photos'
    data='--set strava.activities=90'
    serve_account strava
    # shellcheck disable=SC2086 # the names, one by one
    dump first strava $dumps
    fetch --sources strava -c all
    # shellcheck disable=SC2086 # the names, one by one
    held table strava kept first -- $dumps segment_efforts
    equal 'rows of samples' 21600 "$(python3 -I -S "$HERE/check.py" rows \
        data/strava/activity_streams.csv)"
}

t_strava_page_that_is_lost_is_no_end() {
    serve_account strava --scenario 500-always:strava/activities:3
    run 5 fetch --sources strava -c activities
    said 1 'strava/activities.* HTTP 500'
    serve_account strava
    dump first strava activities
    fetch --sources strava -c activities
    held table strava kept first -- activities
}

t_strava_short_page_is_no_end() {
    serve_account strava --scenario short-page:strava/activities:2
    fetch --sources strava -c activities
    equal 'pages' '1 2 3 4 5 6' "$(sed -n 's/.*[?& ]page=\([0-9]*\).*/\1/p' req |
        sort -n | xargs)"
    equal rows 897 "$(python3 -I -S "$HERE/check.py" rows \
        data/strava/activities.csv)"
}

t_strava_list_that_shrinks_deletes_nothing() {
    serve_account strava
    dump first strava activities
    fetch --sources strava -c activities
    md5sum data/strava/activities.csv >sums.1
    for bad in halved empty-page short-page; do
        serve_account strava --scenario $bad:strava/activities
        code=0
        [ $bad = empty-page ] && code=1
        run $code fetch --sources strava -c activities --full
        [ -s err ] || fail "$bad: not a word"
        md5sum data/strava/activities.csv >sums.2
        diff sums.1 sums.2 || fail "$bad: the table changed"
    done
    [ ! -e data/strava/activities.history.csv ] || fail 'history'
}

t_strava_kill_9_at_many_moments() {
    data='--set strava.activities=60'
    # shellcheck disable=SC2086 # the names, one by one
    killed_runs strava "activities $strava_parts" "activities $strava_parts"
}
t_strava_is_what_the_account_holds() {
    dumps='athlete athlete_stats athlete_zones activities gear routes
        segments_starred clubs activity_detail activity_laps activity_zones'
    data='--set strava.activities=150'
    runs strava kept "$dumps" "$dumps segment_efforts" \
        --set strava.edit=activities:3/20@1780100000 \
        --set strava.edit=activities:3/20@1780100000 \
        --set strava.edit=activities:4/20@1780105000 \
        --set strava.edit=descriptions:2/8@1780106000 \
        --set strava.delete=activities:2/20@1780110000 \
        --set strava.add=activities:3/20@1780120000 \
        --set strava.new=activities:1@1780130000
}

# New ones push the others to later pages: each is there, and once.
t_strava_list_that_moves_while_it_is_read() {
    for deed in new=activities:3#1 add=activities:2#2 edit=activities:4#3; do
        rm -rf data
        serve_account strava --set "strava.$deed"
        run 0 fetch --sources strava -c activities
        run 0 fetch --sources strava -c activities --full
        dump first strava activities
        held table strava kept first -- activities
    done
}

t_whoop_list_that_moves_while_it_is_read() {
    for list in cycle sleep workout; do
        for deed in add=$list:2#5 edit=$list:9#5 add=$list:1#2; do
            rm -rf data
            serve_account whoop --set "whoop.$deed"
            run 0 fetch --sources whoop -c "$list"
            run 0 fetch --sources whoop -c "$list" --full
            dump first whoop "$list"
            held table whoop kept first -- "$list"
        done
    done
}

# The other formats hold the same.
t_strava_raw_is_what_was_answered() {
    data='--set strava.activities=40'
    serve_account strava
    dump first strava activities activity_detail
    fetch --sources strava -c activities,activity_detail --format raw,jsonl
    sed 's/^[^,]*,"answer"://; s/}$//' first/activity_detail | sort >want
    sort data/strava/activity_detail.raw.jsonl | diff -q want - ||
        fail 'details are not those that were answered'
    sort first/activities >want
    sort data/strava/activities.raw.jsonl | diff -q want - ||
        fail 'activities are not those that were answered'
}

# Only where somebody asks for it: the sets once more, by exercise.
t_hevy_history_is_what_the_account_holds() {
    history='--sources hevy -c workouts,exercise_history'
    serve_account hevy
    dump first hevy workouts
    # shellcheck disable=SC2086 # the options, one by one
    fetch $history
    held table hevy deleted first -- exercise_history
    later 3
    at=$((now - 86400))
    serve_account hevy --set "hevy.edit=workouts:6@$at" \
        --set "hevy.delete=workouts:4@$at" --set "hevy.add=workouts:3@$at"
    dump second hevy workouts
    # shellcheck disable=SC2086 # the options, one by one
    run 0 fetch $history
    held table hevy deleted first second -- exercise_history
    held history hevy deleted first second -- exercise_history
}
