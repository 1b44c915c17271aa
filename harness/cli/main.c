/* parley(1): runs the subcommand that its first argument names. */
#include <stdio.h>
#include <string.h>

#include <openssl/base.h>
#include <openssl/crypto.h>

#include "cli/cli.h"

#ifndef PARLEY_VERSION
#define PARLEY_VERSION "0"
#endif

struct command {
    const char *name;
    const char *help;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#define COMMAND(name, help) {#name, help, cli_##name},
#include "cli/commands.def"
#undef COMMAND
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(void) {
    puts("Usage: parley COMMAND [ARGUMENT...]\n"
         "       parley --help | --version\n\n"
         "A TLS handshake that you can bend, in memory and over TCP.\n\nCommands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        printf("  %-10s %s\n", commands[i].name, commands[i].help);
    }
    puts("\n'parley COMMAND --help' has the options of each, parley(1) the details.");
}

/* The library has no version of its own at run time: its API number, and the OpenSSL release it
 * says it is compatible with, are what tells one build from another. */
static void print_version(void) {
    printf("parley %s\n", PARLEY_VERSION);
    printf("BoringSSL, API version %d (%s)\n", BORINGSSL_API_VERSION,
           OpenSSL_version(OPENSSL_VERSION));
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : NULL;
    if (name == NULL) {
        return cli_usage("which command?");
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help();
        return cli_flush(CLI_OK);
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        print_version();
        return cli_flush(CLI_OK);
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            cli_command(commands[i].name);
            return cli_flush(commands[i].run(argc - 1, argv + 1));
        }
    }
    if (name[0] == '-') {
        return cli_usage("unknown option '%s'", name);
    }
    return cli_usage("unknown command '%s'", name);
}
