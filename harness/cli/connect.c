/* parley connect: the engine as a TLS client over TCP. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/hub_options.h"
#include "cli/session.h"

/* Where Debian and its relatives keep the public roots. */
#define SYSTEM_ROOTS "/etc/ssl/certs/ca-certificates.crt"

enum {
    OPTION_INSECURE = HUB_OPTION_OTHER,
    OPTION_SNI,
    OPTION_SESSION_IN,
    OPTION_SESSION_OUT,
    OPTION_EARLY_DATA,
    OPTION_RENEGOTIATE,
    OPTION_LISTEN,
    OPTION_COUNT,
    OPTION_KEEP_OPEN,
    OPTION_TIMEOUT,
    OPTION_MAX,
};
static const struct cli_option options[] = {
    {NULL, NULL, "Whom we trust, who we are", 0, 0},
    {"ca", "FILE",
     "roots (PEM) that the server's certificate is verified against\n(default: $SSL_CERT_FILE, else " SYSTEM_ROOTS
     ")",
     TLS_OPTION_CA, 0},
    {"insecure", NULL, "do not verify the server's certificate", OPTION_INSECURE, 0},
    {"sni", "NAME", "name to ask for and to verify (default: HOST)", OPTION_SNI, 0},
    {"cert", "FILE", "our certificate chain (PEM, leaf first), should the server ask",
     TLS_OPTION_CERT, 0},
    {"key", "FILE", "its private key (PEM, unencrypted)", TLS_OPTION_KEY, 0},
    {NULL, NULL, "What is spoken", 0, 0},
    TLS_ROWS,
    HUB_ROW_KEY_UPDATE,
    {"session-in", "FILE", "resume this session", OPTION_SESSION_IN, 0},
    {"session-out", "FILE", "write the newest session that the server gives us", OPTION_SESSION_OUT,
     0},
    {"early-data", NULL, "send what is there at once as 0-RTT data, where the session allows it",
     OPTION_EARLY_DATA, 0},
    {"renegotiate", NULL, "do as a TLS 1.2 server asks (default: decline, and go on)",
     OPTION_RENEGOTIATE, 0},
    {NULL, NULL, "Connections", 0, 0},
    {"listen", "ADDR:PORT",
     "carry each plaintext connection made to it over TLS of its own\n(default: one, to and from stdin and stdout)",
     OPTION_LISTEN, 0},
    {"count", "N", "with --listen: end after N connections", OPTION_COUNT, 0},
    {"keep-open", NULL,
     "after the end of stdin wait for the server to close\n(default: close_notify at once, then what still comes)",
     OPTION_KEEP_OPEN, 0},
    {"timeout", "S", "seconds that connecting and the handshake may take (default: 10)",
     OPTION_TIMEOUT, 0},
    {"max-connections", "N", "with --listen: at the same time; others wait (default: 1000)",
     OPTION_MAX, 0},
    HUB_ROWS,
};
static const struct cli_usage_text usage = {
    .synopsis = "HOST:PORT [OPTION...]",
    .summary =
        "A TLS 1.2 and 1.3 client: stdin goes to the server and what it says to stdout. With --listen it\n"
        "prints \"listening on ADDR:PORT\" when it is ready, and runs until SIGINT or SIGTERM. One line on\n"
        "stderr for each connection that has ended.",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .notes =
        "Exit status: 0 all went well (with --listen and without --count: ended by a signal); 1 it\n"
        "could not start, or a connection failed; 2 wrong usage.",
};

struct connection {
    struct cli_tls tls;
    struct relay_hub hub;
    struct session_store sessions;
    struct cli_address address;
    const char *target;
    const char *listen;
    const char *session_in;
    const char *sni;
    bool insecure;
    struct addrinfo *list;
};

/* ---- The command line ---- */

static int set_text(const char **out, const char *value) {
    *out = value;
    return CLI_OK;
}

static int set_flag(bool *out) {
    *out = true;
    return CLI_OK;
}

static int take_option(struct connection *c, int key, const char *value) {
    switch (key) {
    case OPTION_INSECURE:
        return set_flag(&c->insecure);
    case OPTION_SNI:
        return set_text(&c->sni, value);
    case OPTION_SESSION_IN:
        return set_text(&c->session_in, value);
    case OPTION_SESSION_OUT:
        return set_text(&c->sessions.path, value);
    case OPTION_EARLY_DATA:
        return set_flag(&c->tls.config.early_data);
    case OPTION_RENEGOTIATE:
        c->tls.config.renegotiation = PARLEY_RENEGOTIATE_FREELY;
        return CLI_OK;
    case OPTION_LISTEN:
        return set_text(&c->listen, value);
    case OPTION_COUNT:
        return cli_number("--count", value, 1, UINT64_MAX, &c->hub.count) ? CLI_OK : CLI_USAGE;
    case OPTION_KEEP_OPEN:
        return set_flag(&c->hub.keep_open);
    case OPTION_TIMEOUT:
        return hub_number("--timeout", value, 1, 86400, &c->hub.handshake_seconds);
    case OPTION_MAX:
        return hub_number("--max-connections", value, 1, 1000000, &c->hub.max_connections);
    default:
        return hub_option(&c->hub, &c->tls, key, value);
    }
}

