#include "parley/dissect.h"

#include <stdlib.h>
#include <string.h>

#include "report/dissect_print.h"

/* What a protected record may hold at most: TLS 1.2's limit, the larger one (RFC 5246 6.2.3). */
#define CIPHERTEXT_MAX (PARLEY_RECORD_MAX + 2048)

/* The dissector. The version and the suite are 0 until a server_hello has said them. |message| is
 * the handshake message that is being put together, header and all, from |pieces| of the input. */
struct dissector {
    FILE *out;
    struct parley_bytes in;
    struct parley_wire_error error;
    uint16_t version;
    const struct parley_suite *suite;
    bool encrypted;
    uint8_t *message;
    size_t length;
    size_t capacity;
    struct dissect_piece *pieces;
    size_t piece_count;
    size_t piece_capacity;
    struct parley_span *spans;
    size_t span_capacity;
};

/* note keeps the first error, and marks every one in the tree. */
static void note(struct dissector *d, enum parley_error error, size_t offset, const char *field) {
    if (d->error.error == PARLEY_OK) {
        d->error = (struct parley_wire_error){error, offset, field, NULL};
    }
    dissect_error(d->out, error, offset, field);
}

/* grow makes room for |need| items of |size| bytes in |*items|; false if there is no memory. */
static bool grow(struct dissector *d, void **items, size_t *capacity, size_t need, size_t size) {
    if (need <= *capacity) {
        return true;
    }
    size_t wanted = *capacity == 0 ? 64 : *capacity;
    while (wanted < need) {
        wanted *= 2;
    }
    void *larger = realloc(*items, wanted * size);
    if (larger == NULL) {
        note(d, PARLEY_ERR_buffer_full, 0, "memory");
        return false;
    }
    *items = larger;
    *capacity = wanted;
    return true;
}

/* ---- One message ---- */

/* parse_as parses |body| as |row| with all its spans. */
static bool parse_as(struct dissector *d, enum parley_message row, struct parley_bytes body,
                     union parley_message_value *value, struct parley_spans *spans,
                     struct parley_wire_error *error) {
    *spans = (struct parley_spans){d->spans, d->span_capacity, 0};
    bool ok = parley_message_parse(row, body, value, spans, error);
    if (spans->count > spans->capacity) {
        void *items = d->spans;
        size_t need = spans->count;
        bool grown = grow(d, &items, &d->span_capacity, need, sizeof(*d->spans));
        d->spans = items;
        *spans = (struct parley_spans){d->spans, d->span_capacity, 0};
        if (!grown) {
            return false;
        }
        ok = parley_message_parse(row, body, value, spans, error);
    }
    return ok;
}

/* fits returns whether |row| can be a message of |type| in what is known of the handshake. */
static bool fits(const struct dissector *d, enum parley_message row, unsigned type,
                 struct parley_bytes body) {
    const struct parley_message_row *r = &parley_messages[row];
    if (r->content != PARLEY_CONTENT_HANDSHAKE || r->type != type) {
        return false;
    }
    if (row == PARLEY_MSG_server_hello || row == PARLEY_MSG_hello_retry_request) {
        return parley_is_hello_retry_request(body) == (row == PARLEY_MSG_hello_retry_request);
    }
    if (d->version != 0 &&
        (r->versions & (d->version == PARLEY_TLS13 ? PARLEY_IN_TLS13 : PARLEY_IN_TLS12)) == 0) {
        return false;
    }
    enum parley_key_exchange kx = d->suite != NULL ? d->suite->key_exchange : PARLEY_KX_ANY;
    switch (row) {
    case PARLEY_MSG_server_key_exchange_ecdhe:
    case PARLEY_MSG_client_key_exchange_ecdhe:
        return kx == PARLEY_KX_ANY || kx == PARLEY_KX_ECDHE;
    case PARLEY_MSG_server_key_exchange_dhe:
    case PARLEY_MSG_client_key_exchange_dhe:
        return kx == PARLEY_KX_ANY || kx == PARLEY_KX_DHE;
    case PARLEY_MSG_server_key_exchange_psk:
    case PARLEY_MSG_client_key_exchange_psk:
        return kx == PARLEY_KX_ANY || kx == PARLEY_KX_PSK;
    case PARLEY_MSG_server_key_exchange_ecdhe_psk:
    case PARLEY_MSG_client_key_exchange_ecdhe_psk:
        return kx == PARLEY_KX_ANY || kx == PARLEY_KX_ECDHE_PSK;
    case PARLEY_MSG_client_key_exchange_rsa:
        return kx == PARLEY_KX_ANY || kx == PARLEY_KX_RSA;
    default:
        return true;
    }
}

