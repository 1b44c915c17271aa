/* Flags to config. What libssl has by default stands here as lists; what a flag does is the
 * engine's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parley/wire.h"
#include "tests/bogo.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- Lists ---- */

static const uint16_t all_suites[] = {
    0x1301, 0x1302, 0x1303,                         /* TLS 1.3 */
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, /* ECDHE with AEAD */
    0xccac,                                         /* ECDHE_PSK with ChaCha20 */
    0xc009, 0xc013, 0xc027, 0xc035,                 /* ECDHE, AES-128 in CBC mode */
    0xc00a, 0xc014, 0xc036,                         /* AES-256 */
    0x009c, 0x009d, 0x002f, 0x003c, 0x008c,         /* RSA and PSK */
    0x0035, 0x008d, 0x000a};
static const uint16_t default_groups[] = {0x001d, 0x0017, 0x0018};
static const uint16_t default_verify[] = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805,
                                          0x0501, 0x0806, 0x0601, 0x0201};
static const uint16_t default_sign[] = {0x0807, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805,
                                        0x0501, 0x0603, 0x0806, 0x0601, 0x0203, 0x0201};

/* The two policies that set_compliance_policy has names for. */
static const uint16_t fips_suites[] = {0x1301, 0x1302, 0xc02b, 0xc02f, 0xc02c, 0xc030};
static const uint16_t fips_groups[] = {0x0017, 0x0018};
static const uint16_t fips_sigalgs[] = {0x0401, 0x0501, 0x0601, 0x0403,
                                        0x0503, 0x0804, 0x0805, 0x0806};
static const uint16_t wpa_suites[] = {0x1302, 0xc02c, 0xc030};
static const uint16_t wpa_groups[] = {0x0018};
static const uint16_t wpa_sigalgs[] = {0x0501, 0x0601, 0x0503, 0x0805, 0x0806};

static const struct policy {
    const uint16_t *suites, *groups, *sigalgs;
    size_t suite_count, group_count, sigalg_count;
} fips = {fips_suites,        fips_groups,        fips_sigalgs,
          COUNT(fips_suites), COUNT(fips_groups), COUNT(fips_sigalgs)},
  wpa = {wpa_suites,        wpa_groups,        wpa_sigalgs,
         COUNT(wpa_suites), COUNT(wpa_groups), COUNT(wpa_sigalgs)};

static void *keep(size_t size) {
    void *p = calloc(1, size);
    if (!p) {
        fail("out of memory");
    }
    return p;
}

/* ---- Cipher strings: names separated by ':', of equal rank within [a|b]; DEFAULT:!AES ---- */

struct suites {
    uint16_t list[COUNT(all_suites)];
    bool ties[COUNT(all_suites)];
    size_t count;
};

static bool matches(const struct parley_suite *row, const char *name) {
    if (row->version == PARLEY_TLS13) {
        return false; /* these strings are about TLS 1.2 */
    }
    if (strcmp(name, "ALL") == 0 || strcmp(name, "DEFAULT") == 0) {
        return true;
    }
    const char *part = strncmp(name, "TLS_", 4) == 0 ? name + 4
                       : strcmp(name, "AES") == 0    ? "AES_"
                       : strcmp(name, "AES128") == 0 ? "AES_128"
                                                     : NULL;
    if (!part) {
        fail("cipher string: %s is not known here", name);
    }
    return part == name + 4 ? strcmp(part, row->name) == 0 : strstr(row->name, part) != NULL;
}

static void add(struct suites *out, const char *name, bool tie) {
    for (size_t i = 0; i < COUNT(all_suites); i++) {
        const struct parley_suite *row = parley_suite_find(all_suites[i]);
        if (row && matches(row, name)) {
            out->ties[out->count] = tie;
            out->list[out->count++] = row->code;
        }
    }
}

static void drop(struct suites *out, const char *name) {
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        if (!matches(parley_suite_find(out->list[i]), name)) {
            out->list[kept++] = out->list[i];
        }
    }
    out->count = kept;
}

