/* What tests of trials and of the judge share: a trial, a trace, what came of it, and what is said about it. */
#ifndef PARLEY_TESTS_SUPPORT_JUDGING_H
#define PARLEY_TESTS_SUPPORT_JUDGING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "parley/judge.h"

extern struct parley_pki *pki;
extern struct parley_trial *trial;
extern struct parley_trace trace;
extern struct parley_trial_result result;
extern struct parley_judgement verdicts[PARLEY_JUDGEMENTS_MAX];

/* For cmocka's groups. */
int judging_set_up(void **state);
int judging_tear_down(void **state);

/* judging_parse makes |trace| the text; judging_run runs it; judging_seen judges its last session
 * and writes the names of the oracles, a blank behind each. They fail the test if they cannot. */
void judging_parse(const char *text);
void judging_run(void);
void judging_seen(char out[64]);

/* How traces begin: the stack's role and the version. */
#define S13 "role server\nsession\nversions 1.3\n"
#define C13 "role client\nsession\nversions 1.3\n"
#define S12 "role server\nsession\nversions 1.2\n"
#define C12 "role client\nsession\nversions 1.2\n"

#define EARLY13(role, more)                                                                        \
    "role " role                                                                                   \
    "\nsession\nversions 1.3\nearly_data 0\nsession\nversions 1.3\nearly_data 9\nresume\n" more

#endif
