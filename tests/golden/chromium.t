# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # variables of lib.sh
# A real browser on the way from the consent page back to us: Chromium, with
# somebody who presses the buttons. `make test-browser`.
. "$HERE/login.sh"
. "$HERE/desktop.sh"

# person BUTTON [CHECKBOX...]: unticks these, presses that
person() {
    is_there chromium Chromium
    desktop "python3 -I -S \"\$HERE/chromium.py\" profile \"\$1\" $*" \
        '>seen 2>&1; : >over'
    serve_logins --set oauth.consent=page
    listens "${at:-localhost}"
}

# saw HEADING TEXT: on the last page, and the browser had nothing to complain of
saw() {
    wait_for over
    equal 'what was seen' "$(printf '%s\n' "$1" "$2")" "$(sed 1d seen)"
    sed -n 1p seen | grep -Eq "^http://${at:-localhost}:[0-9]+/callback\$" ||
        fail "at another address: $(sed -n 1p seen)"
    cat seen >>said
}

t_chromium_allows() {
    person allow
    run 0 auth oura --listen-port 0 --timeout 90
    grep -q '^logged in to Oura Ring' out || fail 'does not say so'
    saw 'wearchive has the answer' \
        'This page may be closed. The terminal says how it went on.'
    fetch
    counted exchanges 1
}

t_chromium_allows_at_127_0_0_1() {
    at=127.0.0.1
    person allow
    run 0 auth oura --listen-port 0 --timeout 90
    saw 'wearchive has the answer' \
        'This page may be closed. The terminal says how it went on.'
    fetch
}

t_chromium_denies() {
    person deny
    run 4 auth oura --listen-port 0 --timeout 90
    said 1 'the provider refused: access_denied'
    wait_for over
    sed -n 2p seen | grep -qx 'No login' || fail 'another page'
    sed -n 3p seen | grep -q '^The provider says: access_denied' ||
        fail 'does not say why'
    equal 'lines of the browser' 3 "$(wc -l <seen)"
    [ ! -e tokens.json ] || fail 'stored something'
}

t_chromium_allows_a_part() {
    person allow scope-3 scope-4
    run 0 auth oura --listen-port 0 --timeout 90
    said 1 'not allowed: heartrate workout;'
    saw 'wearchive has the answer' \
        'This page may be closed. The terminal says how it went on.'
}

# way SOURCE AUTHORIZE TOKEN: there and back at another provider
way() {
    base=$url/auth/$1
    {
        printf '[%s]\nbase_url = %s\nclient_id = 4711\n' "$1" "$url"
        printf 'client_secret = CANARY-client-secret\n'
        printf 'auth_url = %s\ntoken_url = %s\n' "$base/$2" "$base/$3"
    } | conf
    listens localhost
    rm -f over
    run 0 auth "$1" --listen-port 0 --timeout 90
    saw 'wearchive has the answer' \
        'This page may be closed. The terminal says how it went on.'
    equal "exchanges at $1" 1 "$(count exchanges "$1")"
}

t_chromium_allows_at_each_provider() {
    person allow
    way whoop oauth/oauth2/auth oauth/oauth2/token
    way strava oauth/authorize oauth/token
    way withings oauth2_user/authorize2 v2/oauth2
    way googlehealth o/oauth2/v2/auth token
    last=
}
