/* Seeds for the corpora: records handshakes between the rows of endpoints.def, and writes what
 * every target would have met to FOLDER/TARGET/SHA-256. Then the tests' examples, and what neither
 * has. Same build, same bytes.
 *
 * Usage: seeds FOLDER */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/sha.h>

#include "engine/inside.h"
#include "fuzzers/endpoints.h"
#include "fuzzers/seeds.h"
#include "parley/pki.h"
#include "parley/wire.h"
#include "tables/places.h"
#include "tests/support_examples.h"

#define PER_TARGET 50
#define TARGETS_MAX 256
#define FLOW_MAX 65536

static const char *folder;
static unsigned recorded, completed;

/* ---- Writing ---- */

static struct {
    const char *name;
    size_t count;
} targets[TARGETS_MAX];

static void impossible(const char *what) {
    perror(what);
    exit(1);
}

/* Room for one more seed of |target|? */
static size_t *count_of(const char *target) {
    for (size_t i = 0; i < TARGETS_MAX; i++) {
        if (targets[i].name == NULL) {
            targets[i].name = target;
        }
        if (strcmp(targets[i].name, target) == 0) {
            return &targets[i].count;
        }
    }
    impossible("too many targets");
    return NULL;
}

bool seed(const char *prefix, const char *target, struct parley_bytes bytes) {
    static const uint8_t nothing;
    char path[1024];
    uint8_t digest[SHA256_DIGEST_LENGTH];
    size_t *count = count_of(target);
    int at = snprintf(path, sizeof(path), "%s/%s%s", folder, prefix, target);
    if (*count >= PER_TARGET || at < 0 || (size_t)at > sizeof(path) - 64) {
        return false;
    }
    (void)mkdir(path, 0777);
    SHA256(bytes.len != 0 ? bytes.data : &nothing, bytes.len, digest);
    path[at++] = '/';
    for (int i = 0; i < 8; i++, at += 2) {
        (void)snprintf(path + at, 3, "%02x", digest[i]);
    }
    FILE *file = fopen(path, "wbx");
    if (file == NULL) {
        return false; /* it is there already */
    }
    if (fwrite(bytes.data != NULL ? bytes.data : &nothing, 1, bytes.len, file) != bytes.len ||
        fclose(file) != 0) {
        impossible(path);
    }
    ++*count;
    return true;
}

static struct parley_bytes behind(struct parley_bytes bytes, size_t len) {
    return (struct parley_bytes){bytes.data + len, bytes.len - len};
}

/* ---- Messages and what is in them ---- */

static void extension_seeds(const struct parley_extension_block *block, unsigned place) {
    struct parley_bytes rest = block->raw;
    struct parley_extension_entry entry;
    while (!block->absent && parley_extension_next(&rest, &entry)) {
        enum parley_extension extension = parley_extension_find(entry.extension_type);
        if (extension == PARLEY_EXTENSION_UNKNOWN) {
            continue;
        }
        enum parley_form form = parley_form_find(extension, place);
        if (form != PARLEY_FORM_UNKNOWN) {
            (void)seed("ext_", parley_forms[form].name, entry.extension_data);
        }
    }
}

static void inner_seeds(enum parley_message message, const union parley_message_value *v) {
    if (message == PARLEY_MSG_client_hello) {
        extension_seeds(&v->client_hello.extensions, CH);
    } else if (message == PARLEY_MSG_server_hello) {
        const struct parley_extension_block *x = &v->server_hello.extensions;
        extension_seeds(x, parley_has(x, PARLEY_EXT_supported_versions) ? SH : SH12);
    } else if (message == PARLEY_MSG_hello_retry_request) {
        extension_seeds(&v->hello_retry_request.extensions, HRR);
    } else if (message == PARLEY_MSG_encrypted_extensions) {
        extension_seeds(&v->encrypted_extensions.extensions, EE);
    } else if (message == PARLEY_MSG_certificate_request_tls13) {
        extension_seeds(&v->certificate_request_tls13.extensions, CR);
    } else if (message == PARLEY_MSG_new_session_ticket_tls13) {
        extension_seeds(&v->new_session_ticket_tls13.extensions, NST);
    } else if (message == PARLEY_MSG_certificate_tls13) {
        struct parley_bytes rest = v->certificate_tls13.certificate_list;
        struct parley_certificate_entry entry;
        while (parley_certificate_entry_next(&rest, &entry)) {
            extension_seeds(&entry.extensions, CT);
        }
    }
}

