# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# CSV for a spreadsheet and for DuckDB, and from one to the other.

csv=data/oura/daily_readiness.csv
bom=$(printf '\357\273\277')
cr=$(printf '\r')

# profile WORD: for all sources
profile() {
    printf '[archive]\nprofile = %s\n[oura]\n' "$1" | conf
}

# fresh PROFILE DIR ARG...: what a first run in that profile makes
fresh() {
    profile "$1"
    shift
    start_sandbox --scenario hard-text
    to=$1
    shift
    OURA_BASE_URL=$url "$BUILD/$program" fetch --output-dir "$to" "$@" \
        >out 2>err || fail "fresh run: $?"
    stop_sandbox "$pid"
}

# now_in PROFILE: a run turns the tables into it, and they are what a first
# run makes
now_in() {
    fresh "$1" "fresh-$1" -c daily_readiness,workout
    run 0 fetch -c daily_readiness,workout
    same "fresh-$1" data
}

t_excel_has_a_mark_cr_lf_and_guards() {
    profile excel
    serve --scenario hard-text
    run 0 fetch -c daily_readiness
    equal mark efbbbf "$(head -c 3 $csv | od -An -tx1 | tr -d ' ')"
    head -n 1 $csv | grep -q "$cr\$" || fail 'no CR LF behind the header'
    tail -c 2 $csv | od -An -tx1 | grep -q '0d 0a' || fail 'nor behind a row'
    equal 'column' "'=f" "$(head -n 1 $csv | tr , '\n' | grep -o '.*=f')"
    tail -c +4 $csv | sed "s/$cr\$//" >bare.csv
    cells bare.csv <<'END'
2026-05-27 id 9007199254740992
2026-05-25 x -12345678901234567890
2026-05-23 x '"5"'
2026-05-20 empty '""'
2026-05-17 l '"[{},[]]"'
2026-05-13 x '"[1.50,""a, b"",null]"'
2026-05-12 x "'=1+1"
2026-05-12 w "'-0"
2026-05-11 x -0
2026-05-10 x "'@a"
2026-05-10 y "''=1"
2026-05-10 z "'1234567890123456"
2026-05-10 w '"\'-5 degrees, \'tis"'
2026-05-10 '=f' "'tis"
END
}

t_profile_that_changes_turns_the_tables_once() {
    serve --scenario hard-text
    run 0 fetch -c daily_readiness,workout
    for profile in excel plain duckdb excel duckdb plain; do
        rm -rf "fresh-$profile"
        now_in $profile
        stamps data >stamps.1
        run 0 fetch -c daily_readiness,workout
        stamps data | diff stamps.1 - || fail "$profile: again"
    done
}

t_history_changes_its_profile_too() {
    history=data/oura/daily_readiness.history.csv
    serve
    fetch -c daily_readiness
    serve --scenario changing
    fetch -c daily_readiness
    cp $history plain.csv
    profile excel
    fetch -c daily_readiness
    { printf %s "$bom"; sed "s/\$/$cr/" plain.csv; } | cmp - $history ||
        fail 'not the same rows'
    serve
    fetch -c daily_readiness # and back again: one more
    equal rows "$(($(wc -l <plain.csv) + 1))" "$(grep -c "$cr\$" $history)"
    id=$(tail -n 1 $history | cut -d , -f 1)
    run 0 history daily_readiness "$id"
    equal versions 3 "$(grep -c '^now\|^until' out)"
}

t_profile_changes_without_a_new_row() {
    serve
    fetch -c daily_readiness,sleep
    profile excel
    undisturbed want -c daily_readiness,sleep
    serve --scenario 401-token
    run 4 fetch -c daily_readiness,sleep
    diff -r want/oura data/oura || fail 'not what a first run makes'
    equal state excel "$(state .daily_readiness.tables.csv.profile)"
    serve
    fetch -c daily_readiness,sleep
}

t_series_change_their_profile_with_their_records() {
    printf '[oura]\nseries = yes\n' | conf
    serve
    fetch -c sleep
    printf '[archive]\nprofile = excel\n[oura]\nseries = yes\n' | conf
    undisturbed want -c sleep
    serve --scenario 401-token
    run 4 fetch -c sleep
    diff -r want/oura data/oura || fail 'not what a first run makes'
    equal state excel "$(state .sleep_hrv.tables.csv.profile)"
    serve --scenario changing
    fetch -c sleep
    equal mark efbbbf \
        "$(head -c 3 data/oura/sleep_hrv.csv | od -An -tx1 | tr -d ' ')"
}

t_dry_run_leaves_the_profile_alone() {
    serve
    fetch -c daily_readiness
    stamps data >stamps.1
    profile excel
    run 0 fetch -c daily_readiness --dry-run
    stamps data | diff stamps.1 - || fail 'a table changed'
    equal state null "$(state .daily_readiness.tables.csv.profile)"
    last=
}

t_state_that_is_gone_leaves_an_excel_table_as_it_is() {
    profile excel
    serve --scenario hard-text
    run 0 fetch -c daily_readiness,workout
    stamps data >stamps.1
    rm data/state.json
    run 0 fetch -c daily_readiness,workout
    stamps data | diff stamps.1 - || fail 'a table changed'
    equal state excel "$(state .workout.tables.csv.profile)"
}

