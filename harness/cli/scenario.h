/* Scenarios: what is done with a pair of stacks, and what must come of it. */
#ifndef PARLEY_CLI_SCENARIO_H
#define PARLEY_CLI_SCENARIO_H

#include "cli/handshake.h"

/* A fatal alert is one of a class. */
enum alert_class {
    ALERTS_NONE,        /* there must be none */
    ALERTS_CERTIFICATE, /* the certificate, or that there is none */
    ALERTS_VERSION,
    ALERTS_NEGOTIATION,
    ALERTS_ALPN,
};

/* Who must refuse. */
enum refuser {
    REFUSER_NOBODY = -1,
    REFUSER_CLIENT = PARLEY_CLIENT,
    REFUSER_SERVER = PARLEY_SERVER
};

struct scenario {
    const char *name;
    const char *options; /* of parley handshake */
    enum refuser refuser;
    enum alert_class alerts;
    uint32_t needs;                     /* PARLEY_CAP_* */
    struct handshake_options handshake; /* the options, read; |stacks| are NULL */
};

/* scenario_all returns all of them, and how many, in memory that lasts as long as the program. */
const struct scenario *scenario_all(size_t *count);

/* scenario_lacks returns NULL if |can| has what |scenario| asks of |role|, else what it lacks: one
 * or two words, in |why|. */
const char *scenario_lacks(const struct scenario *scenario, enum parley_role role,
                           const struct parley_capabilities *can, char why[80]);

/* scenario_alert_fits returns whether |alert| is of the class that |scenario| calls for. */
bool scenario_alert_fits(const struct scenario *scenario, unsigned alert);

#endif
