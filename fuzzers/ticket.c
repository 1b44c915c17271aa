/* What is inside a ticket, without the encryption around it: what is accepted, written again, is
 * the same bytes. */
#include <string.h>

#include "engine/inside.h"
#include "fuzzers/fuzz.h"

static void run(struct parley_bytes in) {
    static struct parley_session session;
    uint8_t written[TICKET_SEALED_MAX];
    CBB out;
    if (!tickets_decode(in, &session)) {
        return;
    }
    if (!CBB_init_fixed(&out, written, sizeof(written)) || !tickets_encode(&out, &session) ||
        CBB_len(&out) != in.len || memcmp(written, in.data, in.len) != 0) {
        fuzz_fail("round trip", "accepted, but written differently", in);
    }
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, NULL, run};
