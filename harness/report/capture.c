/* Captures: recorded connections as a pcapng file with their secrets inside, made by Wireshark's
 * own tools: a hexdump, text2pcap puts TCP headers before it, editcap puts the key log in. */
#include "parley/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "report/output.h"

#define SEGMENT 16384 /* longest packet: an IPv4 packet has 65,535 bytes at most */
#define FIRST_PORT 40000
#define CANNOT_RUN 127

/* ---- The hexdump ---- */

/* write_packet writes one packet with its direction and time. text2pcap takes the first port of -T
 * as the source of what is inbound. */
static void write_packet(FILE *out, enum parley_role from, const uint8_t *bytes, size_t len,
                         int64_t us) {
    static const char digits[] = "0123456789abcdef";
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;
    char stamp[32] = "";
    if (gmtime_r(&seconds, &tm) != NULL) {
        (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
    }
    fprintf(out, "%c %s.%06dZ\n", from == PARLEY_CLIENT ? 'I' : 'O', stamp, (int)(us % 1000000));
    for (size_t i = 0; i < len; i++) {
        if (i % 16 == 0) {
            fprintf(out, "%s%06zx", i > 0 ? "\n" : "", i);
        }
        fputc(' ', out);
        fputc(digits[bytes[i] >> 4], out);
        fputc(digits[bytes[i] & 15], out);
    }
    fprintf(out, "\n%06zx\n", len);
}

/* dump writes |recording| as |dir|/|name|, its packets a microsecond apart from |*us| on. */
static bool dump(const struct parley_recording *recording, const char *dir, const char *name,
                 int64_t *us, char why[OUTPUT_WHY_MAX]) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) {
        (void)snprintf(why, OUTPUT_WHY_MAX, "cannot write a capture: out of memory");
        return false;
    }
    for (size_t i = 0; i < recording->flight_count; i++) {
        const struct parley_flight *flight = &recording->flights[i];
        for (size_t at = 0; at < flight->length; at += SEGMENT) {
            size_t n = flight->length - at < SEGMENT ? flight->length - at : SEGMENT;
            write_packet(out, flight->from, recording->bytes + flight->offset + at, n, (*us)++);
        }
    }
    bool ok = fclose(out) == 0;
    if (!ok) {
        (void)snprintf(why, OUTPUT_WHY_MAX, "cannot write a capture: out of memory");
    }
    ok = ok && output_write(dir, name, text, len, why);
    free(text);
    return ok;
}

/* ---- Wireshark's tools ---- */

/* become is the child: runs |argv| in |dir|, what it says going to the file "said" there. */
static void become(const char *dir, char *const argv[]) {
    int in = open("/dev/null", O_RDONLY);
    if (chdir(dir) != 0 || in < 0) {
        _exit(CANNOT_RUN - 1);
    }
    int out = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) {
        _exit(CANNOT_RUN - 1);
    }
    execvp(argv[0], argv);
    _exit(errno == ENOENT ? CANNOT_RUN : CANNOT_RUN - 1);
}

/* said copies the first line that a tool wrote. */
static void said(const char *dir, char *out, size_t cap) {
    char path[OUTPUT_PATH_MAX + 8];
    (void)snprintf(path, sizeof path, "%s/said", dir);
    out[0] = '\0';
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return;
    }
    if (fgets(out, (int)cap, file) == NULL) {
        out[0] = '\0';
    }
    out[strcspn(out, "\n")] = '\0';
    (void)fclose(file);
}

/* run runs a tool in |dir| and waits for it; its arguments are ours, no shell and no name given by
 * a user is between. */
static bool run(const char *dir, char *const argv[], char why[OUTPUT_WHY_MAX]) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        become(dir, argv);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            child = -1;
        }
    }
    if (child < 0) {
        (void)snprintf(why, OUTPUT_WHY_MAX, "cannot run %s: %s", argv[0], strerror(errno));
        return false;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RUN) {
        (void)snprintf(why, OUTPUT_WHY_MAX,
                       "captures need %s: install Wireshark's command line tools (Debian, Ubuntu: "
                       "apt-get install wireshark-common)",
                       argv[0]);
        return false;
    }
    char line[120];
    said(dir, line, sizeof line);
    (void)snprintf(why, OUTPUT_WHY_MAX, "%s failed: %s", argv[0], line);
    return false;
}

/* A command line in memory of its own: execvp wants its words writable. */
#define ARGUMENTS (PARLEY_CAPTURE_MAX + 8)
struct command {
    char words[ARGUMENTS][40];
    char *argv[ARGUMENTS + 1];
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void word(struct command *command, const char *format,
                                                       ...) {
    if (command->count == ARGUMENTS) {
        return;
    }
    char *out = command->words[command->count];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(out, sizeof command->words[0], format, args);
    va_end(args);
    command->argv[command->count++] = out;
    command->argv[command->count] = NULL;
}

static bool convert(const char *dir, size_t index, char why[OUTPUT_WHY_MAX]) {
    struct command c = {.count = 0};
    word(&c, "text2pcap");
    word(&c, "-q");
    word(&c, "-D");
    word(&c, "-t");
    word(&c, "ISO");
    word(&c, "-T");
    word(&c, "%zu,443", FIRST_PORT + index);
    word(&c, "%zu.txt", index);
    word(&c, "%zu.pcapng", index);
    return run(dir, c.argv, why);
}

/* merge puts the connections one behind the other into all.pcapng. */
static bool merge(const char *dir, size_t count, char why[OUTPUT_WHY_MAX]) {
    struct command c = {.count = 0};
    word(&c, "mergecap");
    word(&c, "-a");
    word(&c, "-w");
    word(&c, "all.pcapng");
    for (size_t i = 0; i < count; i++) {
        word(&c, "%zu.pcapng", i);
    }
    return run(dir, c.argv, why);
}

static bool inject(const char *dir, size_t count, const struct parley_keylog *keylog,
                   char why[OUTPUT_WHY_MAX]) {
    const char *from = count == 1 ? "0.pcapng" : "all.pcapng";
    struct command c = {.count = 0};
    word(&c, "editcap");
    if (keylog != NULL && keylog->length > 0) {
        if (!output_write(dir, "keys", keylog->text, keylog->length, why)) {
            return false;
        }
        word(&c, "--inject-secrets");
        word(&c, "tls,keys");
    }
    word(&c, "%s", from);
    word(&c, "final.pcapng");
    return run(dir, c.argv, why);
}

static bool make(const struct parley_recording *connections, size_t count, int64_t now_ms,
                 const struct parley_keylog *keylog, const char *dir, char why[OUTPUT_WHY_MAX]) {
    int64_t us = now_ms * 1000;
    for (size_t i = 0; i < count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%zu.txt", i);
        if (!dump(&connections[i], dir, name, &us, why) || !convert(dir, i, why)) {
            return false;
        }
    }
    return (count == 1 || merge(dir, count, why)) && inject(dir, count, keylog, why);
}

bool parley_capture_write(const struct parley_recording *connections, size_t count, int64_t now_ms,
                          const struct parley_keylog *keylog, const char *path, char why[200]) {
    char dir[OUTPUT_PATH_MAX];
    if (count == 0 || count > PARLEY_CAPTURE_MAX) {
        (void)snprintf(why, OUTPUT_WHY_MAX, "a capture takes 1 to %d connections",
                       PARLEY_CAPTURE_MAX);
        return false;
    }
    if (!output_workspace(path, dir, why)) {
        return false;
    }
    bool ok = make(connections, count, now_ms, keylog, dir, why) &&
              output_commit(dir, "final.pcapng", path, why);
    output_remove(dir);
    return ok;
}
