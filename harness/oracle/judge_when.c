/* The conditions of judgements.def: extensions, shares, records. */
#include "oracle/judge.h"

#include "parley/bend.h"
#include "parley/wire.h"

bool when_ALWAYS(const struct parley_case *c, const struct parley_line *line) {
    (void)c, (void)line;
    return true;
}

bool when_EARLY_DATA(const struct parley_case *c, const struct parley_line *line) {
    (void)line;
    return c->early_data;
}

bool when_RESUMED(const struct parley_case *c, const struct parley_line *line) {
    (void)line;
    return c->resumed;
}

bool when_SIGNED_IN_FULL(const struct parley_case *c, const struct parley_line *line) {
    (void)line;
    return !c->resumed;
}

/* ---- Extensions ---- */

static uint16_t extension(const struct parley_line *line) {
    return (uint16_t)line->operands[1].number;
}

static bool is(const struct parley_line *line, enum parley_extension which) {
    return extension(line) == parley_extensions[which].code;
}

bool when_SHARES_OR_GROUPS(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    return is(line, PARLEY_EXT_key_share) || is(line, PARLEY_EXT_supported_groups);
}

bool when_SIGALGS_IN_FULL(const struct parley_case *c, const struct parley_line *line) {
    return is(line, PARLEY_EXT_signature_algorithms) && !c->resumed;
}

/* Nobody has been given these numbers. */
bool when_UNASSIGNED(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    uint16_t code = extension(line);
    return code >= 0x1000 && code < 0x3000 && !parley_is_grease(code);
}

bool when_ONLY_IN_HELLOS(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    return is(line, PARLEY_EXT_key_share) || is(line, PARLEY_EXT_supported_versions) ||
           is(line, PARLEY_EXT_pre_shared_key) || is(line, PARLEY_EXT_psk_key_exchange_modes) ||
           is(line, PARLEY_EXT_cookie) || is(line, PARLEY_EXT_signature_algorithms);
}

bool when_PSK_NOT_LAST(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    return is(line, PARLEY_EXT_pre_shared_key);
}

/* Where one is offered, what is moved may come to stand behind it. */
bool when_PSK_LAST(const struct parley_case *c, const struct parley_line *line) {
    return !c->resuming && !is(line, PARLEY_EXT_pre_shared_key);
}

/* ---- Shares and keys ---- */

/* After a hello_retry_request another share may have been taken; SHORT and EMPTY are the parser's
 * matter. */
bool when_BAD_SHARE_TAKEN(const struct parley_case *c, const struct parley_line *line) {
    return !c->hello_retry && c->group != 0 && line->operands[1].number < PARLEY_BAD_SHARES;
}

bool when_KEYS_WRONG(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    uint64_t keys = line->operands[1].number;
    return keys == PARLEY_KEYS_CLEAR || keys == PARLEY_KEYS_PEER || keys == PARLEY_KEYS_ZERO;
}

/* ---- Records ---- */

static uint64_t content(const struct parley_line *line) {
    return line->operands[1].number;
}

static uint64_t keys(const struct parley_line *line) {
    return line->operands[2].number;
}

static bool after(const struct parley_line *line) {
    return parley_point_of(&line->operands[0]).after;
}

static struct parley_bytes bytes(const struct parley_case *c, const struct parley_line *line) {
    return parley_trace_bytes(c->trace, &line->operands[3]);
}

bool when_UNKNOWN_CONTENT(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    return (content(line) < PARLEY_CONTENT_CHANGE_CIPHER_SPEC ||
            content(line) > PARLEY_CONTENT_APPLICATION_DATA) &&
           (keys(line) == PARLEY_KEYS_CURRENT || keys(line) == PARLEY_KEYS_CLEAR);
}

/* is_one: the only value there is (RFC 8446 5). */
static bool is_one(struct parley_bytes in) {
    return in.len == 1 && in.data[0] == 1;
}

bool when_CCS_WRONG(const struct parley_case *c, const struct parley_line *line) {
    if (content(line) != PARLEY_CONTENT_CHANGE_CIPHER_SPEC) {
        return false;
    }
    bool clear = keys(line) == PARLEY_KEYS_CLEAR || keys(line) == PARLEY_KEYS_CURRENT;
    struct parley_point point = parley_point_of(&line->operands[0]);
    bool late = point.message == PARLEY_MSG_finished && point.after;
    bool sealed =
        keys(line) == PARLEY_KEYS_HANDSHAKE &&
        (point.message == PARLEY_MSG_finished || point.message == PARLEY_MSG_encrypted_extensions);
    return when_NOT_SKIPPED(c, line) && (sealed || (clear && (late || !is_one(bytes(c, line)))));
}

bool when_CCS_IN_TIME(const struct parley_case *c, const struct parley_line *line) {
    bool clear = keys(line) == PARLEY_KEYS_CLEAR || keys(line) == PARLEY_KEYS_CURRENT;
    return content(line) == PARLEY_CONTENT_CHANGE_CIPHER_SPEC && clear && is_one(bytes(c, line)) &&
           !after(line);
}

bool when_DATA_BEFORE(const struct parley_case *c, const struct parley_line *line) {
    return content(line) == PARLEY_CONTENT_APPLICATION_DATA && keys(line) == PARLEY_KEYS_CURRENT &&
           !after(line) && bytes(c, line).len > 0;
}

bool when_EMPTY_HANDSHAKE(const struct parley_case *c, const struct parley_line *line) {
    return content(line) == PARLEY_CONTENT_HANDSHAKE && keys(line) == PARLEY_KEYS_CURRENT &&
           !after(line) && bytes(c, line).len == 0;
}

bool when_FATAL_ALERT(const struct parley_case *c, const struct parley_line *line) {
    struct parley_bytes alert = bytes(c, line);
    return content(line) == PARLEY_CONTENT_ALERT && keys(line) == PARLEY_KEYS_CURRENT &&
           alert.len == 2 && alert.data[0] == 2 && alert.data[1] != PARLEY_ALERT_close_notify &&
           alert.data[1] != PARLEY_ALERT_user_canceled;
}

/* One that comes before the handshake's own. */
bool when_EARLY_CCS(const struct parley_case *c, const struct parley_line *line) {
    struct parley_point point = parley_point_of(&line->operands[0]);
    return content(line) == PARLEY_CONTENT_CHANGE_CIPHER_SPEC && is_one(bytes(c, line)) &&
           keys(line) == PARLEY_KEYS_CURRENT && !c->resumed && !after(line) &&
           point.message != PARLEY_MSG_finished && point.message != PARLEY_MSG_client_hello &&
           point.message != PARLEY_MSG_server_hello;
}

/* In TLS 1.3 its level says nothing (RFC 8446 6). */
bool when_WARNING_OF_ERROR(const struct parley_case *c, const struct parley_line *line) {
    struct parley_bytes alert = bytes(c, line);
    return content(line) == PARLEY_CONTENT_ALERT && keys(line) == PARLEY_KEYS_CURRENT &&
           alert.len == 2 && alert.data[0] == 1 && alert.data[1] != PARLEY_ALERT_close_notify &&
           alert.data[1] != PARLEY_ALERT_user_canceled;
}

bool when_ALERT_MALFORMED(const struct parley_case *c, const struct parley_line *line) {
    return content(line) == PARLEY_CONTENT_ALERT && keys(line) == PARLEY_KEYS_CURRENT &&
           bytes(c, line).len != 2;
}
