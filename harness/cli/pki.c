/* parley pki: the test PKI as files. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "parley/pki.h"

enum { OPTION_SEED = 1 };
static const struct cli_option options[] = {
    {"seed", "N", "the keys and certificates of seed N (default: 1)", OPTION_SEED, 0},
};
static const struct cli_usage_text usage = {
    .synopsis = "[--seed N] DIR",
    .summary =
        "Writes a test CA with its certificates and keys into DIR, which is made if need be: NAME.pem\n"
        "(the certificate, then its issuers but for the root) and NAME.key for each. ca.pem is the root\n"
        "to trust. The same seed gives the same files. The keys are no secrets: never trust this CA\n"
        "outside of tests.",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .notes = "Servers answer to parley.test, *.wild.test, localhost, 127.0.0.1 and ::1.",
};

/* write_text writes |text| as DIR/NAME.SUFFIX. */
static bool write_text(const char *dir, const char *name, const char *suffix, unsigned mode,
                       struct parley_bytes text) {
    char path[4096];
    int len = snprintf(path, sizeof(path), "%s/%s.%s", dir, name, suffix);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        cli_note("%.40s...: the name is too long", dir);
        return false;
    }
    return cli_write_file(path, mode, text.data, text.len);
}

static bool write_all(const char *dir, const struct parley_pki *pki) {
    const struct parley_pki_entry *entry;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST) {
        cli_note("%s: %s", dir, strerror(errno));
        return false;
    }
    for (size_t i = 0; (entry = parley_pki_at(pki, i)) != NULL; i++) {
        if (!write_text(dir, entry->name, "key", 0600, entry->private_key) ||
            !write_text(dir, entry->name, "pem", 0644, entry->certificates)) {
            return false;
        }
        printf("%-22s %s\n", entry->name, entry->about);
    }
    return true;
}

int cli_pki(int argc, char **argv) {
    struct cli_args args;
    uint64_t seed = 1;
    int key;
    cli_args_init(&args, argc, argv, &usage);
    while ((key = cli_next(&args)) != 0) {
        if (key == CLI_STOP) {
            return args.status;
        }
        if (!cli_number("--seed", args.value, 0, UINT64_MAX, &seed)) {
            return CLI_USAGE;
        }
    }
    if (cli_operands(&args) != 1) {
        return cli_usage("one folder is needed");
    }
    struct parley_pki *pki = parley_pki_new(seed);
    if (pki == NULL) {
        return cli_fail("out of memory");
    }
    bool ok = write_all(argv[args.operand], pki);
    parley_pki_free(pki);
    return cli_flush(ok ? CLI_OK : CLI_FAILED);
}
