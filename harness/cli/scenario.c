/* Scenarios: the rows of scenarios.def, and one for every suite and group of the tables. */
#include "cli/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SCENARIOS 256
#define MAX_WORDS 24

#define REFUSER(who) REFUSER_##who
static const struct scenario rows[] = {
#define SCENARIO(name, options, who, alerts, needs)                                                \
    {#name, options, REFUSER(who), ALERTS_##alerts, needs, {.seed = 1}},
#include "cli/scenarios.def"
#undef SCENARIO
};
#define ROWS (sizeof rows / sizeof *rows)

static struct scenario all[MAX_SCENARIOS];
static size_t all_count;

/* add reads the options of |scenario|, which are right, or the program is not. */
static void add(struct scenario scenario) {
    static char command[] = "handshake";
    char *words[MAX_WORDS] = {command};
    int count = 1;
    for (char *word = strtok(cli_keep(scenario.options), " "); word != NULL && count < MAX_WORDS;
         word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    if (all_count == MAX_SCENARIOS ||
        handshake_options_read(&scenario.handshake, count, words) != CLI_OK) {
        cli_note("scenario %s: bad options", scenario.name);
        abort();
    }
    all[all_count++] = scenario;
}

/* add_named adds one that completes, called |prefix| and |name| in small letters. */
static void add_named(const char *prefix, const char *name, const char *options) {
    char text[120];
    (void)snprintf(text, sizeof text, "%s%s", prefix, name);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    }
    add((struct scenario){
        .name = cli_keep(text), .options = cli_keep(options), .refuser = REFUSER_NOBODY});
}

static void add_suites(void) {
    for (size_t i = 0; i < parley_suite_count; i++) {
        char options[160];
        if (parley_suites[i].authentication != PARLEY_AUTH_PSK) {
            (void)snprintf(options, sizeof options, "--suite %s", parley_suites[i].name);
            add_named("suite_", parley_suites[i].name, options);
        }
    }
}

/* has_group_in: which groups a version has. */
static bool has_group_in(const struct parley_group *group, bool tls13) {
    bool ecdhe = group->kind == PARLEY_GROUP_KIND_X25519 || group->kind == PARLEY_GROUP_KIND_NIST;
    bool hybrid = group->kind == PARLEY_GROUP_KIND_HYBRID;
    return ecdhe || (tls13 && hybrid);
}

static void add_groups(void) {
    for (size_t i = 0; i < parley_group_count; i++) {
        for (int tls13 = 0; tls13 < 2; tls13++) {
            char options[160], prefix[32];
            if (has_group_in(&parley_groups[i], tls13)) {
                (void)snprintf(options, sizeof options, "--tls 1.%d --group %s", 2 + tls13,
                               parley_groups[i].name);
                (void)snprintf(prefix, sizeof prefix, "group_tls1%d_", 2 + tls13);
                add_named(prefix, parley_groups[i].name, options);
            }
        }
    }
}

const struct scenario *scenario_all(size_t *count) {
    if (all_count == 0) {
        for (size_t i = 0; i < ROWS; i++) {
            add(rows[i]);
        }
        add_suites();
        add_groups();
    }
    *count = all_count;
    return all;
}

/* ---- What it asks of a stack ---- */

static bool listed(const uint16_t *codes, size_t count, uint16_t code) {
    for (size_t i = 0; i < count; i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

/* lacks_key: whether no signature scheme of |can| is of the kind of key that |cert| has. */
static bool lacks_key(const struct parley_capabilities *can, enum handshake_cert cert) {
    for (size_t i = 0; i < can->sigalg_count; i++) {
        const struct parley_sigalg *sigalg = parley_sigalg_find(can->sigalgs[i]);
        enum parley_key_kind key = sigalg != NULL ? sigalg->key : PARLEY_KEY_NONE;
        if ((cert == CERT_RSA && (key == PARLEY_KEY_RSA || key == PARLEY_KEY_RSA_PSS)) ||
            (cert == CERT_ECDSA && key == PARLEY_KEY_ECDSA) ||
            (cert == CERT_ED25519 && key == PARLEY_KEY_ED25519)) {
            return false;
        }
    }
    return cert != CERT_ANY;
}

/* features_of returns the features that the options ask of |role|. */
static uint32_t features_of(const struct scenario *scenario, enum parley_role role) {
    const struct handshake_options *o = &scenario->handshake;
    bool server = role == PARLEY_SERVER;
    uint16_t version = server && o->server_version != 0 ? o->server_version : o->version;
    uint32_t resumption = o->version == PARLEY_TLS13 ? PARLEY_CAP_RESUMPTION_PSK
                          : o->session_id            ? PARLEY_CAP_SESSION_ID
                                                     : PARLEY_CAP_TICKET;
    const struct {
        bool asked;
        uint32_t feature;
    } asked[] = {
        {!server, PARLEY_CAP_CLIENT},
        {server, PARLEY_CAP_SERVER},
        {version == PARLEY_TLS12, PARLEY_CAP_TLS12},
        {version == PARLEY_TLS13, PARLEY_CAP_TLS13},
        {o->client_auth, PARLEY_CAP_CLIENT_AUTH},
        {o->alpn_count > 0, PARLEY_CAP_ALPN},
        {o->server_name != NULL && !server, PARLEY_CAP_SERVER_NAME},
        {o->resume, resumption},
        {o->early_data, PARLEY_CAP_EARLY_DATA},
        {o->hello_retry && server, PARLEY_CAP_HELLO_RETRY},
        {o->key_update, PARLEY_CAP_KEY_UPDATE},
    };
    uint32_t features = 0;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        features |= asked[i].asked ? asked[i].feature : 0;
    }
    return features;
}

const char *scenario_lacks(const struct scenario *scenario, enum parley_role role,
                           const struct parley_capabilities *can, char why[80]) {
    const struct handshake_options *o = &scenario->handshake;
    bool server = role == PARLEY_SERVER;
    const struct parley_suite *suite =
        server && o->server_suite != NULL ? o->server_suite : o->suite;
    const struct parley_group *group =
        server && o->server_group != NULL ? o->server_group : o->group;
    /* The server's name is for clients to check. */
    uint32_t needs = scenario->needs & ~(server ? (uint32_t)PARLEY_CAP_SERVER_NAME : 0);
    uint32_t missing = (features_of(scenario, role) | needs) & ~can->features;
    if (missing != 0) {
        (void)snprintf(why, 80, "%s", parley_capability_name(missing & (~missing + 1)));
    } else if (suite != NULL && !listed(can->suites, can->suite_count, suite->code)) {
        (void)snprintf(why, 80, "%s", suite->name);
    } else if (group != NULL && !listed(can->groups, can->group_count, group->code)) {
        (void)snprintf(why, 80, "%s", group->name);
    } else if (lacks_key(can, o->cert)) {
        (void)snprintf(why, 80, "%s certificates", handshake_cert_name(o->cert));
    } else {
        return NULL;
    }
    return why;
}

/* ---- What must come of it ---- */

bool scenario_alert_fits(const struct scenario *scenario, unsigned alert) {
    static const uint8_t classes[][12] = {
        [ALERTS_NONE] = {0},
        [ALERTS_CERTIFICATE] = {PARLEY_ALERT_bad_certificate, PARLEY_ALERT_unsupported_certificate,
                                PARLEY_ALERT_certificate_expired, PARLEY_ALERT_certificate_unknown,
                                PARLEY_ALERT_unknown_ca, PARLEY_ALERT_access_denied,
                                PARLEY_ALERT_certificate_required, PARLEY_ALERT_handshake_failure,
                                PARLEY_ALERT_decrypt_error, PARLEY_ALERT_unrecognized_name},
        [ALERTS_VERSION] = {PARLEY_ALERT_protocol_version},
        [ALERTS_NEGOTIATION] = {PARLEY_ALERT_handshake_failure, PARLEY_ALERT_insufficient_security,
                                PARLEY_ALERT_illegal_parameter},
        [ALERTS_ALPN] = {PARLEY_ALERT_no_application_protocol},
    };
    const uint8_t *fitting = classes[scenario->alerts];
    for (size_t i = 0; i < sizeof classes[0] && fitting[i] != 0; i++) {
        if (fitting[i] == alert) {
            return true;
        }
    }
    return scenario->alerts == ALERTS_NONE;
}
