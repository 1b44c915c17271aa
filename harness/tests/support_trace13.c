/* What a run of TLS 1.3 has come to, value by value against the trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/sign.h"
#include "engine/trust.h"
#include "tests/support_trace.h"

#define HASH PARLEY_HASH_SHA256
#define LENGTH 32

static const char *const senders[] = {[PARLEY_CLIENT] = "client", [PARLEY_SERVER] = "server"};

/* check_named compares with the value called |sender|_|what|. */
static void check_named(struct trace *t, enum parley_role sender, const char *what,
                        struct parley_bytes got) {
    char name[64];
    snprintf(name, sizeof(name), "%s_%s", senders[sender], what);
    trace_check(t, name, got);
}

static struct parley_bytes digest(struct parley_bytes in) {
    static uint8_t out[HASH_MAX];
    return bytes_of(out, hash_once(HASH, in, out));
}

/* ---- Hellos and key exchange ---- */

static const char *group_name(uint16_t group) {
    return group == PARLEY_GROUP_x25519 ? "x25519" : "p256";
}

/* check_share compares the public key in |sender|'s hello, and the private one if it is ours. */
static void check_share(struct trace *t, enum parley_role sender, uint16_t group,
                        struct parley_bytes share) {
    char name[64];
    snprintf(name, sizeof(name), "%s_%s_public", senders[sender], group_name(group));
    trace_expect(t, name, share);
    snprintf(name, sizeof(name), "%s_%s_private", senders[sender], group_name(group));
    for (size_t i = 0; sender == t->end.role && i < t->share_count; i++) {
        const struct kex *own = &t->shares[i];
        if (own->group == group) {
            trace_expect(t, name, bytes_of(own->private_key, own->private_len));
            assert_true(bytes_equal(share, bytes_of(own->share, own->share_len)));
        }
    }
}

static void check_client_hello(struct trace *t, const struct trace_message *m) {
    static union parley_message_value v;
    struct parley_bytes rest;
    struct parley_key_share_entry share;
    struct parley_psk_identity identity;
    trace_parse(m, &v);
    const struct parley_extension_block *x = &v.client_hello.extensions;
    trace_expect(t, "client_random", v.client_hello.random);
    trace_check(t, "session_id", v.client_hello.legacy_session_id);
    rest = x->key_share_offer.client_shares;
    while (parley_key_share_next(&rest, &share)) {
        check_share(t, PARLEY_CLIENT, share.group, share.key_exchange);
    }
    if (parley_has(x, PARLEY_EXT_cookie)) {
        trace_expect(t, "cookie", x->cookie.cookie);
    }
    if (parley_has(x, PARLEY_EXT_pre_shared_key)) {
        rest = x->pre_shared_key_offer.identities;
        assert_true(parley_psk_identity_next(&rest, &identity));
        trace_expect(t, "ticket", identity.identity);
        trace_check_u32(t, "obfuscated_ticket_age", identity.obfuscated_ticket_age);
        rest = x->pre_shared_key_offer.binders;
        struct parley_bytes truncated = bytes_of(m->bytes.data, m->bytes.len - rest.len - 2);
        trace_expect(t, "client_hello_truncated", truncated);
        trace_expect(t, "binder_hash", digest(truncated));
        struct parley_bytes binder;
        assert_true(parley_opaque8_next(&rest, &binder));
        trace_expect(t, "binder", binder);
        trace_expect(t, "client_hello_hash", digest(m->bytes));
    }
}

static void check_hellos(struct trace *t) {
    static union parley_message_value v;
    const struct trace_message *m;
    for (size_t i = 0; (m = trace_find(t, PARLEY_MSG_client_hello, PARLEY_CLIENT, i)); i++) {
        check_client_hello(t, m);
    }
    trace_parse(trace_find(t, PARLEY_MSG_server_hello, PARLEY_SERVER, 0), &v);
    trace_expect(t, "server_random", v.server_hello.random);
    trace_check(t, "session_id", v.server_hello.legacy_session_id_echo);
    struct parley_key_share_choice *theirs = &v.server_hello.extensions.key_share_choice;
    check_share(t, PARLEY_SERVER, theirs->group, theirs->key_exchange);

    const struct parley_engine *e = t->engine;
    const uint8_t suite[] = {(uint8_t)(e->suite->code >> 8), (uint8_t)e->suite->code};
    trace_expect(t, "cipher_suite", bytes_of(suite, sizeof(suite)));
    trace_expect(t, "client_random", bytes_of(e->client_random, PARLEY_RANDOM_LENGTH));
    trace_expect(t, "server_random", bytes_of(e->server_random, PARLEY_RANDOM_LENGTH));
    trace_check(t, "session_id", bytes_of(e->session_id, e->session_id_length));
    if (e->role == PARLEY_CLIENT) {
        trace_check(t, "cookie", bytes_of(e->cookie, e->cookie_length));
    }

    uint8_t secret[KEX_SECRET_MAX];
    size_t len;
    struct parley_bytes peer = e->role == PARLEY_CLIENT
                                   ? theirs->key_exchange
                                   : bytes_of(e->peer_share, e->peer_share_length);
    assert_int_equal(kex_agree(&e->shares[0], peer, NULL, secret, &len), PARLEY_OK);
    trace_expect(t, "shared_secret", bytes_of(secret, len));
}

