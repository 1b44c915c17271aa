/* Our end of a trial, set up as the settings say. */
#include <string.h>

#include "script/trial.h"

#define EARLY_DATA_MAX 16384

struct parley_credential *trial_credential(struct parley_trial *t, uint64_t number, bool stapled) {
    if (number == 0 || number > PARLEY_PKI_ENTRIES) {
        return NULL;
    }
    struct parley_credential **place = &t->credentials[stapled][number - 1];
    const char *why;
    if (*place == NULL) {
        const struct parley_pki_entry *entry = parley_pki_at(t->pki, (size_t)number - 1);
        *place = parley_credential_from_pem(entry->certificates, entry->private_key, &why);
        if (*place != NULL && stapled) {
            trial_staple(*place);
        }
    }
    return *place;
}

/* wants_psk12: a PSK suite of TLS 1.2 brings its key along. */
static bool wants_psk12(const struct side *side) {
    for (size_t i = 0; i < side->suite_count; i++) {
        const struct parley_suite *suite = parley_suite_find(side->suites[i]);
        if (suite != NULL &&
            (suite->key_exchange == PARLEY_KX_PSK || suite->key_exchange == PARLEY_KX_ECDHE_PSK)) {
            return true;
        }
    }
    return false;
}

void trial_make_psks(struct parley_trial *t) {
    static const uint8_t key[32] = "parley's key for external PSKs.";
    static const char identity[] = "parley", hint[] = "which parley";
    struct parley_bytes name = {(const uint8_t *)identity, sizeof identity - 1};
    t->psk = (struct parley_psk){name, {key, sizeof key}, PARLEY_HASH_SHA256};
    t->psk12 =
        (struct parley_psk12){name, {key, sizeof key}, {(const uint8_t *)hint, sizeof hint - 1}};
}

const struct parley_psk *trial_psk(const struct parley_trial *t, const struct side *side) {
    return side_has(side, PARLEY_LINE_psk) ? &t->psk : NULL;
}

const struct parley_psk12 *trial_psk12(const struct parley_trial *t, const struct side *side) {
    return wants_psk12(side) ? &t->psk12 : NULL;
}

size_t trial_protocols(const struct side *side, const char *out[SIDE_PROTOCOLS]) {
    for (size_t i = 0; i < side->alpn_count; i++) {
        out[i] = side->alpn[i];
    }
    if (side->alpn_count == 0 && side_has(side, PARLEY_LINE_alps)) {
        out[0] = "h2";
        return 1;
    }
    return side->alpn_count;
}

static void keep_session(void *arg, const struct parley_session *session) {
    struct parley_trial *t = arg;
    t->kept = *session;
}

static void log_key(void *arg, const char *line) {
    const struct parley_trial *t = arg;
    t->watch->key_log(t->watch->arg, line);
}

/* our_lists: what is offered, which NULL leaves to the engine. */
static void our_lists(struct parley_trial *t, struct parley_config *c) {
    const struct side *side = &t->our;
    c->min_version = side->min_version;
    c->max_version = side->max_version;
    c->suites = side->suite_count > 0 ? side->suites : NULL;
    c->suite_count = side->suite_count;
    c->groups = side->group_count > 0 ? side->groups : NULL;
    c->group_count = side->group_count;
    c->key_share_count = side->group_count > 0 ? 1 : 0;
    c->sigalgs = side->sigalg_count > 0 ? side->sigalgs : NULL;
    c->sigalg_count = side->sigalg_count;
    c->alpn_count = trial_protocols(side, t->our_alpn);
    c->alpn = c->alpn_count > 0 ? t->our_alpn : NULL;
}

/* our_ech_keys returns what our server decrypts hellos with, NULL for nothing. */
static const struct parley_ech_keys *our_ech_keys(struct parley_trial *t) {
    const struct parley_extras *x = &t->our_extras.extras;
    const char *why;
    if (t->our.ech == 0) {
        return NULL;
    }
    if (t->ech_keys == NULL || t->ech_number != t->our.ech) {
        parley_ech_keys_free(t->ech_keys);
        t->ech_keys = parley_ech_keys_new();
        t->ech_number = t->our.ech;
        if (t->ech_keys != NULL) {
            (void)parley_ech_keys_add(t->ech_keys, x->ech_config, x->ech_private_key, true, &why);
        }
    }
    return t->ech_keys;
}

