#include "fuzzers/choose.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of clang's profiling run-time, where there is one. */
extern uint64_t *__llvm_profile_begin_counters(void) __attribute__((weak));
extern uint64_t *__llvm_profile_end_counters(void) __attribute__((weak));

/* How often a counter was hit, roughly; one that was not hit before is worth more than one that was
 * hit as often as never before. */
#define BUCKETS 8
#define NEW_COUNTER 256

struct input {
    char *path;
    uint32_t *features; /* counter * BUCKETS + bucket */
    size_t count;
};

static struct input *inputs;
static size_t input_count, input_room;

static void *grown(void *old, size_t size) {
    void *more = realloc(old, size);
    if (more == NULL) {
        perror("choose");
        exit(2);
    }
    return more;
}

bool choose_possible(void) {
    return __llvm_profile_begin_counters != NULL;
}

static size_t counters(void) {
    return (size_t)(__llvm_profile_end_counters() - __llvm_profile_begin_counters());
}

void choose_before(void) {
    memset(__llvm_profile_begin_counters(), 0, counters() * sizeof(uint64_t));
}

static unsigned bucket_of(uint64_t hits) {
    unsigned bucket = 0;
    while (hits > 1 && bucket < BUCKETS - 1) {
        hits >>= 1;
        bucket++;
    }
    return bucket;
}

void choose_after(const char *path) {
    const uint64_t *counter = __llvm_profile_begin_counters();
    size_t total = counters();
    if (input_count == input_room) {
        input_room = input_room != 0 ? 2 * input_room : 64;
        inputs = grown(inputs, input_room * sizeof(*inputs));
    }
    struct input *in = &inputs[input_count++];
    *in = (struct input){.features = grown(NULL, total * sizeof(uint32_t) + 1)};
    for (size_t i = 0; i < total; i++) {
        if (counter[i] != 0) {
            in->features[in->count++] = (uint32_t)(i * BUCKETS + bucket_of(counter[i]));
        }
    }
    in->features = grown(in->features, in->count * sizeof(uint32_t) + 1);
    in->path = grown(NULL, strlen(path) + 1);
    memcpy(in->path, path, strlen(path) + 1);
}

/* |reached| has the bits of the buckets of every counter. */
static size_t gain(const struct input *in, const uint8_t *reached) {
    size_t sum = 0;
    for (size_t i = 0; i < in->count; i++) {
        uint8_t buckets = reached[in->features[i] / BUCKETS];
        if (buckets == 0) {
            sum += NEW_COUNTER;
        } else if ((buckets >> in->features[i] % BUCKETS & 1) == 0) {
            sum++;
        }
    }
    return sum;
}

void choose_print(size_t most) {
    uint8_t *reached = calloc(counters(), 1);
    for (size_t chosen = 0; reached != NULL && chosen < most; chosen++) {
        const struct input *best = NULL;
        size_t best_gain = 0;
        for (size_t i = 0; i < input_count; i++) {
            size_t its = gain(&inputs[i], reached);
            if (its > best_gain) {
                best = &inputs[i];
                best_gain = its;
            }
        }
        if (best == NULL) {
            break;
        }
        (void)puts(best->path);
        for (size_t i = 0; i < best->count; i++) {
            reached[best->features[i] / BUCKETS] |= (uint8_t)(1U << best->features[i] % BUCKETS);
        }
    }
    free(reached);
    for (size_t i = 0; inputs != NULL && i < input_count; i++) {
        free(inputs[i].path);
        free(inputs[i].features);
    }
    free(inputs);
}
