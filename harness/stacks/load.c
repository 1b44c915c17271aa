/* The stacks there are: our engine, and plugins. */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parley/stack.h"
#include "stacks/world.h"

#define SUFFIX ".so"
#define MISSING ".missing" /* beside the plugins: a line that says why one was left out */
#define WHY 200
#define PATH_SIZE 4096

/* A plugin that was asked for. */
struct entry {
    struct entry *next;
    const struct parley_stack *stack;
    char path[];
};
static struct entry *loaded;

static void enter(struct parley_random random, int64_t now_ms) {
    if (world_enter != NULL) {
        world_enter(random, now_ms);
    }
}

static void leave(void) {
    if (world_leave != NULL) {
        world_leave();
    }
}

static const struct parley_host host = {enter, leave, parley_system_random};

/* ---- Loading one ---- */

/* plugin_of returns what the shared object at |path| exports. It is not unloaded again: some stacks
 * do not survive that. */
static const struct parley_stack *plugin_of(const char *path, char why[WHY]) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        (void)snprintf(why, WHY, "%s", dlerror());
        return NULL;
    }
    parley_stack_plugin_function *plugin;
    void *symbol = dlsym(handle, PARLEY_STACK_SYMBOL);
    memcpy(&plugin, &symbol, sizeof plugin);
    const struct parley_stack *stack = symbol != NULL ? plugin(&host) : NULL;
    if (stack == NULL) {
        (void)snprintf(why, WHY, "%s: not a plugin of Parley's", path);
        return NULL;
    }
    if (stack->abi != PARLEY_STACK_ABI) {
        (void)snprintf(why, WHY, "%s: made for another Parley (interface %u, here %u)", path,
                       (unsigned)stack->abi, (unsigned)PARLEY_STACK_ABI);
        return NULL;
    }
    return stack;
}

static const struct parley_stack *load(const char *path, char why[WHY]) {
    for (const struct entry *entry = loaded; entry != NULL; entry = entry->next) {
        if (strcmp(entry->path, path) == 0) {
            return entry->stack;
        }
    }
    const struct parley_stack *stack = plugin_of(path, why);
    struct entry *entry = stack != NULL ? malloc(sizeof *entry + strlen(path) + 1) : NULL;
    if (entry != NULL) {
        entry->stack = stack;
        memcpy(entry->path, path, strlen(path) + 1);
        entry->next = loaded;
        loaded = entry;
    }
    return stack;
}

/* ---- Where they are ---- */

/* folders_of writes the folders, separated by colons. */
static const char *folders_of(char out[PATH_SIZE]) {
    const char *given = getenv(PARLEY_STACKS_VARIABLE);
    if (given != NULL) {
        return given;
    }
    char self[PATH_SIZE / 4];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL) {
        return "";
    }
    *slash = '\0';
    (void)snprintf(out, PATH_SIZE, "%s/stacks:%s/../lib/parley/stacks:%s/../stacks", self, self,
                   self);
    return out;
}

/* next_folder copies the next of |*folders| to |out| and moves on; false: there are no more. */
static bool next_folder(const char **folders, char out[PATH_SIZE]) {
    *folders += strspn(*folders, ":");
    size_t n = strcspn(*folders, ":");
    if (n == 0 || n >= PATH_SIZE) {
        return false;
    }
    memcpy(out, *folders, n);
    out[n] = '\0';
    *folders += n;
    return true;
}

/* read_line reads the first line of |path|. */
static bool read_line(const char *path, char why[WHY]) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    bool read = fgets(why, WHY, file) != NULL;
    (void)fclose(file);
    why[strcspn(why, "\n")] = '\0';
    return read;
}

const struct parley_stack *parley_stack_find(const char *name, char why[WHY]) {
    char buffer[PATH_SIZE], folder[PATH_SIZE], path[2 * PATH_SIZE];
    if (strcmp(name, parley_engine_stack.name) == 0) {
        return &parley_engine_stack;
    }
    if (strchr(name, '/') != NULL) {
        return load(name, why);
    }
    const char *folders = folders_of(buffer);
    bool known = false;
    while (next_folder(&folders, folder)) {
        (void)snprintf(path, sizeof path, "%s/%s" SUFFIX, folder, name);
        if (access(path, F_OK) == 0) {
            return load(path, why);
        }
        (void)snprintf(path, sizeof path, "%s/%s" MISSING, folder, name);
        known = known || read_line(path, why);
    }
    if (!known) {
        (void)snprintf(why, WHY, "no such stack: %.60s (parley stacks lists them)", name);
    }
    return NULL;
}

/* ---- All of them ---- */

struct names {
    char **items;
    size_t count;
    bool failed;
};

static void add_name(struct names *names, const char *file) {
    static const char *const suffixes[] = {SUFFIX, MISSING};
    for (size_t i = 0; i < 2; i++) {
        size_t suffix = strlen(suffixes[i]), n = strlen(file);
        if (n <= suffix || strcmp(file + n - suffix, suffixes[i]) != 0) {
            continue;
        }
        char **items = realloc(names->items, (names->count + 1) * sizeof *items);
        char *copy = strndup(file, n - suffix);
        if (items != NULL) {
            names->items = items;
        }
        if (items == NULL || copy == NULL) {
            free(copy);
            names->failed = true;
            return;
        }
        items[names->count++] = copy;
    }
}

static void add_folder(struct names *names, const char *folder) {
    DIR *directory = opendir(folder);
    const struct dirent *file;
    while (directory != NULL && (file = readdir(directory)) != NULL) {
        add_name(names, file->d_name);
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool parley_stack_list(void (*each)(void *arg, const char *name, const struct parley_stack *stack,
                                    const char *why),
                       void *arg) {
    char buffer[PATH_SIZE], folder[PATH_SIZE], why[WHY];
    struct names names = {NULL, 0, false};
    const char *folders = folders_of(buffer);
    while (next_folder(&folders, folder)) {
        add_folder(&names, folder);
    }
    if (names.count > 0) {
        qsort(names.items, names.count, sizeof *names.items, compare);
    }
    each(arg, parley_engine_stack.name, &parley_engine_stack, NULL);
    for (size_t i = 0; i < names.count; i++) {
        if (i == 0 || strcmp(names.items[i], names.items[i - 1]) != 0) {
            const struct parley_stack *stack = parley_stack_find(names.items[i], why);
            each(arg, names.items[i], stack, stack == NULL ? why : NULL);
        }
    }
    for (size_t i = 0; i < names.count; i++) {
        free(names.items[i]);
    }
    free(names.items);
    return !names.failed;
}
