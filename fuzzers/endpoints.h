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

struct endpoint_row {
    const char *name;
    enum parley_role role;
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

/* endpoint_start starts |engine| as every run of |row| does, with |random| as its source. */
void endpoint_start(enum endpoint row, struct parley_engine *engine, struct parley_seeded *random);

/* endpoint_drain reads and pulls all that |engine| has; what it pulls is handed to |out|, if not
 * NULL. Writes application data once, as early as it may. */
void endpoint_drain(struct parley_engine *engine, bool *written,
                    void (*out)(void *arg, struct parley_bytes bytes), void *arg);

#endif
