# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # variables of lib.sh; awk
# Files that a person or a crash has changed between runs.

csv=data/oura/daily_sleep.csv

# begin: an archive of yesterday, and a server of today
begin() {
    serve
    fetch -c daily_sleep
    later 1
    serve
}

# change COMMAND...: a filter over the table, which keeps its mode
change() {
    "$@" <$csv >changed && cat changed >$csv
}

# healed: the table is as if nothing had happened
healed() {
    holds daily_sleep
    undisturbed want -c daily_sleep
    cmp $csv want/oura/daily_sleep.csv || fail 'not what it should be'
}

half_row='0b6f7c1e-1111-4222-8333-944445555666,2026-05-29,77,8'

t_half_a_row_at_the_end_is_cut_and_kept() {
    begin
    printf %s "$half_row" >>$csv
    run 0 fetch -c daily_sleep
    said 1 'oura/daily_sleep.*torn'
    equal 'piece' "$half_row" "$(cat data/.wearchive/torn/*)"
    torn=1
    healed
}

t_last_row_cut_in_the_middle_comes_back() {
    begin
    tail -n 1 $csv | head -c 60 >piece
    size=$(($(wc -c <$csv) - $(tail -n 1 $csv | wc -c) + 60))
    truncate -s "$size" $csv
    run 0 fetch -c daily_sleep
    said 2 'oura/daily_sleep.*torn'
    cmp piece data/.wearchive/torn/* || fail 'piece'
    torn=1
    healed
}

t_rows_cut_inside_a_quoted_cell_come_back() {
    csv=data/oura/workout.csv
    serve
    fetch -c workout
    # the middle of a list or of a text with line ends
    printf '%s' 'x-1,2026-05-28T08:00:00+02:00,yoga,1,2026-05-28,,"two
lines, and no ' >>$csv
    run 0 fetch -c workout
    said 1 'oura/workout.*torn'
    torn=1
    holds workout
}

t_last_row_without_its_line_end_is_kept() {
    begin
    truncate -s -1 $csv
    fetch -c daily_sleep
    healed
}

t_last_row_of_jsonl_cut_in_the_middle_comes_back() {
    for format in jsonl raw; do
        serve
        fetch -c daily_sleep --format $format
        file=$(echo data/oura/daily_sleep*.jsonl)
        cp "$file" whole
        truncate -s -30 "$file"
        run 0 fetch -c daily_sleep --format $format
        said 2 'oura/daily_sleep.*torn'
        cmp whole "$file" || fail 'not what it was'
        rm -r data
    done
    last=
    archives=
}

t_broken_row_of_jsonl_is_exit_6() {
    for format in jsonl raw; do
        serve
        fetch -c daily_sleep --format $format
        file=$(echo data/oura/daily_sleep*.jsonl)
        sed -i '7s/:/;/' "$file"
        cp "$file" kept
        run 6 fetch -c daily_sleep --format $format --full
        said 2 "oura/daily_sleep: ./$file: row at byte [0-9]*: "
        grep -q '^hint: put it right or take it out' err || fail 'no hint'
        cmp kept "$file" || fail 'file was changed'
        rm -r data
    done
    last=
    archives=
}

t_empty_file_is_filled_again() {
    begin
    : >$csv
    run 0 fetch -c daily_sleep --full
    healed
}

t_crlf_file_stays_one() {
    begin
    change sed 's/$/\r/'
    fetch -c daily_sleep
    equal 'lines with LF only' 0 "$(grep -vc "$(printf '\r')\$" $csv)"
    change tr -d '\r'
    healed
}

t_file_with_bom_stays_one() {
    begin
    { printf '\357\273\277'; cat $csv; } >changed
    cat changed >$csv
    fetch -c daily_sleep
    equal bom efbbbf "$(head -c 3 $csv | od -An -tx1 | tr -d ' ')"
    change tail -c +4
    healed
}

t_file_with_semicolons_stays_one() {
    begin
    change tr , ';'
    fetch -c daily_sleep
    equal 'rows of today' 1 "$(grep -c ';2026-05-29;' $csv)"
    change tr ';' ,
    healed
}

# excel_line: puts the line before the table by which Excel is told the
# delimiter; stripped: the table without it
excel_line() {
    { printf 'sep=;\r\n'; sed 's/$/\r/' $csv | tr , ';'; } >changed
    cat changed >$csv
}

stripped() {
    equal 'first line' 'sep=;' "$(head -n 1 $csv | tr -d '\r')"
    equal 'lines with LF only' 0 "$(grep -vc "$(printf '\r')\$" $csv)"
    tail -n +2 $csv | tr -d '\r' | tr ';' ,
}

t_excels_first_line_stays_on_append() {
    begin
    excel_line
    fetch -c daily_sleep
    stripped >changed
    cat changed >$csv
    healed
}

t_excels_first_line_stays_when_a_row_changes() {
    begin
    excel_line
    cp $csv whole
    change sed '$s/;[0-9]*;/;1;/;40s/;[0-9]*;/;1;/'
    fetch -c daily_sleep --since 2025-05-01
    head -n "$(wc -l <whole)" $csv | cmp - whole || fail 'not put right'
    equal history 2 "$(grep -c ',updated$' data/oura/daily_sleep.history.csv)"
    run 0 history daily_sleep "$(sed -n '40s/;.*//p' $csv)"
    grep -q 'contributors.deep_sleep: 1 -> ' out || fail 'no version'
    stripped >changed
    rm data/oura/daily_sleep.history.csv
    cat changed >$csv
    healed
}

