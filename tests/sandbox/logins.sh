# shellcheck shell=sh disable=SC2154 # variables of selftest.sh
# Checks the authorization servers of the sandbox; a part of selftest.sh.

state=12345678
back=http://localhost:8080/callback
verifier=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz
challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary |
    openssl base64 | tr '+/' '-_' | tr -d '=\n')

# auth OPTION...: a fresh sandbox, whose clock moves only when told; sets at,
# without a slash behind it
auth() {
    : >"$dir/waits"
    start --waits "$dir/waits" --set oauth.consent=allow "$@"
    at=${url%/any/prefix/*}
}

knob() { curl -s -X POST "$at/sandbox/set?oauth.$1" -o /dev/null; }

# visit PROVIDER/PATH SCOPE [OPTION...]: where the browser is sent
visit() {
    path=$1
    scope=$2
    shift 2
    curl -s -G -o "$dir/page" -w '%{redirect_url}' "$at/auth/$path" \
        -d response_type=code -d client_id=4711 -d "state=$state" \
        --data-urlencode "redirect_uri=$back" \
        --data-urlencode "scope=$scope" "$@"
}

# part NAME: of the query of the URL on stdin, decoded
part() {
    # shellcheck disable=SC2020 # each of them
    tr '?&' '\n\n' | sed -n "s/^$1=//p" | sed 's/+/ /g; s/%/\\x/g' |
        xargs -0 printf %b
}

# post PROVIDER/PATH [OPTION...]: a POST with the client in the body
post() {
    path=$1
    shift
    curl -s "$at/auth/$path" -d client_id=4711 \
        -d client_secret=CANARY-client-secret "$@"
}

# code PROVIDER/PATH CODE [OPTION...]: exchanges it
code() {
    path=$1
    text=$2
    shift 2
    post "$path" -d grant_type=authorization_code \
        --data-urlencode "redirect_uri=$back" --data-urlencode "code=$text" "$@"
}

# renew PROVIDER/PATH TOKEN [OPTION...]
renew() {
    path=$1
    text=$2
    shift 2
    post "$path" -d grant_type=refresh_token \
        --data-urlencode "refresh_token=$text" "$@"
}

member() { jq -r ".$1 | tostring" "${2:-$dir/pair}"; }
count() { curl -s "$at/auth/control" | jq -r ".$1.$2"; }
# http PROVIDER ACCESS: of a request for data
http() {
    curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $2" \
        "$at/v2/usercollection/sleep"
}

# log_in PROVIDER AUTHORIZE TOKEN SCOPE: sets $dir/pair, access and refresh
log_in() {
    got=$(visit "$1/$2" "$4" | part code)
    code "$1/$3" "$got" >"$dir/pair"
    access=$(member access_token)
    refresh=$(member refresh_token)
}

# --- Oura: two servers, rotation, reuse ------------------------------------

auth --set oauth.oura.access-life=100 --set "oauth.log=$dir/grants"
old=oura/oauth
new=oura/oauth/v2/ext
got=$(visit $old/authorize 'daily heartrate nonsense')
check 'callback: state' 12345678 "$(echo "$got" | part state)"
check 'callback: scopes that are known' 'daily heartrate' \
    "$(echo "$got" | part scope)"
check 'callback: path' $back "${got%%\?*}"
text=$(echo "$got" | part code)
check 'a field twice' invalid_request \
    "$(code $old/token "$text" -d redirect_uri=x | jq -r .error)"
code $old/token "$text" >"$dir/pair"
check 'exchange' 'bearer 100 daily heartrate' \
    "$(jq -r '[.token_type, .expires_in, .scope] | join(" ")' "$dir/pair")"
first=$(member refresh_token)
check 'data' 200 "$(http oura "$(member access_token)")"
check 'data: scope' 'Token is not authorized access workout scope.' \
    "$(curl -s -H "Authorization: Bearer $(member access_token)" \
        "$at/v2/usercollection/workout" | jq -r .detail)"
renew $old/token "$first" >"$dir/pair2"
check 'a renewal has no scope' null "$(member scope "$dir/pair2")"
check 'rotation' 1 "$([ "$first" != "$(member refresh_token "$dir/pair2")" ] &&
    echo 1)"
knob clock=101
check 'data: expired' 401 "$(http oura "$(member access_token)")"
check 'spent twice' invalid_grant "$(renew $old/token "$first" | jq -r .error)"
check 'which kills the family' invalid_grant \
    "$(renew $old/token "$(member refresh_token "$dir/pair2")" | jq -r .error)"
check 'and is counted' '1 1 0' "$(count oura families_killed \
    ) $(count oura refreshes_spent_again) $(count oura live)"
check 'no secret in the log' 0 "$(grep -c CANARY "$dir/grants")"
check 'log' 'oura refresh_token ok f1g2' "$(sed -n 4p "$dir/grants")"

log_in oura oauth/authorize oauth/token daily
code $old/token "$got" >"$dir/again"
check 'code spent twice' invalid_grant "$(member error "$dir/again")"
check 'which kills what came of it' invalid_grant \
    "$(renew $old/token "$refresh" | jq -r .error)"
got=$(visit $old/authorize daily | part code)
check 'other redirect_uri' redirect_uri_mismatch \
    "$(post $old/token -d grant_type=authorization_code -d "code=$got" \
        -d "redirect_uri=$back/" | jq -r .error)"
knob oura.code-life=30
got=$(visit $old/authorize daily | part code)
knob clock=31
check 'code too old' invalid_grant "$(code $old/token "$got" | jq -r .error)"
check 'wrong client, old server' 'Invalid client_id.' \
    "$(curl -s "$at/auth/$old/token" -d client_id=x -d client_secret=y \
        -d grant_type=refresh_token -d refresh_token=z |
        jq -r .error_description)"
log_in oura oauth/authorize oauth/token daily
check 'client by Basic' bearer "$(curl -s "$at/auth/$old/token" \
    -u 4711:CANARY-client-secret -d grant_type=refresh_token \
    -d "refresh_token=$refresh" | jq -r .token_type)"
check 'client in two ways' invalid_request "$(curl -s "$at/auth/$old/token" \
    -u 4711:CANARY-client-secret -d client_id=4711 \
    -d client_secret=CANARY-client-secret -d grant_type=refresh_token \
    -d "refresh_token=$refresh" | jq -r .error)"
check 'secrets in the query' invalid_request \
    "$(post "$old/token?grant_type=refresh_token" -d refresh_token=x |
        jq -r .error)"

knob oura.portal=new
got=$(visit $new/oauth-authorize 'extapi:daily extapi:spo2 sleep')
check 'new server: scopes' 'extapi:daily extapi:spo2' \
    "$(echo "$got" | part scope)"
check 'new server: iss' https://moi.ouraring.com/ \
    "$(echo "$got" | part iss | cut -c1-25)"
got=$(echo "$got" | part code)
check 'old server: new client' invalid_client \
    "$(code $old/token "$got" | jq -r .error)"
code $new/oauth-token "$got" >"$dir/pair"
check 'new server' 'extapi:daily extapi:spo2' "$(member scope)"
check 'old server: renewal of a new client' invalid_request \
    "$(renew $old/token "$(member refresh_token)" | jq -r .error)"
renew $new/oauth-token "$(member refresh_token)" >"$dir/pair"
access=$(member access_token)
check 'data: new client' 200 "$(http oura "$access")"
check 'revoke, new server' 200 "$(post $new/oauth-revoke -d "token=$access" \
    -o /dev/null -w '%{http_code}')"
check 'data: revoked' 401 "$(http oura "$access")"
knob oura.portal=both
log_in oura oauth/authorize oauth/token daily
check 'revoke, old server' '200 401' "$(for _ in 1 2; do
    curl -s -X POST -o /dev/null -w '%{http_code} ' \
        "$at/auth/$old/revoke?access_token=$access"
done | sed 's/ $//')"

# --- the consent page -------------------------------------------------------

knob consent=page
visit $old/authorize 'daily "<workout' -d code_challenge="$challenge" \
    -d code_challenge_method=S256 >/dev/null
check 'page' 1 "$(grep -c 'id="allow"' "$dir/page")"
check 'page: escaped' 0 "$(grep -c '<workout' "$dir/page")"
press() {
    curl -s -o /dev/null -w '%{redirect_url}' "$at/auth/$old/authorize" \
        -d response_type=code -d client_id=4711 -d state=s \
        --data-urlencode "redirect_uri=$back" -d scope='daily workout' \
        -d code_challenge="$challenge" -d code_challenge_method=S256 "$@"
}
check 'page: denied' access_denied "$(press -d decision=deny -d granted=daily |
    part error)"
got=$(press -d decision=allow -d granted=daily -d granted=personal)
check 'page: unticked' daily "$(echo "$got" | part scope)"
got=$(echo "$got" | part code)
check 'PKCE: wrong' invalid_grant "$(code $old/token "$got" \
    -d "code_verifier=x$verifier" | jq -r .error)"
got=$(press -d decision=allow -d granted=daily | part code)
check 'PKCE: none' invalid_grant "$(code $old/token "$got" | jq -r .error)"
got=$(press -d decision=allow -d granted=daily | part code)
check 'PKCE: right' bearer "$(code $old/token "$got" \
    -d "code_verifier=$verifier" | jq -r .token_type)"
check 'no client' 'invalid_client' "$(curl -s \
    "$at/auth/$old/authorize?response_type=code&client_id=x" |
    sed 's/.*"error">//; s/<.*//')"
knob consent=deny
check 'denied' access_denied "$(visit $old/authorize daily | part error)"
knob consent=allow

# --- failures on purpose ----------------------------------------------------

log_in oura oauth/authorize oauth/token daily
for kind in unheard 429 503 html html-503 error empty no-access null-access \
    empty-access number-access array refuse redirect 601; do
    knob "oura.fail=$kind:1:refresh_token"
    renew $old/token "$refresh" -o /dev/null \
        -w '%{http_code} %header{retry-after}\n' >>"$dir/kinds"
done
check 'statuses' '000 429 503 200 503 200 200 200 200 200 200 200 400 307 200' \
    "$(cut -d' ' -f1 "$dir/kinds" | tr '\n' ' ' | sed 's/ $//')"
check 'Retry-After' '2 3' "$(awk '$2 { print $2 }' "$dir/kinds" | xargs)"
knob oura.fail=no-refresh:1:refresh_token
check 'no refresh token' null \
    "$(renew $old/token "$refresh" | jq -r .refresh_token)"
knob oura.fail=no-expires:1:refresh_token:1
renew $old/token "$refresh" >"$dir/pair"
check 'skipped' 86400 "$(knob oura.access-life=86400
    renew $old/token "$(member refresh_token)" >"$dir/pair2"
    renew $old/token "$(member refresh_token "$dir/pair2")" >"$dir/pair"
    member expires_in)"
check 'no expires_in' null "$(member expires_in "$dir/pair2")"
refresh=$(member refresh_token)
knob oura.fail=lost
check 'lost' 52 "$(renew $old/token "$refresh"
    echo $?)"
