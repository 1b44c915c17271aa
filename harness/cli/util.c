/* Files, lists, hex and addresses for the subcommands. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

/* ---- Files ---- */

/* Reads |fd| to its end. Returns NULL with errno set; EFBIG if there is more than |max|. */
static uint8_t *read_all(int fd, size_t max, size_t *len) {
    size_t room = 4096;
    uint8_t *data = malloc(room + 1);
    size_t have = 0;
    while (data != NULL) {
        ssize_t got = read(fd, data + have, room - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got == 0) {
            data[have] = 0;
            *len = have;
            return data;
        }
        have += got > 0 ? (size_t)got : 0;
        if (got > 0 && have > max) {
            errno = EFBIG;
        }
        if (got < 0 || have > max) {
            break;
        }
        if (have == room) {
            uint8_t *larger = realloc(data, 2 * room + 1);
            if (larger == NULL) {
                break;
            }
            data = larger;
            room *= 2;
        }
    }
    int saved = errno;
    free(data);
    errno = saved;
    return NULL;
}

uint8_t *cli_read_file(const char *path, size_t max, size_t *len) {
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *data = fd < 0 ? NULL : read_all(fd, max, len);
    if (data == NULL && errno == EFBIG) {
        cli_note("%s: longer than %zu bytes", path, max);
    } else if (data == NULL) {
        cli_note("%s: %s", standard ? "standard input" : path, strerror(errno));
    }
    if (fd >= 0 && !standard) {
        close(fd);
    }
    return data;
}

static bool write_all(int fd, const uint8_t *data, size_t len) {
    while (len > 0) {
        ssize_t put = write(fd, data, len);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        if (put > 0) {
            data += put;
            len -= (size_t)put;
        }
    }
    return true;
}

bool cli_write_file(const char *path, unsigned mode, const void *data, size_t len) {
    size_t room = strlen(path) + 32;
    char *other = malloc(room);
    if (other == NULL) {
        cli_note("%s: out of memory", path);
        return false;
    }
    snprintf(other, room, "%s.%ld.tmp", path, (long)getpid());
    int fd = open(other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    bool fine = fd >= 0 && write_all(fd, data, len);
    if (fd >= 0 && close(fd) != 0) {
        fine = false;
    }
    if (fine && rename(other, path) != 0) {
        fine = false;
    }
    if (!fine) {
        cli_note("%s: %s", path, strerror(errno));
        if (fd >= 0) {
            unlink(other);
        }
    }
    free(other);
    return fine;
}

/* ---- Text ---- */

bool cli_number(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out) {
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    /* strtoull takes blanks and signs; a number here is digits. */
    bool fine =
        text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0 && value >= min && value <= max;
    if (!fine) {
        cli_usage("%s: '%s' is not a number from %llu to %llu", what, text, (unsigned long long)min,
                  (unsigned long long)max);
        return false;
    }
    *out = value;
    return true;
}

bool cli_split(const char *what, const char *list, bool (*each)(void *arg, const char *piece),
               void *arg) {
    char *copy = strdup(list);
    if (copy == NULL) {
        return false;
    }
    bool fine = true;
    for (char *piece = copy, *next; fine && piece != NULL; piece = next) {
        next = strchr(piece, ',');
        if (next != NULL) {
            *next++ = 0;
        }
        if (*piece == 0) {
            cli_usage("%s: an empty name in '%s'", what, list);
            fine = false;
        } else {
            fine = each(arg, piece);
        }
    }
    free(copy);
    return fine;
}

void cli_plain(char *out, size_t cap, struct parley_bytes bytes) {
    size_t used = 0;
    for (size_t i = 0; i < bytes.len && cap - used > 4; i++) {
        uint8_t c = bytes.data[i];
        bool plain = c > 0x20 && c < 0x7f && c != '\\' && c != '"';
        used += (size_t)snprintf(out + used, cap - used, plain ? "%c" : "\\x%02x", c);
    }
    out[used] = 0;
}

void cli_hex(char *out, struct parley_bytes bytes) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        *out++ = digits[bytes.data[i] >> 4];
        *out++ = digits[bytes.data[i] & 15];
    }
    *out = 0;
}

static int digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

bool cli_unhex(const char *text, uint8_t *out, size_t cap, size_t *len) {
    size_t digits = strlen(text);
    if (digits % 2 != 0 || digits / 2 > cap) {
        return false;
    }
    for (size_t i = 0; i < digits / 2; i++) {
        int high = digit(text[2 * i]);
        int low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    *len = digits / 2;
    return true;
}

bool cli_unhex_text(uint8_t *bytes, size_t *len) {
    size_t digits = 0;
    for (size_t i = 0; i < *len; i++) {
        char c = (char)bytes[i];
        if (isspace((unsigned char)c) || c == ':') {
            continue;
        }
        int value = digit(c);
        if (value < 0) {
            cli_note("not a hex digit at character %zu", i);
            return false;
        }
        uint8_t *byte = &bytes[digits / 2];
        *byte = (uint8_t)(digits % 2 == 0 ? value << 4 : *byte | value);
        digits++;
    }
    if (digits % 2 != 0) {
        cli_note("an odd number of hex digits");
        return false;
    }
    *len = digits / 2;
    return true;
}

/* ---- Text that is kept ---- */

char *cli_keep(const char *text) {
    static struct kept {
        struct kept *next;
        char text[];
    } * all;
    size_t size = strlen(text) + 1;
    struct kept *kept = malloc(sizeof(*kept) + size);
    if (kept == NULL) {
        exit(cli_fail("out of memory"));
    }
    kept->next = all;
    all = kept;
    memcpy(kept->text, text, size);
    return kept->text;
}

/* ---- Addresses ---- */

bool cli_is_ip(const char *host) {
    struct in6_addr address;
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

bool cli_address_parse(struct cli_address *out, const char *text) {
    const char *colon = strrchr(text, ':');
    if (colon == NULL) {
        cli_usage("'%s' is not HOST:PORT", text);
        return false;
    }
    const char *host = text;
    size_t host_length = (size_t)(colon - text);
    if (host_length >= 2 && host[0] == '[' && host[host_length - 1] == ']') {
        host++;
        host_length -= 2;
        if (memchr(host, ':', host_length) == NULL) {
            cli_usage("'%s': what is in brackets is not an IPv6 address", text);
            return false;
        }
    } else if (memchr(host, ':', host_length) != NULL) {
        cli_usage("'%s': an IPv6 address goes in brackets, as in [::1]:443", text);
        return false;
    }
    uint64_t port;
    if (!cli_number("port", colon + 1, 0, 65535, &port)) {
        return false;
    }
    if (host_length > CLI_HOST_MAX) {
        cli_usage("'%.40s...': the host name is too long", text);
        return false;
    }
    memcpy(out->host, host, host_length);
    out->host[host_length] = 0;
    snprintf(out->port, sizeof(out->port), "%u", (unsigned)port);
    return true;
}