static const struct suites *parse_cipher(const char *text) {
    struct suites *out = keep(sizeof(*out));
    bool grouped = false;
    for (size_t i = 0; i < 3; i++) {
        out->list[out->count++] = all_suites[i];
    }
    while (*text) {
        char name[64];
        size_t len = strcspn(text, ":[]|");
        if (len >= sizeof(name)) {
            fail("cipher string: a name is too long");
        }
        memcpy(name, text, len);
        name[len] = 0;
        text += len;
        if (name[0] == '!') {
            drop(out, name + 1);
        } else if (len) {
            add(out, name, grouped && *text == '|');
        }
        if (*text) {
            grouped = *text == '[' || (*text != ']' && grouped);
            text++;
        }
    }
    return out;
}

/* ---- What is negotiated ---- */

static void set_list(const uint16_t **list, size_t *count, const struct codes *flag,
                     const uint16_t *otherwise, size_t other_count) {
    *list = flag->count ? flag->list : otherwise;
    *count = flag->count ? flag->count : other_count;
}

static void configure_lists(struct parley_config *c, const struct flags *f) {
    c->suites = all_suites;
    c->suite_count = COUNT(all_suites);
    if (f->cipher) {
        const struct suites *suites = parse_cipher(f->cipher);
        c->suites = suites->list;
        c->suite_ties = suites->ties;
        c->suite_count = suites->count;
    }
    c->server_order = f->cipher || f->server_preference;
    set_list(&c->groups, &c->group_count, &f->curves, default_groups, COUNT(default_groups));
    set_list(&c->sigalgs, &c->sigalg_count, &f->verify_prefs, default_verify,
             COUNT(default_verify));
    set_list(&c->sign_sigalgs, &c->sign_sigalg_count, &f->signing_prefs, default_sign,
             COUNT(default_sign));
}

static void set_policy(struct parley_config *c, const struct policy *policy) {
    c->suites = policy->suites;
    c->suite_count = policy->suite_count;
    c->groups = policy->groups;
    c->group_count = policy->group_count;
    c->sigalgs = c->sign_sigalgs = policy->sigalgs;
    c->sigalg_count = c->sign_sigalg_count = policy->sigalg_count;
}

static void configure_policy(struct parley_config *c, const struct flags *f) {
    if (f->fips_202205) {
        set_policy(c, &fips);
    }
    if (f->wpa_202304) {
        set_policy(c, &wpa);
    }
}

static void configure_versions(struct parley_config *c, const struct flags *f) {
    c->min_version = f->min_version > PARLEY_TLS12 ? (uint16_t)f->min_version : PARLEY_TLS12;
    c->max_version = f->max_version ? (uint16_t)f->max_version : PARLEY_TLS13;
    if (f->no_tls13 && c->max_version == PARLEY_TLS13) {
        c->max_version = PARLEY_TLS12;
    }
    if (f->no_tls12 && c->min_version == PARLEY_TLS12) {
        c->min_version = PARLEY_TLS13;
    }
    c->fallback_scsv = f->fallback_scsv;
    c->grease = f->grease || f->server;
    c->permute_extensions = f->permute_extensions;
    c->pad_client_hello = true;
    c->v2_client_hello = true;
    c->false_start = f->false_start;
    c->false_start_without_alpn = f->false_start_without_alpn;
}

/* name_list turns a ProtocolNameList into strings. */
static const char *const *name_list(const char *wire, size_t *count) {
    const char **names = keep((strlen(wire) + 1) * sizeof(*names));
    while (*wire) {
        size_t len = (uint8_t)*wire;
        char *name = keep(len + 1);
        memcpy(name, wire + 1, len);
        names[(*count)++] = name;
        wire += 1 + len;
    }
    return names;
}

static void configure_npn(struct parley_config *c, const struct flags *f) {
    if (f->server && f->advertise_npn) {
        c->npn = name_list(f->advertise_npn, &c->npn_count);
    } else if (!f->server && f->select_next_proto) {
        c->npn = &f->select_next_proto;
        c->npn_count = 1;
    }
}

static void configure_alpn(struct parley_config *c, const struct flags *f) {
    static const char *const nothing_in_common[] = {"\x01"}, *const empty[] = {""};
    if (!f->server) {
        c->alpn_any = f->allow_unknown_alpn;
        if (f->advertise_alpn) {
            c->alpn = name_list(f->advertise_alpn, &c->alpn_count);
        }
    } else if (f->reject_alpn) {
        c->alpn = nothing_in_common;
        c->alpn_count = 1;
    } else if (f->select_empty_alpn) {
        c->alpn = empty;
        c->alpn_count = 1;
    } else if (f->select_alpn && !f->decline_alpn) {
        c->alpn = &f->select_alpn;
        c->alpn_count = 1;
    }
}

