/* The words of traces: rows by name, and the names that numbers go by. */
#include <stdlib.h>
#include <string.h>

#include "parley/bend.h"
#include "parley/pki.h"
#include "script/trace.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct parley_line_row parley_line_rows[PARLEY_LINES] = {
#define LINE(name, kind, a, b, c, d, about, rfc)                                                   \
    {#name,                                                                                        \
     PARLEY_LINE_KIND_##kind,                                                                      \
     {PARLEY_OPERAND_##a, PARLEY_OPERAND_##b, PARLEY_OPERAND_##c, PARLEY_OPERAND_##d},             \
     (about),                                                                                      \
     (rfc)},
#include "tables/operations.def"
#undef LINE
};

_Static_assert(PARLEY_LINES <= 256, "a row is a byte of a binary trace");

size_t trace_operand_count(const struct parley_line_row *row) {
    size_t count = 0;
    while (count < PARLEY_OPERANDS_MAX && row->operands[count] != PARLEY_OPERAND_NONE) {
        count++;
    }
    return count;
}

enum parley_trace_row trace_row_by_name(const char *name) {
    for (unsigned i = 0; i < PARLEY_LINES; i++) {
        if (strcmp(parley_line_rows[i].name, name) == 0) {
            return (enum parley_trace_row)i;
        }
    }
    return PARLEY_LINES;
}

bool trace_is_list(enum parley_operand_kind kind) {
    return kind >= PARLEY_OPERAND_VERSIONS && kind <= PARLEY_OPERAND_SIGALGS;
}

/* ---- Names ---- */

static const char *role_name(uint64_t n) {
    return n == PARLEY_CLIENT ? "client" : "server";
}

static const char *auth_name(uint64_t n) {
    static const char *const names[] = {"none", "request", "require"};
    return names[n];
}

static const char *entry_name(uint64_t n) {
    return n == 0 ? "none" : parley_pki_name((size_t)n - 1);
}

static const char *message_name(uint64_t n) {
    return parley_messages[n].name;
}

static const char *keys_name(uint64_t n) {
    static const char *const names[PARLEY_KEYS_COUNT] = {
        "current", "clear", "early", "handshake", "application", "peer", "former", "zero"};
    return names[n];
}

static const char *share_name(uint64_t n) {
    static const char *const names[PARLEY_BAD_SHARES] = {
        "zero", "one", "low_order", "off_curve", "infinity", "compressed", "short", "empty"};
    return names[n];
}

static const char *premaster_name(uint64_t n) {
    static const char *const names[PARLEY_BAD_PREMASTERS] = {
        "random", "block_type", "leading", "no_zero", "zero_early",
        "short",  "long",       "empty",   "version", "garbage"};
    return names[n];
}

static const char *cbc_name(uint64_t n) {
    static const char *const names[PARLEY_BAD_CBCS] = {"mac", "padding_byte", "padding_length",
                                                       "padding_zero", "padding_full"};
    return names[n];
}

static const char *flood_name(uint64_t n) {
    static const char *const names[PARLEY_FLOODS] = {"key_update", "key_update_requested",
                                                     "empty_record", "warning", "hello_request"};
    return names[n];
}

/* known turns the tables' "?" and "GREASE", which stand for many values, into NULL. */
static const char *known(const char *name) {
    return strcmp(name, "?") == 0 || strcmp(name, "GREASE") == 0 ? NULL : name;
}

static const char *content_name(uint64_t n) {
    return known(parley_content_name((unsigned)n));
}

static const char *extension_name(uint64_t n) {
    return known(parley_extension_name((uint16_t)n));
}

static const char *sigalg_name(uint64_t n) {
    return known(parley_sigalg_name((uint16_t)n));
}

static const char *suite_name(uint64_t n) {
    return known(parley_suite_name((uint16_t)n));
}

static const char *group_name(uint64_t n) {
    return known(parley_group_name((uint16_t)n));
}

static const char *version_name(uint64_t n) {
    return n == PARLEY_TLS12 ? "1.2" : n == PARLEY_TLS13 ? "1.3" : NULL;
}

const struct trace_words *trace_words_of(enum parley_operand_kind kind) {
    static const struct trace_words role = {2, 1, role_name};
    static const struct trace_words auth = {3, 1, auth_name};
    static const struct trace_words message = {PARLEY_MESSAGE_COUNT, 1, message_name};
    static const struct trace_words keys = {PARLEY_KEYS_COUNT, 1, keys_name};
    static const struct trace_words share = {PARLEY_BAD_SHARES, 1, share_name};
    static const struct trace_words premaster = {PARLEY_BAD_PREMASTERS, 1, premaster_name};
    static const struct trace_words cbc = {PARLEY_BAD_CBCS, 1, cbc_name};
    static const struct trace_words flood = {PARLEY_FLOODS, 1, flood_name};
    static const struct trace_words content = {0, 1, content_name};
    static const struct trace_words extension = {0, 2, extension_name};
    static const struct trace_words sigalg = {0, 2, sigalg_name};
    static const struct trace_words version = {0, 2, version_name};
    static const struct trace_words suite = {0, 2, suite_name};
    static const struct trace_words group = {0, 2, group_name};
    static const struct trace_words entry = {PARLEY_PKI_ENTRIES + 1, 1, entry_name};
    switch (kind) {
    case PARLEY_OPERAND_ROLE:
        return &role;
    case PARLEY_OPERAND_AUTH:
        return &auth;
    case PARLEY_OPERAND_ENTRY:
        return &entry;
    case PARLEY_OPERAND_MESSAGE:
        return &message;
    case PARLEY_OPERAND_KEYS:
        return &keys;
    case PARLEY_OPERAND_SHARE:
        return &share;
    case PARLEY_OPERAND_PREMASTER:
        return &premaster;
    case PARLEY_OPERAND_CBC:
        return &cbc;
    case PARLEY_OPERAND_FLOOD:
        return &flood;
    case PARLEY_OPERAND_CONTENT:
        return &content;
    case PARLEY_OPERAND_EXTENSION:
        return &extension;
    case PARLEY_OPERAND_SIGALG:
    case PARLEY_OPERAND_SIGALGS:
        return &sigalg;
    case PARLEY_OPERAND_VERSIONS:
        return &version;
    case PARLEY_OPERAND_SUITES:
        return &suite;
    case PARLEY_OPERAND_GROUPS:
        return &group;
    default:
        return NULL;
    }
}

bool trace_number(const char *word, uint64_t *out) {
    bool hex = word[0] == '0' && word[1] == 'x';
    const char *digits = hex ? word + 2 : word;
    uint64_t number = 0;
    if (*digits == '\0') {
        return false;
    }
    for (; *digits != '\0'; digits++) {
        char c = *digits;
        uint64_t digit = c >= '0' && c <= '9'          ? (uint64_t)(c - '0')
                         : hex && c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a') + 10
                         : hex && c >= 'A' && c <= 'F' ? (uint64_t)(c - 'A') + 10
                                                       : 16;
        uint64_t base = hex ? 16 : 10;
        if (digit >= base || number > (UINT64_MAX - digit) / base) {
            return false;
        }
        number = number * base + digit;
    }
    *out = number;
    return true;
}

bool trace_number_of(const struct trace_words *words, const char *word, uint64_t *out) {
    uint64_t limit = words->choices != 0 ? words->choices : UINT64_C(1) << 8 * words->width;
    for (uint64_t n = 0; n < limit; n++) {
        const char *name = words->name(n);
        if (name != NULL && strcmp(name, word) == 0) {
            *out = n;
            return true;
        }
    }
    return words->choices == 0 && trace_number(word, out) && *out < limit;
}
