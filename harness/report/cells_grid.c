/* Cells: sums by client and server. */
#include "report/cells_inside.h"

#include <stdlib.h>
#include <string.h>

enum { AS_CLIENT, AS_SERVER };
static const char *const roles[] = {"as client", "as server"};

/* A place for every name that can come up, and the NULL behind the last. */
static bool make_room(struct grid *grid, size_t stacks) {
    grid->rows = calloc(stacks + 2, sizeof *grid->rows);
    grid->columns = calloc(stacks + 2, sizeof *grid->columns);
    grid->sums = calloc((stacks + 2) * (stacks + 2), sizeof *grid->sums);
    return grid->rows != NULL && grid->columns != NULL && grid->sums != NULL;
}

/* find returns where |name| is in |names|, a list that ends with NULL, or where that is. */
static size_t find(const char *const *names, const char *name) {
    size_t i = 0;
    while (names[i] != NULL && strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

static bool has_end(const json_t *cells, const char *end, const char *name) {
    for (size_t i = 0; i < json_array_size(cells); i++) {
        if (cell_is(json_array_get(cells, i), end, name)) {
            return true;
        }
    }
    return false;
}

/* is_hub returns whether |name| is at an end of all |cells|. */
static bool is_hub(const json_t *cells, const char *name) {
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        if (!cell_is(cell, "client", name) && !cell_is(cell, "server", name)) {
            return false;
        }
    }
    return true;
}

/* meets_itself returns whether |name| is at both ends of one of |cells|. */
static bool meets_itself(const json_t *cells, const char *name) {
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        if (cell_is(cell, "client", name) && cell_is(cell, "server", name)) {
            return true;
        }
    }
    return false;
}

/* name_clients_and_servers: the usual grid, its names in the order of the stacks. Returns how many
 * stacks are in it. */
static size_t name_clients_and_servers(struct grid *grid, const json_t *stacks,
                                       const json_t *cells) {
    size_t used = 0;
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        const char *name = cell_text(json_array_get(stacks, i), "name");
        bool is_client = has_end(cells, "client", name);
        bool is_server = has_end(cells, "server", name);
        if (is_client) {
            grid->rows[grid->row_count++] = name;
        }
        if (is_server) {
            grid->columns[grid->column_count++] = name;
        }
        used += is_client || is_server;
    }
    return used;
}

static const char *find_hub(const json_t *stacks, const json_t *cells) {
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        const char *name = cell_text(json_array_get(stacks, i), "name");
        if (is_hub(cells, name)) {
            return name;
        }
    }
    return NULL;
}

/* name_others: a row for each stack that meets the hub, a column for each side it is met on. */
static void name_others(struct grid *grid, const json_t *stacks, const json_t *cells) {
    grid->row_count = grid->column_count = 0;
    if (has_end(cells, "server", grid->hub)) {
        grid->columns[grid->column_count++] = roles[AS_CLIENT];
    }
    if (has_end(cells, "client", grid->hub)) {
        grid->columns[grid->column_count++] = roles[AS_SERVER];
    }
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        const char *name = cell_text(json_array_get(stacks, i), "name");
        bool there = strcmp(name, grid->hub) == 0
                         ? meets_itself(cells, name)
                         : has_end(cells, "client", name) || has_end(cells, "server", name);
        if (there) {
            grid->rows[grid->row_count++] = name;
        }
    }
    grid->rows[grid->row_count] = grid->columns[grid->column_count] = NULL;
}

static void count(struct grid *grid, const json_t *cell, const char *row, const char *column) {
    size_t r = find(grid->rows, row);
    size_t c = find(grid->columns, column);
    if (r == grid->row_count || c == grid->column_count) {
        return;
    }
    struct grid_sums *sums = &grid->sums[r * grid->column_count + c];
    sums->cells++;
    sums->ran += !cell_is(cell, "outcome", "unsupported");
    sums->ok += cell_is(cell, "outcome", "ok");
}

bool grid_make(struct grid *grid, const json_t *report) {
    const json_t *stacks = json_object_get(report, "stacks");
    const json_t *cells = json_object_get(report, "cells");
    *grid = (struct grid){.hub = NULL};
    if (!make_room(grid, json_array_size(stacks))) {
        return false;
    }
    /* Of two stacks, the usual grid is as short. */
    if (name_clients_and_servers(grid, stacks, cells) > 2) {
        grid->hub = find_hub(stacks, cells);
    }
    if (grid->hub != NULL) {
        name_others(grid, stacks, cells);
    }
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        const char *client = cell_text(cell, "client"), *server = cell_text(cell, "server");
        if (grid->hub == NULL) {
            count(grid, cell, client, server);
            continue;
        }
        if (strcmp(server, grid->hub) == 0) {
            count(grid, cell, client, roles[AS_CLIENT]);
        }
        if (strcmp(client, grid->hub) == 0) {
            count(grid, cell, server, roles[AS_SERVER]);
        }
    }
    return true;
}

void grid_free(struct grid *grid) {
    free(grid->rows);
    free(grid->columns);
    free(grid->sums);
    *grid = (struct grid){.hub = NULL};
}

void grid_place(const struct grid *grid, size_t row, size_t column, char out[48]) {
    const struct grid_sums *sums = &grid->sums[row * grid->column_count + column];
    (void)snprintf(out, 48, sums->cells > 0 ? "%zu/%zu" : "-", sums->ok, sums->ran);
}
