/* Scripts: operations that bend a handshake through the engine's hooks. */
#ifndef PARLEY_SCRIPT_H
#define PARLEY_SCRIPT_H

#include "parley/engine.h"

/* parley_drop takes messages away before they enter the transcript: neither end knows. */
struct parley_drop {
    unsigned senders;  /* 1 << PARLEY_CLIENT | 1 << PARLEY_SERVER */
    uint64_t messages; /* 1 << enum parley_message */
    unsigned dropped;  /* how many it has taken so far */
};

/* parley_drop_parse reads "MESSAGE", "client:MESSAGE" or "server:MESSAGE" and returns whether there
 * is such a message that one of these senders sends. MESSAGE is a name of messages.def, or the
 * RFC's own that several rows share: "certificate" stands for certificate_tls12 and
 * certificate_tls13. */
bool parley_drop_parse(const char *text, struct parley_drop *out);

/* parley_drop_message returns whether |message| by |sender| is to be dropped, and counts it. The
 * engine's message_out hook returns the opposite. */
bool parley_drop_message(struct parley_drop *drop, enum parley_role sender,
                         enum parley_message message);

#endif
