/* Drop: the operation that takes a message away. */
#include "parley/script.h"

#include <string.h>
#include <strings.h>

_Static_assert(PARLEY_MESSAGE_COUNT <= 64, "a set of messages is 64 bits");

static unsigned row_senders(const struct parley_message_row *row) {
    return ((row->senders & PARLEY_BY_CLIENT) != 0 ? 1U << PARLEY_CLIENT : 0) |
           ((row->senders & PARLEY_BY_SERVER) != 0 ? 1U << PARLEY_SERVER : 0);
}

/* is_named: whether |name| is the row's, or the RFC's name that it begins with. */
static bool is_named(const char *row, const char *name) {
    static const char *const endings[] = {"", "_tls12", "_tls13", "_rsa", "_ecdhe", "_dhe"};
    size_t len = strlen(name);
    if (len == 0 || strncasecmp(row, name, len) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (strcmp(row + len, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool parley_drop_parse(const char *text, struct parley_drop *out) {
    *out = (struct parley_drop){.senders = 1U << PARLEY_CLIENT | 1U << PARLEY_SERVER};
    const char *colon = strchr(text, ':');
    if (colon != NULL) {
        size_t len = (size_t)(colon - text);
        if (len != strlen("client")) {
            return false;
        }
        if (strncmp(text, "client", len) == 0) {
            out->senders = 1U << PARLEY_CLIENT;
        } else if (strncmp(text, "server", len) == 0) {
            out->senders = 1U << PARLEY_SERVER;
        } else {
            return false;
        }
        text = colon + 1;
    }
    for (int m = 0; m < PARLEY_MESSAGE_COUNT; m++) {
        const struct parley_message_row *row = &parley_messages[m];
        if (is_named(row->name, text) && (row_senders(row) & out->senders) != 0) {
            out->messages |= UINT64_C(1) << m;
        }
    }
    return out->messages != 0;
}

bool parley_drop_message(struct parley_drop *drop, enum parley_role sender,
                         enum parley_message message) {
    if (message >= PARLEY_MESSAGE_COUNT || (drop->senders >> sender & 1) == 0 ||
        (drop->messages >> message & 1) == 0) {
        return false;
    }
    drop->dropped++;
    return true;
}
