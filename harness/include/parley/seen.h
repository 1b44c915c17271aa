/* What another stack saw: plain data, without any stack's headers. */
#ifndef PARLEY_SEEN_H
#define PARLEY_SEEN_H

#include "parley/bytes.h"
#include "parley/tables.h"

struct parley_seen_extension {
    uint16_t type;
    struct parley_bytes data;
};

/* parley_seen_hello is a client_hello as another stack understood it. */
struct parley_seen_hello {
    bool split; /* it took it apart; the next members are valid */
    uint16_t legacy_version;
    struct parley_bytes random;
    struct parley_bytes legacy_session_id;
    struct parley_bytes cipher_suites;
    struct parley_bytes legacy_compression_methods;
    const struct parley_seen_extension *extensions; /* as they came */
    size_t extension_count;
    bool (*knows)(uint16_t type); /* if not NULL: those of other types are not among them */

    bool understood;  /* it found nothing wrong with it; the next members are valid */
    uint16_t version; /* what it chose */
    /* What it got out of extensions, empty if they were not there; NULL: it does not say. */
    struct parley_bytes host_name;
    struct parley_bytes signature_algorithms; /* as on the wire */
    struct parley_bytes named_groups;

    /* Why it did not take it apart, or found something wrong. */
    const char *reason;    /* in its own words; NULL: it does not say */
    int refused_extension; /* the one it found wrong; -1: it does not say */
    unsigned alert;        /* PARLEY_ALERT_NONE: it sent none */
};

/* parley_seen_certificate is a certificate (RFC 5280 4.1) as another stack understood it. */
struct parley_seen_certificate {
    bool decoded; /* it is one, without bytes behind it; the next members are valid */
    bool is_der;  /* encoded again, it is the same bytes */
    struct parley_bytes subject_public_key_info;
    bool knows_usage;   /* it has no extension that is wrong; the next member is valid */
    uint32_t key_usage; /* bits as in X509_get_key_usage; all of them if it does not say */
};

#endif
