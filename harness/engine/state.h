/* The inside of an engine: its states, its edges, what it remembers of a connection. What its files
 * offer each other is in engine/inside.h.
 *
 * A connection runs through these layers, each in its own file:
 *   engine.c     the public calls
 *   records.c    bytes <-> records, protection, alerts
 *   handshake.c  records <-> messages, the loop over the edges, hooks, transcript
 *   edges.c      the state machines as tables
 *   client*.c, server*.c, certificates.c, psk*.c, tickets.c   what the edges do
 *   schedule12.c, schedule13.c                               secrets and keys */
#ifndef PARLEY_ENGINE_STATE_H
#define PARLEY_ENGINE_STATE_H

#include "engine/ech_state.h"
#include "engine/hash.h"
#include "engine/kex.h"
#include "engine/protect.h"
#include "parley/bend.h"
#include "parley/wire.h"

#define HANDSHAKE_BUFFER (160 * 1024)
#define TRANSCRIPT_BUFFER (384 * 1024)
#define RECORD_BUFFER (PARLEY_RECORD_HEADER + PARLEY_RECORD_MAX + 2048)
#define OUTPUT_BUFFER (192 * 1024)
#define SCRATCH_BUFFER (128 * 1024)
#define LEAF_MAX 16384
#define SCTS_MAX 65535
#define SETTINGS_MAX 65535
#define KEY_SHARES_MAX 4
#define OFFERS_MAX 32
#define COOKIE_LENGTH 32
#define VERIFY_DATA_LENGTH 12 /* of TLS 1.2: RFC 5246 7.4.9 */

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
    S(send_client_settings)                                                                        \
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
    S(wait_client_settings)                                                                        \
    S(send_new_session_ticket)                                                                     \
    S(wait_certificate_status)                                                                     \
    S(wait_identity_hint)                                                                          \
    S(wait_server_key_exchange)                                                                    \
    S(wait_server_hello_done)                                                                      \
    S(send_client_key_exchange)                                                                    \
    S(send_change_cipher_spec)                                                                     \
    S(send_next_protocol)                                                                          \
    S(wait_next_protocol)                                                                          \
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
    const char *error_field, *error_extension;
    unsigned alert_sent;
    unsigned alert_received;
    bool has_former;
    bool put;         /* the hook has sent something itself: parley/bend.h */
    unsigned refusal; /* the alert a caller's decision named, or PARLEY_ALERT_NONE */
    bool jdk11;       /* server: the client looks like Java 11 */
    bool done, write_closed, peer_closed, input_ended;
    bool record_seen;   /* a first record has come */
    bool false_started; /* client: application data may precede the server's Finished */

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
    bool next_protocol; /* NPN is negotiated */
    uint8_t npn_length, npn[PARLEY_NAME_MAX];
    const struct parley_alps *alps; /* ours for that protocol, if the peer has some, too */
    uint16_t peer_settings_length;
    uint8_t name_length, name[PARLEY_NAME_MAX];
    uint8_t hint_length, hint[PARLEY_NAME_MAX]; /* client: PSK identity hint of TLS 1.2 */
    bool resumed, psk_only, hello_retry, early_offered, early_accepted;
    bool extended_master_secret, encrypt_then_mac, secure_renegotiation;
    bool certificate_requested, peer_has_certificate, peer_verified, post_auth_offered;
    bool ticket_expected, status_expected, compat_ccs_sent, peer_wants_ocsp, peer_wants_scts;
    bool key_update_owed, key_update_answered, post_auth_pending, retry_needed;
    bool key_usage_wrong, delegated, compression_offered;
    bool renegotiating, renegotiation_pending, renegotiation_granted;
    unsigned renegotiations; /* that have completed */
    unsigned key_updates_sent, key_updates_received;
    const struct parley_compression *compression; /* for our certificate; NULL: none */
    uint16_t send_limit;                          /* longest plaintext of an outgoing record */
    uint16_t receive_limit;                       /* longest plaintext of an incoming one */
    uint8_t max_fragment_length;
    uint16_t record_size_limit; /* the peer's, 0: none */

    /* Client hello retry. */
    uint16_t retry_group; /* 0: shares as the config says */
    bool retry_same_group;
    uint16_t cookie_length;
    uint8_t hello_digest[32]; /* server: of what must not change in the second client_hello */
    uint16_t grease_seed;
    uint8_t offer_order[OFFERS_MAX]; /* client_hello.c: which offer comes at which place */

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
    enum parley_early_data_reason early_reason;
    int32_t ticket_age_skew;            /* server: seconds */
    struct parley_bytes early_identity; /* server: for the anti-replay hook, during the hello */
    uint8_t request_context_length;
    unsigned tickets_sent;
    uint64_t ticket_nonce;

    /* 0-RTT accounting, in bytes. */
    uint32_t early_limit, early_seen, skip_left;
    bool skipping; /* server: rejected 0-RTT data is being skipped */
    bool skip_until_hello;

    struct ech ech;

    /* Counters against endless streams. */
    unsigned empty_records, warnings, key_updates, hello_requests, compat_ccs_seen;

    /* Peer's certificate as it came. */
    uint8_t chain_sha256[32]; /* TLS 1.2 client: of the server's certificate_list */
    uint16_t leaf_length;
    uint16_t ocsp_length;
    uint16_t scts_length;

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
    uint8_t master_secret[48];                  /* TLS 1.2 */
    uint8_t verify_data[2][VERIFY_DATA_LENGTH]; /* TLS 1.2: the last Finished, by role */
    uint8_t peer_share[KEX_SHARE_MAX];
    uint8_t dh_p[KEX_FIELD_MAX], dh_g[KEX_FIELD_MAX];
    struct protect read, write;           /* start makes them plaintext */
    struct protect next_read, next_write; /* TLS 1.2, until change_cipher_spec */
    struct protect former_write;          /* what bends may go back to, if |has_former| */
    struct parley_session session;        /* resumed (client: offered; server: chosen) */
    struct parley_session new_session;    /* client: the newest received */
    uint8_t request_context[PARLEY_NAME_MAX];
    struct hash_state post_base; /* TLS 1.3: the transcript up to the client's Finished */
    EVP_HPKE_CTX hpke;           /* valid if ech.hpke_ready */

    /* Neither: messages and records in passing. */
    uint8_t leaf[LEAF_MAX];
    uint8_t ocsp[LEAF_MAX];
    uint8_t scts[SCTS_MAX];
    uint8_t peer_settings[SETTINGS_MAX];
    uint8_t record[RECORD_BUFFER];
    uint8_t handshake[HANDSHAKE_BUFFER];
    uint8_t pending[HANDSHAKE_BUFFER];
    uint8_t output[OUTPUT_BUFFER];
    uint8_t kept[TRANSCRIPT_BUFFER];
    uint8_t ech_inner[ECH_BUFFER];
    uint8_t ech_payload[ECH_BUFFER]; /* the encoded inner hello, then encrypted */
    uint8_t scratch[SCRATCH_BUFFER];
};

#endif
