/* Adopting what a hook made of a hello of ours (parley/bend.h): what key derivation stands on. */
#include <openssl/bytestring.h>
#include <string.h>

#include "engine/inside.h"

/* A hello, as far as it can be read; its fields may be anything. */
struct hello {
    uint16_t version, suite; /* suite: of a server_hello */
    CBS random, session_id, extensions;
};

static bool read_hello(struct parley_bytes bytes, bool client, struct hello *out) {
    CBS in, list;
    uint8_t compression;
    CBS_init(&in, bytes.data, bytes.len);
    *out = (struct hello){0};
    if (!CBS_skip(&in, PARLEY_HANDSHAKE_HEADER) || !CBS_get_u16(&in, &out->version) ||
        !CBS_get_bytes(&in, &out->random, PARLEY_RANDOM_LENGTH) ||
        !CBS_get_u8_length_prefixed(&in, &out->session_id)) {
        return false;
    }
    bool rest =
        client ? CBS_get_u16_length_prefixed(&in, &list) && CBS_get_u8_length_prefixed(&in, &list)
               : CBS_get_u16(&in, &out->suite) && CBS_get_u8(&in, &compression);
    if (rest && CBS_len(&in) > 0) {
        rest = CBS_get_u16_length_prefixed(&in, &out->extensions);
    }
    return rest;
}

static bool find(CBS extensions, enum parley_extension which, CBS *body) {
    uint16_t type;
    while (CBS_get_u16(&extensions, &type) && CBS_get_u16_length_prefixed(&extensions, body)) {
        if (type == parley_extensions[which].code) {
            return true;
        }
    }
    return false;
}

static bool has(CBS extensions, enum parley_extension which) {
    CBS body;
    return find(extensions, which, &body);
}

static void adopt_session_id(struct parley_engine *e, const CBS *id) {
    if (CBS_len(id) <= sizeof e->session_id) {
        e->session_id_length = (uint8_t)CBS_len(id);
        if (CBS_len(id) > 0) {
            memcpy(e->session_id, CBS_data(id), CBS_len(id));
        }
    }
}

/* can_change_to: the rest of the handshake is that of the suite that was chosen, and what was
 * hashed must be there to be hashed again. A PSK has its hash (RFC 8446 4.2.11). */
static bool can_change_to(const struct parley_engine *e, const struct parley_suite *suite) {
    bool same = suite != NULL && suite->version == e->version &&
                suite->key_exchange == e->suite->key_exchange;
    bool rehash = e->version == PARLEY_TLS12 || (!e->psk_chosen && !e->hello_retry);
    return same && (suite->hash == e->suite->hash || rehash);
}

static bool adopt_server_hello(struct parley_engine *e, const struct hello *hello) {
    const struct parley_suite *suite = parley_suite_find(hello->suite);
    memcpy(e->server_random, CBS_data(&hello->random), PARLEY_RANDOM_LENGTH);
    bool known = can_change_to(e, suite);
    if (known) {
        e->suite = suite;
        transcript_rehash(e, suite->hash);
    }
    if (e->version == PARLEY_TLS12) {
        adopt_session_id(e, &hello->session_id);
        e->extended_master_secret = has(hello->extensions, PARLEY_EXT_extended_master_secret);
        e->encrypt_then_mac =
            has(hello->extensions, PARLEY_EXT_encrypt_then_mac) && suite_is_cbc(e->suite);
    }
    if (e->version == PARLEY_TLS12 && e->resumed) {
        schedule12_keys(e); /* they were made before the hello was sent */
    }
    return known;
}

/* What the second client_hello has to answer. */
static bool adopt_retry(struct parley_engine *e, const struct hello *hello) {
    CBS body, cookie;
    uint16_t group;
    if (find(hello->extensions, PARLEY_EXT_key_share, &body) && CBS_get_u16(&body, &group) &&
        parley_group_find(group) != NULL) {
        e->retry_group = group;
    }
    if (find(hello->extensions, PARLEY_EXT_cookie, &body) &&
        CBS_get_u16_length_prefixed(&body, &cookie) && CBS_len(&cookie) <= sizeof e->cookie) {
        e->cookie_length = (uint16_t)CBS_len(&cookie);
        memcpy(e->cookie, CBS_data(&cookie), CBS_len(&cookie));
    }
    return true;
}

bool parley_engine_adopt(struct parley_engine *e, enum parley_message message,
                         struct parley_bytes bytes) {
    struct hello hello;
    bool client = message == PARLEY_MSG_client_hello;
    bool retry = message == PARLEY_MSG_hello_retry_request;
    bool hidden = e->ech.status == ECH_OFFERED || e->ech.status == ECH_ACCEPTED;
    if ((!client && !retry && message != PARLEY_MSG_server_hello) || e->done || hidden ||
        !read_hello(bytes, client, &hello)) {
        return false;
    }
    if (!client) {
        return retry ? adopt_retry(e, &hello) : e->suite != NULL && adopt_server_hello(e, &hello);
    }
    memcpy(e->client_random, CBS_data(&hello.random), PARLEY_RANDOM_LENGTH);
    e->client_version = hello.version;
    adopt_session_id(e, &hello.session_id);
    return true;
}