static int read_arguments(struct connection *c, int argc, char **argv) {
    struct cli_args args;
    cli_args_init(&args, argc, argv, &usage);
    for (int key; (key = cli_next(&args)) != 0;) {
        int status = key == CLI_STOP ? args.status : take_option(c, key, args.value);
        if (key == CLI_STOP || status != CLI_OK) {
            return status == CLI_OK ? CLI_STOP : status;
        }
    }
    if (cli_operands(&args) != 1) {
        return cli_usage(cli_operands(&args) == 0 ? "no HOST:PORT to connect to"
                                                  : "more than one HOST:PORT");
    }
    if (c->insecure && c->tls.config.trust != NULL) {
        return cli_usage("either --ca or --insecure");
    }
    if (c->listen == NULL && c->hub.count > 0) {
        return cli_usage("--count needs --listen");
    }
    if (c->sni != NULL && (c->sni[0] == 0 || strlen(c->sni) > PARLEY_NAME_MAX)) {
        return cli_usage("--sni: a name of 1 to %d bytes is wanted", PARLEY_NAME_MAX);
    }
    c->target = argv[args.operand];
    return cli_address_parse(&c->address, c->target) ? CLI_OK : CLI_USAGE;
}

/* ---- Running ---- */

static int complete_trust(struct connection *c) {
    const char *roots = getenv("SSL_CERT_FILE");
    if (c->insecure || c->tls.config.trust != NULL) {
        return CLI_OK;
    }
    if (roots == NULL || roots[0] == 0) {
        roots = SYSTEM_ROOTS;
    }
    return cli_tls_trust(&c->tls, roots);
}

static int complete_config(struct connection *c) {
    struct parley_config *config = &c->tls.config;
    const char *name = c->sni != NULL ? c->sni : c->address.host;
    /* Without verification an address is nothing to ask for either (RFC 6066 3). */
    if (c->sni != NULL || !c->insecure || !cli_is_ip(name)) {
        config->server_name = name[0] != 0 ? name : NULL;
    }
    config->new_session = session_keep;
    config->new_session_arg = &c->sessions;
    c->hub.resume = session_resume;
    c->hub.resume_arg = &c->sessions;
    if (c->session_in != NULL && !session_load(&c->sessions, c->session_in)) {
        return CLI_FAILED;
    }
    int status = complete_trust(c);
    return status == CLI_OK ? cli_tls_load(&c->tls) : status;
}

static int start_listening(struct connection *c) {
    struct cli_address address;
    if (!cli_address_parse(&address, c->listen)) {
        return CLI_USAGE;
    }
    struct addrinfo *list = net_resolve(&address, true);
    int fd = list != NULL ? net_listen(list, &address) : -1;
    if (list != NULL) {
        freeaddrinfo(list);
    }
    if (fd < 0) {
        return CLI_FAILED;
    }
    hub_listen(&c->hub, fd);
    return CLI_OK;
}

static int run(struct connection *c) {
    int status = complete_config(c);
    if (status != CLI_OK) {
        return status;
    }
    c->list = net_resolve(&c->address, false);
    if (c->list == NULL) {
        return CLI_FAILED;
    }
    c->hub.target = c->list;
    c->hub.target_name = c->target;
    c->hub.plain = c->listen != NULL ? RELAY_SOCKET : RELAY_STDIO;
    if (!hub_open(&c->hub)) {
        return CLI_FAILED;
    }
    if (c->listen != NULL) {
        status = start_listening(c);
    } else {
        relay_begin(&c->hub, -1);
    }
    if (status == CLI_OK) {
        hub_run(&c->hub);
    }
    if (!hub_close(&c->hub) && status == CLI_OK) {
        status = CLI_FAILED;
    }
    if (status != CLI_OK) {
        return status;
    }
    bool counts = c->listen == NULL || c->hub.count > 0;
    return counts && c->hub.failed > 0 ? CLI_FAILED : CLI_OK;
}

int cli_connect(int argc, char **argv) {
    static struct connection c;
    c.hub = (struct relay_hub){.config = &c.tls.config,
                               .role = PARLEY_CLIENT,
                               .handshake_seconds = 10,
                               .idle_seconds = 300,
                               .max_connections = 1000};
    int status = read_arguments(&c, argc, argv);
    if (status == CLI_OK) {
        status = run(&c);
    } else if (status == CLI_STOP) {
        status = CLI_OK;
    }
    if (c.list != NULL) {
        freeaddrinfo(c.list);
    }
    cli_tls_free(&c.tls);
    return status;
}
