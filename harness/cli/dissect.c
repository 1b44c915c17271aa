/* parley dissect: bytes of TLS as a tree of named fields. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "parley/dissect.h"

#define INPUT_MAX (64u << 20)

enum { OPTION_HEX = 1, OPTION_AS };
static const struct cli_option options[] = {
    {"hex", NULL, "the input is hex text; blanks, line ends and colons in it do not matter",
     OPTION_HEX, 'x'},
    {"as", "WHAT",
     "do not guess: records, handshake (messages), client_hello (without header); or a message's\n"
     "body or an extension's, by the name of its fuzz target: server_hello, ext_alpn_offer, ...",
     OPTION_AS, 0},
};
static const struct cli_usage_text usage = {
    .synopsis = "[--hex] [--as WHAT] FILE|-",
    .summary =
        "Prints records, handshake messages or a bare ClientHello as a tree of named fields:\n"
        "offset (hex), length, name, value. \"-\" is standard input.",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .notes =
        "Exit status: 0 all of it is well formed; 1 not, the first error and its offset being on\n"
        "stderr after what could be read; 2 bad usage.",
};

static bool parse_as(const char *text, enum parley_dissect_as *out) {
    static const char *const words[] = {"auto", "records", "handshake", "client_hello"};
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = (enum parley_dissect_as)i;
            return true;
        }
    }
    return false;
}

/* |grammar| is NULL unless it decides in place of |as|. */
static int dissect(const char *path, bool hex, enum parley_dissect_as as, const char *grammar) {
    size_t len = 0;
    uint8_t *bytes = cli_read_file(path, INPUT_MAX, &len);
    if (bytes == NULL) {
        return CLI_FAILED;
    }
    int status = CLI_FAILED;
    if (!hex || cli_unhex_text(bytes, &len)) {
        struct parley_wire_error error;
        struct parley_bytes in = {bytes, len};
        bool ok = grammar != NULL ? parley_dissect_body(stdout, grammar, in, &error)
                                  : parley_dissect(stdout, in, as, &error);
        status = cli_flush(ok ? CLI_OK : CLI_FAILED);
        if (!ok) {
            cli_note("at offset 0x%zx (%zu): %s: %s (%s)", error.offset, error.offset,
                     parley_error_name(error.error), parley_error_text(error.error), error.field);
        }
    }
    free(bytes);
    return status;
}

int cli_dissect(int argc, char **argv) {
    struct cli_args args;
    bool hex = false;
    enum parley_dissect_as as = PARLEY_DISSECT_AUTO;
    const char *grammar = NULL;
    int key;
    cli_args_init(&args, argc, argv, &usage);
    while ((key = cli_next(&args)) > 0) {
        switch (key) {
        case OPTION_HEX:
            hex = true;
            break;
        case OPTION_AS:
            grammar = NULL;
            if (!parse_as(args.value, &as)) {
                grammar = args.value;
                if (!parley_dissect_knows(grammar)) {
                    return cli_usage("--as takes records, handshake, client_hello or the name of a "
                                     "message or extension, not '%s'",
                                     args.value);
                }
            }
            break;
        default:
            break;
        }
    }
    if (key == CLI_STOP) {
        return args.status;
    }
    if (cli_operands(&args) != 1) {
        return cli_usage("give one file, or '-'");
    }
    return dissect(argv[args.operand], hex, as, grammar);
}
