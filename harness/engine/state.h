/* The inside of an engine, and what its files offer each other.
 *
 * A connection runs through these layers, each in its own file:
 *   engine.c     the public calls
 *   records.c    bytes <-> records, protection, alerts
 *   handshake.c  records <-> messages, the loop over the edges, hooks, transcript
 *   edges.c      the state machines as tables
 *   client*.c, server*.c, certificates.c, psk.c, tickets.c   what the edges do
 *   schedule12.c, schedule13.c                               secrets and keys */
#ifndef PARLEY_ENGINE_STATE_H
#define PARLEY_ENGINE_STATE_H

#include "engine/hash.h"
#include "engine/kex.h"
#include "engine/protect.h"
#include "parley/engine.h"
#include "parley/wire.h"

#define HANDSHAKE_BUFFER (160 * 1024)
#define TRANSCRIPT_BUFFER (384 * 1024)
#define RECORD_BUFFER (PARLEY_RECORD_HEADER + PARLEY_RECORD_MAX + 2048)
#define OUTPUT_BUFFER (192 * 1024)
#define SCRATCH_BUFFER (128 * 1024)
#define LEAF_MAX 16384
#define KEY_SHARES_MAX 4
#define COOKIE_LENGTH 32

/* The states of all four machines; edges.c says which machine has which. */
#define STATES(S)                                                                                  \
    S(none)                                                                                        \
    S(send_client_hello)                                                                           \
    S(send_early_ccs)                                                                              \
    S(wait_server_hello)                                                                           \
    S(send_retry_ccs)                                                                              \
    S(send_second_client_hello)                                                                    \
    S(wait_second_server_hello)                                                                    \
    S(wait_encrypted_extensions)                                                                   \
    S(wait_certificate_request)                                                                    \
    S(wait_certificate)                                                                            \
    S(wait_certificate_verify)                                                                     \
    S(wait_finished)                                                                               \
    S(send_end_of_early_data)                                                                      \
    S(send_client_ccs)                                                                             \
    S(change_write_keys)                                                                           \
    S(change_early_keys)                                                                           \
    S(send_certificate)                                                                            \
    S(send_certificate_verify)                                                                     \
    S(send_finished)                                                                               \
    S(wait_client_hello)                                                                           \
    S(send_server_hello)                                                                           \
    S(send_server_retry_ccs)                                                                       \
    S(wait_second_client_hello)                                                                    \
    S(send_server_ccs)                                                                             \
    S(send_encrypted_extensions)                                                                   \
    S(send_certificate_request)                                                                    \
    S(wait_end_of_early_data)                                                                      \
    S(send_new_session_ticket)                                                                     \
    S(wait_certificate_status)                                                                     \
    S(wait_server_key_exchange)                                                                    \
    S(wait_server_hello_done)                                                                      \
    S(send_client_key_exchange)                                                                    \
    S(send_change_cipher_spec)                                                                     \
    S(wait_new_session_ticket)                                                                     \
    S(wait_change_cipher_spec)                                                                     \
    S(send_certificate_status)                                                                     \
    S(send_server_key_exchange)                                                                    \
    S(send_server_hello_done)                                                                      \
    S(wait_client_key_exchange)                                                                    \
    S(send_post_certificate)                                                                       \
    S(send_post_certificate_verify)                                                                \
    S(send_post_finished)                                                                          \
    S(wait_post_certificate)                                                                       \
    S(wait_post_certificate_verify)                                                                \
    S(wait_post_finished)                                                                          \
    S(connected)

enum state {
#define S(name) STATE_##name,
    STATES(S)
#undef S
        STATE_COUNT,
};

/* An edge of a machine. |act| gets the parsed message of a RECEIVE edge, NULL otherwise. |guard|
 * NULL: always; |act| NULL: nothing to do. A table ends with a row whose |from| is STATE_none. */
struct edge {
    enum parley_edge_kind kind;
    enum state from;
    enum state to;
    enum parley_message message;
    bool (*guard)(const struct parley_engine *e);
    enum parley_error (*act)(struct parley_engine *e, const union parley_message_value *m);
    const char *guard_name;
    const char *act_name;
};

/* edges_by_state returns a machine as a table: for each state its first edge; the last of them is
 * the one before an edge |from| another state. */
