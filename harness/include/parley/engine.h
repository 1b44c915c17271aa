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
#include "parley/ech.h"
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
 * the length of the whole), copied. Return false if out of memory, or if |scts| is no such list (an
 * empty one, too). */
bool parley_credential_set_ocsp(struct parley_credential *credential, struct parley_bytes response);
bool parley_credential_set_scts(struct parley_credential *credential, struct parley_bytes scts);

/* parley_credential_set_delegated gives |credential| a delegated credential (RFC 9345 4), copied:
 * |delegated| is the DelegatedCredential structure, |private_key| its key as a DER PKCS#8
 * PrivateKeyInfo. A server of TLS 1.3 signs with it where the client's delegated_credential
 * extension lists its dc_cert_verify_algorithm; whether it has expired, and whether the certificate
 * may delegate, is the caller's to know. Returns false, and a static reason in |*why|, if one
 * cannot be decoded, they do not belong together, or the key does not fit its algorithm. */
bool parley_credential_set_delegated(struct parley_credential *credential,
                                     struct parley_bytes delegated, struct parley_bytes private_key,
                                     const char **why);

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
#define PARLEY_TICKET_KEY_RFC5077 48 /* name, MAC key, cipher key: 16 bytes each */
#define PARLEY_NAME_MAX 255
#define PARLEY_STAPLE_MAX 2048
#define PARLEY_SETTINGS_MAX 1024
struct parley_session {
    uint16_t version; /* 0: no session */
    uint16_t suite;
    uint16_t group;         /* of the connection it came from */
    uint16_t sigalg_server; /* the schemes that were signed with then; 0: none */
    uint16_t sigalg_client;
    bool extended_master_secret;
    bool peer_verified; /* the peer's certificate was verified then */
    int64_t issued_ms;  /* the engine's time when it was issued or received */
    uint32_t lifetime;  /* seconds */
    uint32_t context;   /* server: the config's session_context */
    uint32_t age_add;
    uint32_t max_early_data;
    uint16_t secret_length;
    uint16_t ticket_length;
    uint16_t session_id_length;
    uint8_t alpn_length;
    uint8_t server_name_length;
    /* Client: what came with the server's certificate; of more than PARLEY_STAPLE_MAX, none. */
    uint16_t ocsp_length;
    uint16_t scts_length;
    bool alps; /* application settings were exchanged: these of the peer, and ours with this hash */
    uint16_t peer_settings_length;
    uint8_t settings_sha256[32];
    uint8_t peer_sha256[32]; /* server: of the client's leaf certificate; zeros: it had none;
                                client, TLS 1.2: of the server's certificate_list */
    uint8_t secret[64];      /* TLS 1.2: master secret; TLS 1.3: resumption PSK */
    /* Valid up to the lengths above. */
    uint8_t session_id[32];
    uint8_t alpn[PARLEY_NAME_MAX];
    uint8_t server_name[PARLEY_NAME_MAX];
    uint8_t ticket[PARLEY_TICKET_MAX];
    uint8_t ocsp[PARLEY_STAPLE_MAX];
    uint8_t scts[PARLEY_STAPLE_MAX];
    uint8_t peer_settings[PARLEY_SETTINGS_MAX];
};

/* parley_session_cache is a server's memory of TLS 1.2 sessions by id: a ring of |capacity|. */
struct parley_session_cache;
struct parley_session_cache *parley_session_cache_new(size_t capacity);
void parley_session_cache_free(struct parley_session_cache *cache);

/* parley_memo remembers the results of public-key operations (key exchange, signatures made and
 * checked, RSA) for those who run the same handshakes over and over, as fuzzers do: with the same
 * random numbers the bytes are the same as without, sooner. It is nothing for real secrets: they
 * stay in it, and time tells what it knows. It serves any number of engines of one thread, and
 * outlives them. parley_memo_new returns NULL if out of memory; parley_memo_free takes NULL. */
struct parley_memo;
struct parley_memo *parley_memo_new(void);
void parley_memo_free(struct parley_memo *memo);

/* parley_psk is an external pre-shared key (RFC 8446 4.2.11), bound to |hash|. */
struct parley_psk {
    struct parley_bytes identity;
    struct parley_bytes key;
    enum parley_hash hash;
};

/* parley_psk12 is a pre-shared key for the PSK suites of TLS 1.2 (RFC 4279, RFC 5489), which stand
 * for certificates of both sides. |key| has 1 to PARLEY_PSK12_KEY_MAX bytes (else it is as if there
 * were none), |identity| at most 65535, and may be empty. A client sends |identity|; a server knows
 * this one only, and refuses others with unknown_psk_identity. |hint| (server) is its identity
 * hint, at most 65535 bytes; without one, plain PSK sends no server_key_exchange. */