static void observe(void *arg, const struct parley_event *event) {
    static union parley_message_value value;
    (void)arg;
    if (event->kind == PARLEY_EVENT_RECORD_OUT) {
        (void)seed("", "record_header",
                   (struct parley_bytes){event->bytes.data, PARLEY_RECORD_HEADER});
    }
    if (event->kind != PARLEY_EVENT_MESSAGE_OUT || event->message == PARLEY_MESSAGE_UNKNOWN) {
        return;
    }
    const struct parley_message_row *row = &parley_messages[event->message];
    bool headed = row->content == PARLEY_CONTENT_HANDSHAKE;
    struct parley_bytes body = behind(event->bytes, headed ? PARLEY_HANDSHAKE_HEADER : 0);
    (void)seed("", row->name, body);
    if (event->message == PARLEY_MSG_client_hello) {
        seeds_diff_hello(body);
    }
    if (headed) {
        (void)seed("", "reassembly", event->bytes);
    }
    if (parley_message_parse(event->message, body, &value, NULL, NULL)) {
        inner_seeds(event->message, &value);
    }
}

/* ---- Handshakes ---- */

/* One direction. */
struct flow {
    uint8_t bytes[FLOW_MAX];
    size_t len;
    struct parley_engine *to;
};

static void flow_add(void *arg, struct parley_bytes bytes) {
    struct flow *flow = arg;
    if (bytes.len <= sizeof(flow->bytes) - flow->len) {
        memcpy(flow->bytes + flow->len, bytes.data, bytes.len);
        flow->len += bytes.len;
    }
    (void)parley_engine_push(flow->to, bytes.data, bytes.len);
}

static void ticket_seed(const struct parley_session *session) {
    uint8_t bytes[TICKET_SEALED_MAX];
    CBB out;
    if (session != NULL && CBB_init_fixed(&out, bytes, sizeof(bytes)) &&
        tickets_encode(&out, session)) {
        (void)seed("", "ticket", (struct parley_bytes){bytes, CBB_len(&out)});
    }
}

/* Connects |row| with |other|, whose config is |their|, and keeps what |row| gets. */
static void record(enum endpoint row, enum endpoint other, const struct parley_config *their) {
    static struct flow flows[2];
    struct parley_config configs[2];
    struct parley_engine *engines[2];
    struct parley_seeded random[2];
    bool written[2] = {false, false};
    enum parley_role mine = endpoint_rows[row].role, theirs = endpoint_rows[other].role;
    configs[mine] = *endpoint_config(row);
    configs[theirs] = *their;
    for (int role = 0; role < 2; role++) {
        configs[role].hooks.observe = observe;
        engines[role] = parley_engine_new(&configs[role], (enum parley_role)role);
        if (engines[role] == NULL) {
            impossible("out of memory");
        }
    }
    for (int role = 0; role < 2; role++) {
        flows[role].len = 0;
        flows[role].to = engines[1 - role];
    }
    endpoint_start(other, engines[theirs], &random[theirs]);
    endpoint_start(row, engines[mine], &random[mine]);
    for (int turn = 0; turn < 20; turn++) {
        endpoint_drain(engines[PARLEY_CLIENT], &written[PARLEY_CLIENT], flow_add,
                       &flows[PARLEY_CLIENT]);
        endpoint_drain(engines[PARLEY_SERVER], &written[PARLEY_SERVER], flow_add,
                       &flows[PARLEY_SERVER]);
        if (turn == 10 && (parley_engine_status(engines[mine]) & PARLEY_DONE) != 0) {
            (void)parley_engine_key_update(engines[theirs], true);
            (void)parley_engine_request_certificate(engines[PARLEY_SERVER]);
        } else if (turn == 14) {
            parley_engine_close(engines[theirs]);
        }
    }
    completed += (parley_engine_status(engines[PARLEY_CLIENT]) & PARLEY_DONE) != 0;
    recorded++;
    struct parley_bytes got = {flows[theirs].bytes, flows[theirs].len};
    (void)seed("", endpoint_rows[row].name, got);
    (void)seed("", "dissect", got);
    ticket_seed(parley_engine_session(engines[PARLEY_CLIENT]));
    parley_engine_free(engines[PARLEY_CLIENT]);
    parley_engine_free(engines[PARLEY_SERVER]);
}

