# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Logins where the token store cannot be written, and clocks that are wrong.
. "$HERE/login.sh"

# small_disk: the token store is on a disk of its own
small_disk() {
    mkdir disk
    mount -t tmpfs -o size=200k,mode=700 tmpfs disk 2>mount.err ||
        skip "no mount: $(head -n 1 mount.err)"
    trap 'umount -l disk; stop_all' EXIT
    serve_logins
    export WEARCHIVE_TOKEN_STORE="$PWD/disk/tokens.json"
    store=disk/tokens.json
}

fill() { dd if=/dev/zero of=disk/ballast bs=4k 2>/dev/null; }
drain() { rm disk/ballast; }

t_disk_that_is_full_spends_no_refresh_token() {
    small_disk
    log_in oura
    fetch
    fill
    cp "$store" kept
    pass 86400
    for command in fetch 'auth refresh oura'; do
        # shellcheck disable=SC2086 # words
        run 6 $command
        grep -q 'No space left' err || fail 'does not say why'
    done
    cmp "$store" kept || fail 'the store was written'
    counted refreshes 0
    drain
    rm kept
    fetch
    counted refreshes 1
    counted families_killed 0
}

t_disk_that_is_full_spends_no_code() {
    small_disk
    run 0 auth oura --print-url
    back=$(agree "$(authorize_url)")
    fill
    run 6 auth oura --callback-url "$back"
    counted exchanges 0
    drain
    run 0 auth oura --callback-url "$back"
    fetch
    last=
}

# our_clock SECONDS: goes wrong by so much; that of the servers does not
our_clock() { export WEARCHIVE_NOW=$((now + $1)); }

t_clock_that_goes_back_loses_no_login() {
    serve_logins
    log_in oura
    fetch
    pass 86400
    our_clock -20000000
    fetch
    counted refreshes 1
    fetch
    counted refreshes 1
    our_clock 0
    fetch
    counted families_killed 0
}

t_clock_that_jumps_ahead_loses_no_login() {
    serve_logins
    log_in oura
    our_clock 300000000
    fetch
    counted refreshes 1
    fetch
    counted refreshes 1
    our_clock 0
    fetch
    counted refreshes 1
    pass 86400
    fetch
    counted refreshes 2
    counted families_killed 0
}

t_clock_that_jumps_between_the_steps_of_a_login() {
    serve_logins
    run 0 auth oura --print-url
    back=$(agree "$(authorize_url)")
    for by in 1000 -1000; do
        our_clock $by
        run 4 auth oura --callback-url "$back"
        said 2 'it took too long'
    done
    our_clock 0
    run 0 auth oura --callback-url "$back"
    last=
}
