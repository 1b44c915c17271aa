#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzzers/other.h"

#define PATH_LONGEST 4096

const struct other_stack *other_load(const char *name) {
    char path[PATH_LONGEST];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path));
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    if (len <= 0 || strlen(name) + sizeof(".so") > sizeof(path) - (size_t)len) {
        (void)fprintf(stderr, "%s: where is this program?\n", name);
        return NULL;
    }
    (void)snprintf(path + len, sizeof(path) - (size_t)len, "%s.so", name);
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = plugin != NULL ? dlsym(plugin, "other_stack_plugin") : NULL;
    if (symbol == NULL) {
        (void)fprintf(stderr, "%s\n", dlerror());
        return NULL;
    }
    /* ISO C has no cast for this; POSIX says that it works. */
    const struct other_stack *(*get)(void) = NULL;
    memcpy(&get, &symbol, sizeof(get));
    return get();
}
