/* The client's hello: what it offers (RFC 8446 4.1.2), first and again after a hello_retry_request.
 */
#include <string.h>

#include "engine/actions.h"
#include "engine/ech.h"
#include "engine/settings.h"

/* hello_min is the lowest version this hello offers: an inner one has none below TLS 1.3
 * (RFC 9849 6.1). */
static uint16_t hello_min(const struct parley_engine *e) {
    return e->ech.kind == HELLO_INNER ? PARLEY_TLS13 : config_min(e->config);
}

/* Extensions go through here, so that what was offered is known when the answer comes. */
static bool offer(struct parley_engine *e, CBB *out, enum parley_form form,
                  const union parley_extension_value *value) {
    e->offered |= UINT64_C(1) << parley_forms[form].extension;
    return parley_extension_write(out, form, value);
}

/* uint16s writes |list| into |scratch| as wire bytes. */
static struct parley_bytes uint16s(uint8_t *scratch, const uint16_t *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        scratch[2 * i] = (uint8_t)(list[i] >> 8);
        scratch[2 * i + 1] = (uint8_t)list[i];
    }
    return bytes_of(scratch, 2 * count);
}

/* The newest version on offer: renegotiation stays with TLS 1.2. */
static uint16_t newest(const struct parley_engine *e) {
    return e->renegotiating ? PARLEY_TLS12 : config_max(e->config);
}

static struct parley_bytes cipher_suites(struct parley_engine *e, uint8_t *scratch) {
    const struct parley_config *c = e->config;
    const uint16_t *list;
    uint16_t codes[128];
    size_t n = 0, count = list_suites(c, &list);
    if (c->grease) {
        codes[n++] = grease(e, 0);
    }
    for (size_t i = 0; i < count && n < 120; i++) {
        const struct parley_suite *suite = parley_suite_find(list[i]);
        if (suite && (suite->version < hello_min(e) || suite->version > newest(e) ||
                      !config_speaks(c, suite))) {
            continue;
        }
        codes[n++] = list[i];
    }
    if (c->fallback_scsv) {
        codes[n++] = PARLEY_TLS_FALLBACK_SCSV;
    }
    return uint16s(scratch, codes, n);
}

static bool offer_host(struct parley_engine *e, CBB *out, struct parley_bytes host) {
    uint8_t entry[3 + PARLEY_NAME_MAX] = {0, (uint8_t)(host.len >> 8), (uint8_t)host.len};
    if (host.len > PARLEY_NAME_MAX) {
        return false;
    }
    memcpy(entry + 3, host.data, host.len);
    union parley_extension_value v = {.server_name = {.server_name_list = {entry, 3 + host.len}}};
    return offer(e, out, PARLEY_FORM_server_name, &v);
}

static bool offer_name(struct parley_engine *e, CBB *out) {
    const char *name = e->config->server_name;
    if (e->ech.kind == HELLO_OUTER) {
        return offer_host(e, out, e->ech.config.public_name);
    }
    if (!name || name[0] == 0 || strchr(name, ':') || strspn(name, "0123456789.") == strlen(name)) {
        return true; /* RFC 6066 3: literal addresses are not sent */
    }
    struct parley_bytes host = bytes_of(name, strlen(name));
    if (host.len > PARLEY_NAME_MAX) {
        return false;
    }
    memcpy(e->name, host.data, host.len);
    e->name_length = (uint8_t)host.len;
    return offer_host(e, out, host);
}

static bool offer_groups(struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    const uint16_t *list;
    uint16_t codes[64];
    uint8_t scratch[128];
    size_t n = 0, count = list_groups(c, &list);
    if (c->grease) {
        codes[n++] = grease(e, 1);
    }
    for (size_t i = 0; i < count && n < 64; i++) {
        const struct parley_group *group = parley_group_find(list[i]);
        /* FFDHE is spoken in TLS 1.2 only, hybrids in TLS 1.3 only. */
        if ((group && group->kind == PARLEY_GROUP_KIND_FFDHE && hello_min(e) > PARLEY_TLS12) ||
            (group && group->kind == PARLEY_GROUP_KIND_HYBRID && config_max(c) < PARLEY_TLS13)) {
            continue;
        }
        codes[n++] = list[i];
    }
    union parley_extension_value v = {.supported_groups = {uint16s(scratch, codes, n)}};
    return offer(e, out, PARLEY_FORM_supported_groups, &v);
}

