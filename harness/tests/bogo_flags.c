/* The command line: each flag is a row of flags.def. */
#include "tests/bogo_flags.h"

#include <limits.h>
#include <openssl/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bogo.h"

enum kind {
    KIND_BOOL,
    KIND_INT,
    KIND_TEXT,
    KIND_BASE64,
    KIND_BASE64S,
    KIND_CODES,
    KIND_NONE,
    KIND_NONE_ARG
};

enum { RSA_PKCS1_MD5_SHA1 = 0xff01 };

struct row {
    const char *name;
    enum kind kind;
    size_t offset;
};

static const struct row rows[] = {
#define BOOL(name, member) {name, KIND_BOOL, offsetof(struct flags, member)},
#define INT(name, member) {name, KIND_INT, offsetof(struct flags, member)},
#define TEXT(name, member) {name, KIND_TEXT, offsetof(struct flags, member)},
#define BASE64(name, member) {name, KIND_BASE64, offsetof(struct flags, member)},
#define BASE64S(name, member) {name, KIND_BASE64S, offsetof(struct flags, member)},
#define CODES(name, member) {name, KIND_CODES, offsetof(struct flags, member)},
#define NONE(name) {name, KIND_NONE, 0},
#define NONE_ARG(name) {name, KIND_NONE_ARG, 0},
#include "tests/bogo_flags.def"
};

static const struct row *find(const char *name) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool strip(const char **name, const char *prefix) {
    size_t len = strlen(prefix);
    if (strncmp(*name, prefix, len) != 0) {
        return false;
    }
    *name += len;
    return true;
}

static struct parley_bytes decode(const char *name, const char *text) {
    size_t len = strlen(text), most = len / 4 * 3 + 3;
    uint8_t *bytes = malloc(most);
    if (!bytes || !EVP_DecodeBase64(bytes, &len, most, (const uint8_t *)text, len)) {
        fail("-%s: not base64", name);
    }
    return (struct parley_bytes){bytes, len};
}

static int number(const char *name, const char *text) {
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < INT_MIN || n > INT_MAX) {
        fail("-%s: not a number: %s", name, text);
    }
    return (int)n;
}

static void set(struct flags *flags, const struct row *row, const char *value) {
    uint8_t *at = (uint8_t *)flags + row->offset;
    switch (row->kind) {
    case KIND_BOOL:
        *(bool *)at = true;
        break;
    case KIND_INT:
        *(int *)at = number(row->name, value);
        break;
    case KIND_TEXT:
        memcpy(at, &value, sizeof(value));
        break;
    case KIND_BASE64: {
        struct parley_bytes bytes = decode(row->name, value);
        memcpy(at, &bytes, sizeof(bytes));
        break;
    }
    case KIND_BASE64S: {
        struct blobs *blobs = (struct blobs *)(void *)at;
        if (blobs->count == sizeof(blobs->list) / sizeof(blobs->list[0])) {
            fail("-%s: too many", row->name);
        }
        blobs->list[blobs->count++] = decode(row->name, value);
        break;
    }
    case KIND_CODES: {
        struct codes *codes = (struct codes *)(void *)at;
        if (codes->count == CODES_MAX) {
            fail("-%s: too many", row->name);
        }
        /* libssl's number for what TLS 1.1 signs with is no code point. */
        int code = number(row->name, value);
        if (code != RSA_PKCS1_MD5_SHA1) {
            codes->list[codes->count++] = (uint16_t)code;
        }
        break;
    }
    default:
        break;
    }
}

/* prefixes strips -on-shim and -on-initial, -on-resume, -on-retry; the result says which of the
 * three structs are meant, as bits. */
static unsigned prefixes(const char **name) {
    (void)strip(name, "on-shim-");
    if (strip(name, "on-initial-")) {
        return 1u << INITIAL;
    }
    if (strip(name, "on-resume-")) {
        return 1u << RESUME;
    }
    if (strip(name, "on-retry-")) {
        return 1u << RETRY;
    }
    return (1u << OCCASIONS) - 1;
}

void flags_parse(int argc, char **argv, struct flags out[OCCASIONS]) {
    memset(out, 0, OCCASIONS * sizeof(*out));
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = NULL;
        if (!strip(&name, "-")) {
            fail("not a flag: %s", argv[i]);
        }
        unsigned which = prefixes(&name);
        const struct row *row = find(name);
        if (!row) {
            fprintf(stderr, "flag not implemented: %s\n", argv[i]);
            exit(EXIT_NOT_IMPLEMENTED);
        }
        if (row->kind != KIND_BOOL && row->kind != KIND_NONE) {
            if (i + 1 == argc) {
                fail("-%s: a value is missing", name);
            }
            value = argv[++i];
        }
        for (unsigned occasion = 0; occasion < OCCASIONS; occasion++) {
            if (which >> occasion & 1) {
                set(&out[occasion], row, value);
            }
        }
    }
}
