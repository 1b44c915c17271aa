/* Two engines, back to back in one process: what the engine's tests drive. Randomness is seeded,
 * time stands still, credentials come from the test PKI; nothing here waits, and what does not
 * settle fails the test with a message. */
#ifndef PARLEY_TESTS_SUPPORT_DUO_H
#define PARLEY_TESTS_SUPPORT_DUO_H

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parley/engine.h"
#include "tests/support_edit.h"

#define DUO_NOW INT64_C(1750000000000) /* 2025-06-15, in milliseconds */
#define DUO_RECORDS_MAX (256 * 1024)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES_OF(array) ((struct parley_bytes)BYTES_IN(array))
/* As initializers of what is static. */
#define BYTES_IN(array)                                                                            \
    { (const uint8_t *)(array), sizeof(array) }
#define TEXT_IN(literal)                                                                           \
    { (const uint8_t *)(literal), sizeof(literal) - 1 }

/* duo_credential returns the credential called |name| in the test PKI (parley/pki.h), duo_trust a
 * trust that holds its root, duo_other_trust one that holds the other root. They live as long as
 * the program. */
struct parley_credential *duo_credential(const char *name);
struct parley_trust *duo_trust(void);
struct parley_trust *duo_other_trust(void);

/* duo_quick returns whether the long tests are to be short: PARLEY_QUICK=1. */
bool duo_quick(void);

struct duo;

/* A bend rewrites one message as it leaves one end: |rewrite| may edit it, and drops it by cutting
 * it to no length at all. */
typedef void duo_rewrite(struct duo *d, struct edit *message);
struct duo_bend {
    enum parley_message message;
    unsigned nth;         /* 0: the first of its kind */
    duo_rewrite *rewrite; /* NULL: nothing is bent */
    unsigned seen, bent;  /* how many there were, and were rewritten */
};

/* Set the configs, then start; the engines are the same from first to last. */
struct duo {
    struct parley_config config[2]; /* by enum parley_role; to be changed between handshakes only */
    uint64_t seed;
    int64_t now_ms;
    size_t chunk;      /* bytes delivered at once; 0: all there are */
    size_t early_data; /* bytes the client writes as soon as it may */
    /* Sees whole records on their way from one end to the other, before they are cut into chunks;
     * may change them, up to |cap| bytes, and returns their new length. */
    size_t (*tap)(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len, size_t cap);
    struct duo_bend bend[2]; /* by sender; needs duo_hooks */
    size_t at;               /* for whoever bends or taps: a place, a variant, ... */
    const void *with;

    struct parley_engine *engine[2];
    struct parley_outcome outcome[2]; /* as things stood when they last settled */
    struct parley_session session;    /* the client's newest, as duo_keep_session left it */
    size_t sent[2];                   /* bytes that left each end since the start */
    size_t early_sent, early_received;
    size_t written[2], received[2]; /* application data by sender, by receiver */
    bool corrupt;                   /* application data differed from what was written */
    struct parley_seeded seeded[2];
    size_t start[2], end[2]; /* what is under way, by sender */
    uint8_t wire[2][DUO_RECORDS_MAX];
};

/* duo_new returns a pair with a client that verifies parley.test, a server with an ECDSA P-256
 * certificate, and "h2" for a protocol. duo_free frees it. */
struct duo *duo_new(void);
void duo_free(struct duo *d);

/* duo_only makes both ends speak one version, suite and group; 0 leaves the choice to them. */
void duo_only(struct duo *d, uint16_t version, uint16_t suite, uint16_t group);

/* duo_certificate gives |role| the credential called |name|, or none (NULL). */
void duo_certificate(struct duo *d, enum parley_role role, const char *name);

/* duo_hooks makes |bend| work. duo_bend sets one, the only one, and forgets what was counted. */
void duo_hooks(struct duo *d);
void duo_bend(struct duo *d, enum parley_role sender, enum parley_message message, unsigned nth,
              duo_rewrite *rewrite);

/* duo_start starts both ends, with the kept session if |resume|. duo_settle moves all that is to be
 * moved, either way, until there is nothing left; received application data is checked and dropped.
 * It returns whether both ends are free of errors. */
void duo_start(struct duo *d, bool resume);
bool duo_settle(struct duo *d);

/* duo_run starts, settles, and returns whether both ends have completed. */
bool duo_run(struct duo *d, bool resume);

/* duo_complete is duo_run, and fails the test if an end has not completed or they disagree. */
void duo_complete(struct duo *d, bool resume);

/* duo_echo sends |len| bytes from the client to the server and back, duo_close closes both ends;
 * they fail the test if that does not work. */
void duo_echo(struct duo *d, size_t len);
void duo_close(struct duo *d);

/* duo_offer has |from| write up to |most| bytes, moving nothing, and returns how many were taken.
 */
size_t duo_offer(struct duo *d, enum parley_role from, size_t most);

/* duo_write has |from| write |len| bytes of application data, moving them along. */
void duo_write(struct duo *d, enum parley_role from, size_t len);

/* duo_full is a handshake with an echo and both close_notify; duo_keep_session then keeps what the
 * client was given, failing the test if there is nothing. */
void duo_full(struct duo *d, bool resume);
void duo_keep_session(struct duo *d);

/* duo_disagreement returns what the two ends know differently, or NULL. */
const char *duo_disagreement(struct duo *d);

/* duo_explain says in one line how both ends stand; the text is overwritten by the next call. */
const char *duo_explain(struct duo *d);

/* duo_refused fails the test unless |who| ended it with |error| and sent |alert|, and the other end
 * has not failed by itself, but got that alert if there was one. */
void duo_refused(struct duo *d, enum parley_role who, unsigned alert, enum parley_error error,
                 const char *what);

/* duo_refuses is duo_run and duo_refused. */
void duo_refuses(struct duo *d, enum parley_role who, unsigned alert, enum parley_error error,
                 const char *what);

/* ---- Beneath the hooks ---- */

/* duo_push delivers |bytes| to |to|, and nothing else. */
void duo_push(struct duo *d, enum parley_role to, struct parley_bytes bytes);

/* duo_emit has |from| send |bytes| as a record of |type| under its current keys. */
void duo_emit(struct duo *d, enum parley_role from, uint8_t type, struct parley_bytes bytes);

/* duo_seal does the same for what the engine would not protect, fragment, pad or allow so. */
void duo_seal(struct duo *d, enum parley_role from, uint8_t type, struct parley_bytes bytes,
              size_t padding);

/* duo_state returns the name of the state |role| is in. */
const char *duo_state(const struct duo *d, enum parley_role role);

/* duo_other returns the other role. */
enum parley_role duo_other(enum parley_role role);

#endif
