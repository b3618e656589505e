# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# A first fetch, and how it asks.

all='daily_activity daily_sleep daily_readiness daily_spo2 daily_stress
    daily_resilience daily_cardiovascular_age vo2_max sleep sleep_time workout
    session enhanced_tag tag rest_mode_period heartrate ring_battery_level
    ring_configuration personal_info'

t_first_fetch_stores_all_19_categories() {
    data='--years 3 --heartrate-interval 840'
    start=2010-01-01
    export OURA_START_DATE=$start
    serve
    fetch
    # shellcheck disable=SC2046,SC2086 # the names, one by one
    tables $(printf '%s.csv ' $all)
    # shellcheck disable=SC2086 # the names, one by one
    holds $all
    equal 'rows in the state' "$(rows heartrate)" \
        "$(state .heartrate.tables.csv.rows)"
    equal coverage '["2010-01-01T00:00:00Z/2026-05-28T20:26:40Z"]' \
        "$(state '.sleep.tables.csv.coverage | tojson')"
}

t_second_fetch_writes_no_table() {
    serve
    fetch
    stamps data >stamps.1
    fetch
    stamps data >stamps.2
    diff stamps.1 stamps.2 || fail 'tables changed'
}

t_small_pages_make_the_same_tables() {
    serve --page 37
    fetch
    undisturbed want
    same data want
}

t_gzip_makes_no_difference() {
    serve --no-gzip
    fetch -c "$few"
    undisturbed want -c "$few"
    same data want
}

t_slow_answers_make_the_same_tables() {
    serve --scenario slow:daily_activity:80 --scenario slow:sleep:30
    fetch
    undisturbed want
    same data want
}

# The parameters of each request of a category.
asked() {
    sed -n "s|^GET /v2/usercollection/$1 \([^ ]*\) 200 token\$|\1|p" req
}

t_days_are_padded_by_two() {
    serve
    export OURA_START_DATE=2026-03-10
    fetch -c daily_activity
    # the recent days first, then what is missing before them
    equal requests 'start_date=2026-05-12&end_date=2026-05-30
start_date=2026-03-08&end_date=2026-05-15' "$(asked daily_activity)"
}

t_long_time_is_asked_for_in_half_years_of_days() {
    serve
    export OURA_START_DATE=2025-03-10
    fetch -c sleep
    equal requests 'start_date=2025-03-08&end_date=2025-09-07
start_date=2025-09-04&end_date=2026-03-06
start_date=2026-03-03&end_date=2026-05-15
start_date=2026-05-12&end_date=2026-05-30' "$(asked sleep | sort)"
}

t_heartrate_is_asked_for_in_30_days() {
    serve
    export OURA_START_DATE=2026-03-10
    fetch -c heartrate
    equal requests 'start_datetime=2026-03-10T00:00:00Z&end_datetime=2026-04-09T00:00:00Z
start_datetime=2026-04-09T00:00:00Z&end_datetime=2026-05-09T00:00:00Z
start_datetime=2026-05-09T00:00:00Z&end_datetime=2026-05-21T20:26:40Z
start_datetime=2026-05-21T20:26:40Z&end_datetime=2026-05-28T20:26:40Z' \
        "$(asked heartrate | sed 's/%3A/:/g' | sort)"
}

t_next_token_goes_with_the_same_parameters() {
    serve --page 10
    export OURA_START_DATE=2026-03-10
    fetch -c sleep
    equal 'requests but the first of each window' \
        "$(asked sleep | grep -v next_token | sed 's/$/\&next_token=/')" \
        "$(asked sleep | sed -n 's/\(next_token=\).*/\1/p' | uniq)"
    asked sleep | grep -q 'next_token=p%2B' || fail 'token not encoded'
}

t_vo2_max_has_its_odd_path() {
    serve
    fetch -c vo2_max
    equal paths 'GET /v2/usercollection/vO2_max' \
        "$(cut -d' ' -f1,2 req | sort -u)"
    tables vo2_max.csv
    holds vo2_max
}

t_singletons_are_asked_for_without_dates() {
    serve
    fetch -c personal_info,ring_configuration
    equal requests 'GET /v2/usercollection/personal_info - 200 token
GET /v2/usercollection/ring_configuration - 200 token' "$(sort req)"
    holds personal_info ring_configuration
}

t_heartrate_is_not_asked_for_before_the_first_activity() {
    serve
    export OURA_START_DATE=2010-01-01
    fetch -c daily_activity,heartrate
    [ "$(requests heartrate)" -lt 20 ] || fail 'too many requests'
    holds heartrate
}
