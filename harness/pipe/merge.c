/* Merge: what was negotiated, from an end that knows it. */
#include "parley/pipe.h"

/* Takes one member from |from|. */
#define TAKE(bit, member)                                                                          \
    if ((wanted & PARLEY_KNOWS_##bit) != 0) {                                                      \
        to->member = from->member;                                                                 \
    }

static void take(struct parley_endpoint_outcome *to, const struct parley_endpoint_outcome *from,
                 unsigned wanted) {
    TAKE(VERSION, version)
    TAKE(SUITE, suite)
    TAKE(GROUP, group)
    TAKE(SIGALG_SERVER, sigalg_server)
    TAKE(SIGALG_CLIENT, sigalg_client)
    TAKE(ALPN, alpn)
    TAKE(SERVER_NAME, server_name)
    TAKE(RESUMED, resumed)
    TAKE(EARLY_DATA, early_data_accepted)
    TAKE(HELLO_RETRY, hello_retry)
    TAKE(EXTENDED_MASTER_SECRET, extended_master_secret)
    TAKE(ENCRYPT_THEN_MAC, encrypt_then_mac)
}

void parley_pipe_merge(const struct parley_pipe_result *result,
                       struct parley_endpoint_outcome *out) {
    const struct parley_endpoint_outcome *server = &result->ends[PARLEY_SERVER];
    *out = result->ends[PARLEY_CLIENT];
    take(out, server, server->known & ~out->known);
    out->known |= server->known;
}
