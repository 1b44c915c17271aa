/* Encrypted Client Hello, the client (RFC 9849 6). */
#include <openssl/curve25519.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <string.h>

#include "engine/actions.h"
#include "engine/ech.h"
#include "engine/random.h"
#include "wire/ech_inner.h"

/* ---- Choosing ---- */

/* pick_suite takes the first pair of |config| that is known. */
static bool pick_suite(struct ech *ech, const struct parley_ech_config *config) {
    struct parley_bytes rest = config->cipher_suites;
    while (parley_uint16_next(&rest, &ech->kdf_id) && parley_uint16_next(&rest, &ech->aead_id)) {
        if (ech_suite_in(config->cipher_suites, ech->kdf_id, ech->aead_id)) {
            return true;
        }
    }
    return false;
}

static enum parley_error set_up(struct parley_engine *e) {
    struct ech *ech = &e->ech;
    uint8_t seed[X25519_PRIVATE_KEY_LEN];
    size_t enc_length;
    struct parley_bytes info = ech_info(&ech->config, e->scratch, sizeof(e->scratch));
    random_fill(&e->random, seed, sizeof(seed));
    EVP_HPKE_CTX_zero(&e->hpke);
    ech->hpke_ready = true;
    bool ok = EVP_HPKE_CTX_setup_sender_with_seed_for_testing(
        &e->hpke, ech->enc, &enc_length, sizeof(ech->enc), EVP_hpke_x25519_hkdf_sha256(),
        EVP_hpke_hkdf_sha256(), ech_aead(ech->aead_id), ech->config.public_key.data,
        ech->config.public_key.len, info.data, info.len, seed, sizeof(seed));
    OPENSSL_cleanse(seed, sizeof(seed));
    if (!ok) {
        ERR_clear_error();
        return PARLEY_ERR_crypto_failed;
    }
    ech->enc_length = (uint8_t)enc_length;
    ech->config_id = ech->config.config_id;
    ech->status = ECH_OFFERED;
    random_fill(&e->random, ech->outer_random, sizeof(ech->outer_random));
    if (e->session.version == PARLEY_TLS12) {
        e->session.version = 0; /* an inner hello has nothing of TLS 1.2 */
    }
    return PARLEY_OK;
}

/* RFC 9849 6.2: what cannot be told from the real thing. */
static void make_grease(struct parley_engine *e) {
    struct ech *ech = &e->ech;
    struct kex key;
    uint8_t number[2];
    (void)kex_generate(&key, PARLEY_GROUP_x25519, &e->random, e->config->memo);
    memcpy(ech->enc, key.share, X25519_PUBLIC_VALUE_LEN);
    random_fill(&e->random, number, sizeof(number));
    ech->kdf_id = EVP_HPKE_HKDF_SHA256;
    ech->aead_id = EVP_HPKE_AES_128_GCM;
    ech->config_id = number[0];
    ech->enc_length = X25519_PUBLIC_VALUE_LEN;
    ech->payload_length = 32 * (size_t)(4 + number[1] % 4) + 16;
    random_fill(&e->random, e->ech_payload, ech->payload_length);
    ech->status = ECH_GREASE;
}

enum parley_error ech_client_start(struct parley_engine *e) {
    const struct parley_config *c = e->config;
    union parley_extension_value value;
    if (e->renegotiating) {
        return PARLEY_OK;
    }
    if (c->ech_config_list.len) {
        if (!parley_extension_parse(PARLEY_FORM_ech_retry_configs, c->ech_config_list, &value, NULL,
                                    NULL)) {
            return PARLEY_ERR_bad_ech_config_list;
        }
        struct parley_bytes rest = value.ech_retry_configs.retry_configs;
        while (config_max(c) >= PARLEY_TLS13 && parley_ech_config_next(&rest, &e->ech.config)) {
            if (ech_usable(&e->ech.config) && pick_suite(&e->ech, &e->ech.config)) {
                return set_up(e);
            }
        }
    }
    if (c->ech_grease && config_max(c) >= PARLEY_TLS13) {
        make_grease(e);
    }
    return PARLEY_OK;
}

/* ---- Writing ---- */

