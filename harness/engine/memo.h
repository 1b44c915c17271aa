/* Results of public-key operations, remembered: parley_memo of engine.h. Without a memo (NULL)
 * nothing is found and nothing kept. */
#ifndef PARLEY_ENGINE_MEMO_H
#define PARLEY_ENGINE_MEMO_H

#include <openssl/evp.h>

#include "parley/engine.h"

#define MEMO_VALUE_MAX 2560

/* memo_question is an operation with all that its result depends on: its name, a string literal
 * that no other operation has, and up to five inputs. */
#define MEMO_INPUTS 5
struct memo_question {
    struct parley_memo *memo;
    const char *operation;
    struct parley_bytes inputs[MEMO_INPUTS];
};

/* memo_find returns whether the answer is known, and copies it to |out| if it is; its length is
 * |*len|, which may be NULL. |out| has room for it, as the operation has for its result. */
bool memo_find(const struct memo_question *question, uint8_t *out, size_t *len);

/* memo_keep remembers an answer of |len| bytes, at most MEMO_VALUE_MAX. */
void memo_keep(const struct memo_question *question, const uint8_t *answer, size_t len);

/* memo_found returns how many questions were answered. */
size_t memo_found(const struct parley_memo *memo);

/* memo_key makes an input of a key: the bytes of its public half, in |buffer|. Empty without a memo
 * and for keys that do not fit, whose operations are not to be remembered. */
#define MEMO_KEY_MAX 1200
struct parley_bytes memo_key(const struct parley_memo *memo, const EVP_PKEY *key,
                             uint8_t buffer[MEMO_KEY_MAX]);

#endif
