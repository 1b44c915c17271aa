#include "tests/support_renegotiation.h"

#include "engine/actions.h"

void emit_request(struct duo *d) {
    static const uint8_t hello_request[] = {0, 0, 0, 0};
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(hello_request));
}

void ready_server(struct duo *d) {
    struct parley_engine *server = d->engine[PARLEY_SERVER];
    server->renegotiation_granted = true;
    assert_int_equal(begin_renegotiation(server, NULL), PARLEY_OK);
    server->state = STATE_wait_client_hello;
    server->alpn_length = 0; /* else it would answer what is not asked again */
}

struct duo *renegotiating_pair(void (*set)(struct duo *d), enum parley_renegotiation mode) {
    struct duo *d = connected_pair(set);
    d->config[PARLEY_CLIENT].renegotiation = mode;
    return d;
}

bool renegotiate(struct duo *d) {
    emit_request(d);
    ready_server(d);
    return duo_settle(d) && d->outcome[PARLEY_CLIENT].done && d->outcome[PARLEY_SERVER].done;
}

void client_refuses(struct duo *d, unsigned alert, enum parley_error error, const char *what) {
    (void)duo_settle(d);
    duo_refused(d, PARLEY_CLIENT, alert, error, what);
}

void set_ecdsa12(struct duo *d) {
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0);
}
