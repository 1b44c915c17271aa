/* wolfSSL. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/dh.h>

static WOLFSSL_CTX *ctx;
static WOLFSSL *ssl;
static WOLFSSL_SESSION *session;
static bool serving;

static const struct {
    const char *name;
    int code;
} groups[] = {{"x25519", WOLFSSL_ECC_X25519},
              {"secp256r1", WOLFSSL_ECC_SECP256R1},
              {"secp384r1", WOLFSSL_ECC_SECP384R1},
              {"secp521r1", WOLFSSL_ECC_SECP521R1}};
enum { GROUPS = sizeof groups / sizeof *groups };

static void need(bool ok, const char *what) {
    if (!ok) {
        fail(what);
    }
}

static bool is(const char *name, const char *value) {
    return told(name) != NULL && strcmp(told(name), value) == 0;
}

static _Noreturn void fail_by(int error) {
    char text[WOLFSSL_MAX_ERROR_SZ];
    fail(wolfSSL_ERR_error_string((unsigned long)error, text));
}

static WOLFSSL_METHOD *method(void) {
    if (is("tls", "1.2")) {
        return serving ? wolfTLSv1_2_server_method() : wolfTLSv1_2_client_method();
    }
    if (is("tls", "1.3")) {
        return serving ? wolfTLSv1_3_server_method() : wolfTLSv1_3_client_method();
    }
    return serving ? wolfSSLv23_server_method() : wolfSSLv23_client_method();
}

/* set_suite: found by the IANA's name, which only goes the other way. */
static void set_suite(const char *wanted) {
    for (unsigned code = 0; code <= 0xffff; code++) {
        unsigned char wire[] = {(unsigned char)(code >> 8), (unsigned char)code};
        const char *name = wolfSSL_get_cipher_name_iana_from_suite(wire[0], wire[1]);
        if (name != NULL && strcmp(name, wanted) == 0) {
            need(wolfSSL_CTX_set_cipher_list_bytes(ctx, wire, sizeof wire) == WOLFSSL_SUCCESS,
                 "suite");
            return;
        }
    }
    fail("no such suite");
}

static int wanted_group(void) {
    const char *name = told("hrr") != NULL ? "secp521r1" : told("group");
    for (size_t i = 0; name != NULL && i < GROUPS; i++) {
        if (strcmp(groups[i].name, name) == 0) {
            return groups[i].code;
        }
    }
    return 0;
}

/* set_group: a context that does TLS 1.2 only has another list of them. */
static void set_group(int code) {
    bool both = wolfSSL_CTX_UseSupportedCurve(ctx, (word16)code) == WOLFSSL_SUCCESS;
    if (!is("tls", "1.2")) {
        both = both && wolfSSL_CTX_set_groups(ctx, &code, 1) == WOLFSSL_SUCCESS;
    }
    need(both, "group");
}

static void set_certificates(void) {
    const char *cert = told(serving ? "cert" : "client_cert"),
               *key = told(serving ? "key" : "client_key");
    int mode = !serving ? WOLFSSL_VERIFY_PEER
               : is("client_auth", "require")
                   ? WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT
               : is("client_auth", "request") ? WOLFSSL_VERIFY_PEER
                                              : WOLFSSL_VERIFY_NONE;
    if (cert != NULL) {
        need(wolfSSL_CTX_use_certificate_chain_file(ctx, cert) == WOLFSSL_SUCCESS &&
                 wolfSSL_CTX_use_PrivateKey_file(ctx, key, WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS,
             "certificate");
    }
    if (told("ca") != NULL) {
        need(wolfSSL_CTX_load_verify_locations(ctx, told("ca"), NULL) == WOLFSSL_SUCCESS, "ca");
    }
    wolfSSL_CTX_set_verify(ctx, mode, NULL);
}

void stack_start(bool server) {
    serving = server;
    need(wolfSSL_Init() == WOLFSSL_SUCCESS, "wolfSSL does not start");
    ctx = wolfSSL_CTX_new(method());
    need(ctx != NULL, "no such version");
    need(told("tls") != NULL || wolfSSL_CTX_SetMinVersion(ctx, WOLFSSL_TLSV1_2) == WOLFSSL_SUCCESS,
         "version");
    if (told("suite") != NULL) {
        set_suite(told("suite"));
    }
    if (wanted_group() != 0) {
        set_group(wanted_group());
    }
    set_certificates();
    if (serving) {
        const DhParams *dh = wc_Dh_ffdhe2048_Get();
        need(wolfSSL_CTX_SetTmpDH(ctx, dh->p, (int)dh->p_len, dh->g, (int)dh->g_len) ==
                 WOLFSSL_SUCCESS,
             "dh");
    } else {
        need(wolfSSL_CTX_UseSessionTicket(ctx) == WOLFSSL_SUCCESS, "tickets");
    }
    if (told("no_tickets") != NULL) {
        (void)wolfSSL_CTX_NoTicketTLSv12(ctx);
        (void)wolfSSL_CTX_no_ticket_TLSv13(ctx); /* fails where there is no TLS 1.3 */
    }
}

static void set_names(void) {
    const char *sni = told("sni"), *alpn = told("alpn");
    if (sni != NULL) {
        need(wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, sni, (word16)strlen(sni)) ==
                     WOLFSSL_SUCCESS &&
                 wolfSSL_check_domain_name(ssl, sni) == WOLFSSL_SUCCESS,
             "sni");
    }
    if (alpn != NULL) {
        char *list = strdup(alpn);
        need(list != NULL && wolfSSL_UseALPN(ssl, list, (unsigned)strlen(list),
                                             WOLFSSL_ALPN_FAILED_ON_MISMATCH) == WOLFSSL_SUCCESS,
             "alpn");
        free(list);
    }
}

