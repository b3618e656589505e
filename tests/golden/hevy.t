# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Hevy: numbered pages, a feed of events with deletions, sets as rows.

data='--years 1 --heartrate-interval 3600 --began 1748464000'
lists='routines exercise_templates routine_folders body_measurements'
hevy() {
    code=$1
    shift
    run "$code" fetch --sources hevy --format csv,raw "$@"
}

# The sets that the table of workouts has in its lists, as rows of
# workout_sets: workout_id, exercise_index, set_index, weight_kg, reps.
sets_of_workouts() {
    python3 -I -S - <<'END'
import csv, json
csv.field_size_limit(1 << 30)
for row in csv.DictReader(open("data/hevy/workouts.csv", newline="")):
    for e in json.loads(row["exercises"], parse_float=str, parse_int=str):
        for s in e["sets"]:
            print(row["id"], e["index"], s["index"], e["title"],
                  s["type"], s["weight_kg"] or "", s["reps"] or "", sep="|")
END
}
hevy_rows() { python3 -I -S "$HERE/check.py" rows "data/hevy/$1.csv"; }
sets_of_table() {
    python3 -I -S - <<'END'
import csv
for r in csv.DictReader(open("data/hevy/workout_sets.csv", newline="")):
    print(*(r[k] for k in ("workout_id", "exercise_index", "set_index",
                           "exercise_title", "set_type", "weight_kg",
                           "reps")), sep="|")
END
}
has_sets() {
    sets_of_workouts | sort >sets.wanted
    sets_of_table | sort >sets.got
    [ -s sets.wanted ] || fail 'no sets'
    diff sets.wanted sets.got >differ || fail "sets: $(head -n 5 differ)"
    equal exercises "$(cut -d'|' -f1,2 sets.wanted | sort -u | wc -l)" \
        "$(hevy_rows workout_exercises)"
}

t_hevy_first_run_then_an_idle_one() {
    serve_hevy
    hevy 0
    silent
    equal 'templates on large pages' 0 "$(grep exercise_templates req |
        grep -vc pageSize=100)"
    # shellcheck disable=SC2086 # the categories, one by one
    has_all hevy workouts $lists workout_count
    has_sets
    equal 'the count' "me,$(hevy_rows workouts)" \
        "$(tail -n 1 data/hevy/workout_count.csv)"
    : >req
    hevy 0 -c workouts
    silent
    equal 'requests of an idle run' '/v1/workouts/events
/v1/workouts/count' "$(awk '{print $2}' req)"
}

t_hevy_edits_deletions_and_additions() {
    serve_hevy
    hevy 0
    sort data/hevy/workouts.raw.jsonl >was
    later 3
    serve_hevy
    tell hevy.edit=workouts:3
    tell hevy.delete=workouts:2
    tell hevy.add=workouts:2
    tell hevy.edit=routines:2
    tell hevy.new=routines:1
    tell hevy.edit=body_measurements:2
    hevy 0
    silent
    # shellcheck disable=SC2086 # the categories, one by one
    has_all hevy workouts $lists
    has_sets
    history=data/hevy/workouts.history.csv
    equal 'history of edits' 3 "$(grep -c ',updated$' $history)"
    equal 'history of deletions' 2 "$(grep -c ',deleted$' $history)"
    sort data/hevy/workouts.raw.jsonl | comm -23 was - | wc -l >gone
    equal 'history is what went' 5 "$(cat gone)"
    equal 'events of deletions' 2 "$(grep -c '^[^,]*,deleted,' \
        data/hevy/workout_events.csv)"
    equal 'the whole list is not read again' '' "$(grep '/v1/workouts ' req)"
}

