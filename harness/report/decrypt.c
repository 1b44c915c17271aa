/* Decrypt: a recorded connection's messages, with the secrets of its key log. It is how the
 * handshakes of stacks that do not show theirs are drawn. */
#include "report/decrypt.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bytestring.h>

#define RECORD_HEADER 5

enum { TYPE_CCS = 20, TYPE_ALERT = 21, TYPE_HANDSHAKE = 22, TYPE_DATA = 23 };

/* ---- Messages ---- */

static void tell(struct decryption *d, enum parley_role from, enum parley_event_kind kind,
                 enum parley_message message, struct parley_bytes bytes) {
    const struct parley_event event = {
        kind, message, d->opened ? d->lanes[from].epoch : PARLEY_EPOCH_INITIAL, bytes};
    parley_ladder_event(d->ladder, from, &event);
}

/* read_server_hello takes what the keys depend on out of a server_hello's body; false: it is a
 * hello_retry_request (RFC 8446 4.1.3). */
static bool read_server_hello(struct decryption *d, struct parley_bytes body) {
    static const uint8_t retry[] = {0xcf, 0x21, 0xad, 0x74};
    CBS in, session_id, extensions, value;
    uint16_t version, suite, code;
    uint8_t compression;
    CBS_init(&in, body.data, body.len);
    if (!CBS_get_u16(&in, &version) ||
        !CBS_copy_bytes(&in, d->server_random, PARLEY_RANDOM_LENGTH) ||
        !CBS_get_u8_length_prefixed(&in, &session_id) || !CBS_get_u16(&in, &suite) ||
        !CBS_get_u8(&in, &compression)) {
        return true;
    }
    d->suite = parley_suite_find(suite);
    if (CBS_get_u16_length_prefixed(&in, &extensions)) {
        while (CBS_get_u16(&extensions, &code) &&
               CBS_get_u16_length_prefixed(&extensions, &value)) {
            d->tls13 |= code == 43;            /* supported_versions */
            d->encrypt_then_mac |= code == 22; /* encrypt_then_mac */
        }
    }
    return memcmp(d->server_random, retry, sizeof retry) != 0;
}

/* fits_suite: whether a row's name ends as the suite's key exchange does; rows without one fit. */
static bool fits_suite(const struct decryption *d, const char *name) {
    static const char *const endings[] = {
        [PARLEY_KX_RSA] = "_rsa", [PARLEY_KX_ECDHE] = "_ecdhe",         [PARLEY_KX_DHE] = "_dhe",
        [PARLEY_KX_PSK] = "_psk", [PARLEY_KX_ECDHE_PSK] = "_ecdhe_psk",
    };
    const char *exchange = strstr(name, "_key_exchange_");
    if (exchange == NULL) {
        return true;
    }
    size_t kx = d->suite != NULL ? d->suite->key_exchange : 0;
    const char *ending = kx < sizeof endings / sizeof *endings ? endings[kx] : NULL;
    return ending != NULL && strcmp(exchange + strlen("_key_exchange"), ending) == 0;
}

/* row_of returns the row of messages.def for a handshake type; a hello_retry_request has the
 * type of a server_hello. */
static enum parley_message row_of(const struct decryption *d, enum parley_role from, uint8_t type,
                                  bool retry) {
    unsigned version = d->tls13 ? PARLEY_IN_TLS13 : PARLEY_IN_TLS12;
    unsigned sender = from == PARLEY_CLIENT ? PARLEY_BY_CLIENT : PARLEY_BY_SERVER;
    for (int i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        const struct parley_message_row *row = &parley_messages[i];
        if (row->content == PARLEY_CONTENT_HANDSHAKE && row->type == type &&
            (row->versions & version) != 0 && (row->senders & sender) != 0 &&
            (i == PARLEY_MSG_hello_retry_request) == retry && fits_suite(d, row->name)) {
            return (enum parley_message)i;
        }
    }
    return PARLEY_MESSAGE_UNKNOWN;
}

static void take_message(struct decryption *d, enum parley_role from, struct parley_bytes bytes) {
    enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, KEY_UPDATE = 24 };
    uint8_t type = bytes.data[0];
    struct parley_bytes body = {bytes.data + 4, bytes.len - 4};
    bool retry = false;
    if (type == CLIENT_HELLO && body.len >= 2 + PARLEY_RANDOM_LENGTH) {
        memcpy(d->client_random, body.data + 2, PARLEY_RANDOM_LENGTH);
    } else if (type == SERVER_HELLO) {
        retry = !read_server_hello(d, body);
    }
    tell(d, from, PARLEY_EVENT_MESSAGE_OUT, row_of(d, from, type, retry), bytes);
    if (type == KEY_UPDATE && d->tls13) {
        decrypt_update13(d, from);
    }
}

/* drop_start takes |len| bytes off the start of |buffer|. */
static void drop_start(BUF_MEM *buffer, size_t len) {
    if (len > 0) {
        memmove(buffer->data, buffer->data + len, buffer->length - len);
        buffer->length -= len;
    }
}

/* take_handshake takes messages out of what has come of them so far. */
static void take_handshake(struct decryption *d, enum parley_role from, struct parley_bytes part) {
    BUF_MEM *message = d->lanes[from].message;
    if (message == NULL || !BUF_MEM_append(message, part.data, part.len)) {
        d->failed = true;
        return;
    }
    size_t at = 0;
    while (message->length - at >= 4) {
        const uint8_t *m = (const uint8_t *)message->data + at;
        size_t len = 4 + ((size_t)m[1] << 16 | (size_t)m[2] << 8 | m[3]);
        if (len > message->length - at) {
            break;
        }
        take_message(d, from, (struct parley_bytes){m, len});
        at += len;
    }
    drop_start(message, at);
}

