/* The messages without content (RFC 5246 7.4.1.1, 7.4.5; RFC 8446 4.5). */
#include "wire/codec.h"

GRAMMAR_EMPTY(hello_request)
GRAMMAR_EMPTY(server_hello_done)
GRAMMAR_EMPTY(end_of_early_data)
