/* parley matrix: every cell in a child of its own, so that a stack that crashes or loops spoils one
 * cell only. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/matrix.h"

#define MAX_JOBS 64
#define IDLE_FACTOR 6 /* a child that sleeps is given that many times its processor time */
#define REPORT_MAX (1U << 20)

/* A child at work. */
struct job {
    struct cell *cell; /* NULL: none */
    pid_t pid;
    int fd;
    time_t deadline; /* on the monotonic clock */
    char *report;
    size_t len;
};

struct pool {
    struct job jobs[MAX_JOBS];
    size_t count;
    unsigned seconds;
    const struct parley_pki *pki;
};

static time_t now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* ---- In the child ---- */

/* send_report writes what became of |cell|. */
static void send_report(const struct cell *cell, int fd) {
    json_t *report =
        json_pack("{s:i, s:i, s:i, s:s, s:s}", "outcome", (int)cell->outcome, "who", cell->who,
                  "alert", (int)cell->alert, "detail", cell->detail != NULL ? cell->detail : "",
                  "ladder", cell->ladder != NULL ? cell->ladder : "");
    (void)json_dumpfd(report, fd, JSON_COMPACT);
    json_decref(report);
}

static void be_child(const struct pool *pool, struct cell *cell, int fd) {
    const struct rlimit limit = {pool->seconds, pool->seconds + 1};
    const struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CPU, &limit);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    /* What a stack or a sanitizer has to say goes the same way, in front of the report. */
    (void)dup2(fd, STDERR_FILENO);
    (void)dup2(fd, STDOUT_FILENO);
    cell_run(cell, pool->pki);
    send_report(cell, fd);
    _exit(0);
}

static bool start(struct pool *pool, struct job *job, struct cell *cell) {
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        be_child(pool, cell, ends[1]);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return false;
    }
    *job = (struct job){cell, pid, ends[0], now() + (time_t)(pool->seconds * IDLE_FACTOR), NULL, 0};
    return true;
}

/* ---- In the parent ---- */

static void say(struct cell *cell, enum parley_cell_outcome outcome, const char *what,
                const char *text) {
    char line[400];
    (void)snprintf(line, sizeof line, "%s%s%s", what, *text != '\0' ? ": " : "", text);
    cell->outcome = outcome;
    cell->detail = strdup(line);
}

/* first_line returns what the child printed first, for people. */
static const char *first_line(struct job *job) {
    char *text = job->report != NULL ? job->report : NULL;
    if (text == NULL) {
        return "";
    }
    while (*text == '\n' || *text == '=') {
        text++;
    }
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* take_report reads what the child wrote last; false: it did not come to that. */
static bool take_report(struct job *job) {
    struct cell *cell = job->cell;
    const char *start = job->report != NULL ? strstr(job->report, "{\"outcome\":") : NULL;
    json_t *report = start != NULL ? json_loads(start, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    const char *detail, *ladder;
    int outcome, alert;
    bool ok = report != NULL &&
              json_unpack(report, "{s:i, s:i, s:i, s:s, s:s}", "outcome", &outcome, "who",
                          &cell->who, "alert", &alert, "detail", &detail, "ladder", &ladder) == 0;
    if (ok) {
        cell->outcome = (enum parley_cell_outcome)outcome;
        cell->alert = (unsigned)alert;
        cell->detail = strdup(detail);
        cell->ladder = strdup(ladder);
    }
    json_decref(report);
    return ok;
}

static void finish(struct job *job, bool late) {
    struct cell *cell = job->cell;
    int status = 0;
    char what[40];
    while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) {
        say(cell, PARLEY_CELL_HUNG, "did not come to an end", "");
    } else if (WIFSIGNALED(status)) {
        (void)snprintf(what, sizeof what, "signal %d", WTERMSIG(status));
        say(cell, PARLEY_CELL_CRASHED, what, first_line(job));
    } else if (WEXITSTATUS(status) != 0) {
        (void)snprintf(what, sizeof what, "exit status %d", WEXITSTATUS(status));
        say(cell, PARLEY_CELL_CRASHED, what, first_line(job));
    } else if (!take_report(job)) {
        say(cell, PARLEY_CELL_CRASHED, "ended by itself", first_line(job));
    }
    (void)close(job->fd);
    free(job->report);
    job->cell = NULL;
}

/* read_some reads what is there; false at the end. */
static bool read_some(struct job *job) {
    char buffer[8192];
    ssize_t n = read(job->fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) {
        return true;
    }
    if (n <= 0) {
        return false;
    }
    char *report = job->len < REPORT_MAX ? realloc(job->report, job->len + (size_t)n + 1) : NULL;
    if (report != NULL) {
        memcpy(report + job->len, buffer, (size_t)n);
        job->len += (size_t)n;
        report[job->len] = '\0';
        job->report = report;
    }
    return true;
}

/* wait_for_some goes on until a child has ended; returns how many have. */
static size_t wait_for_some(struct pool *pool) {
    struct pollfd fds[MAX_JOBS];
    struct job *of[MAX_JOBS];
    nfds_t n = 0;
    size_t ended = 0;
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->jobs[i].cell != NULL) {
            fds[n] = (struct pollfd){pool->jobs[i].fd, POLLIN, 0};
            of[n++] = &pool->jobs[i];
        }
    }
    (void)poll(fds, n, 1000);
    for (nfds_t i = 0; i < n; i++) {
        bool late = now() > of[i]->deadline;
        if (late) {
            (void)kill(of[i]->pid, SIGKILL);
        }
        if (late || (fds[i].revents != 0 && !read_some(of[i]))) {
            finish(of[i], late);
            ended++;
        }
    }
    return ended;
}

bool matrix_pool(struct matrix *matrix, const struct parley_pki *pki, size_t jobs, unsigned seconds,
                 void (*progress)(const struct matrix *matrix, size_t done, size_t of)) {
    struct pool pool = {.count = jobs < MAX_JOBS ? jobs : MAX_JOBS, .seconds = seconds, .pki = pki};
    size_t next = 0, running = 0, done = 0;
    while (next < matrix->cell_count || running > 0) {
        for (size_t i = 0; i < pool.count && next < matrix->cell_count; i++) {
            while (next < matrix->cell_count &&
                   matrix->cells[next].outcome == PARLEY_CELL_UNSUPPORTED) {
                next++;
                done++;
            }
            if (pool.jobs[i].cell == NULL && next < matrix->cell_count) {
                if (!start(&pool, &pool.jobs[i], &matrix->cells[next++])) {
                    return false;
                }
                running++;
            }
        }
        if (running > 0) {
            size_t ended = wait_for_some(&pool);
            running -= ended;
            done += ended;
        }
        progress(matrix, done, matrix->cell_count);
    }
    return true;
}
