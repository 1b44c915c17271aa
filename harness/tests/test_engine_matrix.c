/* Every combination of version, suite, group, certificate, client authentication and resumption
 * that the RFCs allow completes in memory, delivered whole and byte by byte. */
#include <stdio.h>
#include <string.h>

#include "tests/support_duo.h"

enum resumption {
    NOT_RESUMED,
    SESSION_ID,   /* RFC 5246 7.4.1.2 */
    TICKET,       /* RFC 5077 */
    PSK_DHE,      /* RFC 8446 2.2, psk_dhe_ke */
    PSK_ALONE,    /* psk_ke */
    EXTERNAL_DHE, /* external PSK, psk_dhe_ke */
    EXTERNAL,     /* external PSK, psk_ke */
    RESUMPTIONS,
};

static const char *const resumption_names[RESUMPTIONS] = {
    "full",   "session id",          "ticket",         "psk_dhe_ke",
    "psk_ke", "external psk_dhe_ke", "external psk_ke"};

/* A certificate of the server: what TLS 1.2's suites call it, and the group of its key. */
static const struct certificate {
    const char *name;
    enum parley_authentication authentication;
    uint16_t group;
} certificates[] = {
    {"server-rsa", PARLEY_AUTH_RSA, 0},
    {"server-ecdsa-p256", PARLEY_AUTH_ECDSA, PARLEY_GROUP_secp256r1},
    {"server-ecdsa-p384", PARLEY_AUTH_ECDSA, PARLEY_GROUP_secp384r1},
    {"server-ecdsa-p521", PARLEY_AUTH_ECDSA, PARLEY_GROUP_secp521r1},
    {"server-ed25519", PARLEY_AUTH_ECDSA, 0}, /* RFC 8422 5.10 */
    {NULL, PARLEY_AUTH_ANY, 0},
};

static const struct client_auth {
    const char *name;
    enum parley_client_auth wanted;
    const char *certificate;
} client_auths[] = {
    {"none", PARLEY_AUTH_NONE, NULL},
    {"rsa", PARLEY_AUTH_REQUIRE, "client-rsa"},
    {"ecdsa", PARLEY_AUTH_REQUIRE, "client-ecdsa-p256"},
    {"ed25519", PARLEY_AUTH_REQUIRE, "client-ed25519"},
    {"not given", PARLEY_AUTH_REQUEST, NULL},
};

static const struct parley_group no_group = {"none", 0, PARLEY_GROUP_KIND_NONE, 0};

struct combination {
    const struct parley_suite *suite;
    const struct parley_group *group;
    const struct certificate *certificate;
    const struct client_auth *client_auth;
    enum resumption resumption;
};

static bool is_external(enum resumption r) {
    return r == EXTERNAL_DHE || r == EXTERNAL;
}

static bool is_psk12(const struct combination *c) {
    return c->suite->authentication == PARLEY_AUTH_PSK;
}

/* group_fits: TLS 1.3 has an (EC)DHE group unless psk_ke alone is spoken (RFC 8446 4.2.9), TLS 1.2
 * where the suite says so (RFC 8422 2, RFC 7919 4). */
static bool group_fits(const struct combination *c) {
    bool curve =
        c->group->kind == PARLEY_GROUP_KIND_X25519 || c->group->kind == PARLEY_GROUP_KIND_NIST;
    switch (c->suite->key_exchange) {
    case PARLEY_KX_ANY:
        return c->resumption == EXTERNAL ? c->group == &no_group
                                         : curve || c->group->kind == PARLEY_GROUP_KIND_HYBRID;
    case PARLEY_KX_ECDHE:
        return curve;
    case PARLEY_KX_DHE:
        return c->group->kind == PARLEY_GROUP_KIND_FFDHE;
    case PARLEY_KX_ECDHE_PSK:
        return curve;
    case PARLEY_KX_RSA:
    case PARLEY_KX_PSK:
        return c->group == &no_group;
    }
    return false;
}

/* allowed: whether the RFCs allow the combination. */
static bool allowed(const struct combination *c) {
    bool tls13 = c->suite->version == PARLEY_TLS13;
    enum resumption r = c->resumption;
    if (r != NOT_RESUMED && tls13 != (r >= PSK_DHE)) {
        return false;
    }
    /* A PSK takes the certificate's place, and no CertificateRequest may come (RFC 8446 4.3.2). */
    if (is_external(r)) {
        return c->certificate->name == NULL && c->client_auth->wanted == PARLEY_AUTH_NONE &&
               group_fits(c);
    }
    /* So it does in TLS 1.2 (RFC 4279 2): the suites, in every way of resuming. */
    if (is_psk12(c)) {
        return c->certificate->name == NULL && c->client_auth->wanted == PARLEY_AUTH_NONE &&
               group_fits(c);
    }
    if (c->certificate->name == NULL) {
        return false;
    }
    if (!tls13 && c->suite->authentication != c->certificate->authentication) {
        return false;
    }
    return group_fits(c);
}

