/* A session as JSON text. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/session.h"

#define NOT_OURS "%s: not a session that parley has written: "

/* ---- To text ---- */

static void set_hex(json_t *out, const char *name, const uint8_t *data, size_t len) {
    char hex[2 * PARLEY_TICKET_MAX + 1];
    cli_hex(hex, (struct parley_bytes){data, len});
    json_object_set_new(out, name, json_string(hex));
}

static json_t *to_json(const struct parley_session *s) {
    json_t *out = json_object();
    json_object_set_new(out, "parley_session", json_integer(1));
    json_object_set_new(out, "version", json_integer(s->version));
    json_object_set_new(out, "suite", json_integer(s->suite));
    json_object_set_new(out, "group", json_integer(s->group));
    json_object_set_new(out, "sigalg_server", json_integer(s->sigalg_server));
    json_object_set_new(out, "sigalg_client", json_integer(s->sigalg_client));
    set_hex(out, "secret", s->secret, s->secret_length);
    set_hex(out, "ticket", s->ticket, s->ticket_length);
    set_hex(out, "session_id", s->session_id, s->session_id_length);
    json_object_set_new(out, "issued_ms", json_integer(s->issued_ms));
    json_object_set_new(out, "lifetime", json_integer(s->lifetime));
    json_object_set_new(out, "age_add", json_integer(s->age_add));
    json_object_set_new(out, "max_early_data", json_integer(s->max_early_data));
    json_object_set_new(out, "extended_master_secret", json_boolean(s->extended_master_secret));
    json_object_set_new(out, "peer_verified", json_boolean(s->peer_verified));
    set_hex(out, "peer_sha256", s->peer_sha256, sizeof(s->peer_sha256));
    set_hex(out, "alpn", s->alpn, s->alpn_length);
    set_hex(out, "server_name", s->server_name, s->server_name_length);
    return out;
}

char *session_to_text(const struct parley_session *session, size_t *len) {
    json_t *out = to_json(session);
    char *text = json_dumps(out, JSON_INDENT(2));
    json_decref(out);
    if (text != NULL) {
        *len = strlen(text);
        text[(*len)++] = '\n'; /* in place of the zero byte: the length is known */
    }
    return text;
}

/* ---- From text ---- */

/* A text being read, and the first member that is not as it should be. */
struct source {
    const json_t *in;
    const char *bad;
};

static const json_t *member(struct source *source, const char *name) {
    source->bad = name;
    return json_object_get(source->in, name);
}

/* Reads the number |name|, of |min| to |max|. */
static bool get_number(struct source *in, const char *name, uint64_t min, uint64_t max,
                       uint64_t *out) {
    const json_t *value = member(in, name);
    json_int_t number = json_integer_value(value);
    *out = (uint64_t)number;
    return json_is_integer(value) && number >= 0 && *out >= min && *out <= max;
}

static bool get_u16(struct source *in, const char *name, uint16_t *out) {
    uint64_t number;
    bool fine = get_number(in, name, 0, UINT16_MAX, &number);
    *out = (uint16_t)number;
    return fine;
}

static bool get_u32(struct source *in, const char *name, uint32_t *out) {
    uint64_t number;
    bool fine = get_number(in, name, 0, UINT32_MAX, &number);
    *out = (uint32_t)number;
    return fine;
}

static bool get_flag(struct source *in, const char *name, bool *out) {
    const json_t *value = member(in, name);
    *out = json_is_true(value);
    return json_is_boolean(value);
}

/* Reads hex of |min| to |max| bytes. */
static bool get_hex(struct source *in, const char *name, uint8_t *out, size_t min, size_t max,
                    size_t *len) {
    const char *text = json_string_value(member(in, name));
    return text != NULL && cli_unhex(text, out, max, len) && *len >= min;
}

static bool get_numbers(struct source *in, struct parley_session *s) {
    uint64_t format, version, issued;
    if (!get_number(in, "parley_session", 1, 1, &format) ||
        !get_number(in, "version", PARLEY_TLS12, PARLEY_TLS13, &version) ||
        !get_number(in, "issued_ms", 0, INT64_MAX, &issued)) {
        return false;
    }
    s->version = (uint16_t)version;
    s->issued_ms = (int64_t)issued;
    return get_u16(in, "suite", &s->suite) && get_u16(in, "group", &s->group) &&
           get_u16(in, "sigalg_server", &s->sigalg_server) &&
           get_u16(in, "sigalg_client", &s->sigalg_client) &&
           get_u32(in, "lifetime", &s->lifetime) && get_u32(in, "age_add", &s->age_add) &&
           get_u32(in, "max_early_data", &s->max_early_data) &&
           get_flag(in, "extended_master_secret", &s->extended_master_secret) &&
           get_flag(in, "peer_verified", &s->peer_verified);
}

static bool get_strings(struct source *in, struct parley_session *s) {
    size_t secret, ticket, id, peer, alpn, name;
    if (!get_hex(in, "secret", s->secret, 1, sizeof(s->secret), &secret) ||
        !get_hex(in, "ticket", s->ticket, 0, sizeof(s->ticket), &ticket) ||
        !get_hex(in, "session_id", s->session_id, 0, sizeof(s->session_id), &id) ||
        !get_hex(in, "peer_sha256", s->peer_sha256, sizeof(s->peer_sha256), sizeof(s->peer_sha256),
                 &peer) ||
        !get_hex(in, "alpn", s->alpn, 0, sizeof(s->alpn), &alpn) ||
        !get_hex(in, "server_name", s->server_name, 0, sizeof(s->server_name), &name)) {
        return false;
    }
    s->secret_length = (uint16_t)secret;
    s->ticket_length = (uint16_t)ticket;
    s->session_id_length = (uint16_t)id;
    s->alpn_length = (uint8_t)alpn;
    s->server_name_length = (uint8_t)name;
    return true;
}

bool session_from_text(const char *what, struct parley_bytes text, struct parley_session *out) {
    json_error_t error;
    json_t *in = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (in == NULL) {
        cli_note(NOT_OURS "line %d, column %d: %s", what, error.line, error.column, error.text);
        return false;
    }
    struct source source = {in, NULL};
    *out = (struct parley_session){0};
    bool fine = get_numbers(&source, out) && get_strings(&source, out);
    json_decref(in);
    if (!fine) {
        cli_note(NOT_OURS "\"%s\"", what, source.bad);
    }
    return fine;
}
