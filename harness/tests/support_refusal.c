#include "tests/support_refusal.h"

#include <string.h>

#include "tests/support_examples.h"

/* ---- Set-ups ---- */

static void set(struct duo *d, uint16_t version, uint16_t suite, uint16_t group) {
    duo_only(d, version, suite, group);
    duo_certificate(d, PARLEY_SERVER, "server-ed25519");
}

static void authenticate(struct duo *d) {
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    duo_certificate(d, PARLEY_CLIENT, "client-ed25519");
}

void set_tls12(struct duo *d) {
    set(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, PARLEY_GROUP_x25519);
}

void set_tls12_rsa(struct duo *d) {
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_RSA_WITH_AES_128_GCM_SHA256, 0);
    duo_certificate(d, PARLEY_SERVER, "server-rsa");
}

void set_tls12_dhe(struct duo *d) {
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, PARLEY_GROUP_ffdhe2048);
    duo_certificate(d, PARLEY_SERVER, "server-rsa");
}

void set_tls12_auth(struct duo *d) {
    set_tls12(d);
    authenticate(d);
}

void set_tls13(struct duo *d) {
    set(d, PARLEY_TLS13, PARLEY_TLS_AES_128_GCM_SHA256, PARLEY_GROUP_x25519);
}

void set_tls13_auth(struct duo *d) {
    set_tls13(d);
    authenticate(d);
}

void set_any(struct duo *d) {
    set(d, 0, 0, PARLEY_GROUP_x25519);
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
    set(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, PARLEY_GROUP_x25519);
}

static void set_mac_then_encrypt(struct duo *d) {
    set_cbc(d);
    d->config[PARLEY_CLIENT].no_encrypt_then_mac = true;
}

static void set_chacha12(struct duo *d) {
    set(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, PARLEY_GROUP_x25519);
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

/* ---- Rows ---- */

/* place turns a row's place into one in the whole message. */
static size_t place(const struct edit *e, int at) {
    return at >= 0 ? PARLEY_HANDSHAKE_HEADER + (size_t)at : e->len - (size_t)-at;
}

static void bend(struct duo *d, struct edit *e) {
    const struct refusal *row = d->with;
    uint8_t bytes[EXAMPLE_MAX];
    struct parley_bytes with = {bytes, 0};
    if (row->hex != NULL) {
        with.len = parley_example_bytes(row->hex, bytes, sizeof(bytes));
    }
    switch (row->kind) {
    case BEND_NOTHING:
        break;
    case BEND_PUT:
        edit_splice(e, place(e, row->at), with.len, with);
        break;
    case BEND_FLIP:
        e->bytes[place(e, row->at)] ^= 1;
        break;
    case BEND_SUITE:
        edit_splice(e, edit_block(e) - 3, with.len, with);
        break;
    case BEND_SET:
        edit_set(e, row->extension, with);
        break;
    case BEND_DROP:
        edit_remove(e, row->extension);
        break;
    case BEND_CALL:
        row->call(d, e);
        break;
    }
}

static void refuse(const struct refusal *row, size_t chunk) {
    struct duo *d = duo_new();
    duo_hooks(d);
    row->set(d);
    d->chunk = chunk;
    if (row->resume) {
        duo_full(d, false);
        duo_keep_session(d);
    }
    d->with = row;
    duo_bend(d, row->sender, row->message, row->nth, bend);
    (void)duo_run(d, row->resume);
    if (row->kind != BEND_NOTHING && d->bend[row->sender].bent != 1) {
        fail_msg("%s: there was no such message to bend: %s", row->what, duo_explain(d));
    }
    duo_refused(d, row->who, row->alert, row->error, row->what);
    duo_free(d);
}

size_t refuse_all(const struct refusal *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        refuse(&rows[i], 0);
        refuse(&rows[i], 1);
    }
    return 2 * count;
}
