/* supported_groups (RFC 8446 4.2.7) and ec_point_formats (RFC 8422 5.1.2). */
#include "wire/codec.h"

bool parley_grammar_supported_groups(struct codec *c, struct parley_supported_groups *m) {
    return codec_uints(c, "named_group_list", "named_group", 2, 2, PARLEY_NAMES_GROUP, 2, 65535,
                       &m->named_group_list);
}

/* The list must hold uncompressed(0). */
enum { UNCOMPRESSED = 0 };

bool parley_grammar_ec_point_formats(struct codec *c, struct parley_ec_point_formats *m) {
    if (!codec_uints(c, "ec_point_format_list", "ec_point_format", 1, 1, PARLEY_NAMES_NONE, 1, 255,
                     &m->ec_point_format_list)) {
        return false;
    }
    return parley_uint8_in(m->ec_point_format_list, UNCOMPRESSED) ||
           codec_fail(c, PARLEY_ERR_bad_value, "ec_point_format_list");
}
