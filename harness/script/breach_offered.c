/* Breaches: what nobody had offered. */
#include "script/breach_view.h"

bool breach_suite_not_offered(const struct look *l) {
    return l->client.whole && l->sent.whole && !parley_uint16_in(l->client.suites, l->sent.suite);
}

bool breach_version_not_offered(const struct look *l) {
    struct parley_bytes body;
    uint16_t version;
    return l->client.whole && view_get(l->block, PARLEY_EXT_supported_versions, &body) &&
           parley_uint16_next(&body, &version) &&
           !parley_uint16_in(view_list8(l->client.extensions, PARLEY_EXT_supported_versions),
                             version);
}

/* RFC 8446 4.2: a cookie comes unasked. RFC 5746 3.4: a suite asks for renegotiation_info. */
static bool is_asked_for(const struct look *l, uint16_t code) {
    struct parley_bytes body;
    return view_find(l->client.extensions, code, &body) ||
           (l->retry && code == parley_extensions[PARLEY_EXT_cookie].code) ||
           (code == parley_extensions[PARLEY_EXT_renegotiation_info].code &&
            parley_uint16_in(l->client.suites, PARLEY_TLS_EMPTY_RENEGOTIATION_INFO_SCSV));
}

bool breach_extension_not_offered(const struct look *l) {
    struct parley_bytes block;
    struct parley_extension_entry entry;
    for (size_t i = 0; l->client.whole && view_block(l->m->message, l->m->sent, i, &block); i++) {
        while (parley_extension_next(&block, &entry)) {
            if (!is_asked_for(l, entry.extension_type)) {
                return true;
            }
        }
    }
    return false;
}

bool breach_protocol_not_offered(const struct look *l) {
    const enum parley_extension alpn = PARLEY_EXT_application_layer_protocol_negotiation;
    struct parley_bytes chosen = view_list16(l->block, alpn), name, other;
    struct parley_bytes offered = view_list16(l->client.extensions, alpn);
    if (!parley_opaque8_next(&chosen, &name) || chosen.len > 0 || offered.len == 0) {
        return false;
    }
    while (parley_opaque8_next(&offered, &other)) {
        if (view_same(name, other)) {
            return false;
        }
    }
    return true;
}

static bool has_share(const struct look *l, uint16_t group) {
    struct parley_bytes shares = view_list16(l->client.extensions, PARLEY_EXT_key_share);
    struct parley_key_share_entry share;
    while (parley_key_share_next(&shares, &share)) {
        if (share.group == group) {
            return true;
        }
    }
    return false;
}

static bool group_of(const struct look *l, uint16_t *group) {
    struct parley_bytes body;
    return l->client.whole && view_get(l->block, PARLEY_EXT_key_share, &body) &&
           parley_uint16_next(&body, group);
}

bool breach_group_without_share(const struct look *l) {
    uint16_t group;
    return group_of(l, &group) && !has_share(l, group);
}

bool breach_group_not_offered(const struct look *l) {
    uint16_t group;
    struct parley_bytes groups = view_list16(l->client.extensions, PARLEY_EXT_supported_groups);
    return group_of(l, &group) && (!parley_uint16_in(groups, group) || has_share(l, group));
}

bool breach_identity_not_offered(const struct look *l) {
    struct parley_bytes body, offer, identities;
    struct parley_psk_identity identity;
    uint16_t selected;
    if (!view_get(l->block, PARLEY_EXT_pre_shared_key, &body) ||
        !parley_uint16_next(&body, &selected) ||
        !view_get(l->client.extensions, PARLEY_EXT_pre_shared_key, &offer) ||
        !parley_opaque16_next(&offer, &identities)) {
        return false;
    }
    uint16_t count = 0;
    while (parley_psk_identity_next(&identities, &identity)) {
        count++;
    }
    return selected >= count;
}

static bool scheme_of(const struct look *l, uint16_t *scheme) {
    union parley_message_value value;
    if (!parley_message_parse(l->m->message, view_body(l->m->sent), &value, NULL, NULL)) {
        return false;
    }
    *scheme = l->m->message == PARLEY_MSG_certificate_verify ? value.certificate_verify.algorithm
              : l->m->message == PARLEY_MSG_server_key_exchange_dhe
                  ? value.server_key_exchange_dhe.algorithm
                  : value.server_key_exchange_ecdhe.algorithm;
    return true;
}

bool breach_scheme_not_offered(const struct look *l) {
    uint16_t scheme;
    struct parley_bytes offered = {l->facts->request, l->facts->request_length};
    if (l->client.whole) {
        offered = view_list16(l->client.extensions, PARLEY_EXT_signature_algorithms);
    }
    return offered.len > 0 && scheme_of(l, &scheme) && !parley_uint16_in(offered, scheme);
}

bool breach_compression_chosen(const struct look *l) {
    return l->sent.whole && l->sent.compressions.data[0] != 0;
}
