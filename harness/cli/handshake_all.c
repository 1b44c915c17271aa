/* parley handshake --all: every kind of handshake there is, a line each.
 *
 * The kinds come from the tables: a new suite or group is run without a change here. Behind the
 * count stands a check that every suite, spoken group, certificate and way of resuming was seen to
 * work. */
#include "cli/handshake.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

/* Fewer kinds than this is a fault of this file or of the tables. */
#define LEAST_KINDS 900
#define MAX_ROWS 64

/* Ways to begin. */
enum way { WAY_FULL, WAY_RESUME, WAY_SESSION_ID, WAY_PSK_KE, WAY_EARLY, WAY_RETRY, WAY_COUNT };
static const char *const way_names[WAY_COUNT] = {"full",   "resumed",    "by session id",
                                                 "psk_ke", "early data", "hello retry"};

struct tally {
    const struct handshake_options *base;
    struct parley_pki *pki;
    json_t *kinds;
    size_t ran, passed;
    bool suites[MAX_ROWS], groups[MAX_ROWS], certs[CERT_COUNT], ways[2][WAY_COUNT];
    bool client_auth, external_psk, alpn, key_update, compress, ech;
};

static void name_kind(const struct handshake_options *o, enum way way, char out[200]) {
    (void)snprintf(out, 200, "%s %s%s%s%s%s %s%s%s%s%s%s", parley_version_name(o->version),
                   o->suite != NULL ? o->suite->name : "any suite", o->group != NULL ? " " : "",
                   o->group != NULL ? o->group->name : "", o->psk ? "" : " ",
                   o->psk               ? " external PSK"
                   : handshake_psk12(o) ? "PSK"
                                        : handshake_cert_name(o->cert),
                   way_names[way], o->client_auth ? ", client authentication" : "",
                   o->alpn_count > 0 ? ", ALPN" : "", o->key_update ? ", key update" : "",
                   o->compress != NULL ? ", compressed certificates" : "", o->ech ? ", ECH" : "");
}

/* note_seen marks what a handshake that passed has shown to work. */
static void note_seen(struct tally *t, const struct handshake_options *o, enum way way) {
    if (o->suite != NULL) {
        t->suites[o->suite - parley_suites] = true;
    }
    if (o->group != NULL) {
        t->groups[o->group - parley_groups] = true;
    }
    if (!o->psk && !handshake_psk12(o)) {
        t->certs[o->cert] = true;
    }
    t->ways[o->version == PARLEY_TLS13][way] = true;
    t->client_auth |= o->client_auth;
    t->external_psk |= o->psk;
    t->alpn |= o->alpn_count > 0;
    t->key_update |= o->key_update;
    t->compress |= o->compress != NULL;
    t->ech |= o->ech;
}

static bool run_kind(const struct tally *t, const struct handshake_options *o, char why[400]) {
    struct handshake *h = handshake_new(o, t->pki, why, NULL);
    bool ok = h != NULL;
    for (size_t i = 0; ok && i < handshake_connections(o); i++) {
        struct parley_pipe_result result;
        ok = handshake_connect(h, i, &result, why);
    }
    handshake_free(h);
    return ok;
}

/* try_kind runs one and prints its line. */
static void try_kind(struct tally *t, struct handshake_options o, enum way way) {
    char name[200], why[400] = "";
    o.resume = way == WAY_RESUME || way == WAY_SESSION_ID || way == WAY_EARLY ||
               (way == WAY_PSK_KE && !o.psk);
    o.session_id = way == WAY_SESSION_ID;
    o.psk_ke = way == WAY_PSK_KE;
    o.early_data = way == WAY_EARLY;
    o.hello_retry = way == WAY_RETRY;
    const char *wrong = handshake_options_check(&o, why);
    name_kind(&o, way, name);
    bool ok = wrong == NULL && run_kind(t, &o, why);
    t->ran++;
    if (ok) {
        t->passed++;
        note_seen(t, &o, way);
    }
    if (t->base->json) {
        json_array_append_new(t->kinds,
                              json_pack("{s:s, s:b, s:o}", "kind", name, "ok", ok, "failure",
                                        ok ? json_null() : json_string(wrong ? wrong : why)));
    } else {
        printf("%-6s %s%s%s\n", ok ? "ok" : "FAILED", name, ok ? "" : ": ",
               ok ? "" : (wrong != NULL ? wrong : why));
    }
}

/* Which ways a version has. */
static bool has_way(uint16_t version, enum way way) {
    if (way == WAY_FULL || way == WAY_RESUME) {
        return true;
    }
    return (way == WAY_SESSION_ID) == (version == PARLEY_TLS12);
}

/* has_cert: whether a certificate can authenticate a suite's server; CERT_ANY stands for
 * none. */
static bool has_cert(const struct parley_suite *suite, enum handshake_cert cert) {
    if (suite->authentication == PARLEY_AUTH_PSK) {
        return cert == CERT_ANY;
    }
    if (cert == CERT_ANY) {
        return false;
    }
    if (suite->authentication == PARLEY_AUTH_ANY) {
        return true;
    }
    return (suite->authentication == PARLEY_AUTH_RSA) == (cert == CERT_RSA);
}

/* has_group: whether a suite's key exchange can be over |group|; NULL stands for none. */
static bool has_group(const struct parley_suite *suite, const struct parley_group *group) {
    if (suite->key_exchange == PARLEY_KX_RSA || suite->key_exchange == PARLEY_KX_PSK) {
        return group == NULL;
    }
    if (group == NULL || group->kind == PARLEY_GROUP_KIND_NONE ||
        (group->kind == PARLEY_GROUP_KIND_HYBRID && suite->version != PARLEY_TLS13)) {
        return false;
    }
    return (suite->key_exchange == PARLEY_KX_DHE) == (group->kind == PARLEY_GROUP_KIND_FFDHE);
}

