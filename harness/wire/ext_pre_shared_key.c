/* pre_shared_key (RFC 8446 4.2.11), psk_key_exchange_modes (4.2.9) and early_data (4.2.10). */
#include "wire/codec.h"

/* struct { opaque identity<1..2^16-1>; uint32 obfuscated_ticket_age; } PskIdentity; */
static bool psk_identity(struct codec *c, void *count) {
    struct parley_psk_identity m = {{NULL, 0}, 0};
    ++*(size_t *)count;
    return codec_opaque(c, "identity", 2, 1, 65535, &m.identity) &&
           codec_uint32(c, "obfuscated_ticket_age", PARLEY_NAMES_NONE, &m.obfuscated_ticket_age);
}

/* opaque PskBinderEntry<32..255>; one too short for any hash is taken as a wrong binder, which is
 * what its sender is told elsewhere, too. */
static bool psk_binder_entry(struct codec *c, void *count) {
    struct parley_bytes binder = {NULL, 0};
    ++*(size_t *)count;
    return codec_opaque(c, "binder", 1, 1, 255, &binder);
}

bool parley_grammar_pre_shared_key_offer(struct codec *c, struct parley_pre_shared_key_offer *m) {
    const uint8_t *start = c->in.data;
    size_t identities = 0;
    size_t binders = 0;
    if (!codec_list(c, "identities", "psk_identity", 2, 7, 65535, psk_identity, &identities,
                    &m->identities)) {
        return false;
    }
    if (c->out == NULL) {
        m->binders_offset = (uint32_t)(c->in.data - start);
    }
    const uint8_t *before = c->in.data;
    if (!codec_list(c, "binders", NULL, 2, 2, 65535, psk_binder_entry, &binders, &m->binders)) {
        return false;
    }
    return identities == binders || codec_fail_at(c, before, PARLEY_ERR_bad_psk_count, "binders");
}

bool parley_grammar_pre_shared_key_choice(struct codec *c, struct parley_pre_shared_key_choice *m) {
    return codec_uint16(c, "selected_identity", PARLEY_NAMES_NONE, &m->selected_identity);
}

/* psk_ke(0), psk_dhe_ke(1); a server passes over other values. */
bool parley_grammar_psk_key_exchange_modes(struct codec *c,
                                           struct parley_psk_key_exchange_modes *m) {
    return codec_uints(c, "ke_modes", "ke_mode", 1, 1, PARLEY_NAMES_NONE, 1, 255, &m->ke_modes);
}

GRAMMAR_EMPTY(early_data)

bool parley_grammar_early_data_limit(struct codec *c, struct parley_early_data_limit *m) {
    return codec_uint32(c, "max_early_data_size", PARLEY_NAMES_NONE, &m->max_early_data_size);
}
