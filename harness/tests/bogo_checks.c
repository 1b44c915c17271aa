/* What a connection showed against what the flags expect. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/aead.h>

#include "parley/wire.h"
#include "tests/bogo.h"

/* ---- Seeing ---- */

static void note(struct seen *seen, const char *what, int first, int second) {
    size_t room = sizeof(seen->messages) - seen->messages_length;
    char *at = seen->messages + seen->messages_length;
    int n = second >= 0  ? snprintf(at, room, "%s %d %d\n", what, first, second)
            : first >= 0 ? snprintf(at, room, "%s %d\n", what, first)
                         : snprintf(at, room, "%s\n", what);
    if (n > 0 && (size_t)n < room) {
        seen->messages_length += (size_t)n;
    }
}

/* libssl does not tell of the change_cipher_spec it passes over in TLS 1.3. */
static bool passed_over(const struct bogo *b, const struct parley_event *event) {
    struct parley_outcome outcome;
    parley_engine_outcome(b->engine, &outcome);
    return event->kind == PARLEY_EVENT_MESSAGE_IN && outcome.version == PARLEY_TLS13;
}

static void note_message(struct bogo *b, const struct parley_event *event) {
    struct seen *seen = &b->seen;
    bool out = event->kind == PARLEY_EVENT_MESSAGE_OUT;
    const uint8_t *bytes = event->bytes.data;
    switch (parley_messages[event->message].content) {
    case PARLEY_CONTENT_HANDSHAKE:
        note(seen, out ? "write hs" : "read hs", bytes[0], -1);
        seen->last_message = out ? seen->last_message : bytes[0];
        break;
    case PARLEY_CONTENT_CHANGE_CIPHER_SPEC:
        if (!passed_over(b, event)) {
            note(seen, out ? "write ccs" : "read ccs", -1, -1);
        }
        break;
    case PARLEY_CONTENT_SSL2:
        note(seen, "read v2clienthello", -1, -1);
        break;
    case PARLEY_CONTENT_ALERT:
        note(seen, out ? "write alert" : "read alert", bytes[0], bytes[1]);
        break;
    default:
        break;
    }
}

static struct parley_bytes copy(struct parley_bytes bytes) {
    uint8_t *data = malloc(bytes.len + 1);
    if (!data) {
        fail("out of memory");
    }
    memcpy(data, bytes.data, bytes.len);
    return (struct parley_bytes){data, bytes.len};
}

static void take_sigalgs(struct codes *out, struct parley_bytes list) {
    uint16_t code;
    out->count = 0;
    while (out->count < CODES_MAX && parley_uint16_next(&list, &code)) {
        out->list[out->count++] = code;
    }
}

static unsigned count_chain(struct parley_bytes list, bool tls13) {
    struct parley_certificate_entry entry;
    struct parley_bytes der;
    unsigned count = 0;
    while (tls13 ? parley_certificate_entry_next(&list, &entry)
                 : parley_opaque24_next(&list, &der)) {
        count++;
    }
    return count;
}

/* look_into keeps what the checks ask of the messages that came. */
static void look_into(struct seen *seen, enum parley_message message,
                      const union parley_message_value *m) {
    switch (message) {
    case PARLEY_MSG_client_hello:
        if (parley_has(&m->client_hello.extensions, PARLEY_EXT_signature_algorithms)) {
            take_sigalgs(
                &seen->peer_sigalgs,
                m->client_hello.extensions.signature_algorithms.supported_signature_algorithms);
        }
        if (parley_has(&m->client_hello.extensions,
                       PARLEY_EXT_application_layer_protocol_negotiation)) {
            seen->peer_alpn = copy(m->client_hello.extensions.alpn_offer.protocol_name_list);
        }
        break;
    case PARLEY_MSG_certificate_request_tls12:
        take_sigalgs(&seen->peer_sigalgs,
                     m->certificate_request_tls12.supported_signature_algorithms);
        seen->peer_types = copy(m->certificate_request_tls12.certificate_types);
        seen->peer_names = copy(m->certificate_request_tls12.certificate_authorities);
        break;
    case PARLEY_MSG_certificate_request_tls13:
        take_sigalgs(&seen->peer_sigalgs, m->certificate_request_tls13.extensions
                                              .signature_algorithms.supported_signature_algorithms);
        if (parley_has(&m->certificate_request_tls13.extensions,
                       PARLEY_EXT_certificate_authorities)) {
            seen->peer_names =
                copy(m->certificate_request_tls13.extensions.certificate_authorities.authorities);
        }
        break;
    case PARLEY_MSG_certificate_tls12:
        seen->peer_certificates = count_chain(m->certificate_tls12.certificate_list, false);
        break;
    case PARLEY_MSG_certificate_tls13:
        seen->peer_certificates = count_chain(m->certificate_tls13.certificate_list, true);
        break;
    default:
        break;
    }
}

