/* Pre-shared keys in GnuTLS: of TLS 1.3 (RFC 8446 4.2.11) and of TLS 1.2's PSK suites. A client has
 * one, a server all of them. */
#include <string.h>

#include "stacks/gnutls.h"

static gnutls_datum_t datum(struct parley_bytes bytes) {
    /* It is not written to: the type has no const. */
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)bytes.data, (unsigned)bytes.len};
}

static bool same(const gnutls_datum_t *a, struct parley_bytes b) {
    return a->size == b.len && (b.len == 0 || memcmp(a->data, b.data, b.len) == 0);
}

/* find_key gives |*out| a copy of the key that |identity| names; without one it stays empty, which
 * GnuTLS answers with unknown_psk_identity. */
static int find_key(gnutls_session_t session, const gnutls_datum_t *identity, gnutls_datum_t *out) {
    const struct parley_stack_connection *connection = gnutls_session_get_ptr(session);
    const struct parley_endpoint_options *o = &connection->context->options;
    const struct parley_bytes *key = NULL;
    for (size_t i = 0; i < o->psk_count && key == NULL; i++) {
        key = same(identity, o->psks[i].identity) ? &o->psks[i].key : NULL;
    }
    if (key == NULL && o->psk12 != NULL && same(identity, o->psk12->identity)) {
        key = &o->psk12->key;
    }
    if (key == NULL) {
        return -1;
    }
    *out = (gnutls_datum_t){gnutls_malloc(key->len), (unsigned)key->len};
    if (out->data == NULL) {
        return -1;
    }
    memcpy(out->data, key->data, key->len);
    return 0;
}

static bool load_client(struct gnu_context *own, const struct parley_endpoint_options *o) {
    bool tls13 = o->psk_count > 0;
    gnutls_datum_t identity = datum(tls13 ? o->psks[0].identity : o->psk12->identity);
    gnutls_datum_t key = datum(tls13 ? o->psks[0].key : o->psk12->key);
    return gnutls_psk_allocate_client_credentials(&own->client_psk) >= 0 &&
           gnutls_psk_set_client_credentials2(own->client_psk, &identity, &key,
                                              GNUTLS_PSK_KEY_RAW) >= 0;
}

static bool load_server(struct gnu_context *own, const struct parley_endpoint_options *o) {
    char hint[256] = "";
    if (o->psk12 != NULL && o->psk12->hint.len < sizeof hint && o->psk12->hint.len > 0) {
        memcpy(hint, o->psk12->hint.data, o->psk12->hint.len);
    }
    if (gnutls_psk_allocate_server_credentials(&own->server_psk) < 0) {
        return false;
    }
    gnutls_psk_set_server_credentials_function2(own->server_psk, find_key);
    return hint[0] == '\0' || gnutls_psk_set_server_credentials_hint(own->server_psk, hint) >= 0;
}

bool gnu_psk_load(struct gnu_context *own, const struct parley_endpoint_options *o,
                  struct parley_stack_problem *problem) {
    for (size_t i = 0; i < o->psk_count; i++) {
        if (o->psks[i].hash != PARLEY_HASH_SHA256) {
            return adapter_unsupported(problem, "pre-shared keys are for SHA-256 only");
        }
    }
    if (o->psk_count == 0 && o->psk12 == NULL) {
        return true;
    }
    return (o->role == PARLEY_CLIENT ? load_client(own, o) : load_server(own, o)) ||
           adapter_problem(problem, "pre-shared keys were not taken");
}

int gnu_psk_use(gnutls_session_t session, const struct gnu_context *own) {
    if (own->client_psk != NULL) {
        return gnutls_credentials_set(session, GNUTLS_CRD_PSK, own->client_psk);
    }
    return own->server_psk == NULL
               ? GNUTLS_E_SUCCESS
               : gnutls_credentials_set(session, GNUTLS_CRD_PSK, own->server_psk);
}

void gnu_psk_unload(struct gnu_context *own) {
    if (own->client_psk != NULL) {
        gnutls_psk_free_client_credentials(own->client_psk);
    }
    if (own->server_psk != NULL) {
        gnutls_psk_free_server_credentials(own->server_psk);
    }
}
