/* Messages that may be wrong, taken apart as far as that goes. */
#include "script/breach_view.h"

#include <string.h>

static bool skip(struct parley_bytes *rest, size_t count) {
    if (rest->len < count) {
        return false;
    }
    rest->data += count;
    rest->len -= count;
    return true;
}

static bool get(struct parley_bytes *rest, size_t count, struct parley_bytes *out) {
    *out = (struct parley_bytes){rest->data, count};
    return skip(rest, count);
}

static bool start(struct parley_bytes *in, struct hello_view *v) {
    return skip(in, PARLEY_HANDSHAKE_HEADER) && parley_uint16_next(in, &v->version) &&
           get(in, PARLEY_RANDOM_LENGTH, &v->random) && parley_opaque8_next(in, &v->session_id);
}

/* In TLS 1.2 a hello may end before its extensions. */
static bool end(struct parley_bytes *in, struct hello_view *v) {
    return in->len == 0 || parley_opaque16_next(in, &v->extensions);
}

struct hello_view view_client_hello(struct parley_bytes in) {
    struct hello_view v = {0};
    v.whole = start(&in, &v) && parley_opaque16_next(&in, &v.suites) &&
              parley_opaque8_next(&in, &v.compressions) && end(&in, &v);
    return v;
}

struct hello_view view_server_hello(struct parley_bytes in) {
    struct hello_view v = {0};
    v.whole = start(&in, &v) && parley_uint16_next(&in, &v.suite) && get(&in, 1, &v.compressions) &&
              end(&in, &v);
    return v;
}

bool view_find(struct parley_bytes block, uint16_t code, struct parley_bytes *body) {
    struct parley_extension_entry entry;
    while (parley_extension_next(&block, &entry)) {
        if (entry.extension_type == code) {
            *body = entry.extension_data;
            return true;
        }
    }
    return false;
}

bool view_get(struct parley_bytes block, enum parley_extension which, struct parley_bytes *body) {
    return view_find(block, parley_extensions[which].code, body);
}

bool view_has(struct parley_bytes block, enum parley_extension which) {
    struct parley_bytes body;
    return view_get(block, which, &body);
}

struct parley_bytes view_list16(struct parley_bytes block, enum parley_extension which) {
    struct parley_bytes body, list;
    return view_get(block, which, &body) && parley_opaque16_next(&body, &list)
               ? list
               : (struct parley_bytes){0};
}

struct parley_bytes view_list8(struct parley_bytes block, enum parley_extension which) {
    struct parley_bytes body, list;
    return view_get(block, which, &body) && parley_opaque8_next(&body, &list)
               ? list
               : (struct parley_bytes){0};
}

static bool of_entry(struct parley_bytes in, size_t nth, struct parley_bytes *out) {
    struct parley_bytes context, list, certificate;
    bool there = parley_opaque8_next(&in, &context) && parley_opaque24_next(&in, &list);
    for (size_t i = 0; there && i <= nth; i++) {
        there = parley_opaque24_next(&list, &certificate) && parley_opaque16_next(&list, out);
    }
    return there;
}

bool view_block(enum parley_message message, struct parley_bytes in, size_t nth,
                struct parley_bytes *out) {
    struct parley_bytes context;
    struct hello_view v;
    if (message == PARLEY_MSG_certificate_tls13) {
        return skip(&in, PARLEY_HANDSHAKE_HEADER) && of_entry(in, nth, out);
    }
    if (nth > 0) {
        return false;
    }
    switch (message) {
    case PARLEY_MSG_client_hello:
    case PARLEY_MSG_server_hello:
    case PARLEY_MSG_hello_retry_request:
        v = message == PARLEY_MSG_client_hello ? view_client_hello(in) : view_server_hello(in);
        *out = v.extensions;
        return v.whole;
    case PARLEY_MSG_encrypted_extensions:
        return skip(&in, PARLEY_HANDSHAKE_HEADER) && parley_opaque16_next(&in, out);
    case PARLEY_MSG_certificate_request_tls13:
        return skip(&in, PARLEY_HANDSHAKE_HEADER) && parley_opaque8_next(&in, &context) &&
               parley_opaque16_next(&in, out);
    default:
        return false;
    }
}

struct parley_bytes view_body(struct parley_bytes message) {
    return message.len < PARLEY_HANDSHAKE_HEADER
               ? (struct parley_bytes){0}
               : (struct parley_bytes){message.data + PARLEY_HANDSHAKE_HEADER,
                                       message.len - PARLEY_HANDSHAKE_HEADER};
}

bool view_same(struct parley_bytes a, struct parley_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool view_is_nobody(enum parley_message message, struct parley_bytes in) {
    struct parley_bytes context, list, leaf;
    bool tls13 = message == PARLEY_MSG_certificate_tls13;
    return (tls13 || message == PARLEY_MSG_certificate_tls12) &&
           skip(&in, PARLEY_HANDSHAKE_HEADER) && (!tls13 || parley_opaque8_next(&in, &context)) &&
           parley_opaque24_next(&in, &list) &&
           (list.len == 0 || (parley_opaque24_next(&list, &leaf) && leaf.len == 0));
}