/* RFC 8446 4.4.1: message_hash stands for the first client_hello. */
static void check_retry(struct trace *t) {
    const struct trace_message *retry =
        trace_find(t, PARLEY_MSG_hello_retry_request, PARLEY_SERVER, 0);
    uint8_t both[512] = {254, 0, 0, LENGTH};
    if (retry == NULL) {
        return;
    }
    struct parley_bytes first =
        digest(trace_find(t, PARLEY_MSG_client_hello, PARLEY_CLIENT, 0)->bytes);
    trace_expect(t, "client_hello_1_hash", first);
    memcpy(both + 4, first.data, LENGTH);
    if (t->end.role == PARLEY_SERVER) {
        /* The engine's transcript has become message_hash before its answer is in it. */
        assert_true(bytes_equal(digest(bytes_of(both, 4 + LENGTH)),
                                bytes_of(retry->hash_before, retry->hash_length)));
    }
    assert_true(retry->bytes.len <= sizeof(both) - 4 - LENGTH);
    memcpy(both + 4 + LENGTH, retry->bytes.data, retry->bytes.len);
    assert_true(bytes_equal(digest(bytes_of(both, 4 + LENGTH + retry->bytes.len)),
                            trace_hash_after(t, retry)));
    trace_expect(t, "message_hash", bytes_of(both, 4 + LENGTH));
}

/* ---- Secrets ---- */

static void derive(struct trace *t, const char *name, const struct schedule13 *s, const char *label,
                   struct parley_bytes hash) {
    uint8_t out[HASH_MAX];
    schedule13_derive(s, label, hash, out);
    trace_expect(t, name, bytes_of(out, s->length));
}

static void expand(struct trace *t, const char *name, const struct hmac_key *secret,
                   const char *label) {
    uint8_t out[HASH_MAX];
    size_t len = trace_value(t, name).len;
    hkdf_expand_label(secret, label, bytes_of(NULL, 0), out, len);
    trace_expect(t, name, bytes_of(out, len));
}

static void check_psk(struct trace *t, const struct schedule13 *s) {
    uint8_t secret[HASH_MAX];
    struct hmac_key key;
    const struct parley_session *session = &t->engine->session;
    struct parley_bytes truncated = trace_value(t, "client_hello_truncated");
    trace_expect(t, "psk", bytes_of(session->secret, session->secret_length));
    trace_check_u32(t, "ticket_age_add", session->age_add);
    derive(t, "binder_key", s, "res binder", trace_value(t, "empty_hash"));
    hmac_key_init(&key, HASH, trace_value(t, "binder_key"));
    expand(t, "binder_finished_key", &key, "finished");
    size_t len = schedule13_binder(s, false, digest(truncated), secret);
    trace_expect(t, "binder", bytes_of(secret, len));
    derive(t, "client_early_traffic_secret", s, "c e traffic", trace_value(t, "client_hello_hash"));
    derive(t, "early_exporter_master_secret", s, "e exp master",
           trace_value(t, "client_hello_hash"));
    trace_expect_key(t, "client_early_traffic_secret", &t->engine->schedule.client_early.key);
    expand(t, "client_early_key", &t->engine->schedule.client_early.key, "key");
    expand(t, "client_early_iv", &t->engine->schedule.client_early.key, "iv");
}

/* check_stages walks the key schedule (RFC 8446 7.1) once more, looking at every stage; the run has
 * already compared the stages with the engine's own as it passed them. */
