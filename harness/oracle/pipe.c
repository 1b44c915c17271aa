/* What holds for every run of the pipe. */
#include "parley/oracle.h"

#include <string.h>

static struct parley_finding wrong(const char *oracle, const char *detail) {
    return (struct parley_finding){oracle, detail};
}

static bool other_bytes(struct parley_bytes mine, struct parley_bytes theirs) {
    return theirs.len != 0 &&
           (mine.len != theirs.len || memcmp(mine.data, theirs.data, mine.len) != 0);
}

/* Whether |behind|, which is not done, had negotiated something else than |done|. What it does not
 * know yet is 0, or false. */
static bool differs(const struct parley_endpoint_outcome *done,
                    const struct parley_endpoint_outcome *behind) {
    return (behind->version != 0 && behind->version != done->version) ||
           (behind->suite != 0 && behind->suite != done->suite) ||
           (behind->group != 0 && behind->group != done->group) ||
           (behind->sigalg_server != 0 && behind->sigalg_server != done->sigalg_server) ||
           (behind->resumed && !done->resumed) || (behind->hello_retry && !done->hello_retry) ||
           (behind->extended_master_secret && !done->extended_master_secret) ||
           other_bytes(done->alpn, behind->alpn) ||
           other_bytes(done->server_name, behind->server_name);
}

struct parley_finding parley_oracle_pipe(const struct parley_pipe_result *result,
                                         const struct parley_endpoint ends[2]) {
    struct parley_endpoint_outcome outcomes[2];
    if (result->verdict == PARLEY_VERDICT_BOUND) {
        return wrong("bound", "the two ends would go on forever");
    }
    if (result->verdict == PARLEY_VERDICT_CORRUPT) {
        return wrong("data", "application data came that was not sent");
    }
    for (int role = 0; role < 2; role++) {
        ends[role].stack->outcome(ends[role].connection, &outcomes[role]);
    }
    if (outcomes[PARLEY_CLIENT].done && outcomes[PARLEY_SERVER].done) {
        if (parley_pipe_compare(&ends[PARLEY_CLIENT], &ends[PARLEY_SERVER]) != 0) {
            return wrong("agree", "both are done and disagree");
        }
    } else {
        for (int role = 0; role < 2; role++) {
            if (outcomes[role].done && differs(&outcomes[role], &outcomes[1 - role])) {
                return wrong("agree", "one is done with something else than the other negotiated");
            }
        }
    }
    for (int role = 0; role < 2; role++) {
        unsigned status = ends[role].stack->status(ends[role].connection);
        if (outcomes[role].done && (status & PARLEY_PEER_CLOSED) != 0 &&
            result->phase != PARLEY_PHASE_CLOSE) {
            return wrong("closed", "a close_notify came that was not sent");
        }
    }
    return wrong(NULL, NULL);
}

struct parley_finding parley_oracle_same_run(const struct parley_run *whole,
                                             const struct parley_run *chunked) {
    const struct parley_pipe_result *a = &whole->result, *b = &chunked->result;
    if (a->verdict != b->verdict || a->phase != b->phase || a->who != b->who ||
        a->agreed != b->agreed || a->disagreements != b->disagreements) {
        return wrong("chunks", "what became of it depends on how the bytes are cut");
    }
    for (int role = 0; role < 2; role++) {
        if (a->sent[role] != b->sent[role] || a->received[role] != b->received[role] ||
            memcmp(whole->sha256[role], chunked->sha256[role], sizeof(whole->sha256[role])) != 0) {
            return wrong("chunks", "what was said depends on how the bytes are cut");
        }
    }
    return wrong(NULL, NULL);
}

static bool same_choices(const struct parley_endpoint_outcome *a,
                         const struct parley_endpoint_outcome *b) {
    return a->version == b->version && a->suite == b->suite && a->group == b->group &&
           a->sigalg_server == b->sigalg_server && a->resumed == b->resumed &&
           a->hello_retry == b->hello_retry && a->ech_accepted == b->ech_accepted &&
           a->early_data_accepted == b->early_data_accepted &&
           a->extended_master_secret == b->extended_master_secret &&
           a->encrypt_then_mac == b->encrypt_then_mac && a->alpn.len == b->alpn.len &&
           a->server_name.len == b->server_name.len;
}

struct parley_finding parley_oracle_same_choices(const struct parley_run *whole,
                                                 const struct parley_run *bent) {
    const struct parley_endpoint_outcome *a = whole->result.ends, *b = bent->result.ends;
    if (!b[PARLEY_CLIENT].done || !b[PARLEY_SERVER].done) {
        return wrong(NULL, NULL);
    }
    for (int role = 0; role < 2; role++) {
        if (!a[role].done || !same_choices(&a[role], &b[role])) {
            return wrong("choices", "somebody on the way decided what is negotiated");
        }
    }
    return wrong(NULL, NULL);
}
