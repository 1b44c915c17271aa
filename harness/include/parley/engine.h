/* The engine: a TLS 1.2 and 1.3 endpoint that never touches a socket, a clock or a random source.
 *
 * Life of an engine: parley_engine_new, then for each connection parley_engine_start, then in any
 * order parley_engine_push (bytes from the peer), parley_engine_pull (bytes to the peer),
 * parley_engine_write and parley_engine_read (application data) as parley_engine_status allows,
 * until it says PARLEY_CLOSED or PARLEY_FAILED. The first error sticks: it sends one alert and
 * nothing after it. No call blocks, and after parley_engine_new none of them allocates except
 * through libcrypto's own operations.
 *
 * An engine, and the config, trust and caches it uses, belong to one thread at a time. */
#ifndef PARLEY_ENGINE_H
#define PARLEY_ENGINE_H

#include "parley/bytes.h"
#include "parley/tables.h"

/* ---- What is handed in ---- */

/* parley_random is a source of random bytes. */
struct parley_random {
    void (*fill)(void *arg, uint8_t *out, size_t len);
    void *arg;
};

/* parley_seeded is a deterministic source (ChaCha20): equal seed and stream, equal bytes. It
 * holds no pointers and may be copied to fork the sequence; otherwise its members are private. */
struct parley_seeded {
    uint8_t key[32];
    uint64_t position;   /* bytes handed out so far */
    uint8_t buffer[256]; /* the keystream around |position| */
};

/* parley_seeded_init starts the sequence |stream| of |seed|. parley_seeded_random returns the
 * source that draws from |*s|, which must outlive it. parley_system_random draws from the kernel.
 */
void parley_seeded_init(struct parley_seeded *s, uint64_t seed, uint64_t stream);
struct parley_random parley_seeded_random(struct parley_seeded *s);
struct parley_random parley_system_random(void);

/* parley_credential is a certificate chain with its private key. */
struct parley_credential;

/* parley_credential_from_pem decodes |certificates| (leaf first) and |private_key| (PKCS#8, SEC1
 * or PKCS#1, unencrypted), both PEM text. Returns NULL and a static reason in |*why| if one cannot
 * be decoded, they do not belong together, or the key is not RSA, ECDSA (P-256/384/521) or Ed25519.
 * The caller frees the result, after every engine that uses it. */
struct parley_credential *parley_credential_from_pem(struct parley_bytes certificates,
                                                     struct parley_bytes private_key,
                                                     const char **why);
void parley_credential_free(struct parley_credential *credential);

/* parley_credential_set_ocsp and _set_scts attach a DER OCSPResponse (RFC 6066 8) and the elements
 * of a SignedCertificateTimestampList (RFC 6962 3.3: each SCT behind its two-byte length, without
 * the length of the whole), copied. Return false if out of memory. */
bool parley_credential_set_ocsp(struct parley_credential *credential, struct parley_bytes response);
bool parley_credential_set_scts(struct parley_credential *credential, struct parley_bytes scts);

/* parley_credential_chain returns how many certificates it has; parley_credential_certificate the
 * DER of the one at |index| (0: leaf), borrowed. */
size_t parley_credential_chain(const struct parley_credential *credential);
struct parley_bytes parley_credential_certificate(const struct parley_credential *credential,
                                                  size_t index);

/* parley_trust is a set of root certificates, with a memory of what verified under them. */
struct parley_trust;
struct parley_trust *parley_trust_new(void);
/* parley_trust_add_pem adds every certificate of |pem|; false and |*why| if there is none or one is
 * bad. */
bool parley_trust_add_pem(struct parley_trust *trust, struct parley_bytes pem, const char **why);
void parley_trust_free(struct parley_trust *trust);

/* parley_session is what a later connection resumes: plain data, no pointers, copied freely. */
#define PARLEY_TICKET_MAX 4096
#define PARLEY_NAME_MAX 255
struct parley_session {
    uint16_t version; /* 0: no session */
    uint16_t suite;
    uint16_t group; /* of the connection it came from */
    bool extended_master_secret;
    bool peer_verified; /* the peer's certificate was verified then */
    int64_t issued_ms;  /* the engine's time when it was issued or received */
    uint32_t lifetime;  /* seconds */
    uint32_t age_add;
    uint32_t max_early_data;
    uint16_t secret_length;
    uint16_t ticket_length;
    uint16_t session_id_length;
    uint8_t alpn_length;
    uint8_t server_name_length;
    uint8_t peer_sha256[32]; /* server: of the client's leaf certificate; zeros: it had none */
    uint8_t secret[64];      /* TLS 1.2: master secret; TLS 1.3: resumption PSK */
    /* Valid up to the lengths above. */
    uint8_t session_id[32];
    uint8_t alpn[PARLEY_NAME_MAX];
    uint8_t server_name[PARLEY_NAME_MAX];
    uint8_t ticket[PARLEY_TICKET_MAX];
};

