/* parley handshake: which options go together, and what follows from them. */
#include "cli/handshake.h"

#include <stdio.h>
#include <string.h>

bool handshake_psk12(const struct handshake_options *o) {
    return o->suite != NULL && o->suite->authentication == PARLEY_AUTH_PSK;
}

bool handshake_gives_none(const struct handshake_options *o) {
    const char *entry = o->entries[PARLEY_CLIENT];
    return entry != NULL && strcmp(entry, "none") == 0;
}

/* conflict returns why the options cannot all hold, or NULL. */
static const char *conflict(const struct handshake_options *o, char why[200]) {
    const struct parley_suite *suite = o->suite;
    bool tls12 = o->version == PARLEY_TLS12;
    if (suite != NULL && o->version != 0 && suite->version != o->version) {
        (void)snprintf(why, 200, "suite %s is of %s, not of %s", parley_suite_name(suite->code),
                       parley_version_name(suite->version), parley_version_name(o->version));
        return why;
    }
    if (suite != NULL && o->group != NULL && suite->version == PARLEY_TLS12 &&
        (suite->key_exchange == PARLEY_KX_RSA || suite->key_exchange == PARLEY_KX_PSK)) {
        (void)snprintf(why, 200, "suite %s uses no group", parley_suite_name(suite->code));
        return why;
    }
    if (tls12 && o->hello_retry) {
        return "--hrr is of TLS 1.3";
    }
    if (tls12 && o->ech) {
        return "--ech is of TLS 1.3";
    }
    if (tls12 && o->psk) {
        return "--psk is of TLS 1.3";
    }
    if (tls12 && o->psk_ke) {
        return "--psk-ke is of TLS 1.3";
    }
    if (tls12 && o->early_data) {
        return "--early-data is of TLS 1.3";
    }
    if (tls12 && o->key_update) {
        return "--key-update is of TLS 1.3";
    }
    if (tls12 && o->compress != NULL) {
        return "--compress-certificates is of TLS 1.3";
    }
    if (o->session_id && (!tls12 || !o->resume)) {
        return "--session-id wants --tls 1.2 --resume";
    }
    if (o->psk_ke && !o->psk && !o->resume) {
        return "--psk-ke wants --psk or --resume";
    }
    if (o->psk && o->client_auth) {
        return "--psk takes the place of certificates: no --client-auth";
    }
    if (handshake_psk12(o) && (o->client_auth || o->cert != CERT_ANY)) {
        return "PSK suites take the place of certificates: no --client-auth, no --cert";
    }
    if (o->entries[PARLEY_CLIENT] != NULL && !o->client_auth) {
        return "--client-cert wants --client-auth";
    }
    if (o->psk && o->cert != CERT_ANY) {
        return "--psk takes the place of certificates: no --cert";
    }
    if (o->psk && o->compress != NULL) {
        return "--psk takes the place of certificates: no --compress-certificates";
    }
    if (o->psk && o->early_data) {
        return "--early-data wants a session, not --psk";
    }
    if (o->psk && o->resume) {
        return "--psk and --resume are two ways to the same thing: one of them";
    }
    if (o->data > HANDSHAKE_MAX_EARLY_DATA && o->early_data) {
        return "--early-data takes at most 16384 bytes of --data";
    }
    return NULL;
}

/* only_tls13: whether something was asked for that TLS 1.2 does not have. */
static bool only_tls13(const struct handshake_options *o) {
    return o->ech || o->hello_retry || o->psk || o->psk_ke || o->early_data || o->key_update ||
           o->compress != NULL;
}

const char *handshake_options_check(struct handshake_options *o, char why[200]) {
    if (o->early_data) {
        o->resume = true;
    }
    if (o->version == 0 && o->suite != NULL) {
        o->version = o->suite->version;
    }
    if (o->version == 0 && only_tls13(o)) {
        o->version = PARLEY_TLS13;
    }
    if (o->version == 0 && o->session_id) {
        o->version = PARLEY_TLS12;
    }
    const char *wrong = conflict(o, why);
    if (wrong != NULL) {
        return wrong;
    }
    if (o->cert == CERT_ANY && !o->psk) {
        bool rsa = (o->suite != NULL && o->suite->authentication == PARLEY_AUTH_RSA) ||
                   (o->group != NULL && o->group->kind == PARLEY_GROUP_KIND_FFDHE);
        o->cert = rsa ? CERT_RSA : CERT_ECDSA;
    }
    if (o->data == 0) {
        o->data = 64;
    }
    return NULL;
}
