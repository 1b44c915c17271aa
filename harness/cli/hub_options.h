/* Options that `parley serve` and `parley connect` share about connections, whatever is spoken. */
#ifndef PARLEY_CLI_HUB_OPTIONS_H
#define PARLEY_CLI_HUB_OPTIONS_H

#include "cli/relay.h"
#include "cli/tls.h"

/* Their keys, behind those of cli/tls.h; a subcommand's own begin behind them. */
enum {
    HUB_OPTION_KEY_UPDATE = TLS_OPTION_OTHER,
    HUB_OPTION_IDLE,
    HUB_OPTION_TRUNCATION,
    HUB_OPTION_JSON,
    HUB_OPTION_LADDER,
    HUB_OPTION_PCAP,
    HUB_OPTION_OTHER,
};

/* Rows for a subcommand's struct cli_option table: of what is spoken, and of connections. */
#define HUB_ROW_KEY_UPDATE                                                                         \
    {                                                                                              \
        "key-update", NULL, "TLS 1.3: ask for new keys both ways before we send any data",         \
            HUB_OPTION_KEY_UPDATE, 0                                                               \
    }
#define HUB_ROWS                                                                                   \
    {"idle-timeout", "S",                                                                          \
     "seconds in which something must come or go (default: 300; 0: for ever)", HUB_OPTION_IDLE,    \
     0},                                                                                           \
        {"ignore-truncation", NULL, "a peer may end without close_notify", HUB_OPTION_TRUNCATION,  \
         0},                                                                                       \
        {"json", NULL, "each connection's line as a JSON object", HUB_OPTION_JSON, 0},             \
        {"ladder", "FILE", "append each connection's messages, a line for each",                   \
         HUB_OPTION_LADDER, 0},                                                                    \
    {                                                                                              \
        "pcap", "FILE", "at the end, write a capture with the secrets inside, for wireshark",      \
            HUB_OPTION_PCAP, 0                                                                     \
    }

/* hub_option takes one of them, or else one of cli/tls.h's for |tls|, and returns CLI_OK, or the
 * exit status having said what is wrong. */
int hub_option(struct relay_hub *hub, struct cli_tls *tls, int key, const char *value);

/* hub_number reads |text|, the value of the option |what|, into |*out|; returns likewise. */
int hub_number(const char *what, const char *text, uint64_t min, uint64_t max, unsigned *out);

#endif
