/* Seeds for the targets of one grammar: messages, what is in them, and what the mutator makes of
 * both. */
#include <string.h>

#include "fuzzers/seeds.h"
#include "parley/pki.h"
#include "tables/places.h"
#include "tests/support_examples.h"

#define MUTANTS 40
#define BODY_MAX 8192

static const char *name_of(struct parley_syntax syntax) {
    return syntax.is_form ? parley_forms[syntax.row].name : parley_messages[syntax.row].name;
}

void seed_grammar(struct parley_syntax syntax, struct parley_bytes bytes) {
    static uint8_t bent[BODY_MAX];
    const char *prefix = syntax.is_form ? "ext_" : "", *name = name_of(syntax);
    if (!seed(prefix, name, bytes) || bytes.len > BODY_MAX / 2) {
        return;
    }
    for (uint32_t i = 0; i < MUTANTS; i++) {
        size_t len = bytes.len;
        if (len != 0) {
            memcpy(bent, bytes.data, len);
        }
        for (uint32_t times = 0; times <= i % 3; times++) {
            len = parley_mutate(syntax, bent, len, sizeof(bent), 16 * i + times, NULL);
        }
        (void)seed(prefix, name, (struct parley_bytes){bent, len});
    }
}

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
            seed_grammar(parley_form_syntax(form), entry.extension_data);
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

void seed_message(enum parley_message message, struct parley_bytes body) {
    static union parley_message_value value;
    seed_grammar(parley_message_syntax(message), body);
    if (message == PARLEY_MSG_client_hello) {
        seeds_diff_hello(body);
    }
    if (parley_message_parse(message, body, &value, NULL, NULL)) {
        inner_seeds(message, &value);
    }
}

void seeds_examples(void) {
    uint8_t bytes[EXAMPLE_MAX];
    for (size_t i = 0; i < parley_message_example_count; i++) {
        const struct parley_example *example = &parley_message_examples[i];
        size_t len = parley_example_bytes(example->hex, bytes, sizeof(bytes));
        seed_message((enum parley_message)example->row, (struct parley_bytes){bytes, len});
        for (size_t cut = 0; cut < len; cut++) {
            (void)seed("", parley_messages[example->row].name, (struct parley_bytes){bytes, cut});
        }
    }
    for (size_t i = 0; i < parley_form_example_count; i++) {
        const struct parley_example *example = &parley_form_examples[i];
        size_t len = parley_example_bytes(example->hex, bytes, sizeof(bytes));
        seed_grammar(parley_form_syntax((enum parley_form)example->row),
                     (struct parley_bytes){bytes, len});
        for (size_t cut = 0; cut < len; cut++) {
            (void)seed("ext_", parley_forms[example->row].name, (struct parley_bytes){bytes, cut});
        }
    }
}

void seeds_pem(void) {
    static uint8_t both[1 << 17];
    struct parley_pki *pki = parley_pki_new(1);
    if (pki == NULL) {
        seed_impossible("out of memory");
    }
    const struct parley_pki_entry *entry = NULL;
    for (size_t i = 0; (entry = parley_pki_at(pki, i)) != NULL; i++) {
        size_t first = entry->certificates.len, second = entry->private_key.len;
        if (first > sizeof(both) || second > sizeof(both) - first) {
            seed_impossible(entry->name);
        }
        memcpy(both, entry->certificates.data, first);
        memcpy(both + first, entry->private_key.data, second);
        seed_bytes("pem", (struct parley_bytes){both, first + second});
    }
    parley_pki_free(pki);
}
