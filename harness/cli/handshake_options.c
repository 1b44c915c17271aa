/* parley handshake: the command line. */
#include "cli/handshake.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/compression.h"

enum {
    OPT_CLIENT = 1,
    OPT_SERVER,
    OPT_SERVER_TLS,
    OPT_SERVER_SUITE,
    OPT_SERVER_GROUP,
    OPT_SERVER_ALPN,
    OPT_SERVER_CERT,
    OPT_CLIENT_CERT,
    OPT_TLS,
    OPT_SUITE,
    OPT_GROUP,
    OPT_CERT,
    OPT_CLIENT_AUTH,
    OPT_COMPRESS,
    OPT_ECH,
    OPT_HRR,
    OPT_RESUME,
    OPT_SESSION_ID,
    OPT_PSK,
    OPT_PSK_KE,
    OPT_EARLY_DATA,
    OPT_KEY_UPDATE,
    OPT_ALPN,
    OPT_SNI,
    OPT_CHUNK,
    OPT_DATA,
    OPT_SEED,
    OPT_DROP,
    OPT_KEYLOG,
    OPT_PCAP,
    OPT_JSON,
    OPT_ALL,
};

static const struct cli_option option_table[] = {
    {NULL, NULL, "Who", 0, 0},
    {"client", "STACK", "the client's TLS stack, see 'parley stacks' (default: parley)", OPT_CLIENT,
     0},
    {"server", "STACK", "the server's", OPT_SERVER, 0},
    {NULL, NULL, "What is negotiated", 0, 0},
    {"tls", "VERSION", "1.2 or 1.3 (default: both are offered)", OPT_TLS, 0},
    {"suite", "SUITE", "one cipher suite, by IANA's name; TLS_ may be left out", OPT_SUITE, 0},
    {"group", "GROUP", "one group: x25519, secp256r1, ...", OPT_GROUP, 0},
    {"cert", "KIND", "the server's (and client's) certificate: rsa, ecdsa, ed25519", OPT_CERT, 0},
    {"client-auth", NULL, "the server asks for the client's certificate", OPT_CLIENT_AUTH, 0},
    {"compress-certificates", "zlib", "both ends compress their certificates (TLS 1.3)",
     OPT_COMPRESS, 0},
    {"alpn", "NAME,...", "application protocols that both ends speak", OPT_ALPN, 0},
    {"sni", "NAME", "the host that the client asks for and checks", OPT_SNI, 0},
    {"ech", NULL, "the client's hello goes encrypted (Encrypted Client Hello, TLS 1.3)", OPT_ECH,
     0},
    {NULL, NULL, "Where the server differs from the client", 0, 0},
    {"server-tls", "VERSION", "1.2 or 1.3", OPT_SERVER_TLS, 0},
    {"server-suite", "SUITE", "the server's only suite", OPT_SERVER_SUITE, 0},
    {"server-group", "GROUP", "the server's only group", OPT_SERVER_GROUP, 0},
    {"server-alpn", "NAME,...", "what the server speaks", OPT_SERVER_ALPN, 0},
    {"server-cert", "ENTRY", "the server's certificate: see 'parley pki', e.g. server-expired",
     OPT_SERVER_CERT, 0},
    {"client-cert", "ENTRY", "with --client-auth, the client's: e.g. client-unknown-ca; or none",
     OPT_CLIENT_CERT, 0},
    {NULL, NULL, "How it goes", 0, 0},
    {"hrr", NULL, "the server answers with a hello_retry_request first", OPT_HRR, 0},
    {"resume", NULL, "two connections: the second one resumes the first one's session", OPT_RESUME,
     0},
    {"session-id", NULL, "with --resume, TLS 1.2: by session id, without tickets", OPT_SESSION_ID,
     0},
    {"psk", NULL, "an external pre-shared key in place of certificates (TLS 1.3)", OPT_PSK, 0},
    {"psk-ke", NULL, "pre-shared keys without a key exchange (psk_ke)", OPT_PSK_KE, 0},
    {"early-data", NULL, "with a resumed session, 0-RTT data (implies --resume)", OPT_EARLY_DATA,
     0},
    {"key-update", NULL, "new keys both ways, and the data once more (TLS 1.3)", OPT_KEY_UPDATE, 0},
    {"data", "BYTES",
     "application data that each end sends and the other one echoes\n(default: 64)", OPT_DATA, 0},
    {"chunk", "BYTES", "hand over that many bytes at once (default: all there are)", OPT_CHUNK, 0},
    {"seed", "N", "of all randomness: same seed, same bytes (default: 1)", OPT_SEED, 0},
    {"drop", "MESSAGE",
     "take a message away, e.g. finished, server:certificate; of two\n"
     "connections, from the second one. May be given several times",
     OPT_DROP, 0},
    {NULL, NULL, "What is left behind", 0, 0},
    {"json", NULL, "one JSON object in place of the ladder", OPT_JSON, 0},
    {"keylog", "FILE", "write the secrets in the NSS key log format", OPT_KEYLOG, 0},
    {"pcap", "FILE", "write a capture with the secrets inside, for wireshark", OPT_PCAP, 0},
    {NULL, NULL, "Instead of one handshake", 0, 0},
    {"all", NULL, "every kind there is, a line each; takes --chunk, --data, --seed, --json",
     OPT_ALL, 0},
};

