/* The tables: what is looked up is what the rows say, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "parley/tables.h"

static size_t checked;

/* swap_case writes |name| with every letter's case changed. */
static const char *swap_case(const char *name) {
    static char out[128];
    size_t i = 0;
    for (; name[i] != '\0' && i < sizeof(out) - 1; i++) {
        char c = name[i];
        int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        out[i] = letter ? (char)(c ^ 0x20) : c;
    }
    out[i] = '\0';
    return out;
}

static void suites(void **state) {
    (void)state;
    size_t known = 0;
    for (uint32_t code = 0; code <= 0xffff; code++) {
        const struct parley_suite *suite = parley_suite_find((uint16_t)code);
        if (suite == NULL) {
            continue;
        }
        known++;
        assert_int_equal(suite->code, code);
        assert_ptr_equal(parley_suite_by_name(suite->name), suite);
        assert_ptr_equal(parley_suite_by_name(swap_case(suite->name)), suite);
        const char *full = parley_suite_name((uint16_t)code);
        assert_memory_equal(full, "TLS_", 4);
        assert_string_equal(full + 4, suite->name);
        assert_ptr_equal(parley_suite_by_name(full), suite);
        assert_true(suite->version == PARLEY_TLS12 || suite->version == PARLEY_TLS13);
        assert_true((suite->key_exchange == PARLEY_KX_ANY) == (suite->version == PARLEY_TLS13));
        assert_int_not_equal(suite->cipher, PARLEY_CIPHER_NONE);
        assert_true(parley_hash_length(suite->hash) >= 32);
    }
    assert_int_equal(known, parley_suite_count);
    assert_null(parley_suite_by_name("TLS_"));
    assert_null(parley_suite_by_name("AES_128"));
    assert_string_equal(parley_suite_name(0x1301), "TLS_AES_128_GCM_SHA256");
    assert_string_equal(parley_suite_name(0x00ff), "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
    assert_string_equal(parley_suite_name(0x5600), "TLS_FALLBACK_SCSV");
    assert_string_equal(parley_suite_name(0xfafa), "GREASE");
    assert_string_equal(parley_suite_name(0x0001), "?");
    checked += known;
}

static void groups(void **state) {
    (void)state;
    size_t known = 0;
    for (uint32_t code = 0; code <= 0xffff; code++) {
        const struct parley_group *group = parley_group_find((uint16_t)code);
        if (group == NULL) {
            continue;
        }
        known++;
        assert_int_equal(group->code, code);
        assert_ptr_equal(parley_group_by_name(swap_case(group->name)), group);
        assert_string_equal(parley_group_name((uint16_t)code), group->name);
        /* Of the post-quantum groups libcrypto has one or the other. */
        assert_true(group->kind == PARLEY_GROUP_KIND_NONE || group->share_length > 0);
    }
    assert_int_equal(known, parley_group_count);
    assert_null(parley_group_by_name("x2551"));
    assert_string_equal(parley_group_name(0x001d), "x25519");
    assert_string_equal(parley_group_name(0x0a0a), "GREASE");
    assert_string_equal(parley_group_name(0), "?");
    checked += known;
}

static void sigalgs(void **state) {
    (void)state;
    size_t known = 0;
    for (uint32_t code = 0; code <= 0xffff; code++) {
        const struct parley_sigalg *sigalg = parley_sigalg_find((uint16_t)code);
        if (sigalg == NULL) {
            continue;
        }
        known++;
        assert_int_equal(sigalg->code, code);
        assert_ptr_equal(parley_sigalg_by_name(swap_case(sigalg->name)), sigalg);
        assert_string_equal(parley_sigalg_name((uint16_t)code), sigalg->name);
        assert_true(sigalg->curve == PARLEY_GROUP_none || parley_group_find(sigalg->curve) != NULL);
    }
    assert_int_equal(known, parley_sigalg_count);
    assert_null(parley_sigalg_by_name("rsa"));
    assert_string_equal(parley_sigalg_name(0x0804), "rsa_pss_rsae_sha256");
    checked += known;
}

static void messages(void **state) {
    (void)state;
    for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        const struct parley_message_row *row = &parley_messages[i];
        assert_int_equal(parley_message_by_name(row->name), i);
        assert_int_equal(parley_message_by_name(swap_case(row->name)), i);
        assert_string_equal(parley_message_name((enum parley_message)i), row->name);
        assert_in_range(row->versions, 1, 3);
        assert_in_range(row->senders, 1, 3);
        assert_in_range(row->epoch, PARLEY_EPOCH_INITIAL, PARLEY_EPOCH_APPLICATION);
        assert_true(strncmp(row->rfc, "RFC ", 4) == 0 || strncmp(row->rfc, "draft-", 6) == 0);
        assert_string_not_equal(parley_content_name(row->content), "?");
        assert_in_range(row->max_length, 0, 0xffffff);
        checked++;
    }
    assert_int_equal(parley_message_by_name("client_hell"), PARLEY_MESSAGE_COUNT);
    assert_string_equal(parley_message_name(PARLEY_MESSAGE_UNKNOWN), "?");
}

