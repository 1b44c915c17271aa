/* What the engine's files offer each other, file by file. */
#ifndef PARLEY_ENGINE_INSIDE_H
#define PARLEY_ENGINE_INSIDE_H

#include "engine/state.h"

/* ---- records.c ---- */

/* records_begin judges the header of the record being collected, as soon as it is there; false: the
 * run has failed. */
bool records_begin(struct parley_engine *e);

/* records_process acts on the complete record in |e->record|. */
void records_process(struct parley_engine *e);

/* ---- v2_client_hello.c ---- */

/* v2_hello_begins returns whether the first bytes of the connection, a record header's worth of
 * them, begin a client_hello in the framing of SSL 2.0 (RFC 5246 E.2); v2_hello_length is then its
 * length with that framing, and v2_hello_judge whether that is acceptable. */
bool v2_hello_begins(const struct parley_engine *e);
size_t v2_hello_length(const struct parley_engine *e);
enum parley_error v2_hello_judge(const struct parley_engine *e);
/* v2_hello_take acts on the complete one as on the client_hello it stands for. */
enum parley_error v2_hello_take(struct parley_engine *e);

/* records_needed returns how many bytes the record being collected has in all, as far as known. */
size_t records_needed(const struct parley_engine *e);

/* records_flush puts the pending handshake bytes into records. */
enum parley_error records_flush(struct parley_engine *e);

/* records_emit seals |bytes| into records of |type|, flushing nothing. */
enum parley_error records_emit(struct parley_engine *e, uint8_t type, struct parley_bytes bytes);

/* records_emit_under seals |in| into one record of |type| under |keys|; NULL: as records_emit.
 */
enum parley_error records_emit_under(struct parley_engine *e, struct protect *keys, uint8_t type,
                                     struct parley_bytes in);

/* records_room returns whether |len| bytes of plaintext fit into the output buffer now. */
bool records_room(const struct parley_engine *e, size_t len);

/* records_alert sends an alert; records_fail notes |error|, sends its alert and ends the run. */
void records_alert(struct parley_engine *e, uint8_t level, uint8_t description);
void records_fail(struct parley_engine *e, enum parley_error error);

/* records_end_read says whether the read keys may change now: not while handshake bytes that came
 * under the old ones are left over (RFC 8446 5.1). Write keys change after records_flush. */
enum parley_error records_end_read(const struct parley_engine *e);

/* ---- handshake.c ---- */

/* handshake_input takes the handshake bytes of one record. */
enum parley_error handshake_input(struct parley_engine *e, struct parley_bytes fragment);

/* handshake_event runs the edge for a received |message|. */
enum parley_error handshake_event(struct parley_engine *e, enum parley_message message,
                                  const union parley_message_value *value);

/* handshake_advance sends all that the machine wants to send. */
enum parley_error handshake_advance(struct parley_engine *e);

/* handshake_build writes |value| behind the pending bytes and returns it there (empty: failed);
 * handshake_commit gives the |len| bytes at that place to the hook, the transcript and the output.
 */
struct parley_bytes handshake_build(struct parley_engine *e, enum parley_message message,
                                    const union parley_message_value *value);
enum parley_error handshake_commit(struct parley_engine *e, enum parley_message message,
                                   size_t len);

/* handshake_send builds and commits. */
enum parley_error handshake_send(struct parley_engine *e, enum parley_message message,
                                 const union parley_message_value *value);

/* handshake_in_transcript returns whether |message| belongs there now. */
bool handshake_in_transcript(const struct parley_engine *e, enum parley_message message);

/* handshake_send_ccs sends a change_cipher_spec record. */
enum parley_error handshake_send_ccs(struct parley_engine *e);

/* handshake_refuse is for what a correct peer aborts on: it returns |error|, or in tolerant mode
 * PARLEY_OK. */
enum parley_error handshake_refuse(struct parley_engine *e, enum parley_error error);

/* handshake_machine picks the machine of |version|. */
void handshake_machine(struct parley_engine *e, uint16_t version);

/* outcome_sigalgs gives the code points of the schemes each side signed with, 0 for none. */
void outcome_sigalgs(const struct parley_engine *e, uint16_t *server, uint16_t *client);

/* engine_judged turns the answer of one of the config's judges into |error|, or PARLEY_OK. */
enum parley_error engine_judged(struct parley_engine *e, unsigned answer, enum parley_error error);

void engine_observe(struct parley_engine *e, enum parley_event_kind kind,
                    enum parley_message message, enum parley_epoch epoch,
                    struct parley_bytes bytes);

