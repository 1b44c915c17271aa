/* certificate_authorities (RFC 8446 4.2.4) and oid_filters (4.2.5). */
#include "wire/codec.h"

/* opaque DistinguishedName<1..2^16-1>; */
static bool distinguished_name(struct codec *c, void *unused) {
    (void)unused;
    struct parley_bytes name = {NULL, 0};
    return codec_opaque(c, "distinguished_name", 2, 1, 65535, &name);
}

bool parley_grammar_certificate_authorities(struct codec *c,
                                            struct parley_certificate_authorities *m) {
    return codec_list(c, "authorities", NULL, 2, 3, 65535, distinguished_name, NULL,
                      &m->authorities);
}

static bool oid_filter(struct codec *c, void *unused) {
    (void)unused;
    struct parley_bytes oid = {NULL, 0};
    struct parley_bytes values = {NULL, 0};
    return codec_opaque(c, "certificate_extension_oid", 1, 1, 255, &oid) &&
           codec_opaque(c, "certificate_extension_values", 2, 0, 65535, &values);
}

bool parley_grammar_oid_filters(struct codec *c, struct parley_oid_filters *m) {
    return codec_list(c, "filters", "oid_filter", 2, 0, 65535, oid_filter, NULL, &m->filters);
}
