/* Breaches: what is wrong with a message as it was sent (tables/breaches.def). */
#ifndef PARLEY_SCRIPT_BREACH_H
#define PARLEY_SCRIPT_BREACH_H

#include "parley/trial.h"

#define BREACH_HELLO 8192
#define BREACH_REQUEST 1024

/* What was said before, in this connection: the peer's newest client_hello and the signature
 * schemes of its certificate_request, the suite of our hello_retry_request (0: none). */
struct breach_facts {
    size_t hello_length, request_length;
    uint16_t retry_suite;
    bool session_has_secret; /* what our client resumes has an extended master secret */
    uint8_t hello[BREACH_HELLO];
    uint8_t request[BREACH_REQUEST];
};

/* One message of ours, with its header: as it was built, and as it is sent. */
struct breach_message {
    enum parley_message message;
    struct parley_bytes built, sent;
};

/* breach_hear takes note of a message of the peer's. */
void breach_hear(struct breach_facts *facts, enum parley_message message,
                 struct parley_bytes bytes);

/* breach_find returns what |m| is, as a set of enum parley_breach. */
uint64_t breach_find(const struct breach_facts *facts, const struct breach_message *m);

/* breach_said takes note of a message that has been sent. */
void breach_said(struct breach_facts *facts, const struct breach_message *m);

#endif
