/* A fuzz target without a fuzzing engine: replays files, and all files below folders.
 *
 * Usage: TARGET [-t SECONDS] [-q] [-c COUNT] FILE|FOLDER...
 *
 * -t: time limit per input (default 10; 0: none). -q: no progress. -c: instead of a summary, prints
 * the names of at most so many inputs that together reach the most (in the preset coverage). Exits
 * 1 if an input failed, 2 if nothing was replayed or something could not be read. A failing input
 * ends the run, as an oracle aborts: its name is the last thing on stderr. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzzers/choose.h"
#include "fuzzers/fuzz.h"

#define PATH_LONGEST 4096
#define INPUT_LONGEST (1U << 20)

static struct {
    unsigned seconds;
    bool quiet;
    bool terminal;
    size_t count;
    size_t bytes;
    size_t choose; /* 0: does not */
    bool unreadable;
    char path[PATH_LONGEST];
} runner = {.seconds = 10};

/* Only what may be called in a signal handler. */
static void say(const char *text) {
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void on_signal(int number) {
    say(number == SIGALRM ? "\nTIME LIMIT: " : "\nFAILED: ");
    say(fuzz_target.name);
    say(": ");
    say(runner.path);
    say("\n");
    _exit(1);
}

/* A sanitizer, where there is one, says what it found, and then calls this. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void on_death(void) {
    say("\nFAILED: ");
    say(fuzz_target.name);
    say(": ");
    say(runner.path);
    say("\n");
}

static void complain(const char *path) {
    (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
    runner.unreadable = true;
}

static void replay(const char *path) {
    static uint8_t input[INPUT_LONGEST];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        complain(path);
        return;
    }
    size_t len = fread(input, 1, sizeof(input), file);
    bool bad = ferror(file) != 0;
    (void)fclose(file);
    /* Of its own size, so that a sanitizer sees what is read behind the end. */
    uint8_t *copy = malloc(len != 0 ? len : 1);
    if (bad || copy == NULL) {
        complain(path);
        free(copy);
        return;
    }
    memcpy(copy, input, len);
    (void)snprintf(runner.path, sizeof(runner.path), "%s", path);
    (void)alarm(runner.seconds);
    if (runner.choose != 0) {
        choose_before();
    }
    (void)LLVMFuzzerTestOneInput(copy, len);
    if (runner.choose != 0) {
        choose_after(path);
    }
    (void)alarm(0);
    free(copy);
    runner.count++;
    runner.bytes += len;
    if (!runner.quiet && runner.terminal && runner.count % 64 == 0) {
        (void)fprintf(stderr, "\r%s: %zu", fuzz_target.name, runner.count);
    }
}

static void visit(const char *path);

static void visit_folder(const char *path) {
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        complain(path);
        return;
    }
    for (int i = 0; i < count; i++) {
        char inner[PATH_LONGEST];
        int len = snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof(inner)) {
            visit(inner);
        }
        free(entries[i]);
    }
    free(entries);
}

static void visit(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0) {
        complain(path);
    } else if (S_ISDIR(info.st_mode)) {
        visit_folder(path);
    } else {
        replay(path);
    }
}

static int usage(void) {
    (void)fprintf(stderr, "usage: %s [-t SECONDS] [-q] [-c COUNT] FILE|FOLDER...\n",
                  fuzz_target.name);
    return 2;
}

int main(int argc, char **argv) {
    for (int option = 0; (option = getopt(argc, argv, "t:qc:")) != -1;) {
        char *rest = NULL;
        if (option == 'q') {
            runner.quiet = true;
        } else if (option == 't') {
            runner.seconds = (unsigned)strtoul(optarg, &rest, 10);
        } else if (option == 'c') {
            runner.choose = strtoul(optarg, &rest, 10);
        }
        if (option == '?' || (rest != NULL && *rest != '\0')) {
            return usage();
        }
    }
    if (optind == argc) {
        return usage();
    }
    if (runner.choose != 0 && !choose_possible()) {
        (void)fprintf(stderr, "%s: -c needs the preset coverage\n", fuzz_target.name);
        return 2;
    }
    runner.terminal = isatty(STDERR_FILENO) != 0;
    (void)signal(SIGALRM, on_signal);
    (void)signal(SIGABRT, on_signal);
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(on_death);
    } else {
        (void)signal(SIGSEGV, on_signal);
        (void)signal(SIGBUS, on_signal);
        (void)signal(SIGFPE, on_signal);
    }
    (void)LLVMFuzzerInitialize(&argc, &argv);
    for (int i = optind; i < argc; i++) {
        visit(argv[i]);
    }
    if (runner.choose != 0) {
        choose_print(runner.choose);
        return runner.count == 0 || runner.unreadable ? 2 : 0;
    }
    (void)printf("%s%s: %zu inputs, %zu bytes\n", runner.terminal && !runner.quiet ? "\r" : "",
                 fuzz_target.name, runner.count, runner.bytes);
    if (runner.count == 0) {
        (void)fprintf(stderr, "%s: nothing was replayed\n", fuzz_target.name);
    }
    return runner.count == 0 || runner.unreadable ? 2 : 0;
}
