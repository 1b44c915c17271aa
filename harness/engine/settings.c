/* Application settings (ALPS, draft-vvv-tls-alps-01): each side's for the protocol that ALPN
 * negotiates, the client's in encrypted_extensions of its own. TLS 1.3 only. */
#include <openssl/sha.h>
#include <string.h>

#include "engine/actions.h"
#include "engine/settings.h"

static struct parley_bytes protocol_of(const struct parley_alps *alps) {
    return bytes_of(alps->protocol, strlen(alps->protocol));
}

static struct parley_bytes negotiated(const struct parley_engine *e) {
    return bytes_of(e->alpn, e->alpn_length);
}

static const struct parley_alps *find(const struct parley_engine *e, struct parley_bytes protocol) {
    const struct parley_config *c = e->config;
    for (size_t i = 0; protocol.len && i < c->alps_count; i++) {
        if (bytes_equal(protocol_of(&c->alps[i]), protocol)) {
            return &c->alps[i];
        }
    }
    return NULL;
}

static void keep(struct parley_engine *e, struct parley_bytes settings) {
    e->peer_settings_length = (uint16_t)settings.len;
    if (settings.len) {
        memcpy(e->peer_settings, settings.data, settings.len);
    }
}

static bool write_ours(const struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {.application_settings = {e->alps->settings}};
    return parley_extension_write(out, PARLEY_FORM_application_settings, &v);
}

/* ---- Client ---- */

bool settings_offer(struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    uint8_t scratch[2048];
    size_t n = 0;
    if (c->alpn_count == 0 || c->alps_count == 0) {
        return true;
    }
    for (size_t i = 0; i < c->alps_count; i++) {
        struct parley_bytes name = protocol_of(&c->alps[i]);
        if (name.len == 0 || name.len > 255 || n + 1 + name.len > sizeof(scratch)) {
            return false;
        }
        scratch[n++] = (uint8_t)name.len;
        memcpy(scratch + n, name.data, name.len);
        n += name.len;
    }
    union parley_extension_value v = {.application_settings_offer = {{scratch, n}}};
    e->offered |= UINT64_C(1) << PARLEY_EXT_application_settings;
    return parley_extension_write(out, PARLEY_FORM_application_settings_offer, &v);
}

enum parley_error settings_take(struct parley_engine *e, const struct parley_extension_block *x) {
    if (!parley_has(x, PARLEY_EXT_application_settings)) {
        return PARLEY_OK;
    }
    if (e->alpn_length == 0) {
        return PARLEY_ERR_settings_without_protocol;
    }
    e->alps = find(e, negotiated(e));
    if (!e->alps) {
        return PARLEY_ERR_bad_application_protocol;
    }
    keep(e, x->application_settings.settings);
    return PARLEY_OK;
}

enum parley_error send_client_settings(struct parley_engine *e,
                                       const union parley_message_value *m) {
    union parley_message_value v;
    CBB out;
    (void)m;
    if (!CBB_init_fixed(&out, e->scratch, sizeof(e->scratch)) || !write_ours(e, &out)) {
        return PARLEY_ERR_buffer_full;
    }
    v.encrypted_extensions.extensions.absent = false;
    v.encrypted_extensions.extensions.raw = bytes_of(e->scratch, CBB_len(&out));
    return handshake_send(e, PARLEY_MSG_encrypted_extensions, &v);
}

/* ---- Server ---- */

void settings_choose(struct parley_engine *e, const struct parley_extension_block *x) {
    const struct parley_alps *ours = find(e, negotiated(e));
    e->alps = NULL;
    if (!ours || !parley_has(x, PARLEY_EXT_application_settings)) {
        return;
    }
    struct parley_bytes rest = x->application_settings_offer.supported_protocols, name;
    while (parley_opaque8_next(&rest, &name)) {
        if (bytes_equal(name, negotiated(e))) {
            e->alps = ours;
        }
    }
}

bool settings_answer(const struct parley_engine *e, CBB *out) {
    return !e->alps || e->early_accepted || write_ours(e, out);
}

enum parley_error take_client_settings(struct parley_engine *e,
                                       const union parley_message_value *m) {
    const struct parley_extension_block *x = &m->encrypted_extensions.extensions;
    /* Nothing else was offered that a client could answer. */
    if (x->unknown || x->present & ~(UINT64_C(1) << PARLEY_EXT_application_settings)) {
        enum parley_error error = handshake_refuse(e, PARLEY_ERR_unsupported_extension);
        if (error) {
            return error;
        }
    }
    if (!parley_has(x, PARLEY_EXT_application_settings)) {
        return PARLEY_ERR_missing_extension;
    }
    keep(e, x->application_settings.settings);
    return PARLEY_OK;
}

/* ---- Sessions ---- */

static void digest_of(const struct parley_alps *alps, uint8_t out[32]) {
    SHA256(alps->settings.data, alps->settings.len, out);
}

bool settings_match(const struct parley_engine *e, const struct parley_alps *ours) {
    uint8_t digest[32];
    if (!ours || !e->session.alps) {
        return !ours && !e->session.alps;
    }
    digest_of(ours, digest);
    return memcmp(digest, e->session.settings_sha256, sizeof(digest)) == 0;
}

/* A session without any may be resumed with an offer of them: the server declines one of the two.
 */
enum parley_early_data_reason settings_judge_early_data(const struct parley_engine *e) {
    const struct parley_session *s = &e->session;
    return s->alps && !settings_match(e, find(e, bytes_of(s->alpn, s->alpn_length)))
               ? PARLEY_EARLY_DATA_alps_mismatch
               : PARLEY_EARLY_DATA_unknown;
}

void settings_recall(struct parley_engine *e) {
    const struct parley_session *s = &e->session;
    if (s->alps && s->peer_settings_length <= sizeof(s->peer_settings)) {
        e->alps = find(e, negotiated(e));
        keep(e, bytes_of(s->peer_settings, s->peer_settings_length));
    }
}

bool settings_remember(const struct parley_engine *e, struct parley_session *out) {
    if (!e->alps) {
        return true;
    }
    if (e->peer_settings_length > sizeof(out->peer_settings)) {
        return false;
    }
    out->alps = true;
    digest_of(e->alps, out->settings_sha256);
    memcpy(out->peer_settings, e->peer_settings, e->peer_settings_length);
    out->peer_settings_length = e->peer_settings_length;
    return true;
}