/* in_short_run: every suite with every group, every certificate, every client authentication and
 * every resumption, but not everything with everything. */
static bool in_short_run(const struct combination *c, const struct combination *first) {
    bool same_group = c->group == first->group;
    bool same_certificate = c->certificate == first->certificate;
    bool same_auth = c->client_auth == first->client_auth;
    bool full = c->resumption == NOT_RESUMED;
    return (full && same_auth) || (same_group && same_certificate && (full || same_auth)) ||
           is_external(c->resumption);
}

static uint8_t psk_key[32] = {1, 2, 3};
static uint8_t psk_identity[] = "an external identity";

static void configure(struct duo *d, const struct combination *c) {
    static struct parley_psk psk;
    static struct parley_psk12 psk12;
    static uint16_t groups[2];
    struct parley_config *client = &d->config[PARLEY_CLIENT], *server = &d->config[PARLEY_SERVER];
    psk = (struct parley_psk){BYTES_OF(psk_identity), BYTES_OF(psk_key), c->suite->hash};
    duo_only(d, c->suite->version, c->suite->code, c->group->code);
    /* RFC 8422 5.3: the client must know the curve of the server's key, too. */
    if (c->suite->version == PARLEY_TLS12 && c->group->code != 0 && c->certificate->group != 0) {
        groups[0] = c->group->code;
        groups[1] = c->certificate->group;
        client->groups = groups;
        client->group_count = 2;
    }
    duo_certificate(d, PARLEY_SERVER, c->certificate->name);
    duo_certificate(d, PARLEY_CLIENT, c->client_auth->certificate);
    server->client_auth = c->client_auth->wanted;
    client->no_tickets = server->no_tickets = c->resumption == SESSION_ID;
    client->psk_modes = server->psk_modes =
        c->resumption == PSK_ALONE || c->resumption == EXTERNAL ? PARLEY_PSK_KE : PARLEY_PSK_DHE_KE;
    client->psks = server->psks = &psk;
    psk12 = (struct parley_psk12){.identity = BYTES_OF(psk_identity), .key = BYTES_OF(psk_key)};
    client->psk12 = server->psk12 = is_psk12(c) ? &psk12 : NULL;
    client->psk_count = server->psk_count = is_external(c->resumption);
}

static void explain(const struct duo *d, const struct combination *c) {
    print_error("%s, %s, %s, client auth %s, %s, %s\n", c->suite->name, c->group->name,
                c->certificate->name != NULL ? c->certificate->name : "no certificate",
                c->client_auth->name, resumption_names[c->resumption],
                d->chunk == 0 ? "whole" : "byte by byte");
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            explain(d, c);                                                                         \
            fail_msg("%s: %s", #condition, duo_explain(d));                                        \
        }                                                                                          \
    } while (0)

/* verify checks a completed handshake against what was asked for. */
static void verify(struct duo *d, const struct combination *c, bool resumed) {
    const struct parley_outcome *client = &d->outcome[PARLEY_CLIENT];
    const struct parley_outcome *server = &d->outcome[PARLEY_SERVER];
    bool psk = resumed || is_external(c->resumption);
    bool alone = c->resumption == EXTERNAL || (resumed && c->resumption == PSK_ALONE);
    const char *difference = duo_disagreement(d);
    CHECK(client->done && server->done);
    if (difference != NULL) {
        explain(d, c);
        fail_msg("the ends disagree on %s: %s", difference, duo_explain(d));
    }
    CHECK(client->version == c->suite->version);
    CHECK(client->suite == c->suite->code);
    CHECK(client->group == (alone ? 0 : c->group->code));
    CHECK(client->resumed == psk);
    CHECK(client->psk_only == alone);
    CHECK(client->extended_master_secret == (c->suite->version == PARLEY_TLS12));
    CHECK(client->alpn.len == 2 && memcmp(client->alpn.data, "h2", 2) == 0);
    /* A session that is resumed remembers who signed with what. */
    bool external = is_external(c->resumption);
    bool signs = !external && c->suite->key_exchange != PARLEY_KX_RSA && !is_psk12(c);
    CHECK((client->sigalg_server != 0) == signs);
    CHECK((client->sigalg_client != 0) == (!external && c->client_auth->certificate != NULL));
    CHECK(client->peer_verified == (!external && !is_psk12(c)));
    CHECK(server->peer_verified == (c->client_auth->certificate != NULL));
    if (!psk && !is_psk12(c)) {
        struct parley_bytes leaf =
            parley_credential_certificate(duo_credential(c->certificate->name), 0);
        CHECK(leaf.len == client->peer_certificate.len &&
              memcmp(leaf.data, client->peer_certificate.data, leaf.len) == 0);
    }
}