/* our_extras: but the staples of a server, which come with its credential. */
static void our_extras(struct parley_trial *t, enum parley_role role, struct parley_config *c) {
    const struct parley_extras *x = &t->our_extras.extras;
    trial_extras_set(&t->our_extras, &t->our, t->our_alpn, c->alpn_count);
    c->request_ocsp = c->request_scts = x->staples;
    c->compressions = x->compressions;
    c->compression_count = x->compression_count;
    c->npn = x->npn;
    c->npn_count = x->npn_count;
    c->alps = x->alps;
    c->alps_count = x->alps_count;
    c->permute_extensions = x->permute;
    c->false_start = c->false_start_without_alpn = x->false_start;
    if (side_has(&t->our, PARLEY_LINE_authorities)) {
        c->certificate_authorities = (struct parley_bytes){t->authorities, t->authorities_len};
    }
    if (role == PARLEY_SERVER) {
        c->ech_keys = our_ech_keys(t);
    } else if (c->max_version != PARLEY_TLS12) {
        c->ech_config_list = x->ech_config_list;
        c->ech_grease = x->grease;
    }
}

const char *trial_ours(struct parley_trial *t, enum parley_role role) {
    const struct side *side = &t->our;
    bool server = role == PARLEY_SERVER;
    const struct parley_psk *psk = trial_psk(t, side);
    uint8_t ticket_key[sizeof t->config.ticket_key];
    memcpy(ticket_key, t->config.ticket_key, sizeof ticket_key);
    t->config = (struct parley_config){
        .server_name = server || side->sni[0] == '\0' ? NULL : side->sni,
        .no_server_name_check = true, /* the stack is on trial, not its certificate */
        .client_auth = server ? side->client_auth : PARLEY_AUTH_NONE,
        .post_handshake_auth = !server && side_has(side, PARLEY_LINE_post_handshake_auth),
        .no_extended_master_secret = side_has(side, PARLEY_LINE_no_extended_master_secret),
        .no_encrypt_then_mac = side_has(side, PARLEY_LINE_no_encrypt_then_mac),
        .no_tickets = side_has(side, PARLEY_LINE_session_id),
        .hello_retry = server && side_has(side, PARLEY_LINE_hello_retry),
        .grease = side_has(side, PARLEY_LINE_grease),
        .psks = psk,
        .psk_count = psk != NULL ? 1 : 0,
        .psk12 = trial_psk12(t, side),
        .psk_modes = side_has(side, PARLEY_LINE_psk_ke) ? PARLEY_PSK_KE : 0,
        .session_cache = server ? t->cache : NULL,
        .memo = t->memo,
        .max_early_data = server && side_has(side, PARLEY_LINE_early_data) ? EARLY_DATA_MAX : 0,
        .early_data = !server && side_has(side, PARLEY_LINE_early_data),
        .renegotiation = PARLEY_RENEGOTIATE_EXPLICIT,
        .new_session = server ? NULL : keep_session,
        .new_session_arg = t,
        .key_log = t->watch != NULL && t->watch->key_log != NULL ? log_key : NULL,
        .key_log_arg = t,
        .hooks = bender_hooks(&t->bender),
        .bend = &t->bender.bend,
        .tolerant = !side_has(side, PARLEY_LINE_strict),
    };
    memcpy(t->config.ticket_key, ticket_key, sizeof ticket_key);
    our_lists(t, &t->config);
    our_extras(t, role, &t->config);
    uint64_t number = server ? side->server_certificate : side->client_certificate;
    t->our_credential = side_has(side, PARLEY_LINE_psk)
                            ? NULL
                            : trial_credential(t, number, t->our_extras.extras.staples);
    t->config.credentials = &t->our_credential;
    t->config.credential_count = t->our_credential != NULL ? 1 : 0;
    if (t->engines[role] == NULL) {
        t->engines[role] = parley_engine_new(&t->config, role);
    }
    return t->engines[role] != NULL ? NULL : "out of memory";
}