check 'but done' invalid_grant "$(renew $old/token "$refresh" | jq -r .error)"
log_in oura oauth/authorize oauth/token daily
knob oura.grace=60
knob oura.fail=short
check 'short' 1 "$(renew $old/token "$refresh" | jq . 2>&1 | grep -c error)"
check 'grace' bearer "$(renew $old/token "$refresh" | jq -r .token_type)"
knob oura.expire-after=2
log_in oura oauth/authorize oauth/token daily
check 'expire-after' '200 200 401' \
    "$(http oura "$access") $(http oura "$access") $(http oura "$access")"
knob oura.quotes=1
check 'quotes' 1 "$(renew $old/token CANARY-x | grep -c 'CANARY-x')"

# --- WHOOP --------------------------------------------------------------------

auth
check 'short state' invalid_state \
    "$(state=1234567 && visit whoop/oauth/oauth2/auth offline | part error)"
log_in whoop oauth/oauth2/auth oauth/oauth2/token read:sleep
check 'not offline' null "$refresh"
log_in whoop oauth/oauth2/auth oauth/oauth2/token 'offline read:sleep'
check 'no Basic' invalid_client "$(curl -s "$at/auth/whoop/oauth/oauth2/token" \
    -u 4711:CANARY-client-secret -d grant_type=refresh_token \
    -d "refresh_token=$refresh" -d scope=offline | jq -r .error)"
