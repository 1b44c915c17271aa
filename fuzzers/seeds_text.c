/* What people write, for the targets text_*: what the manual shows, and what is nearly that. */
#include <stdlib.h>
#include <string.h>

#include "cli/session.h"
#include "fuzzers/endpoints.h"
#include "fuzzers/seeds.h"

static const struct {
    const char *target;
    const char *text;
} texts[] = {
    {"text_hex", "16030100 05:01 00 00 01 00\n"},
    {"text_hex", "16 03 0"},
    {"text_hex", "0x16"},
    {"text_hex", "aBcDeF"},
    {"text_number", "0"},
    {"text_number", "18446744073709551615"},
    {"text_number", "18446744073709551616"},
    {"text_number", "-1"},
    {"text_number", "007"},
    {"text_address", "127.0.0.1:8443"},
    {"text_address", "[::1]:443"},
    {"text_address", "::1:443"},
    {"text_address", "parley.test:65535"},
    {"text_address", ":0"},
    {"text_address", "host"},
    {"text_version", "1.2"},
    {"text_version", "1.3"},
    {"text_version", "1.1"},
    {"text_suites", "AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    {"text_suites", "RSA_WITH_AES_128_GCM_SHA256"},
    {"text_suites", "NULL_WITH_NULL_NULL"},
    {"text_groups", "x25519,secp256r1"},
    {"text_groups", "x25519,,secp256r1"},
    {"text_groups", "X25519,ffdhe2048"},
    {"text_sigalgs", "ed25519,rsa_pss_rsae_sha256"},
    {"text_sigalgs", "ecdsa_secp256r1_sha256,nonsense"},
    {"text_protocols", "h2,http/1.1"},
    {"text_protocols", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"},
    {"text_protocols", ","},
    {"text_drop", "finished"},
    {"text_drop", "server:certificate"},
    {"text_drop", "client:client_key_exchange"},
    {"text_drop", "client:server_hello"},
    {"text_drop", "nobody:finished"},
    {"text_session", "{}"},
    {"text_session", "{\"parley_session\": 1, \"version\": 772"},
};

void seeds_text(void) {
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        (void)seed("", texts[i].target,
                   (struct parley_bytes){(const uint8_t *)texts[i].text, strlen(texts[i].text)});
    }
    for (int row = 0; row < ENDPOINT_COUNT; row++) {
        const struct parley_session *session = endpoint_session((enum endpoint)row);
        size_t len = 0;
        char *text = session != NULL ? session_to_text(session, &len) : NULL;
        if (text != NULL) {
            (void)seed("", "text_session", (struct parley_bytes){(const uint8_t *)text, len});
        }
        free(text);
    }
}
