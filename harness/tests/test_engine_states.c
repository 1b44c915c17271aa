/* Messages at the wrong moment: in every state of the four machines, every message of messages.def
 * that is not expected there is refused with unexpected_message. */
#include <stdio.h>
#include <string.h>

#include "tests/support_examples.h"
#include "tests/support_places.h"

/* ---- What the RFCs expect ---- */

/* Which messages each state takes, written down from RFC 4279 2, RFC 5246 7.3 and 7.4.1.1, RFC 5077
 * 3.1, RFC 5489 2, RFC 6066 8, RFC 8879 4, RFC 8446 2, 4.1.4, 4.6 and A, and draft-vvv-tls-alps-01;
 * guards decide which of them in a given handshake. */
static const struct expectation {
    enum parley_role role;
    uint16_t version;
    const char *state;
    const char *messages; /* in the tables' words, separated by one space */
} expectations[] = {
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_server_hello", "server_hello hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_certificate", "certificate_tls12 hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_certificate_status", "certificate_status hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_identity_hint", "server_key_exchange_psk hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_server_key_exchange",
     "server_key_exchange_ecdhe server_key_exchange_dhe server_key_exchange_ecdhe_psk "
     "hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_certificate_request",
     "certificate_request_tls12 hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_server_hello_done", "server_hello_done hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_new_session_ticket",
     "new_session_ticket_tls12 hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_change_cipher_spec", "change_cipher_spec hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_finished", "finished hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "connected", "hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_server_hello", "hello_retry_request server_hello"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_second_server_hello", "server_hello hello_retry_request"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_encrypted_extensions", "encrypted_extensions"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_certificate_request", "certificate_request_tls13"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_certificate", "certificate_tls13 compressed_certificate"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_certificate_verify", "certificate_verify"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_finished", "finished"},
    {PARLEY_CLIENT, PARLEY_TLS13, "connected",
     "new_session_ticket_tls13 key_update certificate_request_tls13"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_client_hello", "client_hello"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_certificate", "certificate_tls12"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_client_key_exchange",
     "client_key_exchange_rsa client_key_exchange_ecdhe client_key_exchange_dhe "
     "client_key_exchange_psk client_key_exchange_ecdhe_psk"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_certificate_verify", "certificate_verify"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_change_cipher_spec", "change_cipher_spec"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_next_protocol", "next_protocol"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_finished", "finished"},
    {PARLEY_SERVER, PARLEY_TLS12, "connected", "client_hello"}, /* refused with no_renegotiation */
    {PARLEY_SERVER, PARLEY_TLS13, "wait_client_hello", "client_hello"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_second_client_hello", "client_hello"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_end_of_early_data", "end_of_early_data"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_client_settings", "encrypted_extensions"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_certificate", "certificate_tls13 compressed_certificate"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_certificate_verify", "certificate_verify"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_finished", "finished"},
    {PARLEY_SERVER, PARLEY_TLS13, "connected", "key_update"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_post_certificate",
     "key_update certificate_tls13 compressed_certificate"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_post_certificate_verify", "certificate_verify"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_post_finished", "finished"},
};

