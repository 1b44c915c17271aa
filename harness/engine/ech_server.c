/* Encrypted Client Hello, the server (RFC 9849 7), and its keys. */
#include <openssl/err.h>
#include <openssl/mem.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ech.h"
#include "wire/ech_inner.h"

/* ---- Keys ---- */

struct ech_key {
    struct parley_ech_config config; /* within |bytes| */
    uint8_t *bytes;
    bool retry;
    EVP_HPKE_KEY key;
};

struct parley_ech_keys {
    struct ech_key *list;
    size_t count;
    uint8_t *retry; /* an ECHConfigList */
    size_t retry_length;
};

struct parley_ech_keys *parley_ech_keys_new(void) {
    return calloc(1, sizeof(struct parley_ech_keys));
}

void parley_ech_keys_free(struct parley_ech_keys *keys) {
    if (!keys) {
        return;
    }
    for (size_t i = 0; i < keys->count; i++) {
        OPENSSL_cleanse(&keys->list[i].key, sizeof(keys->list[i].key));
        free(keys->list[i].bytes);
    }
    free(keys->list);
    free(keys->retry);
    free(keys);
}

/* usable_suites returns whether all of them can be used: a client may choose any. */
static bool usable_suites(struct parley_bytes list) {
    struct parley_bytes rest = list;
    uint16_t kdf, aead;
    while (parley_uint16_next(&rest, &kdf) && parley_uint16_next(&rest, &aead)) {
        if (!ech_suite_in(list, kdf, aead)) {
            return false;
        }
    }
    return true;
}

static const char *judge(struct ech_key *key, struct parley_bytes private_key) {
    uint8_t public_key[EVP_HPKE_MAX_PUBLIC_KEY_LENGTH];
    size_t len;
    struct parley_bytes rest = key->config.raw;
    if (!parley_ech_config_next(&rest, &key->config) || rest.len) {
        return "the ECHConfig cannot be decoded";
    }
    /* RFC 9849 4.2: no extension is known here. */
    if (!ech_usable(&key->config) || key->config.extensions.len ||
        !usable_suites(key->config.cipher_suites)) {
        return "the ECHConfig is of a kind that is not known";
    }
    if (!EVP_HPKE_KEY_init(&key->key, EVP_hpke_x25519_hkdf_sha256(), private_key.data,
                           private_key.len) ||
        !EVP_HPKE_KEY_public_key(&key->key, public_key, &len, sizeof(public_key))) {
        ERR_clear_error();
        return "the private key is not one of X25519";
    }
    return bytes_equal(key->config.public_key, bytes_of(public_key, len))
               ? NULL
               : "the private key is not that of the ECHConfig";
}

/* append_retry appends |config| to the list that rejected clients get. */
static const char *append_retry(struct parley_ech_keys *keys, struct parley_bytes config) {
    size_t old = keys->retry ? keys->retry_length : 2, len = old + config.len;
    if (len - 2 > 65535) {
        return "too many ECHConfigs";
    }
    uint8_t *list = realloc(keys->retry, len);
    if (!list) {
        return "out of memory";
    }
    memcpy(list + old, config.data, config.len);
    list[0] = (uint8_t)((len - 2) >> 8);
    list[1] = (uint8_t)(len - 2);
    keys->retry = list;
    keys->retry_length = len;
    return NULL;
}

bool parley_ech_keys_add(struct parley_ech_keys *keys, struct parley_bytes config,
                         struct parley_bytes private_key, bool retry, const char **why) {
    struct ech_key *list = realloc(keys->list, (keys->count + 1) * sizeof(*list));
    uint8_t *bytes = malloc(config.len + 1);
    *why = "out of memory";
    if (list) {
        keys->list = list;
    }
    if (list && bytes) {
        struct ech_key *key = &list[keys->count];
        memset(key, 0, sizeof(*key));
        memcpy(bytes, config.data, config.len);
        key->bytes = bytes;
        key->retry = retry;
        key->config.raw = bytes_of(bytes, config.len);
        *why = judge(key, private_key);
        if (!*why && retry) {
            *why = append_retry(keys, key->config.raw);
        }
        if (!*why) {
            keys->count++;
            return true;
        }
    }
    free(bytes);
    return false;
}

struct parley_bytes parley_ech_keys_list(const struct parley_ech_keys *keys) {
    return bytes_of(keys->retry, keys->retry_length);
}

