/* What `parley serve` and `parley connect` both know of TLS from their command lines. */
#ifndef PARLEY_CLI_TLS_H
#define PARLEY_CLI_TLS_H

#include <stdio.h>

#include "cli/names.h"
#include "parley/engine.h"

#define TLS_PAIRS_MAX 16

/* A command line's choices, and the config made of them. Zero-initialised it is empty. */
struct cli_tls {
    struct parley_config config;
    struct parley_credential *credentials[TLS_PAIRS_MAX];
    const char *certificates[TLS_PAIRS_MAX];
    const char *keys[TLS_PAIRS_MAX];
    size_t certificate_count, key_count;
    struct cli_codes suites, groups, sigalgs;
    struct cli_protocols alpn;
    FILE *key_log;
};

/* Keys of the shared options; a subcommand's own begin behind them. */
enum {
    TLS_OPTION_TLS = 1,
    TLS_OPTION_SUITE,
    TLS_OPTION_GROUP,
    TLS_OPTION_SIGALG,
    TLS_OPTION_ALPN,
    TLS_OPTION_CERT,
    TLS_OPTION_KEY,
    TLS_OPTION_CA,
    TLS_OPTION_KEYLOG,
    TLS_OPTION_NO_TICKETS,
    TLS_OPTION_COMPRESS,
    TLS_OPTION_OTHER,
};

/* Rows for a subcommand's struct cli_option table. */
#define TLS_ROWS                                                                                   \
    {"tls", "1.2|1.3", "only this version (default: both)", TLS_OPTION_TLS, 0},                    \
        {"suite", "S,...", "cipher suites, in order of preference (default: all)",                 \
         TLS_OPTION_SUITE, 0},                                                                     \
        {"group", "G,...", "groups, in order of preference (default: all)", TLS_OPTION_GROUP, 0},  \
        {"sigalg", "S,...", "signature schemes, in order of preference (default: all)",            \
         TLS_OPTION_SIGALG, 0},                                                                    \
        {"alpn", "A,...", "application protocols, in order of preference", TLS_OPTION_ALPN, 0},    \
        {"compress-certificates", "zlib", "TLS 1.3: ours, and the peer's where it can",            \
         TLS_OPTION_COMPRESS, 0},                                                                  \
        {"no-tickets", NULL, "no session tickets", TLS_OPTION_NO_TICKETS, 0}, {                    \
        "keylog", "FILE", "append the connections' secrets, for wireshark", TLS_OPTION_KEYLOG, 0   \
    }

/* cli_tls_option takes a shared option and returns CLI_OK, or the exit status having said what is
 * wrong. |value| is borrowed until cli_tls_free. */
int cli_tls_option(struct cli_tls *tls, int key, const char *value);

/* cli_tls_load loads what the options named and completes |config|. */
int cli_tls_load(struct cli_tls *tls);

/* cli_tls_trust adds the certificates of |path| to what is trusted. */
int cli_tls_trust(struct cli_tls *tls, const char *path);

void cli_tls_free(struct cli_tls *tls);

#endif