/* choose returns the first row that |body| fits and that it parses as, or the first it fits if it
 * parses as none; PARLEY_MESSAGE_UNKNOWN if there is no such type. */
static enum parley_message choose(const struct dissector *d, unsigned type,
                                  struct parley_bytes body) {
    static union parley_message_value value;
    enum parley_message first = PARLEY_MESSAGE_UNKNOWN;
    for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        enum parley_message row = (enum parley_message)i;
        if (!fits(d, row, type, body)) {
            continue;
        }
        if (parley_message_parse(row, body, &value, NULL, NULL)) {
            return row;
        }
        if (first == PARLEY_MESSAGE_UNKNOWN) {
            first = row;
        }
    }
    return first;
}

/* learn takes from a message what decides the grammar of later ones. */
static void learn(struct dissector *d, enum parley_message row,
                  const union parley_message_value *value) {
    if (row == PARLEY_MSG_hello_retry_request || row == PARLEY_MSG_encrypted_extensions) {
        d->version = PARLEY_TLS13;
        return;
    }
    if (row != PARLEY_MSG_server_hello) {
        return;
    }
    const struct parley_server_hello *hello = &value->server_hello;
    d->version = parley_has(&hello->extensions, PARLEY_EXT_supported_versions)
                     ? hello->extensions.supported_versions_choice.selected_version
                     : hello->legacy_version;
    d->suite = parley_suite_find(hello->cipher_suite);
}

/* dissect_message prints |d->message| below |depth|. If |cut| is an error, only the beginning of
 * the message is there, and it is that which is wrong with it, not what the grammar makes of it. */
static void dissect_message(struct dissector *d, unsigned depth, enum parley_error cut) {
    static union parley_message_value value;
    struct dissect_pieces pieces = {d->pieces, d->piece_count};
    struct parley_bytes body = {d->message + PARLEY_HANDSHAKE_HEADER,
                                d->length - PARLEY_HANDSHAKE_HEADER};
    size_t wanted = (size_t)d->message[1] << 16 | (size_t)d->message[2] << 8 | d->message[3];
    enum parley_message row = choose(d, d->message[0], body);
    dissect_begin(d->out, pieces.items[0].input, d->length, depth);
    if (row == PARLEY_MESSAGE_UNKNOWN) {
        (void)fprintf(d->out, "? (%u), %zu bytes ", d->message[0], wanted);
        dissect_hex(d->out, body);
        (void)fputc('\n', d->out);
        note(d, PARLEY_ERR_unknown_message, pieces.items[0].input, "msg_type");
        return;
    }
    (void)fprintf(d->out, "%s (%u), %zu byte%s", parley_message_name(row), d->message[0], wanted,
                  wanted == 1 ? "" : "s");
    if (pieces.count > 1) {
        (void)fprintf(d->out, ", in %zu pieces", pieces.count);
    }
    (void)fputc('\n', d->out);
    struct parley_spans spans;
    struct parley_wire_error error;
    bool ok = parse_as(d, row, body, &value, &spans, &error);
    dissect_fields(d->out, &spans, body, &pieces, PARLEY_HANDSHAKE_HEADER, depth);
    if (cut != PARLEY_OK) {
        note(d, cut, dissect_place(&pieces, d->length),
             ok ? parley_message_name(row) : error.field);
    } else if (ok) {
        learn(d, row, &value);
    } else {
        note(d, error.error, dissect_place(&pieces, PARLEY_HANDSHAKE_HEADER + error.offset),
             error.field);
    }
}

/* ---- Messages out of a stream ---- */

/* append adds |in| (at |offset| of the input) to the message. */
static bool append(struct dissector *d, struct parley_bytes in, size_t offset) {
    void *message = d->message;
    bool ok = grow(d, &message, &d->capacity, d->length + in.len, 1);
    d->message = message;
    if (!ok) {
        return false;
    }
    void *pieces = d->pieces;
    ok = grow(d, &pieces, &d->piece_capacity, d->piece_count + 1, sizeof(*d->pieces));
    d->pieces = pieces;
    if (!ok || d->pieces == NULL) {
        return false;
    }
    const struct dissect_piece *last = d->piece_count > 0 ? &d->pieces[d->piece_count - 1] : NULL;
    if (last == NULL || last->input + (d->length - last->at) != offset) {
        d->pieces[d->piece_count++] = (struct dissect_piece){d->length, offset};
    }
    memcpy(d->message + d->length, in.data, in.len);
    d->length += in.len;
    return true;
}

