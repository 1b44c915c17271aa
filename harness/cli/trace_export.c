/* parley trace --export: a trace as a program that runs it, for a bug report. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/trace.h"

static const char sh_before[] =
    "#!/bin/sh\n"
    "# What this does to a TLS stack: 'parley trace --help' explains it.\n"
    "exec \"${PARLEY:-parley}\" trace run \"$@\" - <<'END'\n";
static const char sh_after[] = "END\n";

static const char c_before[] =
    "/* What this does to a TLS stack: 'parley trace --help' explains it. To compile:\n"
    " *\n"
    " *     cc -o reproduce reproduce.c $(pkg-config --cflags --static --libs parley)\n"
    " *\n"
    " * Stacks are plugins: PARLEY_STACKS=DIR in the environment says where they are. */\n"
    "#include <stdio.h>\n"
    "#include <string.h>\n"
    "\n"
    "#include <parley/judge.h>\n"
    "\n"
    "static const char text[] =\n";
static const char c_after[] =
    ";\n"
    "\n"
    "static struct parley_trace trace;\n"
    "static struct parley_trial_result result;\n"
    "\n"
    "int main(void) {\n"
    "    struct parley_judgement verdicts[PARLEY_JUDGEMENTS_MAX];\n"
    "    struct parley_trace_error error;\n"
    "    char why[200] = \"no memory, or no trace\";\n"
    "    struct parley_bytes in = {(const uint8_t *)text, strlen(text)};\n"
    "    struct parley_pki *pki = parley_pki_new(1);\n"
    "    struct parley_trial *trial = pki != NULL ? parley_trial_new(pki) : NULL;\n"
    "    size_t found = 0;\n"
    "    if (trial == NULL || !parley_trace_parse(&trace, in, &error) ||\n"
    "        !parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL)) {\n"
    "        fprintf(stderr, \"%s\\n\", why);\n"
    "        return 2;\n"
    "    }\n"
    "    for (size_t i = 0; i < result.session_count; i++) {\n"
    "        size_t count = parley_judge_again(trial, &trace, i, &result, verdicts);\n"
    "        printf(\"session %zu: %s\\n\", i + 1, parley_answer_name(result.sessions[i].answer));\n"
    "        for (size_t j = 0; j < count; j++) {\n"
    "            printf(\"verdict %s: %s (%s)\\n\", verdicts[j].oracle, verdicts[j].detail,\n"
    "                   verdicts[j].section);\n"
    "        }\n"
    "        found += count;\n"
    "    }\n"
    "    parley_trial_free(trial);\n"
    "    parley_pki_free(pki);\n"
    "    return found > 0;\n"
    "}\n";

struct out {
    char text[TRACE_TEXT_MAX];
    size_t len;
};

static void put(struct out *out, const char *text, size_t len) {
    if (len < sizeof out->text - out->len) {
        memcpy(out->text + out->len, text, len);
    }
    out->len += len < sizeof out->text - out->len ? len : sizeof out->text - out->len;
}

/* put_literal writes |text|, lines of plain ASCII, as C's strings, one a line. */
static void put_literal(struct out *out, const char *text) {
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        put(out, "    \"", 5);
        for (size_t i = 0; i < len; i++) {
            if (text[i] == '"' || text[i] == '\\' || text[i] == '?') {
                put(out, "\\", 1); /* "??" could begin a trigraph */
            }
            put(out, text + i, 1);
        }
        text += len + (text[len] == '\n');
        put(out, *text != '\0' ? "\\n\"\n" : "\\n\"", *text != '\0' ? 4 : 3);
    }
}

bool trace_is_form(const char *form) {
    return strcmp(form, "sh") == 0 || strcmp(form, "c") == 0;
}

int trace_show(const struct trace_options *options, const struct parley_trace *trace) {
    static struct out out;
    static char text[TRACE_TEXT_MAX];
    out.len = 0;
    if (parley_trace_print(trace, text, sizeof text) >= sizeof text) {
        return cli_fail("the text is too long");
    }
    if (options->form == NULL) {
        put(&out, text, strlen(text));
    } else if (strcmp(options->form, "sh") == 0) {
        put(&out, sh_before, sizeof sh_before - 1);
        put(&out, text, strlen(text));
        put(&out, sh_after, sizeof sh_after - 1);
    } else {
        put(&out, c_before, sizeof c_before - 1);
        put_literal(&out, text);
        put(&out, c_after, sizeof c_after - 1);
    }
    return out.len < sizeof out.text ? trace_write(options, out.text, out.len)
                                     : cli_fail("the text is too long");
}
