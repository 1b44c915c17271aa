#include "cli/compression.h"

#include <string.h>
#include <zlib.h>

#include "cli/cli.h"

static size_t deflate_bytes(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    uLongf len = (uLongf)cap;
    (void)arg;
    return compress2(out, &len, in.data, (uLong)in.len, Z_BEST_COMPRESSION) == Z_OK ? len : 0;
}

static size_t inflate_bytes(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    uLongf len = (uLongf)cap;
    uLong taken = (uLong)in.len;
    (void)arg;
    bool ok = uncompress2(out, &len, in.data, &taken) == Z_OK;
    return ok && taken == in.len ? len : 0; /* nothing may follow the stream */
}

bool cli_compression(struct parley_config *config, const char *name) {
    static const struct parley_compression zlib = {1, deflate_bytes, inflate_bytes, NULL};
    if (strcmp(name, "zlib") != 0) {
        cli_usage("--compress-certificates: '%s' is not known, zlib is", name);
        return false;
    }
    config->compressions = &zlib;
    config->compression_count = 1;
    return true;
}
