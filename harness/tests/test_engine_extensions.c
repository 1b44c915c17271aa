/* Extensions where they must not be: twice, in messages that they are not specified for, in answers
 * to what was not asked. Every extension of extensions.def in every message that has extensions. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"
#include "tests/support_examples.h"
#include "tests/support_refusal.h"

static void set_everything13(struct duo *d) {
    set_tls13_auth(d);
    set_status(d);
    d->config[PARLEY_SERVER].max_early_data = 1000;
    d->config[PARLEY_CLIENT].record_size_limit = d->config[PARLEY_SERVER].record_size_limit = 16000;
    d->config[PARLEY_SERVER].server_name = "parley.test";
}

static void set_everything12(struct duo *d) {
    set_everything13(d);
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, PARLEY_GROUP_x25519);
}

/* Answers with as little as possible: every extension is one that was not offered. */
static void set_little(struct duo *d) {
    struct parley_config *c = &d->config[PARLEY_CLIENT];
    c->server_name = NULL;
    c->alpn_count = 0;
    c->no_extended_master_secret = c->no_encrypt_then_mac = c->no_tickets = true;
}

static void set_little12(struct duo *d) {
    set_tls12(d);
    set_little(d);
}

static void set_little13(struct duo *d) {
    set_tls13(d);
    set_little(d);
}

static void set_little_retry(struct duo *d) {
    set_retry(d);
    set_little(d);
}

static void set_little_auth(struct duo *d) {
    set_tls13_auth(d);
    set_little(d);
}

/* One message that has extensions. */
static const struct place {
    const char *name;
    enum parley_role sender;
    enum parley_message message;
    unsigned nth;
    unsigned place;
    void (*everything)(struct duo *d);           /* with as many extensions as there can be */
    void (*little)(struct duo *d);               /* with as few */
    unsigned duplicates, misplaced, unsolicited; /* how many refusals there are to check */
    bool ignores; /* unknown and unexpected ones are ignored: it answers nothing */
} places[] = {
    {"client_hello", C, PARLEY_MSG_client_hello, 0, PARLEY_PLACE_CH, set_everything13, set_little13,
     9, 1, 0, true},
    {"client_hello of TLS 1.2", C, PARLEY_MSG_client_hello, 0, PARLEY_PLACE_CH, set_everything12,
     set_little12, 11, 1, 0, true},
    {"server_hello of TLS 1.2", S, PARLEY_MSG_server_hello, 0, PARLEY_PLACE_SH12, set_everything12,
     set_little12, 9, 16, 15, false},
    {"server_hello", S, PARLEY_MSG_server_hello, 0, PARLEY_PLACE_SH, set_tls13, set_little13, 2, 31,
     2, false},
    {"hello_retry_request", S, PARLEY_MSG_hello_retry_request, 0, PARLEY_PLACE_HRR, set_retry,
     set_little_retry, 2, 30, 2, false},
    {"encrypted_extensions", S, PARLEY_MSG_encrypted_extensions, 0, PARLEY_PLACE_EE,
     set_everything13, set_little13, 3, 22, 12, false},
    {"certificate of the server", S, PARLEY_MSG_certificate_tls13, 0, PARLEY_PLACE_CT,
     set_everything13, set_little13, 1, 31, 4, false},
    {"certificate_request", S, PARLEY_MSG_certificate_request_tls13, 0, PARLEY_PLACE_CR,
     set_everything13, set_little_auth, 1, 26, 0, true},
    {"certificate of the client", C, PARLEY_MSG_certificate_tls13, 0, PARLEY_PLACE_CT,
     set_everything13, set_little_auth, 0, 31, 4, false},
    {"new_session_ticket", S, PARLEY_MSG_new_session_ticket_tls13, 0, PARLEY_PLACE_NST,
     set_everything13, set_tls13, 1, 33, 0, true},
};

static size_t duplicates, misplaced, unsolicited, ignored;

