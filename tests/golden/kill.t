# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# Runs that end in the middle, and two at once.

some='daily_activity,daily_sleep,sleep,workout,heartrate,ring_battery_level,personal_info'

# killed SECONDS ARG...: kill -9 after so long; 1 if it was through before
killed() {
    after=$1
    shift
    timeout --foreground -s KILL "$after" "$BUILD/$program" "$@" >out 2>err
    code=$?
    cat out err >>said
    case $code in
    137) return 0 ;;
    0 | 124) return 1 ;; # 124: it ended by itself in the last moment
    *) fail "exit code $code, killed after $after s" ;;
    esac
}

# sound: the tables are whole, but for a last row that the next run cuts off
sound() {
    [ ! -d data/oura ] && return
    for file in data/oura/*.csv; do
        [ -e "$file" ] || continue
        python3 -I -S "$HERE/check.py" rows "$file" >/dev/null ||
            fail "damaged after $after s"
    done
}

t_kill_9_at_many_moments_then_one_run() {
    real_clock
    serve --latency 4
    undisturbed want -c $some
    kills=0
    for ms in 010 020 030 040 050 060 070 080 090 100 115 130 145 160 180 200 \
        220 240 260 280 300 340; do
        rm -rf data
        killed "0.$ms" fetch -c $some || break
        kills=$((kills + 1))
        run 0 fetch -c $some
        same data want
    done
    torn=1
    [ "$kills" -ge 5 ] || fail "through after $ms ms already"
}

t_kill_9_again_and_again_then_one_run() {
    real_clock
    serve --latency 4 --page 200
    ms=10
    while killed "0.0$ms" fetch; do
        ms=$((ms + 3))
        [ $ms -gt 99 ] && break
    done
    fetch
    undisturbed want
    same data want
    torn=1
}

t_kill_9_while_rows_change() {
    real_clock
    data="$data --years 1"
    serve
    fetch -c $some --format csv,jsonl,raw
    cp -r data old
    serve --scenario changing --latency 4
    fetch -c $some --format csv,jsonl,raw
    cp -r data want
    for ms in 008 012 016 020 024 028 032 036 040 044 048 055 062 070 080; do
        rm -rf data
        cp -r old data
        killed "0.$ms" fetch -c $some --format csv,jsonl,raw || break
        run 0 fetch -c $some --format csv,jsonl,raw
        for file in want/oura/*; do
            case $file in
            *.history.*) # the same rows, with another time
                equal "$file" "$(history "$file" | sort)" \
                    "$(history "data/oura/${file##*/}" | sort -u)" ;;
            *) cmp "$file" "data/oura/${file##*/}" || fail 'differs' ;;
            esac
        done
    done
    torn=1
}

history() {
    sed 's/[0-9-]*T[0-9:]*Z\(,\|","_reason":"\)updated//' "$1"
}

t_kill_9_while_a_column_is_added() {
    real_clock
    serve
    fetch -c $some
    cp -r data old
    serve --scenario new-field:1 --latency 4
    run 0 fetch -c $some
    cp -r data want
    for ms in 008 014 020 026 032 038 044 050 060; do
        rm -rf data
        cp -r old data
        killed "0.$ms" fetch -c $some || break
        run 0 fetch -c $some
        for file in want/oura/*.csv; do
            case $file in *.history.*) continue ;; esac
            cmp "$file" "data/oura/${file##*/}" || fail 'differs'
        done
    done
    torn=1
}

# stopped SIGNAL CODE: a run that gets the signal when it has only begun
stopped() {
    real_clock
    serve --latency 200
    "$BUILD/$program" fetch >out 2>err &
    others=$!
    await has_asked 5
    kill "-$1" "$others"
    wait "$others"
    equal 'exit code' "$2" $?
    others=
    [ "$(wc -l <err)" -le 1 ] || fail 'too many lines'
}

t_sigterm_stops_cleanly() {
    stopped TERM 143
    python3 -I -S "$HERE/check.py" tables data 1 || fail damaged
    serve
    fetch
    undisturbed want
    same data want
}

t_sigint_stops_cleanly() {
    stopped INT 130
    serve
    fetch
}

t_sigterm_in_a_wait_stops_at_once() {
    serve --scenario 500:sleep:1
    WEARCHIVE_STOP_AT=1
    export WEARCHIVE_STOP_AT
    run 143 fetch -c daily_activity,sleep
    [ "$(wc -l <err)" -le 1 ] || fail 'too many lines'
    unset WEARCHIVE_STOP_AT
    fetch -c daily_activity,sleep
    undisturbed want -c daily_activity,sleep
    same data want
}

t_second_run_at_once_is_exit_7() {
    real_clock
    serve --latency 100
    "$BUILD/$program" fetch -c sleep,heartrate >first.out 2>first.err &
    first=$!
    others=$first
    await has_asked 1
    kill -STOP "$first" # or it might be through before the second one begins
    run 7 fetch -c sleep
    said 1 '^wearchive: '
    kill -CONT "$first"
    wait "$first" || fail "the first run: $?: $(cat first.err)"
    others=
    serve
    fetch -c sleep,heartrate
    holds sleep heartrate
}

t_lock_of_a_killed_run_is_free() {
    real_clock
    serve --latency 200
    "$BUILD/$program" fetch -c heartrate >out 2>err &
    others=$!
    await has_asked 1
    kill -KILL "$others"
    wait "$others"
    equal 'exit code' 137 $?
    others=
    serve
    fetch -c heartrate
    torn=1
}
