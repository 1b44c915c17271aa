/* key_share (RFC 8446 4.2.8). */
#include "wire/codec.h"

static bool key_share_entry(struct codec *c, uint16_t *group, struct parley_bytes *key_exchange) {
    return codec_uint16(c, "group", PARLEY_NAMES_GROUP, group) &&
           codec_opaque(c, "key_exchange", 2, 1, 65535, key_exchange);
}

/* One share for a group, no more. */
static bool client_share(struct codec *c, void *groups) {
    const uint8_t *start = c->in.data;
    struct parley_key_share_entry m = {0, {NULL, 0}};
    if (!key_share_entry(c, &m.group, &m.key_exchange)) {
        return false;
    }
    return codec_set_add(groups, m.group) ||
           codec_fail_at(c, start, PARLEY_ERR_duplicate_key_share, "group");
}

bool parley_grammar_key_share_offer(struct codec *c, struct parley_key_share_offer *m) {
    struct codec_set groups;
    groups.count = 0;
    return codec_list(c, "client_shares", "key_share_entry", 2, 0, 65535, client_share, &groups,
                      &m->client_shares);
}

bool parley_grammar_key_share_choice(struct codec *c, struct parley_key_share_choice *m) {
    return key_share_entry(c, &m->group, &m->key_exchange);
}

bool parley_grammar_key_share_retry(struct codec *c, struct parley_key_share_retry *m) {
    return codec_uint16(c, "selected_group", PARLEY_NAMES_GROUP, &m->selected_group);
}
