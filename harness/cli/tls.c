#include "cli/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/compression.h"

/* More than any chain or bundle of roots. */
#define PEM_MAX ((size_t)16 << 20)

/* ---- Single options ---- */

static int set_version(struct cli_tls *tls, const char *value) {
    uint16_t version;
    if (!cli_version("--tls", value, &version)) {
        return CLI_USAGE;
    }
    tls->config.min_version = tls->config.max_version = version;
    return CLI_OK;
}

/* Appends the names in |value| to |codes|, which is what |*list| is then. */
static int add_codes(const char *option, enum cli_registry registry, const char *value,
                     struct cli_codes *codes, const uint16_t **list, size_t *count) {
    if (!cli_codes(option, registry, value, codes)) {
        return CLI_USAGE;
    }
    *list = codes->list;
    *count = codes->count;
    return CLI_OK;
}

static int add_protocols(struct cli_tls *tls, const char *value) {
    if (!cli_protocols("--alpn", value, &tls->alpn)) {
        return CLI_USAGE;
    }
    tls->config.alpn = tls->alpn.list;
    tls->config.alpn_count = tls->alpn.count;
    return CLI_OK;
}

static int add_file(const char *option, const char **list, size_t *count, const char *path) {
    if (*count == TLS_PAIRS_MAX) {
        return cli_usage("%s: more than %d", option, TLS_PAIRS_MAX);
    }
    list[(*count)++] = path;
    return CLI_OK;
}

static void log_secret(void *arg, const char *line) {
    FILE *file = arg;
    fprintf(file, "%s\n", line);
    fflush(file);
}

static int open_key_log(struct cli_tls *tls, const char *path) {
    /* Secrets: for nobody else to read. */
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return cli_fail("%s: %s", path, strerror(errno));
    }
    if (tls->key_log != NULL) {
        fclose(tls->key_log);
    }
    tls->key_log = fdopen(fd, "a");
    if (tls->key_log == NULL) {
        close(fd);
        return cli_fail("%s: %s", path, strerror(errno));
    }
    tls->config.key_log = log_secret;
    tls->config.key_log_arg = tls->key_log;
    return CLI_OK;
}

int cli_tls_trust(struct cli_tls *tls, const char *path) {
    if (tls->config.trust == NULL) {
        tls->config.trust = parley_trust_new();
    }
    size_t len = 0;
    uint8_t *pem = cli_read_file(path, PEM_MAX, &len);
    if (pem == NULL) {
        return CLI_FAILED;
    }
    const char *why = "out of memory";
    bool fine = tls->config.trust != NULL &&
                parley_trust_add_pem(tls->config.trust, (struct parley_bytes){pem, len}, &why);
    free(pem);
    return fine ? CLI_OK : cli_fail("%s: %s", path, why);
}

int cli_tls_option(struct cli_tls *tls, int key, const char *value) {
    struct parley_config *config = &tls->config;
    switch (key) {
    case TLS_OPTION_TLS:
        return set_version(tls, value);
    case TLS_OPTION_SUITE:
        return add_codes("--suite", CLI_SUITES, value, &tls->suites, &config->suites,
                         &config->suite_count);
    case TLS_OPTION_GROUP:
        return add_codes("--group", CLI_GROUPS, value, &tls->groups, &config->groups,
                         &config->group_count);
    case TLS_OPTION_SIGALG:
        return add_codes("--sigalg", CLI_SIGALGS, value, &tls->sigalgs, &config->sigalgs,
                         &config->sigalg_count);
    case TLS_OPTION_ALPN:
        return add_protocols(tls, value);
    case TLS_OPTION_CERT:
        return add_file("--cert", tls->certificates, &tls->certificate_count, value);
    case TLS_OPTION_KEY:
        return add_file("--key", tls->keys, &tls->key_count, value);
    case TLS_OPTION_CA:
        return cli_tls_trust(tls, value);
    case TLS_OPTION_KEYLOG:
        return open_key_log(tls, value);
    case TLS_OPTION_COMPRESS:
        return cli_compression(config, value) ? CLI_OK : CLI_USAGE;
    case TLS_OPTION_NO_TICKETS:
        config->no_tickets = true;
        return CLI_OK;
    default:
        return CLI_USAGE;
    }
}

/* ---- Certificates ---- */

static int load_pair(struct cli_tls *tls, size_t i) {
    size_t chain_length = 0;
    size_t key_length = 0;
    uint8_t *chain = cli_read_file(tls->certificates[i], PEM_MAX, &chain_length);
    uint8_t *key = chain != NULL ? cli_read_file(tls->keys[i], PEM_MAX, &key_length) : NULL;
    int status = CLI_FAILED;
    if (key != NULL) {
        const char *why = "?";
        tls->credentials[i] =
            parley_credential_from_pem((struct parley_bytes){chain, chain_length},
                                       (struct parley_bytes){key, key_length}, &why);
        status = tls->credentials[i] != NULL
                     ? CLI_OK
                     : cli_fail("%s, %s: %s", tls->certificates[i], tls->keys[i], why);
        memset(key, 0, key_length);
    }
    free(chain);
    free(key);
    return status;
}

int cli_tls_load(struct cli_tls *tls) {
    if (tls->certificate_count != tls->key_count) {
        return cli_usage("as many --key as --cert are wanted");
    }
    for (size_t i = 0; i < tls->certificate_count; i++) {
        int status = load_pair(tls, i);
        if (status != CLI_OK) {
            return status;
        }
        tls->config.credential_count = i + 1;
    }
    tls->config.credentials = tls->credentials;
    return CLI_OK;
}

void cli_tls_free(struct cli_tls *tls) {
    for (size_t i = 0; i < tls->config.credential_count; i++) {
        parley_credential_free(tls->credentials[i]);
    }
    parley_trust_free(tls->config.trust);
    parley_session_cache_free(tls->config.session_cache);
    if (tls->key_log != NULL) {
        fclose(tls->key_log);
    }
    memset(tls, 0, sizeof(*tls));
}