size_t parley_ech_config_write(uint8_t *out, size_t cap, uint8_t config_id,
                               struct parley_bytes private_key, const char *public_name,
                               uint8_t maximum_name_length) {
    static const uint16_t aeads[] = {EVP_HPKE_AES_128_GCM, EVP_HPKE_AES_256_GCM,
                                     EVP_HPKE_CHACHA20_POLY1305};
    uint8_t public_key[X25519_PUBLIC_VALUE_LEN];
    struct parley_bytes name = bytes_of(public_name, strlen(public_name));
    CBB all, contents, child;
    if (private_key.len != X25519_PRIVATE_KEY_LEN || name.len > 255 || !ech_valid_name(name) ||
        !CBB_init_fixed(&all, out, cap)) {
        return 0;
    }
    X25519_public_from_private(public_key, private_key.data);
    if (!CBB_add_u16(&all, PARLEY_ECH_VERSION) || !CBB_add_u16_length_prefixed(&all, &contents) ||
        !CBB_add_u8(&contents, config_id) ||
        !CBB_add_u16(&contents, EVP_HPKE_DHKEM_X25519_HKDF_SHA256) ||
        !CBB_add_u16_length_prefixed(&contents, &child) ||
        !CBB_add_bytes(&child, public_key, sizeof(public_key)) ||
        !CBB_add_u16_length_prefixed(&contents, &child)) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(aeads) / sizeof(aeads[0]); i++) {
        if (!CBB_add_u16(&child, EVP_HPKE_HKDF_SHA256) || !CBB_add_u16(&child, aeads[i])) {
            return 0;
        }
    }
    bool ok = CBB_add_u8(&contents, maximum_name_length) &&
              CBB_add_u8_length_prefixed(&contents, &child) &&
              CBB_add_bytes(&child, name.data, name.len) && CBB_add_u16(&contents, 0) &&
              CBB_flush(&all);
    return ok ? CBB_len(&all) : 0;
}

/* ---- Decrypting ---- */

/* open_payload decrypts the payload, of a hello whose body is |hello|, into e->ech_payload. The
 * hello counts with zeros in its place (RFC 9849 5.2); |hello| is e->handshake's, so that they can
 * be put there for the while. */
static bool open_payload(struct parley_engine *e, struct parley_bytes hello,
                         struct parley_bytes payload) {
    uint8_t *at = e->handshake + (payload.data - e->handshake);
    size_t n = 0;
    memcpy(e->scratch, payload.data, payload.len);
    memset(at, 0, payload.len);
    bool ok = EVP_HPKE_CTX_open(&e->hpke, e->ech_payload, &n, sizeof(e->ech_payload), e->scratch,
                                payload.len, hello.data, hello.len);
    memcpy(at, e->scratch, payload.len);
    e->ech.payload_length = n;
    ERR_clear_error();
    return ok;
}

static bool set_up(struct parley_engine *e, const struct ech_key *key,
                   const struct parley_ech_offer *offer) {
    struct parley_bytes info = ech_info(&key->config, e->scratch, sizeof(e->scratch));
    ech_reset(e);
    EVP_HPKE_CTX_zero(&e->hpke);
    e->ech.hpke_ready = true;
    bool ok = EVP_HPKE_CTX_setup_recipient(&e->hpke, &key->key, EVP_hpke_hkdf_sha256(),
                                           ech_aead(offer->aead_id), offer->enc.data,
                                           offer->enc.len, info.data, info.len);
    ERR_clear_error();
    return ok;
}

/* try_keys finds the key that opens a first hello. */
static bool try_keys(struct parley_engine *e, struct parley_bytes hello,
                     const struct parley_ech_offer *offer) {
    const struct parley_ech_keys *keys = e->config->ech_keys;
    for (size_t i = 0; i < keys->count; i++) {
        const struct ech_key *key = &keys->list[i];
        if (key->config.config_id == offer->config_id &&
            ech_suite_in(key->config.cipher_suites, offer->kdf_id, offer->aead_id) &&
            set_up(e, key, offer) && open_payload(e, hello, offer->payload)) {
            e->ech.kdf_id = offer->kdf_id;
            e->ech.aead_id = offer->aead_id;
            e->ech.config_id = offer->config_id;
            return true;
        }
    }
    return false;
}

/* open_again decrypts a second hello, under what the first one agreed on (RFC 9849 7.1.1). */
static enum parley_error open_again(struct parley_engine *e, struct parley_bytes hello,
                                    const struct parley_extension_block *x) {
    const struct ech *ech = &e->ech;
    const struct parley_ech_offer *offer = &x->ech_offer;
    if (!parley_has(x, PARLEY_EXT_encrypted_client_hello)) {
        return PARLEY_ERR_missing_extension;
    }
    if (offer->type != 0 || offer->kdf_id != ech->kdf_id || offer->aead_id != ech->aead_id ||
        offer->config_id != ech->config_id || offer->enc.len) {
        return PARLEY_ERR_ech_changed;
    }
    return open_payload(e, hello, offer->payload) ? PARLEY_OK : PARLEY_ERR_ech_decryption;
}

