/* Our engine as a stack: the vtable of parley/stack.h over parley/engine.h. */
#include "parley/stack.h"

#include <stdio.h>
#include <stdlib.h>

#define SESSION_CACHE_SIZE 16
#define MAX_LISTED 64

struct parley_stack_context {
    struct parley_config config;
    enum parley_role role;
    struct parley_credential **credentials;
    struct parley_ech_keys *ech_keys;
    struct parley_session session;         /* client: the newest; version 0: none */
    struct parley_stack_connection *spare; /* a closed connection, kept for the next */
};

struct parley_stack_connection {
    struct parley_stack_context *context;
    struct parley_engine *engine;
};

static const char *engine_version(void) {
    return PARLEY_VERSION;
}

/* engine_capabilities: all of the tables. */
static void engine_capabilities(struct parley_capabilities *out) {
    static uint16_t suites[MAX_LISTED], groups[MAX_LISTED], sigalgs[MAX_LISTED];
    *out = (struct parley_capabilities){
        .features = PARLEY_CAP_CLIENT | PARLEY_CAP_SERVER | PARLEY_CAP_TLS12 | PARLEY_CAP_TLS13 |
                    PARLEY_CAP_CLIENT_AUTH | PARLEY_CAP_POST_HANDSHAKE_AUTH | PARLEY_CAP_ALPN |
                    PARLEY_CAP_SERVER_NAME | PARLEY_CAP_SESSION_ID | PARLEY_CAP_TICKET |
                    PARLEY_CAP_RESUMPTION_PSK | PARLEY_CAP_EXTERNAL_PSK | PARLEY_CAP_PSK_KE |
                    PARLEY_CAP_EARLY_DATA | PARLEY_CAP_HELLO_RETRY | PARLEY_CAP_HELLO_RETRY_ALWAYS |
                    PARLEY_CAP_KEY_UPDATE | PARLEY_CAP_EXPORTER | PARLEY_CAP_KEY_LOG |
                    PARLEY_CAP_DETERMINISTIC | PARLEY_CAP_HOOKS,
        .suites = suites,
        .groups = groups,
        .sigalgs = sigalgs,
    };
    for (size_t i = 0; i < parley_suite_count && out->suite_count < MAX_LISTED; i++) {
        suites[out->suite_count++] = parley_suites[i].code;
    }
    for (size_t i = 0; i < parley_group_count && out->group_count < MAX_LISTED; i++) {
        if (parley_groups[i].kind != PARLEY_GROUP_KIND_NONE) {
            groups[out->group_count++] = parley_groups[i].code;
        }
    }
    for (size_t i = 0; i < parley_sigalg_count && out->sigalg_count < MAX_LISTED; i++) {
        if (parley_sigalgs[i].key != PARLEY_KEY_NONE) {
            sigalgs[out->sigalg_count++] = parley_sigalgs[i].code;
        }
    }
}

static void complain(struct parley_stack_problem *problem, const char *what, const char *why) {
    problem->unsupported = false;
    (void)snprintf(problem->text, sizeof problem->text, "%s%s%s", what, why != NULL ? ": " : "",
                   why != NULL ? why : "");
}

/* keep_session: a client remembers the newest session. */
static void keep_session(void *arg, const struct parley_session *session) {
    struct parley_stack_context *context = arg;
    context->session = *session;
}

/* lay_over puts the stack-neutral options over the engine's own configuration. */
static void lay_over(struct parley_config *config, const struct parley_endpoint_options *options) {
    config->min_version = options->min_version;
    config->max_version = options->max_version;
    config->suites = options->suites;
    config->suite_count = options->suite_count;
    config->groups = options->groups;
    config->group_count = options->group_count;
    config->sigalgs = options->sigalgs;
    config->sigalg_count = options->sigalg_count;
    config->server_name = options->role == PARLEY_CLIENT ? options->server_name : NULL;
    config->client_auth = options->client_auth;
    config->post_handshake_auth = options->post_handshake_auth;
    config->alpn = options->alpn;
    config->alpn_count = options->alpn_count;
    config->no_tickets = options->no_tickets || options->no_resumption;
    config->psks = options->psks;
    config->psk_count = options->psk_count;
    config->psk12 = options->psk12;
    config->psk_modes = options->psk_modes;
    config->max_early_data = options->max_early_data;
    config->early_data = options->early_data;
    config->hello_retry = config->hello_retry || options->hello_retry;
    config->key_log = options->key_log;
    config->key_log_arg = options->key_log_arg;
    if (options->random.fill != NULL) {
        options->random.fill(options->random.arg, config->ticket_key, sizeof config->ticket_key);
    }
}

/* lay_over_extras: likewise, what it has of |x|; keys of Encrypted Client Hello are the context's.
 */
