/* Pre-shared keys of TLS 1.3: offering, binding, choosing (RFC 8446 4.2.11). */
#include <openssl/mem.h>
#include <string.h>

#include "engine/inside.h"

/* One PSK that the client offers: the session's first, then the config's external ones. */
struct offered_psk {
    struct parley_bytes identity, key;
    enum parley_hash hash;
    uint32_t obfuscated_age;
    bool external;
};

static bool offered_at(const struct parley_engine *e, size_t index, struct offered_psk *out) {
    const struct parley_session *s = &e->session;
    const struct parley_suite *suite =
        s->version == PARLEY_TLS13 ? parley_suite_find(s->suite) : NULL;
    /* After a hello_retry_request only those of the chosen suite's hash (RFC 8446 4.1.4). */
    bool with_session = suite && (!e->hello_retry || suite->hash == e->suite->hash);
    if (with_session && index-- == 0) {
        uint32_t age = (uint32_t)(e->now_ms - s->issued_ms);
        *out = (struct offered_psk){{s->ticket, s->ticket_length},
                                    {s->secret, s->secret_length},
                                    suite->hash,
                                    age + s->age_add,
                                    false};
        return true;
    }
    for (size_t i = 0; i < e->config->psk_count; i++) {
        const struct parley_psk *p = &e->config->psks[i];
        if (e->hello_retry && p->hash != e->suite->hash) {
            continue;
        }
        if (index-- == 0) {
            *out = (struct offered_psk){p->identity, p->key, p->hash, 0, true};
            return true;
        }
    }
    return false;
}

enum parley_error psk_accepted(struct parley_engine *e, uint16_t index,
                               struct parley_bytes *secret) {
    struct offered_psk psk;
    if (!offered_at(e, index, &psk)) {
        return PARLEY_ERR_bad_psk_choice;
    }
    if (psk.hash != e->suite->hash) {
        return PARLEY_ERR_psk_hash_mismatch;
    }
    if (!psk.external) {
        session_resumed(e);
        staples_recall(e);
    }
    *secret = psk.key;
    return PARLEY_OK;
}

bool psk_offer(struct parley_engine *e, CBB *out) {
    struct offered_psk psk;
    CBB body, identities, identity, binders, binder;
    uint8_t *zeros;
    e->psk_offered = offered_at(e, 0, &psk);
    if (!e->psk_offered) {
        return true;
    }
    e->offered |= UINT64_C(1) << PARLEY_EXT_pre_shared_key;
    if (!CBB_add_u16(out, parley_extensions[PARLEY_EXT_pre_shared_key].code) ||
        !CBB_add_u16_length_prefixed(out, &body) ||
        !CBB_add_u16_length_prefixed(&body, &identities)) {
        return false;
    }
    for (size_t i = 0; offered_at(e, i, &psk); i++) {
        if (!CBB_add_u16_length_prefixed(&identities, &identity) ||
            !CBB_add_bytes(&identity, psk.identity.data, psk.identity.len) ||
            !CBB_add_u32(&identities, psk.obfuscated_age)) {
            return false;
        }
    }
    if (!CBB_add_u16_length_prefixed(&body, &binders)) {
        return false;
    }
    for (size_t i = 0; offered_at(e, i, &psk); i++) {
        size_t len = parley_hash_length(psk.hash);
        if (!CBB_add_u8_length_prefixed(&binders, &binder) ||
            !CBB_add_space(&binder, &zeros, len)) {
            return false;
        }
        memset(zeros, 0, len);
    }
    return CBB_flush(out);
}

size_t psk_offer_length(const struct parley_engine *e) {
    struct offered_psk psk;
    size_t len = 0;
    for (size_t i = 0; offered_at(e, i, &psk); i++) {
        len += 2 + psk.identity.len + 4 + 1 + parley_hash_length(psk.hash);
    }
    return len ? 4 + 2 + 2 + len : 0;
}