static bool has_word(const char *words, const char *word) {
    size_t len = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += len) {
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

static size_t words_in(const char *words) {
    size_t count = 1;
    for (; *words != '\0'; words++) {
        count += *words == ' ';
    }
    return count;
}

/* The machines have these RECEIVE edges, and no others. */
static void test_edges(void **state) {
    (void)state;
    static const uint16_t versions[] = {PARLEY_TLS12, PARLEY_TLS13};
    size_t expected = 0, found = 0, edges = 0;
    for (size_t i = 0; i < COUNT_OF(expectations); i++) {
        expected += words_in(expectations[i].messages);
    }
    for (size_t m = 0; m < 4; m++) {
        enum parley_role role = (enum parley_role)(m % 2);
        struct parley_edge_view edge;
        /* (state, message) pairs that several edges share count once. */
        const char *pairs[64][2];
        size_t pair_count = 0;
        for (size_t i = 0; parley_edge_at(role, versions[m / 2], i, &edge); i++, edges++) {
            if (edge.kind != PARLEY_EDGE_RECEIVE) {
                continue;
            }
            bool known = false, seen = false;
            for (size_t x = 0; x < COUNT_OF(expectations); x++) {
                const struct expectation *e = &expectations[x];
                known |= e->role == role && e->version == versions[m / 2] &&
                         strcmp(e->state, edge.from) == 0 && has_word(e->messages, edge.message);
            }
            if (!known) {
                fail_msg("%s takes %s", edge.from, edge.message);
            }
            for (size_t p = 0; p < pair_count; p++) {
                seen |=
                    strcmp(pairs[p][0], edge.from) == 0 && strcmp(pairs[p][1], edge.message) == 0;
            }
            if (seen) {
                continue;
            }
            assert_true(pair_count < COUNT_OF(pairs));
            pairs[pair_count][0] = edge.from;
            pairs[pair_count++][1] = edge.message;
            found++;
        }
    }
    print_message("%zu edges; %zu pairs of state and expected message\n", edges, found);
    assert_int_equal(found, expected);
    assert_int_equal(found, 62);
}

/* ---- Which of them a handshake really expects ---- */

static bool has_sent(const struct place *p, enum parley_role role, enum parley_message message) {
    return (p->sent[role] >> message & 1) != 0;
}

static bool holds(const char *guard, const struct place *p) {
    bool psk = p->exchange == PARLEY_KX_PSK, ecdhe_psk = p->exchange == PARLEY_KX_ECDHE_PSK;
    const struct {
        const char *name;
        bool value;
    } guards[] = {
        {"", true},
        {"is_full", !p->resumed},
        {"is_resumed", p->resumed},
        {"expects_certificate", !p->resumed && !psk && !ecdhe_psk},
        {"is_rsa_exchange", p->exchange == PARLEY_KX_RSA},
        {"is_ephemeral", p->exchange == PARLEY_KX_ECDHE || p->exchange == PARLEY_KX_DHE},
        {"is_psk", psk},
        {"is_ecdhe_psk", ecdhe_psk},
        {"expects_status", has_sent(p, PARLEY_SERVER, PARLEY_MSG_certificate_status)},
        {"expects_ticket", has_sent(p, PARLEY_SERVER, PARLEY_MSG_new_session_ticket_tls12)},
        {"expects_no_ticket", !has_sent(p, PARLEY_SERVER, PARLEY_MSG_new_session_ticket_tls12)},
        {"negotiated_next_protocol", p->kind == &kinds[KIND_NPN12]},
        {"negotiated_no_next_protocol", p->kind != &kinds[KIND_NPN12]},
        {"asked_for_certificate",
         has_sent(p, PARLEY_SERVER, PARLEY_MSG_certificate_request_tls12) ||
             has_sent(p, PARLEY_SERVER, PARLEY_MSG_certificate_request_tls13)},
        {"asked_for_no_certificate",
         !has_sent(p, PARLEY_SERVER, PARLEY_MSG_certificate_request_tls12) &&
             !has_sent(p, PARLEY_SERVER, PARLEY_MSG_certificate_request_tls13)},
        {"peer_has_certificate", has_sent(p, PARLEY_CLIENT, PARLEY_MSG_certificate_verify)},
        {"peer_has_no_certificate", !has_sent(p, PARLEY_CLIENT, PARLEY_MSG_certificate_verify)},
        {"expects_settings", has_sent(p, PARLEY_CLIENT, PARLEY_MSG_encrypted_extensions)},
        {"expects_no_settings", !has_sent(p, PARLEY_CLIENT, PARLEY_MSG_encrypted_extensions)},
        {"has_early_data", has_sent(p, PARLEY_CLIENT, PARLEY_MSG_end_of_early_data)},
        {"has_no_early_data", !has_sent(p, PARLEY_CLIENT, PARLEY_MSG_end_of_early_data)},
        {"ignores_stray_requests", true},
        {"may_renegotiate", false},
        {"lets_caller_renegotiate", false},
        {"caller_renegotiates", false},
        {"ignores_renegotiation", false},
        {"declines_renegotiation", true},
        {"offered_post_handshake_auth", p->kind == &kinds[KIND_POST13]},
        {"offered_compression", false},
    };
    for (size_t i = 0; i < COUNT_OF(guards); i++) {
        if (strcmp(guards[i].name, guard) == 0) {
            return guards[i].value;
        }
    }
    fail_msg("an unknown guard: %s", guard);
    return false;
}

/* same_type: whether a message of the one row is one of the other on the wire. */
static bool same_type(enum parley_message a, enum parley_message b) {
    const struct parley_message_row *x = &parley_messages[a], *y = &parley_messages[b];
    return x->content == y->content && x->type == y->type;
}

/* takes: whether |p| takes the wire type of |message|, itself or behind what may be left out. */
static bool takes(const struct place *p, enum parley_message message) {
    const char *state = p->state;
    for (bool moved = true; moved;) {
        struct parley_edge_view edge;
        const char *next = NULL;
        moved = false;
        for (size_t i = 0; parley_edge_at(p->victim, p->version, i, &edge); i++) {
            if (strcmp(edge.from, state) != 0 || edge.kind == PARLEY_EDGE_SEND) {
                continue;
            }
            if (!holds(edge.condition, p)) {
                continue;
            }
            if (edge.kind != PARLEY_EDGE_RECEIVE) {
                if (next == NULL) {
                    next = edge.to;
                }
            } else if (same_type(parley_message_by_name(edge.message), message)) {
                return true;
            }
        }
        if (next != NULL) {
            state = next;
            moved = true;
        }
    }
    return false;
}

/* ---- Messages ---- */

static size_t refused, expected_there, ignored;

/* Which machines' states were visited. */
static const struct expectation *visited[COUNT_OF(expectations)];
static size_t visited_count;

static void visit(const struct place *p) {
    const struct expectation *e = NULL;
    for (size_t i = 0; i < COUNT_OF(expectations); i++) {
        if (expectations[i].role == p->victim && expectations[i].version == p->version &&
            strcmp(expectations[i].state, p->state) == 0) {
            e = &expectations[i];
        }
    }
    if (e == NULL) {
        fail_msg("%s", place_describe(p, "nothing that is known"));
    }
    for (size_t i = 0; i < visited_count; i++) {
        if (visited[i] == e) {
            return;
        }
    }
    visited[visited_count++] = e;
}

/* message_bytes writes an example of |m| with its header. */
static struct parley_bytes message_bytes(enum parley_message m, uint8_t out[4 + EXAMPLE_MAX]) {
    for (size_t i = 0; i < parley_message_example_count; i++) {
        if (parley_message_examples[i].row != (unsigned)m) {
            continue;
        }
        size_t len = parley_example_bytes(parley_message_examples[i].hex, out + 4, EXAMPLE_MAX);
        out[0] = parley_messages[m].type;
        out[1] = 0;
        out[2] = (uint8_t)(len >> 8);
        out[3] = (uint8_t)len;
        return (struct parley_bytes){out, 4 + len};
    }
    fail_msg("no example of %s", parley_messages[m].name);
    return (struct parley_bytes){NULL, 0};
}

static void check_messages(struct duo *d, const struct place *p) {
    uint8_t bytes[4 + EXAMPLE_MAX];
    visit(p);
    for (int i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        enum parley_message m = (enum parley_message)i;
        const char *name = parley_messages[m].name;
        if (parley_messages[m].content != PARLEY_CONTENT_HANDSHAKE) {
            continue;
        }
        if (!takes(p, m)) {
            place_refuses(d, p, PARLEY_CONTENT_HANDSHAKE, false, message_bytes(m, bytes), name);
            refused++;
            continue;
        }
        /* What is nothing there, is tested here; the others are the handshakes themselves. */
        expected_there++;
        if (m == PARLEY_MSG_hello_request) {
            place_passes(d, p, PARLEY_CONTENT_HANDSHAKE, message_bytes(m, bytes), name);
            ignored++;
        }
    }
}

static void test_messages(void **state) {
    (void)state;
    each_place(check_messages);
    print_message(
        "%zu unexpected messages in %zu states refused; %zu were expected there, of which "
        "%zu were nothing\n",
        refused, visited_count, expected_there, ignored);
    for (size_t i = 0; i < COUNT_OF(expectations); i++) {
        bool seen = false;
        for (size_t v = 0; v < visited_count; v++) {
            seen |= visited[v] == &expectations[i];
        }
        if (!seen) {
            fail_msg("never in %s of the %s of %s", expectations[i].state,
                     expectations[i].role == PARLEY_CLIENT ? "client" : "server",
                     parley_version_name(expectations[i].version));
        }
    }
    assert_int_equal(visited_count, COUNT_OF(expectations));
    assert_int_equal(refused, 5550);
    assert_int_equal(ignored, 74);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
