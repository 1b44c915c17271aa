/* parley messages: the tables, listed. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"
#include "parley/tables.h"

enum { OPTION_JSON = 1, OPTION_MARKDOWN, OPTION_DICT };
static const struct cli_option options[] = {
    {"json", NULL, "one JSON object: {\"messages\": [...], \"extensions\": [...]}", OPTION_JSON, 0},
    {"markdown", NULL, "two tables in Markdown", OPTION_MARKDOWN, 0},
    {"dict", NULL, "the names and code points as a dictionary for fuzzing engines", OPTION_DICT, 0},
};
static const struct cli_usage_text usage = {
    .synopsis = "[--json|--markdown|--dict]",
    .summary =
        "Lists every message and extension that Parley parses, writes, dissects and fuzzes, from the\n"
        "tables that its code is generated from.",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
};

/* A bit and its word. */
struct word {
    unsigned bit;
    const char *text;
};
static const struct word version_words[] = {
    {PARLEY_IN_TLS12, "1.2"}, {PARLEY_IN_TLS13, "1.3"}, {0, NULL}};
static const struct word sender_words[] = {
    {PARLEY_BY_CLIENT, "client"}, {PARLEY_BY_SERVER, "server"}, {0, NULL}};
/* Short, and the message it stands for; the order is the bits'. */
static const struct word place_words[] = {
    {PARLEY_PLACE_CH, "CH"},   {PARLEY_PLACE_SH12, "SH12"}, {PARLEY_PLACE_SH, "SH"},
    {PARLEY_PLACE_HRR, "HRR"}, {PARLEY_PLACE_EE, "EE"},     {PARLEY_PLACE_CT, "CT"},
    {PARLEY_PLACE_CR, "CR"},   {PARLEY_PLACE_NST, "NST"},   {0, NULL}};
static const char place_key[] =
    "CH client_hello, SH12 server_hello of TLS 1.2, SH server_hello of TLS 1.3, HRR hello_retry_request,\n"
    "EE encrypted_extensions, CT certificate, CR certificate_request, NST new_session_ticket (TLS 1.3)";

/* Writes the words of |bits| with blanks between them. */
static void join(char *out, size_t cap, const struct word *words, unsigned bits) {
    size_t used = 0;
    out[0] = 0;
    for (; words->text != NULL; words++) {
        if ((bits & words->bit) == 0) {
            continue;
        }
        int put = snprintf(out + used, cap - used, "%s%s", used > 0 ? " " : "", words->text);
        if (put < 0 || (size_t)put >= cap - used) {
            return;
        }
        used += (size_t)put;
    }
}

static json_t *array(const struct word *words, unsigned bits) {
    json_t *list = json_array();
    for (; words->text != NULL; words++) {
        if ((bits & words->bit) != 0) {
            json_array_append_new(list, json_string(words->text));
        }
    }
    return list;
}

static unsigned places_of(const struct parley_extension_row *row) {
    unsigned places = 0;
    for (unsigned i = 0; i < row->form_count; i++) {
        places |= parley_forms[(unsigned)row->first_form + i].places;
    }
    return places;
}

/* A message's bits in words. */
struct message_words {
    char type[8];
    char versions[16];
    char senders[24];
};

static void describe(const struct parley_message_row *row, struct message_words *out) {
    if (row->content == PARLEY_CONTENT_HANDSHAKE) {
        snprintf(out->type, sizeof(out->type), "%u", row->type);
    } else {
        snprintf(out->type, sizeof(out->type), "-");
    }
    join(out->versions, sizeof(out->versions), version_words, row->versions);
    join(out->senders, sizeof(out->senders), sender_words, row->senders);
}

static void print_text(void) {
    printf("%-26s %4s  %-8s %-14s %-12s %7s  %s\n", "MESSAGE", "TYPE", "TLS", "SENDER", "EPOCH",
           "MAX", "SPECIFIED IN");
    for (int i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        const struct parley_message_row *row = &parley_messages[i];
        struct message_words words;
        describe(row, &words);
        printf("%-26s %4s  %-8s %-14s %-12s %7u  %s\n", row->name, words.type, words.versions,
               words.senders, parley_epoch_name((enum parley_epoch)row->epoch), row->max_length,
               row->rfc);
    }
    printf("\n%-38s %6s  %-30s %s\n", "EXTENSION", "CODE", "IN", "SPECIFIED IN");
    for (int i = 0; i < PARLEY_EXTENSION_COUNT; i++) {
        const struct parley_extension_row *row = &parley_extensions[i];
        char places[64];
        join(places, sizeof(places), place_words, places_of(row));
        printf("%-38s 0x%04x  %-30s %s\n", row->name, row->code, places, row->rfc);
    }
    printf("\n%s\n", place_key);
}

