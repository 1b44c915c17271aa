/* Compare: do the two ends of a connection mean the same connection? */
#include "parley/pipe.h"

#include <string.h>

#define EXPORTED 32

static bool same_bytes(struct parley_bytes a, struct parley_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* differ_in returns |bit| if both ends know what |known| stands for and |same| does not hold. */
static unsigned differ_in(unsigned both, unsigned known, bool same, unsigned bit) {
    return (both & known) != 0 && !same ? bit : 0;
}

static unsigned outcomes_differ(const struct parley_endpoint_outcome *c,
                                const struct parley_endpoint_outcome *s) {
    unsigned both = c->known & s->known;
    return differ_in(both, PARLEY_KNOWS_VERSION, c->version == s->version,
                     PARLEY_DISAGREE_VERSION) |
           differ_in(both, PARLEY_KNOWS_SUITE, c->suite == s->suite, PARLEY_DISAGREE_SUITE) |
           differ_in(both, PARLEY_KNOWS_GROUP, c->group == s->group, PARLEY_DISAGREE_GROUP) |
           differ_in(both, PARLEY_KNOWS_SIGALG_SERVER, c->sigalg_server == s->sigalg_server,
                     PARLEY_DISAGREE_SIGALG_SERVER) |
           differ_in(both, PARLEY_KNOWS_SIGALG_CLIENT, c->sigalg_client == s->sigalg_client,
                     PARLEY_DISAGREE_SIGALG_CLIENT) |
           differ_in(both, PARLEY_KNOWS_ALPN, same_bytes(c->alpn, s->alpn), PARLEY_DISAGREE_ALPN) |
           differ_in(both, PARLEY_KNOWS_SERVER_NAME, same_bytes(c->server_name, s->server_name),
                     PARLEY_DISAGREE_SERVER_NAME) |
           differ_in(both, PARLEY_KNOWS_RESUMED, c->resumed == s->resumed,
                     PARLEY_DISAGREE_RESUMED) |
           differ_in(both, PARLEY_KNOWS_EARLY_DATA,
                     c->early_data_accepted == s->early_data_accepted, PARLEY_DISAGREE_EARLY_DATA) |
           differ_in(both, PARLEY_KNOWS_HELLO_RETRY, c->hello_retry == s->hello_retry,
                     PARLEY_DISAGREE_HELLO_RETRY) |
           differ_in(both, PARLEY_KNOWS_EXTENDED_MASTER_SECRET,
                     c->extended_master_secret == s->extended_master_secret,
                     PARLEY_DISAGREE_EXTENDED_MASTER_SECRET) |
           differ_in(both, PARLEY_KNOWS_ENCRYPT_THEN_MAC,
                     c->encrypt_then_mac == s->encrypt_then_mac, PARLEY_DISAGREE_ENCRYPT_THEN_MAC);
}

/* export_from asks one end. An end that says it has exporters and gives nothing leaves zeros there,
 * and so disagrees with the other. */
static bool export_from(const struct parley_endpoint *end, uint8_t out[EXPORTED]) {
    static const char label[] = "EXPORTER-Parley";
    static const uint8_t context_bytes[] = {'p', 'i', 'p', 'e'};
    static const struct parley_bytes context = {context_bytes, sizeof context_bytes};
    struct parley_capabilities can;
    end->stack->capabilities(&can);
    if ((can.features & PARLEY_CAP_EXPORTER) == 0) {
        return false;
    }
    if (!end->stack->exporter(end->connection, label, &context, out, EXPORTED)) {
        memset(out, 0, EXPORTED);
    }
    return true;
}

/* exporters_differ: an end without exporters disagrees with nobody. */
static bool exporters_differ(const struct parley_endpoint *client,
                             const struct parley_endpoint *server) {
    static const uint8_t nothing[EXPORTED];
    uint8_t c[EXPORTED], s[EXPORTED];
    if (!export_from(client, c) || !export_from(server, s)) {
        return false;
    }
    return memcmp(c, s, EXPORTED) != 0 || memcmp(c, nothing, EXPORTED) == 0;
}

unsigned parley_pipe_compare(const struct parley_endpoint *client,
                             const struct parley_endpoint *server) {
    struct parley_endpoint_outcome c, s;
    client->stack->outcome(client->connection, &c);
    server->stack->outcome(server->connection, &s);
    return outcomes_differ(&c, &s) |
           (exporters_differ(client, server) ? PARLEY_DISAGREE_EXPORTER : 0);
}
