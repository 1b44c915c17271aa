/* The vector file reader: the file is held whole, names stay in it, and each value is decoded in
 * place over its own hex digits. */
#include "support_vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parley_vector {
    const char *section;
    const char *name;
    struct parley_bytes value;
};

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* trim cuts the blanks off both ends of the string at |text| and returns its new start. */
static char *trim(char *text) {
    while (is_blank(*text)) {
        text++;
    }
    size_t len = strlen(text);
    while (len > 0 && is_blank(text[len - 1])) {
        len--;
    }
    text[len] = '\0';
    return text;
}

static int hex_digit(char c) {
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

/* decode_hex writes the bytes |hex| spells over |hex| itself, which is twice as long. */
static bool decode_hex(char *hex, struct parley_bytes *value) {
    size_t digits = strlen(hex);
    if (digits % 2 != 0) {
        return false;
    }
    uint8_t *bytes = (uint8_t *)hex;
    for (size_t i = 0; i < digits; i += 2) {
        int high = hex_digit(hex[i]);
        int low = hex_digit(hex[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i / 2] = (uint8_t)(high * 16 + low);
    }
    value->data = bytes;
    value->len = digits / 2;
    return true;
}

static const struct parley_vector *find(const struct parley_vectors *vectors, const char *section,
                                        const char *name) {
    for (size_t i = 0; i < vectors->count; i++) {
        const struct parley_vector *entry = &vectors->entries[i];
        if (strcmp(entry->section, section) == 0 && strcmp(entry->name, name) == 0) {
            return entry;
        }
    }
    return NULL;
}

static char *copy_string(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

/* read_all returns the file's text with a terminator after it, or NULL; a NUL byte in the file
 * would hide what follows it, so it is a failure. */
static char *read_all(FILE *file) {
    size_t size = 0;
    size_t room = 1u << 16;
    char *text = malloc(room);
    while (text != NULL) {
        size += fread(text + size, 1, room - 1 - size, file);
        if (size < room - 1) {
            break;
        }
        char *larger = room <= SIZE_MAX / 2 ? realloc(text, room * 2) : NULL;
        if (larger == NULL) {
            free(text);
            return NULL;
        }
        text = larger;
        room *= 2;
    }
    if (text == NULL) {
        return NULL;
    }
    if (ferror(file) || memchr(text, '\0', size) != NULL) {
        free(text);
        return NULL;
    }
    text[size] = '\0';
    return text;
}

/* parse_line takes one line, keeping the section it is in; on a bad line it returns what is
 * wrong with it, otherwise NULL. */
static const char *parse_line(struct parley_vectors *vectors, char *line, const char **section) {
    line = trim(line);
    size_t len = strlen(line);
    if (len == 0 || line[0] == '#') {
        return NULL;
    }
    if (line[0] == '[') {
        if (len < 3 || line[len - 1] != ']') {
            return "bad section line";
        }
        line[len - 1] = '\0';
        *section = line + 1;
        return NULL;
    }
    char *equals = strchr(line, '=');
    if (equals == NULL || equals == line) {
        return "not a `name = hex` line";
    }
    if (*section == NULL) {
        return "value before the first section";
    }
    *equals = '\0';
    struct parley_vector entry = {.section = *section, .name = trim(line)};
    if (!decode_hex(trim(equals + 1), &entry.value)) {
        return "value is not hex";
    }
    if (find(vectors, entry.section, entry.name) != NULL) {
        return "name given twice";
    }
    vectors->entries[vectors->count++] = entry;
    return NULL;
}

static bool parse(struct parley_vectors *vectors) {
    size_t lines = 1;
    for (const char *at = vectors->text; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    vectors->entries = calloc(lines, sizeof(*vectors->entries));
    if (vectors->entries == NULL) {
        fprintf(stderr, "%s: out of memory\n", vectors->path);
        return false;
    }
    const char *section = NULL;
    char *line = vectors->text;
    for (size_t number = 1; line != NULL; number++) {
        char *end = strchr(line, '\n');
        char *next = NULL;
        if (end != NULL) {
            *end = '\0';
            next = end + 1;
        }
        const char *wrong = parse_line(vectors, line, &section);
        if (wrong != NULL) {
            fprintf(stderr, "%s:%zu: %s\n", vectors->path, number, wrong);
            return false;
        }
        line = next;
    }
    return true;
}

bool parley_vectors_open(struct parley_vectors *vectors, const char *path) {
    *vectors = (struct parley_vectors){.path = copy_string(path)};
    if (vectors->path == NULL) {
        fprintf(stderr, "%s: out of memory\n", path);
        return false;
    }
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        vectors->text = read_all(file);
        fclose(file);
    }
    if (vectors->text == NULL) {
        fprintf(stderr, "%s: cannot read the test vectors\n", path);
        parley_vectors_close(vectors);
        return false;
    }
    if (!parse(vectors)) {
        parley_vectors_close(vectors);
        return false;
    }
    return true;
}

bool parley_vectors_has(const struct parley_vectors *vectors, const char *section,
                        const char *name) {
    return find(vectors, section, name) != NULL;
}

struct parley_bytes parley_vector_get(const struct parley_vectors *vectors, const char *section,
                                      const char *name) {
    const struct parley_vector *entry = find(vectors, section, name);
    if (entry == NULL) {
        fprintf(stderr, "%s: no vector [%s] %s\n",
                vectors->path != NULL ? vectors->path : "(no vector file open)", section, name);
        abort();
    }
    return entry->value;
}

const char *parley_vector_name(const struct parley_vectors *vectors, const char *section,
                               size_t index) {
    for (size_t i = 0; i < vectors->count; i++) {
        const struct parley_vector *entry = &vectors->entries[i];
        if (strcmp(entry->section, section) == 0 && index-- == 0) {
            return entry->name;
        }
    }
    return NULL;
}

void parley_vectors_close(struct parley_vectors *vectors) {
    free(vectors->entries);
    free(vectors->text);
    free(vectors->path);
    *vectors = (struct parley_vectors){0};
}
