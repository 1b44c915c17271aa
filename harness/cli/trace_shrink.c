/* parley trace shrink: the smallest trace that the stack answers in the same way, or for which a
 * command succeeds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/trace.h"
#include "parley/judge.h"

/* What must stay: a verdict, or, where there is none, what the stack answered in the last session.
 */
struct finding {
    bool ran;
    struct parley_judgement verdict; /* |oracle| NULL: there is none */
    enum parley_trace_row row;       /* of the operation it is about, PARLEY_LINES: none */
    uint8_t message;                 /* that this one is about */
    enum parley_answer answer;
    unsigned alert;
};

struct shrinking {
    const struct trace_options *options;
    struct parley_trial *trial;
    struct finding wanted;
    bool loosely;   /* what the verdict is about may be said in other words */
    uint64_t tries; /* that are left */
    char file[256]; /* for the command */
};

/* ---- What the stack does ---- */

static void take_verdict(struct finding *found, const struct parley_trace *trace, size_t session,
                         const struct parley_judgement *verdict) {
    found->verdict = *verdict;
    found->row = PARLEY_LINES;
    found->message = PARLEY_POINT_ANY;
    if (verdict->operation < PARLEY_TRACE_OPERATIONS) {
        const struct parley_line *line = &trace->sessions[session].operations[verdict->operation];
        enum parley_operand_kind first = parley_line_rows[line->row].operands[0];
        found->row = (enum parley_trace_row)line->row;
        if (first == PARLEY_OPERAND_POINT || first == PARLEY_OPERAND_PLACE) {
            found->message = parley_point_of(&line->operands[0]).message;
        }
    }
}

/* is_same: of two verdicts, where |wanted| may leave open which message it is about; and |loosely|
 * which operation, and the section that says so. */
static bool is_same(const struct finding *found, const struct finding *wanted, bool loosely) {
    return strcmp(found->verdict.oracle, wanted->verdict.oracle) == 0 &&
           strcmp(found->verdict.detail, wanted->verdict.detail) == 0 &&
           found->verdict.breach == wanted->verdict.breach &&
           (wanted->verdict.breach
                ? found->verdict.message == wanted->verdict.message
                : (loosely || (strcmp(found->verdict.section, wanted->verdict.section) == 0 &&
                               found->row == wanted->row)) &&
                      (wanted->message == PARLEY_POINT_ANY || found->message == wanted->message));
}

/* look runs |trace|, and finds the first verdict that is |wanted|, or, where that is NULL, of the
 * oracle that was asked for, if one was. */
static struct finding look(const struct shrinking *s, const struct parley_trace *trace,
                           const struct finding *wanted, char why[200]) {
    const char *oracle = s->options->verdict;
    static struct parley_trial_result result;
    struct parley_judgement verdicts[PARLEY_JUDGEMENTS_MAX];
    struct finding found = {
        .ran = parley_trial_run(s->trial, trace, NULL, NULL, NULL, &result, why, NULL)};
    for (size_t i = 0; i < result.session_count; i++) {
        size_t count = parley_judge_again(s->trial, trace, i, &result, verdicts);
        for (size_t j = 0; j < count; j++) {
            struct finding next = found;
            take_verdict(&next, trace, i, &verdicts[j]);
            if (found.verdict.oracle == NULL &&
                (wanted != NULL   ? is_same(&next, wanted, s->loosely)
                 : oracle != NULL ? strcmp(verdicts[j].oracle, oracle) == 0
                                  : true)) {
                found = next;
            }
        }
    }
    if (result.session_count > 0) {
        found.answer = result.sessions[result.session_count - 1].answer;
        found.alert = result.sessions[result.session_count - 1].alert;
    }
    return found;
}

static bool keeps_answer(void *arg, const struct parley_trace *trace) {
    struct shrinking *s = arg;
    char why[200];
    if (s->tries == 0) {
        return false;
    }
    s->tries--;
    bool verdict = s->wanted.verdict.oracle != NULL;
    struct finding found = look(s, trace, verdict ? &s->wanted : NULL, why);
    return found.ran && (found.verdict.oracle != NULL) == verdict &&
           (verdict || (found.answer == s->wanted.answer && found.alert == s->wanted.alert));
}

static int shrink_answer(struct shrinking *s, struct parley_trace *trace,
                         struct parley_trace *room) {
    char why[200];
    const char *oracle = s->options->verdict;
    s->wanted = look(s, trace, NULL, why);
    if (!s->wanted.ran) {
        return cli_fail("%s", why);
    }
    if (oracle != NULL && s->wanted.verdict.oracle == NULL) {
        return cli_fail("%s: no verdict %s", s->options->file, oracle);
    }
    (void)parley_trace_shrink(trace, room, keeps_answer, s);
    s->loosely = true;
    if (parley_trial_spell(s->trial, trace, room, keeps_answer, s) > 0) {
        s->loosely = false;
        s->wanted = look(s, trace, NULL, why);
        (void)parley_trace_shrink(trace, room, keeps_answer, s);
    }
    return CLI_OK;
}

/* ---- What a command says ---- */

static bool write_candidate(const struct shrinking *s, const struct parley_trace *trace) {
    static char text[TRACE_TEXT_MAX];
    size_t len = parley_trace_print(trace, text, sizeof text);
    return len < sizeof text && cli_write_file(s->file, 0600, text, len);
}

static bool keeps_success(void *arg, const struct parley_trace *trace) {
    struct shrinking *s = arg;
    if (s->tries == 0 || !write_candidate(s, trace)) {
        return false;
    }
    s->tries--;
    /* The file is $1 of a shell that runs what the user says. */
    pid_t pid = fork();
    if (pid == 0) {
        char command[4096];
        int n = snprintf(command, sizeof command, "%s \"$1\"", s->options->command);
        if (n > 0 && n < (int)sizeof command && freopen("/dev/null", "w", stdout) != NULL &&
            freopen("/dev/null", "w", stderr) != NULL) {
            (void)execl("/bin/sh", "sh", "-c", command, "parley", s->file, (char *)NULL);
        }
        _exit(127);
    }
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int shrink_success(struct shrinking *s, struct parley_trace *trace,
                          struct parley_trace *room) {
    const char *folder = getenv("TMPDIR");
    (void)snprintf(s->file, sizeof s->file, "%.200s/parley-trace.XXXXXX",
                   folder != NULL && *folder != '\0' ? folder : "/tmp");
    int fd = mkstemp(s->file);
    if (fd < 0) {
        return cli_fail("%s: %s", s->file, strerror(errno));
    }
    (void)close(fd);
    int status = CLI_OK;
    if (!keeps_success(s, trace)) {
        status =
            cli_fail("%s: '%s' does not succeed for it", s->options->file, s->options->command);
    } else {
        (void)parley_trace_shrink(trace, room, keeps_success, s);
    }
    (void)unlink(s->file);
    return status;
}

int trace_shrink(const struct trace_options *options, struct parley_trace *trace) {
    static struct parley_trace room;
    struct shrinking s = {.options = options, .tries = options->tries};
    if (options->command != NULL) {
        return shrink_success(&s, trace, &room);
    }
    struct parley_pki *pki = parley_pki_new(1);
    s.trial = pki != NULL ? parley_trial_new(pki) : NULL;
    int status = s.trial != NULL ? shrink_answer(&s, trace, &room) : cli_fail("out of memory");
    parley_trial_free(s.trial);
    parley_pki_free(pki);
    return status;
}
