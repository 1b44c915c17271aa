/* parley handshake: is what came out what was asked for? */
#include "cli/handshake.h"

#include <stdio.h>
#include <string.h>

/* differing writes the names of what the ends disagree on. */
static void differing(unsigned bits, char out[400]) {
    char names[200];
    (void)snprintf(out, 400, "the two ends disagree on %s",
                   parley_disagreements_explain(bits, names, sizeof names));
}

static const char *code_differs(const char *what, unsigned known, uint16_t got, uint16_t wanted,
                                const char *(*name)(uint16_t), char why[400]) {
    if (known == 0 || wanted == 0 || got == wanted) {
        return NULL;
    }
    (void)snprintf(why, 400, "%s %s was asked for, %s was negotiated", what, name(wanted),
                   got == 0 ? "none" : name(got));
    return why;
}

/* flag_differs compares what was asked for with what came, if an end says so: if |known|. */
static const char *flag_differs(const char *what, unsigned known, bool got, bool wanted,
                                char why[400]) {
    if (known == 0 || got == wanted) {
        return NULL;
    }
    (void)snprintf(why, 400, "%s: %s was asked for, it is %s", what, wanted ? "yes" : "no",
                   got ? "yes" : "no");
    return why;
}

/* has_group: whether this handshake does a key exchange over a group that the options name. */
static bool has_group(const struct handshake_options *o, const struct parley_endpoint_outcome *c) {
    bool psk = o->psk || c->resumed;
    if (c->version == PARLEY_TLS13) {
        return !(psk && o->psk_ke);
    }
    return !c->resumed;
}

static const char *parameters_differ(const struct handshake_options *o,
                                     const struct parley_endpoint_outcome *c, char why[400]) {
    const char *wrong = code_differs("version", c->known & PARLEY_KNOWS_VERSION, c->version,
                                     o->version, parley_version_name, why);
    if (wrong == NULL && o->suite != NULL) {
        wrong = code_differs("suite", c->known & PARLEY_KNOWS_SUITE, c->suite, o->suite->code,
                             parley_suite_name, why);
    }
    if (wrong == NULL && o->group != NULL && has_group(o, c)) {
        wrong = code_differs("group", c->known & PARLEY_KNOWS_GROUP, c->group, o->group->code,
                             parley_group_name, why);
    }
    if (wrong == NULL && o->alpn_count > 0 && (c->known & PARLEY_KNOWS_ALPN) != 0 &&
        (c->alpn.len != strlen(o->alpn[0]) || memcmp(c->alpn.data, o->alpn[0], c->alpn.len) != 0)) {
        (void)snprintf(why, 400, "ALPN %.255s was not negotiated", o->alpn[0]);
        wrong = why;
    }
    return wrong;
}

const char *handshake_unexpected(const struct handshake_options *o, size_t index,
                                 const struct parley_pipe_result *r, char why[400]) {
    const struct parley_endpoint_outcome *client = &r->ends[PARLEY_CLIENT];
    const struct parley_endpoint_outcome *server = &r->ends[PARLEY_SERVER];
    struct parley_endpoint_outcome both;
    bool resumes = index > 0;
    if (!r->agreed) {
        differing(r->disagreements, why);
        return why;
    }
    parley_pipe_merge(r, &both);
    const char *wrong = parameters_differ(o, &both, why);
    if (wrong == NULL) {
        wrong = flag_differs("resumed", both.known & PARLEY_KNOWS_RESUMED, both.resumed,
                             resumes || o->psk, why);
    }
    if (wrong == NULL) {
        wrong = flag_differs("hello_retry", both.known & PARLEY_KNOWS_HELLO_RETRY, both.hello_retry,
                             o->hello_retry, why);
    }
    if (wrong == NULL) {
        wrong = flag_differs("ech_accepted", 1, client->ech_accepted, o->ech, why);
    }
    if (wrong == NULL) {
        /* A hello_retry_request always rejects 0-RTT data, RFC 8446 4.2.10. */
        bool early = o->early_data && resumes && !o->hello_retry;
        wrong = flag_differs("early_data_accepted", both.known & PARLEY_KNOWS_EARLY_DATA,
                             both.early_data_accepted, early, why);
    }
    if (wrong == NULL && !o->psk && !handshake_psk12(o)) {
        wrong = flag_differs("server verified", client->known & PARLEY_KNOWS_PEER,
                             client->peer_verified, true, why);
    }
    if (wrong == NULL && o->client_auth) {
        wrong = flag_differs("client verified", server->known & PARLEY_KNOWS_PEER,
                             server->peer_verified, true, why);
    }
    return wrong;
}