# The sets once more, by exercise; only where somebody asks for it.
t_hevy_history_of_each_exercise() {
    serve_hevy
    hevy 0
    [ -e data/hevy/exercise_history.csv ] && fail 'it was not asked for'
    hevy 0 -c workouts,exercise_history
    equal 'sets of exercises' "$(hevy_rows workout_sets)" \
        "$(hevy_rows exercise_history)"
    tell hevy.delete=workouts:2
    tell hevy.new=workouts:1
    export WEARCHIVE_NOW=$((now + 60)) # what is new happens right now
    hevy 0 -c workouts,exercise_history
    equal 'sets of exercises' "$(hevy_rows workout_sets)" \
        "$(hevy_rows exercise_history)"
    grep -q ',updated$' data/hevy/exercise_history.history.csv &&
        fail 'sets were numbered anew'
    : >req
    hevy 0 -c exercise_history
    silent
    equal 'only what workouts have changed' 0 \
        "$(requests '/v1/exercise_history/')"
    tell hevy.edit=workouts:1
    export WEARCHIVE_NOW=$((now + 120))
    hevy 0 -c workouts,exercise_history
    id=$(sed -n "s/^\([^,]*\),.*,updated$/\1/p" data/hevy/workouts.history.csv)
    equal 'the exercises of one workout' "$(grep "\"$id\"" \
        data/hevy/workouts.raw.jsonl | jq '[.exercises[] |
            .exercise_template_id] | unique | length')" \
        "$(requests '/v1/exercise_history/')"
    equal 'sets of exercises' "$(hevy_rows workout_sets)" \
        "$(hevy_rows exercise_history)"
}

t_hevy_after_three_months() {
    serve_hevy
    hevy 0
    later 92
    serve_hevy
    tell hevy.delete=workouts:5
    tell hevy.edit=workouts:4
    hevy 0
    silent
    # shellcheck disable=SC2086 # the categories, one by one
    has_all hevy workouts $lists
    has_sets
    equal 'the whole list is not read again' '' "$(grep '/v1/workouts ' req)"
}

# Nothing lost, nothing doubled, whatever comes or goes between two pages.
t_hevy_list_that_moves_while_it_is_read() {
    for deed in new=workouts:1#5 add=workouts:2#9 delete=workouts:3#12 \
        edit=workouts:4#3; do
        serve_hevy --set "hevy.$deed"
        hevy 0 -c workouts
        silent
        has_all hevy workouts
        has_sets
        rm -r data
    done
    # deleted before anything of it was written
    serve_hevy --set hevy.workouts=60 --set hevy.delete=workouts:20#6
    hevy 0 -c workouts
    silent
    has_all hevy workouts
    has_sets
    rm -r data
    serve_hevy --set hevy.new=body_measurements:1#2
    hevy 0 -c body_measurements
    has_all hevy body_measurements
}

t_hevy_page_that_is_short_or_empty_or_lost() {
    for bad in short-page:hevy/workouts:4:0 empty-page:hevy/workouts:3:0 \
        404:hevy/workouts halved:hevy/workouts; do
        serve_hevy --set hevy.workouts=100 --scenario "$bad"
        hevy 1 -c workouts
        grep -Eq 'the provider counts 100 records, and the table has [0-9]+' \
            err || fail "$bad: the numbers are not told"
        equal "$bad: not covered" null \
            "$(jq '.sources.hevy.categories.workouts.tables.csv.coverage |
                if . == [] then null else . end' data/state.json)"
        serve_hevy --set hevy.workouts=100
        hevy 0 -c workouts
        silent
        has_all hevy workouts
        rm -r data
    done
    for bad in short-page:hevy/body_measurements:4:0 \
        empty-page:hevy/body_measurements:3:0; do
        rm -rf data
        serve_hevy --scenario "$bad"
        hevy 1 -c body_measurements
        said 1 'page [34] of [0-9]* has [07] records where the first one has 10'
        serve_hevy
        hevy 0 -c body_measurements
        has_all hevy body_measurements
    done
}

t_hevy_routines_that_are_gone_stay() {
    serve_hevy
    fetch --sources hevy -c routines
    stamps data/hevy >stamps.1
    serve_hevy --scenario halved:hevy/routines
    for i in 1 2; do # until somebody says that it is right
        run 1 fetch --sources hevy -c routines
        said 2 'hevy/routines: GET /v1/routines: the list has 9 records, and had 19 the last time'
        stamps data/hevy >stamps.2
        diff stamps.1 stamps.2 || fail 'the table changed'
    done
    run 0 fetch --sources hevy -c routines --full
    stamps data/hevy >stamps.2
    diff stamps.1 stamps.2 || fail 'the table changed'
    # fewer that are gone are said once
    serve_hevy
    fetch --sources hevy -c routines
    tell hevy.delete=routines:2
    run 0 fetch --sources hevy -c routines
    said 1 'the list has 17 records, and had 19 the last time; no row was deleted'
    fetch --sources hevy -c routines
}

t_hevy_page_that_fails_once_is_no_loss() {
    serve_hevy --scenario short-page:hevy/body_measurements:4:1 \
        --scenario empty-page:hevy/workouts:2:1
    hevy 0 -c body_measurements,workouts
    silent
    has_all hevy body_measurements workouts
}

