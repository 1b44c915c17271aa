/* What the rows of endpoints.def are made of. Certificates are Ed25519 wherever a choice is free:
 * the cheapest, and the same signature every time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bytestring.h>

#include "engine/credential.h"
#include "fuzzers/endpoints.h"
#include "parley/pki.h"
#include "parley/wire.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES_OF(array) ((struct parley_bytes){array, sizeof(array)})
#define ROWS_MAX 64 /* of suites.def and groups.def; more would be left out */

static struct {
    struct parley_pki *pki;
    struct parley_trust *trust;
    struct parley_credential *credentials[5];
    struct parley_memo *memo;
    struct parley_ech_keys *ech, *other_ech;
} world;

enum { SERVER_ED25519, SERVER_ECDSA, SERVER_RSA, CLIENT_ED25519, SERVER_STAPLED };

_Noreturn void endpoint_impossible(const char *what) {
    (void)fprintf(stderr, "endpoints: %s\n", what);
    abort();
}

/* ---- Setups ---- */

static void credentials(struct parley_config *c, size_t first, size_t count) {
    c->credentials = &world.credentials[first];
    c->credential_count = count;
}

void setup_everything(struct parley_config *c, enum parley_role role) {
    static const char *const protocols[] = {"h2", "http/1.1"};
    c->trust = world.trust;
    c->memo = world.memo;
    c->alpn = protocols;
    c->alpn_count = COUNT_OF(protocols);
    c->record_size_limit = 16384;
    if (role == PARLEY_CLIENT) {
        c->server_name = "parley.test";
        c->request_ocsp = c->request_scts = true;
        c->post_handshake_auth = true;
        c->early_data = true;
        c->renegotiation = PARLEY_RENEGOTIATE_FREELY;
        credentials(c, CLIENT_ED25519, 1);
    } else {
        c->client_auth = PARLEY_AUTH_REQUEST;
        c->max_early_data = 16384;
        c->v2_client_hello = true;
        memset(c->ticket_key, 0x5a, sizeof(c->ticket_key));
        credentials(c, SERVER_ED25519, 2);
    }
}

void setup_tls12(struct parley_config *c, enum parley_role role) {
    static const char *const protocols[] = {"h2"};
    setup_everything(c, role);
    c->max_version = PARLEY_TLS12;
    c->alpn_count = 0;
    c->npn = protocols;
    c->npn_count = COUNT_OF(protocols);
    c->false_start = c->false_start_without_alpn = role == PARLEY_CLIENT;
    c->record_size_limit = 0;
    c->max_fragment_length = role == PARLEY_CLIENT ? 4 : 0;
}

void setup_rsa(struct parley_config *c, enum parley_role role) {
    setup_everything(c, role);
    c->client_auth = PARLEY_AUTH_NONE;
    credentials(c, SERVER_RSA, 1);
}

void setup_retry(struct parley_config *c, enum parley_role role) {
    setup_everything(c, role);
    c->hello_retry = true;
    c->client_auth = PARLEY_AUTH_REQUIRE;
}

void setup_psk(struct parley_config *c, enum parley_role role) {
    static const uint8_t name[] = "identity", key[32] = {1};
    static const struct parley_psk psk13 = {
        {name, sizeof(name)}, {key, sizeof(key)}, PARLEY_HASH_SHA256};
    static const struct parley_psk12 psk12 = {
        .identity = {name, sizeof(name)}, .key = {key, sizeof(key)}, .hint = {name, sizeof(name)}};
    setup_everything(c, role);
    c->psks = &psk13;
    c->psk_count = 1;
    c->psk12 = &psk12;
    c->psk_modes = PARLEY_PSK_KE | PARLEY_PSK_DHE_KE;
    c->ech_grease = role == PARLEY_CLIENT;
}

