/* Breaches: what is wrong with a message as it was sent. */
#include "script/breach.h"

#include <string.h>

#include "parley/wire.h"
#include "script/breach_view.h"

#define M(name) (UINT64_C(1) << PARLEY_MSG_##name)

/* ---- What does not fit what was said before ---- */

bool breach_suite_changed(const struct look *l) {
    return l->facts->retry_suite != 0 && l->sent.whole && l->sent.suite != l->facts->retry_suite;
}

bool breach_suite_of_no_session(const struct look *l) {
    return l->sent.whole && l->built.whole && l->sent.suite != l->built.suite;
}

bool breach_session_id_not_echoed(const struct look *l) {
    return l->client.whole && l->sent.whole && !view_same(l->sent.session_id, l->client.session_id);
}

bool breach_downgrade(const struct look *l) {
    static const uint8_t sentinel[] = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
    enum { AT = PARLEY_RANDOM_LENGTH - 8 };
    struct parley_bytes offered = view_list8(l->client.extensions, PARLEY_EXT_supported_versions);
    return l->sent.whole && parley_uint16_in(offered, PARLEY_TLS13) &&
           memcmp(l->sent.random.data + AT, sentinel, sizeof sentinel) == 0 &&
           l->sent.random.data[PARLEY_RANDOM_LENGTH - 1] <= 1;
}

bool breach_renegotiation_claimed(const struct look *l) {
    return view_list8(l->block, PARLEY_EXT_renegotiation_info).len > 0 &&
           view_list8(l->built.extensions, PARLEY_EXT_renegotiation_info).len == 0;
}

bool breach_master_secret_changed(const struct look *l) {
    if (l->m->message == PARLEY_MSG_client_hello && !l->facts->session_has_secret) {
        return false;
    }
    return l->sent.whole && l->built.whole &&
           view_has(l->sent.extensions, PARLEY_EXT_extended_master_secret) !=
               view_has(l->built.extensions, PARLEY_EXT_extended_master_secret);
}

/* ---- What must not be like that ---- */

static unsigned place_of(enum parley_message message) {
    return message == PARLEY_MSG_server_hello           ? PARLEY_PLACE_SH
           : message == PARLEY_MSG_hello_retry_request  ? PARLEY_PLACE_HRR
           : message == PARLEY_MSG_encrypted_extensions ? PARLEY_PLACE_EE
           : message == PARLEY_MSG_certificate_tls13    ? PARLEY_PLACE_CT
                                                        : PARLEY_PLACE_CR;
}

/* Who has offered an extension recognizes it. */
bool breach_extension_misplaced(const struct look *l) {
    struct parley_bytes block, body;
    struct parley_extension_entry entry;
    for (size_t i = 0; view_block(l->m->message, l->m->sent, i, &block); i++) {
        while (parley_extension_next(&block, &entry)) {
            enum parley_extension known = parley_extension_find(entry.extension_type);
            if (known != PARLEY_EXTENSION_UNKNOWN &&
                view_find(l->client.extensions, entry.extension_type, &body) &&
                parley_form_find(known, place_of(l->m->message)) == PARLEY_FORM_UNKNOWN) {
                return true;
            }
        }
    }
    return false;
}

/* is_for_all: without these nobody speaks TLS 1.3 (RFC 8446 9.2). */
static bool is_for_all(uint16_t code) {
    static const enum parley_extension all[] = {
        PARLEY_EXT_server_name,        PARLEY_EXT_supported_groups, PARLEY_EXT_signature_algorithms,
        PARLEY_EXT_supported_versions, PARLEY_EXT_key_share,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (parley_extensions[all[i]].code == code) {
            return true;
        }
    }
    return false;
}

bool breach_extension_twice(const struct look *l) {
    struct parley_bytes rest = l->block, body;
    struct parley_extension_entry entry;
    bool by_client = l->m->message == PARLEY_MSG_client_hello;
    while (parley_extension_next(&rest, &entry)) {
        uint16_t code = entry.extension_type;
        bool known = by_client ? is_for_all(code) : view_find(l->client.extensions, code, &body);
        if (known && view_find(rest, code, &body)) {
            return true;
        }
    }
    return false;
}

bool breach_compression_offered(const struct look *l) {
    struct parley_bytes list = l->sent.compressions;
    return l->sent.whole && (list.len != 1 || list.data[0] != 0);
}