/* The help text's last part, with what the tables hold: see write_notes. */
static char notes[4096];

static const struct cli_usage_text usage = {
    .synopsis = "[OPTION...]",
    .summary =
        "Runs a handshake between a client and a server in memory, then application data both ways and\n"
        "close_notify, and prints every message, what was negotiated, and whether both ends agree.",
    .options = option_table,
    .option_count = sizeof option_table / sizeof *option_table,
    .notes = notes,
};

/* add_names appends to the notes, in lines of some 90 bytes. */
static void add_name(size_t *column, const char *name) {
    size_t len = strlen(notes);
    size_t width = strlen(name) + 1;
    bool first = *column == 0 || *column + width > 90;
    (void)snprintf(notes + len, sizeof notes - len, "%s%s", first ? "\n  " : " ", name);
    *column = first ? width + 2 : *column + width;
}

static void add_notes(const char *text) {
    size_t len = strlen(notes);
    (void)snprintf(notes + len, sizeof notes - len, "%s", text);
}

static void write_notes(void) {
    size_t column = 0;
    notes[0] = '\0';
    add_notes("Groups:");
    for (size_t i = 0; i < parley_group_count; i++) {
        if (parley_groups[i].kind != PARLEY_GROUP_KIND_NONE) {
            add_name(&column, parley_groups[i].name);
        }
    }
    add_notes("\nSuites:");
    column = 0;
    for (size_t i = 0; i < parley_suite_count; i++) {
        add_name(&column, parley_suites[i].name);
    }
    add_notes(
        "\nMessages: see 'parley messages'.\n\n"
        "Exit status: 0 if both ends completed the handshake, agree and echoed the data; 1 if "
        "not,\nsaying who stopped, at which message, with which alert; 2 for bad usage.");
}

static const char *const cert_names[CERT_COUNT] = {"any", "rsa", "ecdsa", "ed25519"};

const char *handshake_cert_name(enum handshake_cert cert) {
    return cert_names[cert];
}

/* ---- Values ---- */

static bool read_suite(const struct parley_suite **out, const char *value) {
    *out = parley_suite_by_name(value);
    if (*out != NULL) {
        return true;
    }
    cli_usage("unknown suite '%s': --help lists them", value);
    return false;
}

static bool read_group(const struct parley_group **out, const char *value) {
    *out = parley_group_by_name(value);
    if (*out != NULL && (*out)->kind != PARLEY_GROUP_KIND_NONE) {
        return true;
    }
    cli_usage("%s group '%s': --help lists them", *out == NULL ? "unknown" : "not a spoken", value);
    return false;
}

static bool read_cert(struct handshake_options *o, const char *value) {
    for (int i = CERT_ANY + 1; i < CERT_COUNT; i++) {
        if (strcasecmp(value, cert_names[i]) == 0) {
            o->cert = (enum handshake_cert)i;
            return true;
        }
    }
    cli_usage("unknown certificate '%s': known are rsa, ecdsa and ed25519", value);
    return false;
}

/* read_alpn keeps the names in |names|. */
static bool read_alpn(const char *what, const char *value, const char *names[CLI_PROTOCOLS_MAX],
                      size_t *count) {
    struct cli_protocols protocols = {.count = 0};
    if (!cli_protocols(what, value, &protocols)) {
        return false;
    }
    for (*count = 0; *count < protocols.count; ++*count) {
        names[*count] = cli_keep(protocols.list[*count]);
    }
    return true;
}

static bool read_drop(struct handshake_options *o, const char *value) {
    if (o->drop_count == HANDSHAKE_MAX_DROPS) {
        cli_usage("at most %d messages can be dropped", HANDSHAKE_MAX_DROPS);
        return false;
    }
    if (!cli_drop("--drop", value, &o->drops[o->drop_count])) {
        return false;
    }
    o->drop_count++;
    return true;
}

static bool read_size(const char *what, const char *value, uint64_t max, size_t *out) {
    uint64_t number;
    if (!cli_number(what, value, 1, max, &number)) {
        return false;
    }
    *out = (size_t)number;
    return true;
}

static bool read_sni(struct handshake_options *o, const char *value) {
    size_t len = strlen(value);
    if (len == 0 || len > PARLEY_NAME_MAX || cli_is_ip(value)) {
        cli_usage("--sni takes a host name of at most %d bytes, not '%.40s'", PARLEY_NAME_MAX,
                  value);
        return false;
    }
    o->server_name = value;
    return true;
}

