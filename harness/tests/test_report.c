/* Reports: fields, ladder, JSON, key log, capture; and the drop operation that the ladder shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "parley/report.h"
#include "parley/script.h"
#include "tests/support_examples.h"

#define BYTES(text) ((struct parley_bytes){(const uint8_t *)(text), strlen(text)})

/* ---- Fields ---- */

struct seen {
    char text[4096];
    size_t count;
};

static void note_field(void *arg, const char *name, const char *value) {
    struct seen *seen = arg;
    size_t len = strlen(seen->text);
    for (const char *p = value; *p != '\0'; p++) {
        assert_in_range((unsigned char)*p, 0x20, 0x7e);
    }
    snprintf(seen->text + len, sizeof seen->text - len, "%s=%s;", name, value);
    seen->count++;
}

/* message_of makes a whole message of an example's body. */
static size_t message_of(const struct parley_example *example, uint8_t *out) {
    bool framed = parley_messages[example->row].content == PARLEY_CONTENT_HANDSHAKE;
    size_t header = framed ? PARLEY_HANDSHAKE_HEADER : 0;
    size_t len = parley_example_bytes(example->hex, out + header, EXAMPLE_MAX);
    if (framed) {
        out[0] = parley_messages[example->row].type;
        out[1] = (uint8_t)(len >> 16);
        out[2] = (uint8_t)(len >> 8);
        out[3] = (uint8_t)len;
    }
    return header + len;
}

/* Every example has its fields; cut short and mutated, it is a result and no crash. */
static void test_fields_of_every_message(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_message_example_count; i++) {
        uint8_t buffer[EXAMPLE_MAX + 4];
        const struct parley_example *example = &parley_message_examples[i];
        enum parley_message message = (enum parley_message)example->row;
        size_t len = message_of(example, buffer);
        struct seen seen = {.count = 0};
        assert_true(
            parley_message_fields(message, (struct parley_bytes){buffer, len}, note_field, &seen));
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t *exact = malloc(cut + 1);
            assert_non_null(exact);
            memcpy(exact, buffer, cut);
            (void)parley_message_fields(message, (struct parley_bytes){exact, cut}, note_field,
                                        &(struct seen){.count = 0});
            free(exact);
        }
        for (size_t at = 0; at < len; at++) {
            uint8_t before = buffer[at];
            buffer[at] = (uint8_t)~before;
            (void)parley_message_fields(message, (struct parley_bytes){buffer, len}, note_field,
                                        &(struct seen){.count = 0});
            buffer[at] = before;
        }
    }
    assert_false(parley_message_fields(PARLEY_MESSAGE_UNKNOWN, BYTES("x"), note_field,
                                       &(struct seen){.count = 0}));
}

static void expect_fields(enum parley_message message, const uint8_t *bytes, size_t len,
                          const char *wanted) {
    struct seen seen = {.count = 0};
    assert_true(
        parley_message_fields(message, (struct parley_bytes){bytes, len}, note_field, &seen));
    assert_string_equal(seen.text, wanted);
}

static void test_fields_are_words(void **state) {
    (void)state;
    static const uint8_t alert[] = {2, 40};
    expect_fields(PARLEY_MSG_alert, alert, sizeof alert, "level=2;description=handshake_failure;");
    static const uint8_t verify[] = {15, 0, 0, 6, 8, 4, 0, 2, 1, 2};
    expect_fields(PARLEY_MSG_certificate_verify, verify, sizeof verify,
                  "algorithm=rsa_pss_rsae_sha256;");
    static const uint8_t unknown[] = {15, 0, 0, 4, 0xab, 0xcd, 0, 0};
    expect_fields(PARLEY_MSG_certificate_verify, unknown, sizeof unknown, "algorithm=0xabcd;");
    static const uint8_t update[] = {24, 0, 0, 1, 1};
    expect_fields(PARLEY_MSG_key_update, update, sizeof update, "request_update=1;");
}

/* ---- Ladder ---- */

static struct parley_event event(enum parley_event_kind kind, enum parley_message message,
                                 const uint8_t *bytes, size_t len) {
    return (struct parley_event){
        .kind = kind,
        .message = message,
        .epoch = PARLEY_EPOCH_HANDSHAKE,
        .bytes = {bytes, len},
    };
}

static char *print(const struct parley_ladder *ladder, bool colour) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    parley_ladder_print(out, ladder, colour);
    assert_int_equal(fclose(out), 0);
    return text;
}

static const uint8_t finished[] = {20, 0, 0, 2, 9, 9};
static const uint8_t garbage[] = {11, 0, 0, 1, 7};
static const uint8_t fatal[] = {2, 51};