const struct edge *const *edges_by_state(enum parley_role role, uint16_t version);

extern const struct edge edges_client12[], edges_client13[], edges_server12[], edges_server13[];

/* The transcript: its bytes while they are needed, its running hash once the hash is known. */
struct transcript {
    bool hashing;
    bool keeping;
    struct hash_state hash;
    size_t length;
    /* The hash of the first |ahead_length| bytes, where a PSK binder needed it before the suite was
     * known; 0: none. */
    struct hash_state ahead;
    size_t ahead_length;
};

/* A traffic secret, and the same as an HMAC key: keys, IV and Finished key come from it. */
struct traffic {
    uint8_t secret[HASH_MAX];
    struct hmac_key key;
};

/* The secrets of TLS 1.3 (RFC 8446 7.1). Those that few connections use, of exporters and tickets,
 * are derived when asked for, from the transcript hashes they cover. */
struct schedule13 {
    enum parley_hash hash;
    size_t length;
    bool with_psk;
    struct hmac_key current; /* Early, Handshake, then Master Secret */
    struct traffic client_early;
    struct traffic client_handshake, server_handshake;
    struct traffic client_application, server_application;
    uint8_t server_finished_hash[HASH_MAX]; /* client_hello to the server's Finished */
    uint8_t client_finished_hash[HASH_MAX]; /* client_hello to the client's Finished */
};

/* What was offered or chosen in this connection, beyond what outcome reports. */
struct parley_engine {
    const struct parley_config *config;
    enum parley_role role;
    struct parley_random random;
    int64_t now_ms;

    /* The machine. */
    const struct edge *const *edges; /* edges_by_state of the version; NULL until start */
    enum state state;
    enum parley_error error;
    enum parley_message error_message;
    const char *error_field;
    unsigned alert_sent;
    unsigned alert_received;
    bool done, write_closed, peer_closed, input_ended;

    /* Negotiation. */
    uint16_t version;
    const struct parley_suite *suite;
    const struct parley_sigalg *own_scheme; /* what this side signs with */
    const struct parley_sigalg *peer_scheme;
    const struct parley_credential *credential;
    uint16_t group;
    uint16_t client_version; /* legacy_version of the client_hello */
    uint8_t client_random[PARLEY_RANDOM_LENGTH];
    uint8_t server_random[PARLEY_RANDOM_LENGTH];
    uint8_t session_id[PARLEY_SESSION_ID_MAX];
    uint8_t session_id_length;
    uint64_t offered;         /* extensions this client sent */
    uint64_t peer_extensions; /* extensions the client sent to this server */
    uint8_t alpn_length, alpn[PARLEY_NAME_MAX];
    uint8_t name_length, name[PARLEY_NAME_MAX];
    bool resumed, psk_only, hello_retry, early_offered, early_accepted;
    bool extended_master_secret, encrypt_then_mac, secure_renegotiation;
    bool certificate_requested, peer_has_certificate, peer_verified, post_auth_offered;
    bool ticket_expected, status_expected, compat_ccs_sent, peer_wants_ocsp, peer_wants_scts;
    bool key_update_owed, post_auth_pending, retry_needed;
    uint16_t send_limit;    /* longest plaintext of an outgoing record */
    uint16_t receive_limit; /* longest plaintext of an incoming one */
    uint8_t max_fragment_length;
    uint16_t record_size_limit; /* the peer's, 0: none */

    /* Client hello retry. */
    uint16_t retry_group; /* 0: shares as the config says */
    bool retry_same_group;
    uint16_t cookie_length;
    uint8_t hello_digest[32]; /* server: of what must not change in the second client_hello */
    uint16_t grease_seed;

    /* Keys. */
    size_t share_count;
    uint16_t peer_share_length;
    uint16_t dh_p_length, dh_g_length;
    void *peer_key; /* EVP_PKEY, a reference of ours */
    enum parley_epoch read_epoch, write_epoch;

    /* Sessions and PSKs. */
    const struct parley_psk *external; /* server: chosen external PSK */
    uint16_t psk_index;                /* client: identities before the session's; server: chosen */
    bool psk_offered, psk_chosen;
    bool early_ready; /* |schedule| has started with the PSK offered first, or the chosen one */
    bool early_data_usable; /* server: the chosen PSK is the first and may carry 0-RTT */
    struct parley_bytes early_identity; /* server: for the anti-replay hook, during the hello */
    uint8_t request_context_length;
    unsigned tickets_sent;
    uint64_t ticket_nonce;

