# shellcheck shell=sh disable=SC2034 # variables are for lib.sh
# Logins: how they are got, kept alive and given up.

# login_conf [LINE...]: an [oura] whose login is that of the sandbox
login_conf() {
    unset OURA_PERSONAL_ACCESS_TOKEN
    export OURA_START_DATE=2026-03-01
    {
        printf '# mine\n[oura]\n'
        printf 'client_id = 4711\nclient_secret = CANARY-client-secret\n'
        printf 'auth_url = %s/auth/oura/oauth/authorize\n' "$url"
        printf 'token_url = %s/auth/oura/oauth/token\n' "$url"
        printf 'categories = sleep\n'
        printf '%s\n' "$@"
    } | conf
}

# serve_login OPTION...: a provider whose consent page says yes by itself
serve_login() {
    serve --set oauth.consent=allow --set oauth.secret=CANARY-client-secret \
        --set "oauth.log=$DIR/grants" "$@"
    : >>grants
}

knob() {
    curl -s -o /dev/null -X POST "$url/sandbox/set?oauth.$1"
}

# consent: where the browser is sent by the address in out
consent() {
    address=$(grep -m 1 '^http' out)
    curl -s -o /dev/null -w '%{redirect_url}' "$address"
}

# log_in: in two steps
log_in() {
    run 0 auth oura --print-url
    run 0 auth oura --callback-url "$(consent)"
    last=
}

# grants PATTERN: how many requests for tokens were answered so
grants() {
    grep -Ec -- "$1" grants
}

token_of() {
    jq -r ".sources.oura.$1" tokens.json
}

t_auth_in_two_steps() {
    serve_login
    login_conf
    log_in
    grep -q 'account of synthetic.user@example.com' out || fail 'whose is it?'
    [ ! -s err ] || fail 'not silent'
    equal mode 600 "$(stat -c %a tokens.json)"
    equal scope 'personal daily heartrate workout tag session spo2 stress heart_health ring_configuration email' \
        "$(token_of scope)"
    equal pending null "$(token_of pending)"
    run 0 fetch
    silent
    equal grants 0 "$(grants refresh_token)"
}

t_auth_wants_the_state_back() {
    serve_login
    login_conf
    run 0 auth oura --print-url
    back=$(consent)
    run 4 auth oura --callback-url "${back%&state=*}"
    said 2 'state is missing'
    run 4 auth oura --callback-url "${back%&state=*}&state=CANARY-other"
    said 2 'state is another one'
    equal tokens null "$(token_of access_token)"
    run 4 fetch
    run 0 auth oura --callback-url "$back"
    run 4 auth oura --callback-url "$back"
    said 2 'no login is under way'
    archives=
}

t_auth_two_steps_take_15_minutes() {
    serve_login
    login_conf
    run 0 auth oura --print-url
    back=$(consent)
    WEARCHIVE_NOW=$((now + 901)) run 4 auth oura --callback-url "$back"
    said 2 'took too long'
    WEARCHIVE_NOW=$((now + 899)) run 0 auth oura --callback-url "$back"
    last=
    archives=
}

t_auth_pasted_from_a_browser_elsewhere() {
    archives=
    serve_login
    login_conf
    mkfifo pasted
    "$BUILD/$program" auth oura --no-browser <pasted >out 2>err &
    others=$!
    exec 7>pasted
    await grep -q '^http' out
    consent >&7
    exec 7>&-
    wait "$others" || fail "exit code $?"
    grep -q 'logged in to Oura Ring' out || fail 'says nothing'
    cat out err >>said
}

t_auth_with_a_listener() {
    archives=
    serve_login
    login_conf
    "$BUILD/wearchive" auth oura --timeout 120 --listen-port 0 >out 2>err &
    others=$!
    await grep -q '^http' out
    curl -s -L "$(grep -m 1 '^http' out)" >page
    wait "$others" || fail "exit code $?"
    grep -q 'may be closed' page || fail 'page'
    grep -q CANARY page && fail 'the page has a secret'
    grep -q 'logged in to Oura Ring' out || fail 'says nothing'
    cat out err >>said
}