t_excels_first_line_stays_when_a_column_comes_back() {
    begin
    change cut -d , -f -10
    excel_line
    run 0 fetch -c daily_sleep --full
    said 1 'oura/daily_sleep: new column timestamp$'
    equal columns 11 "$(sed -n '2p' $csv | tr ';' '\n' | wc -l)"
    stripped >changed
    rm data/oura/daily_sleep.history.csv
    cat changed >$csv
    healed
}

t_excels_first_line_and_the_other_commands() {
    begin
    cp $csv sound.csv
    excel_line
    cp $csv whole
    run 0 verify
    silent
    { head -n 2 whole; tail -n +3 whole | tac; } >$csv
    run 0 tidy
    cmp $csv whole || fail 'tidy'
    { cat whole; sed -n 9p whole; } >$csv
    run 6 verify
    said 2 'daily_sleep.csv line 9: the same record as in line'
    run 0 verify --repair
    run 0 tidy
    cmp $csv whole || fail 'repair'
    run 0 convert daily_sleep --to jsonl
    cp out got
    run 0 convert sound.csv --to jsonl
    cmp out got || fail 'convert'
    change sed '7s/\r$/;1\r/'
    run 6 verify
    said 2 'daily_sleep.csv line 7: 12 cells, the header has 11'
    cat sound.csv >$csv
    rm data/oura/daily_sleep.history.csv
    fetch -c daily_sleep
    healed
}

t_excels_first_line_with_an_odd_separator_is_exit_6() {
    begin
    { echo 'sep=:'; tr , : <$csv; } >changed
    cat changed >$csv
    refused 'its first line names a separator'
}

t_file_with_all_cells_quoted_gets_no_double() {
    begin
    stamps data >stamps.1
    change sed 's/,/","/g; s/^/"/; s/$/"/'
    cp $csv quoted.csv
    fetch -c daily_sleep
    head -n "$(wc -l <quoted.csv)" $csv | cmp - quoted.csv ||
        fail 'old rows changed'
    tables daily_sleep.csv
}

t_file_with_columns_in_another_order() {
    begin
    change awk -F, -v OFS=, '{ t = $1; $1 = $3; $3 = t; print }'
    fetch -c daily_sleep
    equal header contributors.deep_sleep,day,id \
        "$(head -n 1 $csv | cut -d, -f1-3)"
    change awk -F, -v OFS=, '{ t = $1; $1 = $3; $3 = t; print }'
    healed
}

t_column_that_a_person_added_stays() {
    begin
    change awk -F, -v OFS=, 'NR == 1 { print $0, "my note"; next }
        { print $0, NR == 2 ? "nice" : "" }'
    fetch -c daily_sleep
    equal 'note' nice "$(sed -n '2s/.*,//p' $csv)"
    equal 'note of today' '' "$(sed -n '$s/.*,//p' $csv)"
    change sed 's/,[^,]*$//'
    healed
}

t_column_that_a_person_put_first_stays_when_a_row_changes() {
    begin
    change awk -F, -v OFS=, 'NR == 1 { print "my note", $0; next }
        { $5 = 1; print NR == 40 ? "\"a, \"\"b\"\"\"" : "", $0 }'
    fetch -c daily_sleep --full
    equal 'notes' '"a, ""b""",' "$(grep -o '^".*",' $csv)"
    equal 'note of today' ,2026-05-29 \
        "$(tail -n 1 $csv | sed -E 's/^(,)[^,]*,([^,]*).*/\1\2/')"
    equal 'header of the history' 'my note,id,day' \
        "$(head -n 1 data/oura/daily_sleep.history.csv | cut -d, -f1-3)"
    change sed -E 's/^("[^,]*,[^,]*"|[^,]*),//'
    holds daily_sleep
}

t_rows_in_another_order_get_no_double() {
    begin
    { head -n 1 $csv; tail -n +2 $csv | sort -r; } >changed
    cat changed >$csv
    fetch -c daily_sleep
    unordered=1
    holds daily_sleep
}

