/* Output files: made in a directory of their own beside the target, then renamed. */
#include "report/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool complain(const char *path, const char *reason, char why[OUTPUT_WHY_MAX]) {
    (void)snprintf(why, OUTPUT_WHY_MAX, "cannot write %.100s: %.80s", path, reason);
    return false;
}

/* join writes |dir|/|name| to |out|; false if it is too long. */
static bool join(const char *dir, const char *name, char out[OUTPUT_PATH_MAX]) {
    int n = snprintf(out, OUTPUT_PATH_MAX, "%s/%s", dir, name);
    return n > 0 && n < OUTPUT_PATH_MAX;
}

bool output_workspace(const char *path, char dir[OUTPUT_PATH_MAX], char why[OUTPUT_WHY_MAX]) {
    struct stat existing;
    if (stat(path, &existing) == 0 && !S_ISREG(existing.st_mode)) {
        return complain(path, "it exists and is not a regular file", why);
    }
    int n = snprintf(dir, OUTPUT_PATH_MAX, "%s.XXXXXX", path);
    if (n < 0 || n >= OUTPUT_PATH_MAX) {
        return complain(path, "the name is too long", why);
    }
    if (mkdtemp(dir) == NULL) {
        return complain(path, strerror(errno), why);
    }
    return true;
}

bool output_commit(const char *dir, const char *name, const char *path, char why[OUTPUT_WHY_MAX]) {
    char from[OUTPUT_PATH_MAX];
    if (!join(dir, name, from)) {
        return complain(path, "the name is too long", why);
    }
    return rename(from, path) == 0 || complain(path, strerror(errno), why);
}

void output_remove(const char *dir) {
    DIR *list = opendir(dir);
    if (list == NULL) {
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(list)) != NULL) {
        char file[OUTPUT_PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (join(dir, entry->d_name, file)) {
            (void)unlink(file);
        }
    }
    (void)closedir(list);
    (void)rmdir(dir);
}

bool output_write(const char *dir, const char *name, const char *bytes, size_t len,
                  char why[OUTPUT_WHY_MAX]) {
    char path[OUTPUT_PATH_MAX];
    if (!join(dir, name, path)) {
        return complain(dir, "the name is too long", why);
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        complain(path, strerror(errno), why);
        if (fd >= 0) {
            (void)close(fd);
        }
        return false;
    }
    bool ok = len == 0 || fwrite(bytes, 1, len, file) == len;
    ok = fclose(file) == 0 && ok;
    return ok || complain(path, strerror(errno), why);
}
