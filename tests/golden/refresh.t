# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Logins that are kept alive: when they are renewed, and what of it is kept.
. "$HERE/login.sh"

t_login_lasts_by_one_refresh_per_life() {
    serve_logins
    log_in oura
    fetch
    fetch
    counted refreshes 0
    for i in 1 2 3; do
        pass 86400
        fetch
        fetch
        counted refreshes "$i"
    done
    counted families_killed 0
}

t_refresh_comes_before_the_end() {
    serve_logins
    log_in oura
    pass $((86400 - 400))
    fetch
    counted refreshes 0
    pass 200
    fetch
    counted refreshes 1
    counted data_refused 0
}

t_token_that_ends_in_the_middle_is_renewed_once() {
    serve_logins
    log_in oura
    many="$few,workout,daily_sleep,daily_readiness,session"
    for n in 1 2 5 9 14; do
        rm -rf data
        before=$(count refreshes)
        knob "oura.expire-after=$n"
        fetch -c "$many"
        counted refreshes $((before + 1))
    done
    counted families_killed 0
    OURA_PERSONAL_ACCESS_TOKEN=$token OURA_BASE_URL=$url \
        "$BUILD/$program" fetch -c "$many" --output-dir want >out 2>err ||
        fail 'undisturbed run'
    diff -r -x .wearchive -x state.json data want || fail 'rows are missing'
    archives='data want'
}

# The clock moves by the waits alone; the servers' does not.
t_token_that_ends_in_a_wait_is_renewed_first() {
    serve_logins --scenario 429:sleep:4 --set oauth.access-life=12
    log_in oura
    fetch -c sleep,daily_activity
    [ "$(count refreshes)" -ge 1 ] || fail 'not renewed'
    counted data_refused 0
    counted families_killed 0
}

t_missing_scope_is_no_reason_to_renew() {
    serve_logins
    run 0 auth oura --print-url
    back=$(agree "$(authorize_url | sed 's/scope=[^&]*/scope=daily/')")
    run 0 auth oura --callback-url "$back"
    run 0 fetch -c daily_activity,workout
    said 2 "oura/workout.*scope"
    counted refreshes 0
    last=
}

t_scopes_that_were_unticked_are_named() {
    serve_logins --set oauth.consent=page
    run 0 auth oura --print-url
    asked=$(authorize_url)
    back=$(curl -s "${asked%%\?*}" -o page -w '%{redirect_url}' \
        -d "${asked#*\?}" -d granted=daily -d decision=allow)
    run 0 auth oura --callback-url "$back"
    run 0 auth status
    grep -q heartrate out || fail 'does not name what is missing'
    last=
}

# --- answers that are none --------------------------------------------------

# bad_answer CODE FAILURE [TIMES]: a renewal that goes wrong changes nothing
bad_answer() {
    cp tokens.json kept
    pass 86400
    knob "oura.fail=$2:${3:-0}:refresh_token"
    run "$1" fetch
    cmp kept tokens.json || fail "$2: the token store has changed"
    grep -q '^wearchive: oura: renewing the login: ' err || fail "$2: no word"
    rm kept
    knob oura.fail=none
}

t_answers_without_a_token_are_not_kept() {
    serve_logins
    log_in oura
    for bad in html no-access null-access empty-access number-access array \
        empty; do
        bad_answer 5 "$bad"
        fetch
    done
    bad_answer 1 redirect
    fetch
    bad_answer 5 error
    fetch
    counted families_killed 0
}

t_tokens_may_be_long() {
    serve_logins --set oauth.pad=6000
    log_in oura
    pass 86400
    fetch
    equal length 6 "$(login .access_token | wc -c | cut -c1)"
    counted refreshes 1
}

t_answers_without_all_fields() {
    serve_logins
    log_in oura
    for bad in no-expires no-refresh; do
        pass 86400
        knob "oura.fail=$bad"
        fetch
        pass 86400
        fetch
    done
    counted refreshes 4
    counted families_killed 0
}

# --- servers that are busy, or not there ------------------------------------

t_busy_token_server_is_asked_again() {
    serve_logins
    log_in oura
    for busy in 429 503 500 html-503 unheard 204; do
        pass 86400
        knob "oura.fail=$busy:2"
        fetch
        [ -s waits ] || fail "$busy: no wait"
    done
    counted refreshes 6
    counted families_killed 0
}

t_retry_after_of_a_token_server_is_waited_for() {
    serve_logins
    log_in oura
    pass 86400
    knob oura.fail=503
    fetch
    equal waits 3000 "$(cat waits)"
}

t_token_server_that_stays_busy_is_exit_5() {
    serve_logins
    log_in oura
    for busy in 503 html-503 unheard 429-long; do
        bad_answer 5 "$busy"
        [ "$(wc -l <err)" -le 2 ] || fail "$busy: too many lines"
        fetch
    done
    counted families_killed 0
}

t_slow_token_server_is_waited_for() {
    serve_logins --set oauth.slow=1500
    real_clock
    log_in oura
    run 0 auth refresh oura
    counted refreshes 1
    last=
}

# --- answers that are lost --------------------------------------------------

# The server has done it, the answer did not come: the same token once more.
t_lost_answer_is_asked_for_again_where_there_is_grace() {
    serve_logins --set oauth.grace=60
    log_in oura
    for how in lost cut short; do
        pass 86400
        knob "oura.fail=$how"
        fetch
    done
    counted families_killed 0
}

t_lost_answer_without_grace_is_exit_4() {
    serve_logins
    for how in lost cut; do
        log_in oura
        pass 86400
        knob "oura.fail=$how"
        run 4 fetch
        said 2 '^wearchive: oura: renewing the login: .*invalid_grant'
        said 2 '^hint: log in again: wearchive auth oura'
        run 4 fetch
        run 0 auth status
    done
    counted families_killed 2
    log_in oura
    fetch
}

# --- stopped in the middle ----------------------------------------------------

refreshed_since() { [ "$(count refreshes)" -gt "$1" ]; }

# What the server has spent must be kept, and it is only a moment.
t_sigterm_in_a_refresh_keeps_the_new_pair() {
    real_clock
    serve_logins
    log_in oura
    for signal in TERM INT; do
        knob oura.slow=3000
        knob oura.expire=1
        refreshes=$(count refreshes)
        "$BUILD/$program" fetch >out 2>err &
        others=$!
        await refreshed_since "$refreshes"
        kill -$signal "$others"
        wait "$others"
        code=$?
        case $code in 143 | 130) ;; *) fail "exit code $code" ;; esac
        others=
        knob oura.slow=0
        run 0 auth refresh oura
    done
    counted families_killed 0
    archives=
    last=
}

t_max_time_in_a_refresh_keeps_the_new_pair() {
    real_clock
    serve_logins
    log_in oura
    knob oura.slow=1500
    knob oura.expire=1
    run 5 fetch --max-time 1s
    knob oura.slow=0
    run 0 auth refresh oura
    counted families_killed 0
    archives=
    last=
}
