/* client_certificate_type and server_certificate_type (RFC 7250 3). */
#include "wire/codec.h"

bool parley_grammar_client_certificate_type_offer(struct codec *c,
                                                  struct parley_client_certificate_type_offer *m) {
    return codec_uints(c, "client_certificate_types", "certificate_type", 1, 1, PARLEY_NAMES_NONE,
                       1, 255, &m->client_certificate_types);
}

bool parley_grammar_client_certificate_type_choice(
    struct codec *c, struct parley_client_certificate_type_choice *m) {
    return codec_uint8(c, "client_certificate_type", PARLEY_NAMES_NONE,
                       &m->client_certificate_type);
}

bool parley_grammar_server_certificate_type_offer(struct codec *c,
                                                  struct parley_server_certificate_type_offer *m) {
    return codec_uints(c, "server_certificate_types", "certificate_type", 1, 1, PARLEY_NAMES_NONE,
                       1, 255, &m->server_certificate_types);
}

bool parley_grammar_server_certificate_type_choice(
    struct codec *c, struct parley_server_certificate_type_choice *m) {
    return codec_uint8(c, "server_certificate_type", PARLEY_NAMES_NONE,
                       &m->server_certificate_type);
}
