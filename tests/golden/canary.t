# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Secrets are where they belong, and nowhere else. Each has CANARY in it; what
# every scenario is checked for (lib.sh) goes for these, too.
. "$HERE/login.sh"

# only_in FILE...: no other file below here holds a secret
only_in() {
    grep -rl CANARY . | sed 's|^\./||' | sort >found
    printf '%s\n' "$@" | sort >allowed
    comm -23 found allowed >leaks
    [ ! -s leaks ] || fail "these hold a secret: $(cat leaks)"
}

# all of what is said, with -vv
t_secrets_are_told_to_nobody() {
    serve_logins --set oauth.quotes=1
    log_in oura
    for command in fetch 'auth refresh oura' 'auth status' \
        'auth status --json' 'fetch --json --full' status providers; do
        # shellcheck disable=SC2086 # words
        run 0 $command -vv
    done
    pass 86400
    for bad in refuse 'redirect' 'html:0' 'short:0' 'error:1' 'lost'; do
        knob "oura.fail=$bad"
        "$BUILD/$program" fetch -vv >out 2>err
        cat out err >>said
        knob oura.fail=none
        log_in oura
        pass 86400
    done
    run 0 fetch -vv
    knob oura.kill=1
    run 4 auth refresh oura -vv
    run 0 auth logout oura -vv
    only_in wearchive.conf
}

t_secrets_of_a_callback_are_told_to_nobody() {
    serve_logins
    run 0 auth oura --print-url -vv
    wrong='http://localhost:8080/callback?code=CANARY-code&state=CANARY-state'
    run 4 auth oura --callback-url "$wrong" -vv
    run 4 auth oura --callback-url "CANARY-bare" -vv
    run 2 auth oura --callback-url "$wrong&error=CANARY-error" -vv
    back=$(agree "$(authorize_url)")
    knob oura.fail=refuse:0
    only_in wearchive.conf
}

# The children: a command for a secret, and the browser.
t_secrets_are_in_no_arguments() {
    serve_logins
    cat >show <<'END'
#!/bin/sh
# Prints a secret, and notes what everybody can see of this and its parent.
for pid in $$ $PPID; do
    tr '\0' ' ' <"/proc/$pid/cmdline"
    grep core "/proc/$pid/limits"
done >>"$NOTES"
[ $# -eq 0 ] || printf '%s\n' "$@" >>"$NOTES"
printf '%s%s\n' CAN ARY-client-secret
END
    chmod 700 show
    sed -i 's|^client_secret.*|client_secret_command = ./show|' wearchive.conf
    export NOTES="$PWD/notes"
    : >notes
    ulimit -c unlimited
    log_in oura
    pass 86400
    fetch
    grep -q show notes || fail 'was not run'
    grep -Eq 'core file size +0 ' notes || fail 'it may leave a core'
    grep 'core file size' notes | grep -v 'size *0 ' && fail 'a child may'
    only_in tokens.json
    # The secret of the application is not kept there.
    grep -q CANARY-client tokens.json && fail 'an application has moved'
    return 0
}

t_tokens_are_in_no_arguments_of_a_browser() {
    serve_logins
    mkdir bin
    cat >bin/xdg-open <<END
#!/bin/sh
{ printf '%s\n' "\$@"; tr '\\0' ' ' <"/proc/\$PPID/cmdline"; } >>"$PWD/notes"
exec curl -s -L -o "$PWD/page" "\$1"
END
    chmod 700 bin/xdg-open
    PATH=$PWD/bin:$PATH
    export DISPLAY=:7
    program=wearchive
    run 0 auth oura --listen-port 0 --timeout 2m -vv
    grep -q authorize notes || fail 'no browser was opened'
    grep -q 'may be closed' page || fail 'no page'
    rm -r bin
    only_in wearchive.conf tokens.json
    last=
}

t_core_of_a_killed_run_has_no_token() {
    serve_logins --latency 300
    log_in oura
    ulimit -c unlimited
    : >req
    "$BUILD/wearchive" fetch >out 2>err &
    others=$!
    await has_asked 1
    kill -STOP "$others" # or it might be through
    grep core "/proc/$others/limits" >limits
    kill -ABRT "$others"
    kill -CONT "$others"
    wait "$others"
    equal 'exit code' 134 $?
    grep -Eq 'size +0 +0 ' limits || fail "$(cat limits)"
    # The kill may come while the store is written.
    only_in wearchive.conf tokens.json tokens.json.new
    others=
    archives=
}
