/* What the settings of a session say to each end. */
#ifndef PARLEY_SCRIPT_TRIAL_SETTINGS_H
#define PARLEY_SCRIPT_TRIAL_SETTINGS_H

#include "parley/trace.h"

#define SIDE_CODES 64
#define SIDE_PROTOCOLS 16

/* One end, for as long as a context lives: no pointers, so that two can be compared byte by byte.
 */
struct side {
    uint16_t min_version, max_version;
    size_t suite_count, group_count, sigalg_count;
    uint16_t suites[SIDE_CODES], groups[SIDE_CODES], sigalgs[SIDE_CODES];
    size_t alpn_count;
    char alpn[SIDE_PROTOCOLS][PARLEY_NAME_MAX + 1];
    char sni[PARLEY_NAME_MAX + 1];
    uint64_t server_certificate, client_certificate; /* 0: none; else entry + 1 */
    enum parley_client_auth client_auth;
    bool psk, psk_ke, hello_retry, session_id, post_handshake_auth, early_data;
    bool no_extended_master_secret, no_encrypt_then_mac, grease, strict;
};

/* What the two are driven through. */
struct conduct {
    bool resume, key_update;
    size_t early_data, data, chunk;
};
#define CONDUCT_DATA_MAX 65536

/* settings_side fills |*out| with what |session| says to our end or to the stack's;
 * settings_conduct with what both are driven through. */
void settings_side(const struct parley_trace *trace, const struct parley_trace_session *session,
                   enum parley_whose whose, struct side *out);
void settings_conduct(const struct parley_trace_session *session, struct conduct *out);

#endif
