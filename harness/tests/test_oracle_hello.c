/* The oracle of two readings of a client_hello: silent where they agree or may differ, and it fires
 * on each lie about what another stack saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "parley/oracle.h"

#define HELLO_MAX 1024

/* A client_hello of our engine, and an honest account of it. */
static struct {
    uint8_t bytes[HELLO_MAX];
    size_t len;
    union parley_message_value value;
    struct parley_seen_extension extensions[64];
    struct parley_seen_hello seen;
} honest;

static int make_hello(void **state) {
    static const struct parley_config config = {.server_name = "parley.test"};
    const size_t headers = PARLEY_RECORD_HEADER + PARLEY_HANDSHAKE_HEADER;
    uint8_t record[HELLO_MAX];
    struct parley_seeded random;
    (void)state;
    struct parley_engine *client = parley_engine_new(&config, PARLEY_CLIENT);
    assert_non_null(client);
    parley_seeded_init(&random, 1, 1);
    parley_engine_start(client, 0, parley_seeded_random(&random), NULL);
    honest.len = parley_engine_pull(client, record, sizeof record) - headers;
    memcpy(honest.bytes, record + headers, honest.len);
    parley_engine_free(client);

    struct parley_bytes in = {honest.bytes, honest.len};
    assert_true(parley_message_parse(PARLEY_MSG_client_hello, in, &honest.value, NULL, NULL));
    const struct parley_client_hello *hello = &honest.value.client_hello;
    const struct parley_extension_block *x = &hello->extensions;
    struct parley_bytes rest = x->raw;
    struct parley_extension_entry entry;
    size_t count = 0;
    while (parley_extension_next(&rest, &entry)) {
        honest.extensions[count++] =
            (struct parley_seen_extension){entry.extension_type, entry.extension_data};
    }
    honest.seen = (struct parley_seen_hello){
        .split = true,
        .legacy_version = hello->legacy_version,
        .random = hello->random,
        .legacy_session_id = hello->legacy_session_id,
        .cipher_suites = hello->cipher_suites,
        .legacy_compression_methods = hello->legacy_compression_methods,
        .extensions = honest.extensions,
        .extension_count = count,
        .understood = true,
        .version = PARLEY_TLS13,
        .host_name = x->server_name.host_name,
        .signature_algorithms = x->signature_algorithms.supported_signature_algorithms,
        .named_groups = x->supported_groups.named_group_list,
        .refused_extension = -1,
        .alert = PARLEY_ALERT_NONE,
    };
    return 0;
}

/* ---- Lies ---- */

static void truth(struct parley_seen_hello *seen) {
    (void)seen;
}
static void silent(struct parley_seen_hello *seen) {
    seen->host_name.data = seen->signature_algorithms.data = seen->named_groups.data = NULL;
}
static void not_split(struct parley_seen_hello *seen) {
    seen->split = seen->understood = false;
}
static void not_understood(struct parley_seen_hello *seen) {
    seen->understood = false;
}
static void other_version(struct parley_seen_hello *seen) {
    seen->legacy_version ^= 1;
}
static void short_session_id(struct parley_seen_hello *seen) {
    seen->legacy_session_id.len--;
}
static void fewer_extensions(struct parley_seen_hello *seen) {
    seen->extension_count--;
}
static void other_order(struct parley_seen_hello *seen) {
    static struct parley_seen_extension extensions[64];
    memcpy(extensions, honest.extensions, sizeof extensions);
    extensions[0] = honest.extensions[1];
    extensions[1] = honest.extensions[0];
    seen->extensions = extensions;
}
static void other_data(struct parley_seen_hello *seen) {
    static struct parley_seen_extension extensions[64];
    memcpy(extensions, honest.extensions, sizeof extensions);
    extensions[seen->extension_count - 1].data.len--;
    seen->extensions = extensions;
}
static void chose_tls12(struct parley_seen_hello *seen) {
    seen->version = PARLEY_TLS12;
}
static void no_name(struct parley_seen_hello *seen) {
    seen->host_name.len = 0;
}
static void fewer_schemes(struct parley_seen_hello *seen) {
    seen->signature_algorithms.len -= 2;
}
static void fewer_groups(struct parley_seen_hello *seen) {
    seen->named_groups.len -= 2;
}

