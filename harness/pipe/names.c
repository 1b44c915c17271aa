/* Names of what the pipe can say. */
#include "parley/pipe.h"

#include <stdio.h>

const char *parley_role_name(enum parley_role role) {
    return role == PARLEY_CLIENT ? "client" : "server";
}

const char *parley_phase_name(enum parley_phase phase) {
    switch (phase) {
    case PARLEY_PHASE_HANDSHAKE:
        return "handshake";
    case PARLEY_PHASE_DATA:
        return "application data";
    case PARLEY_PHASE_KEY_UPDATE:
        return "key update";
    case PARLEY_PHASE_CLOSE:
        return "close";
    }
    return "?";
}

const char *parley_verdict_name(enum parley_verdict verdict) {
    switch (verdict) {
    case PARLEY_VERDICT_COMPLETE:
        return "complete";
    case PARLEY_VERDICT_FAILED:
        return "failed";
    case PARLEY_VERDICT_STALLED:
        return "stalled";
    case PARLEY_VERDICT_BOUND:
        return "bound";
    case PARLEY_VERDICT_CORRUPT:
        return "corrupt";
    case PARLEY_VERDICT_REFUSED:
        return "refused";
    }
    return "?";
}

const char *parley_disagreement_name(unsigned disagreement) {
    static const char *const names[PARLEY_DISAGREEMENTS] = {
        "version",
        "suite",
        "group",
        "server_signature_scheme",
        "client_signature_scheme",
        "alpn",
        "resumed",
        "early_data",
        "hello_retry",
        "extended_master_secret",
        "encrypt_then_mac",
        "exporter",
        "server_name",
    };
    return disagreement < PARLEY_DISAGREEMENTS ? names[disagreement] : "?";
}

const char *parley_disagreements_explain(unsigned bits, char *out, size_t cap) {
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < PARLEY_DISAGREEMENTS && len < cap; i++) {
        if ((bits >> i & 1) != 0) {
            len += (size_t)snprintf(out + len, cap - len, "%s%s", len > 0 ? " " : "",
                                    parley_disagreement_name(i));
        }
    }
    return out;
}
