/* The parts of `parley bench`: what is measured, and the three ways of doing it. */
#ifndef PARLEY_CLI_BENCH_H
#define PARLEY_CLI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parley/bytes.h"
#include "parley/tables.h"

/* How often a handshake performs each asymmetric operation, both ends together. */
struct bench_operations {
    unsigned x25519_keypair;
    unsigned x25519;
    unsigned ecdsa_sign;
    unsigned ecdsa_verify;
    unsigned rsa_sign;
    unsigned rsa_verify;
    unsigned rsa_encrypt;
    unsigned rsa_decrypt;
};

/* One of the handshakes that are compared. |batch| of them are timed together. */
struct bench_handshake {
    const char *name;
    uint16_t version;
    uint16_t suite;
    const char *boringssl_ciphers; /* TLS 1.2 only */
    bool ecdsa;                    /* else RSA-2048 */
    bool resume;
    unsigned batch;
    struct bench_operations operations;
};

/* A certificate, its key and the root, PEM text. */
struct bench_identity {
    struct parley_bytes root;
    struct parley_bytes chain;
    struct parley_bytes key;
};
#define BENCH_HOST "parley.test" /* what parley_pki's servers answer to */

/* Each _new prepares what is not timed and returns NULL having said why; each _run does
 * |times| handshakes (or their operations) and returns whether all completed. */
struct bench_engine;
struct bench_engine *bench_engine_new(const struct bench_handshake *h,
                                      const struct bench_identity *id);
bool bench_engine_run(struct bench_engine *b, unsigned times);
void bench_engine_free(struct bench_engine *b);

struct bench_boringssl;
struct bench_boringssl *bench_boringssl_new(const struct bench_handshake *h,
                                            const struct bench_identity *id);
bool bench_boringssl_run(struct bench_boringssl *b, unsigned times);
void bench_boringssl_free(struct bench_boringssl *b);

struct bench_primitives;
struct bench_primitives *bench_primitives_new(const struct bench_handshake *h,
                                              const struct bench_identity *id);
bool bench_primitives_run(struct bench_primitives *b, unsigned times);
void bench_primitives_free(struct bench_primitives *b);

/* bench_hello_make writes the client_hello that is parsed, BENCH_HELLO bytes without its handshake
 * header; false if it cannot be made. bench_hello_parley parses it |times| times, with all its
 * extensions; bench_hello_boringssl has libssl's own parser do it, and returns false if this
 * BoringSSL does not have it where we know it to be. */
#define BENCH_HELLO 517
bool bench_hello_make(uint8_t out[BENCH_HELLO]);
bool bench_hello_parley(const uint8_t hello[BENCH_HELLO], unsigned times);
bool bench_hello_boringssl(const uint8_t hello[BENCH_HELLO], unsigned times);

/* bench_stacks measures every stack with itself and prints the figures; returns the exit status. */
int bench_stacks(uint64_t rounds, bool json);

/* bench_deep measures trials of these stacks, or of all if |stack_count| is 0, likewise. */
int bench_deep(uint64_t rounds, bool json, char *const *stacks, int stack_count);

/* bench_heap_counted returns whether heap calls can be counted in this build, bench_heap_calls how
 * many malloc, calloc and realloc there have been. */
bool bench_heap_counted(void);
uint64_t bench_heap_calls(void);

/* bench_cpu_ns returns the CPU time this process has used, in nanoseconds. */
int64_t bench_cpu_ns(void);

#endif
