/* NSS's keys and certificates: in memory, without a database. */
#include <stdlib.h>
#include <string.h>

#include "stacks/nss.h"

#include <certdb.h>
#include <nssb64.h>
#include <pk11pub.h>

/* next_pem returns what lies in the next block of |*text| whose label ends in |what|, DER, and goes
 * behind it; NULL if there is none. The caller frees it. */
static SECItem *next_pem(const char **text, const char *what) {
    static const char dashes[] = "-----", ending[] = "-----END ";
    const char *label = strstr(*text, what);
    const char *end = label != NULL ? strstr(label, ending) : NULL;
    const char *body = label != NULL ? strstr(label, dashes) : NULL;
    if (end == NULL || body == NULL || body == end) {
        return NULL;
    }
    const char *line = strstr(end + sizeof ending - 1, dashes);
    *text = line != NULL ? line + sizeof dashes - 1 : end + sizeof ending - 1;
    body += sizeof dashes - 1;
    return NSSBase64_DecodeBuffer(NULL, NULL, body, (unsigned)(end - body));
}

/* text_of returns a copy with a NUL; the caller frees it. */
static char *text_of(struct parley_bytes bytes) {
    char *text = calloc(1, bytes.len + 1);
    if (text != NULL && bytes.len > 0) {
        memcpy(text, bytes.data, bytes.len);
    }
    return text;
}

/* next_certificate: NSS finds it by its name for as long as it is held. */
static CERTCertificate *next_certificate(const char **text) {
    SECItem *der = next_pem(text, "BEGIN CERTIFICATE");
    CERTCertificate *certificate =
        der == NULL
            ? NULL
            : CERT_NewTempCertificate(CERT_GetDefaultCertDB(), der, NULL, PR_FALSE, PR_TRUE);
    SECITEM_FreeItem(der, PR_TRUE);
    return certificate;
}

static SECKEYPrivateKey *key_of(const char *text) {
    SECItem *der = next_pem(&text, "PRIVATE KEY");
    PK11SlotInfo *slot = PK11_GetInternalSlot();
    SECKEYPrivateKey *key = NULL;
    if (der == NULL || slot == NULL ||
        PK11_ImportDERPrivateKeyInfoAndReturnKey(slot, der, NULL, NULL, PR_FALSE, PR_FALSE, KU_ALL,
                                                 &key, NULL) != SECSuccess) {
        key = NULL;
    }
    SECITEM_FreeItem(der, PR_TRUE);
    if (slot != NULL) {
        PK11_FreeSlot(slot);
    }
    return key;
}

static bool load_credential(struct nss_credential *out,
                            const struct parley_pem_credential *credential) {
    char *certificates = text_of(credential->certificates);
    char *key = text_of(credential->private_key);
    const char *rest = certificates;
    while (rest != NULL && out->chain_length < NSS_MAX_CHAIN &&
           (out->chain[out->chain_length] = next_certificate(&rest)) != NULL) {
        out->chain_length++;
    }
    out->key = key != NULL ? key_of(key) : NULL;
    free(certificates);
    free(key);
    return out->chain_length > 0 && out->key != NULL;
}

/* load_roots: trust is a certificate's own, and so the whole process's, until nss_unload. */
static bool load_roots(struct nss_context *context, struct parley_bytes ca) {
    CERTCertTrust trust = {CERTDB_TRUSTED_CA | CERTDB_TRUSTED_CLIENT_CA | CERTDB_VALID_CA, 0, 0};
    char *text = text_of(ca);
    const char *rest = text;
    CERTCertificate *root;
    context->roots = CERT_NewCertList();
    bool ok = text != NULL && context->roots != NULL;
    while (ok && (root = next_certificate(&rest)) != NULL) {
        ok = CERT_ChangeCertTrust(CERT_GetDefaultCertDB(), root, &trust) == SECSuccess &&
             CERT_AddCertToListTail(context->roots, root) == SECSuccess;
        if (!ok) {
            CERT_DestroyCertificate(root);
        }
    }
    free(text);
    return ok;
}

bool nss_load(struct nss_context *context, const struct parley_endpoint_options *o,
              struct parley_stack_problem *problem) {
    for (size_t i = 0; i < o->credential_count && i < NSS_MAX_CREDENTIALS; i++) {
        context->credential_count++;
        if (!load_credential(&context->credentials[i], &o->credentials[i])) {
            return adapter_unsupported(problem, "credential: %s", nss_reason());
        }
    }
    return o->ca.len == 0 || load_roots(context, o->ca) ||
           adapter_problem(problem, "roots: %s", nss_reason());
}

void nss_unload(struct nss_context *context) {
    for (size_t i = 0; i < context->credential_count; i++) {
        struct nss_credential *credential = &context->credentials[i];
        for (size_t k = 0; k < credential->chain_length; k++) {
            CERT_DestroyCertificate(credential->chain[k]);
        }
        SECKEY_DestroyPrivateKey(credential->key);
    }
    if (context->roots != NULL) {
        CERT_DestroyCertList(context->roots);
    }
}

bool nss_verify(const struct parley_endpoint_options *o, CERTCertificate *certificate) {
    bool client = o->role == PARLEY_CLIENT;
    SECCertificateUsage usage = client ? certificateUsageSSLServer : certificateUsageSSLClient;
    PRTime now = adapter_now() * PR_USEC_PER_MSEC;
    return CERT_VerifyCertificate(CERT_GetDefaultCertDB(), certificate, PR_TRUE, usage, now, NULL,
                                  NULL, NULL) == SECSuccess &&
           (!client || o->server_name == NULL ||
            CERT_VerifyCertName(certificate, o->server_name) == SECSuccess);
}
