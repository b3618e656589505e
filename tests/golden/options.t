# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Options of fetch that change what is asked for and where it goes.

t_since_and_until_read_a_range() {
    serve
    fetch -c daily_activity,heartrate --since 2026-02-01 --until 2026-02-10
    equal 'activity' 'start_date=2026-01-30&end_date=2026-02-12' \
        "$(sed -n 's/.*daily_activity \([^ ]*\) .*/\1/p' req)"
    equal 'heartrate' \
        'start_datetime=2026-02-01T00:00:00Z&end_datetime=2026-02-11T00:00:00Z' \
        "$(sed -n 's/.*heartrate \([^ ]*\) .*/\1/p' req | sed 's/%3A/:/g')"
    fetch -c daily_activity,heartrate
    undisturbed want -c daily_activity,heartrate
    same data want
}

t_range_is_read_again_although_it_is_covered() {
    serve
    fetch -c daily_activity
    sed -i '/,2026-02-0[1-5],/d' data/oura/daily_activity.csv
    : >req
    run 0 fetch -c daily_activity
    said 1 'oura/daily_activity: 5 rows went from'
    equal 'requests without a range' 1 "$(requests)"
    fetch -c daily_activity --since 2026-02-01 --until 2026-02-05
    unordered=1
    holds daily_activity
}

t_full_brings_back_deleted_rows() {
    serve
    fetch -c "$few"
    sed -i '5,30d' data/oura/daily_activity.csv
    sed -i '5,300d' data/oura/heartrate.csv
    fetch -c "$few" --full
    undisturbed want -c "$few"
    same data want
}

t_full_writes_nothing_if_nothing_is_new() {
    serve
    fetch
    stamps data >stamps.1
    fetch --full
    stamps data | diff stamps.1 - || fail 'tables changed'
}

t_lookback_hours_replace_the_overlap() {
    serve
    fetch -c daily_activity,heartrate
    : >req
    fetch -c daily_activity,heartrate --lookback-hours 72
    grep -q 'daily_activity start_date=2026-05-23&' req ||
        fail "$(cat req)"
    grep -q 'heartrate start_datetime=2026-05-25T20' req || fail "$(cat req)"
    equal requests 2 "$(requests)"
}

t_overlap_days_of_the_configuration() {
    conf <<END
[oura]
overlap_days = 3
END
    serve
    fetch -c daily_activity
    : >req
    fetch -c daily_activity
    grep -q 'daily_activity start_date=2026-05-23&' req || fail "$(cat req)"
}

t_dry_run_asks_nothing_and_makes_no_file() {
    serve
    run 0 fetch --dry-run
    [ -s out ] || fail 'says nothing'
    equal requests 0 "$(requests)"
    [ ! -e data ] || fail 'made the folder'
    fetch -c sleep
    cp data/state.json state.1
    : >req
    run 0 fetch -c sleep --dry-run
    equal 'what is said' "oura/sleep: 1 request or more" "$(head -n 1 out)"
    cmp state.1 data/state.json || fail 'wrote the state'
    equal requests 0 "$(requests)"
    once=1
}

t_dry_run_has_json() {
    serve
    run 0 fetch --dry-run --json -c sleep,heartrate
    equal categories 'oura/sleep oura/heartrate' \
        "$(jq -r '.categories | keys_unsorted | join(" ")' out)"
    equal 'all URLs' true \
        "$(jq '.categories[] | .requests == (.urls | length)' out | sort -u)"
    jq -e '.categories["oura/sleep"].urls[0] | test("/sleep[?]start_date=")' \
        out >/dev/null || fail 'no URL'
    [ ! -e data ] || fail 'made the folder'
    archives=
}

t_each_request_is_named_at_vv() {
    serve --page 100 --scenario 500:sleep:1
    run 0 fetch -c "$few" -vv
    equal 'requests named' "$(awk '{ print $2 }' req | sort | uniq -c)" \
        "$(sed -n 's/^wearchive: GET \([^ :]*\)$/\1/p' err | sort | uniq -c)"
    if grep -E '[?&=]|next_token|start_date|Bearer|CANARY' err; then
        fail 'more than the path'
    fi
    run 0 fetch -c "$few" -v
    grep GET err && fail 'named at -v, too'
    return 0
}

t_formats_together() {
    serve
    fetch -c "$few" --format csv,jsonl,raw
    for name in daily_activity sleep heartrate; do
        equal "$name: lines" "$(rows $name) $(rows $name)" \
            "$(wc -l <data/oura/$name.jsonl) $(wc -l <data/oura/$name.raw.jsonl)"
    done
    undisturbed want -c "$few"
    cmp data/oura/sleep.csv want/oura/sleep.csv || fail 'csv differs'
}

