/* Mbed TLS: 2.28, as it has no TLS 1.3 that works without more. */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_ticket.h>

enum { PROTOCOLS = 8, DAY = 86400 };

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_ssl_config config;
static mbedtls_ssl_context ssl;
static mbedtls_ssl_session session;
static mbedtls_ssl_cache_context cache;
static mbedtls_ssl_ticket_context tickets;
static mbedtls_x509_crt own, roots;
static mbedtls_pk_context key;
static int suites[2];
static mbedtls_ecp_group_id groups[2];
static const char *protocols[PROTOCOLS + 1];
static bool serving, kept;
static int tcp;

static void need(int status, const char *what) {
    char text[200];
    if (status != 0) {
        int n = snprintf(text, sizeof text, "%s: ", what);
        mbedtls_strerror(status, text + n, sizeof text - (size_t)n);
        fail(text);
    }
}

/* ---- The network ---- */

static int network_write(void *arg, const unsigned char *data, size_t size) {
    (void)arg;
    ssize_t n = send(tcp, data, size, MSG_NOSIGNAL);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_WRITE
                                                 : MBEDTLS_ERR_SSL_CONN_EOF;
    }
    return (int)n;
}

static int network_read(void *arg, unsigned char *out, size_t size) {
    (void)arg;
    ssize_t n = recv(tcp, out, size, 0);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_READ
                                                 : MBEDTLS_ERR_SSL_CONN_EOF;
    }
    return n == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : (int)n;
}

/* ---- Settings ---- */

/* set_suite: TLS_RSA_WITH_... is TLS-RSA-WITH-... here. */
static void set_suite(const char *name) {
    char theirs[100] = "";
    for (size_t i = 0; name[i] != '\0' && i + 1 < sizeof theirs; i++) {
        theirs[i] = (char)(name[i] == '_' ? '-' : name[i]);
    }
    suites[0] = mbedtls_ssl_get_ciphersuite_id(theirs);
    need(suites[0] == 0 ? MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE : 0, theirs);
    mbedtls_ssl_conf_ciphersuites(&config, suites);
}

static void set_group(const char *name) {
    const mbedtls_ecp_curve_info *curve = mbedtls_ecp_curve_info_from_name(name);
    need(curve == NULL ? MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE : 0, name);
    groups[0] = curve->grp_id;
    mbedtls_ssl_conf_curves(&config, groups);
}

/* set_alpn: of as many as the list here holds. */
static void set_alpn(const char *names) {
    static char list[256];
    char *rest = NULL;
    size_t n = 0;
    (void)snprintf(list, sizeof list, "%s", names);
    for (char *name = strtok_r(list, ",", &rest); name != NULL && n < PROTOCOLS;
         name = strtok_r(NULL, ",", &rest)) {
        protocols[n++] = name;
    }
    need(mbedtls_ssl_conf_alpn_protocols(&config, protocols), "alpn");
}

static void set_certificates(void) {
    const char *cert = told(serving ? "cert" : "client_cert"), *asked = told("client_auth");
    if (cert != NULL) {
        need(mbedtls_x509_crt_parse_file(&own, cert), "certificate");
        need(mbedtls_pk_parse_keyfile(&key, told(serving ? "key" : "client_key"), NULL), "key");
        need(mbedtls_ssl_conf_own_cert(&config, &own, &key), "certificate");
    }
    if (told("ca") != NULL) {
        need(mbedtls_x509_crt_parse_file(&roots, told("ca")), "ca");
        mbedtls_ssl_conf_ca_chain(&config, &roots, NULL);
    }
    mbedtls_ssl_conf_authmode(&config, !serving || (asked != NULL && strcmp(asked, "require") == 0)
                                           ? MBEDTLS_SSL_VERIFY_REQUIRED
                                       : asked != NULL ? MBEDTLS_SSL_VERIFY_OPTIONAL
                                                       : MBEDTLS_SSL_VERIFY_NONE);
}

static void set_sessions(void) {
    if (!serving) {
        return;
    }
    mbedtls_ssl_cache_init(&cache);
    mbedtls_ssl_conf_session_cache(&config, &cache, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
    if (told("no_tickets") == NULL) {
        mbedtls_ssl_ticket_init(&tickets);
        need(mbedtls_ssl_ticket_setup(&tickets, mbedtls_ctr_drbg_random, &drbg,
                                      MBEDTLS_CIPHER_AES_256_GCM, DAY),
             "tickets");
        mbedtls_ssl_conf_session_tickets_cb(&config, mbedtls_ssl_ticket_write,
                                            mbedtls_ssl_ticket_parse, &tickets);
    }
}

void stack_start(bool server) {
    serving = server;
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_session_init(&session);
    need(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0), "random");
    need(mbedtls_ssl_config_defaults(&config,
                                     serving ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                     MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
         "defaults");
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &drbg);
    mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    if (told("suite") != NULL) {
        set_suite(told("suite"));
    }
    if (told("group") != NULL) {
        set_group(told("group"));
    }
    if (told("alpn") != NULL) {
        set_alpn(told("alpn"));
    }
    set_certificates();
    set_sessions();
}

/* ---- A connection ---- */

static void say_facts(void) {
    char suite[100] = "";
    const char *name = mbedtls_ssl_get_ciphersuite(&ssl);
    for (size_t i = 0; name[i] != '\0' && i + 1 < sizeof suite; i++) {
        suite[i] = (char)(name[i] == '-' ? '_' : name[i]);
    }
    fact("version", "TLS 1.2");
    fact("suite", suite);
    fact("alpn", mbedtls_ssl_get_alpn_protocol(&ssl));
}

void stack_open(int socket) {
    tcp = socket;
    mbedtls_ssl_init(&ssl);
    need(mbedtls_ssl_setup(&ssl, &config), "set-up");
    mbedtls_ssl_set_bio(&ssl, NULL, network_write, network_read, NULL);
    if (told("sni") != NULL) {
        need(mbedtls_ssl_set_hostname(&ssl, told("sni")), "sni");
    }
    if (kept) {
        need(mbedtls_ssl_set_session(&ssl, &session), "session");
    }
    need(mbedtls_ssl_handshake(&ssl), "handshake");
    say_facts();
}

void stack_keep(void) {
    need(mbedtls_ssl_get_session(&ssl, &session), "session");
    kept = true;
}

int stack_read(void *out, size_t size) {
    int n = mbedtls_ssl_read(&ssl, out, size);
    switch (n) {
    case MBEDTLS_ERR_SSL_WANT_READ:
    case MBEDTLS_ERR_SSL_WANT_WRITE:
        return PEER_AGAIN;
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return PEER_CLOSED;
    case MBEDTLS_ERR_SSL_CONN_EOF:
    case 0:
        return PEER_CUT;
    default:
        need(n < 0 ? n : 0, "read");
        return n;
    }
}

int stack_write(const void *data, size_t size) {
    int n = mbedtls_ssl_write(&ssl, data, size);
    if (n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE) {
        return PEER_AGAIN;
    }
    need(n < 0 ? n : 0, "write");
    return n;
}

void stack_hang_up(void) {
    (void)mbedtls_ssl_close_notify(&ssl);
}

void stack_close(void) {
    mbedtls_ssl_free(&ssl);
}
