/* Record size limits (RFC 8449, RFC 6066 4). */
#include "engine/inside.h"

static uint16_t smaller(uint16_t a, uint16_t b) {
    return a < b ? a : b;
}

/* In TLS 1.3 the limit counts the byte of the inner content type. */
static uint16_t plaintext(const struct parley_engine *e, uint16_t limit) {
    uint16_t most = PARLEY_RECORD_MAX;
    if (e->version == PARLEY_TLS13) {
        limit = (uint16_t)(limit - 1);
    }
    return smaller(limit, most);
}

void limits_record_size(struct parley_engine *e, uint16_t peer_limit) {
    e->record_size_limit = peer_limit;
    e->send_limit = smaller(e->send_limit, plaintext(e, peer_limit));
    e->receive_limit = plaintext(e, e->config->record_size_limit);
}

void limits_max_fragment(struct parley_engine *e, uint8_t code) {
    uint16_t limit = (uint16_t)(256u << code);
    e->max_fragment_length = code;
    e->send_limit = smaller(e->send_limit, limit);
    e->receive_limit = limit;
}
