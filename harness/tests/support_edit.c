#include "tests/support_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(bool ok, const char *what) {
    if (!ok) {
        (void)fprintf(stderr, "edit: %s\n", what);
        abort();
    }
}

static size_t get(const struct edit *e, size_t at, size_t width) {
    size_t value = 0;
    need(at + width <= e->len, "a length is not there");
    for (size_t i = 0; i < width; i++) {
        value = value << 8 | e->bytes[at + i];
    }
    return value;
}

static void put(struct edit *e, size_t at, size_t width, size_t value) {
    for (size_t i = 0; i < width; i++) {
        e->bytes[at + i] = (uint8_t)(value >> 8 * (width - 1 - i));
    }
}

/* grow adds |by|, which may be negative, to the length at |at|. */
static void grow(struct edit *e, size_t at, size_t width, size_t by) {
    put(e, at, width, get(e, at, width) + by);
}

void edit_splice(struct edit *e, size_t at, size_t count, struct parley_bytes with) {
    need(at + count <= e->len && e->len - count + with.len <= e->cap, "a splice does not fit");
    memmove(e->bytes + at + with.len, e->bytes + at + count, e->len - at - count);
    if (with.len > 0) {
        memcpy(e->bytes + at, with.data, with.len);
    }
    e->len = e->len - count + with.len;
    put(e, 1, 3, e->len - PARLEY_HANDSHAKE_HEADER);
}

void edit_cut(struct edit *e, size_t len) {
    edit_splice(e, len, e->len - len, (struct parley_bytes){NULL, 0});
}

size_t edit_block(const struct edit *e) {
    size_t at = PARLEY_HANDSHAKE_HEADER;
    switch (e->message) {
    case PARLEY_MSG_client_hello:
        at += 2 + PARLEY_RANDOM_LENGTH;
        at += 1 + get(e, at, 1);
        at += 2 + get(e, at, 2);
        at += 1 + get(e, at, 1);
        return at;
    case PARLEY_MSG_server_hello:
    case PARLEY_MSG_hello_retry_request:
        at += 2 + PARLEY_RANDOM_LENGTH;
        at += 1 + get(e, at, 1);
        return at + 2 + 1;
    case PARLEY_MSG_encrypted_extensions:
        return at;
    case PARLEY_MSG_certificate_request_tls13:
        return at + 1 + get(e, at, 1);
    case PARLEY_MSG_new_session_ticket_tls13:
        at += 4 + 4;
        at += 1 + get(e, at, 1);
        return at + 2 + get(e, at, 2);
    case PARLEY_MSG_certificate_tls13:
        at += 1 + get(e, at, 1) + 3;
        return at + 3 + get(e, at, 3);
    default:
        return 0;
    }
}

/* fit puts |by| onto the lengths around the extensions. */
static void fit(struct edit *e, size_t by) {
    size_t block = edit_block(e);
    if (e->message == PARLEY_MSG_certificate_tls13) {
        grow(e, PARLEY_HANDSHAKE_HEADER + 1 + get(e, PARLEY_HANDSHAKE_HEADER, 1), 3, by);
    }
    grow(e, block, 2, by);
}

size_t edit_find(const struct edit *e, uint16_t code, size_t *len) {
    size_t at = edit_block(e);
    if (at == 0 || at >= e->len) {
        return 0;
    }
    size_t end = at + 2 + get(e, at, 2);
    for (at += 2; at < end; at += *len) {
        *len = 4 + get(e, at + 2, 2);
        if (get(e, at, 2) == code) {
            return at;
        }
    }
    return 0;
}

void edit_add(struct edit *e, uint16_t code, struct parley_bytes body) {
    uint8_t header[4] = {(uint8_t)(code >> 8), (uint8_t)code, (uint8_t)(body.len >> 8),
                         (uint8_t)body.len};
    size_t block = edit_block(e);
    need(block != 0, "the message has no extensions");
    if (block == e->len) {
        edit_splice(e, block, 0, (struct parley_bytes){(const uint8_t *)"\0", 2});
    }
    edit_splice(e, block + 2, 0, body);
    edit_splice(e, block + 2, 0, (struct parley_bytes){header, sizeof(header)});
    fit(e, sizeof(header) + body.len);
}

void edit_remove(struct edit *e, uint16_t code) {
    size_t len, at = edit_find(e, code, &len);
    need(at != 0, "the extension is not there");
    edit_splice(e, at, len, (struct parley_bytes){NULL, 0});
    fit(e, (size_t)0 - len);
}

void edit_set(struct edit *e, uint16_t code, struct parley_bytes body) {
    size_t len, at = edit_find(e, code, &len);
    if (at == 0) {
        edit_add(e, code, body);
        return;
    }
    edit_splice(e, at + 4, len - 4, body);
    put(e, at + 2, 2, body.len);
    fit(e, body.len - (len - 4));
}

struct parley_bytes edit_get(const struct edit *e, uint16_t code) {
    size_t len, at = edit_find(e, code, &len);
    need(at != 0, "the extension is not there");
    return (struct parley_bytes){e->bytes + at + 4, len - 4};
}