static bool write_offer(struct parley_engine *e, CBB *out, struct parley_bytes payload) {
    const struct ech *ech = &e->ech;
    bool retry = ech->status == ECH_ACCEPTED; /* RFC 9849 6.1.5: enc is not repeated */
    union parley_extension_value v = {.ech_offer = {.type = 0,
                                                    .kdf_id = ech->kdf_id,
                                                    .aead_id = ech->aead_id,
                                                    .config_id = ech->config_id,
                                                    .enc = {ech->enc, retry ? 0 : ech->enc_length},
                                                    .payload = payload}};
    return parley_extension_write(out, PARLEY_FORM_ech_offer, &v);
}

bool ech_client_offer(struct parley_engine *e, CBB *out) {
    const struct ech *ech = &e->ech;
    union parley_extension_value inner = {.ech_offer = {.type = 1}};
    if (ech->status == ECH_NONE) {
        return true;
    }
    e->offered |= UINT64_C(1) << PARLEY_EXT_encrypted_client_hello;
    if (ech->kind == HELLO_INNER) {
        return parley_extension_write(out, PARLEY_FORM_ech_offer, &inner);
    }
    /* What was GREASE, or was rejected by a hello_retry_request, comes again unchanged. */
    bool known = ech->status == ECH_GREASE || ech->status == ECH_REJECTED;
    return !known || write_offer(e, out, bytes_of(e->ech_payload, ech->payload_length));
}

/* write_block writes the extensions of one of the two hellos. */
static struct parley_bytes write_block(struct parley_engine *e, enum hello_kind kind, uint8_t *at,
                                       size_t cap) {
    CBB out;
    e->ech.kind = kind;
    e->offered = 0;
    if (!CBB_init_fixed(&out, at, cap) || !client_hello_extensions(e, &out) || !CBB_flush(&out)) {
        return bytes_of(NULL, 0);
    }
    return bytes_of(at, CBB_len(&out));
}

/* write_hello writes a client_hello with the extensions |block| and returns its length. */
static size_t write_hello(struct parley_engine *e, bool encoded, struct parley_bytes block,
                          uint8_t *at, size_t cap) {
    CBB out;
    uint8_t suites[256];
    union parley_message_value v;
    v.client_hello = client_hello_fields(e, suites, block);
    if (encoded) {
        v.client_hello.legacy_session_id.len = 0;
    }
    if (!CBB_init_fixed(&out, at, cap) ||
        !parley_message_write(&out, PARLEY_MSG_client_hello, &v) || !CBB_flush(&out)) {
        return 0;
    }
    return CBB_len(&out);
}

/* bind_inner computes the PSK binders over the inner transcript. */
static void bind_inner(struct parley_engine *e) {
    struct transcript outer = e->transcript;
    e->transcript.hashing = e->ech.hashing;
    e->transcript.hash = e->ech.hash;
    psk_bind(e, e->ech_inner, e->ech.inner_length);
    e->transcript = outer;
}

/* RFC 9849 6.1.3: the length shall not tell the name. */
static size_t padding(const struct parley_engine *e, size_t length, bool has_name) {
    size_t longest = e->ech.config.maximum_name_length, n = 0;
    if (!has_name) {
        n = longest + 9; /* the extension itself */
    } else if (e->name_length < longest) {
        n = longest - e->name_length;
    }
    return n + 31 - (length + n - 1) % 32;
}

/* write_inner writes the inner hello and, for encryption, its encoded form. */
static enum parley_error write_inner(struct parley_engine *e, struct parley_bytes inner,
                                     struct parley_bytes outer) {
    struct ech *ech = &e->ech;
    CBB out;
    uint8_t *spare = e->pending + e->pending_length;
    size_t cap = sizeof(e->pending) - e->pending_length;
    if (!CBB_init_fixed(&out, spare, cap) || !parley_ech_order_inner(&out, inner, outer)) {
        return PARLEY_ERR_buffer_full;
    }
    ech->inner_length =
        write_hello(e, false, bytes_of(spare, CBB_len(&out)), e->ech_inner, sizeof(e->ech_inner));
    if (ech->inner_length == 0 || !CBB_init_fixed(&out, spare, cap) ||
        !parley_ech_compress_inner(&out, inner, outer)) {
        return PARLEY_ERR_buffer_full;
    }
    size_t len = write_hello(e, true, bytes_of(spare, CBB_len(&out)), e->ech_payload,
                             sizeof(e->ech_payload) - 1024);
    if (len == 0) {
        return PARLEY_ERR_buffer_full;
    }
    if (e->psk_offered) {
        /* pre_shared_key is the last of both, and so they end alike. */
        size_t n = psk_offer_length(e);
        bind_inner(e);
        memcpy(e->ech_payload + len - n, e->ech_inner + ech->inner_length - n, n);
    }
    len -= PARLEY_HANDSHAKE_HEADER; /* the encoded form has none */
    memmove(e->ech_payload, e->ech_payload + PARLEY_HANDSHAKE_HEADER, len);
    size_t zeros = padding(e, len, e->offered >> PARLEY_EXT_server_name & 1);
    memset(e->ech_payload + len, 0, zeros);
    ech->payload_length = len + zeros;
    return PARLEY_OK;
}

