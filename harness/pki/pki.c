/* The test PKI. Certificates are written field by field (RFC 5280 4.1), so that every byte, the
 * signature's nonce included, follows from the seed. */
#include "parley/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/base64.h>
#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "engine/sign.h"
#include "pki/pki_keys.h"

enum key { P256, P384, P521, ED25519, RSA_SERVER, RSA_CLIENT };
enum role { CA, SERVER, CLIENT };

/* What is odd about an entry. */
enum flaw { NO_FLAW, LARGE, EXPIRED, NOT_YET_VALID, OTHER_HOST, BAD_SIGNATURE };

enum { ROOT, INTERMEDIATE, OTHER_ROOT, CAS }; /* the CAs come first */

static const struct spec {
    const char *name;
    const char *about;
    enum key key;
    enum role role;
    size_t issuer;
    enum flaw flaw;
} specs[] = {
    {"ca", "the root", P256, CA, ROOT, NO_FLAW},
    {"intermediate", "a CA under ca", P256, CA, ROOT, NO_FLAW},
    {"other-ca", "a root that is not trusted", P256, CA, OTHER_ROOT, NO_FLAW},
    {"server-rsa", "server, RSA 2048", RSA_SERVER, SERVER, ROOT, NO_FLAW},
    {"server-ecdsa-p256", "server, ECDSA P-256", P256, SERVER, ROOT, NO_FLAW},
    {"server-ecdsa-p384", "server, ECDSA P-384", P384, SERVER, ROOT, NO_FLAW},
    {"server-ecdsa-p521", "server, ECDSA P-521", P521, SERVER, ROOT, NO_FLAW},
    {"server-ed25519", "server, Ed25519", ED25519, SERVER, ROOT, NO_FLAW},
    {"server-chain", "server under intermediate, which comes with it", P256, SERVER, INTERMEDIATE,
     NO_FLAW},
    {"client-rsa", "client, RSA 2048", RSA_CLIENT, CLIENT, ROOT, NO_FLAW},
    {"client-ecdsa-p256", "client, ECDSA P-256", P256, CLIENT, ROOT, NO_FLAW},
    {"client-ed25519", "client, Ed25519", ED25519, CLIENT, ROOT, NO_FLAW},
    {"client-chain", "client under intermediate, which comes with it", P256, CLIENT, INTERMEDIATE,
     NO_FLAW},
    {"server-expired", "to be refused: valid to 2021-01-01", P256, SERVER, ROOT, EXPIRED},
    {"server-not-yet-valid", "to be refused: valid from 2049-01-01", P256, SERVER, ROOT,
     NOT_YET_VALID},
    {"server-wrong-host", "to be refused: answers to other.test", P256, SERVER, ROOT, OTHER_HOST},
    {"server-unknown-ca", "to be refused: under other-ca", P256, SERVER, OTHER_ROOT, NO_FLAW},
    {"server-bad-signature", "to be refused: one bit of the signature is flipped", P256, SERVER,
     ROOT, BAD_SIGNATURE},
    {"server-large", "server, in more bytes than a record holds", P256, SERVER, ROOT, LARGE},
    {"client-expired", "to be refused: valid to 2021-01-01", P256, CLIENT, ROOT, EXPIRED},
    {"client-unknown-ca", "to be refused: under other-ca", P256, CLIENT, OTHER_ROOT, NO_FLAW},
};
#define BALLAST 16500         /* bytes */
#define CERTIFICATE_MAX 18000 /* bytes */
#define ENTRIES PARLEY_PKI_ENTRIES
_Static_assert(sizeof(specs) / sizeof(specs[0]) == ENTRIES, "the header says how many there are");

struct parley_pki {
    struct parley_pki_entry entries[ENTRIES];
    char *texts[ENTRIES][2]; /* owned: what the entries' PEM points into */
};

/* One certificate in the making. */
struct maker {
    const struct spec *spec;
    EVP_PKEY *key;
    EVP_PKEY *issuer_key;
    struct parley_random random;
};

/* ---- Keys ---- */

