/* What a stack can do, in words. */
#include "parley/stack.h"

const char *parley_capability_name(uint32_t feature) {
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {PARLEY_CAP_CLIENT, "client"},
        {PARLEY_CAP_SERVER, "server"},
        {PARLEY_CAP_TLS12, "tls1.2"},
        {PARLEY_CAP_TLS13, "tls1.3"},
        {PARLEY_CAP_CLIENT_AUTH, "client-auth"},
        {PARLEY_CAP_POST_HANDSHAKE_AUTH, "post-handshake-auth"},
        {PARLEY_CAP_ALPN, "alpn"},
        {PARLEY_CAP_SERVER_NAME, "sni"},
        {PARLEY_CAP_SESSION_ID, "session-id"},
        {PARLEY_CAP_TICKET, "ticket"},
        {PARLEY_CAP_RESUMPTION_PSK, "resumption-psk"},
        {PARLEY_CAP_EXTERNAL_PSK, "external-psk"},
        {PARLEY_CAP_PSK_KE, "psk-ke"},
        {PARLEY_CAP_EARLY_DATA, "early-data"},
        {PARLEY_CAP_HELLO_RETRY, "hello-retry"},
        {PARLEY_CAP_HELLO_RETRY_ALWAYS, "hello-retry-always"},
        {PARLEY_CAP_KEY_UPDATE, "key-update"},
        {PARLEY_CAP_EXPORTER, "exporter"},
        {PARLEY_CAP_KEY_LOG, "key-log"},
        {PARLEY_CAP_DETERMINISTIC, "deterministic"},
        {PARLEY_CAP_HOOKS, "hooks"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].bit == feature) {
            return names[i].name;
        }
    }
    return "?";
}
