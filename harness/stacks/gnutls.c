/* GnuTLS, 3.7 and later. */
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "stacks/gnutls.h"

/* ---- Randomness and time ---- */

/* gnutls_rnd stands in front of the library's own, whose generator goes on from one connection to
 * the next: its state would depend on what the process did before. The plugin exports it
 * (stacks.cmake). Weak: a static libgnutls keeps its own, and then gets the randomness of world.c.
 */
__attribute__((weak, visibility("default"))) int gnutls_rnd(gnutls_rnd_level_t level, void *data,
                                                            size_t len) {
    (void)level;
    adapter_random(data, len);
    return GNUTLS_E_SUCCESS;
}

static time_t seconds_now(time_t *out) {
    time_t now = (time_t)(adapter_now() / 1000);
    if (out != NULL) {
        *out = now;
    }
    return now;
}

/* ---- What a server remembers ---- */

static bool same(gnutls_datum_t a, gnutls_datum_t b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static gnutls_datum_t copy_of(gnutls_datum_t from) {
    gnutls_datum_t copy = {gnutls_malloc(from.size), from.size};
    if (copy.data == NULL) {
        return (gnutls_datum_t){NULL, 0};
    }
    memcpy(copy.data, from.data, from.size);
    return copy;
}

static void forget_entry(struct gnu_entry **place) {
    struct gnu_entry *entry = *place;
    *place = entry->next;
    gnutls_free(entry->key.data);
    gnutls_free(entry->value.data);
    free(entry);
}

/* place_of returns where the entry is that |key| names, or where the list ends. */
static struct gnu_entry **place_of(struct gnu_context *own, gnutls_datum_t key) {
    struct gnu_entry **place = &own->entries;
    while (*place != NULL && !same((*place)->key, key)) {
        place = &(*place)->next;
    }
    return place;
}

static int remove_entry(void *arg, gnutls_datum_t key) {
    struct gnu_entry **place = place_of(arg, key);
    if (*place == NULL) {
        return GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
    }
    forget_entry(place);
    return GNUTLS_E_SUCCESS;
}

static int store_entry(void *arg, gnutls_datum_t key, gnutls_datum_t value) {
    struct gnu_context *own = arg;
    (void)remove_entry(arg, key);
    struct gnu_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        return GNUTLS_E_MEMORY_ERROR;
    }
    *entry = (struct gnu_entry){own->entries, copy_of(key), copy_of(value)};
    own->entries = entry;
    if (entry->key.data == NULL || entry->value.data == NULL) {
        forget_entry(&own->entries);
        return GNUTLS_E_MEMORY_ERROR;
    }
    return GNUTLS_E_SUCCESS;
}

static gnutls_datum_t find_entry(void *arg, gnutls_datum_t key) {
    struct gnu_entry **place = place_of(arg, key);
    return *place != NULL ? copy_of((*place)->value) : (gnutls_datum_t){NULL, 0};
}

/* add_early: 0-RTT data is taken once (RFC 8446 8.2). */
static int add_early(void *arg, time_t expires, const gnutls_datum_t *key,
                     const gnutls_datum_t *value) {
    (void)expires;
    return *place_of(arg, *key) != NULL ? GNUTLS_E_DB_ENTRY_EXISTS : store_entry(arg, *key, *value);
}

void gnu_use_memory(gnutls_session_t session, struct gnu_context *context) {
    gnutls_db_set_ptr(session, context);
    gnutls_db_set_store_function(session, store_entry);
    gnutls_db_set_retrieve_function(session, find_entry);
    gnutls_db_set_remove_function(session, remove_entry);
}

/* ---- Contexts ---- */

