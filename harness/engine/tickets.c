/* Sessions: what is remembered of a connection, sealed into tickets (RFC 5077 4, RFC 8446 4.6.1)
 * and kept in a server's cache of TLS 1.2 session ids. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inside.h"
#include "engine/ticket_seal.h"

void tickets_describe(const struct parley_engine *e, struct parley_session *out) {
    memset(out, 0, offsetof(struct parley_session, session_id));
    out->version = e->version;
    out->suite = e->suite->code;
    out->group = e->group;
    outcome_sigalgs(e, &out->sigalg_server, &out->sigalg_client);
    out->context = e->config->session_context;
    out->issued_ms = e->now_ms;
    out->lifetime = e->config->ticket_lifetime ? e->config->ticket_lifetime : 7200;
    out->extended_master_secret = e->extended_master_secret;
    out->peer_verified = e->peer_verified;
    out->alpn_length = e->alpn_length;
    memcpy(out->alpn, e->alpn, e->alpn_length);
    out->server_name_length = e->name_length;
    memcpy(out->server_name, e->name, e->name_length);
    if (e->role == PARLEY_SERVER && e->leaf_length) {
        SHA256(e->leaf, e->leaf_length, out->peer_sha256);
    } else if (e->role == PARLEY_CLIENT && e->version == PARLEY_TLS12) {
        memcpy(out->peer_sha256, e->chain_sha256, sizeof(out->peer_sha256));
    } else if (e->resumed && !e->external) {
        memcpy(out->peer_sha256, e->session.peer_sha256, sizeof(out->peer_sha256));
    }
    if (e->version == PARLEY_TLS12) {
        memcpy(out->secret, e->master_secret, sizeof(e->master_secret));
        out->secret_length = sizeof(e->master_secret);
    }
    staples_remember(e, out);
}

void session_resumed(struct parley_engine *e) {
    e->resumed = true;
    e->peer_verified = e->session.peer_verified;
    const struct parley_sigalg *server = parley_sigalg_find(e->session.sigalg_server);
    const struct parley_sigalg *client = parley_sigalg_find(e->session.sigalg_client);
    e->own_scheme = e->role == PARLEY_CLIENT ? client : server;
    e->peer_scheme = e->role == PARLEY_CLIENT ? server : client;
}

bool session_fresh(const struct parley_engine *e, const struct parley_session *s) {
    int64_t age = e->now_ms - s->issued_ms;
    return age >= 0 && age <= (int64_t)s->lifetime * 1000;
}

/* What a ticket holds, in DER so that any ASN.1 tool reads it:
 *
 *     SEQUENCE { structure INTEGER (1), version INTEGER, suite OCTET STRING, rest OCTET STRING }
 */
static bool write_settings(CBB *out, const struct parley_session *s) {
    CBB child;
    return CBB_add_bytes(out, s->settings_sha256, sizeof(s->settings_sha256)) &&
           CBB_add_u16_length_prefixed(out, &child) &&
           CBB_add_bytes(&child, s->peer_settings, s->peer_settings_length) && CBB_flush(out);
}

static bool write_rest(CBB *out, const struct parley_session *s) {
    CBB child;
    uint8_t flags = (uint8_t)(s->extended_master_secret | s->peer_verified << 1 | s->alps << 2);
    return CBB_add_u16(out, s->group) && CBB_add_u16(out, s->sigalg_server) &&
           CBB_add_u16(out, s->sigalg_client) && CBB_add_u8_length_prefixed(out, &child) &&
           CBB_add_bytes(&child, s->secret, s->secret_length) &&
           CBB_add_u64(out, (uint64_t)s->issued_ms) && CBB_add_u32(out, s->lifetime) &&
           CBB_add_u32(out, s->age_add) && CBB_add_u32(out, s->max_early_data) &&
           CBB_add_u32(out, s->context) && CBB_add_u8(out, flags) &&
           CBB_add_bytes(out, s->peer_sha256, sizeof(s->peer_sha256)) &&
           CBB_add_u8_length_prefixed(out, &child) &&
           CBB_add_bytes(&child, s->alpn, s->alpn_length) &&
           CBB_add_u8_length_prefixed(out, &child) &&
           CBB_add_bytes(&child, s->server_name, s->server_name_length) && CBB_flush(out) &&
           (!s->alps || write_settings(out, s));
}

bool tickets_encode(CBB *out, const struct parley_session *s) {
    CBB sequence, rest;
    const uint8_t suite[] = {(uint8_t)(s->suite >> 8), (uint8_t)s->suite};
    return CBB_add_asn1(out, &sequence, CBS_ASN1_SEQUENCE) && CBB_add_asn1_uint64(&sequence, 1) &&
           CBB_add_asn1_uint64(&sequence, s->version) &&
           CBB_add_asn1_octet_string(&sequence, suite, sizeof(suite)) &&
           CBB_add_asn1(&sequence, &rest, CBS_ASN1_OCTETSTRING) && write_rest(&rest, s) &&
           CBB_flush(out);
}

static bool read_short(CBS *in, uint8_t *out, size_t cap, size_t *len) {
    CBS child;
    if (!CBS_get_u8_length_prefixed(in, &child) || CBS_len(&child) > cap) {
        return false;
    }
    *len = CBS_len(&child);
    return CBS_copy_bytes(&child, out, *len);
}

static bool read_settings(CBS *in, struct parley_session *s) {
    CBS child;
    if (!CBS_copy_bytes(in, s->settings_sha256, sizeof(s->settings_sha256)) ||
        !CBS_get_u16_length_prefixed(in, &child) || CBS_len(&child) > sizeof(s->peer_settings)) {
        return false;
    }
    s->peer_settings_length = (uint16_t)CBS_len(&child);
    return CBS_copy_bytes(&child, s->peer_settings, s->peer_settings_length);
}