/* truncated_hash hashes the transcript so far and |hello| without its |binders| bytes. */
static struct parley_bytes truncated_hash(struct parley_engine *e, enum parley_hash hash,
                                          struct parley_bytes hello, size_t binders,
                                          uint8_t out[HASH_MAX]) {
    struct transcript *t = &e->transcript;
    if (t->hashing) {
        t->ahead = t->hash;
    } else {
        hash_init(&t->ahead, hash);
        t->ahead_length = hello.len - binders;
    }
    hash_update(&t->ahead, hello.data, hello.len - binders);
    return bytes_of(out, hash_peek(&t->ahead, out));
}

/* binders_length returns how many bytes the binders take, the length of their list included. */
static size_t binders_length(const struct parley_engine *e) {
    struct offered_psk psk;
    size_t binders = 2;
    for (size_t i = 0; offered_at(e, i, &psk); i++) {
        binders += 1 + parley_hash_length(psk.hash);
    }
    return binders;
}

bool psk_rebind(struct parley_engine *e, uint8_t *hello, size_t len) {
    size_t binders = binders_length(e);
    if (len < PARLEY_HANDSHAKE_HEADER + binders ||
        ((size_t)hello[len - binders] << 8 | hello[len - binders + 1]) != binders - 2) {
        return false;
    }
    e->transcript.ahead_length = 0;
    psk_bind(e, hello, len);
    return true;
}

void psk_bind(struct parley_engine *e, uint8_t *hello, size_t len) {
    struct offered_psk psk;
    uint8_t digest[HASH_MAX], binder[HASH_MAX];
    size_t binders = binders_length(e);
    uint8_t *at = hello + len - binders + 2;
    for (size_t i = 0; offered_at(e, i, &psk); i++) {
        struct schedule13 other, *s = i == 0 ? &e->schedule : &other;
        struct parley_bytes hash =
            truncated_hash(e, psk.hash, bytes_of(hello, len), binders, digest);
        schedule13_early(s, psk.hash, psk.key);
        size_t n = schedule13_binder(s, psk.external, hash, binder);
        memcpy(at + 1, binder, n);
        at += 1 + n;
    }
    e->early_ready = true; /* the server will most likely choose the first */
}

enum parley_error psk_early_data(struct parley_engine *e, struct parley_bytes hello) {
    const struct parley_suite *suite = parley_suite_find(e->session.suite);
    uint8_t digest[HASH_MAX];
    size_t len = hash_once(suite->hash, hello, digest);
    schedule13_early_keys(e, bytes_of(digest, len));
    e->early_limit = e->session.max_early_data;
    e->early_seen = 0;
    enum parley_error error = records_flush(e);
    bend_key_change(e);
    protect_tls13(&e->write, suite, &e->schedule.client_early.key);
    e->write_epoch = PARLEY_EPOCH_EARLY;
    return error;
}

/* ---- Server ---- */

/* RFC 8446 4.2.11 would have another suite of the same hash; this server keeps to the session's. */
static bool usable_session(const struct parley_engine *e, const struct parley_session *s) {
    bool had_certificate = false;
    for (size_t i = 0; i < sizeof(s->peer_sha256); i++) {
        had_certificate |= s->peer_sha256[i] != 0;
    }
    return s->version == PARLEY_TLS13 && s->context == e->config->session_context &&
           s->suite == e->suite->code &&
           (e->config->client_auth != PARLEY_AUTH_REQUIRE || had_certificate);
}

/* RFC 8446 8.3: the age the client states, less the age the server knows, in whole seconds of each.
 */
static int32_t age_skew(const struct parley_engine *e, uint32_t obfuscated_age) {
    uint32_t stated = obfuscated_age - e->session.age_add;
    int64_t skew = stated / 1000 - (e->now_ms - e->session.issued_ms) / 1000;
    return skew < INT32_MIN ? INT32_MIN : (int32_t)skew; /* the stated age is below 50 days */
}

static bool find_external(struct parley_engine *e, struct parley_bytes identity) {
    for (size_t i = 0; i < e->config->psk_count; i++) {
        const struct parley_psk *p = &e->config->psks[i];
        if (p->hash == e->suite->hash && bytes_equal(p->identity, identity)) {
            e->external = p;
            return true;
        }
    }
    return false;
}

