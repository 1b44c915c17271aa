#include "cli/session.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define FILE_MAX_BYTES ((size_t)64 << 10)

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

/* ---- From text ---- */

/* Reads the number |name|, of at most |max|. */
static bool get_number(const json_t *in, const char *name, uint64_t max, uint64_t *out) {
    const json_t *value = json_object_get(in, name);
    json_int_t number = json_integer_value(value);
    *out = (uint64_t)number;
    return json_is_integer(value) && number >= 0 && *out <= max;
}

static bool get_hex(const json_t *in, const char *name, uint8_t *out, size_t cap, size_t *len) {
    const char *text = json_string_value(json_object_get(in, name));
    return text != NULL && cli_unhex(text, out, cap, len);
}

static bool get_numbers(const json_t *in, struct parley_session *s) {
    uint64_t format, version, suite, group, server, client, issued, lifetime, age_add, early;
    if (!get_number(in, "parley_session", 1, &format) || format != 1 ||
        !get_number(in, "version", UINT16_MAX, &version) ||
        !get_number(in, "suite", UINT16_MAX, &suite) ||
        !get_number(in, "group", UINT16_MAX, &group) ||
        !get_number(in, "sigalg_server", UINT16_MAX, &server) ||
        !get_number(in, "sigalg_client", UINT16_MAX, &client) ||
        !get_number(in, "issued_ms", INT64_MAX, &issued) ||
        !get_number(in, "lifetime", UINT32_MAX, &lifetime) ||
        !get_number(in, "age_add", UINT32_MAX, &age_add) ||
        !get_number(in, "max_early_data", UINT32_MAX, &early)) {
        return false;
    }
    s->version = (uint16_t)version;
    s->suite = (uint16_t)suite;
    s->group = (uint16_t)group;
    s->sigalg_server = (uint16_t)server;
    s->sigalg_client = (uint16_t)client;
    s->issued_ms = (int64_t)issued;
    s->lifetime = (uint32_t)lifetime;
    s->age_add = (uint32_t)age_add;
    s->max_early_data = (uint32_t)early;
    s->extended_master_secret = json_is_true(json_object_get(in, "extended_master_secret"));
    s->peer_verified = json_is_true(json_object_get(in, "peer_verified"));
    return version == PARLEY_TLS12 || version == PARLEY_TLS13;
}

static bool get_strings(const json_t *in, struct parley_session *s) {
    size_t secret, ticket, id, peer, alpn, name;
    if (!get_hex(in, "secret", s->secret, sizeof(s->secret), &secret) ||
        !get_hex(in, "ticket", s->ticket, sizeof(s->ticket), &ticket) ||
        !get_hex(in, "session_id", s->session_id, sizeof(s->session_id), &id) ||
        !get_hex(in, "peer_sha256", s->peer_sha256, sizeof(s->peer_sha256), &peer) ||
        !get_hex(in, "alpn", s->alpn, sizeof(s->alpn), &alpn) ||
        !get_hex(in, "server_name", s->server_name, sizeof(s->server_name), &name)) {
        return false;
    }
    s->secret_length = (uint16_t)secret;
    s->ticket_length = (uint16_t)ticket;
    s->session_id_length = (uint16_t)id;
    s->alpn_length = (uint8_t)alpn;
    s->server_name_length = (uint8_t)name;
    return secret > 0 && peer == sizeof(s->peer_sha256);
}

bool session_load(struct session_store *store, const char *path) {
    size_t len = 0;
    uint8_t *text = cli_read_file(path, FILE_MAX_BYTES, &len);
    if (text == NULL) {
        return false;
    }
    json_t *in = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, NULL);
    memset(&store->session, 0, sizeof(store->session));
    store->have =
        in != NULL && get_numbers(in, &store->session) && get_strings(in, &store->session);
    json_decref(in);
    free(text);
    if (!store->have) {
        cli_note("%s: not a session that parley has written", path);
    }
    return store->have;
}

/* ---- Use ---- */

void session_keep(void *arg, const struct parley_session *session) {
    struct session_store *store = arg;
    store->session = *session;
    store->have = true;
    if (store->path == NULL) {
        return;
    }
    json_t *out = to_json(session);
    char *text = json_dumps(out, JSON_INDENT(2));
    if (text != NULL) {
        size_t len = strlen(text);
        text[len] = '\n'; /* in place of the zero byte: the length is known */
        cli_write_file(store->path, 0600, text, len + 1);
    }
    free(text);
    json_decref(out);
}

bool session_resume(void *arg, struct parley_session *out) {
    struct session_store *store = arg;
    if (!store->have) {
        return false;
    }
    *out = store->session;
    store->have = out->version != PARLEY_TLS13;
    return true;
}
