# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# verify finds what is damaged, and --repair puts right what it can.

csv=data/oura/daily_sleep.csv

begin() {
    serve
    fetch -c daily_sleep,heartrate --format csv,jsonl,raw
}

# change COMMAND...: a filter over the table, which keeps its mode
change() {
    "$@" <$csv >changed && cat changed >$csv
}

# found N PATTERN: as said, hints aside
found() {
    sed -i '/^hint: /d' err
    said "$@"
}

# damaged PATTERN: one line says so, and a repair is none
damaged() {
    run 6 verify
    found 1 "$1"
    stamps data >stamps.1
    run 6 verify --repair
    found 1 "$1"
    stamps data | diff stamps.1 - || fail 'a repair changed it'
    unread=1
    once=1
}

t_verify_is_silent_when_all_is_well() {
    begin
    run 0 verify
    silent
    run 0 verify -v
    equal tables 7 "$(wc -l <out)"
    run 0 verify --repair
    silent
}

t_verify_needs_neither_token_nor_config() {
    begin
    unset OURA_PERSONAL_ACCESS_TOKEN
    mv data/oura data/somebody
    run 6 verify -v
    equal tables 6 "$(grep -c '^somebody/.* yes  *-  *well$' out)"
    said 12 'oura/heartrate.csv: it is gone; the state has'
    mv data/somebody data/oura
    run 0 verify
    last=
}