#define PARLEY_PSK12_KEY_MAX 256
struct parley_psk12 {
    struct parley_bytes identity;
    struct parley_bytes key;
    struct parley_bytes hint;
};

/* parley_alps is what this side tells its peer in TLS 1.3 once |protocol| is negotiated by ALPN
 * (draft-vvv-tls-alps-01); |settings| has at most 65000 bytes, and may be empty. */
struct parley_alps {
    const char *protocol;
    struct parley_bytes settings;
};

struct parley_client_hello; /* parley/wire.h */
struct parley_bend;         /* parley/bend.h */

/* parley_compression is one certificate compression algorithm (RFC 8879 7.3); the engine links none
 * itself. |compress| and |decompress| put the other form of |in| into |out|, of |cap| bytes, and
 * return its length, or 0 if that fails or does not fit; |cap| of |decompress| is the length that
 * the peer declared, and what it returns must be just that. Either may be NULL: then this side does
 * not compress, or does not offer, with that algorithm. */
struct parley_compression {
    uint16_t algorithm; /* 1 zlib, 2 brotli, 3 zstd */
    size_t (*compress)(void *arg, struct parley_bytes in, uint8_t *out, size_t cap);
    size_t (*decompress)(void *arg, struct parley_bytes in, uint8_t *out, size_t cap);
    void *arg;
};

enum parley_role { PARLEY_CLIENT, PARLEY_SERVER };
enum parley_client_auth { PARLEY_AUTH_NONE, PARLEY_AUTH_REQUEST, PARLEY_AUTH_REQUIRE };
enum { PARLEY_PSK_KE = 1, PARLEY_PSK_DHE_KE = 2 };

/* What a TLS 1.2 client does about a hello_request once it is connected (RFC 5246 7.4.1.1, RFC 5746
 * 3.5). Renegotiation is a full handshake under the keys of the one before: PARLEY_DONE and
 * PARLEY_CAN_WRITE are off meanwhile, and application data may come until the server_hello does. It
 * cannot change the version, the server's certificate, the extended master secret, or the
 * application protocol, which like record limits and sessions is not spoken of again; and it is
 * refused, as under NEVER, while output waits to be pulled and after parley_engine_close. A server
 * without secure renegotiation is not refused for that: see |secure_renegotiation| of the outcome.
 * A server never renegotiates. */
enum parley_renegotiation {
    PARLEY_RENEGOTIATE_DECLINE,  /* with a no_renegotiation warning */
    PARLEY_RENEGOTIATE_NEVER,    /* ends the connection; so does one in the midst of a handshake,
                                    which all others ignore */
    PARLEY_RENEGOTIATE_IGNORE,   /* does nothing */
    PARLEY_RENEGOTIATE_ONCE,     /* does; NEVER from then on */
    PARLEY_RENEGOTIATE_FREELY,   /* does */
    PARLEY_RENEGOTIATE_EXPLICIT, /* the caller does, with parley_engine_renegotiate */
};

