# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# What later days bring.

t_each_day_adds_its_rows() {
    serve
    fetch -c "$few"
    for _ in 1 2 3; do
        later 1
        serve
        fetch -c "$few"
        holds daily_activity sleep heartrate
    done
}

t_gap_of_100_days_heals() {
    serve
    fetch
    later 100
    serve
    fetch
    holds daily_activity sleep heartrate ring_battery_level workout
    equal coverage '["2025-01-01T00:00:00Z/2026-09-05T20:26:40Z"]' \
        "$(state '.sleep.tables.csv.coverage | tojson')"
}

t_partial_today_becomes_final() {
    serve
    fetch -c daily_activity
    rows daily_activity >rows.1
    cp data/oura/daily_activity.csv old.csv
    now=$((now + 3600))
    export WEARCHIVE_NOW=$now
    serve
    fetch -c daily_activity
    equal rows "$(cat rows.1)" "$(rows daily_activity)"
    equal 'changed lines' 1 \
        "$(comm -13 old.csv data/oura/daily_activity.csv | wc -l)"
    equal 'rows in the history' 1 "$(rows daily_activity.history)"
    later 1
    serve
    fetch -c daily_activity
    equal rows "$(($(cat rows.1) + 1))" "$(rows daily_activity)"
    equal 'rows in the history' 2 "$(rows daily_activity.history)"
    holds daily_activity
}

t_changed_record_takes_its_place_and_the_old_one_is_kept() {
    categories='daily_sleep,sleep,heartrate,workout,daily_cardiovascular_age'
    serve
    fetch -c "$categories"
    cp -r data old
    now=$((now + 60))
    export WEARCHIVE_NOW=$now
    serve --scenario changing
    fetch -c "$categories"
    for name in daily_sleep sleep heartrate workout; do
        diff "old/oura/$name.csv" "data/oura/$name.csv" >differ
        equal "$name: lines gone, new" '1 1' \
            "$(grep -c '^<' differ) $(grep -c '^>' differ)"
        # the old row, followed by when and why
        sed -n 's/^< \(.*\)$/\1,2026-05-28T20:27:40Z,updated/p' differ >wanted
        tail -n +2 "data/oura/$name.history.csv" | diff -u wanted - ||
            fail "$name: history"
        equal "$name: header of the history" \
            "$(head -n 1 "data/oura/$name.csv"),_replaced_at,_reason" \
            "$(head -n 1 "data/oura/$name.history.csv")"
    done
}

t_changed_singletons_get_a_history() {
    serve
    fetch -c personal_info,ring_configuration
    serve --scenario changing
    fetch -c personal_info,ring_configuration
    equal rows '1 1 2 1' "$(rows personal_info) $(rows personal_info.history) \
$(rows ring_configuration) $(rows ring_configuration.history)"
}

t_change_is_kept_in_every_format() {
    serve
    fetch -c sleep --format csv,jsonl,raw
    serve --scenario changing
    fetch -c sleep --format csv,jsonl,raw
    tables sleep.csv sleep.history.csv sleep.jsonl sleep.history.jsonl \
        sleep.raw.jsonl sleep.raw.history.jsonl
    for file in sleep.history.jsonl sleep.raw.history.jsonl; do
        equal "$file" '2026-05-28T20:26:40Z updated' \
            "$(jq -r '._replaced_at + " " + ._reason' "data/oura/$file")"
    done
}

t_history_can_be_declined() {
    conf <<END
[oura]
history = no
END
    serve
    fetch -c sleep
    serve --scenario changing
    fetch -c sleep
    tables sleep.csv
}

t_change_to_and_fro_leaves_two_old_rows() {
    serve
    fetch -c sleep
    cp data/oura/sleep.csv first.csv
    serve --scenario changing
    fetch -c sleep
    serve
    fetch -c sleep
    cmp first.csv data/oura/sleep.csv || fail 'not what it was'
    equal 'rows in the history' 2 "$(rows sleep.history)"
}

t_record_that_is_open_is_read_again_until_it_ends() {
    serve
    # the open one is older than what is read again for late data
    fetch -c rest_mode_period --since 2026-05-20
    fetch -c rest_mode_period --since 2026-01-01 --until 2026-05-13
    fetch -c rest_mode_period
    undisturbed want -c rest_mode_period
    same data want
    equal open 2026-05-09T00:00:00Z "$(state .rest_mode_period.open_since)"
    later 30
    serve
    fetch -c rest_mode_period
    holds rest_mode_period
}

# When that run was nobody knows: what it read ends with the last record.
t_clock_that_was_ahead_for_a_run_proves_nothing() {
    serve
    fetch -c daily_sleep,heartrate
    export WEARCHIVE_NOW=$((now + 3000 * 86400))
    fetch -c daily_sleep,heartrate
    later 100
    serve
    fetch -c daily_sleep,heartrate
    undisturbed want -c daily_sleep,heartrate
    for name in daily_sleep heartrate; do
        equal "$name: missing rows" 0 \
            "$(grep -vcxFf "data/oura/$name.csv" "want/oura/$name.csv")"
    done
}