t_what_a_person_saves_stays() {
    csv=data/oura/workout.csv
    profile excel
    serve
    fetch -c workout
    tail -c +4 $csv | sed "s/$cr\$//" >changed
    cat changed >$csv
    later 3
    serve
    fetch -c workout
    equal 'lines with CR LF' 0 "$(grep -c "$cr\$" $csv)"
    head -n "$(wc -l <changed)" $csv | cmp - changed || fail 'old rows changed'
    [ "$(wc -l <changed)" -lt "$(wc -l <$csv)" ] || fail 'no new row'
    holds workout
}

t_source_goes_before_archive() {
    conf <<'END'
[archive]
profile = excel
[oura]
profile = plain
[other]
provider = oura
access_token = CANARY-sandbox-token
END
    serve
    OTHER_BASE_URL=$OURA_BASE_URL
    OTHER_START_DATE=$OURA_START_DATE
    export OTHER_BASE_URL OTHER_START_DATE
    fetch -c daily_readiness
    { printf %s "$bom"; sed "s/\$/$cr/" $csv; } |
        cmp - data/other/daily_readiness.csv || fail 'not the same rows'
    run 0 status --json
    equal status null,excel "$(jq -r '[.sources[].categories[].tables.csv |
        .profile // "null"] | join(",")' out)"
    last='fetch -c daily_readiness'
}

t_other_commands_read_an_excel_table() {
    serve --scenario hard-text
    run 0 fetch -c daily_readiness,workout
    for table in daily_readiness workout; do
        run 0 convert oura/$table --to jsonl
        mv out $table.jsonl
    done
    profile excel
    run 0 fetch -c daily_readiness,workout
    for table in daily_readiness workout; do
        run 0 convert oura/$table --to jsonl
        cmp $table.jsonl out || fail "$table is not the same in JSON"
        cp "data/oura/$table.csv" $table.csv
    done
    run 0 verify
    silent
    run 0 history daily_readiness "$(sed -n '2s/,.*//p' $csv)"
    grep -q '^now' out || fail 'no version'
    # rows out of order, put in order again
    { head -n 1 $csv; tail -n 1 $csv; sed '1d;$d' $csv; } >changed
    cat changed >$csv
    run 0 tidy daily_readiness
    cmp daily_readiness.csv $csv || fail 'not as it was'
    # a row that is there twice
    tail -n 1 daily_readiness.csv >>$csv
    run 6 verify
    run 0 verify --repair
    cmp daily_readiness.csv $csv || fail 'not as it was'
    grep -q "duplicate$cr\$" data/oura/daily_readiness.history.csv ||
        fail 'no history'
    unread=1 # it has another reason than updated
    last='fetch -c workout'
}

t_convert_writes_in_the_profile() {
    serve --scenario hard-text
    profile excel
    run 0 fetch -c workout --format csv,jsonl
    run 0 convert data/oura/workout.jsonl --to csv
    cmp out data/oura/workout.csv || fail 'not the same'
    last='fetch -c workout --format csv,jsonl'
}

t_damaged_table_keeps_its_profile() {
    serve
    fetch -c daily_readiness,sleep
    sed -i '6s/,/,"/' $csv
    cp $csv kept.csv
    profile excel
    run 6 fetch -c daily_readiness,sleep
    said 2 'oura/daily_readiness: .*a quote at byte [0-9]* .line 6.'
    cmp kept.csv $csv || fail 'it was changed'
    equal state null "$(state .daily_readiness.tables.csv.profile)"
    equal 'sleep' excel "$(state .sleep.tables.csv.profile)"
    unread=1
}

t_torn_row_is_cut_off_behind_the_change() {
    serve
    fetch -c daily_readiness
    cp $csv whole.csv
    printf 'x-1,2026-05-2' >>$csv
    profile excel
    run 0 fetch -c daily_readiness
    said 1 'oura/daily_readiness.*torn'
    torn=1
    { printf %s "$bom"; sed "s/\$/$cr/" whole.csv; } | cmp - $csv ||
        fail 'not the same rows'
}

t_long_cell_is_said_once() {
    serve
    fetch -c daily_readiness
    long=$(head -c 32768 /dev/zero | tr '\0' x)
    sed -i "1s/\$/,note/;2s/\$/,$long/;3,\$s/\$/,/" $csv
    profile excel
    run 0 fetch -c daily_readiness
    said 1 'oura/daily_readiness: .* 32768 characters'
    fetch -c daily_readiness
}

t_unknown_profile_is_exit_2() {
    profile exel
    for command in fetch status verify tidy; do
        run 2 $command
        said 2 'wearchive.conf line 2: \[archive\] profile = exel: plain, excel'
        grep -q '^hint: did you mean excel?' err || fail 'no hint'
    done
}

t_kill_9_while_the_profile_changes() {
    real_clock
    data="$data --years 1"
    some=daily_activity,workout,heartrate
    serve --scenario changing
    fetch -c $some
    grep -q '[,"]=1' data/oura/workout.csv || fail 'no formula'
    cp -r data old
    profile excel
    fetch -c $some
    cp -r data want
    kills=0
    for ms in 004 006 008 010 012 014 016 018 020 024 028 032 036 040 050; do
        rm -rf data
        cp -r old data
        timeout --foreground -s KILL "0.$ms" "$BUILD/$program" fetch -c $some \
            >out 2>err && break
        kills=$((kills + 1))
        run 0 fetch -c $some
        for file in want/oura/*; do
            cmp "$file" "data/oura/${file##*/}" || fail 'differs'
        done
    done
    [ "$kills" -ge 3 ] || fail "through after $ms ms already"
}