/* parley_session_cache is a server's memory of TLS 1.2 sessions by id: a ring of |capacity|. */
struct parley_session_cache;
struct parley_session_cache *parley_session_cache_new(size_t capacity);
void parley_session_cache_free(struct parley_session_cache *cache);

/* parley_psk is an external pre-shared key (RFC 8446 4.2.11), bound to |hash|. */
struct parley_psk {
    struct parley_bytes identity;
    struct parley_bytes key;
    enum parley_hash hash;
};

enum parley_role { PARLEY_CLIENT, PARLEY_SERVER };
enum parley_client_auth { PARLEY_AUTH_NONE, PARLEY_AUTH_REQUEST, PARLEY_AUTH_REQUIRE };
enum { PARLEY_PSK_KE = 1, PARLEY_PSK_DHE_KE = 2 };

/* What happens in an engine, as its observer and its hooks see it. */
enum parley_event_kind {
    PARLEY_EVENT_MESSAGE_OUT, /* bytes: the message with its header, as it enters the transcript */
    PARLEY_EVENT_MESSAGE_IN,  /* before it is acted on */
    PARLEY_EVENT_RECORD_OUT,  /* bytes: the whole record as it leaves */
    PARLEY_EVENT_RECORD_IN,   /* bytes: the whole record as it came */
    PARLEY_EVENT_DATA_OUT,    /* application data, plaintext of one record */
    PARLEY_EVENT_DATA_IN,
    PARLEY_EVENT_DROPPED, /* a message that the hook dropped */
};
struct parley_event {
    enum parley_event_kind kind;
    enum parley_message message; /* of MESSAGE_* and DROPPED; alert and change_cipher_spec too */
    enum parley_epoch epoch;
    struct parley_bytes bytes;
};

/* parley_hooks bend and watch a handshake. Every member may be NULL.
 *
 * |message_out| sees each outgoing handshake message, alert and change_cipher_spec after it is
 * built and before it enters the transcript and is encrypted. It may change |*len| bytes at |bytes|
 * in place, up to |capacity|, and returns false to drop the message: it is then neither hashed nor
 * sent. |record_out| sees each finished record, may change it likewise, and returns false to drop
 * it. |observe| sees everything, in order, and changes nothing. */
struct parley_hooks {
    void *arg;
    bool (*message_out)(void *arg, enum parley_message message, enum parley_epoch epoch,
                        uint8_t *bytes, size_t *len, size_t capacity);
    bool (*record_out)(void *arg, enum parley_epoch epoch, uint8_t *bytes, size_t *len,
                       size_t capacity);
    void (*observe)(void *arg, const struct parley_event *event);
};

/* parley_config is what an endpoint wants. All zeros is a valid client: every version, suite,
 * group and scheme of the tables, no certificate, no verification. Pointers are borrowed and must
 * outlive the engines; the struct itself may be shared by any number of engines of one thread. */
struct parley_config {
    uint16_t min_version;   /* 0: PARLEY_TLS12 */
    uint16_t max_version;   /* 0: PARLEY_TLS13 */
    const uint16_t *suites; /* in order of preference; NULL: all, in the tables' order */
    size_t suite_count;
    const uint16_t *groups;
    size_t group_count;
    size_t key_share_count; /* client: shares for that many of the first groups; 0: one */
    bool no_key_shares;     /* client: offers none, and so asks for a hello_retry_request */
    const uint16_t *sigalgs;
    size_t sigalg_count;

    struct parley_credential *const *credentials; /* the first that fits is used */
    size_t credential_count;
    struct parley_trust *trust; /* NULL: the peer's certificate is not verified */
    const char *server_name;   /* client: sent as SNI and checked; server: NULL, or the only name it
                                  answers to */
    bool no_server_name_check; /* client: SNI is sent but the certificate's names are not checked */
    enum parley_client_auth client_auth;
    bool post_handshake_auth;        /* client: offers it (RFC 8446 4.2.6) */
    bool request_ocsp, request_scts; /* client */