static EVP_PKEY *ec_key(int nid, const struct parley_random *random) {
    uint8_t secret[32];
    EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
    EVP_PKEY *key = EVP_PKEY_new();
    random_fill(random, secret, sizeof(secret));
    EC_KEY *ec = EC_KEY_derive_from_secret(group, secret, sizeof(secret));
    if (key == NULL || ec == NULL || !EVP_PKEY_assign_EC_KEY(key, ec)) {
        EC_KEY_free(ec);
        EVP_PKEY_free(key);
        key = NULL;
    }
    EC_GROUP_free(group);
    return key;
}

static EVP_PKEY *fixed_key(const char *pem) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return key;
}

static EVP_PKEY *make_key(enum key kind, const struct parley_random *random) {
    uint8_t seed[32];
    switch (kind) {
    case P256:
        return ec_key(NID_X9_62_prime256v1, random);
    case P384:
        return ec_key(NID_secp384r1, random);
    case P521:
        return ec_key(NID_secp521r1, random);
    case ED25519:
        random_fill(random, seed, sizeof(seed));
        return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
    case RSA_SERVER:
        return fixed_key(pki_rsa_server);
    case RSA_CLIENT:
        return fixed_key(pki_rsa_client);
    }
    return NULL;
}

/* ---- Certificates ---- */

static bool add_oid(CBB *out, const char *oid) {
    CBB child;
    return CBB_add_asn1(out, &child, CBS_ASN1_OBJECT) &&
           CBB_add_asn1_oid_from_text(&child, oid, strlen(oid)) && CBB_flush(out);
}

static bool add_text(CBB *out, unsigned tag, const char *text) {
    CBB child;
    return CBB_add_asn1(out, &child, tag) &&
           CBB_add_bytes(&child, (const uint8_t *)text, strlen(text)) && CBB_flush(out);
}

static bool add_bytes(CBB *out, unsigned tag, const uint8_t *bytes, size_t len) {
    CBB child;
    return CBB_add_asn1(out, &child, tag) && CBB_add_bytes(&child, bytes, len) && CBB_flush(out);
}

/* add_signature_algorithm: all CAs sign with ecdsa-with-SHA256. */
static bool add_signature_algorithm(CBB *out) {
    CBB algorithm;
    return CBB_add_asn1(out, &algorithm, CBS_ASN1_SEQUENCE) &&
           add_oid(&algorithm, "1.2.840.10045.4.3.2") && CBB_flush(out);
}

/* add_name writes O=Parley test, CN=|name|. */
static bool add_name(CBB *out, const char *name) {
    static const char *const oids[] = {"2.5.4.10", "2.5.4.3"};
    const char *const values[] = {"Parley test", name};
    CBB rdns, rdn, attribute;
    if (!CBB_add_asn1(out, &rdns, CBS_ASN1_SEQUENCE)) {
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        if (!CBB_add_asn1(&rdns, &rdn, CBS_ASN1_SET) ||
            !CBB_add_asn1(&rdn, &attribute, CBS_ASN1_SEQUENCE) || !add_oid(&attribute, oids[i]) ||
            !add_text(&attribute, CBS_ASN1_UTF8STRING, values[i]) || !CBB_flush(&rdns)) {
            return false;
        }
    }
    return CBB_flush(out);
}

static bool add_validity(CBB *out, enum flaw flaw) {
    const char *from = flaw == NOT_YET_VALID ? "490101000000Z" : "200101000000Z";
    const char *to = flaw == EXPIRED ? "210101000000Z" : "491231235959Z";
    CBB validity;
    return CBB_add_asn1(out, &validity, CBS_ASN1_SEQUENCE) &&
           add_text(&validity, CBS_ASN1_UTCTIME, from) &&
           add_text(&validity, CBS_ASN1_UTCTIME, to) && CBB_flush(out);
}

static bool add_extension(CBB *extensions, const char *oid, bool critical, const uint8_t *value,
                          size_t len) {
    CBB extension;
    return CBB_add_asn1(extensions, &extension, CBS_ASN1_SEQUENCE) && add_oid(&extension, oid) &&
           (!critical || CBB_add_asn1_bool(&extension, 1)) &&
           add_bytes(&extension, CBS_ASN1_OCTETSTRING, value, len) && CBB_flush(extensions);
}

