#ifndef PARLEY_FUZZERS_OTHER_CERTIFICATE_H
#define PARLEY_FUZZERS_OTHER_CERTIFICATE_H

#include "fuzzers/other.h"

/* other_certificate decodes |der| with the libcrypto it is linked with; copies lie in |room|. */
void other_certificate(struct other_room *room, struct parley_bytes der,
                       struct parley_seen_certificate *out);

#endif
