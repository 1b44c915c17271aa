/* What a server staples to its certificate: an OCSP response (RFC 6066 8) and signed certificate
 * timestamps (RFC 6962 3.3). */
#include <string.h>

#include "engine/inside.h"

enum parley_error staples_keep_ocsp(struct parley_engine *e, struct parley_bytes response) {
    if (response.len == 0 || response.len > sizeof(e->ocsp)) {
        return PARLEY_ERR_bad_status_response;
    }
    if (e->renegotiating) {
        return PARLEY_OK; /* what the certificate was judged by stays */
    }
    memcpy(e->ocsp, response.data, response.len);
    e->ocsp_length = (uint16_t)response.len;
    return PARLEY_OK;
}

void staples_keep_scts(struct parley_engine *e, struct parley_bytes scts) {
    if (e->renegotiating) {
        return;
    }
    memcpy(e->scts, scts.data, scts.len);
    e->scts_length = (uint16_t)scts.len;
}

void staples_remember(const struct parley_engine *e, struct parley_session *out) {
    out->ocsp_length = e->ocsp_length <= sizeof(out->ocsp) ? e->ocsp_length : 0;
    out->scts_length = e->scts_length <= sizeof(out->scts) ? e->scts_length : 0;
    memcpy(out->ocsp, e->ocsp, out->ocsp_length);
    memcpy(out->scts, e->scts, out->scts_length);
}

void staples_recall(struct parley_engine *e) {
    const struct parley_session *s = &e->session;
    /* The session is the caller's, and may say anything. */
    e->ocsp_length = s->ocsp_length <= sizeof(s->ocsp) ? s->ocsp_length : 0;
    e->scts_length = s->scts_length <= sizeof(s->scts) ? s->scts_length : 0;
    memcpy(e->ocsp, s->ocsp, e->ocsp_length);
    memcpy(e->scts, s->scts, e->scts_length);
}

enum parley_error staples_check(struct parley_engine *e) {
    const struct parley_config *c = e->config;
    if (e->role == PARLEY_SERVER || !c->request_ocsp || !c->judge_ocsp) {
        return PARLEY_OK;
    }
    return engine_judged(e, c->judge_ocsp(c->judge_arg, bytes_of(e->ocsp, e->ocsp_length)),
                         PARLEY_ERR_ocsp_refused);
}

enum parley_error staples_decide(struct parley_engine *e) {
    const struct parley_config *c = e->config;
    if (!e->peer_wants_ocsp || !c->judge_stapling) {
        return PARLEY_OK;
    }
    unsigned answer = c->judge_stapling(c->judge_arg, &e->peer_wants_ocsp);
    return engine_judged(e, answer, PARLEY_ERR_ocsp_refused);
}
