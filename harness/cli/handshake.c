/* parley handshake: one handshake in memory, shown. */
#include "cli/handshake.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <openssl/sha.h>

/* all_sha256: over the bytes of every connection, in order. */
static void all_sha256(const struct handshake *h, size_t connections, char hex[65]) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX sha;
    SHA256_Init(&sha);
    for (size_t i = 0; i < connections; i++) {
        const struct parley_recording *recording = &handshake_recordings(h)[i];
        SHA256_Update(&sha, recording->bytes, recording->length);
    }
    SHA256_Final(digest, &sha);
    parley_hex(digest, sizeof digest, hex);
}

/* One run on its way to its report. */
struct report {
    const struct handshake_options *options;
    json_t *connections;
    size_t ran;
    bool ok;
    char why[400];
};

/* run_connections runs them in order up to the first that is not as it should be. */
static void run_connections(struct report *report, struct handshake *h) {
    size_t wanted = handshake_connections(report->options);
    report->ok = true;
    for (size_t i = 0; i < wanted && report->ok; i++) {
        struct parley_pipe_result result;
        report->ok = handshake_connect(h, i, &result, report->why);
        report->ran++;
        if (report->options->json) {
            json_array_append_new(
                report->connections,
                parley_json_result(&result, handshake_ladder(h), &handshake_recordings(h)[i]));
        } else {
            handshake_print(stdout, h, i, &result);
        }
    }
}

/* leave_files writes the key log and the capture, also of a handshake that failed. */
static bool leave_files(const struct report *report, const struct handshake *h) {
    char why[200];
    const struct handshake_options *o = report->options;
    if (o->keylog != NULL && !parley_keylog_write(handshake_keylog(h), o->keylog, why)) {
        cli_note("%s", why);
        return false;
    }
    if (o->pcap != NULL &&
        !parley_capture_write(handshake_recordings(h), report->ran, handshake_time(),
                              handshake_keylog(h), o->pcap, why)) {
        cli_note("%s", why);
        return false;
    }
    return true;
}

static json_t *stack_json(const struct handshake *h, enum parley_role role) {
    const char *name;
    const struct parley_stack *stack = handshake_stack(h, role, &name);
    return json_pack("{s:s, s:s}", "name", name, "version", stack->version());
}

static void print_json(const struct report *report, const struct handshake *h, const char *sha256) {
    json_t *out = json_pack("{s:b, s:o, s:I, s:s, s:{s:o, s:o}, s:O}", "ok", report->ok, "failure",
                            report->ok ? json_null() : json_string(report->why), "seed",
                            (json_int_t)report->options->seed, "sha256", sha256, "stacks", "client",
                            stack_json(h, PARLEY_CLIENT), "server", stack_json(h, PARLEY_SERVER),
                            "connections", report->connections);
    (void)json_dumpf(out, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(out);
}

static int show(const struct handshake_options *options, struct handshake *h) {
    struct report report = {.options = options, .connections = json_array()};
    char sha256[65];
    run_connections(&report, h);
    all_sha256(h, report.ran, sha256);
    if (options->json) {
        print_json(&report, h, sha256);
    } else {
        printf("%-22s %s\n", "SHA-256 of all bytes", sha256);
    }
    json_decref(report.connections);
    bool files = leave_files(&report, h);
    (void)fflush(stdout);
    if (!report.ok) {
        return cli_fail("%s", report.why);
    }
    return files ? CLI_OK : CLI_FAILED;
}

int cli_handshake(int argc, char **argv) {
    struct handshake_options options;
    char why[200];
    int status = handshake_options_read(&options, argc, argv);
    if (status != CLI_OK) {
        return status == CLI_STOP ? CLI_OK : status;
    }
    if (options.all) {
        return handshake_all(&options);
    }
    struct parley_pki *pki = parley_pki_new(options.seed);
    if (pki == NULL) {
        return cli_fail("out of memory");
    }
    struct handshake *h = handshake_new(&options, pki, why, NULL);
    status = h != NULL ? show(&options, h) : cli_fail("%s", why);
    handshake_free(h);
    parley_pki_free(pki);
    return status;
}
