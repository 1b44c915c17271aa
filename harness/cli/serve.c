/* parley serve: the engine as a TLS server over TCP. */
#include <string.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "cli/hub_options.h"

enum {
    OPTION_CLIENT_AUTH = HUB_OPTION_OTHER,
    OPTION_ECHO,
    OPTION_WWW,
    OPTION_FORWARD,
    OPTION_EARLY_DATA,
    OPTION_HRR,
    OPTION_ONCE,
    OPTION_COUNT,
    OPTION_TIMEOUT,
    OPTION_MAX,
};
static const struct cli_option options[] = {
    {NULL, NULL, "Who we are", 0, 0},
    {"cert", "FILE", "certificate chain (PEM, leaf first); may be given again with another --key",
     TLS_OPTION_CERT, 0},
    {"key", "FILE", "its private key (PEM, unencrypted)", TLS_OPTION_KEY, 0},
    {"ca", "FILE", "roots (PEM) that clients' certificates are verified against", TLS_OPTION_CA, 0},
    {"client-auth", "request|require", "ask clients for a certificate; needs --ca",
     OPTION_CLIENT_AUTH, 0},
    {NULL, NULL, "What is spoken", 0, 0},
    TLS_ROWS,
    HUB_ROW_KEY_UPDATE,
    {"early-data", "N", "accept up to N bytes of 0-RTT data, each ticket's once (default: none)",
     OPTION_EARLY_DATA, 0},
    {"hrr", NULL, "always answer with a hello_retry_request first", OPTION_HRR, 0},
    {NULL, NULL, "What is done with the plaintext (default: printed on stdout)", 0, 0},
    {"echo", NULL, "sent back", OPTION_ECHO, 0},
    {"www", NULL, "answered, whatever HTTP request it is, with a page about the connection",
     OPTION_WWW, 0},
    {"forward", "HOST:PORT", "carried to and from this TCP program", OPTION_FORWARD, 0},
    {NULL, NULL, "Connections", 0, 0},
    {"once", NULL, "end after one connection", OPTION_ONCE, 0},
    {"count", "N", "end after N connections", OPTION_COUNT, 0},
    {"timeout", "S", "seconds that a handshake may take (default: 10)", OPTION_TIMEOUT, 0},
    {"max-connections", "N", "at the same time; others wait (default: 1000)", OPTION_MAX, 0},
    HUB_ROWS,
};
static const struct cli_usage_text usage = {
    .synopsis = "ADDR:PORT --cert FILE --key FILE [OPTION...]",
    .summary =
        "A TLS 1.2 and 1.3 server. Prints \"listening on ADDR:PORT\" when it is ready (port 0: a free\n"
        "one is chosen), then one line on stderr for each connection that has ended. SIGINT or SIGTERM\n"
        "closes all connections and ends it; a second one does not wait for them.",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .notes =
        "Exit status: 0 ended by a signal, or all of --count's connections went well; 1 it could not\n"
        "start, or one of them failed; 2 wrong usage.",
};

/* ---- 0-RTT, each ticket once (RFC 8446 8.1) ---- */

/* Far longer than the engine takes a ticket's age to be right: older ones need no memory. */
#define SEEN_SECONDS 60
#define SEEN_COUNT 4096

/* The PSK identities under which early data was accepted lately. */
struct seen {
    size_t next;
    struct {
        int64_t at_ms;
        uint8_t digest[SHA256_DIGEST_LENGTH];
    } items[SEEN_COUNT];
};

static bool accept_once(void *arg, struct parley_bytes identity) {
    struct seen *seen = arg;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    int64_t now = relay_now();
    SHA256(identity.data, identity.len, digest);
    for (size_t i = 0; i < SEEN_COUNT; i++) {
        if (seen->items[i].at_ms != 0 &&
            memcmp(seen->items[i].digest, digest, sizeof(digest)) == 0) {
            return false;
        }
    }
    /* The oldest is still needed: rather no early data than a replay. */
    if (seen->items[seen->next].at_ms != 0 &&
        now - seen->items[seen->next].at_ms < SEEN_SECONDS * 1000) {
        return false;
    }
    seen->items[seen->next].at_ms = now;
    memcpy(seen->items[seen->next].digest, digest, sizeof(digest));
    seen->next = (seen->next + 1) % SEEN_COUNT;
    return true;
}

/* ---- The command line ---- */

struct serve {
    struct cli_tls tls;
    struct relay_hub hub;
    struct cli_address address;
    const char *forward;
    struct addrinfo *forward_list;
    unsigned kinds; /* of plaintext handling that were asked for */
    struct seen seen;
};

static int set_plain(struct serve *s, enum relay_plain plain) {
    s->hub.plain = plain;
    s->kinds++;
    return CLI_OK;
}

static int set_client_auth(struct serve *s, const char *value) {
    if (strcmp(value, "request") == 0) {
        s->tls.config.client_auth = PARLEY_AUTH_REQUEST;
    } else if (strcmp(value, "require") == 0) {
        s->tls.config.client_auth = PARLEY_AUTH_REQUIRE;
    } else {
        return cli_usage("--client-auth: '%s' is neither request nor require", value);
    }
    return CLI_OK;
}

