/* The rows of endpoints.def, set up. */
#ifndef PARLEY_FUZZERS_ENDPOINTS_H
#define PARLEY_FUZZERS_ENDPOINTS_H

#include "parley/engine.h"

enum endpoint {
#define ENDPOINT(name, role, setup, resumes) ENDPOINT_##name,
#include "fuzzers/endpoints.def"
#undef ENDPOINT
    ENDPOINT_COUNT,
};

/* Sets up the config of one row, all zeros before. */
typedef void endpoint_setup(struct parley_config *config, enum parley_role role);

struct endpoint_row {
    const char *name;
    enum parley_role role;
    endpoint_setup *setup;
    bool resumes;
};
extern const struct endpoint_row endpoint_rows[ENDPOINT_COUNT];

/* The time of every run, in milliseconds since 1970. */
#define ENDPOINT_NOW INT64_C(1760000000000)

/* endpoint_config returns the configuration of |row|, borrowed from a world that is made by the
 * first call and ends with the program. */
const struct parley_config *endpoint_config(enum endpoint row);

/* endpoint_partner returns a row of the other role that |row| can complete a handshake with. */
enum endpoint endpoint_partner(enum endpoint row);

/* endpoint_session returns the session that |row| offers, borrowed, or NULL if it offers none. */
const struct parley_session *endpoint_session(enum endpoint row);

/* endpoint_other_ech_keys are keys of Encrypted Client Hello that no row's client knows. */
const struct parley_ech_keys *endpoint_other_ech_keys(void);

/* endpoint_start starts |engine| as every run of |row| does, with |random| as its source. */
void endpoint_start(enum endpoint row, struct parley_engine *engine, struct parley_seeded *random);

/* endpoint_life is what an endpoint has done of its own accord in a connection; zeros at first. */
struct endpoint_life {
    bool written; /* application data, once, as early as it may */
    bool spoken;  /* once connected: exports a key, sends a key_update, asks for a certificate */
    bool closed;  /* after its peer did */
};

/* endpoint_drain reads and pulls all that |engine| has; what it pulls is handed to |out|, if not
 * NULL. Moves |life| on. */
void endpoint_drain(struct parley_engine *engine, struct endpoint_life *life,
                    void (*out)(void *arg, struct parley_bytes bytes), void *arg);

/* ---- endpoints_setups.c ---- */

/* endpoint_world makes what the setups borrow, once. */
void endpoint_world(void);
_Noreturn void endpoint_impossible(const char *what);

endpoint_setup setup_everything, setup_tls12, setup_rsa, setup_retry, setup_psk, setup_modern,
    setup_plain;

#endif