/* missing returns how many bytes the message still wants, as far as that is known. */
static size_t missing(const struct dissector *d) {
    if (d->length < PARLEY_HANDSHAKE_HEADER) {
        return PARLEY_HANDSHAKE_HEADER - d->length;
    }
    size_t body = (size_t)d->message[1] << 16 | (size_t)d->message[2] << 8 | d->message[3];
    return PARLEY_HANDSHAKE_HEADER + body - d->length;
}

/* handshake_bytes prints the messages that |in| completes, and keeps the rest of it. */
static void handshake_bytes(struct dissector *d, struct parley_bytes in, size_t offset,
                            unsigned depth) {
    while (in.len > 0) {
        size_t wanted = missing(d);
        size_t taken = wanted < in.len ? wanted : in.len;
        if (!append(d, (struct parley_bytes){in.data, taken}, offset)) {
            return;
        }
        in.data += taken;
        in.len -= taken;
        offset += taken;
        if (d->length >= PARLEY_HANDSHAKE_HEADER && missing(d) == 0) {
            dissect_message(d, depth, PARLEY_OK);
            d->length = 0;
            d->piece_count = 0;
        }
    }
}

/* abandon prints an incomplete message, if there is one, and says that |error| ended it. */
static void abandon(struct dissector *d, enum parley_error error, unsigned depth) {
    if (d->length == 0 || d->pieces == NULL) {
        return;
    }
    if (d->length < PARLEY_HANDSHAKE_HEADER) {
        dissect_begin(d->out, d->pieces[0].input, d->length, depth);
        (void)fputs("handshake header ", d->out);
        dissect_hex(d->out, (struct parley_bytes){d->message, d->length});
        (void)fputc('\n', d->out);
        struct dissect_pieces pieces = {d->pieces, d->piece_count};
        note(d, error, dissect_place(&pieces, d->length), "handshake header");
    } else {
        dissect_message(d, depth, error);
    }
    d->length = 0;
    d->piece_count = 0;
}

/* ---- Records ---- */

/* in_the_clear returns whether a handshake record behind a change_cipher_spec is not encrypted
 * after all, as where both directions stand in one file: it is exactly one message of a type that
 * comes at such a place, and has its grammar. */
static bool in_the_clear(const struct dissector *d, struct parley_bytes in) {
    static union parley_message_value value;
    if (in.len < PARLEY_HANDSHAKE_HEADER || ((size_t)in.data[1] << 16 | (size_t)in.data[2] << 8 |
                                             in.data[3]) != in.len - PARLEY_HANDSHAKE_HEADER) {
        return false;
    }
    struct parley_bytes body = {in.data + PARLEY_HANDSHAKE_HEADER,
                                in.len - PARLEY_HANDSHAKE_HEADER};
    switch (in.data[0]) {
    case 1:
    case 2:
    case 4:
        return parley_message_parse(choose(d, in.data[0], body), body, &value, NULL, NULL);
    default:
        return false;
    }
}

static void opaque(struct dissector *d, const char *what, struct parley_bytes in, size_t offset) {
    dissect_begin(d->out, offset, in.len, 1);
    (void)fprintf(d->out, "%s ", what);
    dissect_hex(d->out, in);
    (void)fputc('\n', d->out);
}

/* short_message prints an alert or a change_cipher_spec. */
static void short_message(struct dissector *d, enum parley_message row, struct parley_bytes in,
                          size_t offset) {
    union parley_message_value value;
    struct dissect_piece piece = {0, offset};
    struct dissect_pieces pieces = {&piece, 1};
    struct parley_spans spans;
    struct parley_wire_error error;
    bool ok = parse_as(d, row, in, &value, &spans, &error);
    dissect_fields(d->out, &spans, in, &pieces, 0, 0);
    if (!ok) {
        note(d, error.error, offset + error.offset, error.field);
    }
}

static void record_content(struct dissector *d, unsigned type, struct parley_bytes in,
                           size_t offset) {
    if (type != PARLEY_CONTENT_HANDSHAKE) {
        abandon(d, PARLEY_ERR_interleaved_record, 1);
    }
    switch (type) {
    case PARLEY_CONTENT_CHANGE_CIPHER_SPEC:
        short_message(d, PARLEY_MSG_change_cipher_spec, in, offset);
        d->encrypted = d->encrypted || d->version != PARLEY_TLS13;
        break;
    case PARLEY_CONTENT_ALERT:
        if (d->encrypted && in.len != 2) {
            opaque(d, "encrypted", in, offset);
        } else {
            short_message(d, PARLEY_MSG_alert, in, offset);
        }
        break;
    case PARLEY_CONTENT_HANDSHAKE:
        if (d->encrypted && !in_the_clear(d, in)) {
            opaque(d, "encrypted", in, offset);
        } else {
            handshake_bytes(d, in, offset, 1);
        }
        break;
    case PARLEY_CONTENT_APPLICATION_DATA:
        opaque(d, "encrypted", in, offset);
        break;
    default:
        opaque(d, "data", in, offset);
        break;
    }
}