static bool lay_over_extras(struct parley_stack_context *context, const struct parley_extras *x) {
    struct parley_config *c = &context->config;
    const char *why;
    c->request_ocsp = c->request_scts = x->staples;
    c->compressions = x->compressions;
    c->compression_count = x->compression_count;
    c->npn = x->npn;
    c->npn_count = x->npn_count;
    c->alps = x->alps;
    c->alps_count = x->alps_count;
    c->grease = x->grease;
    c->permute_extensions = x->permute;
    c->false_start = c->false_start_without_alpn = x->false_start;
    c->v2_client_hello = c->jdk11_workaround = x->old_ways;
    if (context->role == PARLEY_CLIENT) {
        c->ech_grease = x->grease && c->max_version != PARLEY_TLS12;
        c->ech_config_list =
            c->max_version != PARLEY_TLS12 ? x->ech_config_list : c->ech_config_list;
        return true;
    }
    for (size_t i = 0; x->staples && i < c->credential_count; i++) {
        if (!parley_credential_set_ocsp(context->credentials[i], x->ocsp_response) ||
            !parley_credential_set_scts(context->credentials[i], x->scts)) {
            return false;
        }
    }
    if (x->ech_config.len == 0) {
        return true;
    }
    c->ech_keys = context->ech_keys = parley_ech_keys_new();
    return context->ech_keys != NULL &&
           parley_ech_keys_add(context->ech_keys, x->ech_config, x->ech_private_key, true, &why);
}

static bool load_credentials(struct parley_stack_context *context,
                             const struct parley_endpoint_options *options,
                             struct parley_stack_problem *problem) {
    if (options->credential_count == 0) {
        return true;
    }
    context->credentials = calloc(options->credential_count, sizeof(struct parley_credential *));
    if (context->credentials == NULL) {
        complain(problem, "out of memory", NULL);
        return false;
    }
    context->config.credentials = context->credentials;
    for (size_t i = 0; i < options->credential_count; i++) {
        const char *why = NULL;
        context->credentials[i] = parley_credential_from_pem(
            options->credentials[i].certificates, options->credentials[i].private_key, &why);
        if (context->credentials[i] == NULL) {
            complain(problem, "credential", why);
            return false;
        }
        context->config.credential_count = i + 1;
    }
    return true;
}

static bool load_trust(struct parley_stack_context *context,
                       const struct parley_endpoint_options *options,
                       struct parley_stack_problem *problem) {
    if (options->ca.len == 0) {
        context->config.trust = NULL;
        return true;
    }
    const char *why = NULL;
    context->config.trust = parley_trust_new();
    if (context->config.trust == NULL ||
        !parley_trust_add_pem(context->config.trust, options->ca, &why)) {
        complain(problem, "CA certificates", why);
        return false;
    }
    return true;
}

static void free_connection(struct parley_stack_connection *connection) {
    if (connection == NULL) {
        return;
    }
    parley_engine_free(connection->engine);
    free(connection);
}

static void engine_context_free(struct parley_stack_context *context) {
    if (context == NULL) {
        return;
    }
    free_connection(context->spare);
    for (size_t i = 0; i < context->config.credential_count; i++) {
        parley_credential_free(context->credentials[i]);
    }
    free(context->credentials);
    parley_trust_free(context->config.trust);
    parley_ech_keys_free(context->ech_keys);
    parley_session_cache_free(context->config.session_cache);
    free(context);
}

static struct parley_stack_context *
engine_context_new(const struct parley_endpoint_options *options,
                   struct parley_stack_problem *problem) {
    struct parley_stack_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        complain(problem, "out of memory", NULL);
        return NULL;
    }
    if (options->engine != NULL) {
        context->config = *options->engine;
    }
    struct parley_config *config = &context->config;
    config->credentials = NULL;
    config->credential_count = 0;
    config->trust = NULL;
    config->session_cache = NULL;
    context->role = options->role;
    lay_over(config, options);
    if (options->role == PARLEY_CLIENT) {
        config->new_session = keep_session;
        config->new_session_arg = context;
    } else if (!options->no_resumption) {
        config->session_cache = parley_session_cache_new(SESSION_CACHE_SIZE);
    }
    if (!load_credentials(context, options, problem) || !load_trust(context, options, problem)) {
        engine_context_free(context);
        return NULL;
    }
    if (options->extras != NULL && !lay_over_extras(context, options->extras)) {
        complain(problem, "settings", NULL);
        engine_context_free(context);
        return NULL;
    }
    return context;
}

static struct parley_stack_connection *engine_open(struct parley_stack_context *context,
                                                   const struct parley_connection_options *options,
                                                   struct parley_stack_problem *problem) {
    struct parley_stack_connection *connection = context->spare;
    context->spare = NULL;
    if (connection == NULL) {
        connection = calloc(1, sizeof *connection);
        if (connection != NULL) {
            connection->context = context;
            connection->engine = parley_engine_new(&context->config, context->role);
        }
    }
    if (connection == NULL || connection->engine == NULL) {
        complain(problem, "out of memory", NULL);
        free_connection(connection);
        return NULL;
    }
    bool resume = options->resume && context->session.version != 0;
    parley_engine_start(connection->engine, options->now_ms, options->random,
                        resume ? &context->session : NULL);
    return connection;
}

