/* What the judge's tables say of messages and of operations: breaches.def, judgements.def. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support_judging.h"

/* ---- Breaches ---- */

#define RESUMED12(role, more)                                                                      \
    "role " role "\nsession\nversions 1.2\nsession\nversions 1.2\nresume\n" more
#define RESUMED13(role, more)                                                                      \
    "role " role "\nsession\nversions 1.3\nsession\nversions 1.3\nresume\n" more
#define BREACH(name) PARLEY_BREACH_##name

/* What a message is. A correct peer is not judged; one that went on is. */
static const struct {
    const char *text;
    enum parley_breach breach;
} breaches[] = {
    {C13 "set server_hello cipher_suite 1305\n", BREACH(suite_not_offered)},
    {C13 "hello_retry\nset hello_retry_request cipher_suite 1305\n", BREACH(suite_not_offered)},
    {C13 "set server_hello selected_version 0305\n", BREACH(version_not_offered)},
    {C13 "add_extension encrypted_extensions heartbeat 01\n", BREACH(extension_not_offered)},
    {C13 "set certificate_tls13 extensions 12340000\n", BREACH(extension_not_offered)},
    {C12 "add_extension server_hello max_fragment_length 01\n", BREACH(extension_not_offered)},
    {C13 "alpn h2 h3\nset encrypted_extensions protocol_name 6834\n", BREACH(protocol_not_offered)},
    {C12 "alpn h2\nset server_hello protocol_name 6834\n", BREACH(protocol_not_offered)},
    {C13 "set server_hello key_share.group 0018\n", BREACH(group_without_share)},
    {C13 "groups x25519 secp384r1\nour groups secp384r1\n"
         "set hello_retry_request selected_group 001d\n",
     BREACH(group_not_offered)},
    {C13 "groups x25519 secp384r1\nour groups secp384r1\n"
         "set hello_retry_request selected_group 0019\n",
     BREACH(group_not_offered)},
    {C13 "server_certificate server-rsa\nits sigalgs rsa_pss_rsae_sha256\n"
         "sign_scheme rsa_pss_rsae_sha384\n",
     BREACH(scheme_not_offered)},
    {S12 "client_auth require\nour client_certificate client-ecdsa-p256\n"
         "sign_scheme ecdsa_sha1\n",
     BREACH(scheme_not_offered)},
    {C12 "set server_hello legacy_compression_method 01\n", BREACH(compression_chosen)},
    {RESUMED13("client", "set server_hello selected_identity 0001\n"),
     BREACH(identity_not_offered)},
    {C13 "hello_retry\nset server_hello cipher_suite 1303\n", BREACH(suite_changed)},
    {C13 "hello_retry\nset hello_retry_request cipher_suite 1303\n", BREACH(suite_changed)},
    {RESUMED12("client", "set server_hello cipher_suite c02c\n"), BREACH(suite_of_no_session)},
    {C13 "set server_hello legacy_session_id_echo -\n", BREACH(session_id_not_echoed)},
    {"role client\nsession\nour versions 1.2\nset server_hello random "
     "000102030405060708090a0b0c0d0e0f1011121314151617444f574e47524400\n",
     BREACH(downgrade)},
    {C12 "set server_hello renegotiated_connection 0102\n", BREACH(renegotiation_claimed)},
    {S12 "set client_hello renegotiated_connection 0102\n", BREACH(renegotiation_claimed)},
    {RESUMED12("client", "remove_extension server_hello extended_master_secret\n"),
     BREACH(master_secret_changed)},
    {RESUMED12("server", "remove_extension client_hello extended_master_secret\n"),
     BREACH(master_secret_changed)},
    {C13 "add_extension encrypted_extensions key_share 001d0000\n", BREACH(extension_misplaced)},
    {C13 "add_extension server_hello signature_algorithms 00020403\n", BREACH(extension_misplaced)},
    {C13 "duplicate_extension server_hello key_share\n", BREACH(extension_twice)},
    {S13 "duplicate_extension client_hello supported_groups\n", BREACH(extension_twice)},
    {S13 "set client_hello legacy_compression_methods 0100\n", BREACH(compression_offered)},
    {RESUMED13("server", "remove_extension client_hello psk_key_exchange_modes\n"),
     BREACH(psk_without_modes)},
    {C13 "set certificate_tls13 certificate_list -\n", BREACH(no_certificate)},
    {C12 "set certificate_tls12 certificate_list -\n", BREACH(no_certificate)},
    {S13 "extend client_hello 00\n", BREACH(malformed)},
    {C13 "truncate encrypted_extensions 1\n", BREACH(malformed)},
};

static bool judged_as_breach(size_t i) {
    struct parley_trial_session *s = &result.sessions[result.session_count - 1];
    char found[64];
    enum parley_answer answer = s->answer;
    judging_seen(found);
    bool silent = answer == PARLEY_ANSWER_ABORTED && strcmp(found, "") == 0;
    s->answer = PARLEY_ANSWER_COMPLETED;
    s->resumed |= strstr(breaches[i].text, "resume") != NULL;
    judging_seen(found);
    s->answer = answer;
    return silent && strcmp(found, "C ") == 0 && verdicts[0].operation == 0;
}