renew whoop/oauth/oauth2/token "$refresh" -d scope=offline >"$dir/pair"
check 'old access token is dead' 401 "$(curl -s -X DELETE -o /dev/null \
    -w '%{http_code}' -H "Authorization: Bearer $access" \
    "$at/developer/v2/user/access")"
check 'revoke' 204 "$(curl -s -X DELETE -o /dev/null -w '%{http_code}' \
    -H "Authorization: Bearer $(member access_token)" \
    "$at/developer/v2/user/access")"
log_in whoop oauth/oauth2/auth oauth/oauth2/token offline
check 'renewal without offline' null \
    "$(renew whoop/oauth/oauth2/token "$refresh" | jq -r .refresh_token)"
check 'unknown scope' invalid_scope \
    "$(visit whoop/oauth/oauth2/auth read:x | part error)"

# --- Strava -------------------------------------------------------------------

log_in strava oauth/authorize oauth/token read,activity:read_all
check 'athlete' 9007199254740993 "$(grep -o '"id":[0-9]*' "$dir/pair" |
    cut -c6-)"
check 'expires_at' 21600 \
    "$(($(member expires_at) - $(curl -s "$at/auth/control" | jq .clock)))"
renew strava/oauth/token "$refresh" >"$dir/pair2"
check 'same pair' "$access $refresh" \
    "$(member access_token "$dir/pair2") $(member refresh_token "$dir/pair2")"
knob clock=18001
renew strava/oauth/token "$refresh" >"$dir/pair2"
check 'other pair' null "$(member athlete "$dir/pair2")"
check 'dead refresh token' RefreshToken \
    "$(renew strava/oauth/token "$refresh" | jq -r '.errors[0].resource')"
check 'revoke by body' 400 "$(post strava/oauth/revoke -d token=x -o /dev/null \
    -w '%{http_code}')"
