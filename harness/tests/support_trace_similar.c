/* How far a message that our engine built may be from the published one it gives way to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support_trace.h"

#define SUPPORTED_GROUPS 10
#define PRE_SHARED_KEY 41

struct parsed {
    union parley_message_value value;
    struct parley_bytes body;
};

static void parse(enum parley_message message, struct parley_bytes whole, struct parsed *out) {
    out->body = bytes_of(whole.data + PARLEY_HANDSHAKE_HEADER, whole.len - PARLEY_HANDSHAKE_HEADER);
    assert_true(parley_message_parse(message, out->body, &out->value, NULL, NULL));
}

/* block_of returns a message's extensions, or NULL if it has none. */
static const struct parley_extension_block *block_of(enum parley_message message,
                                                     const union parley_message_value *v) {
    switch (message) {
    case PARLEY_MSG_client_hello:
        return &v->client_hello.extensions;
    case PARLEY_MSG_server_hello:
        return &v->server_hello.extensions;
    case PARLEY_MSG_hello_retry_request:
        return &v->hello_retry_request.extensions;
    case PARLEY_MSG_encrypted_extensions:
        return &v->encrypted_extensions.extensions;
    case PARLEY_MSG_new_session_ticket_tls13:
        return &v->new_session_ticket_tls13.extensions;
    default:
        return NULL;
    }
}

/* before_of returns what stands before the extensions and their length. */
static struct parley_bytes before_of(const struct parsed *p,
                                     const struct parley_extension_block *block) {
    return bytes_of(p->body.data, (size_t)(block->raw.data - p->body.data) - 2);
}

static bool find_extension(const struct parley_extension_block *block, uint16_t type,
                           struct parley_bytes *out) {
    struct parley_bytes rest = block->raw;
    struct parley_extension_entry entry;
    while (parley_extension_next(&rest, &entry)) {
        if (entry.extension_type == type) {
            *out = entry.extension_data;
            return true;
        }
    }
    return false;
}

/* same_offer: the trace's binders are for the trace's hello. */
static bool same_offer(struct trace *t, const struct parley_pre_shared_key_offer *ours,
                       const struct parley_pre_shared_key_offer *published) {
    struct parley_bytes rest = ours->identities;
    struct parley_psk_identity identity;
    if (!parley_psk_identity_next(&rest, &identity)) {
        return false;
    }
    trace_check(t, "ticket", identity.identity);
    trace_check_u32(t, "obfuscated_ticket_age", identity.obfuscated_ticket_age);
    return bytes_equal(ours->identities, published->identities);
}

/* some_of: the trace's client offers groups for TLS 1.2 that ours does not, offering TLS 1.3 alone.
 */
static bool some_of(struct parley_bytes ours, struct parley_bytes published) {
    uint16_t group;
    while (parley_uint16_next(&ours, &group)) {
        if (!parley_uint16_in(published, group)) {
            return false;
        }
    }
    return true;
}

static void check_block(struct trace *t, enum parley_message message,
                        const struct parley_extension_block *ours,
                        const struct parley_extension_block *published,
                        const struct trace_replacement *allowed) {
    struct parley_bytes rest = ours->raw, body;
    struct parley_extension_entry entry;
    while (parley_extension_next(&rest, &entry)) {
        bool found = find_extension(published, entry.extension_type, &body);
        bool same = found && bytes_equal(entry.extension_data, body);
        if (found && entry.extension_type == SUPPORTED_GROUPS) {
            same = some_of(ours->supported_groups.named_group_list,
                           published->supported_groups.named_group_list);
        } else if (found && entry.extension_type == PRE_SHARED_KEY &&
                   message == PARLEY_MSG_client_hello) {
            same = same_offer(t, &ours->pre_shared_key_offer, &published->pre_shared_key_offer);
        } else if (!found) {
            same = entry.extension_type == allowed->extra;
        }
        if (!same) {
            fail_msg("[%s] %s: our %s is not the trace's", t->end.section, allowed->name,
                     parley_extension_name(entry.extension_type));
        }
    }
}

static void check_rest(enum parley_message message, const union parley_message_value *ours,
                       const union parley_message_value *published) {
    if (message == PARLEY_MSG_certificate_verify) {
        assert_int_equal(ours->certificate_verify.algorithm,
                         published->certificate_verify.algorithm);
    } else if (message == PARLEY_MSG_server_key_exchange_ecdhe) {
        const struct parley_server_key_exchange_ecdhe *a = &ours->server_key_exchange_ecdhe;
        const struct parley_server_key_exchange_ecdhe *b = &published->server_key_exchange_ecdhe;
        assert_true(bytes_equal(a->params, b->params));
        assert_int_equal(a->algorithm, b->algorithm);
    } else {
        fail_msg("%s must be built by ourselves", parley_message_name(message));
    }
}

void trace_similar(struct trace *t, enum parley_message message, struct parley_bytes ours,
                   struct parley_bytes published, const struct trace_replacement *allowed) {
    static struct parsed a, b;
    parse(message, ours, &a);
    parse(message, published, &b);
    const struct parley_extension_block *mine = block_of(message, &a.value);
    const struct parley_extension_block *theirs = block_of(message, &b.value);
    if (mine == NULL) {
        check_rest(message, &a.value, &b.value);
        return;
    }
    check_block(t, message, mine, theirs, allowed);
    if (message != PARLEY_MSG_new_session_ticket_tls13) {
        assert_true(bytes_equal(before_of(&a, mine), before_of(&b, theirs)));
        return;
    }
    /* Nonce and ticket are the server's own business. */
    assert_int_equal(a.value.new_session_ticket_tls13.ticket_lifetime,
                     b.value.new_session_ticket_tls13.ticket_lifetime);
    assert_int_equal(a.value.new_session_ticket_tls13.ticket_age_add,
                     b.value.new_session_ticket_tls13.ticket_age_add);
}