/* one_record prints the record at |offset| and returns where the next one starts; 0 if what stands
 * there is no record. */
static size_t one_record(struct dissector *d, size_t offset) {
    struct parley_bytes rest = {d->in.data + offset, d->in.len - offset};
    struct parley_record_header header;
    if (!parley_record_header_parse(rest, &header, NULL, NULL)) {
        opaque(d, "record header", rest, offset);
        note(d, PARLEY_ERR_truncated, d->in.len, "record header");
        return 0;
    }
    if (header.type < PARLEY_CONTENT_CHANGE_CIPHER_SPEC || header.type > PARLEY_CONTENT_HEARTBEAT) {
        note(d, PARLEY_ERR_record_type, offset, "type");
        return 0;
    }
    if (header.legacy_record_version >> 8 != 3) {
        note(d, PARLEY_ERR_record_version, offset + 1, "legacy_record_version");
        return 0;
    }
    size_t there = rest.len - PARLEY_RECORD_HEADER;
    bool whole = header.length <= there;
    size_t length = whole ? header.length : there;
    dissect_begin(d->out, offset, PARLEY_RECORD_HEADER + length, 0);
    (void)fprintf(d->out, "record %s, %s, %u byte%s\n", parley_content_name(header.type),
                  parley_version_name(header.legacy_record_version), header.length,
                  header.length == 1 ? "" : "s");
    if (header.length > CIPHERTEXT_MAX) {
        note(d, PARLEY_ERR_record_overflow, offset + 3, "length");
    }
    offset += PARLEY_RECORD_HEADER;
    record_content(d, header.type, (struct parley_bytes){d->in.data + offset, length}, offset);
    if (!whole) {
        note(d, PARLEY_ERR_truncated, d->in.len, "record");
        return 0;
    }
    return offset + length;
}

static void records(struct dissector *d) {
    size_t offset = 0;
    while (offset < d->in.len) {
        size_t next = one_record(d, offset);
        if (next == 0) {
            break;
        }
        offset = next;
    }
    abandon(d, PARLEY_ERR_truncated, 1);
}

/* ---- Inputs ---- */

static void client_hello(struct dissector *d) {
    static union parley_message_value value;
    struct dissect_piece piece = {0, 0};
    struct dissect_pieces pieces = {&piece, 1};
    struct parley_spans spans;
    struct parley_wire_error error;
    dissect_begin(d->out, 0, d->in.len, 0);
    (void)fputs("client_hello\n", d->out);
    bool ok = parse_as(d, PARLEY_MSG_client_hello, d->in, &value, &spans, &error);
    dissect_fields(d->out, &spans, d->in, &pieces, 0, 0);
    if (!ok) {
        note(d, error.error, error.offset, error.field);
    }
}

static enum parley_dissect_as detect(struct parley_bytes in) {
    if (in.len > 1 && in.data[0] >= PARLEY_CONTENT_CHANGE_CIPHER_SPEC &&
        in.data[0] <= PARLEY_CONTENT_HEARTBEAT && in.data[1] == 3) {
        return PARLEY_DISSECT_RECORDS;
    }
    for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        if (parley_messages[i].content == PARLEY_CONTENT_HANDSHAKE &&
            parley_messages[i].type == in.data[0]) {
            return PARLEY_DISSECT_HANDSHAKE;
        }
    }
    return in.data[0] == 3 ? PARLEY_DISSECT_CLIENT_HELLO : PARLEY_DISSECT_AUTO;
}

bool parley_dissect(FILE *out, struct parley_bytes in, enum parley_dissect_as as,
                    struct parley_wire_error *error) {
    struct dissector d = {.out = out, .in = in};
    if (in.len == 0) {
        note(&d, PARLEY_ERR_truncated, 0, "input");
    } else {
        switch (as == PARLEY_DISSECT_AUTO ? detect(in) : as) {
        case PARLEY_DISSECT_RECORDS:
            records(&d);
            break;
        case PARLEY_DISSECT_HANDSHAKE:
            handshake_bytes(&d, in, 0, 0);
            abandon(&d, PARLEY_ERR_truncated, 0);
            break;
        case PARLEY_DISSECT_CLIENT_HELLO:
            client_hello(&d);
            break;
        case PARLEY_DISSECT_AUTO:
            note(&d, PARLEY_ERR_not_tls, 0, "input");
            break;
        }
    }
    free(d.message);
    free(d.pieces);
    free(d.spans);
    *error = d.error;
    return d.error.error == PARLEY_OK;
}