/* ---- transcript.c ---- */

enum parley_error transcript_add(struct parley_engine *e, struct parley_bytes message);
/* transcript_start begins hashing with |hash| what was added and what will be. */
void transcript_start(struct parley_engine *e, enum parley_hash hash);
size_t transcript_peek(const struct parley_engine *e, uint8_t out[HASH_MAX]);
/* transcript_rehash begins anew with |hash| what is kept: in TLS 1.3 that is the first
 * client_hello. */
void transcript_rehash(struct parley_engine *e, enum parley_hash hash);
/* transcript_retry replaces the first client_hello by its message_hash (RFC 8446 4.4.1). */
void transcript_retry(struct parley_engine *e);
struct parley_bytes transcript_bytes(const struct parley_engine *e);

/* ---- schedule13.c ---- */

/* schedule13_early starts with a PSK (empty: none); _handshake and _master go on (RFC 8446 7.1). */
void schedule13_early(struct schedule13 *s, enum parley_hash hash, struct parley_bytes psk);
void schedule13_handshake(struct schedule13 *s, struct parley_bytes shared_secret);
void schedule13_master(struct schedule13 *s);
/* schedule13_derive is Derive-Secret of the current stage over a transcript hash. */
void schedule13_derive(const struct schedule13 *s, const char *label, struct parley_bytes hash,
                       uint8_t out[HASH_MAX]);
/* schedule13_finished is verify_data under a base key (RFC 8446 4.4.4). */
size_t schedule13_finished(const struct schedule13 *s, const struct hmac_key *base_key,
                           struct parley_bytes transcript_hash, uint8_t out[HASH_MAX]);
/* schedule13_binder is a PSK binder over the hash of the truncated hello (RFC 8446 4.2.11.2), by a
 * schedule that has just started with the PSK. */
size_t schedule13_binder(const struct schedule13 *s, bool external,
                         struct parley_bytes truncated_hash, uint8_t out[HASH_MAX]);
/* The _keys derive the secrets of the transcript as it stands and log them. */
void schedule13_early_keys(struct parley_engine *e, struct parley_bytes hello_hash);
void schedule13_handshake_keys(struct parley_engine *e);
void schedule13_application_keys(struct parley_engine *e);
/* schedule13_read and _write install the keys of the peer's or our secret in |epoch|. */
enum parley_error schedule13_read(struct parley_engine *e, enum parley_epoch epoch);
enum parley_error schedule13_write(struct parley_engine *e, enum parley_epoch epoch);
/* schedule13_update moves one direction's application secret on (RFC 8446 7.2). */
enum parley_error schedule13_update(struct parley_engine *e, bool reading);
/* schedule13_resumption is the PSK of the ticket with |nonce| (RFC 8446 4.6.1). */
void schedule13_resumption(const struct schedule13 *s, struct parley_bytes nonce,
                           uint8_t out[HASH_MAX]);
bool schedule13_export(struct parley_engine *e, const char *label, struct parley_bytes context,
                       uint8_t *out, size_t len);

/* ---- schedule12.c ---- */

/* schedule12_master derives the master secret (RFC 5246 8.1, RFC 7627 4), _keys the pending keys of
 * both directions (RFC 5246 6.3), _finished verify_data of |role| (RFC 5246 7.4.9). */
void schedule12_master(struct parley_engine *e, struct parley_bytes premaster);
void schedule12_keys(struct parley_engine *e);
void schedule12_finished(struct parley_engine *e, enum parley_role role, uint8_t out[12]);
bool schedule12_export(struct parley_engine *e, const char *label,
                       const struct parley_bytes *context, uint8_t *out, size_t len);
void keylog_line(struct parley_engine *e, const char *label, const uint8_t *secret, size_t len);

/* ---- renegotiation.c ---- */

/* renegotiation_info returns what that extension holds; renegotiation_check_info judges the peer's,
 * or its absence; renegotiation_check_chain the server's certificate_list. */
struct parley_bytes renegotiation_info(const struct parley_engine *e, enum parley_role sender);
enum parley_error renegotiation_check_info(struct parley_engine *e, bool there,
                                           struct parley_bytes got);
enum parley_error renegotiation_check_chain(struct parley_engine *e, struct parley_bytes list);
void renegotiation_complete(struct parley_engine *e);

/* ---- certificates.c ---- */

/* certificates_choose picks credential and scheme that fit what the peer accepts: |schemes|, and
 * in TLS 1.2 the suite's authentication and the curves among |groups| (empty: any; RFC 8422 5.3).
 * Fills own_scheme and credential; false if none fits. */