t_auth_refused_by_the_person() {
    archives=
    serve_login --set oauth.consent=deny
    login_conf
    run 0 auth oura --print-url
    run 4 auth oura --callback-url "$(consent)"
    grep -q 'access_denied' err || fail 'why?'
    equal tokens null "$(token_of access_token)"
}

t_auth_enables_the_source_and_nothing_else() {
    archives=
    serve_login
    login_conf 'enabled = no' '# the end'
    sed 's/^enabled = no/enabled = yes/' wearchive.conf >wanted.conf
    log_in
    cmp wearchive.conf wanted.conf || fail 'the config was changed'
}

t_login_is_renewed_before_its_end() {
    serve_login --set oauth.oura.access-life=3600
    login_conf
    log_in
    run 0 fetch
    later 1
    knob clock=86400
    first=$(token_of access_token)
    fetch
    equal grants 1 "$(grants 'refresh_token ok')"
    [ "$(token_of access_token)" != "$first" ] || fail 'not stored'
    equal previous null "$(token_of previous_refresh_token)"
    fetch
    equal grants 1 "$(grants 'refresh_token ok')"
}

t_login_is_renewed_when_it_is_refused() {
    serve_login
    login_conf
    log_in
    knob expire=1
    run 0 fetch sleep daily_activity daily_readiness heartrate
    equal grants 1 "$(grants 'refresh_token ok')"
}

t_dead_login_is_exit_4_and_others_go_on() {
    serve_login
    login_conf '[anna]' 'provider = oura' \
        "base_url = $url" "access_token = $token" 'categories = sleep'
    log_in
    knob kill=1
    run 4 fetch
    said 2 '^wearchive: oura: .*invalid_grant'
    grep -q '^hint: log in again: wearchive auth oura$' err || fail 'hint'
    [ -s data/anna/sleep.csv ] || fail 'the other one was not fetched'
    run 4 fetch --sources oura
    equal tries 2 "$(grants 'refresh_token refused')"
}

t_auth_status() {
    archives=
    serve_login
    login_conf
    run 0 auth status --json
    equal kind none "$(jq -r .sources.oura.kind out)"
    log_in
    run 0 auth status --json
    equal kind oauth "$(jq -r .sources.oura.kind out)"
    equal refresh true "$(jq -r .sources.oura.has_refresh_token out)"
    equal missing '[]' "$(jq -c .sources.oura.missing_scopes out)"
    equal mode 0600 "$(jq -r .token_store.mode out)"
    equal ends 2026-05-29T20:26:40Z "$(jq -r .sources.oura.expires_at out)"
    run 0 auth status
    grep -q '^oura  *oauth' out || fail 'no row'
    grep -q '^oura is allowed: personal daily' out || fail 'scopes'
    grep -q '^tokens.json: mode 0600$' out || fail 'mode'
}

t_auth_logout() {
    archives=
    serve_login
    login_conf
    log_in
    run 0 auth logout oura
    [ ! -s err ] || fail 'not silent'
    equal live 0 "$(curl -s "$url/auth/control" | jq -r .oura.live)"
    equal tokens '{}' "$(jq -c .sources tokens.json)"
    run 4 fetch
    run 0 auth logout oura
    log_in
    stop_sandbox "$server"
    run 0 auth logout oura # locally in any case
    grep -q 'did not take the login back' err || fail 'no warning'
    equal tokens '{}' "$(jq -c .sources tokens.json)"
}

t_auth_moves_to_another_machine() {
    archives=
    serve_login
    login_conf
    log_in
    "$BUILD/$program" auth export oura >moved 2>err || fail "export: $?"
    grep -q 'in one place only' err || fail 'no warning'
    mkdir there
    (
        cd there || exit 1
        printf '[oura]\nbase_url = %s\ncategories = sleep\n' "$url" | conf
        printf 'token_url = %s/auth/oura/oauth/token\n' "$url" >>wearchive.conf
        "$BUILD/$program" auth import oura <../moved >out 2>err ||
            fail "import: $?"
        "$BUILD/$program" auth refresh oura >out 2>err || fail "refresh: $?"
    ) || fail "$(cat there/err)"
    grep -q '^{' moved || fail 'not exported'
}

