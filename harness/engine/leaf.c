#include "engine/leaf.h"

#define CONTEXT(number) (CBS_ASN1_CONTEXT_SPECIFIC | (number))
#define EXPLICIT(number) (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | (number))

/* walk goes through a Certificate to its subjectPublicKeyInfo; |*rest| is what follows that. */
static bool walk(struct parley_bytes leaf, CBS *spki, CBS *rest) {
    CBS der, certificate;
    CBS_init(&der, leaf.data, leaf.len);
    return CBS_get_asn1(&der, &certificate, CBS_ASN1_SEQUENCE) && CBS_len(&der) == 0 &&
           CBS_get_asn1(&certificate, rest, CBS_ASN1_SEQUENCE) &&  /* tbsCertificate */
           CBS_get_asn1(&certificate, NULL, CBS_ASN1_SEQUENCE) &&  /* signatureAlgorithm */
           CBS_get_asn1(&certificate, NULL, CBS_ASN1_BITSTRING) && /* signatureValue */
           CBS_len(&certificate) == 0 &&
           CBS_get_optional_asn1(rest, NULL, NULL, EXPLICIT(0)) && /* version */
           CBS_get_asn1(rest, NULL, CBS_ASN1_INTEGER) &&           /* serialNumber */
           CBS_get_asn1(rest, NULL, CBS_ASN1_SEQUENCE) &&          /* signature */
           CBS_get_asn1(rest, NULL, CBS_ASN1_SEQUENCE) &&          /* issuer */
           CBS_get_asn1(rest, NULL, CBS_ASN1_SEQUENCE) &&          /* validity */
           CBS_get_asn1(rest, NULL, CBS_ASN1_SEQUENCE) &&          /* subject */
           CBS_get_asn1_element(rest, spki, CBS_ASN1_SEQUENCE);
}

bool leaf_key(struct parley_bytes leaf, CBS *spki) {
    CBS rest;
    return walk(leaf, spki, &rest);
}

/* next_extension takes one Extension off |extensions|: its extnID and the inside of its extnValue.
 */
static bool next_extension(CBS *extensions, CBS *id, CBS *value) {
    CBS extension;
    return CBS_get_asn1(extensions, &extension, CBS_ASN1_SEQUENCE) &&
           CBS_get_asn1(&extension, id, CBS_ASN1_OBJECT) &&
           CBS_get_optional_asn1(&extension, NULL, NULL, CBS_ASN1_BOOLEAN) && /* critical */
           CBS_get_asn1(&extension, value, CBS_ASN1_OCTETSTRING) && CBS_len(&extension) == 0;
}

bool leaf_allows(struct parley_bytes leaf, enum leaf_usage usage, bool *allowed) {
    static const uint8_t key_usage[] = {0x55, 0x1d, 0x0f}; /* id-ce 15 */
    CBS spki, rest, wrapped, extensions, id, value, bits;
    int present;
    *allowed = true;
    if (!walk(leaf, &spki, &rest) || !CBS_get_optional_asn1(&rest, NULL, NULL, CONTEXT(1)) ||
        !CBS_get_optional_asn1(&rest, NULL, NULL, CONTEXT(2)) || /* the unique identifiers */
        !CBS_get_optional_asn1(&rest, &wrapped, &present, EXPLICIT(3))) {
        return false;
    }
    if (!present) {
        return true;
    }
    if (!CBS_get_asn1(&wrapped, &extensions, CBS_ASN1_SEQUENCE)) {
        return false;
    }
    while (CBS_len(&extensions) > 0) {
        if (!next_extension(&extensions, &id, &value)) {
            return false;
        }
        if (!CBS_mem_equal(&id, key_usage, sizeof(key_usage))) {
            continue;
        }
        if (!CBS_get_asn1(&value, &bits, CBS_ASN1_BITSTRING) || CBS_len(&value) != 0 ||
            !CBS_is_valid_asn1_bitstring(&bits)) {
            return false;
        }
        *allowed = CBS_asn1_bitstring_has_bit(&bits, (unsigned)usage);
        return true;
    }
    return true;
}