/* configure_alps takes "protocol,settings"; the runner never gives more than one of them. */
static void configure_alps(struct parley_config *c, const char *pair) {
    size_t len = strcspn(pair, ",");
    struct parley_alps *alps = keep(sizeof(*alps));
    char *protocol = keep(len + 1);
    memcpy(protocol, pair, len);
    const char *settings = pair + len + (pair[len] != 0);
    alps->protocol = protocol;
    alps->settings = (struct parley_bytes){(const uint8_t *)settings, strlen(settings)};
    c->alps = alps;
    c->alps_count = 1;
}

/* ---- Certificates ---- */

static struct parley_credential *configure_credential(struct parley_config *c,
                                                      const struct flags *f) {
    const char *why;
    if (!f->cert_file || !f->key_file) {
        return NULL;
    }
    static struct parley_credential *list[1]; /* one connection at a time */
    list[0] = parley_credential_from_pem(read_file(f->cert_file), read_file(f->key_file), &why);
    if (!list[0]) {
        fail("credential: %s", why);
    }
    c->credentials = list;
    c->credential_count = 1;
    return list[0];
}

struct parley_bytes authorities(const char *text) {
    uint8_t *out = keep(strlen(text) + 2), *at = out;
    if (text[0] == '<') { /* <NULL>, <EMPTY> */
        return (struct parley_bytes){out, 0};
    }
    while (*text) {
        size_t len = strcspn(text, ",") / 2;
        *at++ = (uint8_t)(len >> 8);
        *at++ = (uint8_t)len;
        memcpy(at, hex(text, 2 * len).data, len);
        at += len;
        text += 2 * len;
        text += *text == ',';
    }
    return (struct parley_bytes){out, (size_t)(at - out)};
}

static unsigned judge_certificate(void *arg, const struct parley_bytes *chain, size_t count) {
    const struct bogo *b = arg;
    struct parley_outcome outcome;
    (void)chain;
    (void)count;
    parley_engine_outcome(b->engine, &outcome);
    const struct flags *f = b->early && !outcome.early_data_accepted ? b->retry : b->flags;
    bogo_check_name_override(f, &outcome);
    if (!f->verify_fail) {
        return PARLEY_ALERT_NONE;
    }
    return f->custom_verify ? PARLEY_ALERT_certificate_unknown : PARLEY_ALERT_handshake_failure;
}

static unsigned judge_client_hello(void *arg, const struct parley_client_hello *hello) {
    const struct bogo *b = arg;
    (void)hello;
    if (b->flags->fail_early_callback) {
        return PARLEY_ALERT_handshake_failure;
    }
    return b->flags->fail_ddos_callback ? PARLEY_ALERT_internal_error : PARLEY_ALERT_NONE;
}

static unsigned judge_credential(void *arg) {
    const struct bogo *b = arg;
    return b->flags->fail_cert_callback ? PARLEY_ALERT_internal_error : PARLEY_ALERT_NONE;
}

static void configure_certificates(struct bogo *b) {
    struct parley_config *c = &b->config;
    const struct flags *f = b->flags;
    bogo_configure_certificates(b, configure_credential(c, f));
    if (f->verify_peer || f->require_client_certificate) {
        c->client_auth = f->verify_peer ? PARLEY_AUTH_REQUEST : PARLEY_AUTH_REQUIRE;
        c->judge_certificate = judge_certificate;
        c->judge_resumed = f->reverify_on_resume;
    }
    c->judge_client_hello = judge_client_hello;
    c->judge_credential = judge_credential;
    c->judge_arg = b;
    c->server_name = f->server ? f->expect_server_name : f->host_name;
    c->no_server_name_check = true;
    c->max_certificate = (uint32_t)f->max_cert_list;
    if (f->client_ca_list) {
        c->certificate_authorities = authorities(f->client_ca_list);
    }
}

/* ---- Renegotiation: libssl refuses it unless told otherwise ---- */

