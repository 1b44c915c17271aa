/* A TLS stack as the pipe sees it: one vtable, the same for our engine and for every foreign stack.
 *
 * A stack gives contexts, a context gives connections. A context is one endpoint's settings with
 * everything that lives longer than a connection: credentials, roots, tickets, session caches. A
 * connection is one handshake and what follows, with memory for a network: what push takes came
 * from the peer, what pull gives goes to it. No call blocks, sleeps, or touches a socket.
 *
 * A foreign stack is a shared object that exports the one function PARLEY_STACK_SYMBOL, which
 * returns its struct parley_stack; it defines struct parley_stack_context and struct
 * parley_stack_connection as it likes. Everything belongs to one thread at a time. */
#ifndef PARLEY_STACK_H
#define PARLEY_STACK_H

#include "parley/engine.h"

/* Changes whenever a struct of this header does; a plugin with another one is refused. */
#define PARLEY_STACK_ABI 3

/* What a plugin exports: a parley_stack_plugin_function, never returning NULL. */
#define PARLEY_STACK_SYMBOL "parley_stack_plugin"

/* ---- What a stack can do ---- */

/* Features, as bits of parley_capabilities. What is not set is not asked for: a scenario that needs
 * it is "unsupported" by this stack and not a failure. */
enum {
    PARLEY_CAP_CLIENT = 1 << 0,
    PARLEY_CAP_SERVER = 1 << 1,
    PARLEY_CAP_TLS12 = 1 << 2,
    PARLEY_CAP_TLS13 = 1 << 3,
    PARLEY_CAP_CLIENT_AUTH = 1 << 4,
    PARLEY_CAP_POST_HANDSHAKE_AUTH = 1 << 5, /* RFC 8446 4.6.2 */
    PARLEY_CAP_ALPN = 1 << 6,                /* RFC 7301 */
    PARLEY_CAP_SERVER_NAME = 1 << 7,     /* RFC 6066 3, and the check of the certificate's names */
    PARLEY_CAP_SESSION_ID = 1 << 8,      /* TLS 1.2 resumption by id, RFC 5246 7.4.1.2 */
    PARLEY_CAP_TICKET = 1 << 9,          /* TLS 1.2 resumption by ticket, RFC 5077 */
    PARLEY_CAP_RESUMPTION_PSK = 1 << 10, /* TLS 1.3 resumption, RFC 8446 2.2 */
    PARLEY_CAP_EXTERNAL_PSK = 1 << 11,   /* RFC 8446 4.2.11 */
    PARLEY_CAP_PSK_KE = 1 << 12,         /* PSK without (EC)DHE, RFC 8446 4.2.9 */
    PARLEY_CAP_EARLY_DATA = 1 << 13,     /* RFC 8446 2.3 */
    PARLEY_CAP_HELLO_RETRY = 1 << 14,    /* sends one when no key share fits, RFC 8446 4.1.4 */
    PARLEY_CAP_HELLO_RETRY_ALWAYS = 1 << 15, /* honours |hello_retry| */
    PARLEY_CAP_KEY_UPDATE = 1 << 16,         /* RFC 8446 4.6.3 */
    PARLEY_CAP_EXPORTER = 1 << 17,           /* RFC 5705, RFC 8446 7.5 */
    PARLEY_CAP_KEY_LOG = 1 << 18,
    PARLEY_CAP_DETERMINISTIC = 1 << 19, /* all randomness and time are those handed in */
    PARLEY_CAP_HOOKS = 1 << 20,         /* honours |engine|: hooks, tolerance; our engine only */
};

/* parley_capability_name returns the word for one PARLEY_CAP_*, "?" for anything else. */
const char *parley_capability_name(uint32_t feature);

/* parley_capabilities is what a stack, in the version that is loaded, can do. The lists are the
 * stack's own, static, code points as in the tables. */
struct parley_capabilities {
    uint32_t features; /* PARLEY_CAP_* */
    const uint16_t *suites;
    size_t suite_count;
    const uint16_t *groups;
    size_t group_count;
    const uint16_t *sigalgs; /* for its own signatures and the peer's */
    size_t sigalg_count;
};

/* ---- What an endpoint wants ---- */

/* One certificate chain (leaf first) and its unencrypted private key (PKCS#8), both PEM text. Where
 * a stack wants text that ends in NUL, it copies. */
struct parley_pem_credential {
    struct parley_bytes certificates;
    struct parley_bytes private_key;
};

