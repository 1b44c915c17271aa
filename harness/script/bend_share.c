/* Key shares that nobody should take (RFC 8446 4.2.8.2, 7.4.2; RFC 7748 6.1; RFC 8422 5.11). */
#include <string.h>

#include "script/bender.h"

enum { X25519 = 32 };

/* A point of order 8 (RFC 7748 6.1 has every product with it zero): u, little-endian. */
static const uint8_t order8[X25519] = {
    0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
    0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
};

/* is_grease returns whether the share is one that nobody takes (RFC 8701 3.1): its group stands in
 * front of it. */
static bool is_grease(const struct mutate_view *view, const struct parley_span *span) {
    enum { BEFORE = 4 };
    return span->offset >= BEFORE &&
           parley_is_grease((uint16_t)mutate_number(view->data + span->offset - BEFORE, 2));
}

/* find_share returns the field that is this side's share. */
static const struct parley_span *find_share(const struct mutate_view *view) {
    static const char *const names[] = {"key_exchange", "key_exchange:2", "point",
                                        "ecdh_Yc",      "dh_Ys",          "dh_Yc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct parley_bytes path = {(const uint8_t *)names[i], strlen(names[i])};
        const struct parley_span *span = bend_find(view, path, false);
        if (span != NULL && !is_grease(view, span)) {
            return span;
        }
    }
    return NULL;
}

/* resized returns how long the share becomes. */
static size_t resized(enum parley_bad_share kind, size_t len) {
    switch (kind) {
    case PARLEY_SHARE_INFINITY:
        return 1;
    case PARLEY_SHARE_COMPRESSED:
        return len / 2 + 1;
    case PARLEY_SHARE_SHORT:
        return len - 1;
    case PARLEY_SHARE_EMPTY:
        return 0;
    default:
        return len;
    }
}

/* one: X25519 counts from the other end. */
static void one(uint8_t *share, size_t len) {
    memset(share, 0, len);
    share[len == X25519 ? 0 : len - 1] = 1;
}

static void fill(enum parley_bad_share kind, uint8_t *share, size_t len, size_t before) {
    switch (kind) {
    case PARLEY_SHARE_ONE:
        one(share, len);
        break;
    case PARLEY_SHARE_LOW_ORDER:
        memset(share, 0, len);
        if (len == X25519) {
            memcpy(share, order8, X25519);
        }
        break;
    case PARLEY_SHARE_OFF_CURVE:
        share[len - 1] ^= 1;
        break;
    case PARLEY_SHARE_COMPRESSED:
        share[0] = (uint8_t)(2 | (before & 1));
        break;
    case PARLEY_SHARE_ZERO:
    case PARLEY_SHARE_INFINITY:
        memset(share, 0, len);
        break;
    default:
        break;
    }
}

bool bend_share(struct bent *now, enum parley_bad_share kind, bool *zero) {
    struct mutator m;
    bend_look(&m, now);
    const struct parley_span *span = find_share(&m.view);
    if (span == NULL || span->length == 0) {
        return false;
    }
    size_t at = span->offset, old = span->length, len = resized(kind, old);
    uint8_t last = m.data[at + old - 1];
    if (!mutate_gap(&m, span, at + (len < old ? len : old), old - (len < old ? len : old), 0)) {
        return false;
    }
    if (len > 0) {
        fill(kind, m.data + at, len, last);
    }
    /* Of X25519 every product with these is zero. */
    *zero = old == X25519 && (kind == PARLEY_SHARE_ZERO || kind == PARLEY_SHARE_ONE ||
                              kind == PARLEY_SHARE_LOW_ORDER);
    bend_done(&m, now);
    return true;
}
