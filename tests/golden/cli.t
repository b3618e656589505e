# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Forms of the command line, of the configuration, and of the token.

short() { export OURA_START_DATE=2026-05-01; }
two='daily_readiness.csv sleep.csv'

# brings ARG...: fetches sleep and daily_readiness, no more
brings() {
    rm -rf data
    run 0 "$@"
    # shellcheck disable=SC2086 # the names, one by one
    tables $two
}

t_forms_of_a_list_of_categories() {
    short
    serve
    brings fetch --categories sleep daily_readiness
    brings fetch --categories sleep,daily_readiness
    brings fetch --categories=sleep --categories=daily_readiness
    brings fetch -c sleep -c daily_readiness
    brings fetch sleep daily_readiness
    brings fetch --categories oura/sleep daily_readiness
    brings -c sleep,daily_readiness fetch
    brings --output-dir data fetch -c sleep daily_readiness
    brings fetch -c sleep daily_readiness --output-dir=data
    brings -q fetch oura/sleep,oura/daily_readiness
    two=sleep.csv
    brings fetch --categories=sleep
    rm -rf data
    run 0 fetch -c all
    equal tables 19 "$(find data/oura -type f | wc -l)"
}

t_unknown_category_is_exit_2_with_the_nearest() {
    serve
    run 2 fetch -c slep
    grep -q 'slep' err || fail 'not named'
    grep -q 'daily_readiness' err || fail 'no list'
    grep -Eq 'did you mean.*sleep|hint:.*sleep' err || fail 'no nearest name'
    [ ! -e data ] || fail 'made the folder'
    equal requests 0 "$(requests)"
}

t_wrong_use_is_exit_2() {
    serve
    for args in 'fetch --no-such' 'nonsense' 'fetch --since x' \
        'fetch --max-requests -1' 'fetch --format xml' \
        'fetch --since 2026-02-01 --until 2026-01-01' \
        'fetch --lookback-hours x' 'fetch -c hevy/workouts'; do
        # shellcheck disable=SC2086 # the arguments, one by one
        run 2 $args
        [ -s err ] || fail "$args: says nothing"
    done
    [ ! -e data ] || fail 'made the folder'
    equal requests 0 "$(requests)"
}

t_no_configuration_and_no_token_is_exit_2() {
    serve
    unset OURA_PERSONAL_ACCESS_TOKEN
    unset OURA_BASE_URL OURA_START_DATE
    run 2 fetch
    said 2 '^hint: '
    [ ! -e data ] || fail 'made the folder'
}

t_configuration_without_token_is_exit_4_or_2() {
    unset OURA_PERSONAL_ACCESS_TOKEN
    serve
    conf <<END
[oura]
categories = sleep
END
    run 4 fetch
    grep -q '^hint: ' err || fail 'no hint'
    equal requests 0 "$(requests)"
}

t_token_from_its_sources() {
    short
    serve
    unset OURA_PERSONAL_ACCESS_TOKEN
    printf '%s\n' "$token" >home/token
    chmod 600 home/token
    brings fetch sleep daily_readiness --token-file home/token
    export OURA_ACCESS_TOKEN="$token"
    brings fetch sleep daily_readiness
    silent
    unset OURA_ACCESS_TOKEN
    printf '[oura]\naccess_token = %s\n' "$token" | conf
    brings fetch sleep daily_readiness
    silent
    printf '[oura]\naccess_token_file = home/token\n' | conf
    brings fetch sleep daily_readiness
    silent
    printf '[oura]\naccess_token_command = cat home/token\n' | conf
    brings fetch sleep daily_readiness
    silent
    rm wearchive.conf
    mkdir creds
    cp home/token creds/oura_access_token
    export CREDENTIALS_DIRECTORY="$DIR/creds"
    printf '[oura]\n' | conf
    brings fetch sleep daily_readiness
    silent
    unset CREDENTIALS_DIRECTORY
    brings fetch sleep daily_readiness --token "$token"
    said 1 'ps'
    last='fetch sleep daily_readiness --token-file home/token'
    rm -r creds
}

t_token_from_standard_input() {
    short
    serve
    unset OURA_PERSONAL_ACCESS_TOKEN
    printf '%s\n' "$token" |
        "$BUILD/$program" fetch -c sleep --token-file - >out 2>err ||
        fail "exit code $?"
    silent
    tables sleep.csv
    printf '%s\n' "$token" >home/token
    chmod 644 home/token # a file, but its name is not known
    "$BUILD/$program" fetch -c sleep --token-file - <home/token >out 2>err ||
        fail "exit code $?"
    silent
}

# said_of FILE MODE ARG...: a run says one line about the file, if others can
# read it
said_of() {
    file=$1
    mode=$2
    shift 2
    chmod "$mode" "$file"
    run 0 "$@"
    case $mode in
    *00) [ ! -s err ] || fail "$mode is no reason" ;;
    *) said 1 "^wearchive: $file holds a secret and others.*mode 0$mode" ;;
    esac
}

t_token_file_others_can_read_is_warned_of() {
    short
    serve
    unset OURA_PERSONAL_ACCESS_TOKEN
    printf '%s\n' "$token" >home/token
    for mode in 644 640 604 600 400; do
        said_of home/token "$mode" fetch sleep --token-file home/token
    done
    printf '[oura]\naccess_token_file = home/token\n' | conf
    for mode in 644 640 604 600 400; do
        said_of home/token "$mode" fetch sleep
    done
    chmod 644 wearchive.conf # no secret is in there
    said_of home/token 644 fetch sleep
    said_of home/token 600 fetch sleep
    chmod 644 home/token
    run 0 fetch sleep -q
    silent
}

