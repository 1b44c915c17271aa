# What the .bats files share: starting our own background programs, waiting for them without
# sleeping longer than needed, and ending them by their ids.
# shellcheck shell=bash

PARLEY=${PARLEY:-$PWD/build/release/parley}
HOST=parley.test
# Seconds that anything may take; under sanitizers, with other tests beside it.
PATIENCE=30
PIDS=()

# certificates: the test PKI, once per file, in $PKI.
certificates() {
    PKI=$BATS_FILE_TMPDIR/pki
    export PKI
    [ -d "$PKI" ] || "$PARLEY" pki "$PKI" >/dev/null
}

# until_true COMMAND...: tries twenty times a second; fails after PATIENCE.
until_true() {
    local tries=$((PATIENCE * 20))
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        if [ "$tries" -le 0 ]; then
            echo "waited in vain for: $*"
            return 1
        fi
        sleep 0.05
    done
}

# background NAME COMMAND...: runs it with its output in $DIR/NAME.out and NAME.err; the id is in $PID.
# Its stdin is what background's is. (Descriptor 3 is bats' own, and keeps it from ending.)
background() {
    local name=$1
    shift
    "$@" >"$DIR/$name.out" 2>"$DIR/$name.err" 3>&- &
    PID=$!
    PIDS+=("$PID")
}

# gone PID: whether it has ended.
gone() {
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 0
    [ -z "$state" ] || [ "$state" = Z ]
}

# status_of PID: waits for its end and returns its exit status.
status_of() {
    until_true gone "$1" || return 99
    wait "$1"
}

# port_in FILE: the port that a program said it listens on.
port_in() { sed -n 's/.*127\.0\.0\.1:\([0-9][0-9]*\).*/\1/p' "$1" | head -n 1; }
has_port() { [ -n "$(port_in "$1")" ]; }
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

# serve NAME ARGUMENT...: our server with an RSA and an ECDSA certificate; $PORT is where.
serve() {
    local name=$1
    shift
    background "$name" "$PARLEY" serve 127.0.0.1:0 --cert "$PKI/server-rsa.pem" \
        --key "$PKI/server-rsa.key" --cert "$PKI/server-ecdsa-p256.pem" \
        --key "$PKI/server-ecdsa-p256.key" "$@" </dev/null
    SERVER=$PID
    until_true has_port "$DIR/$name.out"
    PORT=$(port_in "$DIR/$name.out")
}

# openssl_server NAME CERT ARGUMENT...: theirs, likewise.
openssl_server() {
    local name=$1 cert=$2
    shift 2
    background "$name" openssl s_server -accept 127.0.0.1:0 -cert "$PKI/$cert.pem" \
        -key "$PKI/$cert.key" "$@" </dev/null
    SERVER=$PID
    until_true has_port "$DIR/$name.out"
    PORT=$(port_in "$DIR/$name.out")
}

# connect ARGUMENT...: our client to it.
connect() {
    "$PARLEY" connect "127.0.0.1:$PORT" --ca "$PKI/ca.pem" --sni "$HOST" "$@"
}

# s_client ARGUMENT...: theirs. Without -quiet its stdout has session details, too.
s_client() {
    timeout "$PATIENCE" openssl s_client -connect "127.0.0.1:$PORT" -CAfile "$PKI/ca.pem" \
        -verify_return_error -verify_hostname "$HOST" -servername "$HOST" "$@"
}

# say_and_wait TEXT EXPECTED FILE COMMAND...: a client that says TEXT, waits until FILE has EXPECTED, and
# then hangs up. Its output is in $DIR/client.out and .err.
say_and_wait() {
    local text=$1 expected=$2 file=$3
    shift 3
    rm -f "$DIR/stdin"
    mkfifo "$DIR/stdin"
    background client "$@" <"$DIR/stdin"
    local client=$PID
    exec 8>"$DIR/stdin"
    printf '%s\n' "$text" >&8
    until_true grep -q -- "$expected" "$file"
    exec 8>&-
    status_of "$client"
}

# http_program NAME: a plaintext HTTP server (socat); $PROGRAM is its port.
http_program() {
    cat >"$DIR/answer.sh" <<'END'
read -r request
while read -r line; do case $line in '' | "$(printf '\r')") break ;; esac; done
printf 'HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "${#request}" "$request"
END
    background "$1" socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr \
        EXEC:"sh $DIR/answer.sh" </dev/null
    until_true has_port "$DIR/$1.err"
    PROGRAM=$(port_in "$DIR/$1.err")
}

net_setup() {
    DIR=$BATS_TEST_TMPDIR
    certificates
}

# Ends what is left. A test that failed shows what its programs said.
net_teardown() {
    local pid file
    for pid in "${PIDS[@]}"; do
        gone "$pid" || kill "$pid" 2>/dev/null || true
    done
    for pid in "${PIDS[@]}"; do
        until_true gone "$pid" || kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    if [ -z "${BATS_TEST_COMPLETED-}" ]; then
        for file in "$DIR"/*.err; do
            echo "--- ${file##*/}"
            tail -n 5 "$file"
        done
    fi
}
