#include "cli/session.h"

#include <stdlib.h>

#define FILE_MAX_BYTES ((size_t)64 << 10)

bool session_load(struct session_store *store, const char *path) {
    size_t len = 0;
    uint8_t *text = cli_read_file(path, FILE_MAX_BYTES, &len);
    if (text == NULL) {
        return false;
    }
    store->have = session_from_text(path, (struct parley_bytes){text, len}, &store->session);
    free(text);
    return store->have;
}

void session_keep(void *arg, const struct parley_session *session) {
    struct session_store *store = arg;
    store->session = *session;
    store->have = true;
    if (store->path == NULL) {
        return;
    }
    size_t len = 0;
    char *text = session_to_text(session, &len);
    if (text != NULL) {
        cli_write_file(store->path, 0600, text, len);
    }
    free(text);
}

bool session_resume(void *arg, int64_t now_ms, struct parley_session *out) {
    struct session_store *store = arg;
    if (!store->have) {
        return false;
    }
    *out = store->session;
    /* A clock of milliseconds may make the ticket a millisecond too old, and servers refuse 0-RTT
     * data with a ticket older than they know it to be (RFC 8446 8.3). */
    if (out->issued_ms < now_ms) {
        out->issued_ms++;
    }
    store->have = out->version != PARLEY_TLS13;
    return true;
}
