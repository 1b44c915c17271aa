/* What the settings of a session say to each end. */
#ifndef PARLEY_SCRIPT_TRIAL_SETTINGS_H
#define PARLEY_SCRIPT_TRIAL_SETTINGS_H

#include "parley/trace.h"

#define SIDE_CODES 64
#define SIDE_PROTOCOLS 16

/* One end, for as long as a context lives. */
struct side {
    uint16_t min_version, max_version;
    size_t suite_count, group_count, sigalg_count;
    uint16_t suites[SIDE_CODES], groups[SIDE_CODES], sigalgs[SIDE_CODES];
    size_t alpn_count;
    char alpn[SIDE_PROTOCOLS][PARLEY_NAME_MAX + 1];
    char sni[PARLEY_NAME_MAX + 1];
    uint64_t server_certificate, client_certificate; /* 0: none; else entry + 1 */
    enum parley_client_auth client_auth;
    uint8_t ech;              /* the number of a key pair; 0: none */
    bool flags[PARLEY_LINES]; /* of rows of operations.def without operands: whether it is set */
};

/* What the two are driven through. */
struct conduct {
    bool warm, resume, key_update;
    size_t early_data, data, chunk;
};
#define CONDUCT_DATA_MAX 65536

/* side_has returns whether the setting |row|, one without operands, is set. settings_same returns
 * whether |a| and |b| ask for the same. */
static inline bool side_has(const struct side *side, enum parley_trace_row row) {
    return side->flags[row];
}
bool settings_same(const struct side *a, const struct side *b);

/* settings_side fills |*out| with what |session| says to our end or to the stack's;
 * settings_conduct with what both are driven through. */
void settings_side(const struct parley_trace *trace, const struct parley_trace_session *session,
                   enum parley_whose whose, struct side *out);
void settings_conduct(const struct parley_trace_session *session, struct conduct *out);

#endif