/* parley_extras are what an endpoint may want besides, one member of them or another; of these a
 * stack does what it has, and leaves out the rest without a word. */
struct parley_extras {
    /* Server: goes out with its certificate to who asks, RFC 6066 8, and RFC 6962 3.3 (each SCT
     * behind its two-byte length, without the length of the whole). Client: it asks for both. */
    bool staples;
    struct parley_bytes ocsp_response, scts;
    const struct parley_compression *compressions; /* of certificates, RFC 8879 */
    size_t compression_count;
    const char *const *npn; /* TLS 1.2: Next Protocol Negotiation, in order of preference */
    size_t npn_count;
    const struct parley_alps *alps; /* application settings, each for a protocol of |alpn| */
    size_t alps_count;
    /* Encrypted Client Hello (RFC 9849). Client: the ECHConfigList that it has of the server,
     * empty: none. Server: its ECHConfig, for clients that come with another, too, and the X25519
     * key. */
    struct parley_bytes ech_config_list, ech_config, ech_private_key;
    bool delegated;   /* server: has a delegated credential (RFC 9345), where its certificate may */
    bool grease;      /* GREASE values (RFC 8701) */
    bool permute;     /* client: draws the order of its extensions */
    bool false_start; /* client: RFC 7918 */
    bool old_ways;    /* what else a stack has from old times, and does not do unless told */
    bool late; /* its application takes its time with certificates, keys, tickets, decisions */
};

/* parley_endpoint_options are the settings of a context. Zeros are the stack's defaults. What the
 * pointers point to is borrowed and must outlive the context. */
struct parley_endpoint_options {
    enum parley_role role;
    uint16_t min_version; /* PARLEY_TLS12, PARLEY_TLS13; 0: TLS 1.2 */
    uint16_t max_version; /* 0: the highest it has */
    const uint16_t
        *suites; /* in order of preference, TLS 1.2's and 1.3's in one list; NULL: all it has */
    size_t suite_count;
    const uint16_t *groups; /* likewise; a client sends a key share for the first only */
    size_t group_count;
    const uint16_t *sigalgs;
    size_t sigalg_count;

    const struct parley_pem_credential *credentials; /* the first that fits is used */
    size_t credential_count;
    struct parley_bytes ca; /* roots, PEM text; empty: the peer's certificate is not verified */
    const char
        *server_name; /* client: sent as SNI and checked in the certificate; server: ignored */
    enum parley_client_auth client_auth; /* server */
    bool post_handshake_auth;            /* client: offers it */

    const char *const
        *alpn; /* in order of preference; server: none of them in common is an error */
    size_t alpn_count;

    bool no_tickets;    /* neither gives nor takes tickets: TLS 1.2 resumes by session id */
    bool no_resumption; /* server: keeps and gives no session at all */
    const struct parley_psk *psks; /* external, RFC 8446 4.2.11 */
    size_t psk_count;
    const struct parley_psk12 *psk12; /* NULL: no PSK suite of TLS 1.2 */
    unsigned psk_modes;               /* PARLEY_PSK_*; 0: psk_dhe_ke */
    uint32_t max_early_data;          /* server: takes 0-RTT up to that many bytes; 0: none */
    bool early_data;  /* client: offers 0-RTT when the session it resumes allows it */
    bool hello_retry; /* server: answers every first client_hello with a hello_retry_request */

    struct parley_random random; /* for what a context draws: ticket keys and the like */

    /* key log in the NSS format, one line without newline per secret; NULL: none. */
    void (*key_log)(void *arg, const char *line);
    void *key_log_arg;

    /* PARLEY_CAP_HOOKS: a configuration to start from, with hooks and whatever else only our engine
     * has; the options above are laid over it. NULL: all zeros. Other stacks ignore it. */
    const struct parley_config *engine;

    const struct parley_extras *extras; /* NULL: none */
};

/* parley_connection_options are one connection's own. |random| is borrowed until it is closed. A
 * stack whose random source or clock is global points it at these for the length of each call. */
struct parley_connection_options {
    int64_t now_ms; /* milliseconds since 1970 */
    struct parley_random random;
    bool resume; /* client: resumes the newest session the context was given, if any */
};

/* Why a context or a connection could not be had. */
struct parley_stack_problem {
    bool unsupported; /* the stack does not have what was asked for; else something went wrong */
    char text[160];   /* one line, NUL-terminated, in the stack's own words where it has some */
};

