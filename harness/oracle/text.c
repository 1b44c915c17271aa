/* What holds for every text that people write. */
#include <string.h>

#include "parley/oracle.h"

static struct parley_finding wrong(const char *oracle, const char *detail) {
    return (struct parley_finding){oracle, detail};
}

struct parley_finding parley_oracle_text(const struct parley_text *text, struct parley_bytes in) {
    static char first[PARLEY_ORACLE_TEXT_MAX], second[PARLEY_ORACLE_TEXT_MAX];
    size_t said = text->said();
    bool accepted = text->parse(in, text->value);
    said = text->said() - said;
    if (!accepted) {
        return said == 1 ? wrong(NULL, NULL) : wrong("said", "refused, and not one line said why");
    }
    if (said != 0) {
        return wrong("said", "accepted, with a complaint");
    }
    size_t len = text->print(text->value, first, sizeof(first) - 1);
    first[len] = 0;
    if (!text->parse((struct parley_bytes){(const uint8_t *)first, len}, text->value)) {
        return wrong("again", "what was printed is refused");
    }
    size_t again = text->print(text->value, second, sizeof(second) - 1);
    if (again != len || memcmp(first, second, len) != 0) {
        return wrong("again", "what was printed means something else");
    }
    return wrong(NULL, NULL);
}
