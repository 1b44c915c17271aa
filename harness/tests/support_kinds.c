#include "tests/support_kinds.h"

/* ---- Set-ups ---- */

static void speak(struct duo *d, uint16_t version, uint16_t suite, uint16_t group) {
    duo_only(d, version, suite, group);
    duo_certificate(d, PARLEY_SERVER, "server-ed25519");
}

static void authenticate(struct duo *d) {
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    duo_certificate(d, PARLEY_CLIENT, "client-ed25519");
}

void set_tls12(struct duo *d) {
    speak(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, PARLEY_GROUP_x25519);
}

void set_tls12_rsa(struct duo *d) {
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_RSA_WITH_AES_128_GCM_SHA256, 0);
    duo_certificate(d, PARLEY_SERVER, "server-rsa");
}

void set_tls12_dhe(struct duo *d) {
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, PARLEY_GROUP_ffdhe2048);
    duo_certificate(d, PARLEY_SERVER, "server-rsa");
}

static void share_psk12(struct duo *d, const struct parley_psk12 *psk) {
    d->config[PARLEY_CLIENT].psk12 = d->config[PARLEY_SERVER].psk12 = psk;
}

void set_tls12_psk(struct duo *d) {
    static const struct parley_psk12 psk = {
        .identity = BYTES_IN("somebody"), .key = BYTES_IN("a key"), .hint = BYTES_IN("a hint")};
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_PSK_WITH_AES_128_CBC_SHA, 0);
    share_psk12(d, &psk);
}

void set_tls12_ecdhe_psk(struct duo *d) {
    static const struct parley_psk12 psk = {.identity = BYTES_IN("somebody"),
                                            .key = BYTES_IN("a key")};
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA, PARLEY_GROUP_x25519);
    share_psk12(d, &psk);
}

void set_tls12_auth(struct duo *d) {
    set_tls12(d);
    authenticate(d);
}

void set_tls13(struct duo *d) {
    speak(d, PARLEY_TLS13, PARLEY_TLS_AES_128_GCM_SHA256, PARLEY_GROUP_x25519);
}

void set_tls13_auth(struct duo *d) {
    set_tls13(d);
    authenticate(d);
}

void set_any(struct duo *d) {
    speak(d, 0, 0, PARLEY_GROUP_x25519);
}

void set_server12(struct duo *d) {
    set_any(d);
    d->config[PARLEY_SERVER].max_version = PARLEY_TLS12;
}

void set_retry(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_SERVER].hello_retry = true;
}

void set_retry_group(struct duo *d) {
    static const uint16_t groups[] = {PARLEY_GROUP_x25519, PARLEY_GROUP_secp256r1};
    set_tls13(d);
    d->config[PARLEY_CLIENT].groups = groups;
    d->config[PARLEY_CLIENT].group_count = 2;
    d->config[PARLEY_SERVER].groups = &groups[1];
}

void set_psk(struct duo *d) {
    static const uint8_t identity[] = "identity", key[32] = {1};
    static const struct parley_psk psk = {
        {identity, sizeof(identity)}, {key, sizeof(key)}, PARLEY_HASH_SHA256};
    set_tls13(d);
    for (int role = 0; role < 2; role++) {
        d->config[role].psks = &psk;
        d->config[role].psk_count = 1;
        /* A suite of another hash is offered, too. */
        d->config[role].suites = NULL;
        d->config[role].suite_count = 0;
    }
}

void set_psk_ke(struct duo *d) {
    set_psk(d);
    d->config[PARLEY_CLIENT].psk_modes = d->config[PARLEY_SERVER].psk_modes = PARLEY_PSK_KE;
}

static void set_cbc(struct duo *d) {
    speak(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, PARLEY_GROUP_x25519);
}

static void set_mac_then_encrypt(struct duo *d) {
    set_cbc(d);
    d->config[PARLEY_CLIENT].no_encrypt_then_mac = true;
}

static void set_chacha12(struct duo *d) {
    speak(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
          PARLEY_GROUP_x25519);
}

void (*const set_protection[PROTECTIONS])(struct duo *d) = {set_tls12, set_chacha12, set_cbc,
                                                            set_mac_then_encrypt, set_tls13};

struct duo *connected_pair(void (*set)(struct duo *d)) {
    struct duo *d = duo_new();
    duo_hooks(d);
    set(d);
    duo_complete(d, false);
    return d;
}

bool is_tls13(const struct duo *d) {
    return d->outcome[PARLEY_CLIENT].version == PARLEY_TLS13;
}

/* ---- Kinds ---- */

void set_early(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_CLIENT].early_data = true;
    d->config[PARLEY_SERVER].max_early_data = 1000;
}