static int take_option(struct serve *s, int key, const char *value) {
    switch (key) {
    case OPTION_CLIENT_AUTH:
        return set_client_auth(s, value);
    case OPTION_ECHO:
        return set_plain(s, RELAY_ECHO);
    case OPTION_WWW:
        return set_plain(s, RELAY_WWW);
    case OPTION_FORWARD:
        s->forward = value;
        return set_plain(s, RELAY_SOCKET);
    case OPTION_EARLY_DATA:
        return hub_number("--early-data", value, 0, UINT32_MAX, &s->tls.config.max_early_data);
    case OPTION_HRR:
        s->tls.config.hello_retry = true;
        return CLI_OK;
    case OPTION_ONCE:
        s->hub.count = 1;
        return CLI_OK;
    case OPTION_COUNT:
        return cli_number("--count", value, 1, UINT64_MAX, &s->hub.count) ? CLI_OK : CLI_USAGE;
    case OPTION_TIMEOUT:
        return hub_number("--timeout", value, 1, 86400, &s->hub.handshake_seconds);
    case OPTION_MAX:
        return hub_number("--max-connections", value, 1, 1000000, &s->hub.max_connections);
    default:
        return hub_option(&s->hub, &s->tls, key, value);
    }
}

static int read_arguments(struct serve *s, int argc, char **argv) {
    struct cli_args args;
    cli_args_init(&args, argc, argv, &usage);
    for (int key; (key = cli_next(&args)) != 0;) {
        int status = key == CLI_STOP ? args.status : take_option(s, key, args.value);
        if (key == CLI_STOP || status != CLI_OK) {
            return status == CLI_OK ? CLI_STOP : status;
        }
    }
    if (cli_operands(&args) != 1) {
        return cli_usage(cli_operands(&args) == 0 ? "no ADDR:PORT to listen on"
                                                  : "more than one ADDR:PORT");
    }
    if (s->kinds > 1) {
        return cli_usage("only one of --echo, --www and --forward");
    }
    if (s->tls.certificate_count == 0) {
        return cli_usage("no --cert");
    }
    if (s->tls.config.client_auth != PARLEY_AUTH_NONE && s->tls.config.trust == NULL) {
        return cli_usage("--client-auth needs --ca");
    }
    return cli_address_parse(&s->address, argv[args.operand]) ? CLI_OK : CLI_USAGE;
}

/* ---- Running ---- */

static int resolve_forward(struct serve *s) {
    struct cli_address address;
    if (s->forward == NULL) {
        return CLI_OK;
    }
    if (!cli_address_parse(&address, s->forward)) {
        return CLI_USAGE;
    }
    s->forward_list = net_resolve(&address, false);
    s->hub.target = s->forward_list;
    s->hub.target_name = s->forward;
    return s->forward_list != NULL ? CLI_OK : CLI_FAILED;
}

static int complete_config(struct serve *s) {
    struct parley_config *config = &s->tls.config;
    struct parley_random random = parley_system_random();
    /* Of this process only: tickets end with it, and with them what --early-data remembers. */
    random.fill(random.arg, config->ticket_key, sizeof(config->ticket_key));
    config->session_cache = parley_session_cache_new(1024);
    config->accept_early_data = accept_once;
    config->accept_early_data_arg = &s->seen;
    if (config->session_cache == NULL) {
        return cli_fail("out of memory");
    }
    return cli_tls_load(&s->tls);
}

static int run(struct serve *s) {
    int status = resolve_forward(s);
    if (status == CLI_OK) {
        status = complete_config(s);
    }
    if (status != CLI_OK) {
        return status;
    }
    struct addrinfo *list = net_resolve(&s->address, true);
    int fd = list != NULL ? net_listen(list, &s->address) : -1;
    if (list != NULL) {
        freeaddrinfo(list);
    }
    if (fd < 0) {
        return CLI_FAILED;
    }
    if (!hub_open(&s->hub)) {
        close(fd);
        return CLI_FAILED;
    }
    hub_listen(&s->hub, fd);
    hub_run(&s->hub);
    if (!hub_close(&s->hub)) {
        return CLI_FAILED;
    }
    return s->hub.count > 0 && s->hub.failed > 0 ? CLI_FAILED : CLI_OK;
}

int cli_serve(int argc, char **argv) {
    /* Not on the stack for its size, not on the heap for its one life. */
    static struct serve s;
    s.hub = (struct relay_hub){.config = &s.tls.config,
                               .role = PARLEY_SERVER,
                               .plain = RELAY_PRINT,
                               .handshake_seconds = 10,
                               .idle_seconds = 300,
                               .max_connections = 1000};
    int status = read_arguments(&s, argc, argv);
    if (status == CLI_OK) {
        status = run(&s);
    } else if (status == CLI_STOP) {
        status = CLI_OK;
    }
    if (s.forward_list != NULL) {
        freeaddrinfo(s.forward_list);
    }
    cli_tls_free(&s.tls);
    return status;
}