/* seal encrypts the encoded hello into the end of the outer one, which is built with zeros there
 * (RFC 9849 5.2). */
static enum parley_error seal(struct parley_engine *e, uint8_t *hello, size_t len) {
    struct ech *ech = &e->ech;
    size_t n, sealed = ech->payload_length + EVP_HPKE_CTX_max_overhead(&e->hpke);
    if (!EVP_HPKE_CTX_seal(&e->hpke, e->ech_payload, &n, sizeof(e->ech_payload), e->ech_payload,
                           ech->payload_length, hello + PARLEY_HANDSHAKE_HEADER,
                           len - PARLEY_HANDSHAKE_HEADER) ||
        n != sealed) {
        ERR_clear_error();
        return PARLEY_ERR_crypto_failed;
    }
    ech->payload_length = sealed;
    memcpy(hello + len - sealed, e->ech_payload, sealed);
    return PARLEY_OK;
}

/* write_outer builds the outer hello behind the pending bytes, with zeros for the payload, and
 * returns its length. */
static size_t write_outer(struct parley_engine *e, struct parley_bytes block, size_t cap) {
    CBB out;
    size_t sealed = e->ech.payload_length + EVP_HPKE_CTX_max_overhead(&e->hpke);
    uint8_t *spare = e->pending + e->pending_length;
    if (sealed > 65535 || sealed > sizeof(e->pending) - e->pending_length) {
        return 0;
    }
    memset(spare, 0, sealed);
    /* The extension goes behind the others, where |block| stands. */
    if (!CBB_init_fixed(&out, e->scratch + (block.data - e->scratch) + block.len,
                        cap - block.len) ||
        !write_offer(e, &out, bytes_of(spare, sealed)) || !CBB_flush(&out)) {
        return 0;
    }
    block.len += CBB_len(&out);
    e->ech.kind = HELLO_OUTER;
    return write_hello(e, false, block, spare, sizeof(e->pending) - e->pending_length);
}

enum parley_error ech_client_send(struct parley_engine *e) {
    enum { HALF = SCRATCH_BUFFER / 2 };
    struct ech *ech = &e->ech;
    struct parley_bytes inner = write_block(e, HELLO_INNER, e->scratch, HALF);
    uint64_t offered = e->offered;
    struct parley_bytes outer = write_block(e, HELLO_OUTER, e->scratch + HALF, HALF);
    ech->offered = e->offered;
    e->offered = offered;
    ech->kind = HELLO_INNER;
    if (inner.len == 0 || outer.len == 0) {
        return PARLEY_ERR_bad_config;
    }
    enum parley_error error = write_inner(e, inner, outer);
    size_t len = error ? 0 : write_outer(e, outer, HALF);
    if (len == 0) {
        return error ? error : PARLEY_ERR_buffer_full;
    }
    error = seal(e, e->pending + e->pending_length, len);
    if (error) {
        return error;
    }
    struct parley_bytes hello = {e->ech_inner, ech->inner_length};
    if (ech->hashing) {
        hash_update(&ech->hash, hello.data, hello.len);
    }
    engine_observe(e, PARLEY_EVENT_INNER_OUT, PARLEY_MSG_client_hello, e->write_epoch, hello);
    error = handshake_commit(e, PARLEY_MSG_client_hello, len);
    ech->kind = HELLO_INNER;
    return error || !e->early_offered ? error : psk_early_data(e, hello);
}

/* ---- The answer ---- */

/* reject lets the outer hello take over. */
static void reject(struct parley_engine *e) {
    struct ech *ech = &e->ech;
    struct parley_bytes name = ech->config.public_name;
    ech->status = ECH_REJECTED;
    ech->kind = HELLO_OUTER;
    ech->inner_length = 0;
    e->offered = ech->offered;
    memcpy(e->client_random, ech->outer_random, sizeof(e->client_random));
    memcpy(e->name, name.data, name.len);
    e->name_length = (uint8_t)name.len;
    e->session.version = 0;
    e->psk_offered = e->early_ready = false;
}

