/* What bending needs from the engine beyond its hooks: sending what no edge sends, in records of
 * any type under any keys, and doing wrong what can only be done inside.
 *
 * The functions are for the hook |message_out|: it copies the message, sends whatever it likes in
 * its place, and returns false. They may also be called between the engine's other calls. */
#ifndef PARLEY_BEND_H
#define PARLEY_BEND_H

#include "parley/engine.h"

/* parley_keys says what a record is protected with. */
enum parley_keys {
    PARLEY_KEYS_CURRENT,
    PARLEY_KEYS_CLEAR,       /* none */
    PARLEY_KEYS_EARLY,       /* ours of that epoch; where it has none yet, as ZERO */
    PARLEY_KEYS_HANDSHAKE,   /* (TLS 1.2: the coming ones, before our change_cipher_spec) */
    PARLEY_KEYS_APPLICATION, /* likewise */
    PARLEY_KEYS_PEER,        /* the peer's own current ones: its records reflected */
    PARLEY_KEYS_FORMER,      /* ours before their newest change; CURRENT if there was none */
    PARLEY_KEYS_ZERO,        /* from a secret of zeros */
    PARLEY_KEYS_COUNT,
};

/* parley_bad_premaster is what is wrong with the block that a client encrypts to an RSA key
 * (RFC 8017 7.2.1, RFC 5246 7.4.7.1). Of RANDOM nothing is: it is for another secret. */
enum parley_bad_premaster {
    PARLEY_PREMASTER_RANDOM,
    PARLEY_PREMASTER_BLOCK_TYPE, /* 00 01 in place of 00 02 */
    PARLEY_PREMASTER_LEADING,    /* 01 02 */
    PARLEY_PREMASTER_NO_ZERO,    /* the padding does not end */
    PARLEY_PREMASTER_ZERO_EARLY, /* it ends within the eight bytes that it must have */
    PARLEY_PREMASTER_SHORT,      /* 47 bytes */
    PARLEY_PREMASTER_LONG,       /* 49 bytes */
    PARLEY_PREMASTER_EMPTY,      /* none */
    PARLEY_PREMASTER_VERSION,    /* of another version; our end takes it for the right one */
    PARLEY_PREMASTER_GARBAGE,    /* random bytes */
    PARLEY_BAD_PREMASTERS,
};

/* parley_bad_cbc is what is wrong with a record that is protected with CBC (RFC 5246 6.2.3.2). */
enum parley_bad_cbc {
    PARLEY_CBC_MAC,            /* a bit of the MAC */
    PARLEY_CBC_PADDING_BYTE,   /* a byte of the padding */
    PARLEY_CBC_PADDING_LENGTH, /* it says to be longer than the record */
    PARLEY_CBC_PADDING_ZERO,   /* it says that there is none */
    PARLEY_CBC_PADDING_FULL,   /* there is nothing but padding */
    PARLEY_BAD_CBCS,
};

/* parley_bend is what an engine does wrong by itself; zeros: nothing. It is borrowed, like the
 * config that points to it, and may change while a connection runs. */
struct parley_bend {
    const struct parley_credential *signer; /* signs in place of the certificate's own key */
    uint16_t scheme;  /* signs with this scheme, whatever the peer accepts; 0: as it should */
    bool zero_secret; /* goes on as if the key exchange had given zeros */
    bool zero_master; /* has a master secret of zeros (TLS 1.2) */
    bool premaster; /* encrypts a block that is wrong, |bad_premaster|, and goes on with the secret
                       that should have been in it */
    enum parley_bad_premaster bad_premaster;
    void (*flight_end)(void *arg); /* called when all is sent that the machine wants to send */
    void *arg;
};

/* parley_engine_hash adds a handshake message to the transcript, if |message| belongs there.
 * parley_engine_put puts its bytes into the stream of handshake records, or, of an alert or
 * change_cipher_spec, into a record. parley_engine_put_record puts |content| into a record of
 * |type| under |keys|, behind what was put before. Observers see MESSAGE_OUT of the former,
 * RECORD_PUT of the latter. All return false if there is no room. */
bool parley_engine_hash(struct parley_engine *engine, enum parley_message message,
                        struct parley_bytes bytes);
bool parley_engine_put(struct parley_engine *engine, enum parley_message message,
                       struct parley_bytes bytes);
bool parley_engine_put_record(struct parley_engine *engine, uint8_t type, enum parley_keys keys,
                              struct parley_bytes content);

/* parley_engine_hold says that the message that the hook has been shown is dealt with, though
 * nothing was sent for it: nobody is told that it was dropped. */
void parley_engine_hold(struct parley_engine *engine);

/* parley_engine_write_epoch returns the epoch of the current keys. */
enum parley_epoch parley_engine_write_epoch(const struct parley_engine *engine);

/* parley_engine_spoil makes the next record that this engine seals wrong. Returns false, and does
 * nothing, if its current keys are not those of CBC and HMAC, or the padding comes before the MAC
 * (RFC 7366). Every record so spoiled, whatever with, has a block of padding more. */
bool parley_engine_spoil(struct parley_engine *engine, enum parley_bad_cbc kind);

/* parley_engine_flush ends the current record. */
bool parley_engine_flush(struct parley_engine *engine);

/* parley_engine_rebind computes the PSK binders of |hello|, a client_hello of this client with its
 * header that was changed since, anew. Returns false if it does not end with binders. */
bool parley_engine_rebind(struct parley_engine *engine, uint8_t *hello, size_t len);

/* parley_engine_adopt takes over from |bytes|, a hello of ours with its header that was changed and
 * has not entered the transcript yet, what the keys depend on, so that the handshake goes on as if
 * the engine had chosen so: randoms, session ids, the version of a client_hello; of a server_hello
 * the suite, if the tables have it for this version and key exchange, and in TLS 1.2 what its
 * extensions say about the master secret and the MAC; of a hello_retry_request the group and the
 * cookie. Returns whether all of it was adopted. */
bool parley_engine_adopt(struct parley_engine *engine, enum parley_message message,
                         struct parley_bytes bytes);

#endif
