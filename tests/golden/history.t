# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# The versions of a record.

# A record whose row was changed by hand, and so has a history now: sets id,
# and score, which the provider has. Arguments: formats.
begin() {
    serve
    fetch -c daily_sleep --format "$1"
    for file in data/oura/daily_sleep.*; do
        sed -i -E '20s/("score":|,)[0-9]+(,"?contributors|,|})/\11\2/' "$file"
        chmod 600 "$file"
    done
    id=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/; s/^\([0-9a-f-]*\),.*/\1/; 20p' \
        "$(find data/oura -name 'daily_sleep.*' | sort | head -n 1)")
    later 1
    serve
    run 0 fetch -c daily_sleep --format "$1" --full
}

t_history_of_a_csv_row() {
    begin csv
    run 0 history daily_sleep "$id"
    equal headings 'now
until 2026-05-29T20:26:40Z (updated)' "$(grep -v '^ ' out)"
    equal changes 1 "$(grep -c ': 1 -> [0-9]*$' out)"
    equal columns "$(head -n 1 data/oura/daily_sleep.csv | tr , '\n')" \
        "$(sed -n 's/^  \([^:]*\): .*/\1/p' out)"
    grep -q "^  id: \"$id\"\$" out || fail 'no id'
    run 0 history oura/daily_sleep "$id" --json
    equal versions 2 "$(jq '.versions | length' out)"
    equal before 1 "$(jq '.versions[0].before[]' out)"
    equal reason updated "$(jq -r '.versions[1].reason' out)"
    equal row "$(jq -c '.versions[0].row | del(.[])' out)" '{}'
    last=
}

t_history_of_json_rows() {
    begin jsonl
    run 0 history daily_sleep "$id"
    equal changes 1 "$(grep -c ': 1 -> [0-9]*$' out)"
    rm -r data
    begin raw
    run 0 history daily_sleep "$id" --json
    equal reason updated "$(jq -r '.versions[1].reason' out)"
    last=
}

# headings WANTED
headings() {
    run 0 history daily_sleep "$id"
    equal headings "$1" "$(grep -v '^ ' out)"
}

t_history_that_a_person_sorted_or_cut() {
    begin csv
    file=data/oura/daily_sleep.history.csv
    at=2026-05-29T20:26:40Z
    {
        sed -n 1p $file
        sed -n 2p $file
        sed -n "2s/$at/2026-05-28T20:26:41+02:00/p" $file
        sed -n "2s/$at/2026-05-28 18:26:40/p" $file
    } >sorted
    cat sorted >$file
    headings "now
until $at (updated)
until 2026-05-28T20:26:41+02:00 (updated)
until 2026-05-28 18:26:40 (updated)"
    sed "s/$at//" sorted | sed 4d >$file
    headings 'now
until 2026-05-28T20:26:41+02:00 (updated)
until an unknown time (updated)'
    unread=1
    last=
}

t_history_of_a_row_that_never_changed() {
    serve
    fetch -c daily_sleep
    run 0 history daily_sleep "$(sed -n '3s/,.*//p' data/oura/daily_sleep.csv)"
    equal headings now "$(grep -v '^ ' out)"
    run 0 history daily_sleep --json \
        "$(sed -n '3s/,.*//p' data/oura/daily_sleep.csv)"
    equal versions 1 "$(jq '.versions | length' out)"
    last=
}

t_history_key_of_two_columns() {
    serve
    fetch -c heartrate
    row=$(sed -n 9p data/oura/heartrate.csv)
    at=$(echo "$row" | cut -d, -f1)
    run 0 history heartrate "$at" "$(echo "$row" | cut -d, -f2)"
    grep -q "timestamp: \"$at\"" out || fail 'not the row'
    run 2 history heartrate "$at"
    said 1 'oura/heartrate wants 2 words for its key: timestamp source'
    run 1 history heartrate "$at" nobody
    said 1 "oura/heartrate.csv has no record $at nobody"
    last=
}

t_history_of_what_is_not_there() {
    serve
    fetch -c daily_sleep
    run 1 history daily_sleep nothing
    said 1 'oura/daily_sleep.csv has no record nothing'
    [ -s out ] && fail 'wrote something'
    run 2 history daily_sleep
    run 2 history nothing x
    last=
}