/* start_hash hashes the inner hello once the hash is known. */
static void start_hash(struct parley_engine *e, enum parley_hash hash) {
    struct ech *ech = &e->ech;
    if (!ech->hashing) {
        hash_init(&ech->hash, hash);
        hash_update(&ech->hash, e->ech_inner, ech->inner_length);
        ech->hashing = true;
    }
}

static bool confirmed(const struct parley_engine *e, const uint8_t *at, bool retry) {
    uint8_t expected[ECH_CONFIRMATION];
    ech_confirmation(&e->ech.hash, e->current, at, e->client_random, retry, expected);
    return CRYPTO_memcmp(at, expected, sizeof(expected)) == 0;
}

enum parley_error ech_client_retry(struct parley_engine *e,
                                   const struct parley_hello_retry_request *m) {
    struct ech *ech = &e->ech;
    if (ech->status != ECH_OFFERED) {
        return PARLEY_OK;
    }
    struct transcript outer = e->transcript;
    start_hash(e, e->suite->hash);
    e->transcript.hash = ech->hash;
    transcript_retry(e);
    ech->hash = e->transcript.hash;
    e->transcript = outer;
    if (!parley_has(&m->extensions, PARLEY_EXT_encrypted_client_hello) ||
        !confirmed(e, m->extensions.ech_confirmation.confirmation.data, true)) {
        reject(e);
        return PARLEY_OK;
    }
    ech->status = ECH_ACCEPTED;
    hash_update(&ech->hash, e->current.data, e->current.len);
    return PARLEY_OK;
}

enum parley_error ech_client_hello13(struct parley_engine *e, const struct parley_server_hello *m) {
    struct ech *ech = &e->ech;
    const struct parley_suite *suite = parley_suite_find(m->cipher_suite);
    if ((ech->status != ECH_OFFERED && ech->status != ECH_ACCEPTED) || !suite ||
        suite->version != PARLEY_TLS13 || (ech->hashing && suite->hash != ech->hash.hash)) {
        return PARLEY_OK; /* a wrong suite is refused elsewhere */
    }
    start_hash(e, suite->hash);
    if (confirmed(e, m->random.data + PARLEY_RANDOM_LENGTH - ECH_CONFIRMATION, false)) {
        ech->status = ECH_ACCEPTED;
        e->transcript.hash = ech->hash;
        e->transcript.hashing = true;
        e->transcript.keeping = false;
        return PARLEY_OK;
    }
    if (ech->status == ECH_ACCEPTED) {
        return PARLEY_ERR_ech_inconsistent;
    }
    reject(e);
    return PARLEY_OK;
}

void ech_client_hello12(struct parley_engine *e) {
    if (e->ech.status == ECH_OFFERED) {
        reject(e);
    }
}

enum parley_error ech_client_extensions(struct parley_engine *e,
                                        const struct parley_extension_block *x) {
    struct ech *ech = &e->ech;
    if (!parley_has(x, PARLEY_EXT_encrypted_client_hello)) {
        return PARLEY_OK;
    }
    if (ech->status == ECH_ACCEPTED) {
        return handshake_refuse(e, PARLEY_ERR_unsupported_extension);
    }
    struct parley_bytes configs = x->ech_retry_configs.retry_configs;
    if (ech->status == ECH_REJECTED && configs.len + 2 <= sizeof(e->ech_inner)) {
        e->ech_inner[0] = (uint8_t)(configs.len >> 8);
        e->ech_inner[1] = (uint8_t)configs.len;
        memcpy(e->ech_inner + 2, configs.data, configs.len);
        ech->inner_length = 2 + configs.len;
    }
    return PARLEY_OK;
}

enum parley_error ech_client_end(struct parley_engine *e) {
    bool rejected = e->role == PARLEY_CLIENT && e->ech.status == ECH_REJECTED;
    return rejected ? handshake_refuse(e, PARLEY_ERR_ech_rejected) : PARLEY_OK;
}

const char *ech_client_host(const struct parley_engine *e, char buffer[PARLEY_NAME_MAX + 1]) {
    if (e->ech.status != ECH_REJECTED) {
        return e->config->server_name;
    }
    struct parley_bytes name = e->ech.config.public_name;
    memcpy(buffer, name.data, name.len);
    buffer[name.len] = 0;
    return buffer;
}
