# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# What becomes of a login when the program, or its disk, ends in the middle.
. "$HERE/login.sh"

# steps ARG...: the calls of a run that change the disk or take a lock
steps() {
    FAULT_LIST=list "$BUILD/wearchive-fault" "$@" >out 2>err || fail "steps: $?"
    awk '$2 != "read" && $2 != "open" { print $1 }' list
}

# faulty AT HOW ARG...: sets code
faulty() {
    faulty_run "$@"
    jq -e .sources.oura.refresh_token tokens.json >/dev/null ||
        fail "at $at: the token store is damaged"
}

faulty_run() {
    FAULT_AT=$1 FAULT_HOW=$2
    export FAULT_AT FAULT_HOW
    shift 2
    "$BUILD/wearchive-fault" "$@" >out 2>err </dev/null
    code=$?
    unset FAULT_AT FAULT_HOW
    cat out err >>said
}

t_kill_9_at_every_step_of_a_refresh() {
    serve_logins
    log_in oura
    lost=0
    killed=0
    for at in $(steps auth refresh oura); do
        for how in kill-before kill-after torn; do
            faulty "$at" $how auth refresh oura
            [ "$code" -eq 137 ] && killed=$((killed + 1))
            case $code in 0 | 137) ;; *) fail "$how at $at: exit code $code" ;; esac
            find . -name 'tokens*' ! -perm 600 | grep . && fail 'others may read'
            run 0 auth status
            [ ! -e tokens.json.new ] || fail "$how at $at: left over"
            "$BUILD/$program" auth refresh oura >out 2>err
            case $? in
            0) ;;
            4)
                said 2 '^wearchive: oura: .*invalid_grant'
                lost=$((lost + 1))
                log_in oura
                ;;
            *) fail "$how at $at: $(cat err)" ;;
            esac
        done
    done
    echo "$killed kills, $lost logins lost"
    [ "$killed" -gt 8 ] || fail "only $killed kills"
    [ "$lost" -le 4 ] || fail "$lost logins lost"
    last=
}

# What was written was what the store was to be: that is made up for.
t_kill_9_before_the_new_store_has_its_name() {
    serve_logins
    log_in oura
    fetch
    cp -p tokens.json old
    run 0 auth refresh oura
    new=$(login .refresh_token)
    mv tokens.json tokens.json.new
    mv old tokens.json
    fetch
    equal taken "$new" "$(login .refresh_token)"
    run 0 auth refresh oura
    fetch
    counted families_killed 0
    # Half of it, and one from before
    umask 077
    for left in half stale; do
        cp -p tokens.json kept
        head -c 300 tokens.json >tokens.json.new
        [ "$left" = half ] || sed 's/CANARY/CANARY-old/g' kept >tokens.json.new
        [ "$left" = half ] || touch -d '1 hour ago' tokens.json.new
        fetch
        cmp kept tokens.json || fail "$left: the store has changed"
        [ ! -e tokens.json.new ] || fail "$left: left over"
    done
    run 0 auth refresh oura
    last=fetch
}

t_kill_9_at_every_step_of_a_fetch_that_renews() {
    serve_logins --set oauth.grace=28800
    log_in oura
    fetch
    pass 86400
    for at in $(steps fetch --full); do
        pass 86400
        faulty "$at" kill-after fetch --full
        [ "$code" -eq 137 ] || [ "$code" -eq 0 ] || fail "$at: exit code $code"
        run 0 fetch
    done
    counted families_killed 0
    counted refused 0
    torn=1
}

t_kill_9_loses_no_login_where_there_is_grace() {
    serve_logins --set oauth.grace=28800
    log_in oura
    for at in $(steps auth refresh oura); do
        for how in kill-before kill-after torn; do
            faulty "$at" $how auth refresh oura
            run 0 auth refresh oura
        done
    done
    counted families_killed 0
}

t_kill_9_at_every_step_of_a_login() {
    serve_logins
    run 0 auth oura --print-url
    asked=$(authorize_url)
    cp -p tokens.json pending
    for at in $(steps auth oura --callback-url "$(agree "$asked")"); do
        for how in kill-before kill-after torn; do
            cp -p pending tokens.json
            back=$(agree "$asked")
            faulty_run "$at" $how auth oura --callback-url "$back"
            case $code in 0 | 137) ;; *) fail "$how at $at: $code" ;; esac
            # The same once more, or from the start.
            "$BUILD/$program" auth oura --callback-url "$back" >out 2>err
            case $? in 0 | 4) ;; *) fail "$how at $at, again: $?" ;; esac
            log_in oura
        done
    done
    fetch
}

t_kill_9_at_every_step_of_a_logout() {
    serve_logins
    log_in oura
    cp -p tokens.json before
    for at in $(steps auth logout oura); do
        for how in kill-before kill-after torn; do
            log_in oura
            faulty_run "$at" $how auth logout oura
            run 0 auth logout oura
            grep -q CANARY tokens.json && fail "$how at $at: a token is left"
        done
    done
    rm before
    equal live 0 "$(count live)"
    archives=
}

# A disk that fails: nothing is stored, and the program says so.
t_disk_that_fails_at_every_step_of_a_refresh() {
    serve_logins --set oauth.grace=28800
    log_in oura
    failed=0
    for how in enospc eio full read-only gone eintr short; do
        for at in $(steps auth refresh oura); do
            faulty "$at" $how auth refresh oura
            case $code in
            0) ;;
            6)
                failed=$((failed + 1))
                grep -q '^wearchive: ' err || fail "$how at $at: no word"
                case $how in eintr | short) fail "$how at $at is harmless" ;; esac
                ;;
            *)
                grep -q 'open wearchive.conf' err ||
                    fail "$how at $at: exit code $code"
                ;;
            esac
            [ "$(wc -l <err)" -le 2 ] || fail "$how at $at: too many lines"
            run 0 auth refresh oura
        done
    done
    [ "$failed" -gt 20 ] || fail "only $failed failures"
    counted families_killed 0
}

# From some step on. What cannot be stored is not asked for.
t_disk_that_is_full_loses_no_login() {
    serve_logins
    log_in oura
    lost=0
    for how in full read-only; do
        for at in $(steps auth refresh oura); do
            faulty "$at" $how auth refresh oura
            "$BUILD/$program" auth refresh oura >out 2>err || {
                lost=$((lost + 1))
                log_in oura
            }
        done
    done
    [ "$lost" -le 12 ] || fail "$lost logins lost"
}