check 'revoke by Basic' 200 "$(curl -s "$at/auth/strava/oauth/revoke" \
    -u 4711:CANARY-client-secret -d token=x -o /dev/null -w '%{http_code}')"

# --- Withings -----------------------------------------------------------------

sign() {
    printf %s "$1,4711,$2" | openssl dgst -sha256 -hmac CANARY-client-secret -r |
        cut -d' ' -f1
}
at_withings=withings/v2/oauth2
got=$(visit withings/oauth2_user/authorize2 user.info,user.metrics | part code)
code $at_withings "$got" >"$dir/pair"
check 'no action' 503 "$(member status)"
got=$(visit withings/oauth2_user/authorize2 user.info,user.metrics | part code)
code $at_withings "$got" -d action=requesttoken >"$dir/pair"
check 'nested' 'user.info,user.metrics' "$(member body.scope)"
refresh=$(member body.refresh_token)
renew $at_withings "$refresh" -d action=requesttoken >"$dir/pair2"
check 'grace of the old token' 0 \
    "$(renew $at_withings "$refresh" -d action=requesttoken | jq .status)"
knob clock=28801
check 'is over' 'Invalid Params: invalid refresh_token' \
    "$(renew $at_withings "$refresh" -d action=requesttoken | jq -r .error)"
now_there=$(curl -s "$at/auth/control" | jq .clock)
nonce=$(curl -s "$at/auth/withings/v2/signature" -d action=getnonce \
    -d client_id=4711 -d "timestamp=$now_there" \
    -d "signature=$(sign getnonce "$now_there")" | jq -r .body.nonce)
got=$(visit withings/oauth2_user/authorize2 user.info | part code)
signed() {
    curl -s "$at/auth/$at_withings" -d action=requesttoken -d client_id=4711 \
        -d grant_type=authorization_code -d "code=$got" \
        --data-urlencode "redirect_uri=$back" -d "nonce=$nonce" \
        -d "signature=$(sign requesttoken "$nonce")" | jq .status
}
check 'signed' 0 "$(signed)"
check 'nonce spent' 342 "$(signed)"
knob withings.same-args=10
check 'same arguments' '503 601' "$(for _ in 1 2; do
    renew $at_withings x -d action=requesttoken | jq .status
done | xargs)"

# --- Google, Eight Sleep, Fitbit ----------------------------------------------

scope=https://www.googleapis.com/auth/googlehealth.sleep.readonly
log_in googlehealth o/oauth2/v2/auth token "$scope"
check 'online' null "$refresh"
got=$(visit googlehealth/o/oauth2/v2/auth "$scope" -d access_type=offline |
    part code)
check 'second consent' null \
    "$(code googlehealth/token "$got" | jq -r .refresh_token)"
knob googlehealth.refresh-life=604799
got=$(visit googlehealth/o/oauth2/v2/auth "$scope" -d access_type=offline \
    -d prompt=consent | part code)
code googlehealth/token "$got" >"$dir/pair"
check 'testing' 604799 "$(member refresh_token_expires_in)"
refresh=$(member refresh_token)
check 'no rotation' 'null null' "$(for _ in 1 2; do
    renew googlehealth/token "$refresh" | jq .refresh_token
done | xargs)"
knob clock=604800
check 'testing is over' 'Token has been expired or revoked.' \
    "$(renew googlehealth/token "$refresh" | jq -r .error_description)"

eight() {
    curl -s "$at/auth/eightsleep/v1/tokens" -H 'Content-Type: application/json' \
        -d "{\"client_id\":\"x\",\"client_secret\":\"y\",$1}"
}
knob eightsleep.login-limit=2
who='"grant_type":"password","username":"sam@example.com"'
check 'wrong password' 'invalid_grant' \
    "$(eight "$who,\"password\":\"x\"" | jq -r .error)"
eight "$who,\"password\":\"CANARY-password\"" >"$dir/pair"
check 'login' 32 "$(member userId | tr -d '\n' | wc -c)"
check 'login limit' 429 \
    "$(eight "$who,\"password\":\"CANARY-password\"" | jq .status)"
check 'renewal' null "$(eight "\"grant_type\":\"refresh_token\",
    \"refresh_token\":\"$(member refresh_token)\"" | jq -r .userId)"
check 'no form' 400 "$(post eightsleep/v1/tokens -d grant_type=password |
    jq .status)"
log_in fitbit oauth2/authorize oauth2/token 'sleep heartrate'
renew fitbit/oauth2/token "$refresh" >/dev/null
check 'quoted token' 1 "$(renew fitbit/oauth2/token "$refresh" |
    grep -c "invalid: $refresh")"
"$sandbox" --set oauth.nonsense=1 2>/dev/null
check 'unknown knob' 2 $?
