/* What the files that vary traces share. */
#ifndef PARLEY_SCRIPT_VARY_H
#define PARLEY_SCRIPT_VARY_H

#include "parley/vary.h"
#include "script/mutate.h"

/* The longest message that is remembered, without its header. */
#define LORE_MESSAGE_MAX 6144
#define LORE_SETTINGS 4096 /* a power of two */

struct lore_message {
    size_t len; /* 0: never seen */
    uint8_t bytes[LORE_MESSAGE_MAX];
};

struct parley_lore {
    struct lore_message ours[PARLEY_MESSAGE_COUNT], its[PARLEY_MESSAGE_COUNT];
    struct {
        uint64_t key;
        uint64_t sent[PARLEY_TRACE_SESSIONS];
    } settings[LORE_SETTINGS];
};

/* One change. */
struct varying {
    struct parley_trace *trace;
    const struct parley_lore *lore; /* or NULL */
    uint64_t random;
};

/* vary_below returns a number below |limit| (0: 0). vary_chance is true in |percent| of a hundred.
 */
uint32_t vary_below(struct varying *v, size_t limit);
bool vary_chance(struct varying *v, unsigned percent);

/* lore_sent returns which messages our end sends in |session| with these settings, bit by bit; 0:
 * that is not known. */
uint64_t lore_sent(const struct varying *v, size_t session);

/* vary_operation.c: vary_row draws what an operation is to be; vary_add_row adds such a one to
 * |session|, vary_add_operation any; vary_change_operation changes one. They return false if there
 * is no room. */
enum parley_trace_row vary_row(struct varying *v);
bool vary_add_row(struct varying *v, size_t session, enum parley_trace_row row);
bool vary_add_operation(struct varying *v, size_t session);
bool vary_change_operation(struct varying *v, size_t session);

/* vary_operand.c: a new operand |index| of |line|, an operation of |session|, whose operands before
 * it are there. */
bool vary_operand(struct varying *v, size_t session, struct parley_line *line, size_t index);

/* vary_point.c: vary_point draws where an operation of |row| is to happen; |place|: that has a
 * before and an after. vary_another draws the message that |line| sends there; vary_message_of
 * returns the one at its point, or if that is any, one of those that our end sends. */
uint64_t vary_point(struct varying *v, size_t session, enum parley_trace_row row, bool place);
uint64_t vary_another(struct varying *v, size_t session, const struct parley_line *line);
enum parley_message vary_message_of(const struct parley_line *line);

/* vary_content.c: draws the bytes for operand |index| of |line|. */
bool vary_content(struct varying *v, const struct parley_line *line, size_t index,
                  struct parley_operand *out);

/* vary_setting.c: adds, changes or removes a setting. */
bool vary_setting(struct varying *v, size_t session);

/* vary_value.c: the bytes of a field. vary_field draws one that |message| has, |length|: of those
 * that are a length; vary_bytes draws a value for it. */
bool vary_field(struct varying *v, enum parley_message message, bool length,
                struct parley_operand *out);
bool vary_bytes(struct varying *v, enum parley_message message, const struct parley_operand *field,
                struct parley_operand *out);

/* vary_message returns the bytes that |message| was last seen with, without its header; empty:
 * never. */
struct parley_bytes vary_message(const struct varying *v, enum parley_message message);

#endif
