# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Logins where something is not as usual.
. "$HERE/login.sh"

# key TEXT CODE: gives Hevy's key
key() {
    printf '%s\n' "$1" | "$BUILD/$program" auth hevy >out 2>err
    equal 'exit code' "$2" $?
    cat out err >>said
}

t_key_that_is_refused_is_not_kept() {
    serve_logins
    printf '[hevy]\nbase_url = %s\n' "$url" | conf
    archives=
    key CANARY-other 4
    said 2 'hevy: the key was refused: GET /v1/user/info: HTTP 401'
    [ -e tokens.json ] && fail 'it is kept'
    key "$token" 0
    key CANARY-other 4
    equal kept "$token" "$(jq -r .sources.hevy.access_token tokens.json)"
    last=
}

t_login_outlives_its_section() {
    serve_logins
    sed 's/^\[oura\]/[anna]\nprovider = oura/' wearchive.conf >more
    cp wearchive.conf kept
    cat more >>wearchive.conf
    log_in anna
    mv kept wearchive.conf
    run 0 auth status
    said 1 'anna: a login of a source that is not in the config'
    run 0 auth logout anna
    said 1 'anna: not in the config: its login is forgotten here'
    grep -q CANARY tokens.json && fail 'a token is left'
    run 2 auth logout anna
    archives=
    last=
}

t_command_for_a_secret_that_fails() {
    serve_logins
    log_in oura
    fetch
    sed -i 's/^client_secret.*/client_secret_command = false/' wearchive.conf
    pass 86400
    run 4 fetch
    said 2 'oura: renewing the login: .*client_secret_command: false: exit status 1'
    grep -q '^hint: run it yourself' err || fail 'no hint'
    counted refreshes 0
    archives=data
    last=
}

t_timeout_of_the_config_counts_for_tokens() {
    serve_logins
    log_in oura
    fetch
    sed -i '1i [archive]\ntimeout = 1' wearchive.conf
    pass 86400
    knob oura.slow=1500
    run 5 fetch
    said 1 'oura: renewing the login: .*timed out after 1'
    archives=data
    last=
}

# The token of the config comes before the login that is there.
t_retired_token_before_a_login_is_told() {
    serve_logins
    log_in oura
    fetch
    sed -i "s/^client_id.*/access_token = $token/; /^client_secret/d" \
        wearchive.conf
    run 0 fetch
    said 1 'retired personal access tokens, and one is in use: wearchive auth oura'
    fetch
    pass 85000
    run 0 fetch
    said 1 'retired personal access tokens'
    last=
}

# Cron hears nothing as long as it works; a person does, once a day.
t_retired_token_is_told_at_a_terminal() {
    serve_logins
    conf <<END
[oura]
base_url = $url
access_token = $token
categories = daily_activity
END
    fetch
    [ ! -e tokens.json ] || fail 'a token store was made'
    for wanted in 1 0; do
        python3 -I -S "$HERE/terminal.py" -- "$BUILD/$program" fetch >out 2>err ||
            fail "exit code $?"
        equal told "$wanted" "$(grep -c 'retired personal access tokens' out)"
    done
    last=
}

t_token_that_is_a_plain_word_is_not_repeated() {
    serve_logins --set oauth.quotes=1
    log_in oura
    sed -i 's/"refresh_token": "[^"]*"/"refresh_token": "CANARYplain"/' tokens.json
    run 4 auth refresh oura -vv
    said 3 'renewing the login: .*invalid_grant \(.*\.\.\.'
    archives=
    last=
}

t_retired_token_that_is_refused_says_what_to_do() {
    serve_logins
    export OURA_BASE_URL="$url" OURA_PERSONAL_ACCESS_TOKEN=CANARY-dead
    run 4 fetch -c daily_activity
    said 3 'retired personal access tokens, and one is in use'
    said 3 '^hint: Oura has retired .*: wearchive auth oura, and take the token out'
    archives=
}

t_import_of_what_is_no_token() {
    serve_logins
    for text in '<html>CANARY</html>' '<a>' 'two words' '' '{"a":1}'; do
        printf '%s\n' "$text" | "$BUILD/$program" auth import oura >out 2>err
        equal "exit code of $text" 2 "$?"
        cat out err >>said
        [ ! -e tokens.json ] || fail "$text: it is kept"
    done
    archives=
}