    /* 0-RTT accounting, in bytes. */
    uint32_t early_limit, early_seen, skip_left;
    bool skipping; /* server: rejected 0-RTT data is being skipped */
    bool skip_until_hello;

    /* Counters against endless streams. */
    unsigned empty_records, warnings, key_updates, hello_requests, compat_ccs_seen;

    /* Peer's certificate as it came. */
    uint16_t leaf_length;
    uint16_t ocsp_length;

    /* Buffers. */
    struct transcript transcript;
    struct parley_bytes current;   /* the message being acted on, with its header */
    size_t in_length;              /* of the record being collected */
    size_t hs_length, hs_position; /* handshake bytes received; before position: consumed */
    size_t pending_length;         /* handshake bytes to be put into records */
    size_t out_start, out_end;
    struct parley_bytes data; /* application data not read yet, in |record| */
    bool data_early;

    /* Not cleared by start, but by wipe: secrets, and what other members say the length of. */
    uint8_t cookie[4096];
    struct kex shares[KEY_SHARES_MAX];
    struct schedule13 schedule;
    uint8_t master_secret[48]; /* TLS 1.2 */
    uint8_t peer_share[KEX_SHARE_MAX];
    uint8_t dh_p[KEX_SHARE_MAX], dh_g[KEX_SHARE_MAX];
    struct protect read, write;           /* start makes them plaintext */
    struct protect next_read, next_write; /* TLS 1.2, until change_cipher_spec */
    struct parley_session session;        /* resumed (client: offered; server: chosen) */
    struct parley_session new_session;    /* client: the newest received */
    uint8_t request_context[PARLEY_NAME_MAX];
    struct hash_state post_base; /* TLS 1.3: the transcript up to the client's Finished */

    /* Neither: messages and records in passing. */
    uint8_t leaf[LEAF_MAX];
    uint8_t ocsp[LEAF_MAX];
    uint8_t record[RECORD_BUFFER];
    uint8_t handshake[HANDSHAKE_BUFFER];
    uint8_t pending[HANDSHAKE_BUFFER];
    uint8_t output[OUTPUT_BUFFER];
    uint8_t kept[TRANSCRIPT_BUFFER];
    uint8_t scratch[SCRATCH_BUFFER];
};

/* ---- records.c ---- */

/* records_begin judges the header of the record being collected, as soon as it is there; false: the
 * run has failed. */
bool records_begin(struct parley_engine *e);

/* records_process acts on the complete record in |e->record|. */
void records_process(struct parley_engine *e);

/* records_needed returns how many bytes the record being collected has in all, as far as known. */
size_t records_needed(const struct parley_engine *e);

/* records_flush puts the pending handshake bytes into records. */
enum parley_error records_flush(struct parley_engine *e);

/* records_emit seals |bytes| into records of |type|, flushing nothing. */
enum parley_error records_emit(struct parley_engine *e, uint8_t type, struct parley_bytes bytes);

/* records_room returns whether |len| bytes of plaintext fit into the output buffer now. */
bool records_room(const struct parley_engine *e, size_t len);

/* records_alert sends an alert; records_fail notes |error|, sends its alert and ends the run. */
void records_alert(struct parley_engine *e, uint8_t level, uint8_t description);
void records_fail(struct parley_engine *e, enum parley_error error);

/* records_end_read says whether the read keys may change now: not while handshake bytes that came
 * under the old ones are left over (RFC 8446 5.1). Write keys change after records_flush. */
enum parley_error records_end_read(const struct parley_engine *e);

/* ---- handshake.c ---- */

/* handshake_input takes the handshake bytes of one record. */
enum parley_error handshake_input(struct parley_engine *e, struct parley_bytes fragment);

/* handshake_event runs the edge for a received |message|. */
enum parley_error handshake_event(struct parley_engine *e, enum parley_message message,
                                  const union parley_message_value *value);

/* handshake_advance sends all that the machine wants to send. */
enum parley_error handshake_advance(struct parley_engine *e);