/* add_host_names adds subjectAltName. */
static bool add_host_names(CBB *extensions, const struct spec *spec) {
    static const uint8_t loopback4[4] = {127, 0, 0, 1};
    static const uint8_t loopback6[16] = {[15] = 1};
    const unsigned dns = CBS_ASN1_CONTEXT_SPECIFIC | 2, ip = CBS_ASN1_CONTEXT_SPECIFIC | 7;
    uint8_t value[128];
    size_t len;
    CBB cbb, names;
    if (!CBB_init_fixed(&cbb, value, sizeof(value)) ||
        !CBB_add_asn1(&cbb, &names, CBS_ASN1_SEQUENCE)) {
        return false;
    }
    bool ok;
    if (spec->role == CLIENT) {
        ok = add_text(&names, dns, "client.parley.test");
    } else if (spec->flaw == OTHER_HOST) {
        ok = add_text(&names, dns, "other.test");
    } else {
        ok = add_text(&names, dns, "parley.test") && add_text(&names, dns, "*.wild.test") &&
             add_text(&names, dns, "localhost") &&
             add_bytes(&names, ip, loopback4, sizeof(loopback4)) &&
             add_bytes(&names, ip, loopback6, sizeof(loopback6));
    }
    return ok && CBB_finish(&cbb, NULL, &len) &&
           add_extension(extensions, "2.5.29.17", false, value, len);
}

/* key_id writes |prefix| and the SHA-1 of the public key (RFC 5280 4.2.1.2), taken over the whole
 * SubjectPublicKeyInfo, which identifies it as well. */
static bool key_id(EVP_PKEY *key, const uint8_t *prefix, size_t prefix_len, uint8_t *out) {
    uint8_t spki[512];
    size_t len;
    CBB cbb;
    if (!CBB_init_fixed(&cbb, spki, sizeof(spki)) || !EVP_marshal_public_key(&cbb, key) ||
        !CBB_finish(&cbb, NULL, &len)) {
        return false;
    }
    memcpy(out, prefix, prefix_len);
    SHA1(spki, len, out + prefix_len);
    return true;
}

/* add_ballast adds an extension that means nothing, and is longer than a record can be. */
static bool add_ballast(CBB *extensions) {
    uint8_t ballast[BALLAST];
    memset(ballast, 0, sizeof(ballast));
    return add_extension(extensions, "2.25.1", false, ballast, sizeof(ballast));
}

