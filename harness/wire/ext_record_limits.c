/* max_fragment_length (RFC 6066 4), record_size_limit (RFC 8449 4) and padding (RFC 7685 3). */
#include "wire/codec.h"

bool parley_grammar_max_fragment_length(struct codec *c, struct parley_max_fragment_length *m) {
    return codec_uint8_in(c, "max_fragment_length", 1, 4, PARLEY_ERR_bad_value, &m->length_code);
}

bool parley_grammar_record_size_limit(struct codec *c, struct parley_record_size_limit *m) {
    return codec_uint16(c, "record_size_limit", PARLEY_NAMES_NONE, &m->record_size_limit) &&
           codec_check(c, m->record_size_limit >= 64, 2, PARLEY_ERR_bad_value, "record_size_limit");
}

bool parley_grammar_padding(struct codec *c, struct parley_padding *m) {
    return codec_rest(c, "padding", 0, 65535, &m->padding);
}