static const struct {
    const char *what;
    const char *oracle;
    void (*lie)(struct parley_seen_hello *seen);
} lies[] = {
    {"the same", NULL, truth},
    {"no values", NULL, silent},
    {"not split", "split", not_split},
    {"not understood", "understood", not_understood},
    {"another version", "fields", other_version},
    {"a shorter session id", "fields", short_session_id},
    {"fewer extensions", "extensions", fewer_extensions},
    {"another order", "extensions", other_order},
    {"other data", "extensions", other_data},
    {"another choice", "values", chose_tls12},
    {"no name", "values", no_name},
    {"fewer schemes", "values", fewer_schemes},
    {"fewer groups", "values", fewer_groups},
};

static void expect(struct parley_finding finding, const char *oracle, const char *what) {
    const char *found = finding.oracle != NULL ? finding.oracle : "silence";
    if (strcmp(found, oracle != NULL ? oracle : "silence") != 0) {
        fail_msg("%s: %s instead of %s", what, found, oracle != NULL ? oracle : "silence");
    }
}

static void test_lies(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct parley_seen_hello seen = honest.seen;
        lies[i].lie(&seen);
        expect(parley_oracle_hello((struct parley_bytes){honest.bytes, honest.len}, &seen, NULL, 0),
               lies[i].oracle, lies[i].what);
    }
}

/* ---- What may differ ---- */

static bool always(const struct parley_hello_pair *pair) {
    return pair->seen != NULL;
}
static bool never(const struct parley_hello_pair *pair) {
    return pair->seen == NULL;
}
static const struct parley_difference may = {"anything", "RFC 2119 5", always},
                                      may_not = {"nothing", "RFC 2119 2", never};

/* A difference excuses who refuses what the other takes, and nothing else. */
static void test_differences(void **state) {
    (void)state;
    const struct parley_bytes in = {honest.bytes, honest.len};
    struct parley_seen_hello seen = honest.seen;
    not_understood(&seen);
    expect(parley_oracle_hello(in, &seen, &may, 1), NULL, "excused");
    expect(parley_oracle_hello(in, &seen, &may_not, 1), "understood", "not excused");
    not_split(&seen);
    expect(parley_oracle_hello(in, &seen, &may, 1), NULL, "excused");
    seen = honest.seen;
    other_version(&seen);
    expect(parley_oracle_hello(in, &seen, &may, 1), "fields", "no excuse");
    seen = honest.seen;
    no_name(&seen);
    expect(parley_oracle_hello(in, &seen, &may, 1), "values", "no excuse");
}

/* What we refuse: cut short, and with a byte too many in an extension. */
static void test_refused(void **state) {
    (void)state;
    struct parley_bytes in = {honest.bytes, honest.len - 1};
    struct parley_seen_hello seen = honest.seen;
    expect(parley_oracle_hello(in, &seen, NULL, 0), "split", "they take half of it");
    expect(parley_oracle_hello(in, &seen, &may, 1), NULL, "excused");
    not_split(&seen);
    expect(parley_oracle_hello(in, &seen, NULL, 0), NULL, "both refuse");

    uint8_t bent[HELLO_MAX];
    memcpy(bent, honest.bytes, honest.len);
    const struct parley_bytes *name = &honest.value.client_hello.extensions.server_name.host_name;
    bent[name->data - honest.bytes] = 0;
    in = (struct parley_bytes){bent, honest.len};
    seen = honest.seen;
    expect(parley_oracle_hello(in, &seen, NULL, 0), "understood", "they take such a name");
    not_understood(&seen);
    expect(parley_oracle_hello(in, &seen, NULL, 0), NULL, "both refuse what is in it");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("oracle of hellos", tests, make_hello, NULL);
}