static bool read_rest(CBS *in, struct parley_session *s) {
    uint64_t issued;
    uint8_t flags;
    size_t secret, alpn, name;
    s->ticket_length = s->session_id_length = 0;
    s->ocsp_length = s->scts_length = 0;
    if (!CBS_get_u16(in, &s->group) || !CBS_get_u16(in, &s->sigalg_server) ||
        !CBS_get_u16(in, &s->sigalg_client) ||
        !read_short(in, s->secret, sizeof(s->secret), &secret) || !CBS_get_u64(in, &issued) ||
        !CBS_get_u32(in, &s->lifetime) || !CBS_get_u32(in, &s->age_add) ||
        !CBS_get_u32(in, &s->max_early_data) || !CBS_get_u32(in, &s->context) ||
        !CBS_get_u8(in, &flags) || flags > 7 ||
        !CBS_copy_bytes(in, s->peer_sha256, sizeof(s->peer_sha256)) ||
        !read_short(in, s->alpn, sizeof(s->alpn), &alpn) ||
        !read_short(in, s->server_name, sizeof(s->server_name), &name)) {
        return false;
    }
    s->alps = flags >> 2 & 1;
    s->peer_settings_length = 0;
    if ((s->alps && !read_settings(in, s)) || CBS_len(in) != 0) {
        return false;
    }
    s->secret_length = (uint16_t)secret;
    s->issued_ms = (int64_t)issued;
    s->extended_master_secret = flags & 1;
    s->peer_verified = flags >> 1 & 1;
    s->alpn_length = (uint8_t)alpn;
    s->server_name_length = (uint8_t)name;
    return true;
}

bool tickets_decode(struct parley_bytes bytes, struct parley_session *s) {
    CBS in, sequence, suite, rest;
    uint64_t structure, version;
    CBS_init(&in, bytes.data, bytes.len);
    if (!CBS_get_asn1(&in, &sequence, CBS_ASN1_SEQUENCE) || CBS_len(&in) != 0 ||
        !CBS_get_asn1_uint64(&sequence, &structure) || structure != 1 ||
        !CBS_get_asn1_uint64(&sequence, &version) ||
        !CBS_get_asn1(&sequence, &suite, CBS_ASN1_OCTETSTRING) || !CBS_get_u16(&suite, &s->suite) ||
        CBS_len(&suite) != 0 || !CBS_get_asn1(&sequence, &rest, CBS_ASN1_OCTETSTRING) ||
        CBS_len(&sequence) != 0) {
        return false;
    }
    s->version = (uint16_t)version;
    return version <= UINT16_MAX && read_rest(&rest, s);
}

size_t tickets_seal(struct parley_engine *e, const struct parley_session *session, uint8_t *out,
                    size_t cap) {
    uint8_t plain[TICKET_PLAIN_MAX];
    CBB cbb;
    if (!CBB_init_fixed(&cbb, plain, sizeof(plain)) || !tickets_encode(&cbb, session)) {
        return 0;
    }
    struct parley_bytes in = {plain, CBB_len(&cbb)};
    return e->config->ticket_key_rfc5077
               ? ticket_seal_cbc(e->config->ticket_key_rfc5077, in, &e->random, out, cap)
               : ticket_seal_gcm(e->config->ticket_key, in, &e->random, out, cap);
}

bool tickets_open(struct parley_engine *e, struct parley_bytes ticket, struct parley_session *out) {
    uint8_t plain[TICKET_SEALED_MAX];
    if (e->config->no_tickets || ticket.len > sizeof(plain)) {
        return false;
    }
    size_t len = e->config->ticket_key_rfc5077
                     ? ticket_open_cbc(e->config->ticket_key_rfc5077, ticket, plain)
                     : ticket_open_gcm(e->config->ticket_key, ticket, plain);
    return len > 0 && tickets_decode(bytes_of(plain, len), out) && session_fresh(e, out);
}

/* ---- Session ids ---- */

struct parley_session_cache {
    size_t capacity, next;
    struct parley_session entries[];
};

struct parley_session_cache *parley_session_cache_new(size_t capacity) {
    struct parley_session_cache *cache =
        calloc(1, sizeof(*cache) + capacity * sizeof(cache->entries[0]));
    if (cache) {
        cache->capacity = capacity;
    }
    return cache;
}

void parley_session_cache_free(struct parley_session_cache *cache) {
    free(cache);
}

void session_cache_put(struct parley_session_cache *cache, const struct parley_session *session) {
    if (cache->capacity == 0) {
        return;
    }
    cache->entries[cache->next] = *session;
    cache->next = (cache->next + 1) % cache->capacity;
}

struct parley_session *session_cache_get(struct parley_session_cache *cache,
                                         struct parley_bytes id) {
    for (size_t i = 0; i < cache->capacity; i++) {
        struct parley_session *s = &cache->entries[i];
        if (id.len && bytes_equal(bytes_of(s->session_id, s->session_id_length), id)) {
            return s;
        }
    }
    return NULL;
}

void session_forget(struct parley_engine *e) {
    struct parley_bytes id = {e->session_id, e->session_id_length};
    struct parley_session_cache *cache = e->config->session_cache;
    struct parley_session *session =
        cache != NULL && (e->resumed || e->done) ? session_cache_get(cache, id) : NULL;
    if (session != NULL) {
        session->session_id_length = 0;
    }
}
