/* Encrypted Client Hello (RFC 9849) as the engine speaks it. */
#ifndef PARLEY_ENGINE_ECH_H
#define PARLEY_ENGINE_ECH_H

#include "engine/inside.h"

/* ---- ech.c: what both roles need ---- */

/* ech_reset frees what libcrypto holds; the engine may then be cleared. */
void ech_reset(struct parley_engine *e);
void ech_outcome(const struct parley_engine *e, struct parley_outcome *out);

const EVP_HPKE_AEAD *ech_aead(uint16_t id);
/* ech_suite_in returns whether |list| (a config's cipher_suites) has this pair, and it is known. */
bool ech_suite_in(struct parley_bytes list, uint16_t kdf_id, uint16_t aead_id);
/* ech_info is the info of HPKE for |config| (RFC 9849 6.1) in |out|; empty if it is too long. */
struct parley_bytes ech_info(const struct parley_ech_config *config, uint8_t *out, size_t cap);
/* ech_usable returns whether |config| is one that can be used: version, KEM, public name, and no
 * mandatory extension (RFC 9849 4.2). */
bool ech_usable(const struct parley_ech_config *config);
bool ech_valid_name(struct parley_bytes name);

/* ech_confirmation is the signal of acceptance (RFC 9849 7.2, 7.2.1): the transcript goes on from
 * |before| with |message|, its signal at |at| counting as zeros. */
void ech_confirmation(const struct hash_state *before, struct parley_bytes message,
                      const uint8_t *at, const uint8_t *inner_random, bool retry,
                      uint8_t out[ECH_CONFIRMATION]);

/* ---- ech_client.c ---- */

/* ech_client_start chooses, before the first hello: Encrypted Client Hello, GREASE, or nothing. */
enum parley_error ech_client_start(struct parley_engine *e);
/* ech_client_offer writes the extension into the hello that is being built, where it is known. */
bool ech_client_offer(struct parley_engine *e, CBB *out);
/* ech_client_send sends an outer hello with an inner one in it. */
enum parley_error ech_client_send(struct parley_engine *e);
/* ech_client_retry, _hello13 and _hello12 learn from the server's answer which of the two hellos
 * it is about. */
enum parley_error ech_client_retry(struct parley_engine *e,
                                   const struct parley_hello_retry_request *m);
enum parley_error ech_client_hello13(struct parley_engine *e, const struct parley_server_hello *m);
void ech_client_hello12(struct parley_engine *e);
/* ech_client_extensions keeps the server's retry_configs. */
enum parley_error ech_client_extensions(struct parley_engine *e,
                                        const struct parley_extension_block *x);
/* ech_client_end is the end of the handshake, good or not. */
enum parley_error ech_client_end(struct parley_engine *e);
/* ech_client_host returns the name the server's certificate must be for, in |buffer| if it is not
 * the config's. */
const char *ech_client_host(const struct parley_engine *e, char buffer[PARLEY_NAME_MAX + 1]);

/* client_hello.c, for ech_client.c: the extensions of the hello of |e->ech.kind|, and the rest. */
bool client_hello_extensions(struct parley_engine *e, CBB *out);
struct parley_client_hello client_hello_fields(struct parley_engine *e, uint8_t suites[256],
                                               struct parley_bytes extensions);

/* ---- ech_server.c ---- */

/* ech_server_open decrypts the inner hello of |*hello|, which then is the inner one, as is
 * |e->current|; without one that it has the key of, both stay as they are. */
enum parley_error ech_server_open(struct parley_engine *e, struct parley_client_hello *hello);
/* ech_server_confirm writes the signal into a built server_hello or hello_retry_request. */
void ech_server_confirm(struct parley_engine *e, enum parley_message message, uint8_t *built,
                        size_t len);
/* ech_server_retry_configs returns what encrypted_extensions is to carry; empty: nothing. */
struct parley_bytes ech_server_retry_configs(const struct parley_engine *e);

#endif