static bool offer_sigalgs(struct parley_engine *e, CBB *out) {
    const uint16_t *list;
    uint8_t scratch[128];
    size_t count = list_sigalgs(e->config, &list);
    if (count > sizeof(scratch) / 2) {
        return false;
    }
    union parley_extension_value v = {.signature_algorithms = {uint16s(scratch, list, count)}};
    return offer(e, out, PARLEY_FORM_signature_algorithms, &v);
}

static bool offer_alpn(struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    uint8_t scratch[2048];
    size_t n = 0;
    if (e->renegotiating) {
        return true; /* the protocol stays as it is */
    }
    for (size_t i = 0; i < c->alpn_count; i++) {
        size_t len = strlen(c->alpn[i]);
        if (len == 0 || len > 255 || n + 1 + len > sizeof(scratch)) {
            return false;
        }
        scratch[n++] = (uint8_t)len;
        memcpy(scratch + n, c->alpn[i], len);
        n += len;
    }
    union parley_extension_value v = {.alpn_offer = {{scratch, n}}};
    return c->alpn_count == 0 || offer(e, out, PARLEY_FORM_alpn_offer, &v);
}

/* ---- What only TLS 1.2 uses ---- */

static bool offer_renegotiation_info(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {.renegotiation_info = {renegotiation_info(e, PARLEY_CLIENT)}};
    return offer(e, out, PARLEY_FORM_renegotiation_info, &v);
}

static bool offer_extended_master_secret(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {0};
    return e->config->no_extended_master_secret ||
           offer(e, out, PARLEY_FORM_extended_master_secret, &v);
}

static bool offer_encrypt_then_mac(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {0};
    return e->config->no_encrypt_then_mac || offer(e, out, PARLEY_FORM_encrypt_then_mac, &v);
}

static bool offer_point_formats(struct parley_engine *e, CBB *out) {
    static const uint8_t uncompressed[] = {0};
    union parley_extension_value v = {.ec_point_formats = {bytes_of(uncompressed, 1)}};
    return offer(e, out, PARLEY_FORM_ec_point_formats, &v);
}

static bool offer_session_ticket(struct parley_engine *e, CBB *out) {
    const struct parley_session *s = &e->session;
    bool resume = s->version == PARLEY_TLS12;
    union parley_extension_value v = {
        .session_ticket = {bytes_of(s->ticket, resume ? s->ticket_length : 0)}};
    return e->config->no_tickets || offer(e, out, PARLEY_FORM_session_ticket, &v);
}

/* ---- What only TLS 1.3 uses; pre_shared_key is psk.c's ---- */

static bool offer_versions(struct parley_engine *e, CBB *out) {
    uint16_t codes[3];
    uint8_t scratch[6];
    size_t n = 0;
    if (e->config->grease) {
        codes[n++] = grease(e, 2);
    }
    codes[n++] = PARLEY_TLS13;
    if (hello_min(e) <= PARLEY_TLS12) {
        codes[n++] = PARLEY_TLS12;
    }
    union parley_extension_value v = {.supported_versions_offer = {uint16s(scratch, codes, n)}};
    return offer(e, out, PARLEY_FORM_supported_versions_offer, &v);
}

/* shareable returns whether TLS 1.3 can be offered a share of |group|. */
static bool shareable(const struct parley_group *group) {
    return group && group->kind != PARLEY_GROUP_KIND_NONE && group->kind != PARLEY_GROUP_KIND_FFDHE;
}

/* wants_share says whether the |n|-th shareable group gets one: as many as the config says, else
 * the first one and the first of the other kind, classical or hybrid. */
static bool wants_share(const struct parley_engine *e, const struct parley_group *group, size_t n) {
    if (e->config->key_share_count) {
        return n < e->config->key_share_count;
    }
    const struct parley_group *first =
        e->share_count ? parley_group_find(e->shares[0].group) : NULL;
    bool hybrid = group->kind == PARLEY_GROUP_KIND_HYBRID;
    return !first || (e->share_count == 1 && hybrid != (first->kind == PARLEY_GROUP_KIND_HYBRID));
}

