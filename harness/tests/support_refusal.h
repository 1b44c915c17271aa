/* Refusals as rows of a table: how the ends are set up, what is bent on the way, and who must
 * refuse it with which alert. */
#ifndef PARLEY_TESTS_SUPPORT_REFUSAL_H
#define PARLEY_TESTS_SUPPORT_REFUSAL_H

#include "tests/support_kinds.h"

enum bend_kind {
    BEND_NOTHING,
    BEND_PUT,   /* bytes at a place in the body; a negative one counts from the end */
    BEND_FLIP,  /* one bit there */
    BEND_SUITE, /* over the cipher_suite of a server_hello, and what follows it */
    BEND_SET,   /* an extension's body */
    BEND_DROP,  /* an extension */
    BEND_CALL,  /* whatever else */
};

struct refusal {
    const char *what;
    void (*set)(struct duo *d);
    enum parley_role sender;
    enum parley_message message;
    unsigned nth;
    enum bend_kind kind;
    int at;
    uint16_t extension;
    const char *hex;
    duo_rewrite *call;
    enum parley_role who;
    unsigned alert;
    enum parley_error error;
    bool resume; /* a clean connection comes first, and this one offers to resume it */
};

/* The words of a row. */
#define C PARLEY_CLIENT
#define S PARLEY_SERVER
#define OF(sender, message) (sender), PARLEY_MSG_##message, 0
#define SECOND(sender, message) (sender), PARLEY_MSG_##message, 1
#define NOTHING PARLEY_CLIENT, PARLEY_MESSAGE_UNKNOWN, 0, BEND_NOTHING, 0, 0, NULL, NULL
#define PUT(at, hex) BEND_PUT, (at), 0, (hex), NULL
#define FLIP(at) BEND_FLIP, (at), 0, NULL, NULL
#define SUITE(hex) BEND_SUITE, 0, 0, (hex), NULL
#define SET(extension, hex) BEND_SET, 0, (extension), (hex), NULL
#define DROP(extension) BEND_DROP, 0, (extension), NULL, NULL
#define CALL(function) BEND_CALL, 0, 0, NULL, (function)
#define REFUSES(who, alert, error) (who), PARLEY_ALERT_##alert, PARLEY_ERR_##error, false
#define REFUSES_RESUMED(who, alert, error) (who), PARLEY_ALERT_##alert, PARLEY_ERR_##error, true

/* Public values in hex: X25519's zeros, base point, and a point of order 8 (RFC 7748 6.1, 7); the
 * coordinates of P-256's generator, and a y that is off the curve. */
#define X25519_ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define X25519_BASE "0900000000000000000000000000000000000000000000000000000000000000"
#define X25519_SMALL "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
#define P256_X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define P256_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define P256_WRONG_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f4"

/* refuse_prepare has |d| bend what |row| says; the row must live as long as |d|. */
void refuse_prepare(struct duo *d, const struct refusal *row);

/* refuse_all checks each row twice, delivered whole and byte by byte, and returns how many checks
 * that were. */
size_t refuse_all(const struct refusal *rows, size_t count);

#endif