static void check_stages(struct trace *t) {
    static const uint8_t zeros[LENGTH];
    struct parley_bytes psk = trace_has(t, "psk") ? trace_value(t, "psk") : bytes_of(NULL, 0);
    struct parley_bytes none = trace_value(t, "empty_hash");
    struct schedule13 s;
    uint8_t secret[HASH_MAX];
    trace_expect(t, "empty_hash", digest(bytes_of(NULL, 0)));
    trace_expect(t, "early_secret_salt", bytes_of(zeros, LENGTH));
    trace_expect(t, "early_secret_ikm", psk.len > 0 ? psk : bytes_of(zeros, LENGTH));
    hkdf_extract(HASH, trace_value(t, "early_secret_salt"), trace_value(t, "early_secret_ikm"),
                 secret);
    trace_expect(t, "early_secret", bytes_of(secret, LENGTH));
    schedule13_early(&s, HASH, psk);
    trace_expect_key(t, "early_secret", &s.current);
    derive(t, "derived_secret_for_handshake", &s, "derived", none);
    if (psk.len > 0) {
        check_psk(t, &s);
    }
    schedule13_handshake(&s, trace_value(t, "shared_secret"));
    trace_expect_key(t, "handshake_secret", &s.current);
    derive(t, "derived_secret_for_master", &s, "derived", none);
    schedule13_master(&s);
    trace_expect_key(t, "master_secret", &s.current);
}

static void check_traffic(struct trace *t, enum parley_role sender, const char *epoch,
                          const struct traffic *traffic) {
    char name[64];
    snprintf(name, sizeof(name), "%s_%s_traffic_secret", senders[sender], epoch);
    trace_expect(t, name, bytes_of(traffic->secret, LENGTH));
    trace_expect_key(t, name, &traffic->key);
    snprintf(name, sizeof(name), "%s_%s_key", senders[sender], epoch);
    expand(t, name, &traffic->key, "key");
    snprintf(name, sizeof(name), "%s_%s_iv", senders[sender], epoch);
    expand(t, name, &traffic->key, "iv");
}

static void check_secrets(struct trace *t) {
    const struct schedule13 *s = &t->engine->schedule;
    check_traffic(t, PARLEY_CLIENT, "handshake", &s->client_handshake);
    check_traffic(t, PARLEY_SERVER, "handshake", &s->server_handshake);
    check_traffic(t, PARLEY_CLIENT, "application", &s->client_application);
    check_traffic(t, PARLEY_SERVER, "application", &s->server_application);
    trace_expect_key(t, "master_secret", &s->current);
    derive(t, "exporter_master_secret", s, "exp master", bytes_of(s->server_finished_hash, LENGTH));
    derive(t, "resumption_master_secret", s, "res master",
           bytes_of(s->client_finished_hash, LENGTH));
    expand(t, "client_finished_key", &s->client_handshake.key, "finished");
    expand(t, "server_finished_key", &s->server_handshake.key, "finished");
}

/* ---- Messages ---- */

static void check_hash(struct trace *t, const char *name, const struct trace_message *m) {
    if (trace_has(t, name)) {
        trace_expect(t, name, trace_hash_after(t, m));
    }
}

static void check_hash_before(struct trace *t, const char *name, const struct trace_message *m) {
    trace_expect(t, name, bytes_of(m->hash_before, m->hash_length));
}

static void check_hashes(struct trace *t) {
    const struct trace_message *server = trace_find(t, PARLEY_MSG_finished, PARLEY_SERVER, 0);
    const struct trace_message *client = trace_find(t, PARLEY_MSG_finished, PARLEY_CLIENT, 0);
    check_hash(t, "hash_client_hello_to_server_hello",
               trace_find(t, PARLEY_MSG_server_hello, PARLEY_SERVER, 0));
    check_hash(t, "hash_client_hello_to_certificate",
               trace_find(t, PARLEY_MSG_certificate_tls13, PARLEY_SERVER, 0));
    check_hash_before(t, "hash_client_hello_to_before_server_finished", server);
    check_hash(t, "hash_client_hello_to_server_finished", server);
    check_hash(t, "hash_client_hello_to_end_of_early_data",
               trace_find(t, PARLEY_MSG_end_of_early_data, PARLEY_CLIENT, 0));
    check_hash(t, "hash_client_hello_to_client_certificate",
               trace_find(t, PARLEY_MSG_certificate_tls13, PARLEY_CLIENT, 0));
    check_hash_before(t, "hash_client_hello_to_before_client_finished", client);
    check_hash(t, "hash_client_hello_to_client_finished", client);
}

/* check_signature verifies with the trace's certificate what the trace says was signed: as the
 * engine verified (or made) the same signature over what it thinks was signed, that is the same. */