t_verify_only_notes_a_table_of_a_format_that_is_not_asked_for() {
    begin
    rm data/oura/*.jsonl
    run 0 verify
    silent
    run 0 verify -v
    said 4 'daily_sleep.jsonl: it is gone; .* in a format that is not asked for'
    run 0 verify --json
    equal note 1 "$(jq '.files["oura/daily_sleep.jsonl"].notes | length' out)"
    export WEARCHIVE_FORMAT=jsonl
    run 6 verify
    found 2 'daily_sleep.jsonl: it is gone; the state has [0-9]* rows$'
    unset WEARCHIVE_FORMAT
    last=
}

t_verify_takes_categories() {
    begin
    run 0 verify heartrate -v
    equal tables 3 "$(grep -c heartrate out)"
    run 0 verify oura/heartrate,daily_sleep -v
    equal tables 6 "$(grep -c well out)"
    run 2 verify daily_slep
    said 2 'no table of daily_slep in ./data'
    grep -q 'did you mean daily_sleep' err || fail 'no hint'
    last=
}

t_verify_names_the_first_bad_line() {
    begin
    change sed '10s/$/,1/;20s/$/,2/'
    damaged 'oura/daily_sleep.csv line 10: 12 cells, the header has 11; 1 more like it'
}

t_verify_finds_what_is_no_csv() {
    begin
    change sed '7s/,/"x,/'
    damaged 'daily_sleep.csv line 7: a quote inside a cell without quotes'
}

t_verify_finds_latin_1_and_zeros() {
    begin
    change sed '7s/,/,\xe9/'
    damaged 'daily_sleep.csv line 7: a byte that is not UTF-8'
    change tr '\351' '\0'
    damaged 'daily_sleep.csv line 7: a control character'
}

t_verify_finds_a_second_header() {
    begin
    { head -n 5 $csv; head -n 1 $csv; tail -n +6 $csv; } >changed
    cat changed >$csv
    run 6 verify daily_sleep
    grep -q 'daily_sleep.csv line 6: the header again' err || fail 'not found'
    unread=1
    once=1
}

t_verify_finds_a_header_without_the_key() {
    begin
    change sed '1s/^id,/idd,/'
    damaged 'daily_sleep.csv line 1: no column "id" in its header'
}

t_verify_finds_a_column_twice() {
    begin
    change sed '1s/,timestamp/,day/'
    damaged 'daily_sleep.csv line 1: column "day" is there twice'
}

t_verify_says_what_to_do() {
    begin
    change sed '1s/day,/,/;1s/timestamp//'
    run 6 verify
    said 2 'daily_sleep.csv line 1: two columns without a name$'
    grep -q '^hint: a spreadsheet adds such' err || fail 'no hint'
    unread=1
    once=1
}

t_verify_finds_bad_json() {
    begin
    sed -i '5s/}$//' data/oura/daily_sleep.jsonl
    run 6 verify
    said 2 'daily_sleep.jsonl line 5: '
    grep -q '^hint: put the line right by hand' err || fail 'no hint'
    unread=1
    once=1
}

t_verify_finds_a_row_without_key() {
    begin
    change sed '6s/^[^,]*,/,/'
    damaged 'daily_sleep.csv line 6: no id'
}

t_verify_finds_a_row_with_cells_but_no_key() {
    begin
    change sed '6s/[^,]//g;7s/[^,]//g;7s/$/1/'
    damaged 'daily_sleep.csv line 7: no id'
}

t_verify_finds_rows_that_are_gone() {
    begin
    change sed '6,8d'
    damaged 'daily_sleep.csv: [0-9]* rows, the state has [0-9]*: 3 are gone'
}

t_verify_finds_a_row_that_is_gone() {
    begin
    change sed 6d
    damaged 'daily_sleep.csv: [0-9]* rows, the state has [0-9]*: 1 is gone'
}

t_verify_finds_a_stray_quote_and_cuts_nothing() {
    begin
    change sed '6s/,/,"/'
    run 6 verify
    found 1 'daily_sleep.csv line 6: a quote at byte [0-9]* .line 6. is not closed'
    cp $csv before
    run 6 verify --repair
    cmp before $csv || fail 'changed'
    unread=1
    once=1
}

t_verify_notes_what_is_out_of_order() {
    begin
    { head -n 1 $csv; tail -n +2 $csv | tac; } >changed
    cat changed >$csv
    run 0 verify
    silent
    run 0 verify -v
    said 1 'daily_sleep.csv line 3: not in order of time from here on'
    run 0 verify --json
    equal order false "$(jq '.files["oura/daily_sleep.csv"].in_order' out)"
    unordered=1
}

t_verify_json_has_every_finding() {
    begin
    change sed '10s/$/,1/'
    run 6 verify --json
    equal damage 'line 10: 12 cells, the header has 11' \
        "$(jq -r '.files["oura/daily_sleep.csv"].damage[]' out)"
    equal well false "$(jq .well out)"
    equal rows "$(($(wc -l <data/oura/heartrate.jsonl)))" \
        "$(jq '.files["oura/heartrate.csv"].rows' out)"
    unread=1
    once=1
}

# fact FILTER: of the table, from out
fact() {
    jq -r ".files[\"oura/daily_sleep.csv\"]$1" out
}

t_verify_json_counts_against_the_state() {
    begin
    rows=$(($(wc -l <$csv) - 1))
    run 0 verify --json
    equal counts "$rows $rows 0 0 0600 true" \
        "$(fact ' | [.rows, .rows_in_state, .rows_not_covered,
            .rows_with_same_key, .mode, .in_order] | map(tostring) | join(" ")')"
    equal bytes "$(wc -c <$csv)" "$(fact .bytes)"
    change sed '6,8d;12{h;G}'
    run 6 verify --json
    equal counts "$((rows - 2)) $rows 1 9" \
        "$(fact ' | [.rows, .rows_in_state, .rows_with_same_key,
            .first_bad_line] | map(tostring) | join(" ")')"
    unread=1
    once=1
}

t_verify_notes_rows_that_are_not_covered() {
    begin
    change sed '2s/,[^,]*,/,1999-01-01,/'
    run 0 verify daily_sleep -v
    said 1 'daily_sleep.csv line 2: 1999-01-01 is outside of what the state has as covered; 1 row is such'
    equal table 'oura/daily_sleep.csv no' \
        "$(sed -n 's/^\(oura.daily_sleep.csv\) .* \(no\)  *well$/\1 \2/p' out)"
    run 0 verify daily_sleep --json
    equal rows 1 "$(fact .rows_not_covered)"
    once=1
}

t_repair_cuts_and_keeps_a_torn_line() {
    begin
    cp $csv sound
    printf 'abc,2026-05-29,7' >>$csv
    printf '{"id":"abc","da' >>data/oura/daily_sleep.jsonl
    run 6 verify
    said 3 'daily_sleep.csv line [0-9]*: the last line is torn: 16 bytes'
    equal hints 1 "$(grep -c '^hint: verify --repair puts it right' err)"
    run 0 verify --repair
    grep -q '^oura/daily_sleep.csv: the torn last line was cut' out ||
        fail 'does not say so'
    cmp sound $csv || fail 'not as it was'
    equal pieces 2 "$(find data/.wearchive/torn -type f | wc -l)"
    run 0 verify
    silent
    torn=1
}

t_repair_moves_duplicates_to_the_history() {
    begin
    cp $csv sound
    { cat sound; sed -n '5p;9p;5p' sound; } >$csv
    run 6 verify
    said 2 'daily_sleep.csv line 5: the same record as in line [0-9]*; 3 rows are such'
    run 0 verify --repair
    equal what 'oura/daily_sleep.csv: 3 rows that a later one stands for moved to oura/daily_sleep.history.csv' \
        "$(cat out)"
    equal history "$(sed -n '5p;9p;5p' sound | sort)" \
        "$(sed '1d;s/,[^,]*,duplicate$//' data/oura/daily_sleep.history.csv |
            sort)"
    equal rows "$(sort sound)" "$(sort $csv)"
    run 0 verify
    silent
    fetch -c daily_sleep
    unread=1
    last=verify
}

t_repair_of_duplicates_in_json() {
    begin
    for name in daily_sleep.jsonl heartrate.raw.jsonl; do
        sed -i '5{h};9{p;x}' data/oura/$name
        sed -i '8p' data/oura/$name
    done
    run 6 verify
    run 0 verify --repair
    [ -s data/oura/daily_sleep.history.jsonl ] || fail 'no history'
    [ -s data/oura/heartrate.raw.history.jsonl ] || fail 'no history'
    run 0 verify
    unread=1
}

t_repair_two_ids_for_one_day() {
    begin
    sed -n '5s/^..../ffff/p' $csv >other
    cat other >>$csv
    run 6 verify
    said 2 'daily_sleep.csv line 5: the same record as in line'
    run 0 verify --repair
    run 0 verify
    equal 'rows of the day' "$(cat other)" \
        "$(grep ",$(cut -d, -f2 other)," $csv)"
    unread=1
    once=1
}

t_repair_takes_permissions_from_others() {
    begin
    chmod 644 $csv data/state.json
    chmod 755 data data/oura
    run 6 verify
    said 5 'oura/daily_sleep.csv: others may read it: its mode is 0644'
    run 0 verify --repair
    equal lines 4 "$(wc -l <out)"
    run 0 verify
    silent
}

t_verify_reads_a_table_that_a_spreadsheet_saved() {
    begin
    change sed 's/,/;/g;s/$/\r/'
    printf '\357\273\277' | cat - $csv >changed
    cat changed >$csv
    run 0 verify
    silent
    unread=1
    once=1
}

t_repair_waits_for_the_archive() {
    begin
    python3 -I -S -c '
import fcntl, time
with open("data/.wearchive/lock", "a") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    open("held", "w").close()
    time.sleep(600)' &
    others=$!
    await [ -e held ]
    run 0 verify
    run 7 verify --repair
    kill "$others"
    wait "$others" 2>/dev/null
    others=
    run 0 verify --repair
}

t_verify_of_a_state_that_is_damaged() {
    begin
    cp data/state.json sound
    echo '{' >data/state.json
    run 6 verify
    found 1 'state.json is damaged'
    cat sound >data/state.json
}
