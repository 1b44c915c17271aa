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

static const char *code(uint16_t value, const char *(*name)(uint16_t)) {
    return value == 0 ? "-" : name(value);
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

static void print_parameters(FILE *out, const struct parley_endpoint_outcome *c,
                             const struct parley_endpoint_outcome *s) {
    char a[256], b[256];
    both(out, "version", code(c->version, parley_version_name),
         code(s->version, parley_version_name));
    both(out, "suite", code(c->suite, parley_suite_name), code(s->suite, parley_suite_name));
    both(out, "group", code(c->group, parley_group_name), code(s->group, parley_group_name));
    both(out, "server's signature", code(c->sigalg_server, parley_sigalg_name),
         code(s->sigalg_server, parley_sigalg_name));
    both(out, "client's signature", code(c->sigalg_client, parley_sigalg_name),
         code(s->sigalg_client, parley_sigalg_name));
    both(out, "ALPN", text(c->alpn, a), text(s->alpn, b));
    both(out, "server name", text(c->server_name, a), text(s->server_name, b));
    if (c->ech_accepted || s->ech_accepted) {
        both(out, "ECH accepted", yes(c->ech_accepted), yes(s->ech_accepted));
    }
    both(out, "resumed", yes(c->resumed), yes(s->resumed));
    if (c->version == PARLEY_TLS12) {
        both(out, "extended master secret", yes(c->extended_master_secret),
             yes(s->extended_master_secret));
        both(out, "encrypt-then-MAC", yes(c->encrypt_then_mac), yes(s->encrypt_then_mac));
    }
    fprintf(out, "%-22s client: %s, server: %s\n", "peer verified", yes(c->peer_verified),
            yes(s->peer_verified));
}

static void print_agreement(FILE *out, const struct parley_pipe_result *r) {
    if (r->agreed) {
        line(out, "both ends agree", "yes");
        return;
    }
    fprintf(out, "%-22s NO:", "both ends agree");
    for (unsigned i = 0; i < PARLEY_DISAGREEMENTS; i++) {
        if ((r->disagreements >> i & 1) != 0) {
            fprintf(out, " %s", parley_disagreement_name(i));
        }
    }
    fputc('\n', out);
}

void handshake_print(FILE *out, const struct handshake *h, size_t index,
                     const struct parley_pipe_result *r) {
    const struct parley_endpoint_outcome *c = &r->ends[PARLEY_CLIENT];
    const struct parley_endpoint_outcome *s = &r->ends[PARLEY_SERVER];
    char explanation[400];
    if (index > 0) {
        fputc('\n', out);
    }
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