/* handshake_build writes |value| behind the pending bytes and returns it there (empty: failed);
 * handshake_commit gives the |len| bytes at that place to the hook, the transcript and the output.
 */
struct parley_bytes handshake_build(struct parley_engine *e, enum parley_message message,
                                    const union parley_message_value *value);
enum parley_error handshake_commit(struct parley_engine *e, enum parley_message message,
                                   size_t len);

/* handshake_send builds and commits. */
enum parley_error handshake_send(struct parley_engine *e, enum parley_message message,
                                 const union parley_message_value *value);

/* handshake_send_ccs sends a change_cipher_spec record. */
enum parley_error handshake_send_ccs(struct parley_engine *e);

/* handshake_refuse is for what a correct peer aborts on: it returns |error|, or in tolerant mode
 * PARLEY_OK. */
enum parley_error handshake_refuse(struct parley_engine *e, enum parley_error error);

/* handshake_machine picks the machine of |version|. */
void handshake_machine(struct parley_engine *e, uint16_t version);

void engine_observe(struct parley_engine *e, enum parley_event_kind kind,
                    enum parley_message message, enum parley_epoch epoch,
                    struct parley_bytes bytes);

/* ---- transcript.c ---- */

enum parley_error transcript_add(struct parley_engine *e, struct parley_bytes message);
/* transcript_start begins hashing with |hash| what was added and what will be. */
void transcript_start(struct parley_engine *e, enum parley_hash hash);
size_t transcript_peek(const struct parley_engine *e, uint8_t out[HASH_MAX]);
/* transcript_retry replaces the first client_hello by its message_hash (RFC 8446 4.4.1). */
void transcript_retry(struct parley_engine *e);
struct parley_bytes transcript_bytes(const struct parley_engine *e);

/* ---- schedule13.c ---- */

/* schedule13_early starts with a PSK (empty: none); _handshake and _master go on (RFC 8446 7.1). */
void schedule13_early(struct schedule13 *s, enum parley_hash hash, struct parley_bytes psk);
void schedule13_handshake(struct schedule13 *s, struct parley_bytes shared_secret);
void schedule13_master(struct schedule13 *s);
/* schedule13_derive is Derive-Secret of the current stage over a transcript hash. */
void schedule13_derive(const struct schedule13 *s, const char *label, struct parley_bytes hash,
                       uint8_t out[HASH_MAX]);
/* schedule13_finished is verify_data under a base key (RFC 8446 4.4.4). */
size_t schedule13_finished(const struct schedule13 *s, const struct hmac_key *base_key,
                           struct parley_bytes transcript_hash, uint8_t out[HASH_MAX]);
/* schedule13_binder is a PSK binder over the hash of the truncated hello (RFC 8446 4.2.11.2), by a
 * schedule that has just started with the PSK. */
size_t schedule13_binder(const struct schedule13 *s, bool external,
                         struct parley_bytes truncated_hash, uint8_t out[HASH_MAX]);
/* The _keys derive the secrets of the transcript as it stands and log them. */
void schedule13_early_keys(struct parley_engine *e, struct parley_bytes hello_hash);
void schedule13_handshake_keys(struct parley_engine *e);
void schedule13_application_keys(struct parley_engine *e);
/* schedule13_read and _write install the keys of the peer's or our secret in |epoch|. */
enum parley_error schedule13_read(struct parley_engine *e, enum parley_epoch epoch);
enum parley_error schedule13_write(struct parley_engine *e, enum parley_epoch epoch);
/* schedule13_update moves one direction's application secret on (RFC 8446 7.2). */
enum parley_error schedule13_update(struct parley_engine *e, bool reading);
/* schedule13_resumption is the PSK of the ticket with |nonce| (RFC 8446 4.6.1). */
void schedule13_resumption(const struct schedule13 *s, struct parley_bytes nonce,
                           uint8_t out[HASH_MAX]);
bool schedule13_export(struct parley_engine *e, const char *label, struct parley_bytes context,
                       uint8_t *out, size_t len);

/* ---- schedule12.c ---- */

/* schedule12_master derives the master secret (RFC 5246 8.1, RFC 7627 4), _keys the pending keys of
 * both directions (RFC 5246 6.3), _finished verify_data of |role| (RFC 5246 7.4.9). */
