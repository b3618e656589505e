# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Renewals that fail for a while: what that ends, and how long it takes.
. "$HERE/login.sh"

# A renewal is due, and the token lasts for another 200 s.
due() { pass $((86400 - 200)); }

# fail_renewal HOW: for good
fail_renewal() { knob "oura.fail=$1:0:refresh_token"; }

# used_on PATTERN: the run says one line, and goes well
used_on() {
    run 0 fetch
    said 1 "^wearchive: oura: .*$1; the token there is lasts until 2026-0"
}

t_token_is_used_while_it_lasts() {
    serve_logins
    log_in oura
    due
    for busy in 503 html-503 unheard 429-long html error; do
        fail_renewal "$busy"
        used_on 'renewing the login: .*'
    done
    [ -s data/oura/daily_activity.csv ] || fail 'nothing is stored'
    counted refreshes 0
    knob oura.fail=none
    fetch
    counted refreshes 1
    counted families_killed 0
}

t_token_is_used_while_its_server_is_gone() {
    serve_logins
    log_in oura
    due
    cp wearchive.conf kept
    sed -i 's,^token_url.*,token_url = http://127.0.0.1:9/token,' wearchive.conf
    used_on 'gave up after 5 tries.'
    pass 200
    run 5 fetch
    said 1 'oura: renewing the login: .*gave up after 5 tries'
    mv kept wearchive.conf
    fetch
    counted refreshes 1
}

# The server takes the old token no more: then it is what is wrong.
t_token_that_is_refused_is_not_used_on() {
    serve_logins
    log_in oura
    due
    fail_renewal 503
    knob oura.expire=1
    run 5 fetch -c "$few,workout,daily_sleep"
    grep -q 'HTTP 503' err || fail 'does not say why'
    equal tries 6 "$(grep -c 'POST /auth/oura/oauth/token' req)" # and the login
    knob oura.fail=none
    fetch
    counted refreshes 1
}

t_login_that_is_dead_is_exit_4_while_the_token_lasts() {
    serve_logins
    log_in oura
    due
    fail_renewal refuse
    run 4 fetch
    said 2 'oura: renewing the login: .*invalid_grant'
    last=
}

# Others wait for ten minutes until they may renew, and a run that need not
# wait does not.
t_renewal_ends_before_others_give_up() {
    serve_logins
    log_in oura
    pass 86400
    fail_renewal 429-100
    run 5 fetch
    said 1 'renewing the login: .*HTTP 429: asked to wait 100 s; run again after'
    equal waits '100000
100000' "$(cat waits)"
    knob oura.fail=none
    fetch
    due
    fail_renewal 429-100
    used_on 'HTTP 429: asked to wait 100 s; run again after .*'
    [ ! -s waits ] || fail 'waited'
}

# hold_store: by another process, until let_store
hold_store() {
    mkfifo ready
    python3 -c '
import fcntl, time
with open("tokens.json.lock", "w") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    open("ready", "w").write("now\n")
    time.sleep(60)
' &
    holder=$!
    read -r _ <ready
}

let_store() {
    kill "$holder"
    wait "$holder"
    rm ready
}

# What the next run can do as well is not waited for.
t_pair_before_is_forgotten_when_there_is_time() {
    serve_logins
    log_in oura
    fetch
    run 0 auth refresh oura
    hold_store
    fetch
    waited=$(awk '{ ms += $1 } END { print ms + 0 }' waits)
    [ "$waited" -le 3000 ] || fail "waited for $waited ms"
    equal before string "$(login '.previous_refresh_token | type')"
    let_store
    fetch
    equal before null "$(login '.previous_refresh_token | type')"
    counted families_killed 0
}

t_renewal_while_another_process_is_at_it() {
    serve_logins
    log_in oura
    fetch
    hold_store
    due
    used_on 'the token store: .*'
    pass 200
    run 7 fetch
    said 1 'oura: the token store: '
    let_store
    fetch
    counted refreshes 1
}
