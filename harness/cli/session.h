/* A client's session between two connections: in memory, and in a file. */
#ifndef PARLEY_CLI_SESSION_H
#define PARLEY_CLI_SESSION_H

#include "cli/cli.h"
#include "parley/engine.h"

struct session_store {
    bool have;
    struct parley_session session;
    const char *path; /* where each new session is written; NULL: nowhere */
};

/* session_to_text returns |session| as text of |*len| bytes, without a zero byte behind it, which
 * the caller frees, or NULL if out of memory. session_from_text reads |text|; false having said,
 * naming |what|, where it is wrong. */
char *session_to_text(const struct parley_session *session, size_t *len);
bool session_from_text(const char *what, struct parley_bytes text, struct parley_session *out);

/* session_load reads the session in |path| into |store|; false having said why. */
bool session_load(struct session_store *store, const char *path);

/* session_keep is parley_config's new_session, session_resume relay_hub's resume: |arg| is the
 * struct session_store. A TLS 1.3 session is used once (RFC 8446 C.4), and its ticket is never
 * older than it is, at |now_ms|. Both clocks are of whole milliseconds. */
void session_keep(void *arg, const struct parley_session *session);
bool session_resume(void *arg, int64_t now_ms, struct parley_session *out);

#endif
