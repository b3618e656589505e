# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Two runs at once: the second says so at once, or waits.

# hold SECONDS: another process holds the archive so long; sets holder
hold() {
    (umask 077 && mkdir -p data/.wearchive)
    rm -f held
    mkfifo held
    python3 -I -S -c '
import fcntl, os, sys, time
os.umask(0o077)
with open("data/.wearchive/lock", "a") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    with open("held", "w") as held:
        held.write("yes\n")
    time.sleep(float(sys.argv[1]))' "$1" &
    holder=$!
    others=$holder
    read -r _ <held
}

let_go() {
    kill "$holder" 2>/dev/null
    wait "$holder" 2>/dev/null
    others=
    rm -f held
}

t_held_archive_is_exit_7_at_once() {
    serve
    hold 600
    run 7 fetch -c sleep
    said 1 "lock is held by process $holder"
    equal requests 0 "$(requests)"
    let_go
    fetch -c sleep
}

t_wait_goes_on_when_the_holder_ends() {
    real_clock
    serve
    hold 0.5
    fetch -c sleep --wait
    let_go
    holds sleep
    once=1
}

t_wait_with_a_time_gives_up_after_it() {
    serve
    hold 600
    run 7 fetch -c sleep --wait=2s
    said 1 "waited 2 s: .*lock is held by process $holder"
    equal 'time waited' 2000 "$(awk '{ n += $1 } END { print n }' waits)"
    let_go
}

t_wait_says_for_whom_when_asked() {
    serve
    hold 600
    run 7 fetch -c sleep --wait=1 -v
    said 2 "held by process $holder; waiting"
    let_go
}

t_wait_ends_with_a_signal() {
    serve
    hold 600
    export WEARCHIVE_STOP_AT=3
    run 143 fetch -c sleep --wait
    said 1 'stopped while waiting'
    unset WEARCHIVE_STOP_AT
    let_go
}

# A file system without locks, as NFS may be, is made by a library that answers
# in its place.
t_no_locks_no_run() {
    ldd "$BUILD/$program" | grep -q asan && skip 'it would not load first'
    cat >nolocks.c <<END
#include <errno.h>
int fcntl64(int fd, int cmd, ...);
int fcntl64(int fd, int cmd, ...) { errno = ENOLCK; return -1; }
int fcntl(int fd, int cmd, ...);
int fcntl(int fd, int cmd, ...) { errno = ENOLCK; return -1; }
END
    cc -shared -fPIC -o nolocks.so nolocks.c || fail 'cc'
    serve
    LD_PRELOAD=$PWD/nolocks.so run 6 fetch -c sleep
    said 2 'lock .*data/.wearchive/lock: No locks available'
    grep -q '^hint: this file system has no locks' err || fail 'no hint'
    tables
}