t_damaged_token_store_is_not_overwritten() {
    serve_login
    login_conf
    log_in
    head -c 100 tokens.json >cut.json
    cp cut.json tokens.json
    for args in fetch 'auth status' 'auth refresh oura' 'auth logout oura' \
        'auth oura --print-url'; do
        # shellcheck disable=SC2086 # the arguments, one by one
        run 6 $args
        grep -q 'tokens.json: the token store is damaged' err || fail "$args"
        cmp tokens.json cut.json || fail "$args: overwritten"
    done
}

t_unknown_words_in_the_token_store_stay() {
    archives=
    serve_login
    login_conf
    log_in
    sed 's/^  "version"/  "mine": 9007199254740993.0,\n&/' tokens.json >new.json
    sed 's/"access_token"/"note": "keep", &/' new.json >tokens.json
    run 0 auth refresh oura
    equal note keep "$(token_of note)"
    grep -q '"mine": 9007199254740993.0' tokens.json || fail 'digits'
}

t_login_that_will_need_a_person() {
    serve_login --set oauth.oura.access-life=3600
    login_conf
    log_in
    sed "s/^ *\"login_at\"/\"refresh_expires_at\": $((now + 6 * 86400)), &/" \
        tokens.json >new.json
    cp new.json tokens.json
    run 0 fetch
    said 1 'oura: the login ends on 2026-06-03 .*wearchive auth oura$'
    fetch
    later 1
    run 0 fetch
    said 1 'the login ends on'
    fetch
    run 0 status --json
    equal ends 2026-06-03T20:26:40Z \
        "$(jq -r .sources.oura.login.refresh_expires_at out)"
    last='fetch'
}

t_retired_token_where_a_login_could_be_had() {
    serve_login
    login_conf "access_token = $token"
    run 0 fetch
    said 1 'retired personal access tokens'
    fetch
}

t_provider_that_can_only_log_in() {
    archives=
    serve_login
    unset OURA_PERSONAL_ACCESS_TOKEN
    {
        printf '[withings]\nclient_id = 4711\n'
        printf 'client_secret = CANARY-client-secret\n'
        printf 'auth_url = %s/auth/withings/oauth2_user/authorize2\n' "$url"
        printf 'token_url = %s/auth/withings/v2/oauth2\n' "$url"
    } | conf
    run 0 auth withings --print-url
    run 0 auth withings --callback-url "$(consent)"
    grep -q 'account of user 363' out || fail 'whose is it?'
    run 0 auth refresh withings
    equal scope 'user.info user.metrics user.activity' \
        "$(jq -r .sources.withings.scope tokens.json)"
    run 2 fetch
    said 1 'withings: this version logs in and fetches nothing yet'
    run 0 auth logout withings
    [ ! -s err ] || fail 'not silent'
    sed '$aclient_auth = signature' wearchive.conf >c
    conf <c
    run 0 auth withings --print-url
    run 0 auth withings --callback-url "$(consent)"
    run 0 auth refresh withings
    last=
}

# in_steps SOURCE: logs in, in two steps
in_steps() {
    run 0 auth "$1" --print-url
    run 0 auth "$1" --callback-url "$(consent)"
    last=
}

# login_at SOURCE AUTHORIZE TOKEN [LINE...]: the config of one source
login_at() {
    source=$1
    authorize=$2
    token_path=$3
    shift 3
    unset OURA_PERSONAL_ACCESS_TOKEN
    {
        printf '[%s]\nclient_id = 4711\n' "$source"
        printf 'client_secret = CANARY-client-secret\n'
        printf 'base_url = %s\n' "$url"
        printf 'auth_url = %s/auth/%s\n' "$url" "$authorize"
        printf 'token_url = %s/auth/%s\n' "$url" "$token_path"
        printf '%s\n' "$@"
    } | conf
}