static void handshake(struct duo *d, const struct combination *c, bool resume) {
    bool ok = duo_run(d, resume);
    CHECK(ok);
    verify(d, c, resume);
    duo_echo(d, 20);
    duo_close(d);
}

static size_t handshakes;

static void run(struct duo *d, const struct combination *c) {
    configure(d, c);
    d->seed++;
    handshake(d, c, false);
    handshakes++;
    if (c->resumption != NOT_RESUMED && !is_external(c->resumption)) {
        duo_keep_session(d);
        d->seed++;
        handshake(d, c, true);
        handshakes++;
    }
}

/* for_each_resumption runs |c| with every resumption, counting in |counts|. */
static void for_each_resumption(struct duo *d, struct combination c, struct combination *first,
                                size_t counts[2]) {
    for (int r = 0; r < RESUMPTIONS; r++) {
        c.resumption = (enum resumption)r;
        if (!allowed(&c)) {
            continue;
        }
        if (first->suite != c.suite) {
            *first = c;
        }
        counts[0]++;
        if (duo_quick() && !in_short_run(&c, first)) {
            continue;
        }
        counts[1]++;
        run(d, &c);
    }
}

static void for_each_group(struct duo *d, struct combination c, struct combination *first,
                           size_t counts[2]) {
    for (size_t g = 0; g <= parley_group_count; g++) {
        c.group = g < parley_group_count ? &parley_groups[g] : &no_group;
        if (g < parley_group_count && c.group->kind == PARLEY_GROUP_KIND_NONE) {
            continue;
        }
        for (size_t i = 0; i < COUNT_OF(certificates); i++) {
            c.certificate = &certificates[i];
            for (size_t a = 0; a < COUNT_OF(client_auths); a++) {
                c.client_auth = &client_auths[a];
                for_each_resumption(d, c, first, counts);
            }
        }
    }
}

/* TLS 1.2: 7 ECDHE_ECDSA suites × 5 curves × 4 certificates, 7 ECDHE_RSA × 5, 7 DHE_RSA and 7 RSA,
 * each with 5 client authentications and 3 resumptions. TLS 1.3: 3 suites × 6 groups (a hybrid one
 * among them) × 5 certificates × 5 × 3, and with external PSKs 3 × 6 by psk_dhe_ke and 3 by psk_ke.
 * PSK suites of TLS 1.2: 3 ECDHE_PSK × 5 curves and 2 PSK, each with 3 resumptions. */
enum {
    TLS12_COMBINATIONS = (7 * 5 * 4 + 7 * 5 + 7 + 7) * 5 * 3,
    PSK12_COMBINATIONS = (3 * 5 + 2) * 3,
    TLS13_COMBINATIONS = 3 * 6 * 5 * 5 * 3 + 3 * 6 + 3,
    TLS12_SHORT = (7 * 5 * 4 + 7 * 5 + 7 + 7) + (7 + 7 + 7 + 7) * (4 + 2),
    PSK12_SHORT = (3 * 5 + 2) + (3 + 2) * 2,
    TLS13_SHORT = 3 * 6 * 5 + 3 * (4 + 2) + 3 * 6 + 3,
};

static void matrix(size_t chunk) {
    struct duo *d = duo_new();
    size_t counts[2] = {0, 0};
    d->chunk = chunk;
    d->config[PARLEY_SERVER].session_cache = parley_session_cache_new(4);
    handshakes = 0;
    for (size_t s = 0; s < parley_suite_count; s++) {
        struct combination c = {.suite = &parley_suites[s]};
        struct combination first = {.suite = NULL};
        for_each_group(d, c, &first, counts);
    }
    print_message("%zu of %zu allowed combinations %s: %zu handshakes\n", counts[1], counts[0],
                  chunk == 0 ? "whole" : "in 1-byte chunks", handshakes);
    assert_int_equal(counts[0], TLS12_COMBINATIONS + PSK12_COMBINATIONS + TLS13_COMBINATIONS);
    assert_int_equal(counts[1], duo_quick() ? TLS12_SHORT + PSK12_SHORT + TLS13_SHORT : counts[0]);
    parley_session_cache_free(d->config[PARLEY_SERVER].session_cache);
    duo_free(d);
}

static void test_whole(void **state) {
    (void)state;
    matrix(0);
}

static void test_byte_by_byte(void **state) {
    (void)state;
    matrix(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
