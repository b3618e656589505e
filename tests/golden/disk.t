# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# A disk that cannot be written: exit 6, nothing damaged, the next run heals.

# refused: the last run could not write; one line, perhaps with a hint, and one
# for all that was given up for that reason
refused() {
    equal 'lines' 1 "$(grep '^wearchive: ' err | grep -vc ' not fetched for ')"
    [ "$(wc -l <err)" -le 2 ] || fail 'too many lines'
}

t_folder_that_cannot_be_made_is_exit_6() {
    serve
    run 6 fetch --output-dir /proc/nothing
    refused
    : >file
    run 6 fetch --output-dir file/data
    refused
    equal requests 0 "$(requests)"
}

# Somebody made it a link to /dev/null, say: that must not become a file.
t_what_is_no_file_is_not_replaced() {
    serve
    fetch -c daily_sleep
    mkfifo pipe
    ln -s ../../pipe data/oura/daily_sleep.history.csv
    later 1
    serve --scenario changing
    run 6 fetch -c daily_sleep
    refused
    said 1 'oura/daily_sleep: .*pipe is not a file$'
    [ -p pipe ] || fail 'the pipe is gone'
    [ ! -e pipe.new ] || fail 'pipe.new is left'
    rm data/oura/daily_sleep.history.csv
    run 0 fetch -c daily_sleep
    [ -s data/oura/daily_sleep.history.csv ] || fail 'no history'
}

t_folder_that_cannot_be_written_is_exit_6() {
    serve
    fetch -c sleep
    cp -r data old
    later 2
    serve
    if [ "$(id -u)" -ne 0 ]; then
        chmod -R a-w data
        run 6 fetch -c sleep
        chmod -R u+w data
    else
        if ! mount --bind data data 2>mount.err ||
            ! mount -o remount,bind,ro data 2>>mount.err; then
            skip "no mount: $(head -n 1 mount.err)"
        fi
        "$BUILD/$program" fetch -c sleep >out 2>err
        code=$?
        umount data
        equal 'exit code' 6 "$code"
    fi
    refused
    same old data
    fetch -c sleep
    holds sleep
}

t_state_that_is_a_folder_is_exit_6() {
    serve
    mkdir -p data/state.json
    chmod 700 data data/state.json
    run 6 fetch -c sleep
    refused
    [ ! -e data/oura ] || fail 'wrote tables'
    archives=
}

t_table_that_is_a_folder_is_exit_6() {
    serve
    mkdir -p data/oura/sleep.csv
    chmod 700 data data/oura data/oura/sleep.csv
    run 6 fetch -c sleep
    refused
    rmdir data/oura/sleep.csv
    fetch -c sleep
    holds sleep
}

# limited BLOCKS ARG...: no file may grow over so many times 512 bytes
limited() {
    blocks=$1
    shift
    # shellcheck disable=SC3045 # it is of POSIX
    (ulimit -f "$blocks" && exec "$BUILD/$program" "$@") >full.out 2>full.err
    code=$?
    cp full.out out
    cp full.err err
    cat out err >>said
}

t_file_size_limit_is_exit_6_and_heals() {
    case $BUILD in *san*) skip 'the limit is for reports, too' ;; esac
    serve
    limited 200 fetch -c sleep,daily_activity,daily_sleep
    equal 'exit code' 6 "$code"
    refused
    find data -name '*.new' | grep . && fail 'left over'
    python3 -I -S "$HERE/check.py" tables data 1 || fail damaged
    fetch -c sleep,daily_activity,daily_sleep
    undisturbed want -c sleep,daily_activity,daily_sleep
    same data want
}

t_file_size_limit_leaves_the_table_as_it_was() {
    serve
    fetch -c heartrate
    cp -r data old
    later 20
    serve
    limited $(($(wc -c <data/oura/heartrate.csv) / 512 + 4)) fetch -c heartrate
    equal 'exit code' 6 "$code"
    refused
    cmp data/oura/heartrate.csv old/oura/heartrate.csv || fail 'table changed'
    equal coverage "$(jq -c '.. | .coverage? // empty' old/state.json)" \
        "$(jq -c '.. | .coverage? // empty' data/state.json)"
    fetch -c heartrate
    holds heartrate
}

t_file_size_limit_in_a_rewrite_is_healed() {
    serve
    fetch -c heartrate
    cp -r data old
    serve --scenario changing
    limited $(($(wc -c <data/oura/heartrate.csv) / 512 - 4)) fetch -c heartrate
    equal 'exit code' 6 "$code"
    refused
    fetch -c heartrate
    equal 'rows in the history' 1 "$(rows heartrate.history)"
    diff old/oura/heartrate.csv data/oura/heartrate.csv >differ
    equal 'lines gone, new' '1 1' \
        "$(grep -c '^<' differ) $(grep -c '^>' differ)"
}

t_full_disk_is_exit_6_and_heals() {
    mkdir data
    mount -t tmpfs -o size=300k,mode=700 tmpfs data 2>mount.err ||
        skip "no mount: $(head -n 1 mount.err)"
    trap 'umount -l data; stop_all' EXIT
    serve
    run 6 fetch
    refused
    python3 -I -S "$HERE/check.py" tables data 1 || fail damaged
    run 6 fetch
    refused
    mount -o remount,size=20m data || fail 'cannot grow'
    fetch
    undisturbed want
    same data want
    check_again
    check_secrets
    check_archive data
    last=
    archives=
}

t_stdout_that_is_full_is_told() {
    serve
    "$BUILD/$program" fetch -c sleep --json >/dev/full 2>err
    code=$?
    equal 'exit code' 1 "$code"
    refused
    holds sleep
}

t_file_size_limit_in_mid_run_covers_nothing_that_is_not_there() {
    case $BUILD in *san*) skip 'the limit is for reports, too' ;; esac
    real_clock
    serve --latency 250
    limited 200 fetch -c heartrate
    equal 'exit code' 6 "$code"
    refused
    serve
    fetch -c heartrate
    holds heartrate
    undisturbed want -c heartrate
    same data want
}

t_folder_in_the_place_of_a_table_stops_its_category_only() {
    serve
    (umask 077 && mkdir -p data/oura/sleep.csv)
    run 6 fetch -c daily_activity,sleep,workout
    said 1 '^wearchive: oura/sleep .*/sleep.csv: a folder, not a table$'
    holds daily_activity workout
    rmdir data/oura/sleep.csv
    fetch -c daily_activity,sleep,workout
    undisturbed want -c daily_activity,sleep,workout
    same data want
}