/* RFC 9849 7.1: an inner hello says that it is one, and offers nothing below TLS 1.3. */
static bool is_valid_inner(const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    if (!parley_has(x, PARLEY_EXT_encrypted_client_hello) || x->ech_offer.type != 1 ||
        !parley_has(x, PARLEY_EXT_supported_versions)) {
        return false;
    }
    struct parley_bytes rest = x->supported_versions_offer.versions;
    uint16_t version;
    while (parley_uint16_next(&rest, &version)) {
        if (version >= 0x0300 && version <= PARLEY_TLS12) {
            return false;
        }
    }
    return true;
}

/* take_inner makes the decrypted hello the one that is acted on. */
static enum parley_error take_inner(struct parley_engine *e, struct parley_client_hello *hello) {
    struct parley_wire_error where;
    union parley_message_value value;
    CBB out;
    if (!CBB_init_fixed(&out, e->ech_inner, sizeof(e->ech_inner))) {
        return PARLEY_ERR_buffer_full;
    }
    enum parley_error error =
        parley_ech_decode_inner(&out, bytes_of(e->ech_payload, e->ech.payload_length), hello);
    if (error) { /* longer than any hello may be, if it does not fit */
        return error == PARLEY_ERR_buffer_full ? PARLEY_ERR_ech_bad_inner : error;
    }
    struct parley_bytes inner = {e->ech_inner, CBB_len(&out)};
    engine_observe(e, PARLEY_EVENT_INNER_IN, PARLEY_MSG_client_hello, e->read_epoch, inner);
    struct parley_bytes body = {inner.data + PARLEY_HANDSHAKE_HEADER,
                                inner.len - PARLEY_HANDSHAKE_HEADER};
    if (!parley_message_parse(PARLEY_MSG_client_hello, body, &value, NULL, &where)) {
        e->error_field = where.field;
        e->error_extension = where.extension;
        return where.error;
    }
    if (!is_valid_inner(&value.client_hello)) {
        return PARLEY_ERR_ech_bad_inner;
    }
    *hello = value.client_hello;
    e->current = inner;
    e->ech.status = ECH_ACCEPTED;
    return PARLEY_OK;
}

enum parley_error ech_server_open(struct parley_engine *e, struct parley_client_hello *hello) {
    const struct parley_extension_block *x = &hello->extensions;
    struct parley_bytes body = {e->current.data + PARLEY_HANDSHAKE_HEADER,
                                e->current.len - PARLEY_HANDSHAKE_HEADER};
    if (!e->config->ech_keys || config_max(e->config) < PARLEY_TLS13) {
        return PARLEY_OK;
    }
    if (e->hello_retry) {
        if (e->ech.status != ECH_ACCEPTED) {
            return PARLEY_OK;
        }
        enum parley_error error = open_again(e, body, x);
        return error ? error : take_inner(e, hello);
    }
    if (!parley_has(x, PARLEY_EXT_encrypted_client_hello) || x->ech_offer.type != 0) {
        return PARLEY_OK;
    }
    e->ech.status = ECH_REJECTED;
    return try_keys(e, body, &x->ech_offer) ? take_inner(e, hello) : PARLEY_OK;
}

/* ---- Answering ---- */

void ech_server_confirm(struct parley_engine *e, enum parley_message message, uint8_t *built,
                        size_t len) {
    /* In server_hello the end of random; in hello_retry_request the last extension. */
    bool retry = message == PARLEY_MSG_hello_retry_request;
    uint8_t *at =
        retry ? built + len - ECH_CONFIRMATION
              : built + PARLEY_HANDSHAKE_HEADER + 2 + PARLEY_RANDOM_LENGTH - ECH_CONFIRMATION;
    uint8_t signal[ECH_CONFIRMATION];
    ech_confirmation(&e->transcript.hash, bytes_of(built, len), at, e->client_random, retry,
                     signal);
    memcpy(at, signal, sizeof(signal));
    if (!retry) {
        memcpy(e->server_random + PARLEY_RANDOM_LENGTH - ECH_CONFIRMATION, signal, sizeof(signal));
    }
}

struct parley_bytes ech_server_retry_configs(const struct parley_engine *e) {
    struct parley_bytes list = {NULL, 0};
    if (e->ech.status == ECH_REJECTED && e->config->ech_keys) {
        list = parley_ech_keys_list(e->config->ech_keys);
    }
    return list.len ? bytes_of(list.data + 2, list.len - 2) : list;
}