void bogo_observe(void *arg, const struct parley_event *event) {
    struct bogo *b = arg;
    union parley_message_value value;
    struct parley_wire_error where;
    if (event->kind == PARLEY_EVENT_INNER_IN || event->kind == PARLEY_EVENT_INNER_OUT) {
        bool out = event->kind == PARLEY_EVENT_INNER_OUT;
        note(&b->seen, out ? "write clienthelloinner" : "read clienthelloinner", -1, -1);
    }
    if (event->kind != PARLEY_EVENT_MESSAGE_IN && event->kind != PARLEY_EVENT_MESSAGE_OUT) {
        return;
    }
    note_message(b, event);
    if (parley_messages[event->message].content != PARLEY_CONTENT_HANDSHAKE) {
        return;
    }
    struct parley_bytes body = {event->bytes.data + PARLEY_HANDSHAKE_HEADER,
                                event->bytes.len - PARLEY_HANDSHAKE_HEADER};
    if (!parley_message_parse(event->message, body, &value, NULL, &where)) {
        return;
    }
    if (event->kind == PARLEY_EVENT_MESSAGE_IN) {
        look_into(&b->seen, event->message, &value);
    } else if (event->message == PARLEY_MSG_server_hello) {
        b->seen.session_id = value.server_hello.legacy_session_id_echo.len > 0;
    }
}

/* ---- Checking ---- */

