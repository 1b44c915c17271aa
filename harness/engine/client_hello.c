/* The client's hello: what it offers (RFC 8446 4.1.2), first and again after a hello_retry_request.
 */
#include <string.h>

#include "engine/actions.h"

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

/* RFC 8701: the n-th GREASE value of this connection. */
static uint16_t grease(const struct parley_engine *e, unsigned n) {
    unsigned nibble = (e->grease_seed >> (4 * (n & 3))) & 15;
    return (uint16_t)(nibble << 12 | 0xa00 | nibble << 4 | 0xa);
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
        if (suite && (suite->version < config_min(c) || suite->version > config_max(c))) {
            continue;
        }
        codes[n++] = list[i];
    }
    if (c->fallback_scsv) {
        codes[n++] = PARLEY_TLS_FALLBACK_SCSV;
    }
    return uint16s(scratch, codes, n);
}

static bool offer_name(struct parley_engine *e, CBB *out) {
    const char *name = e->config->server_name;
    if (!name || name[0] == 0 || strchr(name, ':') || strspn(name, "0123456789.") == strlen(name)) {
        return true; /* RFC 6066 3: literal addresses are not sent */
    }
    struct parley_bytes host = bytes_of(name, strlen(name));
    uint8_t entry[3 + PARLEY_NAME_MAX] = {0, (uint8_t)(host.len >> 8), (uint8_t)host.len};
    if (host.len > PARLEY_NAME_MAX) {
        return false;
    }
    memcpy(entry + 3, host.data, host.len);
    memcpy(e->name, host.data, host.len);
    e->name_length = (uint8_t)host.len;
    union parley_extension_value v = {.server_name = {.server_name_list = {entry, 3 + host.len}}};
    return offer(e, out, PARLEY_FORM_server_name, &v);
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
        /* FFDHE is spoken in TLS 1.2 only. */
        if (group && group->kind == PARLEY_GROUP_KIND_FFDHE && config_min(c) > PARLEY_TLS12) {
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

/* What only TLS 1.2 uses. */
static bool offer_tls12(struct parley_engine *e, CBB *out) {
    static const uint8_t uncompressed[] = {0};
    const struct parley_config *c = e->config;
    union parley_extension_value v = {.renegotiation_info = {{NULL, 0}}};
    if (!offer(e, out, PARLEY_FORM_renegotiation_info, &v)) {
        return false;
    }
    if (!c->no_extended_master_secret && !offer(e, out, PARLEY_FORM_extended_master_secret, &v)) {
        return false;
    }
    if (!c->no_encrypt_then_mac && !offer(e, out, PARLEY_FORM_encrypt_then_mac, &v)) {
        return false;
    }
    v.ec_point_formats.ec_point_format_list = bytes_of(uncompressed, 1);
    if (!offer(e, out, PARLEY_FORM_ec_point_formats, &v)) {
        return false;
    }
    const struct parley_session *s = &e->session;
    bool resume = s->version == PARLEY_TLS12;
    v.session_ticket.ticket = bytes_of(s->ticket, resume ? s->ticket_length : 0);
    return c->no_tickets || offer(e, out, PARLEY_FORM_session_ticket, &v);
}

static bool offer_versions(struct parley_engine *e, CBB *out) {
    uint16_t codes[3];
    uint8_t scratch[6];
    size_t n = 0;
    if (e->config->grease) {
        codes[n++] = grease(e, 2);
    }
    codes[n++] = PARLEY_TLS13;
    if (config_min(e->config) <= PARLEY_TLS12) {
        codes[n++] = PARLEY_TLS12;
    }
    union parley_extension_value v = {.supported_versions_offer = {uint16s(scratch, codes, n)}};
    return offer(e, out, PARLEY_FORM_supported_versions_offer, &v);
}

/* make_shares makes the key shares that the config, or a hello_retry_request, asks for. */
static bool make_shares(struct parley_engine *e) {
    const struct parley_config *c = e->config;
    const uint16_t *list;
    size_t count = list_groups(c, &list), wanted = c->key_share_count ? c->key_share_count : 1;
    if (e->retry_group) {
        e->share_count = 1;
        return kex_generate(&e->shares[0], e->retry_group, &e->random);
    }
    for (size_t i = 0; i < count && e->share_count < wanted && !c->no_key_shares; i++) {
        const struct parley_group *group = parley_group_find(list[i]);
        if (!group || group->kind == PARLEY_GROUP_KIND_NONE ||
            group->kind == PARLEY_GROUP_KIND_FFDHE || e->share_count == KEY_SHARES_MAX) {
            continue;
        }
        if (!kex_generate(&e->shares[e->share_count++], list[i], &e->random)) {
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

/* RFC 8446 4.2.10: 0-RTT data is offered with a session that allows it, never after a retry. */
static bool wants_early_data(const struct parley_engine *e) {
    return e->config->early_data && !e->hello_retry && e->session.version == PARLEY_TLS13 &&
           e->session.max_early_data > 0;
}

/* What only TLS 1.3 uses; pre_shared_key comes last of all (RFC 8446 4.2.11). */
static bool offer_tls13(struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    uint8_t modes[2];
    size_t n = 0;
    union parley_extension_value v = {.cookie = {{e->cookie, e->cookie_length}}};
    if (!offer_versions(e, out) || !offer_shares(e, out)) {
        return false;
    }
    if (e->cookie_length && !offer(e, out, PARLEY_FORM_cookie, &v)) {
        return false;
    }
    if (!c->psk_modes || c->psk_modes & PARLEY_PSK_DHE_KE) {
        modes[n++] = 1;
    }
    if (c->psk_modes & PARLEY_PSK_KE) {
        modes[n++] = 0;
    }
    v.psk_key_exchange_modes.ke_modes = bytes_of(modes, n);
    if (!offer(e, out, PARLEY_FORM_psk_key_exchange_modes, &v)) {
        return false;
    }
    if (c->post_handshake_auth && !offer(e, out, PARLEY_FORM_post_handshake_auth, &v)) {
        return false;
    }
    e->post_auth_offered = c->post_handshake_auth;
    e->early_offered = wants_early_data(e);
    return !e->early_offered || offer(e, out, PARLEY_FORM_early_data, &v);
}

static bool offer_limits(struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    union parley_extension_value v = {.record_size_limit = {c->record_size_limit}};
    if (c->record_size_limit && !offer(e, out, PARLEY_FORM_record_size_limit, &v)) {
        return false;
    }
    v.max_fragment_length.length_code = c->max_fragment_length;
    return !c->max_fragment_length || offer(e, out, PARLEY_FORM_max_fragment_length, &v);
}

static bool offer_status(struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    union parley_extension_value v = {.status_request = {.status_type = 1}};
    if (c->request_ocsp && !offer(e, out, PARLEY_FORM_status_request, &v)) {
        return false;
    }
    return !c->request_scts || offer(e, out, PARLEY_FORM_sct_request, &v);
}

static bool offer_grease(struct parley_engine *e, CBB *out) {
    CBB body;
    return !e->config->grease || (CBB_add_u16(out, grease(e, 3)) &&
                                  CBB_add_u16_length_prefixed(out, &body) && CBB_flush(out));
}

static bool offer_all(struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    bool tls12 = config_min(c) <= PARLEY_TLS12, tls13 = config_max(c) >= PARLEY_TLS13;
    return offer_grease(e, out) && offer_name(e, out) && (!tls12 || offer_tls12(e, out)) &&
           offer_groups(e, out) && offer_sigalgs(e, out) && offer_alpn(e, out) &&
           offer_status(e, out) && offer_limits(e, out) && (!tls13 || offer_tls13(e, out)) &&
           (!tls13 || psk_offer(e, out));
}

/* What stays the same in a second hello is drawn once. */
static void first_hello(struct parley_engine *e) {
    const struct parley_session *s = &e->session;
    bool tls13 = config_max(e->config) >= PARLEY_TLS13;
    random_fill(&e->random, e->client_random, PARLEY_RANDOM_LENGTH);
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

/* RFC 8446 4.2.10: the early keys come from the PSK and this hello alone. */
static enum parley_error start_early_data(struct parley_engine *e, struct parley_bytes hello) {
    const struct parley_suite *suite = parley_suite_find(e->session.suite);
    uint8_t digest[HASH_MAX];
    size_t len = hash_once(suite->hash, hello, digest);
    schedule13_early_keys(e, bytes_of(digest, len));
    e->early_limit = e->session.max_early_data;
    e->early_seen = 0;
    enum parley_error error = records_flush(e);
    protect_tls13(&e->write, suite, &e->schedule.client_early.key);
    e->write_epoch = PARLEY_EPOCH_EARLY;
    return error;
}

enum parley_error send_client_hello(struct parley_engine *e, const union parley_message_value *m) {
    static const uint8_t null_compression[] = {0};
    uint8_t suites[256];
    uint16_t version = config_max(e->config);
    CBB extensions;
    (void)m;
    if (!e->hello_retry) {
        first_hello(e);
    }
    e->offered = 0;
    if (config_max(e->config) >= PARLEY_TLS13 && (!e->hello_retry || e->retry_group) &&
        !make_shares(e)) {
        return PARLEY_ERR_crypto_failed;
    }
    if (!CBB_init_fixed(&extensions, e->scratch, sizeof(e->scratch)) ||
        !offer_all(e, &extensions) || !CBB_flush(&extensions)) {
        return PARLEY_ERR_bad_config;
    }
    e->client_version = version > PARLEY_TLS12 ? PARLEY_TLS12 : version;
    union parley_message_value hello;
    hello.client_hello = (struct parley_client_hello){
        .legacy_version = e->client_version,
        .random = {e->client_random, PARLEY_RANDOM_LENGTH},
        .legacy_session_id = {e->session_id, e->session_id_length},
        .cipher_suites = cipher_suites(e, suites),
        .legacy_compression_methods = {null_compression, 1},
    };
    hello.client_hello.extensions.raw = bytes_of(e->scratch, CBB_len(&extensions));
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
        error = start_early_data(e, bytes_of(e->kept + before, e->transcript.length - before));
    }
    return error;
}
