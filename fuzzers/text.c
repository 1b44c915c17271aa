/* One notation of text.def: FUZZ_TEXT is its row. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/names.h"
#include "cli/session.h"
#include "fuzzers/fuzz.h"

#define INPUT_MAX 16384

struct hex {
    uint8_t bytes[INPUT_MAX];
    size_t len;
};

static union {
    struct parley_session session;
    struct hex hex;
    uint64_t number;
    struct cli_address address;
    uint16_t version;
    struct cli_codes codes;
    struct cli_protocols protocols;
    struct parley_drop drop;
} value;

static size_t lines; /* that were said */
static struct parley_bytes input;

/* ---- Readers ---- */

static bool parse_session(struct parley_bytes in, void *out) {
    return session_from_text("session", in, out);
}

static bool parse_hex(struct parley_bytes in, void *out) {
    struct hex *hex = out;
    memcpy(hex->bytes, in.data, in.len);
    hex->len = in.len;
    return cli_unhex_text(hex->bytes, &hex->len);
}

static bool parse_number(struct parley_bytes in, void *out) {
    return cli_number("number", (const char *)in.data, 0, UINT64_MAX, out);
}

static bool parse_address(struct parley_bytes in, void *out) {
    return cli_address_parse(out, (const char *)in.data);
}

static bool parse_version(struct parley_bytes in, void *out) {
    return cli_version("version", (const char *)in.data, out);
}

static bool parse_codes(struct parley_bytes in, enum cli_registry registry,
                        struct cli_codes *codes) {
    codes->count = 0;
    return cli_codes("names", registry, (const char *)in.data, codes);
}

static bool parse_suites(struct parley_bytes in, void *out) {
    return parse_codes(in, CLI_SUITES, out);
}

static bool parse_groups(struct parley_bytes in, void *out) {
    return parse_codes(in, CLI_GROUPS, out);
}

static bool parse_sigalgs(struct parley_bytes in, void *out) {
    return parse_codes(in, CLI_SIGALGS, out);
}

static bool parse_protocols(struct parley_bytes in, void *out) {
    struct cli_protocols *protocols = out;
    protocols->count = 0;
    return cli_protocols("protocols", (const char *)in.data, protocols);
}

static bool parse_drop(struct parley_bytes in, void *out) {
    return cli_drop("drop", (const char *)in.data, out);
}

/* ---- Writers ---- */

/* The length that snprintf returned, if the text fits. */
static size_t whole(int printed, size_t cap) {
    if (printed < 0 || (size_t)printed > cap) {
        abort();
    }
    return (size_t)printed;
}

static size_t print_session(const void *in, char *out, size_t cap) {
    size_t len = 0;
    char *text = session_to_text(in, &len);
    if (text == NULL || len > cap) {
        abort();
    }
    memcpy(out, text, len);
    free(text);
    return len;
}

static size_t print_hex(const void *in, char *out, size_t cap) {
    const struct hex *hex = in;
    if (2 * hex->len > cap) {
        abort();
    }
    cli_hex(out, (struct parley_bytes){hex->bytes, hex->len});
    return 2 * hex->len;
}

static size_t print_number(const void *in, char *out, size_t cap) {
    return whole(snprintf(out, cap, "%" PRIu64, *(const uint64_t *)in), cap);
}

static size_t print_address(const void *in, char *out, size_t cap) {
    const struct cli_address *address = in;
    bool colons = strchr(address->host, ':') != NULL;
    return whole(snprintf(out, cap, "%s%s%s:%s", colons ? "[" : "", address->host,
                          colons ? "]" : "", address->port),
                 cap);
}

static size_t print_version(const void *in, char *out, size_t cap) {
    const char *name = parley_version_name(*(const uint16_t *)in);
    return whole(snprintf(out, cap, "%s", name + strlen("TLS ")), cap);
}

/* Appends |name| to the list |out| of |len| bytes. */
static size_t append(char *out, size_t cap, size_t len, const char *name) {
    return len + whole(snprintf(out + len, cap - len, "%s%s", len > 0 ? "," : "", name), cap - len);
}

static size_t print_suites(const void *in, char *out, size_t cap) {
    const struct cli_codes *codes = in;
    size_t len = 0;
    for (size_t i = 0; i < codes->count; i++) {
        len = append(out, cap, len, parley_suite_find(codes->list[i])->name);
    }
    return len;
}

static size_t print_groups(const void *in, char *out, size_t cap) {
    const struct cli_codes *codes = in;
    size_t len = 0;
    for (size_t i = 0; i < codes->count; i++) {
        len = append(out, cap, len, parley_group_find(codes->list[i])->name);
    }
    return len;
}

static size_t print_sigalgs(const void *in, char *out, size_t cap) {
    const struct cli_codes *codes = in;
    size_t len = 0;
    for (size_t i = 0; i < codes->count; i++) {
        len = append(out, cap, len, parley_sigalg_find(codes->list[i])->name);
    }
    return len;
}

static size_t print_protocols(const void *in, char *out, size_t cap) {
    const struct cli_protocols *protocols = in;
    size_t len = 0;
    for (size_t i = 0; i < protocols->count; i++) {
        len = append(out, cap, len, protocols->list[i]);
    }
    return len;
}

/* The first message and its sender: what is dropped is named after what several rows share. */
static size_t print_drop(const void *in, char *out, size_t cap) {
    const struct parley_drop *drop = in;
    const char *sender = drop->senders == 1U << PARLEY_CLIENT   ? "client:"
                         : drop->senders == 1U << PARLEY_SERVER ? "server:"
                                                                : "";
    int message = 0;
    while ((drop->messages >> message & 1) == 0) {
        message++;
    }
    return whole(snprintf(out, cap, "%s%s", sender, parley_messages[message].name), cap);
}

/* ---- The target ---- */

static size_t said(void) {
    return lines;
}

static void count_line(const char *line) {
    lines++;
    for (const char *c = line; *c != 0; c++) {
        if ((unsigned char)*c < ' ') {
            fuzz_fail("line", "what is said has a control character in it", input);
        }
    }
}

enum {
#define TEXT(name, kind) TEXT_##name,
#include "fuzzers/text.def"
#undef TEXT
};

static const struct {
    enum { KIND_ARGUMENT, KIND_FILE } kind;
    struct parley_text text;
} rows[] = {
#define TEXT(name, kind) {KIND_##kind, {#name, &value, parse_##name, print_##name, said}},
#include "fuzzers/text.def"
#undef TEXT
};

static void start(void) {
    cli_say_to(count_line);
}

static void run(struct parley_bytes in) {
    static char copy[INPUT_MAX + 1];
    if (in.len > INPUT_MAX || (rows[FUZZ_TEXT].kind == KIND_ARGUMENT && in.len > 0 &&
                               memchr(in.data, 0, in.len) != NULL)) {
        return;
    }
    if (in.len > 0) {
        memcpy(copy, in.data, in.len);
    }
    copy[in.len] = 0;
    input = in;
    parley_oracle_demand(parley_oracle_text(&rows[FUZZ_TEXT].text,
                                            (struct parley_bytes){(const uint8_t *)copy, in.len}),
                         fuzz_target.name, in);
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, start, run};