static bool add_extensions(CBB *tbs, const struct maker *m) {
    static const uint8_t ca[] = {0x30, 0x03, 0x01, 0x01, 0xff}, no_ca[] = {0x30, 0x00};
    static const uint8_t usages[3][4] = {{0x03, 0x02, 0x01, 0x06},  /* keyCertSign, cRLSign */
                                         {0x03, 0x02, 0x07, 0x80},  /* digitalSignature */
                                         {0x03, 0x02, 0x05, 0xa0}}; /* and keyEncipherment */
    static const uint8_t subject_prefix[] = {0x04, 0x14},
                         issuer_prefix[] = {0x30, 0x16, 0x80, 0x14};
    /* id-kp-serverAuth; id-kp-clientAuth is one more */
    uint8_t purpose[] = {0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
    uint8_t subject_id[22], issuer_id[24];
    enum role role = m->spec->role;
    const uint8_t *usage = usages[role == CA ? 0 : m->spec->key == RSA_SERVER ? 2 : 1];
    CBB wrapper, extensions;
    purpose[11] = role == CLIENT ? 2 : 1;
    return CBB_add_asn1(tbs, &wrapper, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 3) &&
           CBB_add_asn1(&wrapper, &extensions, CBS_ASN1_SEQUENCE) &&
           key_id(m->key, subject_prefix, sizeof(subject_prefix), subject_id) &&
           key_id(m->issuer_key, issuer_prefix, sizeof(issuer_prefix), issuer_id) &&
           add_extension(&extensions, "2.5.29.19", true, role == CA ? ca : no_ca,
                         role == CA ? sizeof(ca) : sizeof(no_ca)) &&
           add_extension(&extensions, "2.5.29.15", true, usage, 4) &&
           add_extension(&extensions, "2.5.29.14", false, subject_id, sizeof(subject_id)) &&
           add_extension(&extensions, "2.5.29.35", false, issuer_id, sizeof(issuer_id)) &&
           (role == CA ||
            (add_extension(&extensions, "2.5.29.37", false, purpose, sizeof(purpose)) &&
             add_host_names(&extensions, m->spec))) &&
           (m->spec->flaw != LARGE || add_ballast(&extensions)) && CBB_flush(tbs);
}

/* write_tbs writes the TBSCertificate. */
static bool write_tbs(CBB *out, const struct maker *m) {
    uint8_t serial[16];
    CBB tbs, version;
    random_fill(&m->random, serial, sizeof(serial));
    serial[0] = 0x40 | (serial[0] & 0x3f); /* positive, and as long as it looks */
    return CBB_add_asn1(out, &tbs, CBS_ASN1_SEQUENCE) &&
           CBB_add_asn1(&tbs, &version, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0) &&
           CBB_add_asn1_uint64(&version, 2) &&
           add_bytes(&tbs, CBS_ASN1_INTEGER, serial, sizeof(serial)) &&
           add_signature_algorithm(&tbs) && add_name(&tbs, specs[m->spec->issuer].name) &&
           add_validity(&tbs, m->spec->flaw) && add_name(&tbs, m->spec->name) &&
           EVP_marshal_public_key(&tbs, m->key) && add_extensions(&tbs, m) && CBB_flush(out);
}

/* write_certificate writes the Certificate to |out| and returns its length, or 0. */
static size_t write_certificate(const struct maker *m, uint8_t *out, size_t cap) {
    uint8_t tbs[CERTIFICATE_MAX], signature[SIGNATURE_MAX];
    struct parley_bytes content = {tbs, 0};
    size_t signature_len, len;
    CBB cbb, certificate, bits;
    if (!CBB_init_fixed(&cbb, tbs, sizeof(tbs)) || !write_tbs(&cbb, m) ||
        !CBB_finish(&cbb, NULL, &content.len) ||
        !sign_create(m->issuer_key, parley_sigalg_find(PARLEY_SIGALG_ecdsa_secp256r1_sha256),
                     content, &m->random, NULL, signature, &signature_len)) {
        return 0;
    }
    if (m->spec->flaw == BAD_SIGNATURE) {
        signature[signature_len - 1] ^= 1; /* in s: still well-formed */
    }
    bool ok =
        CBB_init_fixed(&cbb, out, cap) && CBB_add_asn1(&cbb, &certificate, CBS_ASN1_SEQUENCE) &&
        CBB_add_bytes(&certificate, tbs, content.len) && add_signature_algorithm(&certificate) &&
        CBB_add_asn1(&certificate, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) &&
        CBB_add_bytes(&bits, signature, signature_len) && CBB_finish(&cbb, NULL, &len);
    return ok ? len : 0;
}

/* ---- PEM ---- */

/* pem returns |der| as PEM called |label|, followed by |more|, in memory of its own; NULL if there
 * is none left. */
static char *pem(const char *label, const uint8_t *der, size_t len, const char *more) {
    size_t base64_len;
    if (!EVP_EncodedLength(&base64_len, len)) {
        return NULL;
    }
    size_t cap = 2 * (strlen(label) + 20) + base64_len + base64_len / 64 + 2 + strlen(more);
    uint8_t *base64 = malloc(base64_len);
    char *out = malloc(cap);
    if (base64 == NULL || out == NULL) {
        free(base64);
        free(out);
        return NULL;
    }
    base64_len = EVP_EncodeBlock(base64, der, len);
    size_t n = (size_t)snprintf(out, cap, "-----BEGIN %s-----\n", label);
    for (size_t i = 0; i < base64_len; i += 64) {
        size_t take = base64_len - i < 64 ? base64_len - i : 64;
        memcpy(out + n, base64 + i, take);
        n += take;
        out[n++] = '\n';
    }
    snprintf(out + n, cap - n, "-----END %s-----\n%s", label, more);
    free(base64);
    return out;
}

static char *key_pem(EVP_PKEY *key) {
    uint8_t der[2048];
    size_t len;
    CBB cbb;
    if (!CBB_init_fixed(&cbb, der, sizeof(der)) || !EVP_marshal_private_key(&cbb, key) ||
        !CBB_finish(&cbb, NULL, &len)) {
        return NULL;
    }
    char *text = pem("PRIVATE KEY", der, len, "");
    OPENSSL_cleanse(der, sizeof(der));
    return text;
}

/* ---- The whole ---- */

/* make_entry makes entry |i|; |cas| are the CAs' keys, the first of which this fills. */
static bool make_entry(struct parley_pki *pki, size_t i, uint64_t seed, EVP_PKEY *cas[CAS]) {
    uint8_t der[CERTIFICATE_MAX];
    const struct spec *spec = &specs[i];
    struct parley_seeded seeded;
    struct maker m = {spec, NULL, NULL, parley_seeded_random(&seeded)};
    size_t len = 0;
    /* A stream of its own, that no change of the other entries moves. */
    uint64_t stream = 0;
    for (const char *c = spec->name; *c != '\0'; c++) {
        stream = stream * 257 + (uint8_t)*c;
    }
    parley_seeded_init(&seeded, seed, stream);
    m.key = make_key(spec->key, &m.random);
    if (i < CAS) {
        cas[i] = m.key;
    }
    m.issuer_key = cas[spec->issuer];
    if (m.key != NULL) {
        len = write_certificate(&m, der, sizeof(der));
        pki->texts[i][1] = key_pem(m.key);
    }
    if (len > 0) {
        const char *issuer = spec->issuer == INTERMEDIATE ? pki->texts[INTERMEDIATE][0] : "";
        pki->texts[i][0] = pem("CERTIFICATE", der, len, issuer);
    }
    if (i >= CAS) {
        EVP_PKEY_free(m.key);
    }
    const char *certificates = pki->texts[i][0], *key = pki->texts[i][1];
    if (certificates == NULL || key == NULL) {
        return false;
    }
    pki->entries[i] =
        (struct parley_pki_entry){spec->name,
                                  spec->about,
                                  {(const uint8_t *)certificates, strlen(certificates)},
                                  {(const uint8_t *)key, strlen(key)}};
    return true;
}

struct parley_pki *parley_pki_new(uint64_t seed) {
    EVP_PKEY *cas[CAS] = {NULL};
    struct parley_pki *pki = calloc(1, sizeof(*pki));
    bool ok = pki != NULL;
    for (size_t i = 0; ok && i < ENTRIES; i++) {
        ok = make_entry(pki, i, seed, cas);
    }
    for (size_t i = 0; i < CAS; i++) {
        EVP_PKEY_free(cas[i]);
    }
    if (!ok) {
        parley_pki_free(pki);
        pki = NULL;
    }
    return pki;
}

void parley_pki_free(struct parley_pki *pki) {
    if (pki == NULL) {
        return;
    }
    for (size_t i = 0; i < ENTRIES; i++) {
        free(pki->texts[i][0]);
        free(pki->texts[i][1]);
    }
    free(pki);
}

const struct parley_pki_entry *parley_pki_at(const struct parley_pki *pki, size_t index) {
    return index < ENTRIES ? &pki->entries[index] : NULL;
}

const char *parley_pki_name(size_t index) {
    return index < ENTRIES ? specs[index].name : NULL;
}

const struct parley_pki_entry *parley_pki_entry(const struct parley_pki *pki, const char *name) {
    for (size_t i = 0; i < ENTRIES; i++) {
        if (strcmp(pki->entries[i].name, name) == 0) {
            return &pki->entries[i];
        }
    }
    return NULL;
}
