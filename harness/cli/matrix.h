/* parley matrix: every client, every server, every scenario. */
#ifndef PARLEY_CLI_MATRIX_H
#define PARLEY_CLI_MATRIX_H

#include "cli/scenario.h"
#include "parley/cells.h"

#define MATRIX_MAX_STACKS 32

/* A stack that is in the matrix. */
struct matrix_stack {
    const char *name;
    const struct parley_stack *stack;
    struct parley_capabilities can;
};

/* One client with one server in one scenario. Strings are the cell's own, NULL where there is
 * nothing to say. */
struct cell {
    const struct matrix_stack *ends[2]; /* by role */
    const struct scenario *scenario;
    enum parley_cell_outcome outcome;
    int who;        /* the end that stopped, or did not support it; -1: neither */
    unsigned alert; /* the fatal one, or PARLEY_ALERT_NONE */
    char *detail;   /* one line */
    char *ladder;   /* the messages, a line each */
};

struct matrix {
    const char *clients, *servers; /* which stacks are in it: see parley_cells_fit */
    struct matrix_stack stacks[MATRIX_MAX_STACKS];
    size_t stack_count;
    struct cell *cells;
    size_t cell_count;
    bool complete; /* all there are, no part of them */
    double seconds;
};

/* cell_command writes the command that does it again. */
void cell_command(const struct cell *cell, char *out, size_t cap);

/* cell_run does what |cell| says in this process, and fills it in. The pool has a child call it. */
struct parley_pki;
void cell_run(struct cell *cell, const struct parley_pki *pki);

/* matrix_pool runs every cell that is not PARLEY_CELL_UNSUPPORTED in a child of its own, |jobs| at
 * once, and kills one that takes more than |seconds| of processor time. |progress| is called after
 * each. Returns false if the system lets it not. */
bool matrix_pool(struct matrix *matrix, const struct parley_pki *pki, size_t jobs, unsigned seconds,
                 void (*progress)(const struct matrix *matrix, size_t done, size_t of));

/* ---- Reports ---- */

/* matrix_json returns the report as jansson's object, with what |expectations| (may be NULL) say;
 * NULL if out of memory. */
struct json_t *matrix_json(const struct matrix *matrix, struct parley_expectations *expectations);

#endif