static void engine_close(struct parley_stack_connection *connection) {
    if (connection == NULL) {
        return;
    }
    if (connection->context == NULL) {
        free(connection); /* the engine is the caller's */
    } else if (connection->context->spare != NULL) {
        free_connection(connection);
    } else {
        connection->context->spare = connection;
    }
}

struct parley_stack_connection *parley_engine_connection(struct parley_engine *engine) {
    struct parley_stack_connection *connection = calloc(1, sizeof *connection);
    if (connection != NULL) {
        connection->engine = engine;
    }
    return connection;
}

static size_t engine_push(struct parley_stack_connection *connection, const uint8_t *data,
                          size_t len) {
    return parley_engine_push(connection->engine, data, len);
}

static size_t engine_pull(struct parley_stack_connection *connection, uint8_t *out, size_t cap) {
    return parley_engine_pull(connection->engine, out, cap);
}

static size_t engine_write(struct parley_stack_connection *connection, const uint8_t *data,
                           size_t len) {
    return parley_engine_write(connection->engine, data, len);
}

static size_t engine_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap) {
    return parley_engine_read(connection->engine, out, cap);
}

static unsigned engine_status(const struct parley_stack_connection *connection) {
    return parley_engine_status(connection->engine);
}

/* knows_group: a prime that the tables do not have is some group, and which is not known. */
static bool knows_group(const struct parley_outcome *o) {
    const struct parley_suite *suite = parley_suite_find(o->suite);
    return o->group != 0 || suite == NULL || suite->key_exchange != PARLEY_KX_DHE;
}

static void engine_outcome(const struct parley_stack_connection *connection,
                           struct parley_endpoint_outcome *out) {
    struct parley_outcome o;
    parley_engine_outcome(connection->engine, &o);
    bool failed = o.error != PARLEY_OK;
    *out = (struct parley_endpoint_outcome){
        .known = PARLEY_KNOWS_VERSION | PARLEY_KNOWS_SUITE |
                 (knows_group(&o) ? PARLEY_KNOWS_GROUP : 0U) | PARLEY_KNOWS_SIGALG_SERVER |
                 PARLEY_KNOWS_SIGALG_CLIENT | PARLEY_KNOWS_ALPN | PARLEY_KNOWS_SERVER_NAME |
                 PARLEY_KNOWS_RESUMED | PARLEY_KNOWS_EARLY_DATA | PARLEY_KNOWS_HELLO_RETRY |
                 PARLEY_KNOWS_EXTENDED_MASTER_SECRET | PARLEY_KNOWS_ENCRYPT_THEN_MAC |
                 PARLEY_KNOWS_PEER | PARLEY_KNOWS_ALERTS,
        .done = o.done,
        .failed = failed,
        .reason = o.error,
        .error = failed ? parley_error_text(o.error) : NULL,
        .error_field = o.error_field,
        .at = o.error_message,
        .state = o.state != NULL ? o.state : "?",
        .alert_sent = o.alert_sent,
        .alert_received = o.alert_received,
        .version = o.version,
        .suite = o.suite,
        .group = o.group,
        .sigalg_server = o.sigalg_server,
        .sigalg_client = o.sigalg_client,
        .resumed = o.resumed,
        .early_data_accepted = o.early_data_accepted,
        .ech_accepted = o.ech_accepted,
        .hello_retry = o.hello_retry,
        .extended_master_secret = o.extended_master_secret,
        .encrypt_then_mac = o.encrypt_then_mac,
        .peer_verified = o.peer_verified,
        .alpn = o.alpn,
        .server_name = o.server_name,
        .peer_certificate = o.peer_certificate,
    };
}

static bool engine_control(struct parley_stack_connection *connection,
                           enum parley_control operation) {
    switch (operation) {
    case PARLEY_CONTROL_CLOSE:
        parley_engine_close(connection->engine);
        return true;
    case PARLEY_CONTROL_END_OF_INPUT:
        parley_engine_end_of_input(connection->engine);
        return true;
    case PARLEY_CONTROL_KEY_UPDATE:
        return parley_engine_key_update(connection->engine, false);
    case PARLEY_CONTROL_KEY_UPDATE_BOTH:
        return parley_engine_key_update(connection->engine, true);
    case PARLEY_CONTROL_REQUEST_CERTIFICATE:
        return parley_engine_request_certificate(connection->engine);
    }
    return false;
}

static bool engine_exporter(const struct parley_stack_connection *connection, const char *label,
                            const struct parley_bytes *context, uint8_t *out, size_t len) {
    return parley_engine_export(connection->engine, label, context, out, len);
}

const struct parley_stack parley_engine_stack = {
    .abi = PARLEY_STACK_ABI,
    .name = "parley",
    .version = engine_version,
    .capabilities = engine_capabilities,
    .context_new = engine_context_new,
    .context_free = engine_context_free,
    .open = engine_open,
    .push = engine_push,
    .pull = engine_pull,
    .write = engine_write,
    .read = engine_read,
    .status = engine_status,
    .outcome = engine_outcome,
    .control = engine_control,
    .exporter = engine_exporter,
    .close = engine_close,
};