static void configure_renegotiation(struct parley_config *c, const struct flags *f) {
    c->renegotiation = f->renegotiate_once ? PARLEY_RENEGOTIATE_ONCE
                       : f->renegotiate_freely || f->forbid_renegotiation
                           ? PARLEY_RENEGOTIATE_FREELY
                       : f->renegotiate_ignore   ? PARLEY_RENEGOTIATE_IGNORE
                       : f->renegotiate_explicit ? PARLEY_RENEGOTIATE_EXPLICIT
                                                 : PARLEY_RENEGOTIATE_NEVER;
}

static void configure_ech(struct parley_config *c, const struct flags *f) {
    const char *why;
    c->ech_config_list = f->ech_config_list;
    c->ech_grease = f->ech_grease;
    if (f->ech_server_configs.count == 0) {
        return;
    }
    struct parley_ech_keys *keys = parley_ech_keys_new();
    for (size_t i = 0; i < f->ech_server_configs.count; i++) {
        if (!keys || i >= f->ech_server_keys.count || i >= f->ech_is_retry_config.count) {
            fail("an -ech-server-config without its key");
        }
        if (!parley_ech_keys_add(keys, f->ech_server_configs.list[i], f->ech_server_keys.list[i],
                                 f->ech_is_retry_config.list[i], &why)) {
            fail("-ech-server-config: %s", why);
        }
    }
    c->ech_keys = keys;
}

/* ---- Sessions, secrets ---- */

static void new_session(void *arg, const struct parley_session *session) {
    struct bogo *b = arg;
    b->seen.session = *session;
    b->seen.sessions++;
}

/* The key log is where TLS 1.3's traffic secrets can be read. */
static void key_log(void *arg, const char *line) {
    static const char *const labels[] = {"CLIENT_TRAFFIC_SECRET_0 ", "SERVER_TRAFFIC_SECRET_0 "};
    struct bogo *b = arg;
    for (int side = 0; side < 2; side++) {
        if (strncmp(line, labels[side], strlen(labels[side])) != 0) {
            continue;
        }
        const char *digits = strrchr(line, ' ') + 1;
        struct parley_bytes secret = hex(digits, strlen(digits));
        b->seen.traffic_secret_length = secret.len;
        memcpy(b->seen.traffic_secrets[side], secret.data, secret.len);
    }
}

static void configure_sessions(struct bogo *b, struct parley_session_cache *cache) {
    struct parley_config *c = &b->config;
    const struct flags *f = b->flags;
    c->no_tickets = f->no_ticket;
    c->renew_tickets = f->renew_ticket;
    c->ticket_count = 2; /* as libssl has it */
    c->session_context = f->retain_only_sha256;
    c->jdk11_workaround = f->jdk11_workaround;
    c->session_cache = cache;
    c->early_data = f->early_data && !f->server;
    c->max_early_data = f->early_data && f->server ? 14336 : 0;
    memset(c->ticket_key, 0x42, sizeof(c->ticket_key));
    if (f->ticket_key.len == PARLEY_TICKET_KEY_RFC5077) {
        c->ticket_key_rfc5077 = f->ticket_key.data;
    }
    c->new_session = new_session;
    c->new_session_arg = b;
    c->key_log = key_log;
    c->key_log_arg = b;
}

static struct parley_bytes text(const char *s) {
    return (struct parley_bytes){(const uint8_t *)s, s ? strlen(s) : 0};
}

static void configure_psk(struct parley_config *c, const struct flags *f) {
    if (f->psk) {
        struct parley_psk12 *psk = keep(sizeof(*psk));
        psk->key = text(f->psk);
        psk->identity = psk->hint = text(f->psk_identity);
        c->psk12 = psk;
    }
}

void bogo_configure(struct bogo *b, struct parley_session_cache *cache) {
    struct parley_config *c = &b->config;
    const struct flags *f = b->flags;
    memset(c, 0, sizeof(*c));
    configure_versions(c, f);
    configure_lists(c, f);
    configure_policy(c, f);
    configure_alpn(c, f);
    configure_npn(c, f);
    if (f->application_settings) {
        configure_alps(c, f->application_settings);
    }
    configure_certificates(b);
    configure_psk(c, f);
    configure_renegotiation(c, f);
    configure_ech(c, f);
    configure_sessions(b, cache);
    c->fragment = (uint16_t)f->max_send_fragment;
    c->hooks.arg = b;
    c->hooks.observe = bogo_observe;
}