static void say_facts(void) {
    int suite = wolfSSL_get_current_cipher_suite(ssl);
    const char *group = wolfSSL_get_curve_name(ssl);
    char *alpn = NULL;
    word16 len = 0;
    fact("version", strcmp(wolfSSL_get_version(ssl), "TLSv1.3") == 0 ? "TLS 1.3" : "TLS 1.2");
    fact("suite", wolfSSL_get_cipher_name_iana_from_suite((unsigned char)(suite >> 8),
                                                          (unsigned char)suite));
    for (size_t i = 0; group != NULL && i < GROUPS; i++) {
        if (strcasecmp(group, groups[i].name) == 0) {
            fact("group", groups[i].name);
        }
    }
    if (wolfSSL_ALPN_GetProtocol(ssl, &alpn, &len) == WOLFSSL_SUCCESS && alpn != NULL) {
        fact("alpn", alpn);
    }
    fact("resumed", wolfSSL_session_reused(ssl) ? "true" : "false");
}

void stack_open(int socket) {
    ssl = wolfSSL_new(ctx);
    need(ssl != NULL && wolfSSL_set_fd(ssl, socket) == WOLFSSL_SUCCESS, "out of memory");
    set_names();
    if (!serving && wanted_group() != 0 && !is("tls", "1.2")) {
        need(wolfSSL_UseKeyShare(ssl, (word16)wanted_group()) == WOLFSSL_SUCCESS, "key share");
    }
    if (session != NULL) {
        need(wolfSSL_set_session(ssl, session) == WOLFSSL_SUCCESS, "session");
    }
    int status = serving ? wolfSSL_accept(ssl) : wolfSSL_connect(ssl);
    if (status != WOLFSSL_SUCCESS) {
        fail_by(wolfSSL_get_error(ssl, status));
    }
    say_facts();
    if (told("key_update") != NULL) {
        need(wolfSSL_update_keys(ssl) == WOLFSSL_SUCCESS, "key update");
    }
}

void stack_keep(void) {
    session = wolfSSL_get1_session(ssl);
}

/* outcome of a read or write that returned |n|. */
static int outcome(int n) {
    if (n > 0) {
        return n;
    }
    int error = wolfSSL_get_error(ssl, n);
    switch (error) {
    case WOLFSSL_ERROR_WANT_READ:
    case WOLFSSL_ERROR_WANT_WRITE:
        return PEER_AGAIN;
    case WOLFSSL_ERROR_ZERO_RETURN:
        return PEER_CLOSED;
    case SOCKET_PEER_CLOSED_E:
    case WOLFSSL_ERROR_SYSCALL:
    case SOCKET_ERROR_E:
        return PEER_CUT;
    default:
        fail_by(error);
    }
}

int stack_read(void *out, size_t size) {
    return outcome(wolfSSL_read(ssl, out, (int)size));
}

int stack_write(const void *data, size_t size) {
    int n = outcome(wolfSSL_write(ssl, data, (int)size));
    if (n == PEER_CLOSED || n == PEER_CUT) {
        fail("the connection ended while we were writing");
    }
    return n;
}

void stack_hang_up(void) {
    (void)wolfSSL_shutdown(ssl);
}

void stack_close(void) {
    wolfSSL_free(ssl);
    ssl = NULL;
}
