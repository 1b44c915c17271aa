#include "cli/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/compression.h"

/* More than any chain or bundle of roots. */
#define PEM_MAX ((size_t)16 << 20)

/* ---- Lists of names ---- */

/* A list being read: what its words are, and where their code points go. */
struct codes {
    const char *option;
    bool (*find)(const char *name, uint16_t *code);
    uint16_t *list;
    size_t count;
};

static bool find_suite(const char *name, uint16_t *code) {
    const struct parley_suite *row = parley_suite_by_name(name);
    *code = row != NULL ? row->code : 0;
    return row != NULL;
}

static bool find_group(const char *name, uint16_t *code) {
    const struct parley_group *row = parley_group_by_name(name);
    *code = row != NULL ? row->code : 0;
    return row != NULL && row->kind != PARLEY_GROUP_KIND_NONE;
}

static bool find_sigalg(const char *name, uint16_t *code) {
    const struct parley_sigalg *row = parley_sigalg_by_name(name);
    *code = row != NULL ? row->code : 0;
    return row != NULL && row->key != PARLEY_KEY_NONE;
}

static bool add_code(void *arg, const char *name) {
    struct codes *codes = arg;
    uint16_t code;
    if (!codes->find(name, &code)) {
        cli_usage("%s: '%s' is not one that Parley speaks", codes->option, name);
        return false;
    }
    if (codes->count == TLS_CODES_MAX) {
        cli_usage("%s: more than %d names", codes->option, TLS_CODES_MAX);
        return false;
    }
    codes->list[codes->count++] = code;
    return true;
}

static int read_codes(const char *option, const char *names,
                      bool (*find)(const char *name, uint16_t *code), uint16_t *list,
                      const uint16_t **out, size_t *count) {
    struct codes codes = {option, find, list, *count};
    if (!cli_split(option, names, add_code, &codes)) {
        return CLI_USAGE;
    }
    *out = list;
    *count = codes.count;
    return CLI_OK;
}

static bool add_alpn(void *arg, const char *name) {
    struct cli_tls *tls = arg;
    size_t n = tls->config.alpn_count;
    size_t len = strlen(name);
    if (len > PARLEY_NAME_MAX || n == TLS_ALPN_MAX) {
        cli_usage("--alpn: '%.20s': too long, or too many", name);
        return false;
    }
    memcpy(tls->alpn[n], name, len + 1);
    tls->alpn_list[n] = tls->alpn[n];
    tls->config.alpn_count++;
    return true;
}

/* ---- Single options ---- */

static int set_version(struct cli_tls *tls, const char *value) {
    uint16_t version = 0;
    if (strcmp(value, "1.2") == 0) {
        version = PARLEY_TLS12;
    } else if (strcmp(value, "1.3") == 0) {
        version = PARLEY_TLS13;
    } else {
        return cli_usage("--tls: '%s' is neither 1.2 nor 1.3", value);
    }
    tls->config.min_version = tls->config.max_version = version;
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
        return read_codes("--suite", value, find_suite, tls->suites, &config->suites,
                          &config->suite_count);
    case TLS_OPTION_GROUP:
        return read_codes("--group", value, find_group, tls->groups, &config->groups,
                          &config->group_count);
    case TLS_OPTION_SIGALG:
        return read_codes("--sigalg", value, find_sigalg, tls->sigalgs, &config->sigalgs,
                          &config->sigalg_count);
    case TLS_OPTION_ALPN:
        config->alpn = tls->alpn_list;
        return cli_split("--alpn", value, add_alpn, tls) ? CLI_OK : CLI_USAGE;
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
