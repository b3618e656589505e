# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# The token store, encrypted.
. "$HERE/login.sh"

key=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff

# sealed_by KEY SETTING: a login in a store with the key in the file key
sealed_by() {
    serve_logins
    (umask 077 && printf '%s\n' "$1" >key)
    [ -z "$2" ] || sed -i "1i [archive]\n$2\n" wearchive.conf
    log_in oura
    is_sealed
}

is_sealed() {
    equal 'first line' 'wearchive-sealed 1' "$(head -n 1 tokens.json)"
    grep -q CANARY tokens.json && fail 'a token shows'
    equal mode 600 "$(stat -c %a tokens.json)"
}

# refuses CODE PATTERN ARG...: and leaves the store as it is
refuses() {
    cp tokens.json kept
    run "$1" fetch
    grep -Eq -- "$2" err || fail "stderr lacks: $2"
    run "$1" auth refresh oura
    run "$1" auth oura --print-url
    cmp tokens.json kept || fail 'the store was written'
    rm kept
}

t_sealed_store_is_used_and_renewed() {
    sealed_by "$key" 'token_key_file = key'
    fetch
    cp tokens.json kept
    pass 86400
    fetch
    cmp -s tokens.json kept && fail 'not renewed'
    is_sealed
    run 0 auth status
    grep -q oura out || fail 'no status'
    counted families_killed 0
}

# Who has no key cannot know what a killed writer left: it stays for who has.
t_sealed_store_without_its_name_waits_for_the_key() {
    sealed_by "$key" 'token_key_file = key'
    fetch
    cp -p tokens.json old
    run 0 auth refresh oura
    cp -p tokens.json new
    mv tokens.json tokens.json.new
    mv old tokens.json
    mv key away
    sed -i 's/^token_key_file/#&/' wearchive.conf
    run 4 fetch
    run 4 auth status
    cmp tokens.json.new new || fail 'what was left is gone'
    mv away key
    sed -i 's/^#token_key_file/token_key_file/' wearchive.conf
    fetch
    cmp tokens.json.new new 2>/dev/null && fail 'left over'
    run 0 auth refresh oura
    fetch
    counted families_killed 0
}

t_sealed_with_a_key_from_everywhere() {
    sealed_by "$key" 'token_key_command = cat key'
    fetch
    sed -i 's/^token_key_command.*/token_key_file = key/' wearchive.conf
    printf '\0\21"3DUfw\210\231\252\273\314\335\356\377' >half
    cat half half >key
    equal bytes 32 "$(wc -c <key)"
    fetch
    sed -i '/^token_key_file/d' wearchive.conf
    run 4 fetch
    mkdir credentials
    mv key credentials/token_key
    CREDENTIALS_DIRECTORY=$PWD/credentials
    export CREDENTIALS_DIRECTORY
    fetch
    unset CREDENTIALS_DIRECTORY
    export WEARCHIVE_TOKEN_KEY="$key"
    fetch
    is_sealed
}

t_sealed_with_a_pass_phrase() {
    sealed_by 'correct horse battery staple' 'token_key_file = key'
    equal kdf 'kdf argon2id 3 65536' \
        "$(sed -n 2p tokens.json | cut -d ' ' -f 1-4)"
    fetch
    pass 86400
    fetch
    is_sealed
}

t_sealed_is_not_opened_by_another_key() {
    sealed_by "$key" 'token_key_file = key'
    echo another >key
    refuses 4 'tokens.json: encrypted with another key'
    sed -i '/^token_key_file/d' wearchive.conf
    refuses 4 'tokens.json: encrypted, and there is no key'
    said 2 '^hint: .*token_key_file'
    sed -i 's/^\[archive\]/&\ntoken_key_file = gone/' wearchive.conf
    refuses 2 'key of the token store: .*gone: No such file'
    last=
}

t_sealed_and_changed_since_is_exit_6() {
    sealed_by "$key" 'token_key_file = key'
    sed -i '$ s/./\U&/10; $ s/./\L&/11; $ s/[A-Z]/x/5' tokens.json
    refuses 6 'token store is damaged: encrypted, and changed since'
    sed -i '1 s/1/2/' tokens.json
    refuses 6 'encrypted by a later version'
    last=
}

t_sealed_from_the_next_write_on() {
    serve_logins
    log_in oura
    (umask 077 && printf '%s\n' "$key" >key)
    sed -i '1i [archive]\ntoken_key_file = key\n' wearchive.conf
    fetch
    pass 86400
    fetch
    is_sealed
}

t_sealed_by_rekey() {
    serve_logins
    run 2 auth rekey
    said 1 'tokens.json: there are no logins'
    log_in oura
    (umask 077 && echo "$key" >key && echo 'a pass phrase' >other)
    sed -i '1i [archive]\ntoken_key_file = key\n' wearchive.conf
    run 0 auth rekey
    equal said 'tokens.json is encrypted with the key now' "$(cat out)"
    is_sealed
    fetch
    sed -i 's/= key$/= other/' wearchive.conf
    cp tokens.json kept
    run 4 auth rekey
    run 4 auth rekey --old-key-file other
    run 2 auth rekey --old-key-file gone
    run 2 auth status --old-key-file key
    cmp tokens.json kept || fail 'the store was written'
    run 0 auth rekey --old-key-file key
    is_sealed
    grep -q '^kdf argon2id' tokens.json || fail 'not by the pass phrase'
    fetch
    sed -i '/^token_key_file/d' wearchive.conf
    run 0 auth rekey --old-key-file other
    equal said 'tokens.json is not encrypted: there is no key' "$(cat out)"
    equal mode 600 "$(stat -c %a tokens.json)"
    equal login 1 "$(jq '.sources | length' tokens.json)"
    fetch
}
