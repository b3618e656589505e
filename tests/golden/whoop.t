# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# WHOOP: cursors, the newest first, in windows; records that are not final.

whoop_all='cycle recovery sleep workout'
# The account begins on a day that stays as time goes by.
data='--years 1 --heartrate-interval 3600 --began 1748464000'
whoop() {
    run "$1" fetch --sources whoop --format csv,raw
}

t_whoop_first_run_then_an_idle_one() {
    serve_whoop --set whoop.quota=100000,100000
    export WHOOP_START_DATE=2022-01-01
    whoop 0
    silent
    # shellcheck disable=SC2086 # the categories, one by one
    has_all whoop $whoop_all profile_basic body_measurement
    grep -q 'start=2022-01-01T00%3A00%3A00Z' req || fail 'not from the start'
    grep /v2/cycle req | grep -vq 'limit=25' && fail 'small pages'
    equal 'the one record' me "$(cut -d, -f1 data/whoop/body_measurement.csv |
        tail -n 1)"
    equal 'end of all walks of a window' '' "$(grep -c nextToken req |
        grep -x 0)"
    : >req
    whoop 0
    silent
    equal 'requests of an idle run' 6 "$(requests)"
}

t_whoop_windows_of_90_days_at_most() {
    serve_whoop --set whoop.quota=100000,100000
    fetch --sources whoop -c cycle
    python3 -I -S - req <<'END' || fail 'a window is too wide'
import re, sys
from datetime import datetime, timedelta
from urllib.parse import unquote
n = 0
for line in open(sys.argv[1]):
    at = [re.search(rf"{k}=([^& ]+)", line) for k in ("start", "end")]
    if all(at):
        a, b = (datetime.fromisoformat(unquote(m.group(1))) for m in at)
        n += 1
        if b - a > timedelta(days=90):
            sys.exit(line)
sys.exit(n < 60)
END
}

t_whoop_edits_deletions_and_late_records() {
    data="--years 1 --began $((now - 12 * 86400))" # all is read again
    serve_whoop --set whoop.quota=100000,100000
    export WHOOP_START_DATE=2025-05-01
    whoop 0
    sort data/whoop/cycle.raw.jsonl >was
    later 1
    serve_whoop --set whoop.quota=100000,100000
    for list in cycle sleep workout; do
        tell "whoop.edit=$list:2"
        tell "whoop.add=$list:1"
        tell "whoop.new=$list:1"
    done
    export WEARCHIVE_NOW=$((now + 60)) # what is new happens right now
    whoop 0
    silent
    # shellcheck disable=SC2086 # the categories, one by one
    has_all whoop $whoop_all
    # the cycle that was open, two edits, scores that were to come
    equal 'history of cycle' "$(sort data/whoop/cycle.raw.jsonl |
        comm -23 was - | wc -l)" \
        "$(grep -c ',updated$' data/whoop/cycle.history.csv)"
    # what is deleted there stays here
    tell whoop.delete=workout:1
    whoop 0
    gone=1
    has_all whoop workout
}

t_whoop_after_three_months() {
    serve_whoop --set whoop.quota=100000,100000
    export WHOOP_START_DATE=2025-05-01
    whoop 0
    later 92
    serve_whoop --set whoop.quota=100000,100000
    whoop 0
    silent
    # shellcheck disable=SC2086 # the categories, one by one
    has_all whoop $whoop_all
}

t_whoop_score_that_comes_after_45_days() {
    later -20
    serve_whoop --set whoop.quota=100000,100000
    export WHOOP_START_DATE=2025-05-01
    whoop 0
    equal 'open cycles' 2 "$(jq '.sources.whoop.categories.cycle.open | length' \
        data/state.json)"
    later 10
    serve_whoop --set whoop.quota=100000,100000
    whoop 0
    silent
    # shellcheck disable=SC2086 # the categories, one by one
    has_all whoop $whoop_all
    grep -q '/v2/cycle/[0-9]* ' req || fail 'no cycle by its id'
    grep -q '/v2/cycle/[0-9]*/recovery ' req || fail 'no recovery by its id'
    grep -q '/v2/activity/sleep/[0-9a-f-]* ' req || fail 'no sleep by its id'
    equal 'open cycles' 1 "$(jq '.sources.whoop.categories.cycle.open | length' \
        data/state.json)"
}

t_whoop_record_that_is_gone_before_it_was_final() {
    later -20
    serve_whoop --set whoop.quota=100000,100000
    export WHOOP_START_DATE=2025-05-01
    fetch --sources whoop -c sleep
    later 10
    serve_whoop --set whoop.quota=100000,100000
    sed -n 's/.*"\(2026-03[^ ]*\) \([^"]*\)".*/\2/p' data/state.json >id
    [ -s id ] || fail 'nothing is open'
    tell whoop.delete=sleep:400
    run 1 fetch --sources whoop -c sleep # for all of them are gone
    said 3 "whoop/sleep: record $(cat id) was not final, and the provider"
    said 3 'whoop/sleep .*: 14 of the 14 records that were there are missing'
    equal 'its row stays' 1 "$(grep -c "^$(cat id)," data/whoop/sleep.csv)"
    equal 'it is not asked for again' '' "$(jq -r \
        '.sources.whoop.categories.sleep.open[]?' data/state.json |
        grep "$(cat id)")"
}