bool breach_psk_without_modes(const struct look *l) {
    return l->sent.whole && view_has(l->block, PARLEY_EXT_pre_shared_key) &&
           !view_has(l->block, PARLEY_EXT_psk_key_exchange_modes);
}

bool breach_no_certificate(const struct look *l) {
    union parley_message_value value;
    if (!l->client.whole) {
        return false; /* a client may have none */
    }
    if (l->m->message == PARLEY_MSG_certificate_tls12) {
        return view_body(l->m->sent).len == 3;
    }
    return parley_message_parse(l->m->message, view_body(l->m->sent), &value, NULL, NULL) &&
           value.certificate_tls13.certificate_list.len == 0;
}

/* What is in an extension only who knows that can say. */
bool breach_malformed(const struct look *l) {
    union parley_message_value value;
    struct parley_wire_error error;
    return !parley_message_parse(l->m->message, view_body(l->m->sent), &value, NULL, &error) &&
           error.extension == NULL && parley_error_alert(error.error) == PARLEY_ALERT_decode_error;
}

/* Not to be seen in a message. */
bool breach_second_retry(const struct look *l) {
    (void)l;
    return false;
}

/* ---- All of them ---- */

static const struct {
    uint64_t messages;
    bool (*holds)(const struct look *l);
} rows[PARLEY_BREACHES] = {
#define BREACH(name, messages, versions, when, section, about) {(messages), breach_##name},
#include "tables/breaches.def"
#undef BREACH
};

/* is_what_it_says: with its own type, and as long as its header has it. */
static bool is_what_it_says(const struct breach_message *m) {
    struct parley_bytes in = m->sent;
    return in.len >= PARLEY_HANDSHAKE_HEADER && in.data[0] == parley_messages[m->message].type &&
           in.len - PARLEY_HANDSHAKE_HEADER ==
               ((size_t)in.data[1] << 16 | (size_t)in.data[2] << 8 | in.data[3]);
}

uint64_t breach_find(const struct breach_facts *facts, const struct breach_message *m) {
    struct look l = {.facts = facts, .m = m, .retry = m->message == PARLEY_MSG_hello_retry_request};
    uint64_t found = 0;
    if (parley_messages[m->message].content != PARLEY_CONTENT_HANDSHAKE || !is_what_it_says(m)) {
        return 0;
    }
    if (facts->hello_length > 0) {
        l.client = view_client_hello((struct parley_bytes){facts->hello, facts->hello_length});
    }
    bool client_hello = m->message == PARLEY_MSG_client_hello;
    if (client_hello || m->message == PARLEY_MSG_server_hello || l.retry) {
        l.sent = client_hello ? view_client_hello(m->sent) : view_server_hello(m->sent);
        l.built = client_hello ? view_client_hello(m->built) : view_server_hello(m->built);
    }
    (void)view_block(m->message, m->sent, 0, &l.block);
    for (size_t i = 0; i < PARLEY_BREACHES; i++) {
        if ((rows[i].messages >> m->message & 1) != 0 && rows[i].holds(&l)) {
            found |= UINT64_C(1) << i;
        }
    }
    return found;
}

void breach_said(struct breach_facts *facts, const struct breach_message *m) {
    if (m->message == PARLEY_MSG_hello_retry_request) {
        facts->retry_suite = view_server_hello(m->sent).suite;
    }
}

static void keep(uint8_t *out, size_t *length, size_t most, struct parley_bytes in) {
    *length = in.len <= most ? in.len : 0;
    if (*length > 0) {
        memcpy(out, in.data, in.len);
    }
}

void breach_hear(struct breach_facts *facts, enum parley_message message,
                 struct parley_bytes bytes) {
    union parley_message_value value;
    struct parley_bytes schemes = {0};
    if (message == PARLEY_MSG_client_hello) {
        keep(facts->hello, &facts->hello_length, sizeof facts->hello, bytes);
    } else if ((message == PARLEY_MSG_certificate_request_tls12 ||
                message == PARLEY_MSG_certificate_request_tls13) &&
               parley_message_parse(message, view_body(bytes), &value, NULL, NULL)) {
        schemes = message == PARLEY_MSG_certificate_request_tls12
                      ? value.certificate_request_tls12.supported_signature_algorithms
                      : view_list16(value.certificate_request_tls13.extensions.raw,
                                    PARLEY_EXT_signature_algorithms);
        keep(facts->request, &facts->request_length, sizeof facts->request, schemes);
    }
}