bool certificates_choose(struct parley_engine *e, struct parley_bytes schemes,
                         struct parley_bytes groups, enum parley_authentication authentication);
/* certificates_delegate (server of TLS 1.3) signs with the chosen credential's delegated one where
 * the client's hello allows it. */
void certificates_delegate(struct parley_engine *e, const struct parley_extension_block *x);
enum parley_error certificates_send12(struct parley_engine *e);
enum parley_error certificates_send13(struct parley_engine *e);
enum parley_error certificates_receive12(struct parley_engine *e,
                                         const struct parley_certificate_tls12 *m);
enum parley_error certificates_receive13(struct parley_engine *e,
                                         const struct parley_certificate_tls13 *m);
enum parley_error certificates_send_verify(struct parley_engine *e);
enum parley_error certificates_check_verify(struct parley_engine *e,
                                            const struct parley_certificate_verify *m);
/* certificates_rejudge asks the config's judge again when a session is resumed. */
enum parley_error certificates_rejudge(struct parley_engine *e);
/* certificates_key returns what this side signs with, its credential chosen. */
EVP_PKEY *certificates_key(const struct parley_engine *e);
/* certificates_may_choose asks the config's judge before this side chooses its credential. */
enum parley_error certificates_may_choose(struct parley_engine *e);
/* certificates_fit returns whether any credential is of a kind and curve for that. */
bool certificates_fit(const struct parley_engine *e, struct parley_bytes groups,
                      enum parley_authentication authentication);
/* certificates_answer (client) chooses what to answer a certificate_request with: nothing without a
 * credential (RFC 8446 4.4.2), but one that cannot sign as the server wants is an error. */
enum parley_error certificates_answer(struct parley_engine *e, struct parley_bytes schemes);
/* certificates_check_signature verifies a signature the peer made with |scheme|. */
enum parley_error certificates_check_signature(struct parley_engine *e, uint16_t scheme,
                                               struct parley_bytes content,
                                               struct parley_bytes signature);

/* certificates_build13 writes our certificate behind the pending bytes, as handshake_build does. */
struct parley_bytes certificates_build13(struct parley_engine *e);

/* ---- staples.c: OCSP responses and timestamps ---- */

/* staples_keep_ocsp and _scts keep what came with the server's certificate; staples_remember puts
 * it into a session, staples_recall takes it from the resumed one. */
enum parley_error staples_keep_ocsp(struct parley_engine *e, struct parley_bytes response);
void staples_keep_scts(struct parley_engine *e, struct parley_bytes scts);
void staples_remember(const struct parley_engine *e, struct parley_session *out);
void staples_recall(struct parley_engine *e);
/* staples_check asks the config about the server's OCSP response, staples_decide whether to send
 * ours. */
enum parley_error staples_check(struct parley_engine *e);
enum parley_error staples_decide(struct parley_engine *e);

/* ---- compression.c ---- */

/* compression_offer writes compress_certificate with what we can decompress, if anything, and notes
 * that; compression_choose picks what the peer offers in |x| and we can compress with. */
bool compression_offer(struct parley_engine *e, CBB *out);
enum parley_error compression_choose(struct parley_engine *e,
                                     const struct parley_extension_block *x);

/* ---- bend.c ---- */

/* bend_secret makes the |len| bytes of a key exchange's |secret| zeros, if that is asked for;
 * bend_flight_end says that the machine has nothing more to send. */
void bend_secret(const struct parley_engine *e, uint8_t *secret, size_t len);
void bend_flight_end(const struct parley_engine *e);
/* bend_bad_share returns what becomes of |error|, that of a key exchange with the share |peer|: a
 * tolerant end goes on with the zeros that X25519 gives. */
enum parley_error bend_bad_share(const struct parley_engine *e, enum parley_error error,
                                 struct parley_bytes peer, uint8_t *secret, size_t *len);
/* bend_premaster returns what is to be wrong with the encrypted premaster secret, or NULL. */
const enum parley_bad_premaster *bend_premaster(const struct parley_engine *e);
/* bend_key_change is called before the write keys change. */
void bend_key_change(struct parley_engine *e);

/* ---- tickets.c ---- */

/* What a ticket holds: two names, a secret, the peer's application settings, and numbers; and what
 * sealing adds. */
enum {
    TICKET_PLAIN_MAX = 768 + PARLEY_SETTINGS_MAX,
    TICKET_SEALED_MAX = TICKET_PLAIN_MAX + 128,
};

