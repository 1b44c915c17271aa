#include "cli/hub_options.h"

int hub_number(const char *what, const char *text, uint64_t min, uint64_t max, unsigned *out) {
    uint64_t number = 0;
    if (!cli_number(what, text, min, max, &number)) {
        return CLI_USAGE;
    }
    *out = (unsigned)number;
    return CLI_OK;
}

int hub_option(struct relay_hub *hub, struct cli_tls *tls, int key, const char *value) {
    switch (key) {
    case HUB_OPTION_KEY_UPDATE:
        hub->key_update = true;
        return CLI_OK;
    case HUB_OPTION_IDLE:
        return hub_number("--idle-timeout", value, 0, 86400, &hub->idle_seconds);
    case HUB_OPTION_TRUNCATION:
        hub->ignore_truncation = true;
        return CLI_OK;
    case HUB_OPTION_JSON:
        hub->json = true;
        return CLI_OK;
    case HUB_OPTION_LADDER:
        hub->watch.ladders = value;
        return CLI_OK;
    case HUB_OPTION_PCAP:
        hub->watch.pcap = value;
        return CLI_OK;
    default:
        return cli_tls_option(tls, key, value);
    }
}