/* ---- What came of it ---- */

/* Which members of parley_endpoint_outcome a stack is able to tell at this moment. */
enum {
    PARLEY_KNOWS_VERSION = 1 << 0,
    PARLEY_KNOWS_SUITE = 1 << 1,
    PARLEY_KNOWS_GROUP = 1 << 2,
    PARLEY_KNOWS_SIGALG_SERVER = 1 << 3,
    PARLEY_KNOWS_SIGALG_CLIENT = 1 << 4,
    PARLEY_KNOWS_ALPN = 1 << 5,
    PARLEY_KNOWS_SERVER_NAME = 1 << 6,
    PARLEY_KNOWS_RESUMED = 1 << 7,
    PARLEY_KNOWS_EARLY_DATA = 1 << 8,
    PARLEY_KNOWS_HELLO_RETRY = 1 << 9,
    PARLEY_KNOWS_EXTENDED_MASTER_SECRET = 1 << 10,
    PARLEY_KNOWS_ENCRYPT_THEN_MAC = 1 << 11,
    PARLEY_KNOWS_PEER = 1 << 12, /* peer_certificate, peer_verified */
    PARLEY_KNOWS_ALERTS = 1 << 13,
};

/* parley_endpoint_outcome is what one end of a connection says of it. Members whose bit is not in
 * |known| are zero, NULL or NONE and mean nothing. Strings and bytes are borrowed until the
 * connection is closed or asked again. */
struct parley_endpoint_outcome {
    unsigned known; /* PARLEY_KNOWS_* */
    bool done;      /* the handshake completed, RFC 8446 2 and RFC 5246 7.3 */
    bool failed;

    enum parley_error reason; /* our engine's; a foreign stack's is PARLEY_OK */
    const char *error;        /* why it failed, in the stack's own words; NULL: it did not */
    const char *error_field;  /* the field that could not be decoded, or NULL */
    enum parley_message at;   /* the message it failed at, or PARLEY_MESSAGE_UNKNOWN */
    const char *state;   /* the name of the state it is in, never NULL ("?" if it does not say) */
    unsigned alert_sent; /* fatal ones, or PARLEY_ALERT_NONE */
    unsigned alert_received;

    uint16_t version; /* wire values, 0 where there is none */
    uint16_t suite;
    uint16_t group;
    uint16_t sigalg_server; /* SignatureScheme of the server's signature, of the client's */
    uint16_t sigalg_client;
    bool resumed;
    bool early_data_accepted;
    bool ech_accepted; /* Encrypted Client Hello (RFC 9849) */
    bool hello_retry;
    bool extended_master_secret;
    bool encrypt_then_mac;
    bool peer_verified;
    struct parley_bytes alpn;
    struct parley_bytes server_name;
    struct parley_bytes peer_certificate; /* leaf, DER; empty: the peer gave none */
};

/* ---- The vtable ---- */

struct parley_stack_context;
struct parley_stack_connection;

/* What a connection can be told to do. */
enum parley_control {
    PARLEY_CONTROL_CLOSE,               /* send close_notify (RFC 8446 6.1) */
    PARLEY_CONTROL_END_OF_INPUT,        /* the transport has ended: no bytes will come any more */
    PARLEY_CONTROL_KEY_UPDATE,          /* send key_update(update_not_requested), RFC 8446 4.6.3 */
    PARLEY_CONTROL_KEY_UPDATE_BOTH,     /* send key_update(update_requested) */
    PARLEY_CONTROL_REQUEST_CERTIFICATE, /* server: post-handshake authentication, RFC 8446 4.6.2 */
};

struct parley_stack {
    uint32_t abi;     /* PARLEY_STACK_ABI */
    const char *name; /* as it is given on a command line: lower case, no spaces */

    /* version returns the loaded library's own version text (static), not that of its headers. */
    const char *(*version)(void);

    /* capabilities fills |*out|. */
    void (*capabilities)(struct parley_capabilities *out);

    /* context_new returns a context for |options|, which the caller gives back to context_free
     * after its last connection is closed; or NULL and fills |*problem|. */
    struct parley_stack_context *(*context_new)(const struct parley_endpoint_options *options,
                                                struct parley_stack_problem *problem);
    void (*context_free)(struct parley_stack_context *context);