t_recent_rows_that_were_deleted_come_back() {
    begin
    change grep -v 2026-05-2
    run 0 fetch -c daily_sleep
    said 1 'oura/daily_sleep: 9 rows went from'
    unordered=1
    holds daily_sleep
}

t_old_rows_that_were_deleted_stay_away() {
    begin
    change grep -v 2026-02-
    run 0 fetch -c daily_sleep
    said 1 'oura/daily_sleep: 26 rows went from'
    fetch -c daily_sleep
    equal 'rows of February' 0 "$(grep -c 2026-02- $csv)"
}

t_rows_that_were_emptied_do_no_harm() {
    begin
    change sed '20,21s/[^,]//g;$s/$/\n,,,,,,,,,,/'
    fetch -c daily_sleep
    equal 'empty rows' 3 "$(grep -c '^,*$' $csv)"
    run 0 verify
    silent
    run 0 verify -v
    said 1 'daily_sleep.csv line 20: nothing is in this row; 2 more like it'
    change grep -v '^,*$'
    fetch -c daily_sleep --full
    holds daily_sleep
}

t_files_beside_the_tables_are_left_alone() {
    begin
    mkdir beside
    for name in '.~lock.daily_sleep.csv#' '~$daily_sleep.csv' \
        'daily_sleep (copy).csv' daily_sleep.xlsx daily_sleep.csv.bak; do
        echo mine >"beside/$name"
    done
    chmod 600 beside/*  beside/.~*
    cp -p beside/* beside/.~* data/oura
    fetch -c daily_sleep
    run 0 verify
    silent
    run 0 tidy
    run 0 status
    for file in beside/* beside/.~*; do
        cmp "$file" "data/oura/${file##*/}" || fail 'changed'
        rm "data/oura/${file##*/}"
    done
    healed
}

t_last_row_that_is_blank_does_no_harm() {
    begin
    echo >>$csv
    run 0 fetch -c daily_sleep
    change grep .
    healed
}