static void fill(struct parley_ladder *l) {
    struct parley_event e = event(PARLEY_EVENT_MESSAGE_OUT, PARLEY_MSG_finished, finished, 6);
    parley_ladder_event(l, PARLEY_CLIENT, &e);
    e.kind = PARLEY_EVENT_MESSAGE_IN;
    parley_ladder_event(l, PARLEY_SERVER, &e); /* seen already as it left the client */
    e = event(PARLEY_EVENT_DROPPED, PARLEY_MSG_finished, finished, 6);
    parley_ladder_event(l, PARLEY_SERVER, &e);
    for (int i = 0; i < 3; i++) {
        e = event(PARLEY_EVENT_DATA_OUT, PARLEY_MESSAGE_UNKNOWN, finished, 5);
        parley_ladder_event(l, PARLEY_SERVER, &e);
    }
    e = event(PARLEY_EVENT_RECORD_OUT, PARLEY_MESSAGE_UNKNOWN, finished, 5);
    parley_ladder_event(l, PARLEY_SERVER, &e);
    e = event(PARLEY_EVENT_MESSAGE_OUT, PARLEY_MSG_certificate_tls13, garbage, 5);
    parley_ladder_event(l, PARLEY_SERVER, &e);
    e = event(PARLEY_EVENT_MESSAGE_OUT, PARLEY_MSG_alert, fatal, 2);
    parley_ladder_event(l, PARLEY_CLIENT, &e);
}

static void test_ladder(void **state) {
    (void)state;
    struct parley_ladder l = {.observed = 3};
    fill(&l);
    assert_int_equal(l.count, 5);
    assert_true(l.rungs[1].dropped);
    assert_int_equal(l.rungs[2].length, 15);
    assert_int_equal(l.rungs[2].records, 3);
    assert_memory_equal(parley_ladder_bytes(&l, &l.rungs[3]).data, garbage, sizeof garbage);
    char *text = print(&l, false);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "dropped"));
    assert_non_null(strstr(text, "3 records"));
    assert_non_null(strstr(text, "not well-formed"));
    assert_non_null(strstr(text, "description decrypt_error"));
    free(text);
    text = print(&l, true);
    assert_non_null(strchr(text, '\033'));
    free(text);
    parley_ladder_clear(&l);
    assert_int_equal(l.count, 0);
    assert_int_equal(l.observed, 3);
    parley_ladder_free(&l);
}

/* With one end to watch, what the other one sends is taken down as it arrives. */
static void test_ladder_of_one_observer(void **state) {
    (void)state;
    struct parley_ladder l = {.observed = 1U << PARLEY_SERVER};
    struct parley_event e = event(PARLEY_EVENT_MESSAGE_IN, PARLEY_MSG_finished, finished, 6);
    parley_ladder_event(&l, PARLEY_SERVER, &e);
    e.kind = PARLEY_EVENT_DATA_IN;
    parley_ladder_event(&l, PARLEY_SERVER, &e);
    assert_int_equal(l.count, 2);
    assert_int_equal(l.rungs[0].from, PARLEY_CLIENT);
    assert_true(l.rungs[1].data);
    parley_ladder_free(&l);
}

/* ---- JSON ---- */