/* ---- Records ---- */

/* open_record opens |record| (whole, a copy) with the keys in use, or else with those of a later
 * epoch, of which the first record tells that it has begun. */
static bool open_record(struct decryption *d, enum parley_role from, struct parley_bytes whole,
                        uint8_t *copy, uint8_t *type, struct parley_bytes *out) {
    struct decrypt_lane *lane = &d->lanes[from];
    struct decrypt_lane before = *lane;
    memcpy(copy, whole.data, whole.len);
    if (lane->epoch != PARLEY_EPOCH_INITIAL &&
        protect_open(&lane->keys, copy, whole.len, type, out) == PARLEY_OK) {
        return true;
    }
    for (unsigned epoch = lane->epoch + 1U; d->tls13 && epoch <= PARLEY_EPOCH_APPLICATION;
         epoch++) {
        memcpy(copy, whole.data, whole.len);
        if (decrypt_keys13(d, from, (enum parley_epoch)epoch) &&
            protect_open(&lane->keys, copy, whole.len, type, out) == PARLEY_OK) {
            return true;
        }
    }
    *lane = before;
    return false;
}

/* open_early opens 0-RTT data that comes before a server_hello has named the suite: it is the one
 * of the session that is resumed, whichever that was. */
static bool open_early(struct decryption *d, enum parley_role from, struct parley_bytes whole,
                       uint8_t *copy, uint8_t *type, struct parley_bytes *out) {
    bool opened = false;
    d->tls13 = true;
    for (size_t i = 0; i < parley_suite_count && !opened; i++) {
        d->suite = &parley_suites[i];
        opened = d->suite->version == PARLEY_TLS13 && open_record(d, from, whole, copy, type, out);
    }
    d->suite = NULL;
    d->tls13 = false;
    return opened;
}

static void take_plain(struct decryption *d, enum parley_role from, uint8_t type,
                       struct parley_bytes content) {
    struct decrypt_lane *lane = &d->lanes[from];
    switch (type) {
    case TYPE_HANDSHAKE:
        take_handshake(d, from, content);
        break;
    case TYPE_ALERT:
        tell(d, from, PARLEY_EVENT_MESSAGE_OUT, PARLEY_MSG_alert, content);
        break;
    case TYPE_CCS:
        tell(d, from, PARLEY_EVENT_MESSAGE_OUT, PARLEY_MSG_change_cipher_spec, content);
        decrypt_keys12(d);
        if (!d->tls13 && lane->has_next) {
            lane->keys = lane->next;
            lane->epoch = PARLEY_EPOCH_APPLICATION;
        }
        break;
    case TYPE_DATA:
        tell(d, from, PARLEY_EVENT_DATA_OUT, PARLEY_MESSAGE_UNKNOWN, content);
        break;
    default:
        tell(d, from, PARLEY_EVENT_MESSAGE_OUT, PARLEY_MESSAGE_UNKNOWN, content);
        break;
    }
}

static void take_record(struct decryption *d, enum parley_role from, struct parley_bytes whole) {
    const struct decrypt_lane *lane = &d->lanes[from];
    struct parley_bytes content = {whole.data + RECORD_HEADER, whole.len - RECORD_HEADER};
    uint8_t type = whole.data[0];
    bool early = d->suite == NULL && type == TYPE_DATA;
    bool clear = d->tls13 ? type != TYPE_DATA : lane->epoch == PARLEY_EPOCH_INITIAL;
    d->opened = false;
    if (clear && !early) {
        take_plain(d, from, type, content);
        return;
    }
    uint8_t *copy = malloc(whole.len);
    if (copy == NULL) {
        d->failed = true;
    } else if (early ? open_early(d, from, whole, copy, &type, &content)
                     : open_record(d, from, whole, copy, &type, &content)) {
        d->opened = true;
        take_plain(d, from, type, content);
    } else {
        tell(d, from, PARLEY_EVENT_MESSAGE_OUT, PARLEY_MESSAGE_UNKNOWN, content);
    }
    free(copy);
}

/* take_bytes takes records out of what |from| has sent so far. */
static void take_bytes(struct decryption *d, enum parley_role from, struct parley_bytes part) {
    BUF_MEM *record = d->lanes[from].record;
    if (record == NULL || !BUF_MEM_append(record, part.data, part.len)) {
        d->failed = true;
        return;
    }
    size_t at = 0;
    while (record->length - at >= RECORD_HEADER) {
        const uint8_t *r = (const uint8_t *)record->data + at;
        size_t len = RECORD_HEADER + ((size_t)r[3] << 8 | r[4]);
        if (len > record->length - at) {
            break;
        }
        take_record(d, from, (struct parley_bytes){r, len});
        at += len;
    }
    drop_start(record, at);
}

bool parley_ladder_decrypt(struct parley_ladder *ladder, const struct parley_recording *recording,
                           const struct parley_keylog *keylog) {
    struct decryption d = {.ladder = ladder, .keylog = keylog};
    ladder->observed = 1U << PARLEY_CLIENT | 1U << PARLEY_SERVER;
    for (int role = 0; role < 2; role++) {
        d.lanes[role].record = BUF_MEM_new();
        d.lanes[role].message = BUF_MEM_new();
        d.failed |= d.lanes[role].record == NULL || d.lanes[role].message == NULL;
    }
    for (size_t i = 0; i < recording->flight_count && !d.failed; i++) {
        const struct parley_flight *flight = &recording->flights[i];
        take_bytes(&d, flight->from,
                   (struct parley_bytes){recording->bytes + flight->offset, flight->length});
    }
    for (int role = 0; role < 2; role++) {
        BUF_MEM_free(d.lanes[role].record);
        BUF_MEM_free(d.lanes[role].message);
    }
    return !d.failed && !ladder->incomplete;
}
