# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# The logins of each provider, with all that is special about them.
. "$HERE/login.sh"

# serve_dialect SOURCE AUTHORIZE TOKEN REVOKE [LINE...]: as serve_logins; paths
# behind $url/auth/SOURCE/, REVOKE behind $url
serve_dialect() {
    serve_logins
    at=$url/auth/$1
    {
        printf '[%s]\nbase_url = %s\n' "$1" "$url"
        printf 'client_id = 4711\nclient_secret = CANARY-client-secret\n'
        [ -z "$2" ] || printf 'auth_url = %s\n' "$at/$2"
        printf 'token_url = %s\n' "$at/$3"
        [ -z "$4" ] || printf 'revoke_url = %s\n' "$url/$4"
        shift 4
        [ $# -eq 0 ] || printf '%s\n' "$@"
    } | conf
    archives=
}

# stored SOURCE MEMBER
stored() { jq -r ".sources.$1.$2" tokens.json; }

# refreshed SOURCE N: by command
refreshed() {
    run 0 auth refresh "$1"
    equal refreshes "$2" "$(count refreshes "$1")"
    equal killed 0 "$(count families_killed "$1")"
}

# logged_out SOURCE: it is given back and forgotten
logged_out() {
    run 0 auth logout "$1"
    equal revoked 1 "$(count revoked "$1")"
    equal live 0 "$(count live "$1")"
    grep -q CANARY tokens.json && fail 'a token is left'
    last=
}

t_dialect_whoop() {
    serve_dialect whoop oauth/oauth2/auth oauth/oauth2/token \
        developer/v2/user/access
    log_in whoop
    refreshed whoop 1
    refreshed whoop 2
    logged_out whoop
}

# A renewal ends the old access token at once, also for what is under way.
t_dialect_whoop_renewal_with_requests_under_way() {
    serve_dialect whoop oauth/oauth2/auth oauth/oauth2/token ''
    log_in whoop
    curl -s -o /dev/null -d '' "$url/sandbox/set?whoop.quota=100000,100000"
    export WHOOP_START_DATE=2024-01-01
    done=0
    for n in 1 2 3 5 8 13; do
        rm -rf data
        knob "whoop.expire-after=$n"
        fetch --format csv,raw --sources whoop
        done=$((done + 1))
        equal "after $n: refreshes" "$done" "$(count refreshes whoop)"
        has_all whoop cycle recovery sleep workout
    done
    equal 'used again' 0 "$(count refreshes_spent_again whoop)"
    archives=data
}

t_dialect_strava() {
    serve_dialect strava oauth/authorize oauth/token auth/strava/oauth/revoke
    log_in strava
    equal scope 'read read_all profile:read_all activity:read_all' \
        "$(stored strava scope)"
    old=$(stored strava refresh_token)
    pass 3600
    run 0 auth refresh strava
    equal 'the same pair' "$old" "$(stored strava refresh_token)"
    equal ends $((now + 18000)) "$(stored strava expires_at)"
    pass 15000
    refreshed strava 1
    [ "$(stored strava refresh_token)" != "$old" ] || fail 'no new pair'
    equal ends $((now + 21600)) "$(stored strava expires_at)"
    knob strava.kill=1
    run 4 auth refresh strava
    said 2 'log in again: wearchive auth strava'
    log_in strava
    logged_out strava
}

t_dialect_strava_code_that_is_too_fresh() {
    serve_dialect strava oauth/authorize oauth/token ''
    knob strava.fail=refuse:2:authorization_code
    log_in strava
    refreshed strava 0
}

t_dialect_strava_renewal_between_records() {
    serve_dialect strava oauth/authorize oauth/token ''
    log_in strava
    curl -s -o /dev/null -d '' "$url/sandbox/set?strava.quota=90000,90000,90000,90000"
    export STRAVA_START_DATE=2026-04-01
    done=0
    for n in 2 7 15; do
        rm -rf data
        knob "strava.expire-after=$n"
        fetch --sources strava
        done=$((done + 1))
        equal "after $n: refreshes" "$done" "$(count refreshes strava)"
    done
    equal 'used again' 0 "$(count refreshes_spent_again strava)"
    archives=data
}

t_dialect_withings() {
    serve_dialect withings oauth2_user/authorize2 v2/oauth2 \
        auth/withings/v2/oauth2
    log_in withings
    equal scope 'user.info user.metrics user.activity' \
        "$(stored withings scope)"
    equal user 363 "$(stored withings user_id)"
    refreshed withings 1
    knob withings.fail=601
    refreshed withings 2
    equal waits 188000 "$(cat waits)"
    knob withings.fail=lost
    run 0 auth refresh withings
    knob withings.kill=1
    run 4 auth refresh withings
    said 2 'status 503.*invalid refresh_token'
}

t_dialect_withings_code_lives_30_seconds() {
    serve_dialect withings oauth2_user/authorize2 v2/oauth2 ''
    run 0 auth withings --print-url
    back=$(agree "$(authorize_url)")
    pass 31
    run 4 auth withings --callback-url "$back"
    last=
}

t_dialect_withings_previous_pair_within_8_hours() {
    serve_dialect withings oauth2_user/authorize2 v2/oauth2 ''
    log_in withings
    refreshed withings 1
    knob withings.fail=refuse:1:refresh_token
    refreshed withings 2
    refreshed withings 3
    pass 28801
    knob withings.fail=refuse:1:refresh_token
    run 4 auth refresh withings
    last=
}

t_dialect_withings_signs() {
    serve_dialect withings oauth2_user/authorize2 v2/oauth2 \
        auth/withings/v2/oauth2 'client_auth = signature'
    log_in withings
    refreshed withings 1
    refreshed withings 2
    knob withings.secret=CANARY-another
    run 4 auth refresh withings
    said 2 'client_secret'
    knob withings.secret=CANARY-client-secret
    refreshed withings 3
    logged_out withings
}

t_dialect_oura_by_basic_and_with_pkce() {
    serve_dialect oura oauth/authorize oauth/token '' 'client_auth = basic' \
        'pkce = yes' 'categories = daily_activity'
    log_in oura
    refreshed oura 1
    run 0 auth oura --print-url
    grep -q 'code_challenge=.*&code_challenge_method=S256' out || fail 'no PKCE'
    fetch
    archives=data
}

t_dialect_google() {
    serve_dialect googlehealth o/oauth2/v2/auth token \
        auth/googlehealth/revoke
    log_in googlehealth
    log_in googlehealth
    old=$(stored googlehealth refresh_token)
    [ "$old" != null ] || fail 'no refresh token'
    refreshed googlehealth 1
    refreshed googlehealth 2
    equal 'refresh token' "$old" "$(stored googlehealth refresh_token)"
    logged_out googlehealth
}

t_dialect_google_testing_ends_after_7_days() {
    serve_dialect googlehealth o/oauth2/v2/auth token ''
    knob googlehealth.refresh-life=604799
    log_in googlehealth
    run 2 fetch
    said 2 'googlehealth: the login ends on 2026-06-04 .*wearchive auth googlehealth$'
    run 2 fetch
    said 1 'fetches nothing yet'
    pass 604800
    run 4 auth refresh googlehealth
    said 2 'expired or revoked'
    run 4 auth refresh googlehealth
    last=
}

t_dialect_eightsleep() {
    serve_dialect eightsleep '' v1/tokens '' 'email = sam@example.com' \
        'password = CANARY-password'
    run 0 auth eightsleep
    equal logins 1 "$(count logins eightsleep)"
    refreshed eightsleep 1
    knob eightsleep.kill=1
    run 0 auth refresh eightsleep
    equal logins 2 "$(count logins eightsleep)"
    run 0 auth logout eightsleep
    last=
}

t_dialect_eightsleep_says_that_logins_count() {
    serve_dialect eightsleep '' v1/tokens '' 'email = sam@example.com' \
        'password = CANARY-password'
    knob eightsleep.fail=429:0
    run 5 auth eightsleep
    said 2 'eightsleep: logging in: .*HTTP 429$'
    said 2 '^hint: each try counts: wait an hour'
    equal tries 1 "$(requests 'POST .*v1/tokens')"
    last=
}

t_dialect_eightsleep_backs_off_after_429() {
    serve_dialect eightsleep '' v1/tokens '' 'email = sam@example.com' \
        'password = CANARY-password'
    run 0 auth eightsleep
    knob eightsleep.kill=1
    knob eightsleep.login-limit=1
    run 5 auth refresh eightsleep
    requests=$(count token_requests eightsleep)
    pass 60
    run 5 auth refresh eightsleep
    equal requests "$requests" "$(count token_requests eightsleep)"
    pass 7200
    run 0 auth refresh eightsleep
    last=
}

# A refresh that is told so does not insist, either.
t_dialect_eightsleep_refresh_backs_off_after_429() {
    serve_dialect eightsleep '' v1/tokens '' 'email = sam@example.com' \
        'password = CANARY-password'
    run 0 auth eightsleep
    requests=$(count token_requests eightsleep)
    knob eightsleep.fail=429
    run 5 auth refresh eightsleep
    run 5 auth refresh eightsleep
    equal requests $((requests + 1)) "$(count token_requests eightsleep)"
    pass 7200
    run 0 auth refresh eightsleep
    last=
}

# Each in its place where it explains itself.
t_dialects_that_quote_the_token() {
    for d in "oura oauth/authorize oauth/token" \
        "whoop oauth/oauth2/auth oauth/oauth2/token" \
        "strava oauth/authorize oauth/token" \
        "withings oauth2_user/authorize2 v2/oauth2" \
        "googlehealth o/oauth2/v2/auth token"; do
        # shellcheck disable=SC2086 # words
        serve_dialect $d ''
        knob quotes=1
        log_in "${d%% *}"
        knob "${d%% *}.kill=1"
        run 4 auth refresh "${d%% *}" -vv
        run 0 auth "${d%% *}" --print-url
        back=$(agree "$(authorize_url)")
        knob "${d%% *}.fail=refuse:0:authorization_code"
        run 0 auth logout "${d%% *}" -vv
    done
    last=
}

# --- Oura's two servers --------------------------------------------------------

# two_servers: the new one first
two_servers() {
    serve_dialect oura oauth/authorize oauth/v2/ext/oauth-token '' \
        'categories = daily_activity'
    sed -i "s|^token_url.*|&, $url/auth/oura/oauth/token|" wearchive.conf
}

t_dialect_oura_at_the_new_server() {
    two_servers
    knob oura.portal=new
    log_in oura
    equal server "$url/auth/oura/oauth/v2/ext/oauth-token" \
        "$(stored oura token_url)"
    case $(stored oura scope) in *extapi*) fail 'prefix' ;; esac
    fetch
    pass 86400
    fetch
    counted refreshes 1
    counted families_killed 0
    counted refused 0
    archives=data
}

t_dialect_oura_at_the_old_server() {
    two_servers
    knob oura.portal=old
    log_in oura
    equal server "$url/auth/oura/oauth/token" "$(stored oura token_url)"
    pass 86400
    fetch
    pass 86400
    fetch
    counted refreshes 2
    counted families_killed 0
    counted refused 1
    archives=data
}

t_dialect_oura_authorized_at_the_new_server() {
    serve_dialect oura oauth/v2/ext/oauth-authorize \
        "oauth/v2/ext/oauth-token" '' 'categories = daily_activity' \
        'scopes = extapi:daily extapi:personal'
    knob oura.portal=new
    log_in oura
    equal scope 'daily personal' "$(stored oura scope)"
    fetch
    archives=data
}
t_dialect_hevy() {
    serve_logins
    conf <<END
[hevy]
base_url = $url
END
    archives=
    echo "$token" >key
    "$BUILD/$program" auth hevy <key >out 2>err || fail 'not taken'
    cat out err >>said
    fetch
    archives=data
}
