/* parley handshake: what was negotiated, for people. */
#include "cli/handshake.h"

#include <string.h>

static void line(FILE *out, const char *what, const char *value) {
    fprintf(out, "%-22s %s\n", what, value);
}

/* both prints what the ends say: once if they say the same. */
static void both(FILE *out, const char *what, const char *client, const char *server) {
    if (strcmp(client, server) == 0) {
        line(out, what, client);
    } else {
        fprintf(out, "%-22s client: %s, server: %s\n", what, client, server);
    }
}

static const char *code(unsigned known, uint16_t value, const char *(*name)(uint16_t)) {
    return known == 0 ? "?" : value == 0 ? "-" : name(value);
}

/* text copies what the peer sent, printable. */
static const char *text(struct parley_bytes bytes, char out[256]) {
    size_t n = bytes.len < 255 ? bytes.len : 255;
    for (size_t i = 0; i < n; i++) {
        out[i] = bytes.data[i] >= 0x20 && bytes.data[i] < 0x7f ? (char)bytes.data[i] : '?';
    }
    out[n] = '\0';
    return n == 0 ? "-" : out;
}

static const char *yes(bool value) {
    return value ? "yes" : "no";
}

/* told: what an end says, if it does. */
static const char *told(const struct parley_endpoint_outcome *end, unsigned bit, const char *text) {
    return (end->known & bit) != 0 ? text : "?";
}

static void print_parameters(FILE *out, const struct parley_endpoint_outcome *c,
                             const struct parley_endpoint_outcome *s) {
    char a[256], b[256];
    both(out, "version", code(c->known & PARLEY_KNOWS_VERSION, c->version, parley_version_name),
         code(s->known & PARLEY_KNOWS_VERSION, s->version, parley_version_name));
    both(out, "suite", code(c->known & PARLEY_KNOWS_SUITE, c->suite, parley_suite_name),
         code(s->known & PARLEY_KNOWS_SUITE, s->suite, parley_suite_name));
    both(out, "group", code(c->known & PARLEY_KNOWS_GROUP, c->group, parley_group_name),
         code(s->known & PARLEY_KNOWS_GROUP, s->group, parley_group_name));
    both(out, "server's signature",
         code(c->known & PARLEY_KNOWS_SIGALG_SERVER, c->sigalg_server, parley_sigalg_name),
         code(s->known & PARLEY_KNOWS_SIGALG_SERVER, s->sigalg_server, parley_sigalg_name));
    both(out, "client's signature",
         code(c->known & PARLEY_KNOWS_SIGALG_CLIENT, c->sigalg_client, parley_sigalg_name),
         code(s->known & PARLEY_KNOWS_SIGALG_CLIENT, s->sigalg_client, parley_sigalg_name));
    both(out, "ALPN", told(c, PARLEY_KNOWS_ALPN, text(c->alpn, a)),
         told(s, PARLEY_KNOWS_ALPN, text(s->alpn, b)));
    both(out, "server name", told(c, PARLEY_KNOWS_SERVER_NAME, text(c->server_name, a)),
         told(s, PARLEY_KNOWS_SERVER_NAME, text(s->server_name, b)));
    if (c->ech_accepted || s->ech_accepted) {
        both(out, "ECH accepted", yes(c->ech_accepted), yes(s->ech_accepted));
    }
    both(out, "resumed", told(c, PARLEY_KNOWS_RESUMED, yes(c->resumed)),
         told(s, PARLEY_KNOWS_RESUMED, yes(s->resumed)));
    if (c->version == PARLEY_TLS12) {
        both(out, "extended master secret",
             told(c, PARLEY_KNOWS_EXTENDED_MASTER_SECRET, yes(c->extended_master_secret)),
             told(s, PARLEY_KNOWS_EXTENDED_MASTER_SECRET, yes(s->extended_master_secret)));
        both(out, "encrypt-then-MAC",
             told(c, PARLEY_KNOWS_ENCRYPT_THEN_MAC, yes(c->encrypt_then_mac)),
             told(s, PARLEY_KNOWS_ENCRYPT_THEN_MAC, yes(s->encrypt_then_mac)));
    }
    fprintf(out, "%-22s client: %s, server: %s\n", "peer verified",
            told(c, PARLEY_KNOWS_PEER, yes(c->peer_verified)),
            told(s, PARLEY_KNOWS_PEER, yes(s->peer_verified)));
}

static void print_agreement(FILE *out, const struct parley_pipe_result *r) {
    if (r->agreed) {
        line(out, "both ends agree", "yes");
        return;
    }
    char names[200];
    fprintf(out, "%-22s NO: %s\n", "both ends agree",
            parley_disagreements_explain(r->disagreements, names, sizeof names));
}

/* print_stacks says whose handshake it is, unless it is ours alone. */
static void print_stacks(FILE *out, const struct handshake *h) {
    for (int role = 0; role < 2; role++) {
        const char *name;
        const struct parley_stack *stack = handshake_stack(h, (enum parley_role)role, &name);
        if (handshake_stack(h, PARLEY_CLIENT, NULL) != handshake_stack(h, PARLEY_SERVER, NULL) ||
            stack != &parley_engine_stack) {
            fprintf(out, "%-7s %s: %s\n", parley_role_name((enum parley_role)role), name,
                    stack->version());
        }
    }
}

void handshake_print(FILE *out, const struct handshake *h, size_t index,
                     const struct parley_pipe_result *r) {
    const struct parley_endpoint_outcome *c = &r->ends[PARLEY_CLIENT];
    const struct parley_endpoint_outcome *s = &r->ends[PARLEY_SERVER];
    char explanation[400];
    if (index > 0) {
        fputc('\n', out);
    }
    print_stacks(out, h);
    parley_ladder_print(out, handshake_ladder(h), parley_colour_wanted(out));
    fputc('\n', out);
    if (c->done && s->done) {
        print_parameters(out, c, s);
        if (r->early_sent > 0) {
            fprintf(out, "%-22s %zu bytes, %s\n", "early data", r->early_sent,
                    c->early_data_accepted ? "accepted" : "rejected, and sent again");
        }
        print_agreement(out, r);
    }
    fprintf(out, "%-22s %zu bytes at the client, %zu at the server\n", "application data",
            r->received[PARLEY_CLIENT], r->received[PARLEY_SERVER]);
    fprintf(out, "%-22s %zu from the client, %zu from the server\n", "bytes sent",
            r->sent[PARLEY_CLIENT], r->sent[PARLEY_SERVER]);
    line(out, "outcome", parley_pipe_explain(r, explanation, sizeof explanation));
}
