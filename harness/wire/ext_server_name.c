/* server_name (RFC 6066 3). */
#include "wire/codec.h"

/* |seen| has a bit for each name_type that came by. */
struct names {
    uint64_t seen[256 / 64];
    struct parley_bytes host_name;
};

/* struct { NameType name_type; select (name_type) { case host_name: HostName; } name; } ServerName;
 * opaque HostName<1..2^16-1>. What other types there may be begins with a length of two bytes, too.
 */
static bool one_server_name(struct codec *c, void *context) {
    struct names *names = context;
    uint8_t type = 0;
    if (!codec_uint8(c, "name_type", PARLEY_NAMES_NONE, &type)) {
        return false;
    }
    uint64_t bit = UINT64_C(1) << type % 64;
    if (!codec_check(c, (names->seen[type / 64] & bit) == 0, 1, PARLEY_ERR_bad_value,
                     "name_type")) {
        return false;
    }
    names->seen[type / 64] |= bit;
    if (type != 0) {
        struct parley_bytes name = {NULL, 0};
        return codec_opaque(c, "name", 2, 0, 65535, &name);
    }
    return codec_text(c, "host_name", 2, 1, 65535, &names->host_name) &&
           codec_check(c, !parley_uint8_in(names->host_name, 0), names->host_name.len,
                       PARLEY_ERR_bad_value, "host_name");
}

bool parley_grammar_server_name(struct codec *c, struct parley_server_name *m) {
    struct names names = {{0}, {NULL, 0}};
    if (!codec_list(c, "server_name_list", "server_name", 2, 1, 65535, one_server_name, &names,
                    &m->server_name_list)) {
        return false;
    }
    if (c->out == NULL) {
        m->host_name = names.host_name;
    }
    return true;
}

GRAMMAR_EMPTY(server_name_ack)