static bool read_compress(struct handshake_options *o, const char *value) {
    struct parley_config known;
    o->compress = value;
    return cli_compression(&known, value);
}

static bool read_file(const char **out, const char *what, const char *value) {
    *out = value;
    if (*value != '\0') {
        return true;
    }
    cli_usage("--%s takes a file", what);
    return false;
}

static bool read_option(struct handshake_options *o, int key, const char *value) {
    switch (key) {
    case OPT_CLIENT:
        o->stacks[PARLEY_CLIENT] = value;
        break;
    case OPT_SERVER:
        o->stacks[PARLEY_SERVER] = value;
        break;
    case OPT_TLS:
        return cli_version("--tls", value, &o->version);
    case OPT_SUITE:
        return read_suite(&o->suite, value);
    case OPT_GROUP:
        return read_group(&o->group, value);
    case OPT_CERT:
        return read_cert(o, value);
    case OPT_ALPN:
        return read_alpn("--alpn", value, o->alpn, &o->alpn_count);
    case OPT_SNI:
        return read_sni(o, value);
    case OPT_CHUNK:
        return read_size("--chunk", value, SIZE_MAX / 2, &o->chunk);
    case OPT_DATA:
        return read_size("--data", value, HANDSHAKE_MAX_DATA, &o->data);
    case OPT_SEED:
        return cli_number("--seed", value, 0, UINT64_MAX, &o->seed);
    case OPT_DROP:
        return read_drop(o, value);
    case OPT_COMPRESS:
        return read_compress(o, value);
    case OPT_KEYLOG:
        return read_file(&o->keylog, "keylog", value);
    case OPT_PCAP:
        return read_file(&o->pcap, "pcap", value);
    case OPT_SERVER_TLS:
        return cli_version("--server-tls", value, &o->server_version);
    case OPT_SERVER_SUITE:
        return read_suite(&o->server_suite, value);
    case OPT_SERVER_GROUP:
        return read_group(&o->server_group, value);
    case OPT_SERVER_ALPN:
        return read_alpn("--server-alpn", value, o->server_alpn, &o->server_alpn_count);
    case OPT_SERVER_CERT:
        o->entries[PARLEY_SERVER] = value;
        break;
    case OPT_CLIENT_CERT:
        o->entries[PARLEY_CLIENT] = value;
        break;
    case OPT_CLIENT_AUTH:
        o->client_auth = true;
        break;
    case OPT_ECH:
        o->ech = true;
        break;
    case OPT_HRR:
        o->hello_retry = true;
        break;
    case OPT_RESUME:
        o->resume = true;
        break;
    case OPT_SESSION_ID:
        o->session_id = true;
        break;
    case OPT_PSK:
        o->psk = true;
        break;
    case OPT_PSK_KE:
        o->psk_ke = true;
        break;
    case OPT_EARLY_DATA:
        o->early_data = true;
        break;
    case OPT_KEY_UPDATE:
        o->key_update = true;
        break;
    case OPT_JSON:
        o->json = true;
        break;
    case OPT_ALL:
        o->all = true;
        break;
    default:
        break;
    }
    return true;
}

/* all_alone: --all chooses for itself what is negotiated, and leaves nothing behind. */
static bool all_alone(const struct handshake_options *o) {
    return o->version == 0 && o->suite == NULL && o->group == NULL && o->cert == CERT_ANY &&
           !o->client_auth && !o->ech && !o->hello_retry && !o->resume && !o->session_id &&
           !o->psk && !o->psk_ke && !o->early_data && !o->key_update && o->compress == NULL &&
           o->alpn_count == 0 && o->server_version == 0 && o->server_suite == NULL &&
           o->server_group == NULL && o->server_alpn_count == 0 && o->entries[0] == NULL &&
           o->entries[1] == NULL && o->stacks[0] == NULL && o->stacks[1] == NULL &&
           o->server_name == NULL && o->drop_count == 0 && o->keylog == NULL && o->pcap == NULL;
}

int handshake_options_read(struct handshake_options *o, int argc, char **argv) {
    struct cli_args args;
    int key;
    *o = (struct handshake_options){.seed = 1};
    write_notes();
    cli_args_init(&args, argc, argv, &usage);
    while ((key = cli_next(&args)) > 0) {
        if (!read_option(o, key, args.value)) {
            return CLI_USAGE;
        }
    }
    if (key == CLI_STOP) {
        return args.status == CLI_OK ? CLI_STOP : args.status;
    }
    if (cli_operands(&args) > 0) {
        return cli_usage("unexpected '%s'", argv[args.operand]);
    }
    char why[200];
    if (o->all) {
        if (all_alone(o)) {
            return CLI_OK;
        }
        return cli_usage("--all goes with --chunk, --data, --seed and --json only");
    }
    const char *wrong = handshake_options_check(o, why);
    return wrong == NULL ? CLI_OK : cli_usage("%s", wrong);
}