static void test_json(void **state) {
    (void)state;
    struct parley_ladder l = {.observed = 3};
    fill(&l);
    static const uint8_t odd[] = {0xff, 0x00};
    struct parley_pipe_result result = {.verdict = PARLEY_VERDICT_FAILED, .who = PARLEY_SERVER};
    for (int i = 0; i < 2; i++) {
        result.ends[i] =
            (struct parley_endpoint_outcome){.state = "wait",
                                             .at = PARLEY_MSG_finished,
                                             .failed = i == 1,
                                             .alpn = {odd, 2},
                                             .alert_sent = i == 1 ? 51 : PARLEY_ALERT_NONE,
                                             .alert_received = PARLEY_ALERT_NONE};
    }
    struct parley_recording recording = {.bytes = NULL};
    parley_recording_add(&recording, PARLEY_CLIENT, BYTES("abc"));
    json_t *json = parley_json_result(&result, &l, &recording);
    const char *outcome, *who, *at, *alert, *sha256, *alpn, *message;
    int dropped;
    assert_int_equal(json_unpack(json, "{s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:[{}, {s:b, s:s}]}",
                                 "outcome", &outcome, "who", &who, "at", &at, "alert", &alert,
                                 "sha256", &sha256, "client", "alpn", &alpn, "messages", "dropped",
                                 &dropped, "message", &message),
                     0);
    assert_string_equal(outcome, "failed");
    assert_string_equal(who, "server");
    assert_string_equal(at, "finished");
    assert_string_equal(alert, "decrypt_error");
    assert_string_equal(alpn, "ff00");
    assert_string_equal(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(dropped);
    assert_string_equal(message, "finished");
    json_decref(json);
    parley_recording_free(&recording);
    parley_ladder_free(&l);
}

/* ---- Files ---- */

static char workspace[] = "/tmp/parley-report-XXXXXX";

static int enter(void **state) {
    (void)state;
    return mkdtemp(workspace) == NULL || chdir(workspace) != 0;
}

static int leave(void **state) {
    (void)state;
    (void)unlink("keys");
    (void)unlink("capture");
    return chdir("/") != 0 || rmdir(workspace) != 0; /* nothing else may be left there */
}

static void test_keylog(void **state) {
    (void)state;
    struct parley_keylog k = {.text = NULL};
    char why[200] = "", text[64] = "";
    assert_true(parley_keylog_write(&k, "keys", why)); /* nothing logged: an empty file */
    parley_keylog_line(&k, "CLIENT_RANDOM 00 11");
    parley_keylog_line(&k, "CLIENT_RANDOM 00");
    parley_keylog_line(&k, "CLIENT_RANDOM 00 11");
    assert_true(parley_keylog_write(&k, "keys", why));
    FILE *file = fopen("keys", "r");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    assert_string_equal(text, "CLIENT_RANDOM 00 11\nCLIENT_RANDOM 00\n");
    struct stat st;
    assert_int_equal(stat("keys", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_false(parley_keylog_write(&k, "/dev/null", why));
    assert_non_null(strstr(why, "not a regular file"));
    assert_false(parley_keylog_write(&k, "no/such/keys", why));
    parley_keylog_free(&k);
}

/* blocks_of walks through a pcapng file and returns how many of its blocks are of |type|. */
static int blocks_of(const char *path, uint32_t type) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    uint32_t head[2], length;
    int found = 0;
    while (fread(head, sizeof head, 1, file) == 1) {
        assert_true(head[1] >= 12 && head[1] % 4 == 0);
        assert_int_equal(fseek(file, (long)head[1] - 12, SEEK_CUR), 0);
        assert_int_equal(fread(&length, sizeof length, 1, file), 1);
        assert_int_equal(length, head[1]);
        found += head[0] == type;
    }
    assert_true(feof(file));
    (void)fclose(file);
    return found;
}

static void test_capture(void **state) {
    (void)state;
    static uint8_t much[50000];
    struct parley_recording r[2] = {{.bytes = NULL}, {.bytes = NULL}};
    parley_recording_add(&r[0], PARLEY_CLIENT, BYTES("\x15\x03\x03\x00\x02\x01\x00"));
    parley_recording_add(&r[1], PARLEY_SERVER, (struct parley_bytes){much, sizeof much});
    struct parley_keylog k = {.text = NULL};
    parley_keylog_line(&k, "CLIENT_RANDOM 00 11");
    char why[200] = "";
    for (size_t count = 1; count <= 2; count++) {
        if (!parley_capture_write(r, count, 1767225600000, &k, "capture", why)) {
            fail_msg("%s", why);
        }
        /* A section, an interface, the secrets; a packet for each 16,384 bytes. */
        assert_int_equal(blocks_of("capture", 0x0a0d0d0a), 1);
        assert_int_equal(blocks_of("capture", 1), 1);
        assert_int_equal(blocks_of("capture", 10), 1);
        assert_int_equal(blocks_of("capture", 6), count == 1 ? 1 : 5);
    }
    assert_false(parley_capture_write(r, 0, 0, NULL, "capture", why));
    assert_false(parley_capture_write(r, 1, 0, NULL, "no/such/capture", why));
    assert_false(parley_capture_write(r, PARLEY_CAPTURE_MAX + 1, 0, NULL, "capture", why));
    assert_non_null(strstr(why, "connections"));
    parley_keylog_free(&k);
    for (int i = 0; i < 2; i++) {
        parley_recording_free(&r[i]);
    }
}

/* ---- Drop ---- */

static void test_drop(void **state) {
    (void)state;
    struct parley_drop drop;
    assert_true(parley_drop_parse("certificate", &drop));
    assert_true(parley_drop_message(&drop, PARLEY_CLIENT, PARLEY_MSG_certificate_tls12));
    assert_true(parley_drop_message(&drop, PARLEY_SERVER, PARLEY_MSG_certificate_tls13));
    assert_false(parley_drop_message(&drop, PARLEY_SERVER, PARLEY_MSG_certificate_verify));
    assert_false(parley_drop_message(&drop, PARLEY_SERVER, PARLEY_MSG_certificate_request_tls12));
    assert_int_equal(drop.dropped, 2);
    assert_true(parley_drop_parse("server:finished", &drop));
    assert_false(parley_drop_message(&drop, PARLEY_CLIENT, PARLEY_MSG_finished));
    assert_true(parley_drop_message(&drop, PARLEY_SERVER, PARLEY_MSG_finished));
    assert_true(parley_drop_parse("Certificate_TLS13", &drop));
    assert_false(parley_drop_message(&drop, PARLEY_CLIENT, PARLEY_MSG_certificate_tls12));
    static const char *const bad[] = {"",          "finishe",       "finished_",
                                      "client:",   "peer:finished", "server:client_hello",
                                      ":finished", "hello"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(parley_drop_parse(bad[i], &drop));
    }
    for (int m = 0; m < PARLEY_MESSAGE_COUNT; m++) {
        assert_true(parley_drop_parse(parley_messages[m].name, &drop));
        assert_true((drop.messages >> m & 1) != 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_of_every_message),
        cmocka_unit_test(test_fields_are_words),
        cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_ladder_of_one_observer),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_keylog),
        cmocka_unit_test(test_capture),
        cmocka_unit_test(test_drop),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
