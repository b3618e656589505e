# shellcheck shell=sh disable=SC2154 # variables of selftest.sh
# Checks the accounts at the other services; a part of selftest.sh.

# --- WHOOP ---

# dump TOPIC: what the service holds, an object a line
dump() { curl -s "$root/sandbox/dump?$1"; }
# tell KEY=VALUE
tell() { curl -s -o /dev/null -w '%{http_code}' -d '' "$root/sandbox/set?$1"; }
# ids: of stdin, an object a line
ids() { jq -r .id | sort; }
# ask PATH [CURL OPTION...]: with the headers of all services
ask() {
    at=$1
    shift
    curl -s -m 20 -H "Authorization: Bearer $token" -H "api-key: $token" "$@" \
        "$root$at"
}

# whoop_walk PATH QUERY: the records of all pages, one a line
whoop_walk() {
    whoop "$1?limit=25&$2" >"$dir/page"
    while :; do
        jq -c '.records[]' "$dir/page"
        next=$(jq -r '.next_token // empty' "$dir/page")
        [ -n "$next" ] || break
        whoop "$1?limit=25&$2" -G --data-urlencode "nextToken=$next" \
            >"$dir/page"
    done
}
whoop() {
    path=$1
    shift
    ask "/developer/v2/$path" "$@"
}

start --set whoop.quota=100000,100000
for c in cycle recovery activity/sleep activity/workout; do
    whoop_walk "$c" x=y >"$dir/walk"
    dump "whoop/${c##*/}" >"$dir/dump"
    jq -c . "$dir/dump" | cmp -s - "$dir/walk"
    check "whoop $c: pages together = dump" 0 $?
    check "whoop $c: many" true "$([ "$(wc -l <"$dir/dump")" -gt 700 ] &&
        echo true)"
done
dump whoop/sleep >"$dir/sleep"
check 'whoop: newest first' '' "$(jq -r .start "$dir/sleep" | sort -rc 2>&1)"
check 'whoop: 26 are too many' 400 \
    "$(whoop 'cycle?limit=26' -o /dev/null -w '%{http_code}')"
check 'whoop: a date is no instant' 400 \
    "$(whoop 'cycle?start=2026-01-01' -o /dev/null -w '%{http_code}')"
check 'whoop: what meets the window' '5001042001000 5001042000999' \
    "$(whoop 'cycle?start=2026-02-22T12:00:00Z&end=2026-02-24T12:00:00Z' |
        jq -r '.records[].id' | tail -n 2 | xargs)"
check 'whoop: by id' 5001042001000 "$(whoop cycle/5001042001000 | jq .id)"
check 'whoop: its recovery' 5001042001000 \
    "$(whoop cycle/5001042001000/recovery | jq .cycle_id)"
check 'whoop: no such id' 404 \
    "$(whoop cycle/1 -o /dev/null -w '%{http_code}')"
check 'whoop: open cycle' 1 "$(dump whoop/cycle | grep -vc '"end":')"
check 'whoop: pending' 1 "$(dump whoop/sleep | grep -c PENDING)"
check 'whoop: edit, delete, add' '200 200 200' \
    "$(tell whoop.edit=sleep:3) $(tell whoop.delete=sleep:2) $(tell \
        whoop.add=workout:4)"
dump whoop/sleep | ids >"$dir/ids"
ids <"$dir/sleep" | comm -23 - "$dir/ids" >"$dir/gone"
check 'whoop: two sleeps gone' 2 "$(wc -l <"$dir/gone")"
check 'whoop: their recoveries too' 0 \
    "$(dump whoop/recovery | grep -cf "$dir/gone")"
check 'whoop: three edited' 3 \
    "$(dump whoop/sleep | grep -c '"updated_at":"2026-05-28T20:26:40')"
check 'whoop: token' 'Authorization was not valid' \
    "$(curl -s "$root/developer/v2/cycle")"
: >"$dir/waits"
start --set whoop.quota=2,10 --waits "$dir/waits"
code='-o /dev/null -w %{http_code}'
# shellcheck disable=SC2086 # options of curl
check 'whoop: quota' '200 200 429' \
    "$(whoop cycle $code) $(whoop cycle $code) $(whoop cycle $code)"
check 'whoop: quota headers' '2, 2;window=60, 10;window=86400 0 20' \
    "$(whoop cycle -D - -o /dev/null | tr -d '\r' |
        sed -n 's/^X-RateLimit-[^:]*: //p' | xargs)"
echo 20000 >"$dir/waits"
# shellcheck disable=SC2086 # options of curl
check 'whoop: the next minute' 200 "$(whoop cycle $code)"

# --- Hevy ---

# hevy PATH [CURL OPTION...]
hevy() {
    path=$1
    shift
    ask "/v1/$path" "$@"
}
# code PATH [CURL OPTION...]: the status
code() { ask "$@" -o /dev/null -w '%{http_code}'; }

