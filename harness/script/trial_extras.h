/* What the settings of a trace say of parley_extras, with room for what these point to. */
#ifndef PARLEY_SCRIPT_TRIAL_EXTRAS_H
#define PARLEY_SCRIPT_TRIAL_EXTRAS_H

#include "parley/pki.h"
#include "parley/stack.h"
#include "script/trial_settings.h"

struct trial_extras {
    struct parley_extras extras;
    struct parley_alps alps[SIDE_PROTOCOLS];
    uint8_t ech_key[32];
    uint8_t ech_list[256]; /* an ECHConfigList of one */
};

/* trial_extras_set fills |*out| with what |side| wants, whose protocols are |alpn|. It points into
 * itself: it is not to be copied. */
void trial_extras_set(struct trial_extras *out, const struct side *side, const char *const *alpn,
                      size_t alpn_count);

/* trial_authorities writes the name of the test CA to |out|, as parley_config has it, and returns
 * its length, or 0 if there is no room. */
size_t trial_authorities(const struct parley_pki *pki, uint8_t *out, size_t cap);

/* trial_staple gives |credential| what extras have for servers. */
void trial_staple(struct parley_credential *credential);

#endif