/* body_of decodes an example of the body that |extension| has in |place|, or in any. */
static struct parley_bytes body_of(enum parley_extension extension, unsigned place,
                                   uint8_t out[EXAMPLE_MAX]) {
    enum parley_form form = parley_form_find(extension, place);
    if (form == PARLEY_FORM_UNKNOWN) {
        form = parley_extensions[extension].first_form;
    }
    for (size_t i = 0; i < parley_form_example_count; i++) {
        if (parley_form_examples[i].row == (unsigned)form) {
            return (struct parley_bytes){
                out, parley_example_bytes(parley_form_examples[i].hex, out, EXAMPLE_MAX)};
        }
    }
    fail_msg("no example of %s", parley_forms[form].name);
    return (struct parley_bytes){NULL, 0};
}

static const char *describe(const struct place *p, uint16_t code, const char *what) {
    static char text[200];
    (void)snprintf(text, sizeof(text), "%s: %s %s (%u)", p->name, parley_extension_name(code), what,
                   code);
    return text;
}

/* What is added to a message. */
struct addition {
    uint16_t code;
    struct parley_bytes body;
    bool copy;      /* the body it has there, if it is there */
    unsigned times; /* 0: once */
    bool has_had;   /* whether the message had the extension already */
};

static void add(struct duo *d, struct edit *e) {
    struct addition *a = (struct addition *)(uintptr_t)d->with;
    uint8_t copy[4000];
    size_t len = 0, at = edit_find(e, a->code, &len);
    a->has_had = at != 0;
    struct parley_bytes body = a->body;
    if (a->copy && at != 0) {
        assert_true(len - 4 <= sizeof(copy));
        memcpy(copy, e->bytes + at + 4, len - 4);
        body = (struct parley_bytes){copy, len - 4};
    }
    if (!a->copy || at != 0) {
        edit_add(e, a->code, body);
    }
    if (a->times == 2) {
        edit_add(e, a->code, body);
    }
}

/* run_with runs a handshake with the addition and returns whether it completed. */
static bool run_with(struct duo *d, const struct place *p, struct addition *a) {
    d->with = a;
    duo_bend(d, p->sender, p->message, p->nth, add);
    bool ok = duo_run(d, false);
    if (d->bend[p->sender].bent != 1) {
        fail_msg("%s is not sent: %s", p->name, duo_explain(d));
    }
    return ok;
}

static struct duo *pair(void (*set)(struct duo *d)) {
    struct duo *d = duo_new();
    duo_hooks(d);
    set(d);
    return d;
}

/* refused_twice expects what an extension that stands twice is refused with in that message. */
static void refused_twice(struct duo *d, const struct place *p, uint16_t code) {
    bool hello = p->message == PARLEY_MSG_client_hello || p->message == PARLEY_MSG_server_hello ||
                 p->message == PARLEY_MSG_encrypted_extensions;
    duo_refused(d, duo_other(p->sender),
                hello ? PARLEY_ALERT_decode_error : PARLEY_ALERT_illegal_parameter,
                hello ? PARLEY_ERR_duplicate_hello_extension : PARLEY_ERR_duplicate_extension,
                describe(p, code, "twice"));
}

static void test_duplicates(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const struct place *p = &places[i];
        struct duo *d = pair(p->everything);
        size_t found = 0;
        for (int x = 0; x < PARLEY_EXTENSION_COUNT; x++) {
            struct addition a = {.code = parley_extensions[x].code, .copy = true};
            (void)run_with(d, p, &a);
            if (!a.has_had) {
                continue;
            }
            refused_twice(d, p, a.code);
            found++;
        }
        if (found != p->duplicates) {
            fail_msg("%s: %zu extensions doubled", p->name, found);
        }
        duplicates += found;
        /* Two of a code point that nobody knows, even where one would be ignored. */
        struct addition a = {.code = 0x1a1a, .times = 2};
        (void)run_with(d, p, &a);
        refused_twice(d, p, a.code);
        duplicates++;
        duo_free(d);
    }
    print_message("%zu extensions refused where they came twice\n", duplicates);
    assert_int_equal(duplicates, 39 + 10);
}

