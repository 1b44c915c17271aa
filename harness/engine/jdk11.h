/* Java 11's TLS 1.3 fails in ways that a server can only avoid by not speaking it with such a
 * client (JDK-8211806 and others). Its hello is known by its shape; the sentinel that says "it was
 * me who chose TLS 1.2" (RFC 8446 4.1.3) then is another, which Java 11 does not know. */
#ifndef PARLEY_ENGINE_JDK11_H
#define PARLEY_ENGINE_JDK11_H

#include "parley/wire.h"

extern const uint8_t jdk11_downgrade[8];

/* jdk11_looks_like returns whether |hello| has the extensions of Java 11's, in its order, without
 * what Java 11 lacks: X25519 and ChaCha20. */
bool jdk11_looks_like(const struct parley_client_hello *hello);

#endif