t_whoop_window_that_fails_stores_nothing_of_itself() {
    serve_whoop --set whoop.quota=100000,100000 \
        --scenario 500-always:whoop/sleep:3
    export WHOOP_START_DATE=2026-01-01
    run 5 fetch --sources whoop -c sleep --format csv,raw
    said 1 'whoop/sleep .* page 3: GET /developer/v2/activity/sleep: HTTP 500'
    equal 'the window is not covered' 2026-04-01T00:00:00Z "$(jq -r \
        '.sources.whoop.categories.sleep.tables.csv.coverage[0][:20]' \
        data/state.json)"
    equal 'nothing of it is stored' '' "$(cut -d, -f2 data/whoop/sleep.csv |
        grep -E '2026-0[12]')"
    serve_whoop --set whoop.quota=100000,100000
    export WHOOP_START_DATE=2025-05-01
    run 0 fetch --sources whoop -c sleep --format csv,raw
    has_all whoop sleep
}

t_whoop_page_that_is_short_or_empty() {
    export WHOOP_START_DATE=2026-01-01
    # An empty page may be the end, and proves nothing.
    for bad in short-page:whoop/sleep:2:0 empty-page:whoop/sleep:2:0; do
        rm -rf data
        serve_whoop --set whoop.quota=100000,100000 --scenario "$bad"
        case $bad in
        short*)
            run 1 fetch --sources whoop -c sleep --format csv,raw
            said 1 'whoop/sleep .* page [0-9]*: GET .*: page 2 has .* not whole'
            ;;
        *)
            run 0 fetch --sources whoop -c sleep --format csv,raw
            said 1 'whoop/sleep: GET .*: the last page is empty although'
            ;;
        esac
        jq -r '.sources.whoop.categories.sleep.tables.csv.coverage[0]' \
            data/state.json | grep -q ^2026-01-01 && fail "$bad: it is covered"
        grep -q 2026-03 data/whoop/sleep.csv || fail "$bad: nothing is stored"
    done
    export WHOOP_START_DATE=2025-05-01
    # once only: the window is read again
    for bad in short-page:whoop/sleep:2:1 empty-page:whoop/sleep:2:1; do
        serve_whoop --set whoop.quota=100000,100000 --scenario "$bad"
        run 0 fetch --sources whoop -c sleep --format csv,raw --full
        silent
        has_all whoop sleep
    done
}

t_whoop_records_that_are_gone_are_told_once() {
    data="--years 1 --began $((now - 12 * 86400))" # all is read again
    serve_whoop --set whoop.quota=100000,100000
    export WHOOP_START_DATE=2025-05-01
    fetch --sources whoop -c cycle,workout
    later 1
    serve_whoop --set whoop.quota=100000,100000
    tell whoop.delete=cycle:2
    run 0 fetch --sources whoop -c cycle,workout
    said 1 'whoop/cycle: 2 of 1[0-9] records are not at the provider any more: [0-9]*, [0-9]*; their'
    fetch --sources whoop -c cycle,workout
    # half of them is another matter
    later 1
    serve_whoop --set whoop.quota=100000,100000 --scenario halved:whoop/cycle
    run 3 fetch --sources whoop -c cycle,workout
    said 2 'whoop/cycle .*: GET /developer/v2/cycle: [0-9]* of the 1[0-9] records that were there are missing'
    equal 'not covered' "2026-05-29" "$(jq -r \
        '.sources.whoop.categories.cycle.tables.csv.coverage[-1][21:31]' \
        data/state.json)"
    serve_whoop --set whoop.quota=100000,100000
    fetch --sources whoop -c cycle,workout
}

t_whoop_keeps_to_the_quota() {
    serve_whoop --waits waits --set whoop.quota=20,10000
    export WHOOP_START_DATE=2025-05-01
    run 0 fetch --sources whoop -c cycle,sleep --format csv,raw
    has_all whoop cycle sleep
    equal 'refused' 0 "$(awk '$4 == 429' req | wc -l)"
    [ -s waits ] || fail 'it did not wait'
}

# There need not be one: nobody has to weigh themselves.
t_whoop_record_that_there_is_not() {
    serve_whoop --scenario 404:whoop/body_measurement
    export WHOOP_START_DATE=2026-05-01
    whoop 0
    silent
    [ -e data/whoop/body_measurement.csv ] && fail 'a table of nothing'
    serve_whoop
    whoop 0
    silent
    equal 'then there is one' 1 "$(tail -n +2 data/whoop/body_measurement.csv | wc -l)"
    serve_whoop --scenario 404:whoop/body_measurement
    whoop 0
    silent
    equal 'it stays' 1 "$(tail -n +2 data/whoop/body_measurement.csv | wc -l)"
}

# WHOOP does not say whether the token is meant, or a permission; one that
# other categories are had with is not what is wrong.
t_whoop_permission_that_is_missing() {
    serve_whoop --scenario 401-token:whoop/sleep
    export WHOOP_START_DATE=2026-05-01
    whoop 3
    said 2 '^wearchive: whoop/sleep .*HTTP 401'
    for name in cycle recovery workout profile_basic body_measurement; do
        [ -s "data/whoop/$name.csv" ] || fail "no $name"
    done
    # nor do the first ones say it of all
    rm -r data
    serve_whoop --scenario 401-token:whoop/cycle \
        --scenario 401-token:whoop/recovery --scenario 401-token:whoop/sleep
    whoop 3
    said 6 '^wearchive: whoop/cycle .*HTTP 401'
    said 6 '^hint: .* permission read:cycles'
    for name in workout profile_basic body_measurement; do
        [ -s "data/whoop/$name.csv" ] || fail "no $name"
    done
    serve_whoop --scenario 401-token
    whoop 4
    equal 'each was asked for once' 6 "$(requests)"
    said 3 'whoop: 5 more categories were not fetched for the same reason'
}
