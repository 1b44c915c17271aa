/* The extensions whose presence says it all: encrypt_then_mac (RFC 7366 2), extended_master_secret
 * (RFC 7627 5.1), post_handshake_auth (RFC 8446 4.2.6). */
#include "wire/codec.h"

GRAMMAR_EMPTY(encrypt_then_mac)
GRAMMAR_EMPTY(extended_master_secret)
GRAMMAR_EMPTY(post_handshake_auth)