/* What happens in an engine, as its observer and its hooks see it. */
enum parley_event_kind {
    PARLEY_EVENT_MESSAGE_OUT, /* bytes: the message with its header, as it enters the transcript */
    PARLEY_EVENT_MESSAGE_IN,  /* before it is acted on */
    PARLEY_EVENT_RECORD_OUT,  /* bytes: the whole record as it leaves */
    PARLEY_EVENT_RECORD_IN,   /* bytes: the whole record as it came */
    PARLEY_EVENT_DATA_OUT,    /* application data, plaintext of one record */
    PARLEY_EVENT_DATA_IN,
    PARLEY_EVENT_DROPPED,    /* a message that the hook dropped */
    PARLEY_EVENT_INNER_OUT,  /* the inner client_hello (RFC 9849), before the outer one goes out */
    PARLEY_EVENT_INNER_IN,   /* likewise, after the outer one came in */
    PARLEY_EVENT_RECORD_PUT, /* bytes: the content of a record of parley/bend.h; message: alert,
                                change_cipher_spec, or unknown */
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
 * sent, but what the hook has sent in its place (parley/bend.h). |record_out| sees each finished
 * record, may change it likewise, and returns false to drop it. |observe| sees everything, in
 * order, and changes nothing. */
struct parley_hooks {
    void *arg;
    bool (*message_out)(void *arg, enum parley_message message, enum parley_epoch epoch,
                        uint8_t *bytes, size_t *len, size_t capacity);
    bool (*record_out)(void *arg, enum parley_epoch epoch, uint8_t *bytes, size_t *len,
                       size_t capacity);
    void (*observe)(void *arg, const struct parley_event *event);
};

/* parley_config is what an endpoint wants. All zeros is a valid client: every version, suite,
 * group and scheme of the tables that is not old, no certificate, no verification. Pointers are
 * borrowed and must outlive the engines; the struct itself may be shared by any number of engines
 * of one thread. */
struct parley_config {
    uint16_t min_version;   /* 0: PARLEY_TLS12 */
    uint16_t max_version;   /* 0: PARLEY_TLS13 */
    const uint16_t *suites; /* in order of preference; NULL: the tables', but for 3DES */
    size_t suite_count;
    /* server with |server_order|: NULL, or of |suite_count|: [i] says that suite i is as good as
     * the next, so that the client's order decides between them. */
    const bool *suite_ties;
    const uint16_t *groups; /* likewise, but for P-224 and the hybrids */
    size_t group_count;
    size_t key_share_count;  /* client: shares for that many of the first groups; 0: for the
                              * first one, and the first of the other kind, classical or hybrid */
    bool no_key_shares;      /* client: offers none, and so asks for a hello_retry_request */
    const uint16_t *sigalgs; /* accepted from the peer, and used for signing */
    size_t sigalg_count;
    const uint16_t *sign_sigalgs; /* used for signing, where not all of |sigalgs|; NULL: those */
    size_t sign_sigalg_count;

    struct parley_credential *const *credentials; /* the first that fits is used */
    size_t credential_count;
    /* Names of the roots a certificate is asked for under (RFC 8446 4.2.4, RFC 5246 7.4.4), each
     * DER behind its two-byte length; empty: any. */
    struct parley_bytes certificate_authorities;
    uint32_t max_certificate;   /* longest certificate message taken, in bytes; 0: the tables' */
    struct parley_trust *trust; /* NULL: the peer's certificate is not verified */
    const char *server_name;   /* client: sent as SNI and checked; server: NULL, or the only name it
                                  answers to */
    bool no_server_name_check; /* client: SNI is sent but the certificate's names are not checked */
    enum parley_client_auth client_auth;
    bool post_handshake_auth;        /* client: offers it (RFC 8446 4.2.6) */
    bool request_ocsp, request_scts; /* client */
    /* client, TLS 1.2: an RSA certificate's keyUsage does not matter (RFC 5246 7.4.2). */
    bool ignore_rsa_key_usage;
    /* TLS 1.3: offered to the peer, and looked through for one that it offers, in order of
     * preference (RFC 8879); at most 127. */
    const struct parley_compression *compressions;
    size_t compression_count;

    const char *const *alpn; /* in order of preference */
    size_t alpn_count;
    const char *const *npn; /* TLS 1.2: Next Protocol Negotiation, in order of preference */
    size_t npn_count;
    bool alpn_any; /* client: takes a protocol that it did not offer */
    /* Application settings, each for a protocol of |alpn|; a client without those offers none.
     * 0-RTT is offered and accepted only if ours are what they were when the session was made, and
     * stands on those that the peer had then; with more than PARLEY_SETTINGS_MAX bytes from the
     * peer, the session allows none. */
    const struct parley_alps *alps;
    size_t alps_count;

    bool no_extended_master_secret;
    bool no_encrypt_then_mac;
    bool no_tickets;
    bool no_middlebox_compatibility; /* no fake session id and change_cipher_spec in TLS 1.3 */
    bool server_order;  /* server: its own preference in suites and groups, not the client's */
    bool hello_retry;   /* server: always answers with a hello_retry_request first, with a cookie */
    bool fallback_scsv; /* client: sends TLS_FALLBACK_SCSV */
    /* server: takes a client_hello in the framing of SSL 2.0 (RFC 5246 E.2), which RFC 8446 D.5
     * does not recommend. */
    bool v2_client_hello;
    /* client: pads a first client_hello of 256 to 511 bytes to 512 (RFC 7685). */
    bool pad_client_hello;
    bool permute_extensions; /* client: draws the order of its extensions */
    /* client: application data may be written right behind our Finished of a full handshake of TLS
     * 1.2 with an ECDHE key exchange, an AEAD and an ALPN protocol (RFC 7918). */
    bool false_start;
    bool false_start_without_alpn; /* the same without the protocol */
    bool grease; /* GREASE values (RFC 8701) in a client's hello, in a server's tickets */
    uint16_t record_size_limit;  /* 0: not offered (RFC 8449); counts as there */
    uint8_t max_fragment_length; /* client: RFC 6066 4 code, 0: not offered */
    uint16_t fragment;           /* longest plaintext of an outgoing record; 0: 16384 */
    uint16_t record_padding;     /* TLS 1.3: zeros added to each protected record */
    bool no_coalescing;          /* one handshake message per record */