static void test_breaches(void **state) {
    (void)state;
    unsigned wrong = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < sizeof breaches / sizeof *breaches; i++) {
        judging_parse(breaches[i].text);
        judging_run();
        const struct parley_trial_session *s = &result.sessions[result.session_count - 1];
        if ((s->breaches >> breaches[i].breach & 1) == 0 || !judged_as_breach(i)) {
            print_error("%llx, %s, %s:\n%s", (unsigned long long)s->breaches,
                        parley_answer_name(s->answer), verdicts[0].detail, breaches[i].text);
            wrong++;
        }
        all |= UINT64_C(1) << breaches[i].breach;
    }
    assert_int_equal(wrong, 0);
    judging_parse(C13 "hello_retry\nduplicate hello_retry_request 1\n");
    judging_run();
    char found[64];
    judging_seen(found);
    assert_string_equal(found, "");
    result.sessions[0].breaches = UINT64_C(1) << PARLEY_BREACH_second_retry;
    judging_seen(found); /* whatever became of it */
    assert_string_equal(found, "C ");
    all |= UINT64_C(1) << PARLEY_BREACH_second_retry; /* below */
    assert_int_equal(all, (UINT64_C(1) << PARLEY_BREACHES) - 1);
}

/* ---- The table ---- */

/* What a correct peer does about the last operation, and that it does so. */
static const struct {
    const char *text;
    enum parley_must must;
} musts[] = {
    {C13 "hello_retry\nduplicate hello_retry_request 1\n", PARLEY_MUST_ABORT},
    {C13 "hello_retry\nreplay after hello_retry_request hello_retry_request\n", PARLEY_MUST_ABORT},
    {C13 "hello_retry\nreplay before server_hello hello_retry_request\n", PARLEY_MUST_ABORT},
    {C13 "duplicate change_cipher_spec 1\n", PARLEY_MUST_IGNORE},
    {C12 "duplicate change_cipher_spec 1\n", PARLEY_MUST_ABORT},
    {C13 "set change_cipher_spec 0 02\n", PARLEY_MUST_ABORT},
    {S12 "set change_cipher_spec 0 02\n", PARLEY_MUST_ABORT},
    {"role server\nsession\nversions 1.3\nour early_data 7\nwarm\nset change_cipher_spec 0 02\n",
     PARLEY_MUST_UNSPECIFIED},
    {S13 "extend change_cipher_spec 01\n", PARLEY_MUST_ABORT},
    {C13 "insert before finished encrypted_extensions 0000\n", PARLEY_MUST_ABORT},
    {S13 "insert after finished client_hello 0303\n", PARLEY_MUST_ABORT},
    {S13 "replay after finished finished\n", PARLEY_MUST_ABORT},
    {S12 "replay after finished finished\n", PARLEY_MUST_ABORT},
    {S12 "replay after finished client_hello\n", PARLEY_MUST_UNSPECIFIED},
    {S12 "replay before client_key_exchange_ecdhe client_hello\n", PARLEY_MUST_ABORT},
    {C12 "insert before server_hello_done certificate_tls12 000000\n", PARLEY_MUST_ABORT},
    {S13 "insert before finished key_update 00\n", PARLEY_MUST_ABORT},
    {S13 "insert after finished key_update 02\n", PARLEY_MUST_ABORT},
    {C13 "insert before finished new_session_ticket_tls13 00\n", PARLEY_MUST_ABORT},
    {C13 "insert after finished certificate_request_tls13 00000c000d00080006040308040807\n",
     PARLEY_MUST_ABORT},
    {C13 "post_handshake_auth\ninsert after finished certificate_request_tls13 "
         "00000c000d00080006040308040807\n",
     PARLEY_MUST_UNSPECIFIED},
    {EARLY13("server", "coalesce end_of_early_data 0\n"), PARLEY_MUST_ABORT},
    {S12 "client_auth require\ncoalesce certificate_verify 0\n", PARLEY_MUST_ABORT},
    {S13 "record before finished alert current 0128\n", PARLEY_MUST_ABORT},
    {S12 "record before finished alert current 0128\n", PARLEY_MUST_UNSPECIFIED},
    {S13 "record before finished alert current 02\n", PARLEY_MUST_ABORT},
    {C13 "client_auth require\nrecord before certificate_request_tls13 handshake current -\n",
     PARLEY_MUST_ABORT},
};

static void test_musts(void **state) {
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof musts / sizeof *musts; i++) {
        const char *section;
        char found[64];
        judging_parse(musts[i].text);
        judging_run();
        size_t last = result.session_count - 1;
        const struct parley_trial_session *s = &result.sessions[last];
        struct parley_case c = {.trace = &trace,
                                .session = last,
                                .version = s->version,
                                .resumed = s->resumed,
                                .hello_retry = s->hello_retry,
                                .early_data = strstr(musts[i].text, "early_data 9") != NULL};
        enum parley_must must = parley_must_about(&c, 0, &section);
        judging_seen(found);
        if (must != musts[i].must || s->applied != 1 || strcmp(found, "") != 0 ||
            (section != NULL) != (must != PARLEY_MUST_UNSPECIFIED)) {
            print_error("%d, applied %llx, \047%s\047, %s:\n%s", must,
                        (unsigned long long)s->applied, found, parley_answer_name(s->answer),
                        musts[i].text);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breaches),
        cmocka_unit_test(test_musts),
    };
    return cmocka_run_group_tests(tests, judging_set_up, judging_tear_down);
}