/* make_shares makes the key shares that the config, or a hello_retry_request, asks for. */
static bool make_shares(struct parley_engine *e) {
    const struct parley_config *c = e->config;
    const uint16_t *list;
    size_t count = list_groups(c, &list), n = 0;
    if (e->retry_group) {
        e->share_count = 1;
        return kex_generate(&e->shares[0], e->retry_group, &e->random, e->config->memo);
    }
    e->share_count = 0;
    for (size_t i = 0; i < count && e->share_count < KEY_SHARES_MAX && !c->no_key_shares; i++) {
        const struct parley_group *group = parley_group_find(list[i]);
        if (!shareable(group) || !wants_share(e, group, n++)) {
            continue;
        }
        if (!kex_generate(&e->shares[e->share_count++], list[i], &e->random, e->config->memo)) {
            return false;
        }
    }
    return true;
}

static bool offer_shares(struct parley_engine *e, CBB *out) {
    uint8_t scratch[KEY_SHARES_MAX * (4 + KEX_SHARE_MAX) + 8];
    size_t n = 0;
    if (e->config->grease) {
        uint16_t code = grease(e, 1);
        const uint8_t entry[] = {(uint8_t)(code >> 8), (uint8_t)code, 0, 1, 0};
        memcpy(scratch, entry, sizeof(entry));
        n = sizeof(entry);
    }
    for (size_t i = 0; i < e->share_count; i++) {
        const struct kex *k = &e->shares[i];
        const uint8_t header[] = {(uint8_t)(k->group >> 8), (uint8_t)k->group,
                                  (uint8_t)(k->share_len >> 8), (uint8_t)k->share_len};
        memcpy(scratch + n, header, sizeof(header));
        memcpy(scratch + n + sizeof(header), k->share, k->share_len);
        n += sizeof(header) + k->share_len;
    }
    union parley_extension_value v = {.key_share_offer = {{scratch, n}}};
    return offer(e, out, PARLEY_FORM_key_share_offer, &v);
}

static bool offer_cookie(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {.cookie = {{e->cookie, e->cookie_length}}};
    return e->cookie_length == 0 || offer(e, out, PARLEY_FORM_cookie, &v);
}

static bool offer_psk_modes(struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    uint8_t modes[2];
    size_t n = 0;
    if (!c->psk_modes || c->psk_modes & PARLEY_PSK_DHE_KE) {
        modes[n++] = 1;
    }
    if (c->psk_modes & PARLEY_PSK_KE) {
        modes[n++] = 0;
    }
    union parley_extension_value v = {.psk_key_exchange_modes = {bytes_of(modes, n)}};
    return offer(e, out, PARLEY_FORM_psk_key_exchange_modes, &v);
}

static bool offer_post_handshake_auth(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {0};
    e->post_auth_offered = e->config->post_handshake_auth;
    return !e->post_auth_offered || offer(e, out, PARLEY_FORM_post_handshake_auth, &v);
}

static bool offered_protocol(const struct parley_config *c, struct parley_bytes name) {
    for (size_t i = 0; i < c->alpn_count; i++) {
        if (bytes_equal(name, bytes_of(c->alpn[i], strlen(c->alpn[i])))) {
            return true;
        }
    }
    return false;
}

/* RFC 8446 4.2.10: 0-RTT data is offered with a session that allows it. */
static enum parley_early_data_reason judge_early_data(const struct parley_engine *e) {
    const struct parley_session *s = &e->session;
    if (!e->config->early_data) {
        return PARLEY_EARLY_DATA_disabled;
    }
    if (config_max(e->config) < PARLEY_TLS13) {
        return PARLEY_EARLY_DATA_protocol_version;
    }
    if (!s->version) {
        return PARLEY_EARLY_DATA_no_session_offered;
    }
    if (s->version != PARLEY_TLS13 || s->max_early_data == 0) {
        return PARLEY_EARLY_DATA_unsupported_for_session;
    }
    return s->alpn_length && !offered_protocol(e->config, bytes_of(s->alpn, s->alpn_length))
               ? PARLEY_EARLY_DATA_alpn_mismatch
               : settings_judge_early_data(e);
}

static bool offer_early_data(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {0};
    e->early_offered = !e->hello_retry && e->early_reason == PARLEY_EARLY_DATA_unknown;
    return !e->early_offered || offer(e, out, PARLEY_FORM_early_data, &v);
}

/* ---- What both use ---- */

/* RFC 8449 4: limits end with the keys they came with; a renegotiation asks for none. */
static bool offer_record_size_limit(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {.record_size_limit = {e->config->record_size_limit}};
    return !e->config->record_size_limit || e->renegotiating ||
           offer(e, out, PARLEY_FORM_record_size_limit, &v);
}

