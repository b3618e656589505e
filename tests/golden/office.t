# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Tables that LibreOffice has opened and saved. It knows no types but its own:
# 300.0 becomes 300, 007 becomes 7, sixteen digits and more lose the last ones,
# "=1+1" is calculated, and by a German locale 166.491 is a great number. What
# names a record, here ids and times, it leaves alone. So no row may be lost or
# doubled, and where a record is read again all its cells have to come back.

hard=daily_sleep,sleep,workout,enhanced_tag,heartrate # what it may change

# put_back FOLDER: as the tables of the archive, with their modes
put_back() {
    for file in data/oura/*.csv; do
        [ -s "$1/${file##*/}" ] || fail "LibreOffice made no ${file##*/}"
        cmp -s "$1/${file##*/}" "$file" || differ=1
        cat "$1/${file##*/}" >"$file"
    done
    [ -n "$differ" ] || fail 'LibreOffice changed nothing'
}

# saved FROM TO: all tables, by these options of its filter
saved() {
    office "csv:$csv_filter:$2" saved "--infilter=$csv_filter:$1" \
        data/oura/*.csv
    put_back saved
}

# begin [CATEGORY,...]: an archive of yesterday, and a server of today
begin() {
    is_there soffice LibreOffice
    which=${1:-all}
    serve
    fetch -c "$which"
    later 1
    serve
    differ=
}

# all_is_there: each table has the records and columns of an undisturbed
# archive; once they are read again, all cells
all_is_there() {
    undisturbed want -c "$which"
    fetch -c "$which"
    for file in want/oura/*.csv; do
        python3 -I -S "$HERE/check.py" keys "$file" "data/oura/${file##*/}" ||
            fail 'rows are lost or doubled'
    done
    fetch -c "$which" --full
    for file in want/oura/*.csv; do
        python3 -I -S "$HERE/check.py" equal "$file" \
            "data/oura/${file##*/}" || fail 'cells did not come back'
    done
    run 0 verify
    silent
    last="fetch -c $which --full"
}

t_saved_by_libreoffice() {
    begin
    saved 44,34,76,1 44,34,76,1
    all_is_there
}

t_saved_by_libreoffice_with_semicolons_and_all_quotes() {
    begin "$hard"
    saved 44,34,76,1,,1033,false,true 59,34,76,1,,1033,true
    grep -q '^"id";"day";' data/oura/daily_sleep.csv || fail 'not as meant'
    all_is_there
}

t_saved_by_libreoffice_with_tabs_and_a_german_locale() {
    begin "$hard"
    saved 44,34,76,1,,1031,false,true 9,34,76,1,,1031,false,false,true
    grep -q '	166491	' data/oura/workout.csv || fail 'not as meant'
    all_is_there
}

t_saved_by_libreoffice_as_xlsx_and_back() {
    begin "$hard"
    office xlsx books "--infilter=$csv_filter:44,34,76,1" data/oura/*.csv
    office "csv:$csv_filter:44,34,76,1" saved books/*.xlsx
    put_back saved
    all_is_there
}
