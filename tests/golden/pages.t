# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Pages that are odd but right.

t_ids_repeated_across_pages_are_stored_once() {
    serve --page 30 --scenario repeat-ids
    fetch -c "$few"
    undisturbed want -c "$few"
    same data want
}

t_new_field_on_page_2_becomes_a_column_at_the_right() {
    serve
    fetch -c daily_sleep,sleep
    cp -r data old
    serve --page 5 --scenario new-field
    run 0 fetch -c daily_sleep,sleep
    said 2 'oura/sleep: new columns extra.new_field, extra.text$'
    for name in daily_sleep sleep; do
        equal "$name: header" \
            "$(head -n 1 "old/oura/$name.csv"),extra.new_field,extra.text" \
            "$(head -n 1 "data/oura/$name.csv")"
        equal "$name: rows" "$(rows "../../old/oura/$name")" "$(rows "$name")"
        # rows that nobody sent again are padded
        equal "$name: first row" "$(sed -n 2p "old/oura/$name.csv"),," \
            "$(sed -n 2p "data/oura/$name.csv")"
        grep -q ',7,x$' "data/oura/$name.csv" || fail "$name: no value"
    done
    fetch -c daily_sleep,sleep
}

t_many_new_columns_are_one_line() {
    serve
    fetch -c sleep
    sed -i '1s/.*/id,bedtime_start/; 2,$s/,.*/,/' data/oura/sleep.csv
    run 0 fetch -c sleep
    said 1 'oura/sleep: new columns .*, .*, .*, .*, .*, .*, .*, .* and [0-9]* more$'
    fetch -c sleep --full
}

t_new_field_in_a_first_fetch() {
    # Which records are on page 2 depends on the window, and that on the time
    # of the newest record where windows are exact to the second.
    # A further run has others there, and others without the field.
    once=1
    serve --page 30 --scenario new-field:daily_activity \
        --scenario new-field:sleep --scenario new-field:heartrate:1
    fetch -c "$few"
    for name in daily_activity sleep heartrate; do
        head -n 1 "data/oura/$name.csv" |
            grep -q ',extra.new_field,extra.text$' || fail "$name: header"
    done
}

t_new_field_that_goes_away_leaves_its_column() {
    serve --scenario new-field:1
    run 0 fetch -c sleep
    head -n 1 data/oura/sleep.csv >head.1
    serve
    fetch -c sleep
    equal header "$(cat head.1)" "$(head -n 1 data/oura/sleep.csv)"
    later 1
    serve
    fetch -c sleep
    equal header "$(cat head.1)" "$(head -n 1 data/oura/sleep.csv)"
}

t_id_that_turns_from_number_to_string_makes_no_double() {
    categories=daily_sleep,sleep,workout
    for format in csv jsonl raw; do
        serve --scenario id-number:number
        fetch -c $categories --format $format --output-dir $format
        serve --scenario id-number:string
        fetch -c $categories --format $format --output-dir $format
        serve --scenario id-number:number
        fetch -c $categories --format $format --output-dir $format
    done
    archives='csv jsonl raw'
    mv csv data
    archives='data jsonl raw'
    last=
    undisturbed want -c $categories
    for name in daily_sleep sleep workout; do
        equal "$name: rows" "$(rows "../../want/oura/$name")" "$(rows $name)"
        equal "$name: raw lines" "$(rows $name)" \
            "$(wc -l <"raw/oura/$name.raw.jsonl")"
        equal "$name: jsonl lines" "$(rows $name)" \
            "$(wc -l <"jsonl/oura/$name.jsonl")"
        grep -Eq '^"?90071992[0-9]{8}"?,' "data/oura/$name.csv" ||
            fail "$name: no number"
    done
}
