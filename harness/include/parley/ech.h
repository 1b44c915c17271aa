/* Keys and configs of Encrypted Client Hello (RFC 9849), for the engine's config: parley/engine.h
 * includes this. */
#ifndef PARLEY_ECH_H
#define PARLEY_ECH_H

#include <stdbool.h>

#include "parley/bytes.h"

/* parley_ech_keys are what a server decrypts Encrypted Client Hello with (RFC 9849). */
struct parley_ech_keys;
struct parley_ech_keys *parley_ech_keys_new(void);

/* parley_ech_keys_add adds the ECHConfig |config| with the X25519 |private_key| of its public key
 * (32 bytes), both copied; with |retry|, clients that used another are told of it. Returns false
 * and a static reason in |*why| if the config cannot be decoded or used, or the key is not its own.
 * parley_ech_keys_list returns those with |retry| as an ECHConfigList, for clients to be configured
 * with; borrowed until the next is added. */
bool parley_ech_keys_add(struct parley_ech_keys *keys, struct parley_bytes config,
                         struct parley_bytes private_key, bool retry, const char **why);
struct parley_bytes parley_ech_keys_list(const struct parley_ech_keys *keys);
void parley_ech_keys_free(struct parley_ech_keys *keys);

/* parley_ech_config_write writes the ECHConfig (RFC 9849 4) of an X25519 |private_key| of 32 bytes,
 * for all three AEADs, into |out|. |public_name| is what outer hellos show, |maximum_name_length|
 * the longest name they hide. Returns its length, or 0 if it is longer than |cap| or |public_name|
 * is not a host name of RFC 9849 6.1.7. */
size_t parley_ech_config_write(uint8_t *out, size_t cap, uint8_t config_id,
                               struct parley_bytes private_key, const char *public_name,
                               uint8_t maximum_name_length);

#endif
