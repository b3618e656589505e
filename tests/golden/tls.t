# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh
# TLS and HTTP/2: whom the program trusts, and how it talks to them.

# certify NAME: an authority of its own in ca.pem, and its word for NAME
certify() {
    {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
            -nodes -days 2 -subj '/CN=authority of a test' \
            -keyout ca.key -out ca.pem &&
            openssl req -x509 -CA ca.pem -CAkey ca.key -newkey ec \
                -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
                -subj "/CN=$1" -addext "subjectAltName=DNS:$1" \
                -keyout front.key -out front.pem
    } >openssl.log 2>&1 || fail "openssl: $(cat openssl.log)"
}

# front: puts TLS and HTTP/2 before the sandbox, on port $secure; who is
# connected asks for what is noted in front.log
front() {
    mkfifo front.port
    : >front.log
    # the Python that Debian's packages are for
    /usr/bin/python3 -I "$HERE/front.py" "$url" front.pem front.key front.log \
        >front.port 2>front.err &
    others="$others $!"
    read -r secure <front.port || fail "front: $(cat front.err)"
}

# refused_by_us PATTERN: no request goes out, and one line says why
refused_by_us() {
    run 5 fetch -c sleep
    said 2 "^wearchive: oura/sleep .*$1"
    grep -q '^hint: check the clock, the CA certificates' err || fail 'no hint'
    equal requests 0 "$(requests)"
    [ ! -e data/oura ] || fail 'there is a table'
}

t_own_authority_of_ssl_cert_file_is_trusted() {
    serve
    certify localhost
    front
    export OURA_BASE_URL="https://localhost:$secure"
    refused_by_us certificate
    export SSL_CERT_FILE="$DIR/ca.pem"
    fetch -c sleep
    undisturbed want -c sleep
    same data want
}

t_ssl_cert_file_replaces_the_usual_authorities() {
    serve
    certify localhost
    front
    cp ca.pem first.pem
    certify localhost
    export OURA_BASE_URL="https://localhost:$secure"
    export SSL_CERT_FILE="$DIR/ca.pem"
    refused_by_us certificate
    export SSL_CERT_FILE="$DIR/first.pem"
    fetch -c sleep
}

t_ssl_cert_file_that_is_not_there_is_an_error() {
    serve
    certify localhost
    front
    export OURA_BASE_URL="https://localhost:$secure"
    export SSL_CERT_FILE="$DIR/none.pem"
    refused_by_us none.pem
}

t_certificate_for_another_name_is_refused() {
    serve
    certify elsewhere.example
    front
    export SSL_CERT_FILE="$DIR/ca.pem"
    for host in localhost 127.0.0.1; do
        export OURA_BASE_URL="https://$host:$secure"
        refused_by_us 'name|subject'
    done
}

t_all_requests_share_one_connection() {
    serve --page 100
    certify localhost
    front
    export SSL_CERT_FILE="$DIR/ca.pem"
    export OURA_BASE_URL="https://localhost:$secure"
    fetch -c "$few"
    equal connections 1 "$(cut -d ' ' -f 1 front.log | sort -u | wc -l)"
    equal requests "$(requests)" "$(wc -l <front.log)"
    [ "$(requests)" -gt 50 ] || fail 'too few requests'
    undisturbed want -c "$few"
    same data want
}