static void check_signature(struct trace *t, enum parley_role signer, struct parley_bytes leaf,
                            const char *content) {
    static union parley_message_value v;
    EVP_PKEY *key = NULL;
    trace_parse(trace_find(t, PARLEY_MSG_certificate_verify, signer, 0), &v);
    const struct parley_sigalg *scheme = parley_sigalg_find(v.certificate_verify.algorithm);
    assert_non_null(scheme);
    assert_int_equal(trust_leaf(NULL, leaf, &key), PARLEY_OK);
    bool good =
        sign_verify(key, scheme, trace_value(t, content), v.certificate_verify.signature, NULL);
    EVP_PKEY_free(key);
    assert_true(good);
    trace_expect(t, content, trace_value(t, content));
}

static void check_certificate(struct trace *t, enum parley_role sender) {
    static union parley_message_value v;
    struct parley_certificate_entry entry;
    const struct trace_message *m = trace_find(t, PARLEY_MSG_certificate_tls13, sender, 0);
    if (m == NULL) {
        return;
    }
    trace_parse(m, &v);
    struct parley_bytes rest = v.certificate_tls13.certificate_list;
    assert_true(parley_certificate_entry_next(&rest, &entry));
    check_named(t, sender, "certificate_der", entry.cert_data);
    if (sender != t->end.role) {
        check_named(t, sender, "certificate_der",
                    bytes_of(t->engine->leaf, t->engine->leaf_length));
    }
    check_signature(t, sender, entry.cert_data,
                    sender == PARLEY_CLIENT ? "client_certificate_verify_content"
                                            : "certificate_verify_content");
}

/* check_flight compares all that |sender| sent under the handshake keys, one after the other. */
static void check_flight(struct trace *t, enum parley_role sender) {
    static union parley_message_value v;
    uint8_t flight[1024];
    size_t len = 0;
    for (size_t i = 0; i < t->message_count; i++) {
        const struct trace_message *m = &t->messages[i];
        if (m->sender == sender && m->epoch == PARLEY_EPOCH_HANDSHAKE &&
            parley_messages[m->message].content == PARLEY_CONTENT_HANDSHAKE) {
            assert_true(m->bytes.len <= sizeof(flight) - len);
            memcpy(flight + len, m->bytes.data, m->bytes.len);
            len += m->bytes.len;
        }
    }
    check_named(t, sender, "flight", bytes_of(flight, len));
    trace_parse(trace_find(t, PARLEY_MSG_finished, sender, 0), &v);
    check_named(t, sender, "finished_verify_data", v.finished.verify_data);
}

static void check_ticket(struct trace *t) {
    static union parley_message_value v;
    uint8_t psk[HASH_MAX];
    const struct trace_message *m =
        trace_find(t, PARLEY_MSG_new_session_ticket_tls13, PARLEY_SERVER, 0);
    if (m == NULL) {
        return;
    }
    trace_parse(m, &v);
    const struct parley_new_session_ticket_tls13 *ticket = &v.new_session_ticket_tls13;
    trace_check_u32(t, "ticket_lifetime", ticket->ticket_lifetime);
    trace_check_u32(t, "ticket_age_add", ticket->ticket_age_add);
    trace_expect(t, "ticket_nonce", ticket->ticket_nonce);
    trace_expect(t, "ticket", ticket->ticket);
    schedule13_resumption(&t->engine->schedule, ticket->ticket_nonce, psk);
    trace_expect(t, "resumption_psk", bytes_of(psk, LENGTH));
    if (t->end.role == PARLEY_CLIENT) {
        const struct parley_session *s = parley_engine_session(t->engine);
        assert_non_null(s);
        trace_expect(t, "resumption_psk", bytes_of(s->secret, s->secret_length));
        trace_expect(t, "ticket", bytes_of(s->ticket, s->ticket_length));
        trace_check_u32(t, "ticket_age_add", s->age_add);
        trace_check_u32(t, "ticket_lifetime", s->lifetime);
        assert_int_equal(s->max_early_data, 1024);
    }
}

void trace_check_tls13(struct trace *t) {
    check_hellos(t);
    check_retry(t);
    check_stages(t);
    check_secrets(t);
    check_hashes(t);
    check_certificate(t, PARLEY_SERVER);
    check_certificate(t, PARLEY_CLIENT);
    check_flight(t, PARLEY_SERVER);
    check_flight(t, PARLEY_CLIENT);
    check_ticket(t);
}
