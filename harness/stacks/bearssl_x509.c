/* Certificates and keys for BearSSL, and an X.509 engine that remembers the leaf. */
#include "stacks/bearssl.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- PEM ---- */

struct object {
    uint8_t *bytes; /* as large as the PEM text, so that everything fits */
    size_t len;
};

static void add_bytes(void *arg, const void *data, size_t len) {
    struct object *object = arg;
    memcpy(object->bytes + object->len, data, len);
    object->len += len;
}

/* each_object calls |each| with the bytes of every object in |pem|; false: it returned false, or
 * that is no PEM, or out of memory. */
static bool each_object(struct parley_bytes pem, bool (*each)(void *arg, const struct object *),
                        void *arg) {
    struct object object = {malloc(pem.len + 1), 0};
    br_pem_decoder_context decoder;
    br_pem_decoder_init(&decoder);
    bool ok = object.bytes != NULL;
    while (ok && pem.len > 0) {
        size_t n = br_pem_decoder_push(&decoder, pem.data, pem.len);
        pem.data += n;
        pem.len -= n;
        switch (br_pem_decoder_event(&decoder)) {
        case BR_PEM_BEGIN_OBJ:
            object.len = 0;
            br_pem_decoder_setdest(&decoder, add_bytes, &object);
            break;
        case BR_PEM_END_OBJ:
            ok = each(arg, &object);
            break;
        case BR_PEM_ERROR:
            ok = false;
            break;
        default:
            break;
        }
    }
    free(object.bytes);
    return ok;
}

/* ---- Who an endpoint is ---- */

static bool add_certificate(void *arg, const struct object *object) {
    struct bear_credential *out = arg;
    br_x509_certificate *chain = realloc(out->chain, (out->count + 1) * sizeof *chain);
    uint8_t *copy = malloc(object->len);
    if (chain != NULL) {
        out->chain = chain;
    }
    if (chain == NULL || copy == NULL) {
        free(copy);
        return false;
    }
    memcpy(copy, object->bytes, object->len);
    chain[out->count++] = (br_x509_certificate){copy, object->len};
    return true;
}

static bool read_key(void *arg, const struct object *object) {
    br_skey_decoder_push(arg, object->bytes, object->len);
    return true;
}

bool bear_read_credential(struct bear_credential *out, const struct parley_pem_credential *pem,
                          struct parley_stack_problem *problem) {
    br_skey_decoder_init(&out->key);
    if (!each_object(pem->certificates, add_certificate, out) || out->count == 0 ||
        !each_object(pem->private_key, read_key, &out->key)) {
        return adapter_problem(problem, "credential: cannot be read");
    }
    br_x509_decoder_context leaf;
    br_x509_decoder_init(&leaf, NULL, NULL);
    br_x509_decoder_push(&leaf, out->chain[0].data, out->chain[0].data_len);
    out->issuer = (unsigned)br_x509_decoder_get_signer_key_type(&leaf);
    int error = br_skey_decoder_last_error(&out->key);
    if (error == 0 && br_x509_decoder_get_pkey(&leaf) == NULL) {
        error = br_x509_decoder_last_error(&leaf);
    }
    return error == 0 || adapter_unsupported(problem, "credential: %s", bear_reason(error));
}

void bear_free_credential(struct bear_credential *credential) {
    for (size_t i = 0; i < credential->count; i++) {
        free(credential->chain[i].data);
    }
    free(credential->chain);
}

/* ---- Whom it believes ---- */

static bool count_objects(void *arg, const struct object *object) {
    (void)object;
    ++*(size_t *)arg;
    return true;
}

static void add_to_name(void *arg, const void *data, size_t len) {
    br_x500_name *name = arg;
    uint8_t *bytes = realloc(name->data, name->len + len);
    if (bytes != NULL) {
        memcpy(bytes + name->len, data, len);
        name->data = bytes;
        name->len += len;
    }
}