static void context_free(struct parley_stack_context *context) {
    struct gnu_context *own = context->own;
    if (own == NULL) {
        return;
    }
    while (own->entries != NULL) {
        forget_entry(&own->entries);
    }
    gnutls_anti_replay_deinit(own->anti_replay);
    gnutls_priority_deinit(own->priorities);
    if (own->credentials != NULL) {
        gnutls_certificate_free_credentials(own->credentials);
    }
    gnu_psk_unload(own);
    gnutls_free(own->ticket_key.data);
    gnutls_free(own->session.data);
    free(own);
    context->own = NULL;
}

static gnutls_datum_t datum(struct parley_bytes bytes) {
    /* It is not written to: the type has no const. */
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)bytes.data, (unsigned)bytes.len};
}

static bool set_credentials(struct gnu_context *own, const struct parley_endpoint_options *o,
                            struct parley_stack_problem *problem) {
    for (size_t i = 0; i < o->credential_count; i++) {
        gnutls_datum_t certificates = datum(o->credentials[i].certificates);
        gnutls_datum_t key = datum(o->credentials[i].private_key);
        int status = gnutls_certificate_set_x509_key_mem2(own->credentials, &certificates, &key,
                                                          GNUTLS_X509_FMT_PEM, NULL, 0);
        if (status < 0) {
            return adapter_problem(problem, "credential: %s", gnutls_strerror(status));
        }
    }
    gnutls_datum_t roots = datum(o->ca);
    int added = roots.size == 0 ? 1
                                : gnutls_certificate_set_x509_trust_mem(own->credentials, &roots,
                                                                        GNUTLS_X509_FMT_PEM);
    if (added <= 0) {
        return adapter_problem(problem, "roots: %s", added < 0 ? gnutls_strerror(added) : "none");
    }
    /* For clients that name no group of DHE's (RFC 7919). */
    return gnutls_certificate_set_known_dh_params(own->credentials, GNUTLS_SEC_PARAM_MEDIUM) >= 0 ||
           adapter_problem(problem, "no Diffie-Hellman group");
}

/* set_server makes what a server keeps from one connection to the next. */
static bool set_server(struct gnu_context *own, const struct parley_endpoint_options *o) {
    if (gnutls_session_ticket_key_generate(&own->ticket_key) < 0) {
        return false;
    }
    if (o->max_early_data == 0) {
        return true;
    }
    if (gnutls_anti_replay_init(&own->anti_replay) < 0) {
        return false;
    }
    gnutls_anti_replay_set_ptr(own->anti_replay, own);
    gnutls_anti_replay_set_add_function(own->anti_replay, add_early);
    return true;
}

static bool context_new(struct parley_stack_context *context,
                        struct parley_stack_problem *problem) {
    const struct parley_endpoint_options *o = &context->options;
    gnutls_global_set_time_function(seconds_now);
    struct gnu_context *own = context->own = calloc(1, sizeof *own);
    if (own == NULL || gnutls_certificate_allocate_credentials(&own->credentials) < 0) {
        return adapter_problem(problem, "out of memory");
    }
    if (!gnu_priorities(&own->priorities, o, problem) || !set_credentials(own, o, problem) ||
        !gnu_psk_load(own, o, problem)) {
        return false;
    }
    return o->role == PARLEY_CLIENT || set_server(own, o) ||
           adapter_problem(problem, "no ticket key");
}

static const char *version(void) {
    static char text[32] = "GnuTLS ";
    const size_t prefix = sizeof "GnuTLS " - 1;
    const char *loaded = gnutls_check_version(NULL);
    for (size_t i = 0; loaded[i] != '\0' && prefix + i + 1 < sizeof text; i++) {
        text[prefix + i] = loaded[i];
    }
    return text;
}

const struct adapter adapter = {
    .name = "gnutls",
    .version = version,
    .capabilities = gnu_capabilities,
    .context_new = context_new,
    .context_free = context_free,
    .open = gnu_open,
    .close = gnu_close,
    .handshake = gnu_handshake,
    .read = gnu_read,
    .write = gnu_write,
    .write_early = gnu_write_early,
    .control = gnu_control,
    .outcome = gnu_outcome,
    .exporter = gnu_exporter,
};