t_configuration_others_can_read_is_warned_of() {
    short
    serve
    unset OURA_PERSONAL_ACCESS_TOKEN
    printf '[oura]\naccess_token = %s\n' "$token" | conf
    for mode in 644 640 604 600 400; do
        said_of wearchive.conf "$mode" fetch sleep
        said_of wearchive.conf "$mode" status
    done
}

t_everything_from_the_configuration() {
    serve
    unset OURA_PERSONAL_ACCESS_TOKEN OURA_START_DATE
    conf <<END
# a comment
[archive]
dir = archive
format = csv, raw
start_date = 2026-05-01

[anna]
provider = oura
access_token = $token
base_url = $OURA_BASE_URL
categories = sleep, daily_readiness
END
    unset OURA_BASE_URL
    fetch
    equal tables 'daily_readiness.csv daily_readiness.raw.jsonl sleep.csv sleep.raw.jsonl ' \
        "$(find archive/anna -type f -printf '%f\n' | sort | tr '\n' ' ')"
    [ ! -e data ] || fail 'also in data'
    archives=archive
}

t_two_sources_of_one_provider() {
    serve
    unset OURA_PERSONAL_ACCESS_TOKEN OURA_START_DATE
    conf <<END
[archive]
start_date = 2026-05-01
[oura]
access_token = $token
categories = sleep
base_url = $OURA_BASE_URL
[bert]
provider = oura
access_token = CANARY-wrong
categories = sleep
base_url = $OURA_BASE_URL
END
    unset OURA_BASE_URL
    run 4 fetch
    grep -q 'bert' err || fail 'source not named'
    tables sleep.csv
    run 0 fetch --sources oura
    silent
}

t_health_sync_toml_is_read() {
    serve
    unset OURA_PERSONAL_ACCESS_TOKEN OURA_START_DATE
    cat >health-sync.toml <<END
[oura]
access_token = "$token"
base_url = "$OURA_BASE_URL"
start_date = "2026-05-01"
[hevy]
enabled = false
overlap_seconds = 300
since = "1970-01-01T00:00:00Z"
[strava]
enabled = true
access_token = "$token"
approval_prompt = "auto"
END
    chmod 600 health-sync.toml
    unset OURA_BASE_URL
    brings fetch -c sleep daily_readiness
    run 0 providers
    equal enabled 'oura strava' \
        "$(awk '/ yes / { print $1 }' out | tr '\n' ' ' | sed 's/ $//')"
}

t_unknown_category_in_the_config_is_exit_2_with_the_list() {
    serve
    printf '[oura]\ncategories = sleep, dailysleep\n[hevy]\n' | conf
    run 2 fetch
    said 2 'line 2: .* dailysleep; did you mean daily_sleep\?$'
    grep -q '^hint: there are: daily_activity,.*, personal_info$' err ||
        fail 'no list, or one of others'
    equal requests 0 "$(requests)"
}

t_unknown_key_is_exit_2_with_the_line() {
    serve
    printf '[oura]\nstart_dat = 2026-01-01\n' | conf
    run 2 fetch
    grep -q 'line 2\|:2' err || fail 'no line number'
    grep -q 'start_date' err || fail 'no nearest name'
    equal requests 0 "$(requests)"
}

t_plain_http_to_another_host_is_refused() {
    OURA_BASE_URL=http://example.com
    export OURA_BASE_URL
    run 2 fetch
    grep -q 'http' err || fail 'not said'
    [ ! -e data ] || fail 'made the folder'
}

t_base_url_with_the_prefix_in_it() {
    short
    serve
    OURA_BASE_URL=$OURA_BASE_URL/v2/sandbox/v2/usercollection
    fetch -c sleep
    equal paths /v2/sandbox/v2/usercollection/sleep \
        "$(cut -d' ' -f2 req | sort -u)"
}

t_base_url_with_a_path() {
    short
    serve
    OURA_BASE_URL=$OURA_BASE_URL/proxy/
    fetch -c sleep
    equal paths /proxy/v2/usercollection/sleep "$(cut -d' ' -f2 req | sort -u)"
}

t_verbose_run_tells_no_token() {
    short
    serve --scenario 500:sleep
    run 0 fetch -c sleep -vv
    [ -s err ] || fail 'says nothing'
    grep -Eq 'start_date=|Bearer' err && fail 'tells the query or the header'
    grep -q HTTP err || fail 'does not tell the failure'
}

t_provider_without_a_section_is_exit_2() {
    echo '[oura]' | conf
    run 2 fetch --sources strava
    said 2 'wearchive.conf has no section .strava.'
    archives=
}

t_init_says_how_each_provider_is_had() {
    run 0 init --output-dir data
    grep -q '^# wearchive auth hevy asks for the key' wearchive.conf ||
        fail 'hevy has no token'
    grep -q '^# wearchive auth oura' wearchive.conf ||
        grep -q 'log in with: wearchive auth oura' wearchive.conf ||
        fail 'oura has a login'
    sed -n '/\[strava\]/,$p' wearchive.conf | grep -q 'which "all" takes' ||
        fail 'some are fetched only if they are named'
    last=
    archives=
}

t_init_then_fetch() {
    short
    serve
    run 0 init
    equal modes '600 700' "$(stat -c %a wearchive.conf data | tr '\n' ' ' |
        sed 's/ $//')"
    run 2 init
    fetch -c sleep
    run 0 providers
    run 0 categories
    grep -q ring_battery_level out || fail 'not listed'
    last='fetch -c sleep'
}
