/* Record protection: the keys of one direction and one epoch, sealing and opening records. */
#ifndef PARLEY_ENGINE_PROTECT_H
#define PARLEY_ENGINE_PROTECT_H

#include <openssl/aead.h>
#include <openssl/aes.h>
#include <openssl/des.h>

#include "engine/hash.h"
#include "engine/random.h"
#include "parley/bend.h"
#include "parley/wire.h"

#define PROTECT_OVERHEAD_MAX                                                                       \
    256 /* more than any suite adds to a fragment, without RFC 8446 padding */

struct protect {
    enum parley_cipher cipher; /* NONE: plaintext */
    uint16_t version;
    bool encrypt_then_mac;
    uint64_t sequence; /* of the next record */
    uint8_t iv[12];    /* AEAD: static IV; AES-GCM of TLS 1.2: 4 bytes of salt */
    EVP_AEAD_CTX aead;
    union {
        AES_KEY aes;
        DES_key_schedule des[3];
    } block;             /* CBC */
    struct hmac_key mac; /* CBC */
    unsigned spoiled;    /* CBC: the next record is wrong: 1 + enum parley_bad_cbc; 0: is not */
};

enum protect_direction { PROTECT_SEAL, PROTECT_OPEN };

/* protect_clear makes |p| plaintext and wipes keys. A struct protect may be copied and needs no
 * freeing beyond protect_clear (AEADs without heap only; CBC is done with AES_KEY and HMAC). */
void protect_clear(struct protect *p);

/* protect_spoil makes the next record that |p| seals wrong; false if that is not one of CBC, or
 * the fault one that its MAC would cover (RFC 7366). */
bool protect_spoil(struct protect *p, enum parley_bad_cbc kind);

/* protect_tls13 derives key and IV from a traffic secret (RFC 8446 7.3), sequence 0. */
void protect_tls13(struct protect *p, const struct parley_suite *suite,
                   const struct hmac_key *traffic_secret);

/* protect_tls12_key_length returns how long each of the three parts of the key block is
 * (RFC 5246 6.3): MAC key, encryption key, fixed IV (4 for GCM, 12 for ChaCha20, 0 for CBC:
 * explicit IVs are drawn from the randomness handed in). */
void protect_tls12_lengths(enum parley_cipher cipher, size_t *mac, size_t *key, size_t *iv);
void protect_tls12(struct protect *p, const struct parley_suite *suite, enum protect_direction dir,
                   const uint8_t *mac_key, const uint8_t *key, const uint8_t *iv,
                   bool encrypt_then_mac);

/* protect_sealed_length returns the exact length of the record (header included) that sealing |len|
 * bytes with |padding| zeros (TLS 1.3 only) gives. */
size_t protect_sealed_length(const struct protect *p, size_t len, size_t padding);

/* protect_seal writes one record, header included, to |out| (protect_sealed_length bytes), and
 * counts the sequence up. |in| must not overlap |out|. |version| is legacy_record_version of a
 * plaintext record; protected ones have 0x0303. Returns false if the sequence number is used up. */
bool protect_seal(struct protect *p, uint8_t type, uint16_t version, struct parley_bytes in,
                  size_t padding, const struct parley_random *random, uint8_t *out);

/* protect_open opens the record at |record| (header and fragment, |len| bytes) in place. On success
 * |*type| is the content type (TLS 1.3: the inner one) and |*out| the plaintext within |record|;
 * the sequence counts up. On failure nothing but |record|'s fragment may have changed and the
 * sequence stays. Errors: record_decrypt (all of MAC, padding, AEAD and too short, alike),
 * record_overflow (plaintext above 2^14), record_padding_only, record_type (TLS 1.3 protected
 * record whose outer type is not application_data), record_sequence_overflow. */
enum parley_error protect_open(struct protect *p, uint8_t *record, size_t len, uint8_t *type,
                               struct parley_bytes *out);

#endif
