/* parley handshake: its options, and a pair of endpoints that they describe. */
#ifndef PARLEY_CLI_HANDSHAKE_H
#define PARLEY_CLI_HANDSHAKE_H

#include "cli/names.h"
#include "parley/pipe.h"
#include "parley/pki.h"
#include "parley/report.h"
#include "parley/script.h"

#define HANDSHAKE_MAX_DROPS 8
#define HANDSHAKE_MAX_GROUPS 2
#define HANDSHAKE_CONNECTIONS 2
#define HANDSHAKE_MAX_DATA (16U << 20)
/* Of a 0-RTT flight; what a server's tickets allow. */
#define HANDSHAKE_MAX_EARLY_DATA 16384

enum handshake_cert { CERT_ANY, CERT_RSA, CERT_ECDSA, CERT_ED25519, CERT_COUNT };

/* What is asked for. Zeros: whatever both ends prefer. */
struct handshake_options {
    const char *stacks[2]; /* by role; NULL: our engine */
    uint16_t version;
    const struct parley_suite *suite;
    const struct parley_group *group;
    enum handshake_cert cert;
    bool client_auth;
    bool hello_retry;
    bool resume;
    bool session_id; /* TLS 1.2: resumes by id, without tickets */
    bool psk;
    bool psk_ke;
    bool early_data;
    bool ech;
    bool key_update;
    const char *compress; /* certificates, with this algorithm; NULL: not */
    const char *alpn[CLI_PROTOCOLS_MAX];
    size_t alpn_count;
    const char *server_name;

    /* Where the server differs; zeros: nowhere. */
    uint16_t server_version;
    const struct parley_suite *server_suite;
    const struct parley_group *server_group;
    const char *server_alpn[CLI_PROTOCOLS_MAX];
    size_t server_alpn_count;
    const char *entries[2]; /* of the PKI, by role; NULL: one of the kind |cert| */

    size_t chunk;
    size_t data; /* bytes of application data that each end sends by itself */
    uint64_t seed;
    struct parley_drop drops[HANDSHAKE_MAX_DROPS];
    size_t drop_count;
    const char *keylog;
    const char *pcap;
    bool json;
    bool all;
};

/* handshake_options_read reads the command line. Returns CLI_OK, or the status to end with
 * (CLI_STOP: end with success), having said why. |out| borrows from |argv|. */
int handshake_options_read(struct handshake_options *out, int argc, char **argv);

/* handshake_options_check fills in what follows from what was given, and returns NULL or, in |why|,
 * why it does not go together. */
const char *handshake_options_check(struct handshake_options *options, char why[200]);

/* handshake_psk12 returns whether the suite asked for is a PSK suite of TLS 1.2: handshake_new
 * gives both ends a key for it. */
bool handshake_psk12(const struct handshake_options *o);

/* handshake_gives_none returns whether the client is to have no certificate when asked for one. */
bool handshake_gives_none(const struct handshake_options *o);

const char *handshake_cert_name(enum handshake_cert cert);

/* Two endpoints, and all that is taken down about them. */
struct handshake;

/* handshake_new returns a client and a server for |options| with certificates of |pki|, both
 * borrowed; or NULL and |why|. |lacks|, if not NULL, is then told whose stack does not have what is
 * asked for: a role, or -1 if that is not what is wrong. */
struct handshake *handshake_new(const struct handshake_options *options,
                                const struct parley_pki *pki, char why[200], int *lacks);
void handshake_free(struct handshake *h);

/* handshake_connections returns how many connections |options| ask for: the last one is the one
 * that they describe, the one before it leaves the session that it resumes. */
size_t handshake_connections(const struct handshake_options *options);

/* handshake_connect runs connection |index| (0, then 1), fills |*result|, which is valid until the
 * next call, and returns true if it completed, both ends agree and it is what was asked for.
 * Otherwise |why| has one line that says what went wrong. */
bool handshake_connect(struct handshake *h, size_t index, struct parley_pipe_result *result,
                       char why[400]);

/* What it took down: the last connection's ladder, the bytes of each, the secrets of all. */
const struct parley_ladder *handshake_ladder(const struct handshake *h);
const struct parley_recording *handshake_recordings(const struct handshake *h);
const struct parley_keylog *handshake_keylog(const struct handshake *h);

/* handshake_stack returns the stack that plays |role|, and its name in |*name|, if not NULL. */
const struct parley_stack *handshake_stack(const struct handshake *h, enum parley_role role,
                                           const char **name);

/* handshake_time returns the time of every run, in milliseconds since 1970. */
int64_t handshake_time(void);

/* handshake_unexpected returns NULL if |result| is what |options| ask of connection |index|, else
 * one line in |why|. */
const char *handshake_unexpected(const struct handshake_options *options, size_t index,
                                 const struct parley_pipe_result *result, char why[400]);

/* handshake_print prints one connection: ladder, what was negotiated. */
void handshake_print(FILE *out, const struct handshake *h, size_t index,
                     const struct parley_pipe_result *result);

/* handshake_all runs every kind of handshake, a line each; |base| says how (chunk, seed). */
int handshake_all(const struct handshake_options *base);

#endif
