#include "cli/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool watch_open(struct watch *watch) {
    watch->ladders_fd = -1;
    if (watch->ladders != NULL) {
        watch->ladders_fd =
            open(watch->ladders, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, (mode_t)0666);
        if (watch->ladders_fd < 0) {
            cli_note("%s: %s", watch->ladders, strerror(errno));
            return false;
        }
    }
    return true;
}

/* ---- A connection ---- */

static void see(void *arg, const struct parley_event *event) {
    struct watched *c = arg;
    parley_ladder_event(&c->ladder, c->role, event);
}

static void take_secret(void *arg, const char *line) {
    struct watched *c = arg;
    if (c->recorded) {
        parley_keylog_line(&c->watch->keylog, line);
    }
    if (c->given->key_log != NULL) {
        c->given->key_log(c->given->key_log_arg, line);
    }
}

/* leave_out says once that the capture will lack something. */
static void leave_out(struct watch *watch) {
    if (!watch->full) {
        cli_note("%s: more than %zu MB or %d connections; the rest is left out", watch->pcap,
                 WATCH_BYTES_MAX >> 20, PARLEY_CAPTURE_MAX);
    }
    watch->full = true;
}

/* new_recording makes room for one more; false: it will not be kept. */
static bool new_recording(struct watch *watch) {
    if (watch->full || watch->count == PARLEY_CAPTURE_MAX) {
        leave_out(watch);
        return false;
    }
    if (watch->count == watch->capacity) {
        size_t capacity = 2 * watch->capacity + 4;
        struct parley_recording *larger =
            realloc(watch->recordings, capacity * sizeof(*watch->recordings));
        if (larger == NULL) {
            leave_out(watch);
            return false;
        }
        watch->recordings = larger;
        watch->capacity = capacity;
    }
    watch->recordings[watch->count++] = (struct parley_recording){0};
    return true;
}

const struct parley_config *watch_begin(struct watch *watch, struct watched *c,
                                        const struct parley_config *config, enum parley_role role,
                                        int64_t now_ms) {
    *c = (struct watched){.watch = watch, .given = config, .role = role};
    if (watch->pcap == NULL && watch->ladders == NULL) {
        return config;
    }
    c->config = *config;
    if (watch->ladders != NULL) {
        c->ladder.observed = 1U << role;
        c->config.hooks.observe = see;
        c->config.hooks.arg = c;
    }
    if (watch->pcap != NULL && new_recording(watch)) {
        c->recorded = true;
        c->recording = watch->count - 1;
        c->config.key_log = take_secret;
        c->config.key_log_arg = c;
        watch->begun_ms = watch->count == 1 ? now_ms : watch->begun_ms;
    }
    return &c->config;
}

void watch_bytes(struct watched *c, enum parley_role from, const uint8_t *data, size_t len) {
    struct watch *watch = c->watch;
    if (!c->recorded || watch->full) {
        return;
    }
    if (len > WATCH_BYTES_MAX - watch->bytes) {
        leave_out(watch);
        return;
    }
    watch->bytes += len;
    parley_recording_add(&watch->recordings[c->recording], from, (struct parley_bytes){data, len});
}

void watch_end(struct watched *c) {
    char *text = NULL;
    size_t len = 0;
    struct watch *watch = c->watch;
    if (watch->ladders == NULL || c->ladder.count == 0) {
        parley_ladder_free(&c->ladder);
        return;
    }
    FILE *out = open_memstream(&text, &len);
    if (out != NULL) {
        parley_ladder_print(out, &c->ladder, false);
        (void)fputc('\n', out);
        (void)fclose(out);
    }
    /* At once, so that another process can append to the same file. */
    if (out == NULL || write(watch->ladders_fd, text, len) != (ssize_t)len) {
        cli_note("%s: %s", watch->ladders, strerror(errno));
        watch->failed = true;
    }
    free(text);
    parley_ladder_free(&c->ladder);
}

/* ---- The end ---- */

static bool write_capture(const struct watch *watch) {
    char why[200];
    size_t kept = 0;
    /* Connections over which nothing ever went would be packets without bytes. */
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->recordings[i].length > 0) {
            struct parley_recording moved = watch->recordings[kept];
            watch->recordings[kept++] = watch->recordings[i];
            watch->recordings[i] = moved;
        }
    }
    if (kept == 0) {
        cli_note("%s: not written, no connection was made", watch->pcap);
        return true;
    }
    if (!parley_capture_write(watch->recordings, kept, watch->begun_ms, &watch->keylog, watch->pcap,
                              why)) {
        cli_note("%s", why);
        return false;
    }
    return true;
}

bool watch_close(struct watch *watch) {
    bool fine = (watch->pcap == NULL || write_capture(watch)) && !watch->failed;
    for (size_t i = 0; i < watch->count; i++) {
        parley_recording_free(&watch->recordings[i]);
    }
    free(watch->recordings);
    parley_keylog_free(&watch->keylog);
    if (watch->ladders != NULL && watch->ladders_fd >= 0) {
        (void)close(watch->ladders_fd);
    }
    *watch = (struct watch){.ladders_fd = -1};
    return fine;
}
