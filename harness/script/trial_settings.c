/* Settings of a trace, as they are for one end. */
#include "script/trial_settings.h"

#include <string.h>

#include "parley/pki.h"

#define HOST "parley.test"

static size_t codes(struct parley_bytes list, uint16_t out[SIDE_CODES]) {
    size_t count = 0;
    while (count < SIDE_CODES && parley_uint16_next(&list, &out[count])) {
        count++;
    }
    return count;
}

/* versions: engines take a range. */
static void versions(struct parley_bytes list, struct side *out) {
    uint16_t version;
    out->min_version = out->max_version = 0;
    while (parley_uint16_next(&list, &version)) {
        uint16_t known = version >= PARLEY_TLS13 ? PARLEY_TLS13 : PARLEY_TLS12;
        if (out->min_version == 0 || known < out->min_version) {
            out->min_version = known;
        }
        out->max_version = known > out->max_version ? known : out->max_version;
    }
}

static void protocols(struct parley_bytes list, struct side *out) {
    struct parley_bytes name;
    out->alpn_count = 0;
    while (out->alpn_count < SIDE_PROTOCOLS && parley_opaque8_next(&list, &name)) {
        char *text = out->alpn[out->alpn_count];
        memset(text, 0, sizeof out->alpn[0]);
        memcpy(text, name.data, name.len);
        out->alpn_count += strlen(text) > 0;
    }
}

static void host(struct parley_bytes name, struct side *out) {
    memset(out->sni, 0, sizeof out->sni);
    memcpy(out->sni, name.data, name.len < PARLEY_NAME_MAX ? name.len : PARLEY_NAME_MAX);
}

static void take(const struct parley_trace *trace, const struct parley_line *line,
                 struct side *out) {
    const struct parley_operand *operand = &line->operands[0];
    struct parley_bytes bytes = parley_trace_bytes(trace, operand);
    switch (line->row) {
    case PARLEY_LINE_versions:
        versions(bytes, out);
        break;
    case PARLEY_LINE_suites:
        out->suite_count = codes(bytes, out->suites);
        break;
    case PARLEY_LINE_groups:
        out->group_count = codes(bytes, out->groups);
        break;
    case PARLEY_LINE_sigalgs:
        out->sigalg_count = codes(bytes, out->sigalgs);
        break;
    case PARLEY_LINE_alpn:
        protocols(bytes, out);
        break;
    case PARLEY_LINE_sni:
        host(bytes, out);
        break;
    case PARLEY_LINE_server_certificate:
        out->server_certificate = operand->number;
        break;
    case PARLEY_LINE_client_certificate:
        out->client_certificate = operand->number;
        break;
    case PARLEY_LINE_client_auth:
        out->client_auth = (enum parley_client_auth)operand->number;
        break;
    case PARLEY_LINE_ech:
        out->ech = (uint8_t)operand->number;
        break;
    case PARLEY_LINE_resume: /* of a connection: see settings_conduct */
    case PARLEY_LINE_warm:
    case PARLEY_LINE_data:
    case PARLEY_LINE_chunk:
    case PARLEY_LINE_key_update:
        break;
    default:
        out->flags[line->row] = true;
        break;
    }
}

/* entry returns the number of the test PKI's |name| as traces have it. */
static uint64_t entry(const char *name) {
    for (size_t i = 0; i < PARLEY_PKI_ENTRIES; i++) {
        if (strcmp(parley_pki_name(i), name) == 0) {
            return i + 1;
        }
    }
    return 0;
}

void settings_side(const struct parley_trace *trace, const struct parley_trace_session *session,
                   enum parley_whose whose, struct side *out) {
    memset(out, 0, sizeof *out);
    memcpy(out->sni, HOST, sizeof HOST);
    out->server_certificate = entry("server-ecdsa-p256");
    for (size_t i = 0; i < session->setting_count; i++) {
        const struct parley_line *line = &session->settings[i];
        if (line->whose == PARLEY_BOTH || line->whose == whose) {
            take(trace, line, out);
        }
    }
    if (out->client_auth != PARLEY_AUTH_NONE && out->client_certificate == 0) {
        for (size_t i = 0; i < session->setting_count; i++) {
            if (session->settings[i].row == PARLEY_LINE_client_certificate) {
                return; /* it is to have none */
            }
        }
        out->client_certificate = entry("client-ecdsa-p256");
    }
}

static bool same_codes(const uint16_t *a, size_t a_count, const uint16_t *b, size_t b_count) {
    return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * sizeof *a) == 0);
}

bool settings_same(const struct side *a, const struct side *b) {
    bool same = a->min_version == b->min_version && a->max_version == b->max_version &&
                same_codes(a->suites, a->suite_count, b->suites, b->suite_count) &&
                same_codes(a->groups, a->group_count, b->groups, b->group_count) &&
                same_codes(a->sigalgs, a->sigalg_count, b->sigalgs, b->sigalg_count) &&
                strcmp(a->sni, b->sni) == 0 && a->server_certificate == b->server_certificate &&
                a->client_certificate == b->client_certificate &&
                a->client_auth == b->client_auth && a->ech == b->ech &&
                memcmp(a->flags, b->flags, sizeof a->flags) == 0 && a->alpn_count == b->alpn_count;
    for (size_t i = 0; same && i < a->alpn_count; i++) {
        same = strcmp(a->alpn[i], b->alpn[i]) == 0;
    }
    return same;
}

static size_t at_most(uint64_t number, size_t most) {
    return number < most ? (size_t)number : most;
}

void settings_conduct(const struct parley_trace_session *session, struct conduct *out) {
    *out = (struct conduct){0};
    for (size_t i = 0; i < session->setting_count; i++) {
        const struct parley_line *line = &session->settings[i];
        uint64_t number = line->operands[0].number;
        switch (line->row) {
        case PARLEY_LINE_warm:
            out->warm = true;
            out->resume = true;
            break;
        case PARLEY_LINE_resume:
            out->resume = true;
            break;
        case PARLEY_LINE_key_update:
            out->key_update = true;
            break;
        case PARLEY_LINE_early_data:
            out->early_data = at_most(number, CONDUCT_DATA_MAX);
            break;
        case PARLEY_LINE_data:
            out->data = at_most(number, CONDUCT_DATA_MAX);
            break;
        case PARLEY_LINE_chunk:
            out->chunk = at_most(number, SIZE_MAX / 2);
            break;
        default:
            break;
        }
    }
}
