/* Java 11's client_hello. */
#include "engine/jdk11.h"

#include "engine/inside.h"

const uint8_t jdk11_downgrade[8] = {0xed, 0xbf, 0xb4, 0xa8, 0xc2, 0x47, 0x10, 0xff};

enum { MAX_FRAGMENT_LENGTH = 1, STATUS_REQUEST = 5, STATUS_REQUEST_V2 = 17 };

/* Its extensions in their order, and which of them it always sends. */
static const struct {
    uint16_t type;
    bool always;
} order[] = {
    {0, false}, /* server_name */
    {MAX_FRAGMENT_LENGTH, false},
    {STATUS_REQUEST, false},
    {10, true},  /* supported_groups */
    {11, false}, /* ec_point_formats */
    {13, true},  /* signature_algorithms */
    {50, true},  /* signature_algorithms_cert */
    {16, false}, /* application_layer_protocol_negotiation */
    {STATUS_REQUEST_V2, false},
    {23, false},     /* extended_master_secret */
    {43, true},      /* supported_versions */
    {44, false},     /* cookie */
    {45, true},      /* psk_key_exchange_modes */
    {51, true},      /* key_share */
    {0xff01, false}, /* renegotiation_info */
    {41, false},     /* pre_shared_key */
};
enum { ORDERED = sizeof(order) / sizeof(order[0]) };

/* in_order returns whether the extensions stand as in |order|, and notes which are there. */
static bool in_order(struct parley_bytes rest, bool there[ORDERED]) {
    struct parley_extension_entry entry;
    size_t next = 0;
    while (parley_extension_next(&rest, &entry)) {
        while (next < ORDERED && order[next].type != entry.extension_type) {
            if (order[next].always) {
                return false;
            }
            next++;
        }
        if (next == ORDERED) {
            return false;
        }
        there[next++] = true;
    }
    for (; next < ORDERED; next++) {
        if (order[next].always) {
            return false;
        }
    }
    return true;
}

bool jdk11_looks_like(const struct parley_client_hello *hello) {
    const struct parley_extension_block *x = &hello->extensions;
    bool there[ORDERED] = {false};
    if (!in_order(x->raw, there) || there[2] != there[8]) { /* both status requests or none */
        return false;
    }
    return !parley_uint16_in(hello->cipher_suites, PARLEY_TLS_CHACHA20_POLY1305_SHA256) &&
           !parley_uint16_in(x->supported_groups.named_group_list, PARLEY_GROUP_x25519) &&
           bytes_equal(x->signature_algorithms.supported_signature_algorithms,
                       x->signature_algorithms_cert.supported_signature_algorithms);
}
