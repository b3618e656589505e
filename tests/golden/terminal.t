# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # sed's; variables of lib.sh
# What a person at a terminal sees and types, and a browser that comes back.
. "$HERE/login.sh"
. "$HERE/desktop.sh"

# typed CODE [WAIT_FOR TYPE]... -- ARG...: runs wearchive on a terminal
typed() {
    want=$1
    shift
    for word; do # the program goes behind the dashes
        shift
        set -- "$@" "$word"
        [ "$word" = -- ] && set -- "$@" "$BUILD/$program"
    done
    python3 -I -S "$HERE/terminal.py" "$@" >out 2>err
    equal 'exit code' "$want" "$?"
}

# What a person does with the address that was printed, and then types.
back='!grep -o "http[^ ]*/auth/[^ ]*" | xargs curl -s -o /dev/null'
back="$back -w %{redirect_url}"

t_terminal_url_is_pasted() {
    serve_logins
    typed 0 '> ' "$back" -- auth oura --no-browser
    grep -q '^logged in to Oura Ring' out || fail 'does not say so'
    fetch
    counted exchanges 1
}

t_terminal_code_alone_is_pasted() {
    serve_logins
    typed 0 '> ' "$back | sed 's/.*code=//; s/&.*//'" -- \
        auth oura --no-browser
    fetch
    counted exchanges 1
}

t_terminal_url_is_pasted_with_what_is_around_it() {
    serve_logins
    typed 0 '> ' "$back | sed \"s/.*/ '&' /\"" -- auth oura --no-browser
    typed 0 '> ' "$back | sed 's/.*code=/\"/; s/&.*/\"/'" -- \
        auth oura --no-browser
    counted exchanges 2
    run 0 auth oura --print-url
    back=$(agree "$(authorize_url)")
    run 0 auth oura --callback-url " \"$back\"
"
    counted exchanges 3
    fetch
}

t_terminal_url_of_another_login_is_refused() {
    serve_logins
    typed 4 '> ' "$back | sed 's/state=./&x/'" -- \
        auth oura --no-browser
    grep -q 'what came back is not of this login' out || fail 'does not say so'
    typed 4 '> ' "$back | sed 's/&state=[^&]*//'" -- \
        auth oura --no-browser
    grep -q 'what came back is not of this login' out || fail 'does not say so'
    counted exchanges 0
    [ ! -e tokens.json ] || fail 'stored something'
}

t_terminal_refusal_is_told() {
    serve_logins --set oauth.consent=deny
    typed 4 '> ' "$back" -- auth oura --no-browser
    grep -q 'the provider refused: access_denied' out || fail 'does not say so'
}

t_terminal_is_left_by_keys_and_time() {
    serve_logins
    typed 130 '> ' '\x03' -- auth oura --no-browser
    typed 4 '> ' '\x04' -- auth oura --no-browser
    grep -q 'nothing was pasted' out || fail 'does not say so'
    typed 4 '> ' '\r' -- auth oura --no-browser
    typed 4 -- auth oura --no-browser --timeout 1
    grep -q 'within 1 s' out || fail 'does not say so'
    counted token_requests 0
}

t_terminal_shows_no_key() {
    serve_logins
    printf '[hevy]\nbase_url = %s\n' "$url" | conf
    typed 130 'show): ' '\x03' -- auth hevy
    typed 4 'show): ' '\r' -- auth hevy
    typed 4 'show): ' 'CANARY-wrong-key\r' -- auth hevy
    typed 0 'show): ' "$token\\r" -- auth hevy
    cat out >>said
    rm tokens.json
    printf '%s\n' "$token" | "$BUILD/$program" auth hevy >out 2>err ||
        fail 'not from stdin'
    equal key "$token" "$(jq -r .sources.hevy.access_token tokens.json)"
}

# --- a browser of this machine -----------------------------------------------

t_browser_comes_back() {
    serve_logins
    listens localhost
    desktop 'curl -sL -o page "$1"; : >over'
    run 0 auth oura --listen-port 0
    grep -q '^logged in to Oura Ring' out || fail 'does not say so'
    wait_for over
    grep -q 'may be closed' page || fail 'no page'
    cat page >>said
    fetch
    counted exchanges 1
}

t_browser_that_refuses_is_told() {
    serve_logins --set oauth.consent=deny
    listens localhost
    desktop 'curl -sL -o page "$1"; : >over'
    run 4 auth oura --listen-port 0
    said 1 'the provider refused: access_denied'
    wait_for over
    grep -q 'access_denied' page || fail 'no page'
}

t_browser_is_not_disturbed() {
    serve_logins
    listens localhost
    desktop 'back=$(curl -s -o /dev/null -w "%{redirect_url}" "$1")
        at=${back%%\?*}
        curl -s "$at" "$at?code=CANARY-forged" "${at%/*}/favicon.ico" >page
        curl -sI "$at" >head
        curl -s "$at?code=CANARY-forged&state=CANARY-forged" >>page
        curl -s "$back" >>page
        : >over'
    run 0 auth oura --listen-port 0
    wait_for over
    cat page head >>said
    counted exchanges 1
    counted refused 0
}

t_browser_that_never_comes_is_waited_for_in_vain() {
    serve_logins
    listens localhost
    desktop 'exit 1'
    run 4 auth oura --listen-port 0 --timeout 1
    said 2 'no answer came to http://localhost:[0-9]*/callback within 1 s'
    [ ! -e tokens.json ] || fail 'stored something'
}

t_browser_needs_a_free_port() {
    serve_logins
    listens localhost
    desktop 'exit 1'
    port=${url##*:}
    run 1 auth oura --listen-port "$port"
    said 2 "localhost port $port: Address already in use"
    sed -i 's|^redirect_uri.*|redirect_uri = https://example.org/back|' \
        wearchive.conf
    run 2 auth oura
    said 2 'redirect URI https://example.org/back'
    said 2 '^hint: .*--no-browser'
}