t_hevy_lists_without_records() {
    for answer in 200 404; do
        rm -rf data
        serve_hevy --set hevy.workouts=0 --set hevy.empty=$answer
        hevy 0 -c workouts
        [ "$answer" = 200 ] || said 1 'GET /v1/workouts: HTTP 404: taken for an'
    done
    rm -rf data
    serve_hevy --scenario 404:hevy/routines
    hevy 0 -c routines
    said 1 'GET /v1/routines: HTTP 404: taken for an'
    hevy 0 -c routines
    silent
}

t_hevy_key_that_is_refused() {
    serve_hevy
    HEVY_API_KEY=wrong
    run 4 fetch --sources hevy
    grep -q 'https://hevy.com/settings?developer' err || fail 'no hint'
    grep -q wrong err && fail 'the key is in a message'
    HEVY_API_KEY=$token
    fetch --sources hevy -c user_info
    equal 'the header' key "$(awk '{print $NF}' req | tail -n 1 | sed 's/token/key/')"
}

t_hevy_kill_and_go_on() {
    real_clock
    serve_hevy --set hevy.workouts=400 --began "$began" --latency 5
    for at in 0.1 0.2 0.3 0.5; do
        "$BUILD/$program" fetch --sources hevy --format csv,raw \
            >/dev/null 2>&1 &
        sleep $at
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
    done
    run 0 fetch --sources hevy --format csv,raw
    # shellcheck disable=SC2086 # the categories, one by one
    has_all hevy workouts $lists
    has_sets
    torn=1
}

# An account that is too long for a run is read in several, and what happens
# between two of them is not lost.
t_hevy_long_list_in_several_runs() {
    serve_hevy --set hevy.workouts=600
    for i in 1 2 3; do
        run 5 fetch --sources hevy -c workouts --format csv,raw \
            --max-requests 18
        equal "requests of run $i" 18 "$(requests)"
        grep -q 'give --max-requests more' err && fail 'it gets on'
        grep -Eq ' page=1[^0-9]|[?&]page=1[& ]' req && [ "$i" -gt 1 ] &&
            fail 'from the beginning again'
        : >req
        tell hevy.delete=workouts:$i
        tell hevy.new=workouts:1
    done
    hevy 0 -c workouts --max-requests 40
    has_all hevy workouts
    has_sets
    equal 'what was read is forgotten' null "$(jq \
        '.sources.hevy.categories.workouts.tables.csv.reading' \
        data/state.json)"
    : >req
    hevy 0 -c workouts
    equal 'then only events' '' "$(grep '/v1/workouts ' req)"
}

# The same for a list that every run reads as a whole.
t_hevy_measurements_in_several_runs() {
    serve_hevy
    pages=$(($(curl -s "$url/sandbox/dump?hevy/body_measurements" | wc -l) / 10 + 1))
    most=$((pages / 2 + 1))
    run 5 fetch --sources hevy -c body_measurements --format csv,raw \
        --max-requests $most
    grep -q 'give --max-requests more' err && fail 'it gets on'
    hevy 0 -c body_measurements --max-requests $most
    silent
    has_all hevy body_measurements
    equal 'it was read as a whole' "$(hevy_rows body_measurements)" \
        "$(jq .sources.hevy.categories.body_measurements.listed \
            data/state.json)"
    hevy 0 -c body_measurements
    silent
}

# A run that ends where the whole list was read, and only its first and last
# page were to be looked at again: what is left for the next one is a page.
t_hevy_list_whose_last_page_is_left() {
    serve_hevy
    hevy 0 -c body_measurements
    listed=$(hevy_rows body_measurements)
    pages=$((listed / 10 + 1))
    for most in "$pages" $((pages + 1)); do
        hevy 5 -c body_measurements --max-requests "$most"
        hevy 0 -c body_measurements --max-requests "$most"
        silent
        equal 'the length of the list' "$listed" \
            "$(jq .sources.hevy.categories.body_measurements.listed \
                data/state.json)"
        : >req
    done
    hevy 5 -c body_measurements --max-requests "$pages"
    equal 'it begins anew' 1 "$(grep -Ec '[?& ]page=1($|[& ])' req)"
    last='fetch --sources hevy -c body_measurements'
}