static void all_ways(struct tally *t, const struct handshake_options *o) {
    struct handshake_options with_client = *o;
    with_client.client_auth = true;
    for (int way = 0; way < WAY_COUNT; way++) {
        if (!has_way(o->version, (enum way)way)) {
            continue;
        }
        try_kind(t, *o, (enum way)way);
        if (!handshake_psk12(o)) {
            try_kind(t, with_client, (enum way)way);
        }
    }
}

/* all_of_suite: every group, certificate, way, with and without client authentication. */
static void all_of_suite(struct tally *t, const struct parley_suite *suite) {
    struct handshake_options o = *t->base;
    o.suite = suite;
    o.version = suite->version;
    for (size_t g = 0; g <= parley_group_count; g++) {
        o.group = g < parley_group_count ? &parley_groups[g] : NULL;
        if (!has_group(suite, o.group)) {
            continue;
        }
        for (int cert = CERT_ANY; cert < CERT_COUNT; cert++) {
            o.cert = (enum handshake_cert)cert;
            if (has_cert(suite, o.cert)) {
                all_ways(t, &o);
            }
        }
    }
}

/* the_rest: what does not multiply with everything else. */
static void the_rest(struct tally *t) {
    for (size_t i = 0; i < parley_suite_count; i++) {
        struct handshake_options o = *t->base;
        o.suite = &parley_suites[i];
        o.version = o.suite->version;
        if (o.version != PARLEY_TLS13) {
            continue;
        }
        o.psk = true;
        try_kind(t, o, WAY_FULL);
        try_kind(t, o, WAY_PSK_KE);
        try_kind(t, o, WAY_RETRY);
        o.psk = false;
        o.key_update = true;
        try_kind(t, o, WAY_FULL);
        try_kind(t, o, WAY_RESUME);
        o.key_update = false;
        o.compress = "zlib";
        o.client_auth = true;
        try_kind(t, o, WAY_FULL);
        o.compress = NULL;
        o.ech = true;
        for (int way = 0; way < WAY_COUNT; way++) {
            if (has_way(o.version, (enum way)way)) {
                try_kind(t, o, (enum way)way);
            }
        }
    }
    for (uint16_t version = PARLEY_TLS12; version <= PARLEY_TLS13; version++) {
        struct handshake_options o = *t->base;
        o.version = version;
        o.alpn[0] = "h2";
        o.alpn[1] = "http/1.1";
        o.alpn_count = 2;
        try_kind(t, o, WAY_FULL);
        try_kind(t, o, WAY_RESUME);
    }
}

/* want says what has not been seen to work. */
__attribute__((format(printf, 3, 4))) static void want(size_t *missing, bool seen,
                                                       const char *format, ...) {
    char text[120];
    va_list args;
    if (seen) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cli_note("never worked: %s", text);
    ++*missing;
}

/* missing counts what has not been seen to work. */
static size_t missing(const struct tally *t) {
    size_t n = 0;
    for (size_t i = 0; i < parley_suite_count; i++) {
        want(&n, t->suites[i], "suite %s", parley_suites[i].name);
    }
    for (size_t i = 0; i < parley_group_count; i++) {
        bool spoken = parley_groups[i].kind != PARLEY_GROUP_KIND_NONE;
        want(&n, t->groups[i] || !spoken, "group %s", parley_groups[i].name);
    }
    for (int i = CERT_ANY + 1; i < CERT_COUNT; i++) {
        want(&n, t->certs[i], "certificate %s", handshake_cert_name((enum handshake_cert)i));
    }
    for (int v = 0; v < 2; v++) {
        uint16_t version = v == 0 ? PARLEY_TLS12 : PARLEY_TLS13;
        for (int way = 0; way < WAY_COUNT; way++) {
            want(&n, t->ways[v][way] || !has_way(version, (enum way)way), "%s, %s",
                 parley_version_name(version), way_names[way]);
        }
    }
    want(&n, t->client_auth, "client authentication");
    want(&n, t->external_psk, "external PSK");
    want(&n, t->alpn, "ALPN");
    want(&n, t->key_update, "key update");
    want(&n, t->compress, "compressed certificates");
    want(&n, t->ech, "Encrypted Client Hello");
    return n;
}

int handshake_all(const struct handshake_options *base) {
    struct tally t = {.base = base, .pki = parley_pki_new(base->seed), .kinds = json_array()};
    if (t.pki == NULL || parley_suite_count > MAX_ROWS || parley_group_count > MAX_ROWS) {
        return cli_fail("out of memory");
    }
    for (size_t i = 0; i < parley_suite_count; i++) {
        all_of_suite(&t, &parley_suites[i]);
    }
    the_rest(&t);
    size_t absent = missing(&t);
    bool ok = t.passed == t.ran && t.ran >= LEAST_KINDS && absent == 0;
    if (base->json) {
        json_t *out =
            json_pack("{s:b, s:I, s:I, s:I, s:I, s:O}", "ok", ok, "ran", (json_int_t)t.ran,
                      "passed", (json_int_t)t.passed, "least", (json_int_t)LEAST_KINDS,
                      "never_worked", (json_int_t)absent, "kinds", t.kinds);
        (void)json_dumpf(out, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(out);
    } else {
        printf("%zu of %zu kinds of handshake passed, %zu failed\n", t.passed, t.ran,
               t.ran - t.passed);
    }
    json_decref(t.kinds);
    parley_pki_free(t.pki);
    (void)fflush(stdout);
    if (t.ran < LEAST_KINDS) {
        cli_note("only %zu kinds ran, at least %d were expected", t.ran, LEAST_KINDS);
    }
    return ok ? CLI_OK : CLI_FAILED;
}