/* Forms: each belongs to its extension, and no two of one extension share a place. */
static void check_forms(enum parley_extension extension) {
    const struct parley_extension_row *row = &parley_extensions[extension];
    unsigned places = 0;
    assert_in_range(row->form_count, 1, 8);
    for (unsigned i = 0; i < row->form_count; i++) {
        const struct parley_form_row *form = &parley_forms[(unsigned)row->first_form + i];
        assert_int_equal(form->extension, extension);
        assert_int_not_equal(form->places, 0);
        assert_int_equal(form->places & places, 0);
        places |= form->places;
        checked++;
    }
    for (unsigned place = 1; place <= PARLEY_PLACE_NST; place <<= 1) {
        enum parley_form form = parley_form_find(extension, place);
        assert_true((form != PARLEY_FORM_UNKNOWN) == ((places & place) != 0));
        assert_true(form == PARLEY_FORM_UNKNOWN || (parley_forms[form].places & place) != 0);
    }
}

static void extensions(void **state) {
    (void)state;
    size_t known = 0;
    size_t forms = 0;
    for (uint32_t code = 0; code <= 0xffff; code++) {
        enum parley_extension extension = parley_extension_find((uint16_t)code);
        if (extension == PARLEY_EXTENSION_UNKNOWN) {
            assert_string_equal(parley_extension_name((uint16_t)code),
                                parley_is_grease((uint16_t)code) ? "GREASE" : "?");
            continue;
        }
        known++;
        const struct parley_extension_row *row = &parley_extensions[extension];
        assert_int_equal(row->code, code);
        assert_int_equal(parley_extension_by_name(swap_case(row->name)), extension);
        assert_string_equal(parley_extension_name((uint16_t)code), row->name);
        check_forms(extension);
        forms += row->form_count;
    }
    assert_int_equal(known, PARLEY_EXTENSION_COUNT);
    assert_int_equal(forms, PARLEY_FORM_COUNT);
    assert_int_equal(parley_extension_by_name("none"), PARLEY_EXTENSION_COUNT);
    assert_int_equal(parley_form_find(PARLEY_EXTENSION_UNKNOWN, PARLEY_PLACE_CH),
                     PARLEY_FORM_UNKNOWN);
    assert_int_equal(parley_form_find(PARLEY_EXT_key_share, PARLEY_PLACE_SH),
                     PARLEY_FORM_key_share_choice);
    assert_int_equal(parley_form_find(PARLEY_EXT_key_share, PARLEY_PLACE_SH12),
                     PARLEY_FORM_UNKNOWN);
    checked += known;
}

/* RFC 8701 2: 0x0a0a, 0x1a1a, ... 0xfafa. */
static void grease(void **state) {
    (void)state;
    size_t count = 0;
    for (uint32_t code = 0; code <= 0xffff; code++) {
        count += parley_is_grease((uint16_t)code);
    }
    assert_int_equal(count, 16);
    for (uint32_t high = 0; high < 16; high++) {
        assert_true(parley_is_grease((uint16_t)(high << 12 | 0x0a00 | high << 4 | 0x0a)));
    }
    checked += 65536;
}