# told PROVIDER COUNT: of the authorization server
told() {
    curl -s "$url/auth/control" | jq -r ".$1.$2"
}

t_auth_oura_at_the_server_that_knows_it() {
    archives=
    serve_login --set oauth.oura.portal=new
    login_at oura oura/oauth/authorize \
        "oura/oauth/v2/ext/oauth-token $url/auth/oura/oauth/token"
    in_steps oura
    equal where "$url/auth/oura/oauth/v2/ext/oauth-token" \
        "$(token_of token_url)"
    run 0 auth logout oura
    knob oura.portal=old
    in_steps oura
    equal where "$url/auth/oura/oauth/token" "$(token_of token_url)"
    run 0 auth refresh oura # there, and not at the other one
    equal refused 0 "$(grants 'refresh_token refused')"
    run 0 auth logout oura
    [ ! -s err ] || fail 'not silent'
    equal live 0 "$(told oura live)"
}

t_auth_whoop() {
    serve_login
    login_at whoop whoop/oauth/oauth2/auth whoop/oauth/oauth2/token \
        'start_date = 2026-05-01'
    in_steps whoop
    grep -q 'account of Synthetic User' out || fail 'whose is it?'
    [ ! -s err ] || fail 'not silent'
    fetch
    run 0 auth refresh whoop
    run 0 auth logout whoop
    [ ! -s err ] || fail 'not silent'
    equal live 0 "$(told whoop live)"
    run 4 fetch
}

t_auth_asks_for_what_the_config_has_not() {
    archives=
    serve_login --set oauth.eightsleep.user=a@example.com \
        --set oauth.eightsleep.password=CANARY-pass
    unset OURA_PERSONAL_ACCESS_TOKEN
    printf '[eightsleep]\ntoken_url = %s/auth/eightsleep/v1/tokens\n' "$url" |
        conf
    printf 'a@example.com\nCANARY-pass\n' |
        "$BUILD/$program" auth eightsleep >out 2>err || fail "exit code $?"
    cat out err >>said
    grep -q 'CANARY-pass' tokens.json && fail 'the password is kept'
    run 0 auth refresh eightsleep
    run 2 auth eightsleep </dev/null
    said 2 'eightsleep: no email'
    last=
}

t_auth_without_a_config() {
    serve_login
    unset OURA_PERSONAL_ACCESS_TOKEN
    export OURA_CLIENT_ID=4711 OURA_CLIENT_SECRET=CANARY-client-secret \
        OURA_AUTH_URL="$url/auth/oura/oauth/authorize" \
        OURA_TOKEN_URL="$url/auth/oura/oauth/token"
    in_steps oura
    equal mode 700 "$(stat -c %a home/.config/wearchive)"
    [ -s home/.config/wearchive/tokens.json ] || fail 'no store'
    fetch sleep
    [ ! -e wearchive.conf ] || fail 'a config was made'
}

t_auth_of_two_accounts_at_one_provider() {
    serve_login
    login_conf '[anna]' 'provider = oura' 'client_id = 4711' \
        "auth_url = $url/auth/oura/oauth/authorize" "base_url = $url" \
        "token_url = $url/auth/oura/oauth/token" 'categories = sleep'
    export ANNA_CLIENT_SECRET=CANARY-client-secret
    in_steps oura
    in_steps anna
    grep -q 'for \[anna\]' out || fail 'which one?'
    run 0 fetch
    run 0 auth logout oura
    run 4 fetch
    said 2 'oura: no access token and no login'
    run 0 auth status --json
    equal kinds 'none oauth' \
        "$(jq -r '.sources | .oura.kind + " " + .anna.kind' out)"
}

t_auth_of_what_is_not_there() {
    archives=
    serve_login
    login_conf
    run 2 auth
    run 2 auth our
    said 1 'did you mean oura'
    run 2 auth refresh
    run 2 auth oura anna
    run 2 auth oura --json
    run 2 auth status --no-browser
    run 2 auth oura --no-browser --print-url
    run 4 auth refresh oura
    said 2 'no login in'
    run 4 auth export oura
    run 0 auth logout oura
    last=
}
