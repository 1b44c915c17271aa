/* Verdicts, kept. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzzers/deep.h"
#include "fuzzers/fuzz.h"

#define KINDS_MAX 512
static uint64_t kinds[KINDS_MAX];

/* Kinds that did not hold when they were looked into, and how often they were seen since: it is not
 * worth while to look every time. */
static uint32_t doubts[4096];
static size_t kind_count;

static uint64_t add(uint64_t hash, const char *text) {
    do {
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    } while (*text++ != '\0');
    return hash;
}

/* operation_of returns the operation that the verdict is about, or NULL. */
static const struct parley_line *operation_of(const struct deep_verdict *v) {
    const struct parley_trace_session *session = &v->trace->sessions[v->session];
    return v->judgement.operation < session->operation_count
               ? &session->operations[v->judgement.operation]
               : NULL;
}

/* kind_of: what the oracle says, and about what; not with which bytes. */
static uint64_t kind_of(const struct deep_verdict *v) {
    const struct parley_line *line = operation_of(v);
    uint64_t hash = add(UINT64_C(0xcbf29ce484222325), v->judgement.oracle);
    hash = add(add(hash, v->judgement.detail), v->judgement.section);
    if (v->judgement.breach) {
        hash = add(hash, parley_messages[v->judgement.message].name);
    } else if (line != NULL) {
        char point[8];
        bool pointed = parley_line_rows[line->row].kind != PARLEY_LINE_KIND_CONNECTION;
        (void)snprintf(point, sizeof point, "%u",
                       pointed ? (unsigned)parley_point_of(&line->operands[0]).message : 0U);
        hash = add(add(hash, parley_line_rows[line->row].name), point);
    }
    return hash;
}

bool deep_is_new(const struct deep_verdict *verdict) {
    uint64_t kind = kind_of(verdict);
    uint32_t seen = doubts[kind % 4096] > 0 ? doubts[kind % 4096]++ : 0;
    if (seen > 0 && (seen & (seen - 1)) != 0) {
        return false;
    }
    for (size_t i = 0; i < kind_count; i++) {
        if (kinds[i] == kind) {
            return false;
        }
    }
    return kind_count < KINDS_MAX;
}

void deep_doubt(const struct deep_verdict *verdict) {
    uint32_t *seen = &doubts[kind_of(verdict) % 4096];
    *seen += *seen == 0;
}

/* ---- Written down ---- */

static size_t print_finding(const struct deep_verdict *v, char *text, size_t cap) {
    const struct parley_line *line = operation_of(v);
    char operation[600] = "";
    if (line != NULL) {
        (void)parley_trace_print_line(v->trace, line, operation, sizeof operation);
    }
    int len = snprintf(text, cap,
                       "# verdict %s\n# what %s\n# section %s\n# operation %s\n# session %zu\n"
                       "# execution %" PRIu64 "\n# seconds %.2f\n",
                       v->judgement.oracle, v->judgement.detail, v->judgement.section, operation,
                       v->session + 1, deep.counts.executions, deep_seconds());
    return (size_t)len + parley_trace_print(v->trace, text + len, cap - (size_t)len);
}

static void write_finding(const char *folder, uint64_t kind, const char *text, size_t len) {
    char name[4096], hidden[4096];
    (void)snprintf(name, sizeof name, "%s/%016" PRIx64 ".trace", folder, kind);
    (void)snprintf(hidden, sizeof hidden, "%s/.%016" PRIx64 ".new", folder, kind);
    FILE *file = fopen(hidden, "w");
    bool written = file != NULL && fwrite(text, 1, len, file) == len;
    if (file == NULL || fclose(file) != 0 || !written || rename(hidden, name) != 0) {
        (void)fprintf(stderr, "%s: %s\n", name, strerror(errno));
        _Exit(1);
    }
}

void deep_found(const struct deep_verdict *verdict, struct parley_bytes in) {
    static char text[DEEP_TEXT_MAX];
    const char *folder = getenv("PARLEY_DEEP_FINDINGS");
    size_t len = print_finding(verdict, text, sizeof text);
    len = len < sizeof text ? len : sizeof text - 1;
    uint64_t kind = kind_of(verdict);
    kinds[kind_count++] = kind;
    if (folder == NULL || folder[0] == '\0') {
        (void)fwrite(text, 1, len, stderr);
        fuzz_fail(verdict->judgement.oracle, verdict->judgement.detail, in);
        return;
    }
    write_finding(folder, kind, text, len);
    (void)fprintf(stderr, "verdict %s: %s (%s): %s/%016" PRIx64 ".trace\n",
                  verdict->judgement.oracle, verdict->judgement.detail, verdict->judgement.section,
                  folder, kind);
}
