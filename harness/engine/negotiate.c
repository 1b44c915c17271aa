/* What the server negotiates alike in both versions (RFC 8446 4.1.1, RFC 5246 7.4.1). */
#include "engine/negotiate.h"

#include <string.h>

#include "engine/actions.h"

enum parley_error server_pick_version(struct parley_engine *e,
                                      const struct parley_client_hello *m) {
    const struct parley_config *c = e->config;
    uint16_t best = 0, version;
    if (parley_has(&m->extensions, PARLEY_EXT_supported_versions)) {
        struct parley_bytes rest = m->extensions.supported_versions_offer.versions;
        while (parley_uint16_next(&rest, &version)) {
            if (version >= config_min(c) && version <= config_max(c) && version > best) {
                best = version;
            }
        }
    } else if (m->legacy_version >= PARLEY_TLS12 && config_min(c) <= PARLEY_TLS12) {
        best = PARLEY_TLS12;
    }
    if (best == 0) {
        return PARLEY_ERR_no_shared_version;
    }
    if (e->hello_retry && best != e->version) {
        return PARLEY_ERR_changed_client_hello;
    }
    if (best < config_max(c) && parley_uint16_in(m->cipher_suites, PARLEY_TLS_FALLBACK_SCSV)) {
        return PARLEY_ERR_inappropriate_fallback;
    }
    e->version = best;
    handshake_machine(e, best);
    return PARLEY_OK;
}

/* ---- What both versions read ---- */

static enum parley_error read_name(struct parley_engine *e,
                                   const struct parley_extension_block *x) {
    const char *own = e->config->server_name;
    if (!parley_has(x, PARLEY_EXT_server_name)) {
        return PARLEY_OK;
    }
    struct parley_bytes name = x->server_name.host_name;
    if (name.len == 0 || name.len > sizeof(e->name)) {
        return PARLEY_OK;
    }
    if (own && !bytes_equal(name, bytes_of(own, strlen(own)))) {
        return handshake_refuse(e, PARLEY_ERR_unrecognized_name);
    }
    e->name_length = (uint8_t)name.len;
    memcpy(e->name, name.data, name.len);
    return PARLEY_OK;
}

static enum parley_error read_compression(const struct parley_engine *e,
                                          const struct parley_client_hello *m) {
    struct parley_bytes methods = m->legacy_compression_methods;
    if (!parley_uint8_in(methods, 0)) {
        return PARLEY_ERR_no_compression_null;
    }
    if (e->version == PARLEY_TLS13 && methods.len != 1) {
        return PARLEY_ERR_bad_compression;
    }
    return PARLEY_OK;
}

enum parley_error negotiate_read(struct parley_engine *e, const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    e->client_version = m->legacy_version;
    memcpy(e->client_random, m->random.data, PARLEY_RANDOM_LENGTH);
    memcpy(e->session_id, m->legacy_session_id.data, m->legacy_session_id.len);
    e->session_id_length = (uint8_t)m->legacy_session_id.len;
    e->peer_extensions = x->present;
    e->peer_wants_ocsp = parley_has(x, PARLEY_EXT_status_request);
    e->peer_wants_scts = parley_has(x, PARLEY_EXT_signed_certificate_timestamp);
    e->post_auth_offered = parley_has(x, PARLEY_EXT_post_handshake_auth);
    enum parley_error error = read_compression(e, m);
    return error ? error : read_name(e, x);
}

enum parley_error negotiate_alpn(struct parley_engine *e, const struct parley_extension_block *x) {
    const struct parley_config *c = e->config;
    if (!parley_has(x, PARLEY_EXT_application_layer_protocol_negotiation) || c->alpn_count == 0) {
        return PARLEY_OK;
    }
    for (size_t i = 0; i < c->alpn_count; i++) {
        struct parley_bytes own = bytes_of(c->alpn[i], strlen(c->alpn[i]));
        struct parley_bytes rest = x->alpn_offer.protocol_name_list, name;
        while (parley_opaque8_next(&rest, &name)) {
            if (bytes_equal(own, name)) {
                e->alpn_length = (uint8_t)own.len;
                memcpy(e->alpn, own.data, own.len);
                return PARLEY_OK;
            }
        }
    }
    return PARLEY_ERR_no_application_protocol;
}

void negotiate_limits(struct parley_engine *e, const struct parley_extension_block *x) {
    if (parley_has(x, PARLEY_EXT_record_size_limit) && e->config->record_size_limit) {
        limits_record_size(e, x->record_size_limit.record_size_limit);
    } else if (parley_has(x, PARLEY_EXT_max_fragment_length)) {
        limits_max_fragment(e, x->max_fragment_length.length_code);
    }
}

const struct parley_suite *negotiate_suite(const struct parley_engine *e,
                                           struct parley_bytes offered, size_t *at) {
    const uint16_t *own;
    size_t count = list_suites(e->config, &own);
    bool by_server = e->config->server_order;
    size_t most = by_server ? count : offered.len / 2;
    while (*at < most) {
        size_t i = (*at)++;
        uint16_t code =
            by_server ? own[i] : (uint16_t)(offered.data[2 * i] << 8 | offered.data[2 * i + 1]);
        bool shared = by_server ? parley_uint16_in(offered, code) : list_has(own, count, code);
        const struct parley_suite *suite = shared ? parley_suite_find(code) : NULL;
        if (suite && suite->version == e->version) {
            return suite;
        }
    }
    return NULL;
}

uint16_t negotiate_group(const struct parley_engine *e, struct parley_bytes offered,
                         struct parley_bytes shares) {
    const uint16_t *own;
    size_t count = list_groups(e->config, &own);
    for (size_t i = 0; i < count; i++) {
        const struct parley_group *group = parley_group_find(own[i]);
        if (!group || group->kind == PARLEY_GROUP_KIND_NONE ||
            group->kind == PARLEY_GROUP_KIND_FFDHE || !parley_uint16_in(offered, own[i])) {
            continue;
        }
        struct parley_bytes rest = shares;
        struct parley_key_share_entry share;
        if (shares.len == 0) {
            return own[i];
        }
        while (parley_key_share_next(&rest, &share)) {
            if (share.group == own[i]) {
                return own[i];
            }
        }
    }
    return 0;
}