static void print_markdown(void) {
    puts("| message | type | TLS | sender | epoch | specified in |\n|---|---|---|---|---|---|");
    for (int i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        const struct parley_message_row *row = &parley_messages[i];
        struct message_words words;
        describe(row, &words);
        printf("| `%s` | %s | %s | %s | %s | %s |\n", row->name, words.type, words.versions,
               words.senders, parley_epoch_name((enum parley_epoch)row->epoch), row->rfc);
    }
    puts("\n| extension | code | in | specified in |\n|---|---|---|---|");
    for (int i = 0; i < PARLEY_EXTENSION_COUNT; i++) {
        const struct parley_extension_row *row = &parley_extensions[i];
        char places[64];
        join(places, sizeof(places), place_words, places_of(row));
        printf("| `%s` | 0x%04x | %s | %s |\n", row->name, row->code, places, row->rfc);
    }
    printf("\n%s.\n", place_key);
}

static json_t *message_json(const struct parley_message_row *row) {
    json_t *out = json_object();
    json_object_set_new(out, "name", json_string(row->name));
    json_object_set_new(out, "content", json_string(parley_content_name(row->content)));
    json_object_set_new(out, "type",
                        row->content == PARLEY_CONTENT_HANDSHAKE ? json_integer(row->type)
                                                                 : json_null());
    json_object_set_new(out, "versions", array(version_words, row->versions));
    json_object_set_new(out, "senders", array(sender_words, row->senders));
    json_object_set_new(out, "epoch",
                        json_string(parley_epoch_name((enum parley_epoch)row->epoch)));
    json_object_set_new(out, "rfc", json_string(row->rfc));
    json_object_set_new(out, "max_length", json_integer(row->max_length));
    return out;
}

static json_t *extension_json(const struct parley_extension_row *row) {
    json_t *out = json_object();
    json_t *forms = json_array();
    for (unsigned i = 0; i < row->form_count; i++) {
        const struct parley_form_row *form = &parley_forms[(unsigned)row->first_form + i];
        json_t *item = json_object();
        json_object_set_new(item, "name", json_string(form->name));
        json_object_set_new(item, "places", array(place_words, form->places));
        json_array_append_new(forms, item);
    }
    json_object_set_new(out, "name", json_string(row->name));
    json_object_set_new(out, "code", json_integer(row->code));
    json_object_set_new(out, "rfc", json_string(row->rfc));
    json_object_set_new(out, "forms", forms);
    return out;
}

static void print_json(void) {
    json_t *messages = json_array();
    json_t *extensions = json_array();
    for (int i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        json_array_append_new(messages, message_json(&parley_messages[i]));
    }
    for (int i = 0; i < PARLEY_EXTENSION_COUNT; i++) {
        json_array_append_new(extensions, extension_json(&parley_extensions[i]));
    }
    json_t *all = json_object();
    json_object_set_new(all, "messages", messages);
    json_object_set_new(all, "extensions", extensions);
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

/* An entry: NAME="\xHH...", |width| bytes. Names of groups and of others do not meet: each has its
 * kind in front. */
static void print_entry(const char *kind, const char *name, unsigned width, unsigned code) {
    printf("%s_%s=\"", kind, name);
    for (unsigned i = width; i-- > 0;) {
        printf("\\x%02x", code >> 8 * i & 0xff);
    }
    puts("\"");
}

static void print_dict(void) {
    for (int i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        if (parley_messages[i].content == PARLEY_CONTENT_HANDSHAKE) {
            print_entry("message", parley_messages[i].name, 1, parley_messages[i].type);
        }
    }
    for (int i = 0; i < PARLEY_EXTENSION_COUNT; i++) {
        print_entry("extension", parley_extensions[i].name, 2, parley_extensions[i].code);
    }
    for (size_t i = 0; i < parley_suite_count; i++) {
        print_entry("suite", parley_suites[i].name, 2, parley_suites[i].code);
    }
    for (size_t i = 0; i < parley_group_count; i++) {
        print_entry("group", parley_groups[i].name, 2, parley_groups[i].code);
    }
    for (size_t i = 0; i < parley_sigalg_count; i++) {
        print_entry("sigalg", parley_sigalgs[i].name, 2, parley_sigalgs[i].code);
    }
    for (unsigned version = PARLEY_TLS10; version <= PARLEY_TLS13; version++) {
        char digits[8];
        snprintf(digits, sizeof(digits), "%x", version);
        print_entry("version", digits, 2, version);
        for (unsigned type = PARLEY_CONTENT_CHANGE_CIPHER_SPEC;
             type <= PARLEY_CONTENT_APPLICATION_DATA; type++) {
            char name[32];
            snprintf(name, sizeof(name), "%s_%x", parley_content_name(type), version);
            print_entry("record", name, 3, type << 16 | version);
        }
    }
}

int cli_messages(int argc, char **argv) {
    int form = 0;
    struct cli_args args;
    cli_args_init(&args, argc, argv, &usage);
    for (int key; (key = cli_next(&args)) != 0;) {
        if (key == CLI_STOP) {
            return args.status;
        }
        form = key;
    }
    if (cli_operands(&args) > 0) {
        return cli_usage("unexpected argument '%s'", argv[args.operand]);
    }
    if (form == OPTION_JSON) {
        print_json();
    } else if (form == OPTION_MARKDOWN) {
        print_markdown();
    } else if (form == OPTION_DICT) {
        print_dict();
    } else {
        print_text();
    }
    return CLI_OK;
}
