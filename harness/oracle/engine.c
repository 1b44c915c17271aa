/* What holds for every engine, at any time. */
#include "parley/oracle.h"

static struct parley_finding wrong(const char *oracle, const char *detail) {
    return (struct parley_finding){oracle, detail};
}

struct parley_finding parley_oracle_outcome(unsigned status, const struct parley_outcome *outcome,
                                            const struct parley_config *config,
                                            enum parley_role role) {
    bool failed = (status & PARLEY_FAILED) != 0;
    if (failed != (outcome->error != PARLEY_OK)) {
        return wrong("status", "PARLEY_FAILED without an error, or an error without it");
    }
    if (outcome->done && (outcome->version == 0 || outcome->suite == 0)) {
        return wrong("status", "done without a version or a suite");
    }
    if (failed && (status & (PARLEY_WANTS_INPUT | PARLEY_CAN_WRITE)) != 0) {
        return wrong("status", "failed, but wants input or can write");
    }
    bool judged = config->judge_client_hello != NULL || config->judge_certificate != NULL ||
                  config->judge_credential != NULL || config->judge_ocsp != NULL ||
                  config->judge_stapling != NULL;
    if (outcome->alert_sent != PARLEY_ALERT_NONE && !judged &&
        outcome->error != PARLEY_ERR_aborted &&
        outcome->alert_sent != (unsigned)parley_error_alert(outcome->error)) {
        return wrong("alert", "what was sent is not the error's alert");
    }
    bool keyed = config->psk_count != 0 || config->psk12 != NULL;
    if (role == PARLEY_CLIENT && config->trust != NULL && !keyed && !judged && !config->tolerant &&
        outcome->done && !outcome->peer_verified) {
        return wrong("peer", "done with a server that nothing vouches for");
    }
    return wrong(NULL, NULL);
}

struct parley_finding parley_oracle_engine(const struct parley_engine *engine,
                                           const struct parley_config *config,
                                           enum parley_role role) {
    struct parley_outcome outcome;
    parley_engine_outcome(engine, &outcome);
    return parley_oracle_outcome(parley_engine_status(engine), &outcome, config, role);
}