    const char *const *alpn; /* in order of preference */
    size_t alpn_count;

    bool no_extended_master_secret;
    bool no_encrypt_then_mac;
    bool no_tickets;
    bool no_middlebox_compatibility; /* no fake session id and change_cipher_spec in TLS 1.3 */
    bool server_order;               /* server: its own preference among suites, not the client's */
    bool hello_retry;   /* server: always answers with a hello_retry_request first, with a cookie */
    bool fallback_scsv; /* client: sends TLS_FALLBACK_SCSV */
    bool grease;        /* client: GREASE values, RFC 8701 */
    uint16_t record_size_limit;  /* 0: not offered (RFC 8449); counts as there */
    uint8_t max_fragment_length; /* client: RFC 6066 4 code, 0: not offered */
    uint16_t fragment;           /* longest plaintext of an outgoing record; 0: 16384 */
    uint16_t record_padding;     /* TLS 1.3: zeros added to each protected record */
    bool no_coalescing;          /* one handshake message per record */

    const struct parley_psk *psks;
    size_t psk_count;
    unsigned psk_modes;                         /* PARLEY_PSK_*; 0: psk_dhe_ke */
    unsigned ticket_count;                      /* server: tickets per TLS 1.3 connection; 0: one */
    uint32_t ticket_lifetime;                   /* seconds; 0: 7200 */
    uint8_t ticket_key[32];                     /* server: encrypts tickets and cookies */
    struct parley_session_cache *session_cache; /* server, TLS 1.2 ids; NULL: none */
    uint32_t max_early_data; /* server: accepts 0-RTT up to that many bytes; 0: none */
    bool early_data;         /* client: offers 0-RTT when the session allows it */

    /* server: the anti-replay hook (RFC 8446 8): whether 0-RTT under this PSK identity may be
     * accepted. NULL: accepted while the ticket's age is right. */
    bool (*accept_early_data)(void *arg, struct parley_bytes identity);
    void *accept_early_data_arg;
    /* key log in the NSS format, one line without newline per secret. */
    void (*key_log)(void *arg, const char *line);
    void *key_log_arg;
    /* client: a session to resume later has come; borrowed for the call. */
    void (*new_session)(void *arg, const struct parley_session *session);
    void *new_session_arg;

    struct parley_hooks hooks;
    bool tolerant; /* goes on where a correct peer would abort, as far as it can */
};

/* ---- The engine ---- */

struct parley_engine;

/* parley_engine_new returns an engine that plays |role| as |config| says, or NULL if out of memory.
 * |config| is borrowed. parley_engine_free wipes and frees it; NULL is allowed. */
struct parley_engine *parley_engine_new(const struct parley_config *config, enum parley_role role);
void parley_engine_free(struct parley_engine *engine);

/* parley_engine_start begins a connection, dropping any earlier one. |now_ms| is the time in
 * milliseconds since 1970 (for certificates and tickets). |random| is borrowed until the next
 * start. |resume| (client; may be NULL) is copied. */
void parley_engine_start(struct parley_engine *engine, int64_t now_ms, struct parley_random random,
                         const struct parley_session *resume);

/* parley_engine_set_time moves the connection's clock. */
void parley_engine_set_time(struct parley_engine *engine, int64_t now_ms);

/* Status bits. */
enum {
    PARLEY_WANTS_INPUT = 1 << 0, /* push takes bytes */
    PARLEY_HAS_OUTPUT = 1 << 1,  /* pull has bytes */
    PARLEY_CAN_WRITE = 1 << 2,   /* write takes application data */
    PARLEY_HAS_DATA = 1 << 3,    /* read has application data; push waits until it is read */
    PARLEY_DONE = 1 << 4,        /* the handshake has completed */
    PARLEY_EARLY = 1 << 5,       /* what write takes now is 0-RTT data; what read gives now was */
    PARLEY_PEER_CLOSED = 1 << 6, /* the peer's close_notify has come */
    PARLEY_CLOSED = 1 << 7,      /* both sides' close_notify are exchanged */
    PARLEY_FAILED = 1 << 8,      /* an error or a fatal alert ended it */
};

/* parley_engine_status returns the bits that hold now. */
unsigned parley_engine_status(const struct parley_engine *engine);