/* Certificates "compressed" by storing them: what a fuzzer makes up then arrives as it is. */
static size_t store(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    (void)arg;
    if (in.len > cap) {
        return 0;
    }
    memcpy(out, in.data, in.len);
    return in.len;
}

static unsigned judge_client_hello(void *arg, const struct parley_client_hello *hello) {
    (void)arg;
    return hello->legacy_session_id.len == 1 ? PARLEY_ALERT_access_denied : PARLEY_ALERT_NONE;
}

static unsigned judge_ocsp(void *arg, struct parley_bytes response) {
    (void)arg;
    return response.len == 1 ? PARLEY_ALERT_bad_certificate_status_response : PARLEY_ALERT_NONE;
}

static unsigned judge_stapling(void *arg, bool *staple) {
    (void)arg;
    *staple = true;
    return PARLEY_ALERT_NONE;
}

static bool accept_early_data(void *arg, struct parley_bytes identity) {
    (void)arg;
    return identity.len > 1;
}

/* What TLS 1.3 learnt since: hybrid groups, compression, settings, delegation, encrypted hellos. */
void setup_modern(struct parley_config *c, enum parley_role role) {
    static const struct parley_compression stored = {1, store, store, NULL};
    static const uint8_t settings[] = {0, 4, 0, 0};
    static const struct parley_alps alps = {"h2", {settings, sizeof(settings)}};
    static const uint8_t authority[] = {0, 2, 0x30, 0};
    static uint16_t groups[ROWS_MAX];
    setup_everything(c, role);
    c->group_count = 0;
    for (size_t i = parley_group_count;
         i-- > 0 && c->group_count < ROWS_MAX;) { /* hybrids are the table's last */
        if (parley_groups[i].kind != PARLEY_GROUP_KIND_NONE) {
            groups[c->group_count++] = parley_groups[i].code;
        }
    }
    c->groups = groups;
    c->compressions = &stored;
    c->compression_count = 1;
    c->alps = &alps;
    c->alps_count = 1;
    c->grease = true;
    c->certificate_authorities = BYTES_OF(authority);
    if (role == PARLEY_CLIENT) {
        c->permute_extensions = true;
        c->ech_config_list = parley_ech_keys_list(world.ech);
        c->judge_ocsp = judge_ocsp;
        c->renegotiation = PARLEY_RENEGOTIATE_NEVER;
    } else {
        c->ech_keys = world.ech;
        c->record_padding = 16;
        c->ticket_count = 2;
        c->server_order = true;
        c->judge_client_hello = judge_client_hello;
        c->judge_stapling = judge_stapling;
        c->accept_early_data = accept_early_data;
        credentials(c, SERVER_STAPLED, 1);
    }
}

/* Nothing that need not be: old suites and groups, no verification, small records. */
void setup_plain(struct parley_config *c, enum parley_role role) {
    static uint16_t suites[ROWS_MAX];
    static const uint8_t ticket_key[PARLEY_TICKET_KEY_RFC5077] = {1};
    for (size_t i = parley_suite_count; i-- > 0 && c->suite_count < ROWS_MAX;) {
        suites[c->suite_count++] = parley_suites[i].code;
    }
    c->suites = suites;
    c->memo = world.memo;
    c->no_extended_master_secret = c->no_encrypt_then_mac = true;
    c->no_middlebox_compatibility = true;
    c->no_coalescing = true;
    c->fragment = 512;
    if (role == PARLEY_CLIENT) {
        c->server_name = "parley.test";
        c->no_server_name_check = true;
        c->fallback_scsv = true;
        c->no_key_shares = true;
        c->pad_client_hello = true;
        c->ignore_rsa_key_usage = true;
        c->renegotiation = PARLEY_RENEGOTIATE_EXPLICIT;
    } else {
        c->ticket_key_rfc5077 = ticket_key;
        c->renew_tickets = true;
        c->jdk11_workaround = true;
        credentials(c, SERVER_ED25519, 3);
    }
}

/* ---- The world ---- */