/* tickets_seal encrypts |session| under the config's ticket key; returns the length, at most |cap|,
 * or 0. tickets_open decrypts; false if it is not one of ours or has expired. */
size_t tickets_seal(struct parley_engine *e, const struct parley_session *session, uint8_t *out,
                    size_t cap);
bool tickets_open(struct parley_engine *e, struct parley_bytes ticket, struct parley_session *out);
/* tickets_encode appends what is inside a ticket; tickets_decode reads it, and accepts only what
 * tickets_encode writes. */
bool tickets_encode(CBB *out, const struct parley_session *session);
bool tickets_decode(struct parley_bytes bytes, struct parley_session *out);
/* tickets_describe fills |out| with what this connection is, without its secret. */
void tickets_describe(const struct parley_engine *e, struct parley_session *out);
/* session_resumed takes over from |e->session| what the peer proved when it was made. */
void session_resumed(struct parley_engine *e);
bool session_fresh(const struct parley_engine *e, const struct parley_session *session);
void session_cache_put(struct parley_session_cache *cache, const struct parley_session *session);
struct parley_session *session_cache_get(struct parley_session_cache *cache,
                                         struct parley_bytes id);
/* session_forget removes this connection's session from the cache: nobody may resume it any more.
 */
void session_forget(struct parley_engine *e);

/* ---- psk.c ---- */

/* psk_offer writes pre_shared_key with zeros for binders as the last extension of |out|;
 * psk_bind fills them into the built |hello|. psk_choose (server) finds the first usable identity
 * and checks its binder. */
bool psk_offer(struct parley_engine *e, CBB *out);
void psk_bind(struct parley_engine *e, uint8_t *hello, size_t len);
/* psk_rebind does what psk_bind does if |hello| still ends with as many binders; else false. */
bool psk_rebind(struct parley_engine *e, uint8_t *hello, size_t len);
enum parley_error psk_choose(struct parley_engine *e, const struct parley_client_hello *hello);
/* psk_suite (server) returns the first of |suites| whose hash is that of an external PSK which the
 * client offers and this side knows (RFC 8446 4.2.11); if there is none, the first. */
const struct parley_suite *psk_suite(const struct parley_engine *e,
                                     const struct parley_extension_block *x,
                                     const struct parley_suite *const *suites, size_t count);
/* psk_offer_length returns how many bytes psk_offer will write. */
size_t psk_offer_length(const struct parley_engine *e);
/* psk_early_data (client) goes over to the early keys, which come from the first PSK and |hello|
 * alone (RFC 8446 4.2.10). */
enum parley_error psk_early_data(struct parley_engine *e, struct parley_bytes hello);
/* psk_secret returns the chosen PSK. */
struct parley_bytes psk_secret(const struct parley_engine *e);
/* psk_accepted (client) judges the server's choice of the identity at |index|, and gives its key.
 */
enum parley_error psk_accepted(struct parley_engine *e, uint16_t index,
                               struct parley_bytes *secret);

/* ---- limits.c ---- */

/* limits_record_size takes the peer's record_size_limit into account once both sides have sent one
 * (RFC 8449 4); limits_max_fragment the negotiated code of RFC 6066 4. */
void limits_record_size(struct parley_engine *e, uint16_t peer_limit);
void limits_max_fragment(struct parley_engine *e, uint8_t code);

/* ---- lists.c: what the config says, with its defaults ---- */

size_t list_suites(const struct parley_config *c, const uint16_t **out);
size_t list_groups(const struct parley_config *c, const uint16_t **out);
size_t list_sigalgs(const struct parley_config *c, const uint16_t **out);
size_t list_sign_sigalgs(const struct parley_config *c, const uint16_t **out);
/* grease returns the |n|-th GREASE value of this connection (RFC 8701 2). */
uint16_t grease(const struct parley_engine *e, unsigned n);
/* suite_is_cbc returns whether |suite| protects with CBC and HMAC, not an AEAD. */
bool suite_is_cbc(const struct parley_suite *suite);
bool list_has(const uint16_t *list, size_t count, uint16_t value);
/* config_speaks returns whether the config has what |suite| needs: a PSK suite its key. */
bool config_speaks(const struct parley_config *c, const struct parley_suite *suite);
uint16_t config_min(const struct parley_config *c);
uint16_t config_max(const struct parley_config *c);
struct parley_bytes bytes_of(const void *data, size_t len);
bool bytes_equal(struct parley_bytes a, struct parley_bytes b);

#endif
