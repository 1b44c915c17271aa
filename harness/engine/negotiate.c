/* What the server negotiates alike in both versions (RFC 8446 4.1.1, RFC 5246 7.4.1). */
#include "engine/negotiate.h"

#include <string.h>

#include "engine/actions.h"
#include "engine/jdk11.h"

enum { SSL30 = 0x0300 };

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
    /* RFC 7507 3: even where there is no version in common. */
    if (best < config_max(c) && parley_uint16_in(m->cipher_suites, PARLEY_TLS_FALLBACK_SCSV)) {
        return PARLEY_ERR_inappropriate_fallback;
    }
    if (best == PARLEY_TLS13 && c->jdk11_workaround && config_min(c) <= PARLEY_TLS12 &&
        jdk11_looks_like(m)) {
        best = PARLEY_TLS12;
        e->jdk11 = true;
    }
    /* RFC 8446 D.5: SSL 3.0 is refused even where it stands beside supported_versions. */
    if (best == 0 || m->legacy_version == SSL30) {
        return PARLEY_ERR_no_shared_version;
    }
    if (e->hello_retry && best != e->version) {
        return PARLEY_ERR_changed_client_hello;
    }
    e->version = best;
    if (best < PARLEY_TLS13) {
        e->early_reason =
            c->max_early_data ? PARLEY_EARLY_DATA_protocol_version : PARLEY_EARLY_DATA_disabled;
    }
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
        return PARLEY_ERR_bad_compression_list;
    }
    if (e->version == PARLEY_TLS13 && methods.len != 1) {
        return PARLEY_ERR_bad_compression_list;
    }
    return PARLEY_OK;
}

/* The caller is asked once, about the first hello. */
static enum parley_error judge_hello(struct parley_engine *e, const struct parley_client_hello *m) {
    const struct parley_config *c = e->config;
    enum parley_error error = PARLEY_OK;
    if (e->hello_retry) {
        return PARLEY_OK;
    }
    if (c->judge_client_hello) {
        error = engine_judged(e, c->judge_client_hello(c->judge_arg, m),
                              PARLEY_ERR_client_hello_refused);
    }
    return error ? error : certificates_may_choose(e);
}

enum parley_error negotiate_read(struct parley_engine *e, const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    e->client_version = m->legacy_version;
    memcpy(e->client_random, m->random.data, PARLEY_RANDOM_LENGTH);
    if (m->legacy_session_id.len) { /* else there may be no data at all */
        memcpy(e->session_id, m->legacy_session_id.data, m->legacy_session_id.len);
    }
    e->session_id_length = (uint8_t)m->legacy_session_id.len;
    e->peer_extensions = x->present;
    e->peer_wants_ocsp = parley_has(x, PARLEY_EXT_status_request);
    e->peer_wants_scts = parley_has(x, PARLEY_EXT_signed_certificate_timestamp);
    e->post_auth_offered = parley_has(x, PARLEY_EXT_post_handshake_auth);
    enum parley_error error = judge_hello(e, m);
    if (!error) {
        error = read_compression(e, m);
    }
    if (!error) {
        error = compression_choose(e, x);
    }
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
    return c->alpn[0][0] ? PARLEY_ERR_no_application_protocol
                         : PARLEY_ERR_empty_application_protocol;
}

void negotiate_limits(struct parley_engine *e, const struct parley_extension_block *x) {
    if (parley_has(x, PARLEY_EXT_record_size_limit) && e->config->record_size_limit) {
        limits_record_size(e, x->record_size_limit.record_size_limit);
    } else if (parley_has(x, PARLEY_EXT_max_fragment_length)) {
        limits_max_fragment(e, x->max_fragment_length.length_code);
    }
}

struct ranking {
    const struct parley_engine *e;
    const struct parley_suite **out;
    size_t count;
};

static void rank(struct ranking *r, uint16_t code) {
    const struct parley_suite *suite = parley_suite_find(code);
    for (size_t i = 0; i < r->count; i++) {
        if (r->out[i] == suite) {
            return;
        }
    }
    if (suite && suite->version == r->e->version && config_speaks(r->e->config, suite) &&
        r->count < NEGOTIATE_SUITES_MAX) {
        r->out[r->count++] = suite;
    }
}

/* rank_by_client ranks those of |own| that the client offers, in its order. */
static void rank_by_client(struct ranking *r, const uint16_t *own, size_t count,
                           struct parley_bytes offered) {
    uint16_t code;
    while (parley_uint16_next(&offered, &code)) {
        if (list_has(own, count, code)) {
            rank(r, code);
        }
    }
}

size_t negotiate_suites(const struct parley_engine *e, struct parley_bytes offered,
                        const struct parley_suite *out[NEGOTIATE_SUITES_MAX]) {
    const struct parley_config *c = e->config;
    const uint16_t *own;
    size_t count = list_suites(c, &own);
    struct ranking r = {e, out, 0};
    if (!c->server_order) {
        rank_by_client(&r, own, count, offered);
        return r.count;
    }
    for (size_t i = 0, last; i < count; i = last + 1) {
        for (last = i; c->suite_ties && last + 1 < count && c->suite_ties[last];) {
            last++;
        }
        rank_by_client(&r, own + i, last - i + 1, offered);
    }
    return r.count;
}

static bool exchangeable(const struct parley_engine *e, uint16_t code) {
    const struct parley_group *group = parley_group_find(code);
    return group && group->kind != PARLEY_GROUP_KIND_NONE &&
           group->kind != PARLEY_GROUP_KIND_FFDHE &&
           (group->kind != PARLEY_GROUP_KIND_HYBRID || e->version == PARLEY_TLS13);
}

uint16_t negotiate_group(const struct parley_engine *e, struct parley_bytes offered) {
    const uint16_t *own;
    uint16_t code;
    size_t count = list_groups(e->config, &own);
    for (size_t i = 0; e->config->server_order && i < count; i++) {
        if (exchangeable(e, own[i]) && parley_uint16_in(offered, own[i])) {
            return own[i];
        }
    }
    while (!e->config->server_order && parley_uint16_next(&offered, &code)) {
        if (exchangeable(e, code) && list_has(own, count, code)) {
            return code;
        }
    }
    return 0;
}
