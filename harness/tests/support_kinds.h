/* The kinds of handshakes that the engine's tests go through, and the set-ups they are made of. */
#ifndef PARLEY_TESTS_SUPPORT_KINDS_H
#define PARLEY_TESTS_SUPPORT_KINDS_H

#include "tests/support_duo.h"

/* The usual set-ups: one suite, X25519 and an Ed25519 certificate unless the name says otherwise.
 */
void set_tls12(struct duo *d);
void set_tls12_rsa(struct duo *d);
void set_tls12_dhe(struct duo *d);
void set_tls12_psk(struct duo *d);
void set_tls12_ecdhe_psk(struct duo *d);
void set_tls12_auth(struct duo *d); /* the server requires a client certificate, and gets one */
void set_tls13(struct duo *d);
void set_tls13_auth(struct duo *d);
void set_any(struct duo *d);         /* both versions, at both ends */
void set_server12(struct duo *d);    /* any client, a server that stops at TLS 1.2 */
void set_retry(struct duo *d);       /* hello_retry_request with a cookie alone */
void set_retry_group(struct duo *d); /* hello_retry_request for P-256, without a cookie */
void set_psk(struct duo *d);         /* an external PSK with psk_dhe_ke */
void set_psk_ke(struct duo *d);
void set_early(struct duo *d);  /* 0-RTT, where there is a session */
void set_status(struct duo *d); /* on top of another: the client asks for OCSP, and gets it */
void set_alps(struct duo *d);   /* on top of another: application settings at both ends */

enum kind_name {
    KIND_EVERYTHING12, /* client certificate, certificate status, ticket */
    KIND_LITTLE12,     /* no ticket */
    KIND_NOT_GIVEN12,  /* a client certificate is asked for, and not given */
    KIND_RSA12,
    KIND_DHE12,
    KIND_PSK12,       /* with an identity hint */
    KIND_ECDHE_PSK12, /* without */
    KIND_NPN12,
    KIND_RESUMED12,
    KIND_SERVER12, /* to a client that would speak TLS 1.3 */
    KIND_FULL13,
    KIND_EVERYTHING13, /* retry with a cookie, client certificate, certificate status, ticket,
                          application settings */
    KIND_NOT_GIVEN13,
    KIND_RESUMED13,
    KIND_EARLY13,
    KIND_PSK13,
    KIND_PSK_KE13,
    KIND_POST13,         /* then post-handshake authentication and key updates */
    KIND_INCOMPATIBLE13, /* no middlebox compatibility */
    KINDS,
};

struct kind {
    const char *name;
    void (*set)(struct duo *d);
    void (*after)(struct duo *d); /* NULL: nothing comes after the handshake */
    bool resume;
    size_t early_data;
};
extern const struct kind kinds[KINDS];

/* kind_pair returns a pair of this kind, hooks in place, its session kept if it is to resume one.
 * kind_run runs it, and returns whether both ends completed without an error. */
struct duo *kind_pair(const struct kind *kind);
bool kind_run(struct duo *d, const struct kind *kind);

/* Each way of protecting a record has a set-up: AEADs, CBC with either order of MAC and encryption,
 * TLS 1.3. */
#define PROTECTIONS 5
extern void (*const set_protection[PROTECTIONS])(struct duo *d);

/* connected_pair returns a pair that has completed its handshake, hooks in place. */
struct duo *connected_pair(void (*set)(struct duo *d));

/* is_tls13 returns whether that is what they speak. */
bool is_tls13(const struct duo *d);

#endif
