/* The BoGo shim: our engine as BoringSSL's protocol test runner drives it. The shim is always the
 * TCP client, plays -server or client, echoes application data XOR 0xff, and says on stderr why a
 * connection failed. It reads flags (bogo_flags.c), makes configs of them (bogo_config.c), moves
 * bytes (bogo_shim.c) and compares what came of it (bogo_checks.c). */
#ifndef PARLEY_TESTS_BOGO_H
#define PARLEY_TESTS_BOGO_H

#include "parley/engine.h"
#include "tests/bogo_flags.h"

enum { EXIT_NOT_IMPLEMENTED = 89, MESSAGES_MAX = 4096 };

/* What a connection showed, as seen through the engine's hooks and callbacks. */
struct seen {
    char messages[MESSAGES_MAX]; /* "read hs 1\nwrite hs 2\n..." */
    size_t messages_length;
    int last_message; /* type of the handshake message received last */
    bool session_id;  /* the server gave a session id to resume by */
    struct parley_session session;
    unsigned sessions;
    struct codes peer_sigalgs;
    struct parley_bytes peer_alpn;  /* ProtocolNameList, without its length */
    struct parley_bytes peer_types; /* certificate_types of a certificate_request */
    struct parley_bytes peer_names; /* its certificate_authorities */
    unsigned peer_certificates;     /* how many the peer sent */
    uint8_t traffic_secrets[2][48]; /* TLS 1.3: the client's, the server's */
    size_t traffic_secret_length;
};

/* A connection and all that it borrows. */
struct bogo {
    const struct flags *flags;
    struct parley_engine *engine;
    struct parley_config config;
    struct parley_credential *credential; /* NULL: none */
    struct seen seen;
    const struct parley_session *offered;
    bool resuming;             /* not the first connection */
    const struct flags *retry; /* for when its early data is rejected */
    bool early;                /* the client wrote, or could have written, 0-RTT data */
    bool retrying;             /* that was rejected */
    int64_t now_ms;
};

/* fail prints a line on stderr and ends the program with status 1. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* read_file returns a file's contents, which live as long as the program. */
struct parley_bytes read_file(const char *path);

/* pem_first returns the DER of the first certificate in PEM text, which lives as long as the
 * program; authorities DER names behind two-byte lengths, from hex names separated by commas. */
struct parley_bytes pem_first(struct parley_bytes pem);
struct parley_bytes authorities(const char *text);

/* bogo_configure makes |b->config| of |b->flags|. |cache| is the server's. */
void bogo_configure(struct bogo *b, struct parley_session_cache *cache);

/* bogo_configure_certificates does what the flags say about the |credential| (NULL: none) and the
 * peer's. hex returns the bytes of |len| hex digits, which live as long as the program. */
void bogo_configure_certificates(struct bogo *b, struct parley_credential *credential);
struct parley_bytes hex(const char *digits, size_t len);

/* bogo_observe is the engine's observer: it notes in |arg|'s seen what the checks ask for. */
void bogo_observe(void *arg, const struct parley_event *event);

/* bogo_check compares a completed handshake with what the flags expect; bogo_check_end what can
 * be told only after the connection. Both fail at a difference. */
void bogo_check(const struct bogo *b, const struct parley_outcome *outcome);
void bogo_check_end(const struct bogo *b, const struct parley_outcome *outcome);

/* bogo_check_name_override compares the name that a certificate is judged by, bogo_check_rejection
 * what a server gave that rejected Encrypted Client Hello. Both fail at a difference. */
void bogo_check_name_override(const struct flags *f, const struct parley_outcome *outcome);
void bogo_check_rejection(const struct flags *f, const struct parley_outcome *outcome);

#endif
