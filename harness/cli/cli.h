/* What the subcommands of parley(1) share: their table, options, messages, files and addresses.
 *
 * A subcommand is int cli_NAME(int argc, char **argv) with argv[0] its own name, and returns the
 * exit status: one of CLI_*. What it says on stderr is one line, through cli_fail or cli_usage. */
#ifndef PARLEY_CLI_CLI_H
#define PARLEY_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parley/bytes.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

#define COMMAND(name, help) int cli_##name(int argc, char **argv);
#include "cli/commands.def"
#undef COMMAND

/* ---- Options ---- */

/* One option, or, with |name| NULL, a heading of the help text. */
struct cli_option {
    const char *name;  /* long, without "--" */
    const char *value; /* what the help text calls its value; NULL: it has none */
    const char *help;  /* may have several lines */
    int key;           /* above 0: what cli_next returns */
    char letter;       /* its short form, or 0 */
};

/* A subcommand's usage. "--help" is understood without being listed. */
struct cli_usage_text {
    const char *synopsis; /* what follows "parley NAME", a line per form */
    const char *summary;  /* may have several lines */
    const struct cli_option *options;
    size_t option_count;
    const char *notes; /* printed last; may be NULL */
};

/* A walk through a command line. */
struct cli_args {
    int argc;
    char **argv;
    const struct cli_usage_text *usage;
    const char *value; /* of the option that cli_next returned */
    int operand;       /* index of the first operand, once cli_next has returned 0 */
    int status;        /* to return when cli_next says CLI_STOP */
};
enum { CLI_STOP = -1 };

/* cli_args_init begins a walk. cli_next returns the next option's key and sets |value|, 0 when
 * only operands are left (argv[operand] on), or CLI_STOP when |status| is to be returned at once,
 * "--help" or a usage error having been answered. */
void cli_args_init(struct cli_args *args, int argc, char **argv,
                   const struct cli_usage_text *usage);
int cli_next(struct cli_args *args);

/* cli_operands returns how many operands there are. */
int cli_operands(const struct cli_args *args);

/* cli_keep returns a copy of |text| that may be written to and lasts as long as the program. */
char *cli_keep(const char *text);

/* ---- Messages ---- */

/* cli_usage and cli_fail print "parley NAME: MESSAGE" on stderr and return CLI_USAGE, CLI_FAILED.
 * cli_usage adds where help is to be had. cli_note prints the line and returns nothing. */
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* cli_command names the running subcommand in messages; main calls it. cli_command_name returns
 * the name, or NULL. */
void cli_command(const char *name);
const char *cli_command_name(void);

/* cli_say_to has each message handed to |line|, without newline, instead of stderr; NULL: stderr
 * again. */
void cli_say_to(void (*line)(const char *line));

/* cli_flush returns |status|, or CLI_FAILED if what was printed on stdout could not be written,
 * having said so. */
int cli_flush(int status);

/* ---- Files ---- */

/* cli_read_file reads |path| ("-": stdin), of at most |max| bytes, into memory that the caller
 * frees; a zero byte follows the last. Returns NULL having said why. */
uint8_t *cli_read_file(const char *path, size_t max, size_t *len);

/* cli_write_file writes |len| bytes as |path| with |mode|, under another name first, so that nobody
 * sees half a file. Returns false having said why. */
bool cli_write_file(const char *path, unsigned mode, const void *data, size_t len);

/* ---- Text ---- */

/* cli_number reads the decimal |text| into |*out| and returns whether it is one of |min| to |max|;
 * if not, it has said so, naming |what|. */
bool cli_number(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* cli_split calls |each| with every comma-separated piece of |list|, and stops, returning false,
 * when it returns false or a piece is empty (which it says, naming |what|). */
bool cli_split(const char *what, const char *list, bool (*each)(void *arg, const char *piece),
               void *arg);

/* cli_hex writes |bytes| as lower-case hex and a zero byte to |out|, of 2 * len + 1 bytes.
 * cli_unhex reads hex of an even number of digits into |out| of |cap| bytes and |*len|. */
void cli_hex(char *out, struct parley_bytes bytes);
bool cli_unhex(const char *text, uint8_t *out, size_t cap, size_t *len);

/* cli_unhex_text decodes |*len| characters in place: hex in which blanks, line ends and colons do
 * not matter. Returns false having said what is wrong. */
bool cli_unhex_text(uint8_t *bytes, size_t *len);

/* cli_plain writes |bytes|, which may be anything, as they can be shown on a terminal: what is not
 * plain ASCII as \xNN, cut where |out|, of |cap| bytes, ends. */
void cli_plain(char *out, size_t cap, struct parley_bytes bytes);

/* ---- Addresses ---- */

/* A host and a port as written: "HOST:PORT", "[IPV6]:PORT". An empty host is every address (to
 * listen on) or the loopback (to connect to). */
#define CLI_HOST_MAX 255
struct cli_address {
    char host[CLI_HOST_MAX + 1];
    char port[8];
};

/* cli_address_parse splits |text|; false having said what is wrong with it. */
bool cli_address_parse(struct cli_address *out, const char *text);

/* cli_is_ip returns whether |host| is a literal IPv4 or IPv6 address. */
bool cli_is_ip(const char *host);

#endif