    enum parley_renegotiation renegotiation; /* client; may change while connected */

    const struct parley_psk *psks;
    size_t psk_count;
    const struct parley_psk12 *psk12; /* NULL: no PSK suite of TLS 1.2 is offered or accepted */
    unsigned psk_modes;               /* PARLEY_PSK_*; 0: psk_dhe_ke */
    unsigned ticket_count;            /* server: tickets per TLS 1.3 connection; 0: one */
    uint32_t ticket_lifetime;         /* seconds; 0: 7200 */
    uint32_t session_context; /* server: only sessions of servers with the same are resumed */
    bool renew_tickets;       /* server: a new ticket in TLS 1.2 also when a session is resumed */
    bool jdk11_workaround;    /* server: clients that look like Java 11 get TLS 1.2 */
    uint8_t ticket_key[32];   /* server: encrypts tickets and cookies */
    /* server: PARLEY_TICKET_KEY_RFC5077 bytes; tickets then are as RFC 5077 4 recommends */
    const uint8_t *ticket_key_rfc5077;
    struct parley_session_cache *session_cache; /* server, TLS 1.2 ids; NULL: none */
    struct parley_memo *memo;                   /* NULL: every public-key operation is done */
    struct parley_bytes ech_config_list; /* client: ECHConfigList; the first it can use is used */
    bool ech_grease;                     /* client: if it can use none, pretends (RFC 9849 6.2) */
    const struct parley_ech_keys *ech_keys; /* server: what it decrypts with; NULL: nothing */
    uint32_t max_early_data; /* server: accepts 0-RTT up to that many bytes; 0: none */
    bool early_data;         /* client: offers 0-RTT when the session allows it */

