# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # variables of lib.sh; awk
# A spreadsheet has written dates, numbers and ids in its own way.

# begin CATEGORY: an archive of yesterday, and a server of today
begin() {
    csv=data/oura/$1.csv
    history=data/oura/$1.history.csv
    serve
    fetch -c "$1"
    later 1
    serve
}

# change COMMAND...: a filter over the table, which keeps its mode
change() {
    "$@" <"$csv" >changed && cat changed >"$csv"
}

# replaced N: so many rows are in the history
replaced() {
    equal 'rows in the history' "$1" "$(($(wc -l <"$history") - 1))"
}

t_dates_of_a_locale_are_put_right() {
    begin daily_sleep
    n=$(rows daily_sleep)
    change sed -E 's/,20(..)-(..)-(..),/,\2\/\3\/\1,/'
    grep -q ',03/01/26,' "$csv" || fail 'no such date'
    fetch -c daily_sleep --full
    holds daily_sleep
    replaced "$n"
    grep -q ',03/01/26,' "$history" || fail 'not kept'
}

t_numbers_and_truth_of_a_locale_are_put_right() {
    begin sleep
    n=$(rows sleep)
    # 1,5 for 1.5 and TRUE for true
    change python3 -I -S -c '
import csv, re, sys
csv.field_size_limit(1 << 30)
out = csv.writer(sys.stdout, delimiter=";", lineterminator="\r\n")
for row in csv.reader(sys.stdin):
    row = [re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", c) for c in row]
    out.writerow([c.upper() if c in ("true", "false") else c for c in row])'
    grep -Eq ';(TRUE|FALSE);' "$csv" || fail 'no such word'
    fetch -c sleep --full
    grep -Eq ';(TRUE|FALSE);' "$csv" && fail 'not put right'
    replaced "$n"
    undisturbed want -c sleep
    python3 -I -S "$HERE/check.py" equal want/oura/sleep.csv "$csv" ||
        fail 'not what it should be'
}

# What a German Excel makes of a table, besides the order of its rows.
german_excel() {
    python3 -I -S -c '
import csv, re, sys
from decimal import Decimal
csv.field_size_limit(1 << 30)
rows = list(csv.reader(sys.stdin))
sys.stdout.write("\ufeff")
out = csv.writer(sys.stdout, delimiter=";", lineterminator="\r\n")

def cell(c):
    if c in ("true", "false"):
        return {"true": "WAHR", "false": "FALSCH"}[c]
    if re.fullmatch(r"\d{12,}", c):
        return f"{Decimal(c):.5E}".replace(".", ",")
    c = re.sub(r"^(-?\d+)\.(\d+?)0*$", r"\1,\2", c)
    return re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\3.\2.\1", c)

for n, row in enumerate(rows):
    row = row[1:] + row[:1] # columns moved
    note = "note" if n == 0 else "krank; Tee" if n == 7 else ""
    if n not in (30, 31, 32): # rows deleted
        out.writerow([*map(cell, row[:2]), note, *map(cell, row[2:])])'
}

t_all_that_a_german_excel_does_at_once() {
    for category in sleep heartrate; do
        begin $category
        change german_excel
        grep -Eq ';(WAHR|1,74606E\+12);' "$csv" || fail 'not as meant'
        fetch -c $category --full
        equal 'bytes at the start' efbbbf \
            "$(head -c 3 "$csv" | od -An -tx1 | tr -d ' ')"
        equal 'lines without CR' 0 "$(grep -vc "$(printf '\r')\$" "$csv")"
        equal 'notes' 1 "$(grep -c ';"krank; Tee";' "$csv")"
        change tr -d '\r'
        change sed 's/;"krank; Tee";/;;/'
        holds $category
        rm -r data
    done
    archives=
    last=
}

t_rows_outside_of_what_is_read_again_stay_as_they_are() {
    begin daily_sleep
    change sed -E '20,22s/,20(..)-(..)-(..),/,\2\/\3\/\1,/'
    sed -n 20,22p "$csv" >kept
    fetch -c daily_sleep
    sed -n 20,22p "$csv" | cmp - kept || fail 'changed'
    [ ! -e "$history" ] || fail 'there is a history'
    run 0 verify
    silent
    unordered=1
}

t_ids_that_became_numbers_bring_the_record_again() {
    begin enhanced_tag
    change sed -E '30,32s/^[^,]*/1.23457E+17/'
    fetch -c enhanced_tag --full
    equal 'rows with the damaged id' 3 "$(grep -c '^1.23457E+17,' "$csv")"
    change grep -v '^1.23457E+17,'
    holds enhanced_tag
    [ ! -e "$history" ] || fail 'there is a history'
    unordered=1
}

t_ids_that_became_numbers_give_way_where_a_day_has_one_record() {
    begin daily_sleep
    change sed -E '30,32s/^[^,]*/1.23457E+17/'
    fetch -c daily_sleep --full
    equal 'rows with the damaged id' 0 "$(grep -c '^1.23457E+17,' "$csv")"
    replaced 3
    holds daily_sleep
}

t_ids_that_are_empty_bring_the_record_again() {
    begin enhanced_tag
    change sed -E '30,32s/^[^,]*//'
    fetch -c enhanced_tag --full
    equal 'rows without id' 3 "$(grep -c '^,' "$csv")"
    run 6 verify
    said 2 'enhanced_tag.csv line 30: no id; 2 more like it'
    change grep -v '^,'
    holds enhanced_tag
    unordered=1
}

t_times_in_another_form_are_the_same_ones() {
    begin heartrate
    change sed -E 's/^(.{10})T(.{8})\.000Z,/\1 \2,/'
    grep -q '^2026-05-01 ..:' "$csv" || fail 'no such time'
    cp "$csv" whole
    fetch -c heartrate --full
    head -n "$(wc -l <whole)" "$csv" | cmp - whole || fail 'rows changed'
    [ ! -e "$history" ] || fail 'there is a history'
    change sed -E 's/^(.{10}) (.{8}),/\1T\2.000Z,/'
    holds heartrate
}

t_times_that_cannot_be_read_bring_the_record_again() {
    begin heartrate
    n=$(rows heartrate)
    change sed -E 's/^20(..)-(..)-(..)T(.....):...000Z,/\2\/\3\/\1 \4,/'
    grep -q '^05/01/26 ..:..,' "$csv" || fail 'no such time'
    fetch -c heartrate --full
    equal 'damaged rows' "$n" "$(grep -c '^../../.. ..:..,' "$csv")"
    run 0 tidy
    run 0 verify
    equal 'damaged rows' "$n" "$(grep -c '^../../.. ..:..,' "$csv")"
    change grep -v '^../../..'
    holds heartrate
    once=1
}

t_days_that_name_the_record_bring_it_again() {
    begin daily_cardiovascular_age
    n=$(rows daily_cardiovascular_age)
    change sed -E 's/^20(..)-(..)-(..),/\2\/\3\/\1,/'
    fetch -c daily_cardiovascular_age --full
    equal 'damaged rows' "$n" "$(grep -c '^../../..,' "$csv")"
    change grep -v '^../../..,'
    holds daily_cardiovascular_age
}

t_text_in_the_code_of_an_old_windows_is_put_right() {
    begin workout
    change sed 's/,$/,x/'
    change iconv -c -f UTF-8 -t WINDOWS-1252
    fetch -c workout --full
    holds workout
    run 0 verify
}

t_short_rows_and_empty_cells_too_many_are_the_same_rows() {
    begin enhanced_tag
    change sed -E 's/,+$//'
    cp "$csv" short
    fetch -c enhanced_tag --full
    head -n "$(wc -l <short)" "$csv" | cmp - short || fail 'rows changed'
    [ ! -e "$history" ] || fail 'there is a history'
    unread=1
}
