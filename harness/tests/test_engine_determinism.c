/* The same seed gives the same bytes, both ways, from the first hello to close_notify; another seed
 * gives others. How the bytes are delivered, what the engines did before, and a memo make no
 * difference. */
#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "engine/memo.h"
#include "tests/support_kinds.h"

#define RUNS 100

/* The SHA-256 of what each end sent. */
static SHA256_CTX sent[2];

static size_t hash_it(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len,
                      size_t cap) {
    (void)d;
    (void)cap;
    SHA256_Update(&sent[from], bytes, len);
    return len;
}

/* digest runs a whole connection and writes the SHA-256 of both ends' bytes. */
static void digest(struct duo *d, const struct kind *k, uint8_t out[32]) {
    uint8_t parts[2][32];
    SHA256_Init(&sent[0]);
    SHA256_Init(&sent[1]);
    d->tap = hash_it;
    if (!kind_run(d, k)) {
        fail_msg("%s: %s", k->name, duo_explain(d));
    }
    duo_echo(d, 1000);
    duo_close(d);
    d->tap = NULL;
    SHA256_Final(parts[0], &sent[0]);
    SHA256_Final(parts[1], &sent[1]);
    SHA256(parts[0], sizeof(parts), out);
}

/* Certificates and suites that the kinds do not have: every kind of signature, every cipher. */
static void set_ecdsa12(struct duo *d) {
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, 0);
    duo_certificate(d, PARLEY_SERVER, "server-ecdsa-p521");
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    duo_certificate(d, PARLEY_CLIENT, "client-rsa");
}

static void set_rsa13(struct duo *d) {
    duo_only(d, PARLEY_TLS13, PARLEY_TLS_CHACHA20_POLY1305_SHA256, PARLEY_GROUP_secp384r1);
    duo_certificate(d, PARLEY_SERVER, "server-rsa");
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    duo_certificate(d, PARLEY_CLIENT, "client-ecdsa-p256");
}

static void set_grease(struct duo *d) {
    duo_only(d, PARLEY_TLS13, PARLEY_TLS_AES_256_GCM_SHA384, PARLEY_GROUP_secp521r1);
    d->config[PARLEY_CLIENT].grease = true;
    d->config[PARLEY_CLIENT].record_padding = d->config[PARLEY_SERVER].record_padding = 33;
    d->config[PARLEY_SERVER].ticket_count = 3;
}

static const struct kind more[] = {
    {"TLS 1.2, ECDSA and RSA", set_ecdsa12, NULL, false, 0},
    {"TLS 1.3, RSA and ECDSA", set_rsa13, NULL, false, 0},
    {"TLS 1.3, GREASE", set_grease, NULL, true, 0},
};

static void test_same_seed_same_bytes(void **state) {
    (void)state;
    size_t runs = 0, found = 0, without = 0;
    for (size_t i = 0; i < KINDS + COUNT_OF(more); i++) {
        const struct kind *k = i < KINDS ? &kinds[i] : &more[i - KINDS];
        struct parley_memo *memo = parley_memo_new();
        assert_non_null(memo);
        struct duo *d = kind_pair(k);
        uint8_t first[32], again[32], others[RUNS][32];
        digest(d, k, first);
        for (size_t run = 1; run < RUNS; run++, runs++) {
            /* Every tenth by new engines, with credentials all the same. */
            if (run % 10 == 0) {
                duo_free(d);
                d = kind_pair(k);
            }
            d->chunk = run % 3 == 0 ? run : 0;
            d->config[PARLEY_CLIENT].memo = d->config[PARLEY_SERVER].memo =
                run % 4 < 2 ? NULL : memo;
            digest(d, k, again);
            if (memcmp(first, again, 32) != 0) {
                fail_msg("%s: run %zu has other bytes", k->name, run);
            }
        }
        runs++;
        if (memo_found(memo) == 0) {
            print_message("%s: nothing with public keys\n", k->name);
            without++;
        }
        found += memo_found(memo);
        /* Another seed, other bytes; each one its own. */
        for (size_t seed = 0; seed < 5; seed++) {
            d->seed = 1000 + seed;
            digest(d, k, others[seed]);
            assert_memory_not_equal(first, others[seed], 32);
            for (size_t x = 0; x < seed; x++) {
                assert_memory_not_equal(others[x], others[seed], 32);
            }
        }
        duo_free(d);
        parley_memo_free(memo);
    }
    print_message("%zu kinds, %zu runs with the same bytes; %zu answers of a memo\n",
                  KINDS + COUNT_OF(more), runs, found);
    assert_int_equal(runs, RUNS * (19 + 3));
    assert_int_equal(without, 2); /* plain PSK, and resumed in TLS 1.2 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