static void credential(size_t index, const char *name) {
    const struct parley_pki_entry *entry = parley_pki_entry(world.pki, name);
    const char *why = NULL;
    if (entry != NULL) {
        world.credentials[index] =
            parley_credential_from_pem(entry->certificates, entry->private_key, &why);
    }
    if (world.credentials[index] == NULL) {
        endpoint_impossible(name);
    }
}

/* The stapled credential's: an OCSP response and an SCT that nobody could decode, and its own key
 * delegated to itself, with a signature that is none. */
static bool staple(struct parley_credential *c) {
    static const uint8_t response[] = {0x30, 3, 0x0a, 1, 0}, scts[] = {0, 2, 1, 2};
    uint8_t delegated[512], key[512];
    const char *why = NULL;
    CBB d, k, child;
    return CBB_init_fixed(&d, delegated, sizeof(delegated)) && CBB_add_u32(&d, 86400) &&
           CBB_add_u16(&d, PARLEY_SIGALG_ed25519) && CBB_add_u24_length_prefixed(&d, &child) &&
           EVP_marshal_public_key(&child, c->key) && CBB_add_u16(&d, PARLEY_SIGALG_ed25519) &&
           CBB_add_u16_length_prefixed(&d, &child) && CBB_add_u32(&child, 0) && CBB_flush(&d) &&
           CBB_init_fixed(&k, key, sizeof(key)) && EVP_marshal_private_key(&k, c->key) &&
           CBB_flush(&k) && parley_credential_set_ocsp(c, BYTES_OF(response)) &&
           parley_credential_set_scts(c, BYTES_OF(scts)) &&
           parley_credential_set_delegated(c, (struct parley_bytes){delegated, CBB_len(&d)},
                                           (struct parley_bytes){key, CBB_len(&k)}, &why);
}

static struct parley_ech_keys *make_ech_keys(uint8_t id) {
    uint8_t key[32] = {id}, config[256];
    const char *why = NULL;
    struct parley_ech_keys *keys = parley_ech_keys_new();
    size_t len =
        parley_ech_config_write(config, sizeof(config), id, BYTES_OF(key), "www.wild.test", 32);
    if (keys == NULL || len == 0 ||
        !parley_ech_keys_add(keys, (struct parley_bytes){config, len}, BYTES_OF(key), true, &why)) {
        endpoint_impossible("no ECH keys");
    }
    return keys;
}

static void end_world(void) {
    for (size_t i = 0; i < COUNT_OF(world.credentials); i++) {
        parley_credential_free(world.credentials[i]);
    }
    parley_ech_keys_free(world.ech);
    parley_ech_keys_free(world.other_ech);
    parley_memo_free(world.memo);
    parley_trust_free(world.trust);
    parley_pki_free(world.pki);
}

void endpoint_world(void) {
    const char *why = NULL;
    if (world.pki != NULL) {
        return;
    }
    world.pki = parley_pki_new(1);
    world.trust = parley_trust_new();
    world.memo = parley_memo_new();
    if (world.pki == NULL || world.trust == NULL || world.memo == NULL || atexit(end_world) != 0 ||
        !parley_trust_add_pem(world.trust, parley_pki_entry(world.pki, "ca")->certificates, &why)) {
        endpoint_impossible("no PKI");
    }
    world.ech = make_ech_keys(1);
    world.other_ech = make_ech_keys(2);
    credential(SERVER_ED25519, "server-ed25519");
    credential(SERVER_ECDSA, "server-ecdsa-p256");
    credential(SERVER_RSA, "server-rsa");
    credential(CLIENT_ED25519, "client-ed25519");
    credential(SERVER_STAPLED, "server-ed25519");
    if (!staple(world.credentials[SERVER_STAPLED])) {
        endpoint_impossible("no staples");
    }
}

const struct parley_ech_keys *endpoint_other_ech_keys(void) {
    endpoint_world();
    return world.other_ech;
}
