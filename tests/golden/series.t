# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Series of samples as tables of their own.

series() {
    conf <<END
[oura]
series = yes
categories = sleep, daily_activity
END
}

# The samples that the table of sleep has in its lists, as rows of sleep_hrv.
expected() {
    python3 -I -S - "$1" <<'END'
import csv, json, sys
from datetime import datetime, timedelta
from decimal import Decimal
csv.field_size_limit(1 << 30)
for row in csv.DictReader(open(sys.argv[1], newline='')):
    if not row['hrv.items']:
        continue
    start = datetime.fromisoformat(row['hrv.timestamp'])
    step = Decimal(row['hrv.interval'])
    for i, item in enumerate(json.loads(row['hrv.items'], parse_float=str)):
        if item is not None:
            at = start + timedelta(microseconds=int(i * step * 1000000))
            at = at.isoformat(timespec='milliseconds')
            print(f"{row['id']},{at},{item}")
END
}

t_series_are_off_by_default() {
    serve
    fetch -c sleep
    tables sleep.csv
    run 2 fetch -c sleep_hrv
    said 2 'sleep_hrv is not fetched by itself: it comes with sleep'
}

t_each_sample_is_a_row() {
    serve
    series
    fetch
    tables sleep.csv sleep_hrv.csv sleep_heart_rate.csv daily_activity.csv \
        daily_activity_met.csv
    expected data/oura/sleep.csv | sort >wanted.csv
    equal head sleep_id,timestamp,value "$(head -n 1 data/oura/sleep_hrv.csv)"
    tail -n +2 data/oura/sleep_hrv.csv | sort >got.csv
    cmp wanted.csv got.csv || fail 'not the samples of the nights'
    [ "$(wc -l <got.csv)" -gt 10000 ] || fail 'too few samples'
    run 0 verify
    equal damage '' "$(grep -i damage out)"
    run 0 status
    grep -q '^oura/sleep_hrv ' out || fail 'no status of it'
    last=
}

t_a_series_by_its_name() {
    serve
    series
    run 0 fetch -c oura/sleep_hrv --json
    equal asked '["oura/sleep","oura/sleep_heart_rate","oura/sleep_hrv"]' \
        "$(jq -c '.categories | keys' out)"
    equal parent '"sleep"' "$(jq '.categories["oura/sleep_hrv"].parent' out)"
    last=
}

t_series_turned_on_later_reaches_back() {
    serve
    fetch -c sleep,daily_activity
    series
    fetch
    mv data later
    fetch --output-dir once
    mv later data
    same data once
    archives='data once'
}

t_a_changed_record_replaces_its_samples() {
    serve
    series
    fetch -c sleep
    cp -r data before
    night=$(sed -n '2s/,.*//p' data/oura/sleep_hrv.csv)
    # One sample has another value, one is gone, and there is one too many.
    sed -i -e '2s/[^,]*$/999/' -e 3d -e "4i$night,2025-05-30T00:00:01.000+02:00,1" \
        data/oura/sleep_hrv.csv
    chmod 600 data/oura/sleep_hrv.csv
    run 0 fetch -c sleep --full --json
    equal counts '[1,1,1]' "$(jq -c '.categories["oura/sleep_hrv"] |
        [.new, .changed, .deleted]' out)"
    equal nights '[0,0,0]' "$(jq -c '.categories["oura/sleep"] |
        [.new, .changed, .deleted]' out)"
    diff before/oura/sleep_hrv.csv data/oura/sleep_hrv.csv || fail 'not as before'
    equal history 'deleted
updated' "$(sed 1d data/oura/sleep_hrv.history.csv | sed 's/.*,//' | sort)"
    archives='data'
    last=
}

# Half of the days get other ids: the rows of the old ones go, and so do their
# samples.
t_samples_go_with_a_record_that_another_one_replaced() {
    serve
    series
    fetch -c daily_activity
    serve --scenario id-number:daily_activity:string
    run 0 fetch -c daily_activity --full --json
    equal 'new days' 0 "$(jq '.categories["oura/daily_activity"].new' out)"
    gone=$(jq '.categories["oura/daily_activity_met"].deleted' out)
    equal history "$((gone + 1))" \
        "$(wc -l <data/oura/daily_activity_met.history.csv)"
    [ "$gone" -gt 100000 ] || fail "only $gone samples went"
    fetch -c daily_activity --output-dir once
    diff data/oura/daily_activity_met.csv once/oura/daily_activity_met.csv \
        >differ || fail "not the samples of the days: $(head -n 5 differ)"
    archives='data once'
    last=
}

t_series_in_json_lines_too() {
    serve
    series
    fetch -c sleep --format csv,jsonl,raw
    tables sleep.csv sleep.jsonl sleep.raw.jsonl sleep_hrv.csv \
        sleep_hrv.jsonl sleep_heart_rate.csv sleep_heart_rate.jsonl
    equal rows "$(($(wc -l <data/oura/sleep_hrv.csv) - 1))" \
        "$(wc -l <data/oura/sleep_hrv.jsonl)"
    run 0 convert oura/sleep_hrv --to jsonl -o converted
    cmp converted data/oura/sleep_hrv.jsonl || fail 'convert differs'
}

t_series_after_a_kill() {
    real_clock
    serve --latency 20
    series
    for wait in 0.05 0.2 0.4; do
        timeout --foreground -s KILL "$wait" "$BUILD/$program" fetch >out 2>err
    done
    run 0 fetch
    undisturbed once
    same data once
    archives='data once'
    once=yes
    torn=yes
}