/* offers: whether |psk| is among the identities that the client offers. */
static bool offers(const struct parley_extension_block *x, const struct parley_psk *psk) {
    struct parley_bytes rest = x->pre_shared_key_offer.identities;
    struct parley_psk_identity identity;
    while (parley_psk_identity_next(&rest, &identity)) {
        if (bytes_equal(psk->identity, identity.identity)) {
            return true;
        }
    }
    return false;
}

const struct parley_suite *psk_suite(const struct parley_engine *e,
                                     const struct parley_extension_block *x,
                                     const struct parley_suite *const *suites, size_t count) {
    for (size_t i = 0; i < count && parley_has(x, PARLEY_EXT_pre_shared_key); i++) {
        for (size_t k = 0; k < e->config->psk_count; k++) {
            const struct parley_psk *psk = &e->config->psks[k];
            if (psk->hash == suites[i]->hash && offers(x, psk)) {
                return suites[i];
            }
        }
    }
    return suites[0];
}

struct parley_bytes psk_secret(const struct parley_engine *e) {
    if (!e->psk_chosen) {
        return bytes_of(NULL, 0);
    }
    if (e->external) {
        return e->external->key;
    }
    return bytes_of(e->session.secret, e->session.secret_length);
}

static enum parley_error check_binder(struct parley_engine *e, struct parley_bytes binders,
                                      size_t index) {
    struct parley_bytes rest = binders, binder = {0};
    uint8_t digest[HASH_MAX], expected[HASH_MAX];
    for (size_t i = 0; i <= index; i++) {
        if (!parley_opaque8_next(&rest, &binder)) {
            return PARLEY_ERR_bad_psk_count;
        }
    }
    struct parley_bytes hash =
        truncated_hash(e, e->suite->hash, e->current, binders.len + 2, digest);
    schedule13_early(&e->schedule, e->suite->hash, psk_secret(e));
    e->early_ready = true;
    size_t n = schedule13_binder(&e->schedule, e->external != NULL, hash, expected);
    if (binder.len != n || CRYPTO_memcmp(binder.data, expected, n) != 0) {
        return handshake_refuse(e, PARLEY_ERR_bad_binder);
    }
    return PARLEY_OK;
}

enum parley_error psk_choose(struct parley_engine *e, const struct parley_client_hello *hello) {
    const struct parley_extension_block *x = &hello->extensions;
    unsigned allowed = e->config->psk_modes ? e->config->psk_modes : PARLEY_PSK_DHE_KE;
    e->psk_chosen = e->psk_only = e->early_ready = false;
    e->ticket_age_skew = 0;
    e->external = NULL;
    if (!parley_has(x, PARLEY_EXT_pre_shared_key)) {
        return PARLEY_OK;
    }
    if (!parley_has(x, PARLEY_EXT_psk_key_exchange_modes)) {
        return PARLEY_ERR_bad_psk_modes;
    }
    struct parley_bytes modes = x->psk_key_exchange_modes.ke_modes;
    bool dhe = allowed & PARLEY_PSK_DHE_KE && parley_uint8_in(modes, 1);
    e->psk_only = !dhe && allowed & PARLEY_PSK_KE && parley_uint8_in(modes, 0);
    if (!dhe && !e->psk_only) {
        return PARLEY_OK;
    }
    struct parley_bytes rest = x->pre_shared_key_offer.identities;
    struct parley_psk_identity identity;
    for (uint16_t i = 0; parley_psk_identity_next(&rest, &identity); i++) {
        bool external = find_external(e, identity.identity);
        if (!external &&
            (!tickets_open(e, identity.identity, &e->session) || !usable_session(e, &e->session))) {
            continue;
        }
        e->psk_chosen = true;
        e->psk_index = i;
        e->ticket_age_skew = external ? 0 : age_skew(e, identity.obfuscated_ticket_age);
        e->early_identity = identity.identity;
        return check_binder(e, x->pre_shared_key_offer.binders, i);
    }
    e->psk_only = false;
    return PARLEY_OK;
}