t_blank_lines_are_no_rows() {
    serve
    fetch -c daily_sleep --format csv,jsonl,raw
    cp -r data sound
    for file in data/oura/*; do
        sed '9s/$/\n/;20s/$/\n\r/' "$file" >changed
        cat changed >"$file"
    done
    fetch -c daily_sleep --format csv,jsonl,raw --full
    sed -i 's/"day":"2026-05-20",/&"my":1,/' data/oura/*.jsonl
    chmod 600 data/oura/*
    run 0 fetch -c daily_sleep --format csv,jsonl,raw
    for file in data/oura/*.history.jsonl; do
        echo >>"$file"
    done
    sed -i 's/"day":"2026-05-21",/&"my":1,/' data/oura/daily_sleep*.jsonl
    chmod 600 data/oura/*
    run 0 fetch -c daily_sleep --format csv,jsonl,raw
    run 0 verify
    silent
    for file in data/oura/*sleep.csv data/oura/*sleep.jsonl \
        data/oura/*sleep.raw.jsonl; do
        { sed -n 1p "$file"; sed 1d "$file" | tac; } >changed
        cat changed >"$file"
    done
    run 0 tidy
    rm data/oura/*.history.jsonl
    diff -r sound/oura data/oura || fail 'not as it was'
}

# refused WORDS: the table is named with them, and not changed
refused() {
    cp $csv kept.csv
    run 6 fetch -c daily_sleep
    said 2 "oura/daily_sleep.*daily_sleep.csv: $1"
    cmp $csv kept.csv || fail 'file was changed'
    [ ! -e data/.wearchive/torn ] || fail 'something was cut off'
    unread=1
}

t_stray_quote_in_a_row_is_exit_6_and_cuts_nothing() {
    begin
    change sed '6s/,/,"/'
    refused 'a quote at byte [0-9]* .line 6. is not closed'
}

t_stray_quote_in_the_header_is_exit_6_and_cuts_nothing() {
    begin
    change sed '1s/^/"/'
    refused 'a quote at byte 0 .line 1. is not closed'
}

t_cr_alone_at_the_line_ends_is_exit_6_and_cuts_nothing() {
    begin
    change tr '\n' '\r'
    refused 'its lines end with CR alone'
}

t_header_without_its_key_is_exit_6() {
    begin
    change cut -d, -f2-
    refused 'no column "id" in its header'
    grep -q '^hint: put its first line back as it was' err || fail 'no hint'
}

t_header_twice_is_exit_6() {
    begin
    change sed '1p'
    refused 'its header is there again, in line 2$'
    grep -q '^hint: take that line out' err || fail 'no hint'
    run 6 fetch -c daily_sleep --full
    cmp $csv kept.csv || fail 'file was changed'
    run 6 tidy
    cmp $csv kept.csv || fail 'file was changed'
    change sed '1d'
    fetch -c daily_sleep
    healed
}

t_two_files_put_together_are_exit_6() {
    begin
    cp $csv whole
    cat whole >>$csv
    refused "its header is there again, in line $(($(wc -l <whole) + 1))\$"
}

t_title_above_the_header_is_exit_6() {
    begin
    { printf 'My sleep,,,,,,,,,,\n'; cat $csv; } >changed
    cat changed >$csv
    refused 'no column "id" in its header'
    grep -q '^hint: the header stands in the line after it' err ||
        fail 'no hint'
}

t_utf_16_is_exit_6() {
    begin
    change iconv -f UTF-8 -t UTF-16
    refused 'its text is UTF-16$'
    grep -q '^hint: save it again as CSV in UTF-8' err || fail 'no hint'
}

t_rows_that_a_person_took_out_are_told_once() {
    begin
    change sed '6,8d'
    run 0 fetch -c daily_sleep
    said 1 'oura/daily_sleep: 3 rows went from ./data/oura/daily_sleep.csv since the last run; .* --full'
    run 0 fetch -c daily_sleep
    silent
    run 0 verify daily_sleep
}

t_columns_without_names_have_a_hint() {
    begin
    change sed 's/$/,,/'
    refused 'two columns without a name$'
    grep -q '^hint: a spreadsheet adds such' err || fail 'no hint'
}

t_file_of_something_else_is_exit_6() {
    begin
    echo 'dear diary, nothing happened' >$csv
    run 6 fetch -c daily_sleep
    equal 'file' 'dear diary, nothing happened' "$(cat $csv)"
    unread=1
}

t_table_that_is_empty_is_fetched_again() {
    begin
    : >$csv
    run 0 fetch -c daily_sleep
    said 1 'oura/daily_sleep.*gone'
    healed
}

t_table_that_is_gone_is_fetched_again() {
    serve
    fetch -c daily_sleep,sleep
    cp -r data old
    rm $csv
    run 0 fetch -c daily_sleep,sleep
    said 1 'oura/daily_sleep.*gone'
    same old data
}

t_damaged_state_is_exit_6_and_full_heals_it() {
    begin
    cp $csv kept.csv
    truncate -s 200 data/state.json
    cp data/state.json kept.json
    run 6 fetch -c daily_sleep
    said 2 '^hint: .*--full'
    cmp $csv kept.csv || fail 'table was changed'
    cmp data/state.json kept.json || fail 'state was changed'
    run 0 fetch -c daily_sleep --full
    ls data/state.json.damaged-* >/dev/null || fail 'not moved aside'
    run 0 fetch -c daily_sleep
    silent
    healed
}

t_state_of_a_newer_version_is_refused() {
    begin
    cp $csv kept.csv
    sed -i 's/"version": 1/"version": 999/' data/state.json
    run 6 fetch -c daily_sleep
    said 2 '999|newer'
    cmp $csv kept.csv || fail 'table was changed'
}

t_state_that_is_gone_makes_no_double() {
    begin
    rm data/state.json
    fetch -c daily_sleep
    healed
}

t_unknown_members_of_the_state_stay() {
    begin
    jq '.mine = {a: 1} | .sources.oura.x = 9007199254740993' data/state.json \
        >changed
    sed 's/9007199254740992/9007199254740993/' changed >data/state.json
    fetch -c daily_sleep
    equal mine '{"a":1}' "$(jq -c .mine data/state.json)"
    grep -q '"x": 9007199254740993' data/state.json || fail 'x is not the same'
}

t_archive_that_was_copied_goes_on() {
    begin
    mkdir other
    mv data other/place
    mkdir -m 700 data
    cp -r other/place/. data
    fetch -c daily_sleep
    healed
}

t_damaged_table_does_not_stop_the_others() {
    serve
    fetch -c daily_sleep,sleep,workout
    later 2
    serve
    change cut -d, -f2-
    cp $csv kept.csv
    run 6 fetch -c daily_sleep,sleep,workout
    equal lines 1 "$(grep -c '^wearchive: ' err)"
    cmp $csv kept.csv || fail 'file was changed'
    holds sleep workout
    unread=1
}

t_link_to_a_disk_that_is_missing_is_kept() {
    serve
    fetch -c workout,sleep
    mkdir disk
    mv data/oura/workout.csv disk
    ln -s ../../disk/workout.csv data/oura/workout.csv
    fetch -c workout,sleep
    mv disk away
    run 6 fetch -c workout,sleep
    said 1 'oura/workout: .*workout.csv is a link to what is not there'
    run 6 verify
    mv away disk
    fetch -c workout,sleep
    [ -L data/oura/workout.csv ] || fail 'the link is gone'
}
