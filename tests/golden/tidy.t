# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# tidy puts rows in order of time.

t_tidy_puts_back_in_order_what_was_shuffled() {
    serve
    fetch -c daily_sleep,heartrate --format csv,jsonl,raw
    cp -r data sound
    for file in data/oura/*.csv; do
        { head -n 1 "$file"; tail -n +2 "$file" | sort -t , -k 3 -r; } >new
        cat new >"$file"
    done
    for file in data/oura/*.jsonl; do
        tac "$file" >new
        cat new >"$file"
    done
    run 0 tidy
    silent
    diff -r sound/oura data/oura || fail 'not as it was'
    stamps data >stamps.1
    run 0 tidy
    silent
    stamps data | diff stamps.1 - || fail 'wrote what was in order'
    run 0 tidy -v
    equal lines 6 "$(grep -c 'is in order of time' err)"
}

t_tidy_takes_categories() {
    serve
    fetch -c daily_sleep,daily_stress
    for file in data/oura/*.csv; do
        { head -n 1 "$file"; tail -n +2 "$file" | tac; } >new
        cat new >"$file"
    done
    cp data/oura/daily_stress.csv stress
    run 0 tidy daily_sleep -v
    said 1 'oura/daily_sleep.csv: put in order of time'
    cmp stress data/oura/daily_stress.csv || fail 'touched another'
    run 2 tidy daily_slep
    run 0 tidy
}

t_tidy_of_one_damaged_table_does_the_others() {
    serve
    fetch -c daily_sleep,daily_stress
    sed -i '1s/^id/idd/' data/oura/daily_sleep.csv
    { head -n 1 data/oura/daily_stress.csv
        tail -n +2 data/oura/daily_stress.csv | tac; } >new
    cat new >data/oura/daily_stress.csv
    run 6 tidy
    said 2 'oura/daily_sleep.csv: .*no column "id"'
    run 0 tidy daily_stress -v
    said 1 'daily_stress.csv: is in order'
    unread=1
    last=
}

t_tidy_pieces_that_a_kill_left_go_with_the_next_run() {
    serve
    fetch -c daily_sleep
    for command in tidy fetch 'verify --repair'; do
        echo piece >data/.wearchive/tidy.0
        : >data/.wearchive/tidy.1
        # shellcheck disable=SC2086 # words
        run 0 $command
        equal left '' "$(find data/.wearchive -name 'tidy*')"
    done
}

t_tidy_waits_for_the_archive() {
    serve
    fetch -c daily_sleep
    python3 -I -S -c '
import fcntl, time
with open("data/.wearchive/lock", "a") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    open("held", "w").close()
    time.sleep(600)' &
    others=$!
    await [ -e held ]
    run 7 tidy
    run 7 tidy --wait=3
    kill "$others"
    wait "$others" 2>/dev/null
    others=
    run 0 tidy --wait
}

t_archive_that_is_not_there_is_not_made() {
    run 6 tidy --output-dir typo
    said 2 'open typo: there is no archive'
    run 6 verify --repair --output-dir typo
    said 2 'open typo: there is no archive'
    for command in verify 'history sleep x' 'convert sleep --to jsonl'; do
        # shellcheck disable=SC2086 # it is words
        run 6 $command --output-dir typo
        said 2 'open typo: there is no archive'
    done
    [ ! -e typo ] || fail 'it was made'
    archives=
}

t_tidy_and_verify_mean_the_same_order() {
    serve
    fetch -c workout
    for time in '2026-03-01 10:00' 'Mar 1' '' 9999-12-31T00:00:00Z; do
        awk -F, -v OFS=, -v t="$time" 'NR == 20 { $2 = t } 1' \
            data/oura/workout.csv >new
        cat new >data/oura/workout.csv
        run 0 verify workout --json
        equal "sorted with '$time'" false \
            "$(jq '.files["oura/workout.csv"].in_order' out)"
        run 0 tidy workout
        run 0 verify workout --json
        equal "tidied with '$time'" true \
            "$(jq '.files["oura/workout.csv"].in_order' out)"
    done
    once=1
    unordered=1
}