static void alerts_and_errors(void **state) {
    (void)state;
    assert_string_equal(parley_alert_name(50), "decode_error");
    assert_string_equal(parley_alert_name(PARLEY_ALERT_close_notify), "close_notify");
    assert_string_equal(parley_alert_name(1), "?");
    assert_string_equal(parley_alert_name(PARLEY_ALERT_NONE), "?");
    assert_string_equal(parley_error_name(PARLEY_OK), "ok");
    assert_string_equal(parley_error_name(PARLEY_ERROR_COUNT), "?");
    assert_int_equal(parley_error_alert(PARLEY_OK), PARLEY_ALERT_NONE);
    assert_int_equal(parley_error_alert(PARLEY_ERR_truncated), PARLEY_ALERT_decode_error);
    assert_int_equal(parley_error_alert(PARLEY_ERR_duplicate_extension),
                     PARLEY_ALERT_illegal_parameter);
    assert_int_equal(parley_error_alert(PARLEY_ERR_bad_finished), PARLEY_ALERT_decrypt_error);
    for (unsigned i = 1; i < PARLEY_ERROR_COUNT; i++) {
        enum parley_error error = (enum parley_error)i;
        assert_string_not_equal(parley_error_name(error), "?");
        assert_true(strlen(parley_error_text(error)) > 5);
        enum parley_alert_description alert = parley_error_alert(error);
        assert_true(alert == PARLEY_ALERT_NONE || strcmp(parley_alert_name(alert), "?") != 0);
        checked++;
    }
}

static void other_names(void **state) {
    (void)state;
    assert_string_equal(parley_version_name(PARLEY_TLS12), "TLS 1.2");
    assert_string_equal(parley_version_name(PARLEY_TLS13), "TLS 1.3");
    assert_string_equal(parley_version_name(0x0300), "SSL 3.0");
    assert_string_equal(parley_version_name(0x7a7a), "GREASE");
    assert_string_equal(parley_version_name(0x0305), "?");
    assert_string_equal(parley_content_name(22), "handshake");
    assert_string_equal(parley_content_name(PARLEY_CONTENT_SSL2), "ssl2");
    assert_string_equal(parley_content_name(1), "?");
    for (unsigned i = 0; i < PARLEY_EARLY_DATA_COUNT; i++) {
        enum parley_early_data_reason reason = (enum parley_early_data_reason)i;
        assert_string_not_equal(parley_early_data_name(reason), "?");
        assert_true(strlen(parley_early_data_text(reason)) > 5);
    }
    assert_string_equal(parley_early_data_name(PARLEY_EARLY_DATA_accepted), "accepted");
    assert_string_equal(parley_early_data_name(PARLEY_EARLY_DATA_COUNT), "?");
    assert_string_equal(parley_early_data_text(PARLEY_EARLY_DATA_COUNT), "?");
    assert_string_equal(parley_epoch_name(PARLEY_EPOCH_EARLY), "early");
    assert_int_equal(parley_hash_length(PARLEY_HASH_NONE), 0);
    assert_int_equal(parley_hash_length(PARLEY_HASH_SHA1), 20);
    assert_int_equal(parley_hash_length(PARLEY_HASH_SHA256), 32);
    assert_int_equal(parley_hash_length(PARLEY_HASH_SHA384), 48);
    assert_int_equal(parley_hash_length(PARLEY_HASH_SHA512), 64);
    checked += 13;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites),
        cmocka_unit_test(groups),
        cmocka_unit_test(sigalgs),
        cmocka_unit_test(messages),
        cmocka_unit_test(extensions),
        cmocka_unit_test(grease),
        cmocka_unit_test(alerts_and_errors),
        cmocka_unit_test(other_names),
    };
    int failed = cmocka_run_group_tests_name("tables", tests, NULL, NULL);
    (void)printf("test_tables: %zu rows and code points checked\n", checked);
    return failed;
}