# hevy_walk PATH LIST SIZE [QUERY]: the records of all pages, one a line
hevy_walk() {
    page=1
    while hevy "$1?pageSize=$3&page=$page${4:+&$4}" -f >"$dir/page"; do
        jq -c ".$2[]" "$dir/page"
        page=$((page + 1))
    done
}

start
for c in workouts:10 routines:10 exercise_templates:100 routine_folders:10 \
    body_measurements:10; do
    hevy_walk "${c%:*}" "${c%:*}" "${c#*:}" >"$dir/walk"
    dump "hevy/${c%:*}" | jq -c . >"$dir/dump"
    cmp -s "$dir/walk" "$dir/dump"
    check "hevy ${c%:*}: pages together = dump" 0 $?
done
hevy_walk workouts/events events 10 | jq -c . >"$dir/walk"
dump hevy/workout_events | jq -c . >"$dir/dump"
cmp -s "$dir/walk" "$dir/dump"
check 'hevy events: pages together = dump' 0 $?
dump hevy/workouts >"$dir/workouts"
check 'hevy: 600 workouts' '600 {"workout_count":600}' \
    "$(wc -l <"$dir/workouts") $(hevy workouts/count)"
check 'hevy: 4 to 7 exercises' '4 5 6 7' \
    "$(jq '.exercises | length' "$dir/workouts" | sort -u | xargs)"
check 'hevy: page 61 of 60' 404 "$(code '/v1/workouts?page=61&pageSize=10')"
check 'hevy: 11 are too many' 400 "$(code '/v1/workouts?pageSize=11')"
check 'hevy: page 0' 400 "$(code '/v1/workouts?page=0')"
check 'hevy: page_count' 60 "$(hevy 'workouts?pageSize=10' | jq .page_count)"
id=$(head -n 1 "$dir/workouts" | jq -r .id)
check 'hevy: by id' "$id" "$(hevy "workouts/$id" | jq -r .id)"
check 'hevy: no such id' 404 "$(code /v1/workouts/x)"
check 'hevy: token' 'InvalidApiKey' "$(curl -s "$root/v1/workouts")"
check 'hevy: edit, delete, add' '200 200 200' \
    "$(tell hevy.edit=workouts:7) $(tell hevy.delete=workouts:5) $(tell \
        hevy.add=workouts:2)"
check 'hevy: count' '{"workout_count":597}' "$(hevy workouts/count)"
check 'hevy: their events' '5 deleted 9 updated' \
    "$(hevy_walk workouts/events events 10 since=2026-05-28T20:26:40Z |
        jq -r .type | sort | uniq -c | xargs)"
check 'hevy: nobody knows' '400 400 400' "$(tell hevy.edit=x:1) $(tell \
    hevy.edit=workouts) $(tell hevy.smile=1)"

start --set hevy.workouts=2000 --set hevy.new=workouts:1#2
check 'hevy: 200 pages' 200 "$(hevy 'workouts?pageSize=10' | jq .page_count)"
hevy 'workouts?pageSize=10&page=2' | jq -r '.workouts[].id' >"$dir/two"
check 'hevy: one more shifts the pages' 1 \
    "$(hevy 'workouts?pageSize=10&page=3' | jq -r '.workouts[].id' |
        grep -cxFf "$dir/two")"
start --latency 200
check 'no request yet' 0 "$(ask /sandbox/peak)"
ask '/v1/workouts?page=[1-3]' -Z --parallel-immediate -o "$dir/page#1" 2>"$dir/meter"
check 'three at a time' 3 "$(ask /sandbox/peak)"
start --set hevy.workouts=0 --set hevy.empty=404
check 'hevy: an empty list' 404 "$(code /v1/workouts)"
start --scenario empty-page:hevy/workouts:2 --scenario short-page:hevy/workouts:3 \
    --scenario halved:hevy/routines --scenario 500:hevy/user_info
check 'hevy: empty page' '0 120' "$(hevy 'workouts?page=2' |
    jq '(.workouts | length), .page_count' | xargs)"
check 'hevy: short page' 2 "$(hevy 'workouts?page=3' | jq '.workouts | length')"
check 'hevy: half' 11 "$(hevy_walk routines routines 10 | wc -l)"
check 'hevy: 500' 500 "$(code /v1/user/info)"

# --- Strava ---

# strava PATH [CURL OPTION...]
strava() {
    path=$1
    shift
    ask "/api/v3/$path" "$@"
}

# strava_walk PATH [QUERY]: the records of all pages, one a line
strava_walk() {
    page=1
    while :; do
        strava "$1?per_page=200&page=$page${2:+&$2}" >"$dir/page"
        [ "$(cat "$dir/page")" != '[]' ] || break
        jq -c '.[]' "$dir/page"
        page=$((page + 1))
    done
}
# order: of the start dates on stdin, an object a line
order() {
    jq -r .start_date >"$dir/dates"
    sort -c "$dir/dates" 2>/dev/null && echo up
    sort -rc "$dir/dates" 2>/dev/null && echo down
}

