/* Editing a handshake message in place, with the lengths around what changes put right. */
#ifndef PARLEY_TESTS_SUPPORT_EDIT_H
#define PARLEY_TESTS_SUPPORT_EDIT_H

#include "parley/wire.h"

/* The code points of extensions.def, as PARLEY_EXT_CODE_name. */
enum {
#define FORM(form, places)
#define EXTENSION(name, code, rfc, forms) PARLEY_EXT_CODE_##name = (code),
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
};

/* A message, header included, in |cap| bytes. An edit that does not fit is a mistake in the test:
 * it aborts. */
struct edit {
    enum parley_message message;
    uint8_t *bytes;
    size_t len, cap;
};

/* edit_splice puts |with| in the place of |count| bytes at |at|, and the new length into the
 * handshake header. No other length changes. */
void edit_splice(struct edit *e, size_t at, size_t count, struct parley_bytes with);

/* edit_cut shortens the message to |len| bytes, header included. */
void edit_cut(struct edit *e, size_t len);

/* edit_block returns where the extensions' two-byte length stands (of certificate_tls13: the
 * leaf's); 0 if the message has no extensions. */
size_t edit_block(const struct edit *e);

/* edit_find returns where the extension |code| begins, its code point included, and its length in
 * |*len|; 0 if it is not there. */
size_t edit_find(const struct edit *e, uint16_t code, size_t *len);

/* edit_add puts an extension before all others (pre_shared_key has to be the last). edit_remove
 * takes one away, edit_set puts |body| into one that is there, or adds it. */
void edit_add(struct edit *e, uint16_t code, struct parley_bytes body);
void edit_remove(struct edit *e, uint16_t code);
void edit_set(struct edit *e, uint16_t code, struct parley_bytes body);

/* edit_get returns the body of an extension that must be there. */
struct parley_bytes edit_get(const struct edit *e, uint16_t code);

#endif
