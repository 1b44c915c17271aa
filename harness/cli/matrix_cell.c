/* parley matrix: one cell, done and judged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/matrix.h"

void cell_command(const struct cell *cell, char *out, size_t cap) {
    (void)snprintf(out, cap, "parley handshake --client %s --server %s %s",
                   cell->ends[PARLEY_CLIENT]->name, cell->ends[PARLEY_SERVER]->name,
                   cell->scenario->options);
}

static void say(struct cell *cell, enum parley_cell_outcome outcome, const char *detail) {
    cell->outcome = outcome;
    free(cell->detail);
    cell->detail = strdup(detail);
}

/* fatal_alert: what the end that stopped says it sent, or what the other one says it got. */
static unsigned fatal_alert(const struct parley_pipe_result *r, enum parley_role who) {
    unsigned sent = r->ends[who].alert_sent;
    return sent != PARLEY_ALERT_NONE ? sent : r->ends[1 - who].alert_received;
}

/* who_refused returns the end that would not go on: an end that only got an alert did not. */
static int who_refused(const struct parley_pipe_result *r) {
    if (r->verdict != PARLEY_VERDICT_FAILED) {
        return -1;
    }
    const struct parley_endpoint_outcome *first = &r->ends[r->who];
    bool told =
        first->alert_received != PARLEY_ALERT_NONE && first->alert_sent == PARLEY_ALERT_NONE;
    return told ? 1 - (int)r->who : (int)r->who;
}

/* judge_refusal: the right end must have refused, for the right reason. */
static void judge_refusal(struct cell *cell, const struct parley_pipe_result *r, const char *why) {
    char text[600];
    const struct scenario *scenario = cell->scenario;
    if (r->verdict == PARLEY_VERDICT_COMPLETE) {
        say(cell, PARLEY_CELL_FAILED, "completed, though it must not");
    } else if (cell->who != (int)scenario->refuser) {
        (void)snprintf(text, sizeof text, "the %s should have refused: %s",
                       parley_role_name((enum parley_role)scenario->refuser), why);
        say(cell, PARLEY_CELL_FAILED, text);
    } else if (cell->alert == PARLEY_ALERT_NONE || !scenario_alert_fits(scenario, cell->alert)) {
        (void)snprintf(text, sizeof text, "another alert should have been sent: %s", why);
        say(cell, PARLEY_CELL_FAILED, text);
    } else {
        say(cell, PARLEY_CELL_OK, why);
    }
}

static void judge(struct cell *cell, const struct parley_pipe_result *r, bool ok, const char *why) {
    cell->who = who_refused(r);
    cell->alert = cell->who >= 0 ? fatal_alert(r, (enum parley_role)cell->who) : PARLEY_ALERT_NONE;
    if (cell->scenario->refuser != REFUSER_NOBODY) {
        judge_refusal(cell, r, why);
    } else if (ok) {
        say(cell, PARLEY_CELL_OK, "");
    } else {
        bool disagreed = r->verdict == PARLEY_VERDICT_COMPLETE && !r->agreed;
        say(cell, disagreed ? PARLEY_CELL_DISAGREED : PARLEY_CELL_FAILED, why);
    }
}

/* draw keeps the ladder as text. */
static void draw(struct cell *cell, const struct handshake *h) {
    size_t len;
    FILE *text = open_memstream(&cell->ladder, &len);
    if (text != NULL) {
        parley_ladder_print(text, handshake_ladder(h), false);
        (void)fclose(text);
    }
}

void cell_run(struct cell *cell, const struct parley_pki *pki) {
    char why[400] = "";
    struct handshake_options options = cell->scenario->handshake;
    for (int role = 0; role < 2; role++) {
        options.stacks[role] = cell->ends[role]->name;
    }
    struct handshake *h = handshake_new(&options, pki, why, &cell->who);
    if (h == NULL) {
        say(cell, cell->who >= 0 ? PARLEY_CELL_UNSUPPORTED : PARLEY_CELL_FAILED, why);
        return;
    }
    struct parley_pipe_result result = {.verdict = PARLEY_VERDICT_REFUSED};
    bool ok = true;
    for (size_t i = 0; ok && i < handshake_connections(&options); i++) {
        ok = handshake_connect(h, i, &result, why);
    }
    judge(cell, &result, ok, why);
    draw(cell, h);
    handshake_free(h);
}