static bool add_anchor(void *arg, const struct object *object) {
    struct bear_anchors *out = arg;
    br_x509_trust_anchor *anchor = &out->items[out->count];
    br_x509_decoder_context *decoder = &out->keys[out->count++];
    br_x509_decoder_init(decoder, add_to_name, &anchor->dn);
    br_x509_decoder_push(decoder, object->bytes, object->len);
    const br_x509_pkey *key = br_x509_decoder_get_pkey(decoder);
    if (key == NULL) {
        return false;
    }
    anchor->flags = br_x509_decoder_isCA(decoder) ? BR_X509_TA_CA : 0;
    anchor->pkey = *key;
    return true;
}

bool bear_read_anchors(struct bear_anchors *out, struct parley_bytes pem,
                       struct parley_stack_problem *problem) {
    size_t count = 0;
    if (!each_object(pem, count_objects, &count) || count == 0) {
        return adapter_problem(problem, "roots: cannot be read");
    }
    out->items = calloc(count, sizeof *out->items);
    out->keys = calloc(count, sizeof *out->keys);
    if (out->items == NULL || out->keys == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    return each_object(pem, add_anchor, out) ||
           adapter_problem(problem, "roots: not certificates that BearSSL understands");
}

void bear_free_anchors(struct bear_anchors *anchors) {
    for (size_t i = 0; i < anchors->count; i++) {
        free(anchors->items[i].dn.data);
    }
    free(anchors->items);
    free(anchors->keys);
}

/* ---- The engine: BearSSL's "minimal" one, or none, and a copy of the leaf ---- */

static void start_chain(const br_x509_class **ctx, const char *server_name) {
    struct bear_x509 *x509 = (struct bear_x509 *)ctx;
    x509->used = true;
    x509->index = 0;
    br_x509_decoder_init(&x509->decoder, NULL, NULL);
    x509->minimal.vtable->start_chain(&x509->minimal.vtable, server_name);
}

static void start_cert(const br_x509_class **ctx, uint32_t len) {
    struct bear_x509 *x509 = (struct bear_x509 *)ctx;
    if (x509->index == 0) {
        free(x509->leaf);
        x509->leaf = malloc(len);
        x509->leaf_cap = x509->leaf != NULL ? len : 0;
        x509->leaf_len = 0;
    }
    x509->minimal.vtable->start_cert(&x509->minimal.vtable, len);
}

static void append(const br_x509_class **ctx, const unsigned char *data, size_t len) {
    struct bear_x509 *x509 = (struct bear_x509 *)ctx;
    if (x509->index == 0) {
        /* Once it has failed, or has its certificate, it must not be given more. */
        if (br_x509_decoder_last_error(&x509->decoder) == BR_ERR_X509_TRUNCATED) {
            br_x509_decoder_push(&x509->decoder, data, len);
        }
        if (len <= x509->leaf_cap - x509->leaf_len) {
            memcpy(x509->leaf + x509->leaf_len, data, len);
            x509->leaf_len += len;
        }
    }
    x509->minimal.vtable->append(&x509->minimal.vtable, data, len);
}

static void end_cert(const br_x509_class **ctx) {
    struct bear_x509 *x509 = (struct bear_x509 *)ctx;
    x509->index++;
    x509->minimal.vtable->end_cert(&x509->minimal.vtable);
}

static unsigned end_chain(const br_x509_class **ctx) {
    struct bear_x509 *x509 = (struct bear_x509 *)ctx;
    unsigned error = x509->minimal.vtable->end_chain(&x509->minimal.vtable);
    if (x509->verifies) {
        x509->verified = error == 0;
        return error;
    }
    return br_x509_decoder_get_pkey(&x509->decoder) != NULL ? 0 : BR_ERR_X509_UNSUPPORTED;
}

static const br_x509_pkey *get_pkey(const br_x509_class *const *ctx, unsigned *usages) {
    struct bear_x509 *x509 = (struct bear_x509 *)ctx;
    if (x509->verifies) {
        return x509->minimal.vtable->get_pkey(&x509->minimal.vtable, usages);
    }
    if (usages != NULL) {
        *usages = BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN;
    }
    return br_x509_decoder_get_pkey(&x509->decoder);
}

const br_x509_class bear_x509_class = {
    sizeof(struct bear_x509), start_chain, start_cert, append, end_cert, end_chain, get_pkey,
};