t_format_added_later_gets_the_whole_history() {
    serve
    fetch -c "$few"
    stamps data >stamps.1
    fetch -c "$few" --format csv,jsonl,raw
    stamps data | grep csv | diff stamps.1 - || fail 'csv was written'
    undisturbed want -c "$few" --format csv,jsonl,raw
    same data want
}

t_format_left_out_for_a_while_catches_up() {
    serve
    fetch -c sleep --format csv,jsonl
    later 60
    serve
    fetch -c sleep --format csv
    fetch -c sleep --format csv,jsonl
    holds sleep
    equal lines "$(rows sleep)" "$(wc -l <data/oura/sleep.jsonl)"
}

t_state_file_elsewhere() {
    serve
    fetch -c sleep --state-file elsewhere/my.json
    equal folder 700 "$(stat -c %a elsewhere)"
    [ ! -e data/state.json ] || fail 'also in the archive'
    equal version 1 "$(jq .version elsewhere/my.json)"
    equal mode 600 "$(stat -c %a elsewhere/my.json)"
    : >req
    fetch -c sleep --state-file elsewhere/my.json
    equal requests 1 "$(requests)"
}

t_since_in_the_future_is_no_success() {
    serve
    run 2 fetch -c sleep --since 2026-05-29
    said 1 'since is in the future'
    run 2 fetch -c sleep --since 2099-01-01 --until 2099-02-01 --dry-run
    equal requests 0 "$(requests)"
    run 2 fetch -c sleep --until 2024-12-31
    said 2 'oura: --until is before the start_date'
    fetch -c sleep --since 2024-12-01 --until 2024-12-31
    export OURA_START_DATE=2062-01-01
    run 2 fetch -c sleep
    said 1 'oura: start_date is in the future'
    export OURA_START_DATE="$start"
    fetch -c sleep --since 2026-05-28
}

# As ssh makes it, and some languages for their children.
t_token_comes_from_a_socket() {
    serve
    unset OURA_PERSONAL_ACCESS_TOKEN
    python3 -I -S -c '
import socket, subprocess, sys
ours, theirs = socket.socketpair()
ours.sendall(sys.argv[1].encode())
ours.close()
sys.exit(subprocess.call(sys.argv[2:], stdin=theirs))' "$token" \
        "$BUILD/$program" fetch -c sleep --token-file - >out 2>err ||
        fail "exit code $?"
    silent
    export OURA_PERSONAL_ACCESS_TOKEN="$token"
    holds sleep
    run 2 fetch -c sleep --token-file -
    said 1 'standard input is empty'
}

# Nobody has to give it: the program is left by Ctrl-C all the same.
t_signal_ends_the_wait_for_a_token() {
    serve
    mkfifo token
    "$BUILD/$program" fetch -c sleep --token-file token >out 2>err &
    fetch=$!
    exec 3>token # it has opened the other end
    while kill "$fetch" 2>/dev/null; do
        sleep 0.05
    done
    wait "$fetch"
    equal 'exit code' 143 $?
    exec 3>&-
    said 1 'stopped by a signal'
    equal requests 0 "$(requests)"
    unread=1
}

t_home_that_is_none_is_no_reason_to_fail() {
    serve
    export HOME=/dev/null
    fetch -c sleep
    holds sleep
    ln -s loop loop
    export HOME="$PWD/loop"
    fetch -c sleep
}

t_json_summary() {
    serve
    run 0 fetch -c sleep,heartrate --json
    [ ! -s err ] || fail 'stderr is not empty'
    equal summary "0 2 $(rows sleep) ok" "$(jq -r '"\(.exit_code) \(
        .categories | length) \(.categories["oura/sleep"].new) \(
        .categories["oura/sleep"].result)"' out)"
    serve --scenario 404:sleep
    run 3 fetch -c sleep,heartrate --json
    equal 'exit code in it' 3 "$(jq .exit_code out)"
}

t_status_shows_the_last_day_of_the_coverage() {
    serve
    fetch -c sleep --since 2026-02-01 --until 2026-02-28
    run 0 status
    equal days '2026-02-01 2026-02-28' \
        "$(awk '$1 == "oura/sleep" { print $4, $5 }' out)"
    fetch -c sleep
    run 0 status
    equal 'last day' 2026-05-28 "$(awk '$1 == "oura/sleep" { print $5 }' out)"
}

t_status_tells_what_was_fetched() {
    serve
    fetch -c sleep,heartrate
    cp -r data old
    run 0 status
    grep -q 'sleep' out || fail 'no sleep'
    run 0 status --json
    jq -e . out >json || fail 'not JSON'
    diff -r old data || fail 'status wrote something'
    last='fetch -c sleep,heartrate'
}