void schedule12_master(struct parley_engine *e, struct parley_bytes premaster);
void schedule12_keys(struct parley_engine *e);
void schedule12_finished(struct parley_engine *e, enum parley_role role, uint8_t out[12]);
bool schedule12_export(struct parley_engine *e, const char *label,
                       const struct parley_bytes *context, uint8_t *out, size_t len);
void keylog_line(struct parley_engine *e, const char *label, const uint8_t *secret, size_t len);

/* ---- certificates.c ---- */

/* certificates_choose picks credential and scheme that fit what the peer accepts: |schemes|, and
 * in TLS 1.2 the suite's authentication and the curves among |groups| (empty: any; RFC 8422 5.3).
 * Fills own_scheme and credential; false if none fits. */
bool certificates_choose(struct parley_engine *e, struct parley_bytes schemes,
                         struct parley_bytes groups, enum parley_authentication authentication);
enum parley_error certificates_send12(struct parley_engine *e);
enum parley_error certificates_send13(struct parley_engine *e);
enum parley_error certificates_receive12(struct parley_engine *e,
                                         const struct parley_certificate_tls12 *m);
enum parley_error certificates_receive13(struct parley_engine *e,
                                         const struct parley_certificate_tls13 *m);
enum parley_error certificates_send_verify(struct parley_engine *e);
enum parley_error certificates_check_verify(struct parley_engine *e,
                                            const struct parley_certificate_verify *m);
/* certificates_check_signature verifies a signature the peer made with |scheme|. */
enum parley_error certificates_check_signature(struct parley_engine *e, uint16_t scheme,
                                               struct parley_bytes content,
                                               struct parley_bytes signature);

/* ---- tickets.c ---- */

/* tickets_seal encrypts |session| under the config's ticket key; returns the length, at most |cap|,
 * or 0. tickets_open decrypts; false if it is not one of ours or has expired. */
size_t tickets_seal(struct parley_engine *e, const struct parley_session *session, uint8_t *out,
                    size_t cap);
bool tickets_open(struct parley_engine *e, struct parley_bytes ticket, struct parley_session *out);
/* tickets_describe fills |out| with what this connection is, without its secret. */
void tickets_describe(const struct parley_engine *e, struct parley_session *out);
bool session_fresh(const struct parley_engine *e, const struct parley_session *session);
void session_cache_put(struct parley_session_cache *cache, const struct parley_session *session);
const struct parley_session *session_cache_get(struct parley_session_cache *cache,
                                               struct parley_bytes id);

/* ---- psk.c ---- */

/* psk_offer writes pre_shared_key with zeros for binders as the last extension of |out|;
 * psk_bind fills them into the built |hello|. psk_choose (server) finds the first usable identity
 * and checks its binder. */
bool psk_offer(struct parley_engine *e, CBB *out);
void psk_bind(struct parley_engine *e, uint8_t *hello, size_t len);
enum parley_error psk_choose(struct parley_engine *e, const struct parley_client_hello *hello);
/* psk_secret returns the chosen PSK. */
struct parley_bytes psk_secret(const struct parley_engine *e);
/* psk_accepted (client) returns whether the server may choose the identity at |index|, and its key.
 */
bool psk_accepted(struct parley_engine *e, uint16_t index, struct parley_bytes *secret);

/* ---- limits.c ---- */

/* limits_record_size takes the peer's record_size_limit into account once both sides have sent one
 * (RFC 8449 4); limits_max_fragment the negotiated code of RFC 6066 4. */
void limits_record_size(struct parley_engine *e, uint16_t peer_limit);
void limits_max_fragment(struct parley_engine *e, uint8_t code);

/* ---- lists.c: what the config says, with its defaults ---- */

size_t list_suites(const struct parley_config *c, const uint16_t **out);
size_t list_groups(const struct parley_config *c, const uint16_t **out);
size_t list_sigalgs(const struct parley_config *c, const uint16_t **out);
bool list_has(const uint16_t *list, size_t count, uint16_t value);
uint16_t config_min(const struct parley_config *c);
uint16_t config_max(const struct parley_config *c);
struct parley_bytes bytes_of(const void *data, size_t len);
bool bytes_equal(struct parley_bytes a, struct parley_bytes b);

#endif
