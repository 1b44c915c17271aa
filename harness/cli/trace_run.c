/* parley trace run: a trial, printed. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/trace.h"
#include "parley/judge.h"
#include "parley/report.h"
#include "parley/trial.h"

struct printer {
    const struct parley_trace *trace;
    struct parley_ladder ladder;
    struct parley_recording recording;
    const struct parley_trial_result *result;
    struct parley_trial *spare; /* for the judge */
};

static enum parley_role ours(const struct parley_trace *trace) {
    return trace->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
}

static void take_event(void *arg, const struct parley_event *event, const char *bends) {
    struct printer *p = arg;
    size_t before = p->ladder.count;
    parley_ladder_event(&p->ladder, ours(p->trace), event);
    if (bends != NULL && p->ladder.count > before) {
        parley_ladder_note(&p->ladder, bends);
    }
}

static void line(const char *name, const char *value) {
    printf("%-22s %s\n", name, value);
}

/* print_unapplied: an operation whose message was never sent, or whose field is not there. */
static void print_unapplied(const struct parley_trace *trace, size_t index, uint64_t applied) {
    const struct parley_trace_session *session = &trace->sessions[index];
    char text[400];
    for (size_t i = 0; i < session->operation_count; i++) {
        if ((applied >> i & 1) == 0) {
            (void)parley_trace_print_line(trace, &session->operations[i], text, sizeof text);
            line("had no effect", text);
        }
    }
}

static void print_end(const char *name, const struct parley_endpoint_outcome *o) {
    printf("%-22s %s", name, o->done ? "done" : o->failed ? "failed" : "waiting");
    if (o->done && o->version != 0) {
        printf(": %s, %s", parley_version_name(o->version), parley_suite_name(o->suite));
    }
    if (o->error != NULL) {
        printf(": %s", o->error);
    }
    putchar('\n');
}

/* print_verdicts: what the judge says, with the operation it is about. */
static void print_verdicts(const struct printer *p, size_t index) {
    struct parley_judgement verdicts[PARLEY_JUDGEMENTS_MAX];
    size_t count = parley_judge_again(p->spare, p->trace, index, p->result, verdicts);
    char text[300];
    for (size_t i = 0; i < count; i++) {
        const struct parley_judgement *v = &verdicts[i];
        text[0] = '\0';
        if (v->operation < PARLEY_TRACE_OPERATIONS) {
            (void)parley_trace_print_line(
                p->trace, &p->trace->sessions[index].operations[v->operation], text, sizeof text);
        }
        printf("%-22s %s: %s%s%s%s%s%s\n", "VERDICT", v->oracle, v->detail,
               *text != '\0' ? ": " : "", text, *v->section != '\0' ? " (" : "", v->section,
               *v->section != '\0' ? ")" : "");
    }
    if (count == 0) {
        line("verdict", "none");
    }
}

static void print_session(void *arg, size_t index, const struct parley_trial_session *session) {
    struct printer *p = arg;
    const struct parley_endpoint_outcome *ends = session->pipe.ends;
    char text[400];
    if (p->trace->session_count > 1) {
        printf("%sSession %zu\n\n", index > 0 ? "\n" : "", index + 1);
    }
    parley_ladder_print(stdout, &p->ladder, parley_colour_wanted(stdout));
    parley_ladder_clear(&p->ladder);
    putchar('\n');
    print_unapplied(p->trace, index, session->applied);
    (void)snprintf(text, sizeof text, "%s%s%s", parley_answer_name(session->answer),
                   session->alert != PARLEY_ALERT_NONE ? ", alert " : "",
                   session->alert != PARLEY_ALERT_NONE ? parley_alert_name(session->alert) : "");
    line("the stack's answer", text);
    print_end("the stack", &ends[p->trace->role]);
    print_end("our end", &ends[ours(p->trace)]);
    if (session->compared) {
        char names[200];
        (void)snprintf(
            text, sizeof text, "NO: %s",
            parley_disagreements_explain(session->pipe.disagreements, names, sizeof names));
        line("both ends agree", session->pipe.agreed ? "yes" : text);
    }
    line("outcome", parley_pipe_explain(&session->pipe, text, sizeof text));
    print_verdicts(p, index);
}

static void print_sha256(const struct parley_recording *recording) {
    uint8_t digest[32];
    char hex[65];
    parley_recording_sha256(recording, digest);
    parley_hex(digest, sizeof digest, hex);
    line("SHA-256 of all bytes", hex);
}

int trace_run(const struct parley_trace *trace) {
    static struct parley_trial_result result;
    struct printer printer = {
        .trace = trace, .ladder = {.observed = 1U << ours(trace)}, .result = &result};
    struct parley_trial_watch watch = {
        .arg = &printer, .event = take_event, .recording = &printer.recording};
    char why[200];
    bool unsupported = false;
    struct parley_pki *pki = parley_pki_new(1);
    struct parley_trial *trial = pki != NULL ? parley_trial_new(pki) : NULL;
    printer.spare = pki != NULL ? parley_trial_new(pki) : NULL;
    if (trial == NULL || printer.spare == NULL) {
        parley_trial_free(trial);
        parley_trial_free(printer.spare);
        parley_pki_free(pki);
        return cli_fail("out of memory");
    }
    bool ran =
        parley_trial_run(trial, trace, &watch, print_session, &printer, &result, why, &unsupported);
    if (ran) {
        print_sha256(&printer.recording);
    }
    parley_trial_free(trial);
    parley_trial_free(printer.spare);
    parley_pki_free(pki);
    parley_ladder_free(&printer.ladder);
    parley_recording_free(&printer.recording);
    return ran ? CLI_OK
               : cli_fail("%s%s", unsupported ? "the stack does not have that: " : "", why);
}