/* parley_engine_push hands in up to |len| bytes of records from the peer and returns how many were
 * taken: fewer than |len| while application data waits to be read or output to be pulled, and all
 * once the engine has failed or closed (they are dropped). */
size_t parley_engine_push(struct parley_engine *engine, const uint8_t *data, size_t len);

/* parley_engine_pull copies up to |cap| bytes for the peer to |out| and returns how many. */
size_t parley_engine_pull(struct parley_engine *engine, uint8_t *out, size_t cap);

/* parley_engine_write takes up to |len| bytes of application data and returns how many (0 when
 * PARLEY_CAN_WRITE is not set). parley_engine_read gives up to |cap| bytes. */
size_t parley_engine_write(struct parley_engine *engine, const uint8_t *data, size_t len);
size_t parley_engine_read(struct parley_engine *engine, uint8_t *out, size_t cap);

/* parley_engine_close sends close_notify (RFC 8446 6.1); nothing can be written afterwards.
 * parley_engine_end_of_input says that the transport has ended: without a close_notify before it,
 * that is an error. */
void parley_engine_close(struct parley_engine *engine);
void parley_engine_end_of_input(struct parley_engine *engine);

/* parley_engine_key_update sends a key_update, asking for one back if |request| (RFC 8446 4.6.3).
 * parley_engine_request_certificate (server) starts post-handshake authentication. Both return
 * false where the connection does not allow it now. */
bool parley_engine_key_update(struct parley_engine *engine, bool request);
bool parley_engine_request_certificate(struct parley_engine *engine);

/* parley_engine_export writes |len| bytes of keying material (RFC 5705 4, RFC 8446 7.5). For TLS
 * 1.2, |context| NULL differs from an empty one. Returns false before the handshake is done. */
bool parley_engine_export(struct parley_engine *engine, const char *label,
                          const struct parley_bytes *context, uint8_t *out, size_t len);

/* parley_outcome is what a connection came to. Strings and bytes are borrowed until the next start.
 */
struct parley_outcome {
    bool done; /* the handshake completed */
    enum parley_error error;
    enum parley_message error_message; /* it stopped at, or PARLEY_MESSAGE_UNKNOWN */
    const char *error_field;           /* for decoding errors, else NULL */
    const char *state;                 /* name of the state it is in */
    unsigned alert_sent;               /* fatal, or PARLEY_ALERT_NONE */
    unsigned alert_received;
    uint16_t version; /* 0 until negotiated; so for the rest */
    uint16_t suite;
    uint16_t group;
    uint16_t sigalg_server; /* scheme of the server's signature, of the client's */
    uint16_t sigalg_client;
    bool resumed;
    bool psk_only; /* psk_ke: no forward secrecy */
    bool hello_retry;
    bool early_data_accepted;
    bool extended_master_secret;
    bool encrypt_then_mac;
    bool peer_verified;
    struct parley_bytes alpn;
    struct parley_bytes server_name;
    struct parley_bytes peer_certificate; /* leaf, DER */
    struct parley_bytes ocsp_response;
};

/* parley_engine_outcome fills |*out|; it can be asked at any time. */
void parley_engine_outcome(const struct parley_engine *engine, struct parley_outcome *out);

/* parley_engine_session returns the newest session this client was given, or NULL. */
const struct parley_session *parley_engine_session(const struct parley_engine *engine);

/* ---- The state machine, for those who look ---- */

enum parley_edge_kind {
    PARLEY_EDGE_RECEIVE,   /* taken when |message| comes */
    PARLEY_EDGE_SEND,      /* taken at once: |message| is sent */
    PARLEY_EDGE_SKIP,      /* taken at once, without a message */
    PARLEY_EDGE_OTHERWISE, /* taken when a message comes that no RECEIVE edge of the state takes */
};

/* One edge of a state machine: in the state |from|, if |condition| holds ("": always), |action|
 * runs
 * ("": nothing to do) and the state becomes |to|. |message| is "" for SKIP and OTHERWISE. */
struct parley_edge_view {
    enum parley_edge_kind kind;
    const char *from;
    const char *to;
    const char *message;
    const char *condition;
    const char *action;
};

/* parley_edge_at returns edge |index| of the machine that |role| runs for |version|
 * (PARLEY_TLS12 or PARLEY_TLS13), in the order in which they are tried; false past the last. */
bool parley_edge_at(enum parley_role role, uint16_t version, size_t index,
                    struct parley_edge_view *out);

#endif
