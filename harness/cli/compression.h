/* Certificate compression (RFC 8879) for the command: the engine has none of its own. */
#ifndef PARLEY_CLI_COMPRESSION_H
#define PARLEY_CLI_COMPRESSION_H

#include "parley/engine.h"

/* cli_compression fills in |config| with the algorithm called |name|: zlib. Returns false having
 * said that it is not known. */
bool cli_compression(struct parley_config *config, const char *name);

#endif