void set_status(struct duo *d) {
    static const uint8_t response[] = {1, 2, 3, 4, 5};
    assert_true(parley_credential_set_ocsp(duo_credential("server-ed25519"), BYTES_OF(response)));
    d->config[PARLEY_CLIENT].request_ocsp = true;
}

static void set_everything12(struct duo *d) {
    set_tls12_auth(d);
    set_status(d);
}

void set_alps(struct duo *d) {
    static const struct parley_alps client = {"h2", BYTES_IN("the client's")},
                                    server = {"h2", BYTES_IN("the server's")};
    d->config[PARLEY_CLIENT].alps = &client;
    d->config[PARLEY_SERVER].alps = &server;
    d->config[PARLEY_CLIENT].alps_count = d->config[PARLEY_SERVER].alps_count = 1;
}

static void set_everything13(struct duo *d) {
    set_tls13_auth(d);
    set_status(d);
    set_alps(d);
    d->config[PARLEY_SERVER].hello_retry = true;
}

static void set_little12(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_CLIENT].no_tickets = true;
}

static void set_not_given12(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUEST;
}

static void set_not_given13(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUEST;
}

static void set_post(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_CLIENT].post_handshake_auth = true;
    duo_certificate(d, PARLEY_CLIENT, "client-ed25519");
}

static void after_post(struct duo *d) {
    (void)parley_engine_request_certificate(d->engine[PARLEY_SERVER]);
    (void)duo_settle(d);
    (void)parley_engine_key_update(d->engine[PARLEY_CLIENT], true);
    (void)duo_settle(d);
}

static void set_incompatible(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_CLIENT].no_middlebox_compatibility = true;
}

static void set_tls12_npn(struct duo *d) {
    static const char *const protocols[] = {"spdy/3", "http/1.1"};
    set_tls12(d);
    for (int role = 0; role < 2; role++) {
        d->config[role].npn = protocols + role;
        d->config[role].npn_count = 2u - (unsigned)role;
        d->config[role].alpn_count = 0;
    }
}

const struct kind kinds[KINDS] = {
    [KIND_EVERYTHING12] = {"TLS 1.2, everything", set_everything12, NULL, false, 0},
    [KIND_LITTLE12] = {"TLS 1.2, little", set_little12, NULL, false, 0},
    [KIND_NOT_GIVEN12] = {"TLS 1.2, certificate not given", set_not_given12, NULL, false, 0},
    [KIND_RSA12] = {"TLS 1.2, RSA", set_tls12_rsa, NULL, false, 0},
    [KIND_DHE12] = {"TLS 1.2, DHE", set_tls12_dhe, NULL, false, 0},
    [KIND_PSK12] = {"TLS 1.2, PSK", set_tls12_psk, NULL, false, 0},
    [KIND_ECDHE_PSK12] = {"TLS 1.2, ECDHE_PSK", set_tls12_ecdhe_psk, NULL, false, 0},
    [KIND_NPN12] = {"TLS 1.2, next protocol", set_tls12_npn, NULL, false, 0},
    [KIND_RESUMED12] = {"TLS 1.2, resumed", set_tls12, NULL, true, 0},
    [KIND_SERVER12] = {"TLS 1.2 to a client of both", set_server12, NULL, false, 0},
    [KIND_FULL13] = {"TLS 1.3", set_tls13, NULL, false, 0},
    [KIND_EVERYTHING13] = {"TLS 1.3, everything", set_everything13, NULL, false, 0},
    [KIND_NOT_GIVEN13] = {"TLS 1.3, certificate not given", set_not_given13, NULL, false, 0},
    [KIND_RESUMED13] = {"TLS 1.3, resumed", set_tls13, NULL, true, 0},
    [KIND_EARLY13] = {"TLS 1.3, 0-RTT", set_early, NULL, true, 10},
    [KIND_PSK13] = {"TLS 1.3, external PSK", set_psk, NULL, false, 0},
    [KIND_PSK_KE13] = {"TLS 1.3, psk_ke", set_psk_ke, NULL, false, 0},
    [KIND_POST13] = {"TLS 1.3, post-handshake authentication", set_post, after_post, false, 0},
    [KIND_INCOMPATIBLE13] = {"TLS 1.3, not compatible", set_incompatible, NULL, false, 0},
};

struct duo *kind_pair(const struct kind *kind) {
    struct duo *d = duo_new();
    duo_hooks(d);
    kind->set(d);
    if (kind->resume) {
        duo_full(d, false);
        duo_keep_session(d);
    }
    d->early_data = kind->early_data;
    return d;
}

bool kind_run(struct duo *d, const struct kind *kind) {
    bool ok = duo_run(d, kind->resume);
    if (ok && kind->after != NULL) {
        kind->after(d);
        ok = d->outcome[0].error == PARLEY_OK && d->outcome[1].error == PARLEY_OK;
    }
    return ok;
}
