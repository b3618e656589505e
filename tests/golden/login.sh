# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# What scenarios with logins need: the sandbox's authorization servers. Read
# at the head of a file of scenarios.

# serve_logins OPTION...: the sandbox, with a clock that pass() moves, and a
# configuration that leads there; the person agrees to all
serve_logins() {
    : >still
    serve --waits still --set oauth.consent=allow --set oauth.log=grants "$@"
    unset OURA_PERSONAL_ACCESS_TOKEN OURA_BASE_URL
    conf <<END
[oura]
base_url = $url
auth_url = $url/auth/oura/oauth/authorize
token_url = $url/auth/oura/oauth/token
revoke_url = $url/auth/oura/oauth/revoke
client_id = 4711
client_secret = CANARY-client-secret
categories = daily_activity
END
}

# knob KNOB=VALUE of the servers, see `sandbox --help`
knob() {
    curl -sf -X POST "$url/sandbox/set?oauth.$1" -o /dev/null || fail "knob $1"
}

# count NAME [PROVIDER]: what the servers have done so far
count() { curl -sf "$url/auth/control" | jq -r ".${2:-oura}.$1"; }

# counted NAME N
counted() { equal "$1" "$2" "$(count "$1")"; }

# pass SECONDS: time goes by on both sides
pass() {
    now=$((now + $1))
    export WEARCHIVE_NOW=$now
    knob "clock=$1"
}

# agree URL: where the browser of a person who agrees is sent
agree() { curl -s -o /dev/null -w '%{redirect_url}' "$1"; }

# The address that the program printed for the browser.
authorize_url() { grep -o 'http[^ ]*/auth/[^ ]*' out | head -n 1; }

# log_in SOURCE: in two steps, without a terminal
log_in() {
    run 0 auth "$1" --print-url
    back=$(agree "$(authorize_url)")
    run 0 auth "$1" --callback-url "$back"
    last=
}

# login FILTER: of the token store, of oura
login() { jq -r ".sources.oura$1" "${store:-tokens.json}"; }