/* |row| with every row of the other role as it is; then with each suite and group by itself. */
static void record_row(enum endpoint row) {
    for (int other = 0; other < ENDPOINT_COUNT; other++) {
        if (endpoint_rows[other].role != endpoint_rows[row].role) {
            record(row, (enum endpoint)other, endpoint_config((enum endpoint)other));
        }
    }
    bool keyed = endpoint_config(row)->psk12 != NULL,
         client = endpoint_rows[row].role == PARLEY_CLIENT;
    enum endpoint other = !keyed   ? endpoint_partner(row)
                          : client ? ENDPOINT_server_psk
                                   : ENDPOINT_client_psk;
    for (size_t i = 0; i < parley_suite_count; i++) {
        const struct parley_suite *suite = &parley_suites[i];
        struct parley_config their = *endpoint_config(other);
        their.suites = &suite->code;
        their.suite_count = 1;
        their.max_version = suite->version;
        if (client && suite->authentication == PARLEY_AUTH_RSA) {
            const struct parley_config *rsa = endpoint_config(ENDPOINT_server_rsa);
            their.credentials = rsa->credentials;
            their.credential_count = rsa->credential_count;
        }
        record(row, other, &their);
    }
    for (size_t i = 0; i < parley_group_count; i++) {
        struct parley_config their = *endpoint_config(other);
        their.groups = &parley_groups[i].code;
        their.group_count = 1;
        if (parley_groups[i].kind != PARLEY_GROUP_KIND_NONE) {
            record(row, other, &their);
        }
    }
}

/* ---- The rest ---- */

static void example_seeds(void) {
    uint8_t bytes[EXAMPLE_MAX];
    for (size_t i = 0; i < parley_message_example_count; i++) {
        const struct parley_example *example = &parley_message_examples[i];
        size_t len = parley_example_bytes(example->hex, bytes, sizeof(bytes));
        (void)seed("", parley_messages[example->row].name, (struct parley_bytes){bytes, len});
    }
    for (size_t i = 0; i < parley_form_example_count; i++) {
        const struct parley_example *example = &parley_form_examples[i];
        size_t len = parley_example_bytes(example->hex, bytes, sizeof(bytes));
        (void)seed("ext_", parley_forms[example->row].name, (struct parley_bytes){bytes, len});
    }
}

static void pem_seeds(void) {
    static uint8_t both[16384];
    struct parley_pki *pki = parley_pki_new(1);
    if (pki == NULL) {
        impossible("out of memory");
    }
    const struct parley_pki_entry *entry = NULL;
    for (size_t i = 0; (entry = parley_pki_at(pki, i)) != NULL; i++) {
        size_t first = entry->certificates.len, second = entry->private_key.len;
        memcpy(both, entry->certificates.data, first);
        memcpy(both + first, entry->private_key.data, second);
        (void)seed("", "pem", (struct parley_bytes){both, first + second});
    }
    parley_pki_free(pki);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        (void)fprintf(stderr, "usage: seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    (void)mkdir(folder, 0777);
    example_seeds();
    pem_seeds();
    seeds_pipe();
    seeds_text();
    seeds_diff();
    (void)seed("", "trivial", (struct parley_bytes){NULL, 0});
    for (int row = 0; row < ENDPOINT_COUNT; row++) {
        record_row((enum endpoint)row);
    }
    (void)printf("%u handshakes, %u of them complete\n", recorded, completed);
    return 0;
}
