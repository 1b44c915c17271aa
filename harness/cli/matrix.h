/* parley matrix: every client, every server, every scenario. */
#ifndef PARLEY_CLI_MATRIX_H
#define PARLEY_CLI_MATRIX_H

#include "cli/scenario.h"

#define MATRIX_MAX_STACKS 32

enum cell_outcome {
    CELL_OK,          /* it went as the scenario demands */
    CELL_FAILED,      /* it did not */
    CELL_DISAGREED,   /* it did, and the two ends mean different things by it */
    CELL_UNSUPPORTED, /* a stack does not have what it takes, and says so */
    CELL_CRASHED,
    CELL_HUNG,
    CELL_OUTCOMES,
};

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
    enum cell_outcome outcome;
    enum cell_outcome expected;
    const char *reason; /* why something else than ok is expected; borrowed */
    int who;            /* the end that stopped, or did not support it; -1: neither */
    unsigned alert;     /* the fatal one, or PARLEY_ALERT_NONE */
    char *detail;       /* one line */
    char *ladder;       /* the messages, a line each */
};

struct matrix {
    const char *clients, *servers; /* which stacks are in it: see matrix_fits */
    struct matrix_stack stacks[MATRIX_MAX_STACKS];
    size_t stack_count;
    struct cell *cells;
    size_t cell_count;
    double seconds;
};

const char *cell_outcome_name(enum cell_outcome outcome);

/* cell_outcome_by_name returns CELL_OUTCOMES if there is none. */
enum cell_outcome cell_outcome_by_name(const char *name);

/* cell_command writes the command that does it again. */
void cell_command(const struct cell *cell, char *out, size_t cap);

/* cell_run does what |cell| says in this process, and fills it in. The pool has a child call it. */
struct parley_pki;
void cell_run(struct cell *cell, const struct parley_pki *pki);

/* matrix_pool runs every cell that is not CELL_UNSUPPORTED in a child of its own, |jobs| at once,
 * and kills one that takes more than |seconds| of processor time. |progress| is called after each.
 * Returns false if the system lets it not. */
bool matrix_pool(struct matrix *matrix, const struct parley_pki *pki, size_t jobs, unsigned seconds,
                 void (*progress)(const struct matrix *matrix, size_t done, size_t of));

/* matrix_fits returns whether one of the shell patterns in |list|, with commas between them, fits
 * |name|; NULL fits everything. */
bool matrix_fits(const char *list, const char *name);

/* ---- What is expected ---- */

/* matrix_expect reads a file of lines
 *
 *     CLIENT SERVER SCENARIO OUTCOME REASON...
 *
 * the first three of them lists of patterns (see matrix_fits), and lays them over |matrix|: the
 * first line that fits a cell counts. Returns false, having said so, if the file cannot be read or
 * has a line that says nothing. If |complete|, lines that fit no cell, though
 * their stacks are there, are named, and counted in |*idle|. */
bool matrix_expect(struct matrix *matrix, const char *path, bool complete, size_t *idle);

/* ---- Reports ---- */

/* matrix_json returns the report as jansson's object. */
struct json_t *matrix_json(const struct matrix *matrix);

#endif