static bool offer_max_fragment(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {.max_fragment_length = {e->config->max_fragment_length}};
    return !e->config->max_fragment_length || e->renegotiating ||
           offer(e, out, PARLEY_FORM_max_fragment_length, &v);
}

static bool offer_status(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {.status_request = {.status_type = 1}};
    return !e->config->request_ocsp || offer(e, out, PARLEY_FORM_status_request, &v);
}

static bool offer_scts(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {0};
    return !e->config->request_scts || offer(e, out, PARLEY_FORM_sct_request, &v);
}

static bool offer_grease(struct parley_engine *e, CBB *out) {
    CBB body;
    return !e->config->grease || (CBB_add_u16(out, grease(e, 3)) &&
                                  CBB_add_u16_length_prefixed(out, &body) && CBB_flush(out));
}

/* What is offered, in this order unless it is permuted: where |versions| are among those offered,
 * |offer| writes its extension, or none. */
enum { IN_TLS12 = PARLEY_IN_TLS12, IN_TLS13 = PARLEY_IN_TLS13, IN_BOTH = IN_TLS12 | IN_TLS13 };
static const struct {
    bool (*offer)(struct parley_engine *e, CBB *out);
    unsigned versions;
} offers[] = {
    {offer_name, IN_BOTH},
    {offer_renegotiation_info, IN_TLS12},
    {offer_extended_master_secret, IN_TLS12},
    {offer_encrypt_then_mac, IN_TLS12},
    {offer_point_formats, IN_TLS12},
    {offer_session_ticket, IN_TLS12},
    {offer_groups, IN_BOTH},
    {offer_sigalgs, IN_BOTH},
    {offer_alpn, IN_BOTH},
    {next_protocol_offer, IN_TLS12},
    {offer_status, IN_BOTH},
    {offer_scts, IN_BOTH},
    {offer_record_size_limit, IN_BOTH},
    {offer_max_fragment, IN_BOTH},
    {offer_versions, IN_TLS13},
    {offer_shares, IN_TLS13},
    {offer_cookie, IN_TLS13},
    {offer_psk_modes, IN_TLS13},
    {offer_post_handshake_auth, IN_TLS13},
    {compression_offer, IN_TLS13},
    {settings_offer, IN_TLS13},
    {offer_early_data, IN_TLS13},
};
enum { OFFERS = sizeof(offers) / sizeof(offers[0]) };
_Static_assert(OFFERS <= OFFERS_MAX, "offer_order holds them all");

/* order_offers draws the order, which a second hello repeats (RFC 8446 4.1.2). */
static void order_offers(struct parley_engine *e) {
    for (size_t i = 0; i < OFFERS; i++) {
        e->offer_order[i] = (uint8_t)i;
    }
    for (uint32_t left = OFFERS; e->config->permute_extensions && left > 1; left--) {
        uint32_t i = random_uint32(&e->random) % left;
        uint8_t moved = e->offer_order[i];
        e->offer_order[i] = e->offer_order[left - 1];
        e->offer_order[left - 1] = moved;
    }
}

/* RFC 7685 4: some servers hang at a hello of 256 to 511 bytes. */
static bool offer_padding(struct parley_engine *e, CBB *out) {
    enum { BAD_MIN = 256, GOOD = 512, HEADER = 4 };
    static const uint8_t zeros[GOOD];
    uint8_t suites[256];
    size_t before = cipher_suites(e, suites).len + e->session_id_length + PARLEY_HANDSHAKE_HEADER +
                    PARLEY_RANDOM_LENGTH + 2 + 1 + 2 + 2 + 2;
    if (!CBB_flush(out)) {
        return false;
    }
    size_t len = before + CBB_len(out) + psk_offer_length(e);
    if (!e->config->pad_client_hello || e->hello_retry || e->ech.kind != HELLO_PLAIN ||
        len < BAD_MIN || len >= GOOD) {
        return true;
    }
    /* Not empty: some servers do not take a last extension that is. */
    size_t padding = GOOD - len > HEADER ? GOOD - len - HEADER : 1;
    union parley_extension_value v = {.padding = {bytes_of(zeros, padding)}};
    return offer(e, out, PARLEY_FORM_padding, &v);
}