# A page that is lost is not passed over by the run that goes on.
t_hevy_lost_page_of_a_list_in_several_runs() {
    serve_hevy --scenario empty-page:hevy/body_measurements:2:0
    for i in 1 2 3; do
        run 1 fetch --sources hevy -c body_measurements --max-requests 60
        equal "first page of run $i" 1 "$(awk 'NR == 1' req |
            grep -Ec '[?& ]page=1($|[& ])')"
        : >req
    done
}

# A record that went without an event is told once by its id, and its row stays.
t_hevy_deletion_that_no_event_tells() {
    serve_hevy
    hevy 0 -c workouts
    cp -r data first
    had=$(hevy_rows workouts)
    tell hevy.lose=workouts:1
    curl -s "$url/sandbox/dump?hevy/workouts" | sort >held
    sort data/hevy/workouts.raw.jsonl | comm -23 - held | jq -r .id >id
    hevy 1 -c workouts
    said 2 "hevy/workouts: GET /v1/workouts/count: the provider counts $((had - 1)) records, and the table has $had rows: no longer listed: $(cat id)$"
    for name in workouts workout_sets; do
        cmp "first/hevy/$name.csv" "data/hevy/$name.csv" || fail "a row changed"
    done
    : >req
    hevy 0 -c workouts
    silent
    equal 'it costs no more' 2 "$(requests)"
    tell hevy.lose=workouts:1 # one more
    hevy 1 -c workouts
    said 2 'no longer listed: [0-9a-f-]*, [0-9a-f-]*$'
    hevy 0 -c workouts --mark-vanished
    said 1 "2 of $had records are no longer listed: .*$(cat id)"
    equal 'the history' 2 \
        "$(grep -c ',vanished$' data/hevy/workouts.history.csv)"
    gone=2
    has_all hevy workouts
    rm -r data # and where the archive is new there is nothing to tell
    hevy 0 -c workouts
    silent
}

# The event comes late, and the whole list was read on the same day.
t_hevy_deletion_that_an_event_tells_later() {
    serve_hevy
    hevy 0 -c workouts
    had=$(hevy_rows workouts)
    tell hevy.lose=workouts:1
    hevy 0 -c workouts --sweep
    said 1 "1 of $had records are no longer listed: [0-9a-f-]*$"
    serve_hevy
    tell hevy.delete=workouts:1
    hevy 0 -c workouts
    silent
    equal 'the rows' $((had - 1)) "$(hevy_rows workouts)"
    has_all hevy workouts
    has_sets
}

# A sweep begins anew each time, and one that was cut short spoils nothing.
t_hevy_sweep_that_is_cut_short() {
    serve_hevy --set hevy.workouts=100
    hevy 0 -c workouts
    for i in 1 2; do
        : >req
        hevy 5 -c workouts --sweep --max-requests 5
        grep -q 'page=1 ' req || fail 'not from the beginning'
    done
    hevy 0 -c workouts
    silent
    hevy 0 -c routines
    tell hevy.delete=routines:1
    hevy 0 -c workouts,routines --sweep
    said 1 'hevy/routines: 1 of [0-9]* records are no longer listed'
    gone=1
    has_all hevy routines
}

# All at once would be too much: that is no list.
t_hevy_count_that_does_not_fit_costs_the_list_once_a_day() {
    serve_hevy --set hevy.workouts=50
    hevy 0 -c workouts
    tell hevy.lose=workouts:40
    for i in 1 2; do
        : >req
        hevy 1 -c workouts
        said 2 'the provider counts 10 records, and the table has 50 rows$'
        equal "lists of run $i" $((2 - i)) "$(requests '/v1/workouts ')"
    done
    later 2
    serve_hevy --set hevy.workouts=50
    tell hevy.lose=workouts:40
    hevy 1 -c workouts
    equal 'the next day' 1 "$(requests '/v1/workouts ')"
}

# Events of the time since the last good run count, whatever else is forgotten.
t_hevy_deletions_of_before_a_full_run() {
    serve_hevy
    hevy 0 -c workouts
    then=$((now + 86400))
    later 9
    serve_hevy
    tell "hevy.delete=workouts:2@$then"
    hevy 0 -c workouts --full
    silent
    has_all hevy workouts
    equal 'history of deletions' 2 \
        "$(grep -c ',deleted$' data/hevy/workouts.history.csv)"
    # without any state the provider is asked for all that it tells
    later 9
    serve_hevy
    tell "hevy.delete=workouts:4@$then"
    rm data/state.json
    hevy 0 -c workouts
    silent
    has_all hevy workouts
}
