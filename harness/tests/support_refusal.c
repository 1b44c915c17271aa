#include "tests/support_refusal.h"

#include <string.h>

#include "tests/support_examples.h"

/* ---- Rows ---- */

/* place turns a row's place into one in the whole message. */
static size_t place(const struct edit *e, int at) {
    return at >= 0 ? PARLEY_HANDSHAKE_HEADER + (size_t)at : e->len - (size_t)-at;
}

static void bend(struct duo *d, struct edit *e) {
    const struct refusal *row = d->with;
    uint8_t bytes[EXAMPLE_MAX];
    struct parley_bytes with = {bytes, 0};
    if (row->hex != NULL) {
        with.len = parley_example_bytes(row->hex, bytes, sizeof(bytes));
    }
    switch (row->kind) {
    case BEND_NOTHING:
        break;
    case BEND_PUT:
        edit_splice(e, place(e, row->at), with.len, with);
        break;
    case BEND_FLIP:
        e->bytes[place(e, row->at)] ^= 1;
        break;
    case BEND_SUITE:
        edit_splice(e, edit_block(e) - 3, with.len, with);
        break;
    case BEND_SET:
        edit_set(e, row->extension, with);
        break;
    case BEND_DROP:
        edit_remove(e, row->extension);
        break;
    case BEND_CALL:
        row->call(d, e);
        break;
    }
}

void refuse_prepare(struct duo *d, const struct refusal *row) {
    d->with = row;
    duo_bend(d, row->sender, row->message, row->nth, bend);
}

static void refuse(const struct refusal *row, size_t chunk) {
    struct duo *d = duo_new();
    duo_hooks(d);
    row->set(d);
    d->chunk = chunk;
    if (row->resume) {
        duo_full(d, false);
        duo_keep_session(d);
    }
    refuse_prepare(d, row);
    (void)duo_run(d, row->resume);
    if (row->kind != BEND_NOTHING && d->bend[row->sender].bent != 1) {
        fail_msg("%s: there was no such message to bend: %s", row->what, duo_explain(d));
    }
    duo_refused(d, row->who, row->alert, row->error, row->what);
    duo_free(d);
}

size_t refuse_all(const struct refusal *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        refuse(&rows[i], 0);
        refuse(&rows[i], 1);
    }
    return 2 * count;
}