/* pre_shared_key comes last (RFC 8446 4.2.11). */
bool client_hello_extensions(struct parley_engine *e, CBB *out) {
    bool tls13 = newest(e) >= PARLEY_TLS13;
    /* RFC 9849 6.1: sessions are for the inner hello alone. */
    bool psk = tls13 && e->ech.kind != HELLO_OUTER;
    unsigned versions = (hello_min(e) <= PARLEY_TLS12 ? IN_TLS12 : 0) | (tls13 ? IN_TLS13 : 0);
    if (!offer_grease(e, out)) {
        return false;
    }
    for (size_t i = 0; i < OFFERS; i++) {
        size_t at = e->offer_order[i];
        if (offers[at].versions & versions && !offers[at].offer(e, out)) {
            return false;
        }
    }
    return (!tls13 || ech_client_offer(e, out)) && offer_padding(e, out) &&
           (!psk || psk_offer(e, out));
}

/* What stays the same in a second hello is drawn once. */
static void first_hello(struct parley_engine *e) {
    const struct parley_session *s = &e->session;
    bool tls13 = newest(e) >= PARLEY_TLS13;
    random_fill(&e->random, e->client_random, PARLEY_RANDOM_LENGTH);
    order_offers(e);
    e->early_reason = judge_early_data(e);
    if (e->config->grease) {
        e->grease_seed = (uint16_t)random_uint32(&e->random);
    }
    if (s->version == PARLEY_TLS12 && s->session_id_length && !s->ticket_length) {
        memcpy(e->session_id, s->session_id, s->session_id_length);
        e->session_id_length = (uint8_t)s->session_id_length;
    } else if ((tls13 && !e->config->no_middlebox_compatibility) || s->version == PARLEY_TLS12) {
        /* TLS 1.3: looks like resumption (D.4); TLS 1.2 with a ticket: its echo tells resumption
         * (RFC 5077 3.4). */
        random_fill(&e->random, e->session_id, sizeof(e->session_id));
        e->session_id_length = sizeof(e->session_id);
    }
}

struct parley_client_hello client_hello_fields(struct parley_engine *e, uint8_t suites[256],
                                               struct parley_bytes extensions) {
    static const uint8_t null_compression[] = {0};
    uint16_t version = config_max(e->config);
    bool outer = e->ech.kind == HELLO_OUTER;
    e->client_version = version > PARLEY_TLS12 ? PARLEY_TLS12 : version;
    return (struct parley_client_hello){
        .legacy_version = e->client_version,
        .random = {outer ? e->ech.outer_random : e->client_random, PARLEY_RANDOM_LENGTH},
        .legacy_session_id = {e->session_id, e->session_id_length},
        .cipher_suites = cipher_suites(e, suites),
        .legacy_compression_methods = {null_compression, 1},
        .extensions = {.raw = extensions},
    };
}

enum parley_error send_client_hello(struct parley_engine *e, const union parley_message_value *m) {
    uint8_t suites[256];
    CBB extensions;
    (void)m;
    if (!e->hello_retry) {
        enum parley_error error = ech_client_start(e);
        if (error) {
            return error;
        }
        first_hello(e);
    }
    e->offered = 0;
    if (newest(e) >= PARLEY_TLS13 && (!e->hello_retry || e->retry_group) && !make_shares(e)) {
        return PARLEY_ERR_crypto_failed;
    }
    if (e->ech.status == ECH_OFFERED || e->ech.status == ECH_ACCEPTED) {
        return ech_client_send(e);
    }
    if (!CBB_init_fixed(&extensions, e->scratch, sizeof(e->scratch)) ||
        !client_hello_extensions(e, &extensions) || !CBB_flush(&extensions)) {
        return PARLEY_ERR_bad_config;
    }
    union parley_message_value hello;
    hello.client_hello = client_hello_fields(e, suites, bytes_of(e->scratch, CBB_len(&extensions)));
    struct parley_bytes built = handshake_build(e, PARLEY_MSG_client_hello, &hello);
    if (built.len == 0) {
        return PARLEY_ERR_buffer_full;
    }
    uint8_t *at = e->pending + e->pending_length;
    if (e->psk_offered) {
        psk_bind(e, at, built.len);
    }
    size_t before = e->transcript.length;
    enum parley_error error = handshake_commit(e, PARLEY_MSG_client_hello, built.len);
    if (!error && e->early_offered) {
        error = psk_early_data(e, bytes_of(e->kept + before, e->transcript.length - before));
    }
    return error;
}
