# What the .bats files share: starting our own background programs, waiting for them without
# sleeping longer than needed, and ending them by their ids.
# shellcheck shell=bash disable=SC2030,SC2031,SC2034 # variables are for the tests, some for one subshell

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
# Its stdin is $STDIN, else empty. It gets no other descriptor of ours: neither bats' own (bats would
# wait for it) nor our ends of its and its siblings' pipes (they would never see an end).
background() {
    local name=$1
    shift
    (
        for fd in {3..60}; do exec {fd}>&-; done
        : >"$DIR/$name.out"
        : >"$DIR/$name.err"
        # Appending, so that a test may empty them in between.
        exec <"${STDIN:-/dev/null}" >>"$DIR/$name.out" 2>>"$DIR/$name.err"
        EXEC="exec"
        declare -F "$1" >/dev/null || exec "$@"
        "$@"
    ) &
    PID=$!
    PIDS+=("$PID")
}

# talking NAME COMMAND...: the same with a pipe for its stdin; $TO writes to it, until hang_up $TO.
# (Opened for both, so that nobody waits for the other to open it.)
talking() {
    local name=$1
    rm -f "$DIR/$name.in"
    mkfifo "$DIR/$name.in"
    exec {TO}<>"$DIR/$name.in"
    STDIN=$DIR/$name.in background "$@"
    # It has opened its end when it has a stdin other than ours.
    until_true opened "$PID" "$DIR/$name.in"
}
opened() { [ "$(readlink "/proc/$1/fd/0")" = "$2" ]; }
hang_up() { local fd=$1; exec {fd}>&-; }

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
        --key "$PKI/server-ecdsa-p256.key" "$@"
    SERVER=$PID
    until_true has_port "$DIR/$name.out"
    PORT=$(port_in "$DIR/$name.out")
}

# openssl_server NAME CERT ARGUMENT...: theirs, likewise.
openssl_server() {
    local name=$1 cert=$2
    shift 2
    background "$name" openssl s_server -accept 127.0.0.1:0 -cert "$PKI/$cert.pem" \
        -key "$PKI/$cert.key" "$@"
    SERVER=$PID
    until_true has_port "$DIR/$name.out"
    PORT=$(port_in "$DIR/$name.out")
}

# connect ARGUMENT...: our client to it. (In the background, it takes the shell's place.)
connect() {
    ${EXEC-} "$PARLEY" connect "127.0.0.1:$PORT" --ca "$PKI/ca.pem" --sni "$HOST" "$@"
}

# s_client ARGUMENT...: theirs. Without -quiet its stdout has session details, too.
s_client() {
    ${EXEC-} timeout "$PATIENCE" openssl s_client -connect "127.0.0.1:$PORT" -CAfile "$PKI/ca.pem" \
        -verify_return_error -verify_hostname "$HOST" -servername "$HOST" "$@"
}

# say_and_wait TEXT EXPECTED COMMAND...: a client that says TEXT, waits until it was told EXPECTED, and then
# hangs up. Its output is in $DIR/client.out and .err.
say_and_wait() {
    local text=$1 expected=$2
    shift 2
    talking client "$@"
    local client=$PID to=$TO
    printf '%s\n' "$text" >&"$to"
    until_true grep -q -- "$expected" "$DIR/client.out"
    hang_up "$to"
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
        EXEC:"sh $DIR/answer.sh"
    until_true has_port "$DIR/$1.err"
    PROGRAM=$(port_in "$DIR/$1.err")
}

net_setup() {
    DIR=$BATS_TEST_TMPDIR
    certificates
}

# Ends what is left. A test that failed shows what its programs said; what a sanitizer had to say when
# they ended (a leak) is a failure.
net_teardown() {
    local pid file
    for pid in "${PIDS[@]}"; do
        gone "$pid" || kill "$pid" 2>/dev/null || true
    done
    for pid in "${PIDS[@]}"; do
        until_true gone "$pid" || kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    if grep -l 'Sanitizer\|runtime error' "$DIR"/*.err 2>/dev/null; then
        grep -h -A 20 'Sanitizer\|runtime error' "$DIR"/*.err
        return 1
    fi
    if [ -z "${BATS_TEST_COMPLETED-}" ]; then
        for file in "$DIR"/*.err; do
            echo "--- ${file##*/}"
            tail -n 5 "$file"
        done
    fi
}
