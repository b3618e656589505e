# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# The token store as a file.
. "$HERE/login.sh"

t_store_keeps_what_it_does_not_know() {
    serve_logins
    log_in oura
    sed -i 's/^  "version".*/&  "future": {"a":[1,2.50,"x"]},/
        s/^    "oura": {/    "other": { "access_token": "CANARY-other",\n        "n": 12345678901234567890 },\n&\n      "note": "mine",/' tokens.json
    pass 86400
    fetch
    run 0 auth refresh oura
    tr -d ' \n' <tokens.json | grep -qF '"future":{"a":[1,2.50,"x"]}' ||
        fail 'the future is gone'
    equal note mine "$(login .note)"
    grep -q 12345678901234567890 tokens.json || fail 'digits'
    run 0 auth logout oura
    equal other CANARY-other "$(jq -r .sources.other.access_token tokens.json)"
    last=
}

# damaged TEXT: is said so, and left as it is
damaged() {
    printf '%s' "$1" >tokens.json
    cp -p tokens.json kept
    for command in fetch 'auth refresh oura' 'auth status' 'auth oura --print-url' \
        'auth logout oura' "auth oura --callback-url x"; do
        # shellcheck disable=SC2086 # words
        "$BUILD/$program" $command >out 2>err </dev/null
        code=$?
        cat out err >>said
        [ "$code" -eq 6 ] || fail "$command: exit code $code"
        grep -q 'tokens.json' err || fail "$command: does not name the file"
        cmp -s kept tokens.json || fail "$command: the file was written"
    done
}

t_store_that_is_damaged_is_left_alone() {
    serve_logins
    log_in oura
    fetch
    cp -p tokens.json good
    damaged ''
    damaged '{'
    damaged "$(head -c 300 good)"
    damaged '[]'
    damaged '{"version":1}'
    damaged '{"version":1,"sources":[]}'
    damaged "$(cat good)x"
    damaged 'null'
    mv good tokens.json
    rm kept
    fetch
    last=
}

t_store_behind_a_link_stays_there() {
    serve_logins
    log_in oura
    mkdir -m 700 elsewhere
    mv tokens.json elsewhere/mine.json
    ln -s elsewhere/mine.json tokens.json
    run 0 auth refresh oura
    [ -L tokens.json ] || fail 'the link is gone'
    equal mode 600 "$(stat -c %a elsewhere/mine.json)"
    fetch
    rm -r elsewhere tokens.json
    last=
}

t_store_in_a_folder_that_is_not_there() {
    serve_logins
    umask 000
    store=a/b/tokens.json
    run 0 auth oura --print-url --token-store "$store"
    back=$(agree "$(authorize_url)")
    run 0 auth oura --callback-url "$back" --token-store "$store"
    equal mode 600 "$(stat -c %a $store)"
    equal folder 700 "$(stat -c %a a/b)"
    run 0 fetch --token-store "$store"
    rm -r a
    last=
}

t_store_that_others_may_read_is_told() {
    serve_logins
    log_in oura
    chmod 644 tokens.json
    run 0 fetch
    said 1 'tokens.json .*others could read it .mode 0644'
    equal mode 600 "$(stat -c %a tokens.json)"
    fetch
    last=
}

t_store_that_is_a_folder() {
    serve_logins
    mkdir -m 755 tokens.json
    for command in fetch 'auth oura --print-url'; do
        # shellcheck disable=SC2086 # words
        run 6 $command
    done
    equal mode 755 "$(stat -c %a tokens.json)"
    archives=
}

t_two_logins_of_one_provider() {
    serve_logins
    sed 's/^\[oura\]/[anna]\nprovider = oura/' wearchive.conf >more
    cat more >>wearchive.conf
    log_in oura
    log_in anna
    fetch
    pass 86400
    fetch
    counted refreshes 2
    knob oura.fail=refuse:1:refresh_token
    pass 86400
    run 4 fetch
    run 0 fetch
    counted families_killed 0
    run 0 auth logout anna
    run 0 fetch --sources oura
    last=
}
