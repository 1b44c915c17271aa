/* The memo: a table of fixed size, each answer in the place that its question's hash names. */
#include "engine/memo.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#define PLACES 512 /* a power of two */

struct place {
    uint8_t question[SHA256_DIGEST_LENGTH];
    bool used;
    uint16_t len;
    uint8_t answer[MEMO_VALUE_MAX];
};

struct parley_memo {
    size_t found;
    struct place places[PLACES];
};

struct parley_memo *parley_memo_new(void) {
    return calloc(1, sizeof(struct parley_memo));
}

void parley_memo_free(struct parley_memo *memo) {
    free(memo);
}

size_t memo_found(const struct parley_memo *memo) {
    return memo->found;
}

static void hash_bytes(SHA256_CTX *sha, const void *data, size_t len) {
    uint32_t length = (uint32_t)len;
    (void)SHA256_Update(sha, &length, sizeof(length));
    (void)SHA256_Update(sha, data, len);
}

static struct place *place_of(const struct memo_question *question,
                              uint8_t hash[SHA256_DIGEST_LENGTH]) {
    SHA256_CTX sha;
    (void)SHA256_Init(&sha);
    hash_bytes(&sha, question->operation, strlen(question->operation));
    for (size_t i = 0; i < MEMO_INPUTS; i++) {
        hash_bytes(&sha, question->inputs[i].data, question->inputs[i].len);
    }
    (void)SHA256_Final(hash, &sha);
    size_t index = (size_t)(hash[0] | hash[1] << 8) % PLACES;
    return &question->memo->places[index];
}

bool memo_find(const struct memo_question *question, uint8_t *out, size_t *len) {
    uint8_t hash[SHA256_DIGEST_LENGTH];
    if (question->memo == NULL) {
        return false;
    }
    const struct place *place = place_of(question, hash);
    if (!place->used || memcmp(place->question, hash, sizeof(hash)) != 0) {
        return false;
    }
    question->memo->found++;
    if (place->len != 0) {
        memcpy(out, place->answer, place->len);
    }
    if (len != NULL) {
        *len = place->len;
    }
    return true;
}

void memo_keep(const struct memo_question *question, const uint8_t *answer, size_t len) {
    uint8_t hash[SHA256_DIGEST_LENGTH];
    if (question->memo == NULL || len > MEMO_VALUE_MAX) {
        return;
    }
    struct place *place = place_of(question, hash);
    memcpy(place->question, hash, sizeof(hash));
    place->used = true;
    place->len = (uint16_t)len;
    if (len != 0) {
        memcpy(place->answer, answer, len);
    }
}

struct parley_bytes memo_key(const struct parley_memo *memo, const EVP_PKEY *key,
                             uint8_t buffer[MEMO_KEY_MAX]) {
    CBB out;
    if (memo == NULL || !CBB_init_fixed(&out, buffer, MEMO_KEY_MAX)) {
        return (struct parley_bytes){NULL, 0};
    }
    if (!EVP_marshal_public_key(&out, key) || !CBB_flush(&out)) {
        ERR_clear_error();
        return (struct parley_bytes){NULL, 0};
    }
    return (struct parley_bytes){buffer, CBB_len(&out)};
}
