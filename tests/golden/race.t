# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Many who need one login at once. Those who wait for it do so in real time,
# hence the program that is shipped.
. "$HERE/login.sh"

# together N WORD...: N runs at once, "@" in a word is the number; all must
# end well and silently
together() {
    n=$1
    shift
    children=
    for i in $(seq "$n"); do
        words=
        for word; do
            words="$words ${word%@*}"
            [ "${word%@}" = "$word" ] || words=$words$i
        done
        # shellcheck disable=SC2086 # words
        "$BUILD/$program" $words >"one.$i" 2>&1 </dev/null &
        children="$children $!"
    done
    for child in $children; do
        wait "$child" || fail "exit code $? of one of $n: $(cat one.*)"
    done
    cat one.* >>said
    [ -z "$(cat one.*)" ] || fail "one of $n says: $(cat one.*)"
}

# ended: the access token has, and the store says so
ended() {
    knob oura.expire=1
    jq '.sources.oura |= (.obtained_at -= 1e6 | .expires_at -= 1e6)' \
        tokens.json >tokens.older
    chmod 600 tokens.older
    mv tokens.older tokens.json
}

start_race() {
    real_clock
    OURA_START_DATE=$(date -u -d "@$now" +%Y-%m-%d)
    serve_logins
    log_in oura
    archives='a1 a2 a3 a4 a5 a6 a7 a8'
}

# N refreshes, and nothing that should not be
refreshed() {
    counted refreshes "$1"
    counted refreshes_spent_again 0
    counted families_killed 0
    [ "$(login .refresh_token)" != null ] || fail 'the login is gone'
}

t_8_at_once_refresh_once_in_200_rounds() {
    rounds=200
    case $BUILD in *-san) rounds=40 ;; esac # a program takes ten times as long
    start_race
    for round in $(seq "$rounds"); do
        ended
        together 8 fetch --output-dir a@
    done
    refreshed "$rounds"
    counted data_refused 0
}

t_8_at_once_after_401_refresh_once() {
    start_race
    for round in $(seq 25); do
        knob oura.expire=1
        together 8 fetch --output-dir a@
    done
    refreshed 25
}

t_8_at_once_by_command_and_by_need() {
    start_race
    for round in $(seq 10); do
        ended
        together 4 fetch --output-dir a@ &
        many=$!
        "$BUILD/$program" auth refresh oura >out.refresh 2>&1 ||
            fail "auth refresh: $(cat out.refresh)"
        wait "$many" || fail "$(cat one.*)"
    done
    counted refreshes_spent_again 0
    counted families_killed 0
}