static void test_misplaced(void **state) {
    (void)state;
    uint8_t bytes[EXAMPLE_MAX];
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const struct place *p = &places[i];
        struct duo *d = pair(p->little);
        size_t found = 0;
        for (int x = 0; x < PARLEY_EXTENSION_COUNT; x++) {
            enum parley_extension extension = (enum parley_extension)x;
            if (parley_form_find(extension, p->place) != PARLEY_FORM_UNKNOWN) {
                continue;
            }
            /* supported_versions makes a server_hello one of TLS 1.3. */
            if (p->place == PARLEY_PLACE_SH12 && extension == PARLEY_EXT_supported_versions) {
                continue;
            }
            struct addition a = {.code = parley_extensions[x].code,
                                 .body = body_of(extension, p->place, bytes)};
            (void)run_with(d, p, &a);
            /* What no client asked for: so are these two in TLS 1.2. */
            bool tls13_only = extension == PARLEY_EXT_encrypted_client_hello ||
                              extension == PARLEY_EXT_application_settings;
            bool answer =
                p->place == PARLEY_PLACE_EE || (p->place == PARLEY_PLACE_SH12 && tls13_only);
            duo_refused(d, duo_other(p->sender),
                        answer ? PARLEY_ALERT_unsupported_extension
                               : PARLEY_ALERT_illegal_parameter,
                        answer ? PARLEY_ERR_unsupported_extension : PARLEY_ERR_misplaced_extension,
                        describe(p, a.code, "misplaced"));
            found++;
        }
        if (found != p->misplaced) {
            fail_msg("%s: %zu extensions misplaced", p->name, found);
        }
        misplaced += found;
        duo_free(d);
    }
    print_message("%zu extensions refused in messages that they do not belong in\n", misplaced);
    assert_int_equal(misplaced, 222);
}

/* RFC 8446 4.2: an answer holds only what was asked for; the other messages may hold what the
 * receiver does not know. */
static void test_unsolicited(void **state) {
    (void)state;
    uint8_t bytes[EXAMPLE_MAX];
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const struct place *p = &places[i];
        struct duo *d = pair(p->little);
        size_t found = 0;
        for (int x = 0; x <= PARLEY_EXTENSION_COUNT; x++) {
            enum parley_extension extension = (enum parley_extension)x;
            bool unknown = x == PARLEY_EXTENSION_COUNT;
            struct addition a = {.code = 0xabcd};
            if (!unknown && parley_form_find(extension, p->place) == PARLEY_FORM_UNKNOWN) {
                continue;
            }
            if (!unknown) {
                a.code = parley_extensions[x].code;
                a.body = body_of(extension, p->place, bytes);
            }
            if (p->ignores && !unknown) {
                continue;
            }
            bool ok = run_with(d, p, &a);
            if (a.has_had) {
                continue;
            }
            if (p->ignores) {
                if (!ok) {
                    fail_msg("%s", describe(p, a.code, "should be ignored"));
                }
                ignored++;
                continue;
            }
            /* What was asked for, and the cookie, which needs no asking (RFC 8446 4.2.2). */
            if (!unknown && p->place != PARLEY_PLACE_CT &&
                (d->engine[PARLEY_CLIENT]->offered >> x & 1) != 0) {
                continue;
            }
            if (extension == PARLEY_EXT_cookie) {
                continue;
            }
            duo_refused(d, duo_other(p->sender), PARLEY_ALERT_unsupported_extension,
                        PARLEY_ERR_unsupported_extension, describe(p, a.code, "unsolicited"));
            found++;
        }
        if (found != p->unsolicited) {
            fail_msg("%s: %zu extensions unsolicited", p->name, found);
        }
        unsolicited += found;
        duo_free(d);
    }
    print_message("%zu extensions refused that were not asked for, %zu unknown ones ignored\n",
                  unsolicited, ignored);
    assert_int_equal(unsolicited, 39);
    assert_int_equal(ignored, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_misplaced),
        cmocka_unit_test(test_unsolicited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
