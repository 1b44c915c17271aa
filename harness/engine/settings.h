/* Application settings (ALPS). */
#ifndef PARLEY_ENGINE_SETTINGS_H
#define PARLEY_ENGINE_SETTINGS_H

#include "engine/inside.h"

/* settings_offer writes the client's offer, if there is one; settings_choose (server) decides which
 * of ours go with the protocol; settings_answer writes them into encrypted_extensions, except where
 * 0-RTT data is accepted. settings_take (client) takes those of the server. */
bool settings_offer(struct parley_engine *e, CBB *out);
void settings_choose(struct parley_engine *e, const struct parley_extension_block *x);
bool settings_answer(const struct parley_engine *e, CBB *out);
enum parley_error settings_take(struct parley_engine *e, const struct parley_extension_block *x);
/* settings_judge_early_data (client) says whether ours allow 0-RTT data under the session; then it
 * is the server's turn. settings_match (server) returns whether |ours| are those of the session
 * that is resumed. settings_recall makes the session's exchange that of this connection. */
enum parley_early_data_reason settings_judge_early_data(const struct parley_engine *e);
bool settings_match(const struct parley_engine *e, const struct parley_alps *ours);
void settings_recall(struct parley_engine *e);
/* settings_remember puts them into a session; it returns false, and 0-RTT cannot be, if they are
 * too long for one. */
bool settings_remember(const struct parley_engine *e, struct parley_session *out);

#endif
