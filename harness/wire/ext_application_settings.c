/* application_settings (draft-vvv-tls-alps-01 4). */
#include "wire/codec.h"

/* opaque ProtocolName<1..2^8-1>; */
static bool protocol_name(struct codec *c, void *unused) {
    (void)unused;
    struct parley_bytes name = {NULL, 0};
    return codec_text(c, "protocol_name", 1, 1, 255, &name);
}

bool parley_grammar_application_settings_offer(struct codec *c,
                                               struct parley_application_settings_offer *m) {
    return codec_list(c, "supported_protocols", NULL, 2, 2, 65535, protocol_name, NULL,
                      &m->supported_protocols);
}

/* Whatever the application protocol makes of it. */
bool parley_grammar_application_settings(struct codec *c, struct parley_application_settings *m) {
    return codec_rest(c, "settings", 0, 65535, &m->settings);
}