    /* Decisions of the caller, each with |judge_arg|, each NULL or returning PARLEY_ALERT_NONE to
     * go on and else the alert with which the connection is refused. |judge_client_hello| (server)
     * is asked once the version is chosen; |judge_certificate| in place of verification under
     * |trust|, about the peer's chain, leaf first, and with |judge_resumed| on resumption, too,
     * without a chain; |judge_credential| before this side chooses its own certificate;
     * |judge_ocsp| (client with |request_ocsp|) about the server's OCSP response (empty: none came)
     * in every full handshake, after its certificate; |judge_stapling|, before this side's
     * certificate is sent to a peer that wants an OCSP response: it may set |*staple| to false to
     * send none. */
    unsigned (*judge_client_hello)(void *arg, const struct parley_client_hello *hello);
    unsigned (*judge_certificate)(void *arg, const struct parley_bytes *chain, size_t count);
    unsigned (*judge_credential)(void *arg);
    unsigned (*judge_ocsp)(void *arg, struct parley_bytes response);
    unsigned (*judge_stapling)(void *arg, bool *staple);
    void *judge_arg;
    bool judge_resumed;

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
    bool tolerant;                  /* goes on where a correct peer would abort, as far as it can */
    const struct parley_bend *bend; /* what it does wrong (parley/bend.h); NULL: nothing */
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
    PARLEY_CAN_WRITE = 1 << 2,   /* write takes application data; before PARLEY_DONE as 0-RTT
                                    (PARLEY_EARLY), by False Start or in answer to 0-RTT */
    PARLEY_HAS_DATA = 1 << 3,    /* read has application data; push waits until it is read */
    PARLEY_DONE = 1 << 4,        /* the handshake has completed; off during renegotiation */
    PARLEY_EARLY = 1 << 5,       /* what write takes now is 0-RTT data; what read gives now was */
    PARLEY_PEER_CLOSED = 1 << 6, /* the peer's close_notify has come */
    PARLEY_CLOSED = 1 << 7,      /* both sides' close_notify are exchanged */
    PARLEY_FAILED = 1 << 8,      /* an error or a fatal alert ended it */
    PARLEY_WANTS_RENEGOTIATION = 1 << 9, /* a hello_request waits for parley_engine_renegotiate */
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

/* parley_engine_abort sends the fatal |alert| and ends the connection with PARLEY_ERR_aborted. */
void parley_engine_abort(struct parley_engine *engine, unsigned alert);

/* parley_engine_key_update sends a key_update, asking for one back if |request| (RFC 8446 4.6.3).
 * parley_engine_request_certificate (server) starts post-handshake authentication. Both return
 * false where the connection does not allow it now. */
bool parley_engine_key_update(struct parley_engine *engine, bool request);
bool parley_engine_request_certificate(struct parley_engine *engine);

/* parley_engine_renegotiate (client) starts the renegotiation of TLS 1.2 that a hello_request asked
 * for, or that nobody asked for (RFC 5246 7.4.1.2). Returns false where the connection does not
 * allow it now: under another config than PARLEY_RENEGOTIATE_EXPLICIT, while output waits to be
 * pulled, during a handshake, after close_notify from either side, in TLS 1.3. */
bool parley_engine_renegotiate(struct parley_engine *engine);

/* parley_engine_tls_unique writes the channel binding tls-unique to |out|, the first Finished of
 * the newest handshake (RFC 5929 3), and returns its length, 12. It returns 0 if there is none: in
 * TLS 1.3 (RFC 8446 C.5), during a handshake, with |cap| < 12, and for a resumed session without
 * extended master secret, where it binds nothing (RFC 7627 1). */
size_t parley_engine_tls_unique(const struct parley_engine *engine, uint8_t *out, size_t cap);

/* parley_engine_export writes |len| bytes of keying material (RFC 5705 4, RFC 8446 7.5). For TLS
 * 1.2, |context| NULL differs from an empty one. Returns false before the handshake is done; but a
 * TLS 1.3 server may export once its Finished is sent, and a client that may write by False Start.
 * During renegotiation it returns false. */
bool parley_engine_export(struct parley_engine *engine, const char *label,
                          const struct parley_bytes *context, uint8_t *out, size_t len);

/* parley_outcome is what a connection came to. Strings and bytes are borrowed until the next start.
 */
struct parley_outcome {
    bool done; /* the handshake completed; false during renegotiation */
    enum parley_error error;
    enum parley_message error_message; /* it stopped at, or PARLEY_MESSAGE_UNKNOWN */
    const char *error_field;           /* for decoding errors, else NULL */
    const char *error_extension;       /* likewise, if it was in an extension */
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
    enum parley_early_data_reason early_data_reason; /* why it was accepted, or not */
    /* server: the age the client states for the ticket it resumes, less the age the server knows
     * (RFC 8446 8.3), in seconds; 0 without a ticket of TLS 1.3 */
    int32_t ticket_age_skew;
    bool false_started; /* client: could write before the server's Finished (RFC 7918) */
    bool extended_master_secret;
    bool encrypt_then_mac;
    bool secure_renegotiation;                       /* RFC 5746; true in TLS 1.3 */
    unsigned renegotiations;                         /* that have completed */
    unsigned key_updates_sent, key_updates_received; /* TLS 1.3 */
    bool peer_verified;
    struct parley_bytes alpn;
    struct parley_bytes next_protocol; /* NPN */
    struct parley_bytes server_name;
    struct parley_bytes peer_certificate; /* leaf, DER */
    struct parley_bytes ocsp_response; /* client: of this connection, or of the resumed session */
    struct parley_bytes scts;          /* likewise, as parley_credential_set_scts takes them */
    bool key_usage_wrong;              /* the peer's, and ignore_rsa_key_usage was set */
    bool delegated_credential;         /* the server signed with one */
    bool application_settings;         /* both sides have some for |alpn| */
    struct parley_bytes peer_settings; /* the peer's, then; server: empty until they have come */
    struct parley_bytes psk_identity_hint; /* client, TLS 1.2: if at most PARLEY_NAME_MAX bytes */
    bool ech_accepted; /* RFC 9849: the handshake is that of the inner client_hello */
    /* client, rejected: the name the server's certificate is judged by; and, once the error is
     * PARLEY_ERR_ech_rejected, the ECHConfigList to try again with, if any (RFC 9849 6.1.6). */
    struct parley_bytes ech_name_override;
    struct parley_bytes ech_retry_configs;
};

/* parley_engine_outcome fills |*out|; it can be asked at any time. */
void parley_engine_outcome(const struct parley_engine *engine, struct parley_outcome *out);

/* parley_engine_session returns the newest session this client was given in a completed handshake,
 * or NULL. */
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
