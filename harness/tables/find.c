/* Rows by code point and by name. */
#include <strings.h>

#include "parley/tables.h"

/* Each registry's code points become the cases of a switch, which compilers turn into a table. */
enum {
#define SUITE(name, code, version, kx, auth, cipher, hash) SUITE_##name,
#include "tables/suites.def"
#undef SUITE
};
enum {
#define GROUP(name, code, kind, share_length) GROUP_##name,
#include "tables/groups.def"
#undef GROUP
};
enum {
#define SIGALG(name, code, key, curve, hash, tls13) SIGALG_##name,
#include "tables/sigalgs.def"
#undef SIGALG
};

const struct parley_suite *parley_suite_find(uint16_t code) {
    switch (code) {
#define SUITE(name, code, version, kx, auth, cipher, hash)                                         \
    case (code):                                                                                   \
        return &parley_suites[SUITE_##name];
#include "tables/suites.def"
#undef SUITE
    default:
        return NULL;
    }
}

const struct parley_group *parley_group_find(uint16_t code) {
    switch (code) {
#define GROUP(name, code, kind, share_length)                                                      \
    case (code):                                                                                   \
        return &parley_groups[GROUP_##name];
#include "tables/groups.def"
#undef GROUP
    default:
        return NULL;
    }
}

const struct parley_sigalg *parley_sigalg_find(uint16_t code) {
    switch (code) {
#define SIGALG(name, code, key, curve, hash, tls13)                                                \
    case (code):                                                                                   \
        return &parley_sigalgs[SIGALG_##name];
#include "tables/sigalgs.def"
#undef SIGALG
    default:
        return NULL;
    }
}

enum parley_extension parley_extension_find(uint16_t code) {
    switch (code) {
#define EXTENSION(name, code, rfc, forms)                                                          \
    case (code):                                                                                   \
        return PARLEY_EXT_##name;
#include "tables/extensions.def"
#undef EXTENSION
    default:
        return PARLEY_EXTENSION_UNKNOWN;
    }
}

enum parley_form parley_form_find(enum parley_extension extension, unsigned place) {
    if ((unsigned)extension >= PARLEY_EXTENSION_COUNT) {
        return PARLEY_FORM_UNKNOWN;
    }
    const struct parley_extension_row *row = &parley_extensions[extension];
    for (unsigned i = 0; i < row->form_count; i++) {
        if ((parley_forms[(unsigned)row->first_form + i].places & place) != 0) {
            return (enum parley_form)((unsigned)row->first_form + i);
        }
    }
    return PARLEY_FORM_UNKNOWN;
}

const struct parley_suite *parley_suite_by_name(const char *name) {
    if (strncasecmp(name, "TLS_", 4) == 0) {
        name += 4;
    }
    for (size_t i = 0; i < parley_suite_count; i++) {
        if (strcasecmp(parley_suites[i].name, name) == 0) {
            return &parley_suites[i];
        }
    }
    return NULL;
}

const struct parley_group *parley_group_by_name(const char *name) {
    for (size_t i = 0; i < parley_group_count; i++) {
        if (strcasecmp(parley_groups[i].name, name) == 0) {
            return &parley_groups[i];
        }
    }
    return NULL;
}

const struct parley_sigalg *parley_sigalg_by_name(const char *name) {
    for (size_t i = 0; i < parley_sigalg_count; i++) {
        if (strcasecmp(parley_sigalgs[i].name, name) == 0) {
            return &parley_sigalgs[i];
        }
    }
    return NULL;
}

enum parley_message parley_message_by_name(const char *name) {
    for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        if (strcasecmp(parley_messages[i].name, name) == 0) {
            return (enum parley_message)i;
        }
    }
    return PARLEY_MESSAGE_COUNT;
}

enum parley_extension parley_extension_by_name(const char *name) {
    for (unsigned i = 0; i < PARLEY_EXTENSION_COUNT; i++) {
        if (strcasecmp(parley_extensions[i].name, name) == 0) {
            return (enum parley_extension)i;
        }
    }
    return PARLEY_EXTENSION_COUNT;
}
