/* Candidates for the corpora, as FOLDER/TARGET/SHA-256: the tests' examples, the FLIGHTS of other
 * people's clients, handshakes between the rows of endpoints.def; all of them bent, too. ci/seeds
 * chooses among them.
 *
 * Usage: seeds FOLDER [FLIGHTS] */
#include "fuzzers/seeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/sha.h>

#define PER_TARGET 4000
#define TARGETS_MAX 256

static const char *folder;

static struct {
    const char *name;
    size_t count;
} targets[TARGETS_MAX];

_Noreturn void seed_impossible(const char *what) {
    (void)fprintf(stderr, "seeds: %s: %s\n", what, errno != 0 ? strerror(errno) : "impossible");
    exit(1);
}

static size_t *count_of(const char *target) {
    for (size_t i = 0; i < TARGETS_MAX; i++) {
        if (targets[i].name == NULL) {
            targets[i].name = target;
        }
        if (strcmp(targets[i].name, target) == 0) {
            return &targets[i].count;
        }
    }
    seed_impossible("too many targets");
}

bool seed(const char *prefix, const char *target, struct parley_bytes bytes) {
    static const uint8_t nothing;
    char path[1024];
    uint8_t digest[SHA256_DIGEST_LENGTH];
    size_t *count = count_of(target);
    int at = snprintf(path, sizeof(path), "%s/%s%s", folder, prefix, target);
    if (*count >= PER_TARGET || at < 0 || (size_t)at > sizeof(path) - 64) {
        return false;
    }
    (void)mkdir(path, 0777);
    SHA256(bytes.len != 0 ? bytes.data : &nothing, bytes.len, digest);
    path[at++] = '/';
    for (int i = 0; i < 8; i++, at += 2) {
        (void)snprintf(path + at, 3, "%02x", digest[i]);
    }
    FILE *file = fopen(path, "wbx");
    if (file == NULL) {
        if (errno != EEXIST) {
            seed_impossible(path);
        }
        return false;
    }
    if (fwrite(bytes.data != NULL ? bytes.data : &nothing, 1, bytes.len, file) != bytes.len ||
        fclose(file) != 0) {
        seed_impossible(path);
    }
    ++*count;
    return true;
}

void seed_bytes(const char *target, struct parley_bytes bytes) {
    static uint8_t bent[1 << 16];
    if (!seed("", target, bytes) || bytes.len > sizeof(bent) || bytes.len == 0) {
        return;
    }
    size_t step = 1 + bytes.len / 64;
    for (size_t at = 0; at < bytes.len; at += step) {
        (void)seed("", target, (struct parley_bytes){bytes.data, at});
        memcpy(bent, bytes.data, bytes.len);
        bent[at] ^= at / step % 2 == 0 ? 0xff : 1;
        (void)seed("", target, (struct parley_bytes){bent, bytes.len});
    }
}

int main(int argc, char **argv) {
    if (argc != 2 && argc != 3) {
        (void)fprintf(stderr, "usage: seeds FOLDER [FLIGHTS]\n");
        return 2;
    }
    folder = argv[1];
    (void)mkdir(folder, 0777);
    (void)seed("", "trivial", (struct parley_bytes){(const uint8_t *)"x", 1});
    seeds_examples();
    seeds_pem();
    seeds_made();
    seeds_pipe();
    seeds_text();
    seeds_diff();
    if (argc == 3) {
        seeds_flights(argv[2]);
    }
    seeds_handshakes();
    return 0;
}
