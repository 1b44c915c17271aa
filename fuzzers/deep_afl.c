/* deep_mutator.h behind AFL++'s interface. It does not see what its target does, so it looks at a
 * handshake of each kind between two engines of ours, first. */
#include <stdlib.h>
#include <string.h>

#include "fuzzers/afl.h"
#include "fuzzers/deep_mutator.h"
#include "fuzzers/mutator.h"

#define PUBLIC __attribute__((visibility("default")))

struct state {
    struct parley_lore *lore;
    enum parley_role role;
    uint32_t seed;
    struct afl_room room;
};

static void see(void *arg, const struct parley_event *event, const char *bends) {
    parley_lore_event(arg, event, bends);
}

/* learn runs every kind of handshake against a stack that plays |role|. */
static void learn(struct parley_lore *lore, struct parley_trial *trial, enum parley_role role) {
    static struct parley_trace trace;
    static struct parley_trial_result result;
    const struct parley_trial_watch watch = {.arg = lore, .event = see};
    char why[200];
    for (size_t i = 0; i < parley_handshake_kind_count; i++) {
        const char *text = parley_handshake_kinds[i].text;
        deep_parse(&trace, (struct parley_bytes){(const uint8_t *)text, strlen(text)});
        trace.role = role;
        if (parley_trial_run(trial, &trace, &watch, NULL, NULL, &result, why, NULL)) {
            parley_lore_run(lore, &trace, &result);
        }
    }
}

PUBLIC void *afl_custom_init(void *afl, unsigned seed) {
    (void)afl;
    struct parley_pki *pki = parley_pki_new(1);
    struct parley_trial *trial = pki != NULL ? parley_trial_new(pki) : NULL;
    struct state *s = calloc(1, sizeof *s);
    if (s != NULL) {
        s->seed = seed;
        s->lore = parley_lore_new();
    }
    if (s != NULL && s->lore != NULL && trial != NULL) {
        const char *target = getenv("PARLEY_FUZZ_TARGET");
        bool client = target != NULL && strstr(target, "_client") != NULL;
        s->role = client ? PARLEY_CLIENT : PARLEY_SERVER;
        learn(s->lore, trial, s->role);
    }
    parley_trial_free(trial);
    parley_pki_free(pki);
    return s;
}

/* The input stays as it is; what is returned lives until the next call. */
PUBLIC size_t afl_custom_fuzz(void *state, uint8_t *data, size_t size, uint8_t **out, uint8_t *add,
                              size_t add_size, size_t max_size) {
    struct state *s = state;
    struct parley_bytes in = {data, size}, other = {add, add_size};
    *out = afl_room_of(&s->room, max_size);
    if (*out == NULL) {
        return 0;
    }
    uint32_t seed = s->seed++ * UINT32_C(2654435761);
    return add != NULL && add_size != 0 && seed >> 29 == 0
               ? deep_cross(in, other, *out, max_size, s->role, seed)
               : deep_vary(in, *out, max_size, s->lore, s->role, seed);
}

PUBLIC const char *afl_custom_describe(void *state, size_t max_size) {
    (void)state;
    return max_size > 6 ? "parley" : "";
}

PUBLIC void afl_custom_deinit(void *state) {
    struct state *s = state;
    parley_lore_free(s->lore);
    free(s->room.bytes);
    free(s);
}