start --set strava.quota=90000,90000,90000,90000
for c in athlete/activities athletes/90000001/routes segments/starred \
    athlete/clubs; do
    name=${c##*/}
    [ "$name" = starred ] && name=segments_starred
    strava_walk "$c" >"$dir/walk"
    dump "strava/$name" | jq -c . >"$dir/dump"
    cmp -s "$dir/walk" "$dir/dump"
    check "strava $name: pages together = dump" 0 $?
done
dump strava/activities >"$dir/activities"
check 'strava: 900 activities' 900 "$(wc -l <"$dir/activities")"
check 'strava: order' 'down down up down' \
    "$(for q in '' before=1770000000 after=1760000000 \
        'after=1750000000&before=1770000000'; do
        strava_walk athlete/activities "$q" | order
    done | xargs)"
check 'strava: after the clock' 400 "$(code '/api/v3/athlete/activities?after=2780000000')"
check 'strava: page_size needs per_page' 30 "$(strava athlete/activities | jq length)"
check 'strava: a number of 21 digits' 1 \
    "$(grep -c '"upload_id":900719925470000000005,' "$dir/activities")"
id=16000000007
for c in detail laps zones kudos photos; do
    [ "$c" = detail ] && p= || p=/$c
    strava "activities/$id$p?include_all_efforts=true" >"$dir/part"
    dump "strava/activity_$c" | grep "^{\"activity_id\":$id," |
        sed 's/^[^,]*,"answer"://; s/}$//' | tr -d '\n' >"$dir/dump"
    cmp -s "$dir/part" "$dir/dump"
    check "strava $c: answer = dump" 0 $?
done
check 'strava: 60 with streams' 60 "$(dump strava/activity_streams | wc -l)"
check 'strava: 3600 samples' 3600 \
    "$(strava "activities/$id/streams?keys=time,heartrate&key_by_type=true" |
        jq '.time.data | length')"
check 'strava: no streams' '404 {"message":"Resource Not Found","errors":[]}' \
    "$(code "/api/v3/activities/16000000008/streams") $(strava \
        "activities/16000000008/streams")"
check 'strava: distance alone without keys' distance \
    "$(strava "activities/$id/streams?key_by_type=true" | jq -r 'keys[]')"
# 16000000042 has 43 comments
more=
: >"$dir/comments"
while strava "activities/16000000042/comments?page_size=20$more" >"$dir/page" &&
    [ "$(cat "$dir/page")" != '[]' ]; do
    jq -c '.[].id' "$dir/page" >>"$dir/comments"
    more=$(jq -r '"&after_cursor=" + (.[-1].cursor | @uri)' "$dir/page")
done
check 'strava: comments' '43 43' \
    "$(wc -l <"$dir/comments") $(sort -u "$dir/comments" | wc -l)"
check 'strava: cursor decoded once too often' 400 \
    "$(code "/api/v3/activities/16000000042/comments?page_size=2&after_cursor=$(strava \
        'activities/16000000042/comments?page_size=2' | jq -r '.[-1].cursor')")"
check 'strava: no cursor without page_size' 'null' \
    "$(strava activities/16000000042/comments | jq -c '.[0].cursor')"
check 'strava: gear' 'b10000009 404' \
    "$(strava gear/b10000009 | jq -r .id) $(code /api/v3/gear/b1)"
check 'strava: edit, delete, describe, add' '200 200 200 200' \
    "$(tell strava.edit=activities:9) $(tell strava.delete=activities:4) $(tell \
        strava.edit=descriptions:5) $(tell strava.add=activities:2)"
check 'strava: 898 left, 9 edited' '898 9' "$(dump strava/activities | wc -l) $(
    dump strava/activities | grep -c '(edited)')"
tell strava.missing=activity:read_all >"$dir/told"
check 'strava: scope' '401 activity:read_all 200' \
    "$(code /api/v3/athlete/activities) $(strava athlete/activities |
        jq -r '.errors[0].field') $(code /api/v3/athlete)"
tell strava.free=1 >"$dir/told"
tell strava.missing= >"$dir/told"
check 'strava: no subscription' 402 "$(code "/api/v3/activities/$id/zones")"
tell strava.inactive=1 >"$dir/told"
check 'strava: inactive' '403 Inactive' \
    "$(code /api/v3/athlete) $(strava athlete | jq -r '.errors[0].code')"
: >"$dir/waits"
start --set strava.quota=3,9,2,9 --waits "$dir/waits"
check 'strava: quota' '200 200 429' \
    "$(code /api/v3/athlete) $(code /api/v3/athlete) $(code /api/v3/athlete)"
check 'strava: quota headers' '3,9 4,4 2,9 4,4' \
    "$(strava athlete -D - -o /dev/null | tr -d '\r' |
        sed -n 's/^x-[a-z]*ratelimit-[a-z]*: //Ip' | xargs)"
echo 900000 >"$dir/waits"
check 'strava: the next quarter' 200 "$(code /api/v3/athlete)"
check 'strava: token' 'Authorization Error' \
    "$(curl -s "$root/api/v3/athlete" | jq -r .message)"
