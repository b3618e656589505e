# shellcheck shell=sh disable=SC2154 # variables of lib.sh
# A desktop for scenarios: what xdg-open starts, and where it comes back to.
# Read at the head of a file of scenarios, behind login.sh.

# desktop TEXT...: xdg-open is this shell script
desktop() {
    mkdir -p bin
    printf '%s\n' '#!/bin/sh' "$*" >bin/xdg-open
    chmod 700 bin/xdg-open
    export PATH="$PWD/bin:$PATH"
}

# listens HOST: the redirect URI; the port is replaced by --listen-port
listens() {
    sed -i "s|^client_id|redirect_uri = http://$1:1/callback\n&|" wearchive.conf
}

# wait_for FILE: what runs beside us makes it
wait_for() {
    await [ -e "$1" ]
}
