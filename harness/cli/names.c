/* Names of the tables as they are written on a command line. */
#include <string.h>

#include "cli/names.h"

bool cli_version(const char *what, const char *text, uint16_t *out) {
    if (strcmp(text, "1.2") == 0) {
        *out = PARLEY_TLS12;
    } else if (strcmp(text, "1.3") == 0) {
        *out = PARLEY_TLS13;
    } else {
        cli_usage("%s: '%s' is neither 1.2 nor 1.3", what, text);
        return false;
    }
    return true;
}

/* A list being read: whose option it is, what its words are, and where they go. */
struct reading {
    const char *option;
    enum cli_registry registry;
    struct cli_codes *codes;
    struct cli_protocols *protocols;
};

static bool find(enum cli_registry registry, const char *name, uint16_t *code) {
    if (registry == CLI_SUITES) {
        const struct parley_suite *row = parley_suite_by_name(name);
        *code = row != NULL ? row->code : 0;
        return row != NULL;
    }
    if (registry == CLI_GROUPS) {
        const struct parley_group *row = parley_group_by_name(name);
        *code = row != NULL ? row->code : 0;
        return row != NULL && row->kind != PARLEY_GROUP_KIND_NONE;
    }
    const struct parley_sigalg *row = parley_sigalg_by_name(name);
    *code = row != NULL ? row->code : 0;
    return row != NULL && row->key != PARLEY_KEY_NONE;
}

static bool add_code(void *arg, const char *name) {
    const struct reading *reading = arg;
    struct cli_codes *codes = reading->codes;
    uint16_t code;
    if (!find(reading->registry, name, &code)) {
        cli_usage("%s: '%s' is not one that Parley speaks", reading->option, name);
        return false;
    }
    if (codes->count == CLI_CODES_MAX) {
        cli_usage("%s: more than %d names", reading->option, CLI_CODES_MAX);
        return false;
    }
    codes->list[codes->count++] = code;
    return true;
}

bool cli_codes(const char *what, enum cli_registry registry, const char *names,
               struct cli_codes *out) {
    struct reading reading = {.option = what, .registry = registry, .codes = out};
    return cli_split(what, names, add_code, &reading);
}

static bool add_protocol(void *arg, const char *name) {
    const struct reading *reading = arg;
    struct cli_protocols *protocols = reading->protocols;
    size_t len = strlen(name);
    if (len > PARLEY_NAME_MAX || protocols->count == CLI_PROTOCOLS_MAX) {
        cli_usage("%s takes 1 to %d names of 1 to %d bytes", reading->option, CLI_PROTOCOLS_MAX,
                  PARLEY_NAME_MAX);
        return false;
    }
    memcpy(protocols->text[protocols->count], name, len + 1);
    protocols->list[protocols->count] = protocols->text[protocols->count];
    protocols->count++;
    return true;
}

bool cli_protocols(const char *what, const char *names, struct cli_protocols *out) {
    struct reading reading = {.option = what, .protocols = out};
    return cli_split(what, names, add_protocol, &reading);
}

bool cli_drop(const char *what, const char *text, struct parley_drop *out) {
    if (parley_drop_parse(text, out)) {
        return true;
    }
    cli_usage("%s: unknown message '%s': MESSAGE, client:MESSAGE or server:MESSAGE, with a name "
              "that 'parley messages' lists",
              what, text);
    return false;
}