    /* open returns a new connection of |context|, which the caller gives to close; or NULL and
     * fills
     * |*problem|. A client's client_hello is there to be pulled at once. */
    struct parley_stack_connection *(*open)(struct parley_stack_context *context,
                                            const struct parley_connection_options *options,
                                            struct parley_stack_problem *problem);

    /* push hands in up to |len| bytes of records from the peer, copied, and returns how many were
     * taken; the rest is offered again later. A stack that has failed or closed takes everything
     * and drops it. The handshake moves on within push and pull; no other call is needed. */
    size_t (*push)(struct parley_stack_connection *connection, const uint8_t *data, size_t len);

    /* pull moves up to |cap| bytes for the peer to |out| and returns how many; 0: none now. */
    size_t (*pull)(struct parley_stack_connection *connection, uint8_t *out, size_t cap);

    /* write takes up to |len| bytes of application data and returns how many (0: not now, or never
     * any more); while status has PARLEY_EARLY they go as 0-RTT data. read gives up to |cap|
     * bytes of what the peer sent, 0-RTT data included, and returns how many. */
    size_t (*write)(struct parley_stack_connection *connection, const uint8_t *data, size_t len);
    size_t (*read)(struct parley_stack_connection *connection, uint8_t *out, size_t cap);

    /* status returns the PARLEY_* status bits of engine.h that hold now. Those that people rely on
     * are CAN_WRITE, EARLY, DONE, PEER_CLOSED and FAILED; pull and read are called without asking.
     */
    unsigned (*status)(const struct parley_stack_connection *connection);

    /* outcome fills |*out|; it can be asked at any time. */
    void (*outcome)(const struct parley_stack_connection *connection,
                    struct parley_endpoint_outcome *out);

    /* control does |operation| and returns true, or false if the stack cannot, or not now. */
    bool (*control)(struct parley_stack_connection *connection, enum parley_control operation);

    /* exporter writes |len| bytes of keying material under |label| (NUL-terminated; RFC 5705 4, RFC
     * 8446 7.5); |context| may be NULL for none. Returns false before the handshake is done, or if
     * the stack has no exporter. */
    bool (*exporter)(const struct parley_stack_connection *connection, const char *label,
                     const struct parley_bytes *context, uint8_t *out, size_t len);

    /* close ends the connection without a word to the peer, and frees it; NULL is allowed. */
    void (*close)(struct parley_stack_connection *connection);
};

/* parley_engine_stack is our own engine as a stack. */
extern const struct parley_stack parley_engine_stack;

/* parley_engine_connection returns |engine|, which the caller has made and starts, as a connection
 * of parley_engine_stack, or NULL if out of memory. It is for those who set engines up themselves:
 * close gives the connection back and leaves the engine alone. */
struct parley_stack_connection *parley_engine_connection(struct parley_engine *engine);

/* ---- Plugins ---- */

/* parley_host is what a plugin is handed. Between |enter| and |leave| the C library's random
 * numbers and clocks are those given, as far as the program can see to that; |random| is the
 * system's source, for who has no other. */
struct parley_host {
    void (*enter)(struct parley_random random, int64_t now_ms);
    void (*leave)(void);
    struct parley_random (*random)(void);
};
typedef const struct parley_stack *parley_stack_plugin_function(const struct parley_host *host);

/* parley_stack_find returns the stack that is called |name|: "parley" is our engine, every other
 * one a plugin NAME.so in one of the folders below; a name with a slash is a plugin's path. A
 * plugin is loaded when it is first asked for, and never unloaded. Returns NULL, and in |why| one
 * line, if there is none, or it cannot be loaded.
 *
 * The folders, separated by colons, are $PARLEY_STACKS, else stacks, ../lib/parley/stacks and
 * ../stacks beside the program. NAME may be STACK@VERSION: several versions of one stack stand side
 * by side. */
#define PARLEY_STACKS_VARIABLE "PARLEY_STACKS"
const struct parley_stack *parley_stack_find(const char *name, char why[200]);

/* parley_stack_list calls |each| for every stack, our engine first, the others by name: |stack| is
 * NULL if it cannot be loaded, or was left out when Parley was built; then |why| says why. Returns
 * false if out of memory. */
bool parley_stack_list(void (*each)(void *arg, const char *name, const struct parley_stack *stack,
                                    const char *why),
                       void *arg);

/* parley_endpoint is one open connection with the stack it belongs to. */
struct parley_endpoint {
    const struct parley_stack *stack;
    struct parley_stack_connection *connection;
};

#endif