static bool same(struct parley_bytes a, struct parley_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static struct parley_bytes drop(struct parley_bytes bytes, size_t n) {
    return (struct parley_bytes){bytes.data + n, bytes.len - n};
}

static struct parley_bytes text(const char *s) {
    return (struct parley_bytes){(const uint8_t *)s, s ? strlen(s) : 0};
}

static void check(bool ok, const char *what) {
    if (!ok) {
        fail("unexpected: %s", what);
    }
}

static void check_code(int expected, unsigned actual, const char *what) {
    if (expected && (unsigned)expected != actual) {
        fail("unexpected: %s is %04x, not %04x", what, actual, (unsigned)expected);
    }
}

static void check_parameters(const struct flags *f, const struct parley_outcome *o) {
    check_code(f->expect_version, o->version, "the version");
    check_code(f->expect_cipher, o->suite, "the suite");
    check_code(EVP_has_aes_hardware() ? f->expect_cipher_aes : f->expect_cipher_no_aes, o->suite,
               "the suite, by this processor's preference");
    check_code(f->expect_curve, o->group, "the group");
    check_code(f->expect_peer_scheme, f->server ? o->sigalg_client : o->sigalg_server,
               "the peer's signature scheme");
    /* All of TLS 1.3's secrets are what TLS 1.2 calls extended. */
    check(!f->expect_extended_master_secret || o->extended_master_secret ||
              o->version == PARLEY_TLS13,
          "no extended master secret");
    check(!f->expect_secure_renegotiation || o->secure_renegotiation, "no secure renegotiation");
    check(!f->expect_no_secure_renegotiation || !o->secure_renegotiation, "secure renegotiation");
    check(!(f->expect_hrr && !o->hello_retry), "no hello_retry_request");
    check(!(f->expect_no_hrr && o->hello_retry), "a hello_retry_request");
    check(f->expect_ech_accept == o->ech_accepted,
          o->ech_accepted ? "ECH accepted" : "ECH not accepted");
}

static void check_names(const struct bogo *b, const struct parley_outcome *o) {
    const struct flags *f = b->flags;
    if (f->server && f->expect_server_name) {
        check(same(text(f->expect_server_name), o->server_name), "the server name");
    }
    check(same(text(f->server ? f->select_alpn : f->expect_alpn), o->alpn),
          "the application protocol");
    if (f->expect_next_proto) {
        check(same(text(f->expect_next_proto), o->next_protocol), "the next protocol");
    }
    check(o->application_settings == (f->expect_peer_settings != NULL) &&
              same(text(f->expect_peer_settings), o->peer_settings),
          "the peer's application settings");
    if (f->expect_advertised_alpn) {
        check(same(text(f->expect_advertised_alpn), b->seen.peer_alpn), "the protocols offered");
    }
}

static void check_peer_file(const struct bogo *b, const struct parley_outcome *o) {
    struct parley_bytes pem = read_file(b->flags->expect_peer_cert_file);
    const char *mark = "-----BEGIN CERTIFICATE-----";
    unsigned count = 0;
    for (const char *at = (const char *)pem.data; (at = strstr(at, mark)); at += strlen(mark)) {
        count++;
    }
    check(same(pem_first(pem), o->peer_certificate), "the peer's certificate");
    check(b->resuming || count == b->seen.peer_certificates, "the length of the peer's chain");
}

static void check_certificates(const struct bogo *b, const struct parley_outcome *o) {
    const struct flags *f = b->flags;
    const struct codes *prefs = &f->expect_peer_verify_prefs;
    if (f->expect_ocsp_response.len) {
        check(same(f->expect_ocsp_response, o->ocsp_response), "the OCSP response");
    }
    if (f->expect_scts.len > 2) { /* with the length of the whole */
        check(same(drop(f->expect_scts, 2), o->scts), "the timestamps");
    }
    check(f->expect_key_usage_invalid == o->key_usage_wrong, "the verdict on keyUsage");
    check(f->expect_delegated == o->delegated_credential, "a delegated credential, or none");
    if (f->expect_certificate_types.len) {
        check(same(f->expect_certificate_types, b->seen.peer_types), "the certificate types");
    }
    if (prefs->count) {
        check(prefs->count == b->seen.peer_sigalgs.count &&
                  memcmp(prefs->list, b->seen.peer_sigalgs.list,
                         prefs->count * sizeof(prefs->list[0])) == 0,
              "the peer's signature algorithms");
    }
    if (f->expect_client_ca_list) {
        check(same(authorities(f->expect_client_ca_list), b->seen.peer_names),
              "the certificate authorities");
    }
    if (f->expect_peer_cert_file) {
        check_peer_file(b, o);
    }
    if (f->expect_verify_result) {
        check(!(f->verify_peer || f->require_client_certificate) || o->peer_verified ||
                  b->resuming || o->peer_certificate.len == 0,
              "the certificate is not verified");
    }
}

static void check_reason(const char *expected, enum parley_early_data_reason reason) {
    const char *name = parley_early_data_name(reason);
    if (strcmp(expected, reason == PARLEY_EARLY_DATA_accepted ? "accept" : name) != 0) {
        fail("unexpected: the reason about early data is %s", name);
    }
}

static void check_hint(const struct bogo *b, const struct parley_outcome *o) {
    const struct parley_suite *suite = parley_suite_find(o->suite);
    if (!b->flags->server && !o->resumed && suite && suite->authentication == PARLEY_AUTH_PSK) {
        check(same(text(b->flags->psk_identity), o->psk_identity_hint), "the PSK identity hint");
    }
}

static void check_sessions(const struct bogo *b, const struct parley_outcome *o) {
    const struct flags *f = b->flags;
    bool resume = b->resuming && !f->expect_session_miss;
    check(o->resumed == resume,
          o->resumed ? "the session is resumed" : "the session is not resumed");
    if (!f->server && o->version == PARLEY_TLS12) {
        bool expected = !f->expect_no_session && (!o->resumed || f->expect_ticket_renewal);
        check(expected == (b->seen.sessions > 0), expected ? "no session" : "a session");
    }
    if (!b->resuming && f->server) {
        check(!f->expect_session_id || b->seen.session_id, "no session id");
        check(!f->expect_no_session_id || !b->seen.session_id || o->version == PARLEY_TLS13,
              "a session id");
    }
    check(!f->expect_accept_early_data || o->early_data_accepted, "early data rejected");
    check(!f->expect_reject_early_data || !o->early_data_accepted, "early data accepted");
    if (f->expect_early_data_reason) {
        check_reason(f->expect_early_data_reason, o->early_data_reason);
    }
    if (b->resuming && f->expect_ticket_age_skew &&
        f->expect_ticket_age_skew != o->ticket_age_skew) {
        fail("unexpected: the ticket age's skew is %d s", (int)o->ticket_age_skew);
    }
}

void bogo_check_name_override(const struct flags *f, const struct parley_outcome *outcome) {
    check(!f->expect_no_ech_name_override || outcome->ech_name_override.len == 0,
          "a name override");
    check(!f->expect_ech_name_override ||
              same(text(f->expect_ech_name_override), outcome->ech_name_override),
          "the name override");
}

void bogo_check_rejection(const struct flags *f, const struct parley_outcome *outcome) {
    check(!f->expect_no_ech_retry_configs || outcome->ech_retry_configs.len == 0, "retry_configs");
    check(!f->expect_ech_retry_configs.len ||
              same(f->expect_ech_retry_configs, outcome->ech_retry_configs),
          "the retry_configs");
}

void bogo_check(const struct bogo *b, const struct parley_outcome *outcome) {
    if (b->flags->handshake_never_done) {
        fail("unexpected: the handshake completed");
    }
    check_parameters(b->flags, outcome);
    check_names(b, outcome);
    check_certificates(b, outcome);
    check_hint(b, outcome);
    check_sessions(b, outcome);
}

void bogo_check_end(const struct bogo *b, const struct parley_outcome *outcome) {
    const struct flags *f = b->flags;
    if (f->expect_messages && strcmp(f->expect_messages, b->seen.messages) != 0) {
        fail("unexpected: the messages are\n%s, not\n%s", b->seen.messages, f->expect_messages);
    }
    check(outcome->renegotiations == (unsigned)f->expect_renegotiations,
          "the number of renegotiations");
    if (outcome->renegotiations) { /* which keep what was known of the peer, and no session */
        check_certificates(b, outcome);
        check(!outcome->resumed, "renegotiation resumed the session");
        check(b->seen.sessions <= 1, "a session from renegotiation");
    }
    if (f->server || outcome->version != PARLEY_TLS13) {
        return;
    }
    bool expected = !f->expect_no_session && !f->shim_shuts_down;
    check(expected == (b->seen.sessions > 0), expected ? "no session" : "a session");
    if (expected) {
        check(f->expect_ticket_early_data == (b->seen.session.max_early_data > 0),
              "the ticket's early data");
    }
}
