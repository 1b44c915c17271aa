/* The guards and actions that the edges name; each action is in the file of its role and version.
 */
#ifndef PARLEY_ENGINE_ACTIONS_H
#define PARLEY_ENGINE_ACTIONS_H

#include "engine/inside.h"

#define GUARD(name) bool name(const struct parley_engine *e);
#define ACT(name)                                                                                  \
    enum parley_error name(struct parley_engine *e, const union parley_message_value *m);

/* guards.c */
GUARD(is_full)
GUARD(is_resumed)
GUARD(is_ephemeral)
GUARD(is_rsa_exchange)
GUARD(is_ecdhe)
GUARD(is_dhe)
GUARD(is_psk)
GUARD(is_ecdhe_psk)
GUARD(uses_certificates)
GUARD(expects_certificate)
GUARD(gives_identity_hint)
GUARD(expects_status)
GUARD(promised_status)
GUARD(expects_ticket)
GUARD(expects_no_ticket)
GUARD(has_credential)
GUARD(was_asked_for_certificate)
GUARD(asked_for_certificate)
GUARD(asked_for_no_certificate)
GUARD(wants_client_certificate)
GUARD(offered_compression)
GUARD(compresses_certificate)
GUARD(peer_has_certificate)
GUARD(peer_has_no_certificate)
GUARD(offers_early_data)
GUARD(offers_no_early_data)
GUARD(offers_early_data_and_ccs)
GUARD(owes_settings)
GUARD(expects_settings)
GUARD(expects_no_settings)
GUARD(has_early_data)
GUARD(has_no_early_data)
GUARD(owes_compat_ccs)
GUARD(owes_key_update)
GUARD(needs_retry)
GUARD(has_tickets_to_send)
GUARD(negotiated_next_protocol)
GUARD(negotiated_no_next_protocol)
GUARD(offered_post_handshake_auth)
GUARD(wants_post_handshake_auth)
GUARD(may_false_start)
GUARD(may_renegotiate)
GUARD(caller_renegotiates)
GUARD(lets_caller_renegotiate)
GUARD(ignores_renegotiation)
GUARD(declines_renegotiation)
GUARD(ignores_stray_requests)

/* client_hello.c, client_server_hello.c */
ACT(send_client_hello)
ACT(take_server_hello12)
ACT(take_server_hello13)
ACT(take_hello_retry_request)
ACT(refuse_second_retry)
enum parley_error client_pick_version(struct parley_engine *e, const struct parley_server_hello *m);
/* client_take_common acts on what server_hello of TLS 1.2 and encrypted_extensions both may hold.
 */
enum parley_error client_take_common(struct parley_engine *e,
                                     const struct parley_extension_block *x);

/* client12.c */
ACT(take_certificate_status)
ACT(take_key_exchange_ecdhe)
ACT(take_key_exchange_dhe)
ACT(take_certificate_request12)
ACT(take_server_hello_done)
ACT(send_key_exchange_rsa)
ACT(send_key_exchange_ecdhe)
ACT(send_key_exchange_dhe)
ACT(take_ticket12)
void client12_keep_session(struct parley_engine *e);

/* renegotiation.c */
ACT(begin_renegotiation)
ACT(await_renegotiation)
ACT(decline_renegotiation)
ACT(ignore_hello_request)
/* client12_take_point takes the server's share on |curve|. */
enum parley_error client12_take_point(struct parley_engine *e, uint16_t curve,
                                      struct parley_bytes point);

/* psk12.c */
ACT(take_key_exchange_psk)
ACT(take_key_exchange_ecdhe_psk)
ACT(send_key_exchange_psk)
ACT(send_key_exchange_ecdhe_psk)
ACT(send_identity_hint)
ACT(send_identity_hint_ecdhe)
ACT(take_identity)
ACT(take_identity_ecdhe)

/* next_protocol.c */
ACT(send_next_protocol)
ACT(take_next_protocol)
bool next_protocol_offer(struct parley_engine *e, CBB *out);
enum parley_error next_protocol_choose(struct parley_engine *e,
                                       const struct parley_extension_block *x);
bool next_protocol_answer(const struct parley_engine *e, CBB *out);

/* finished12.c: both roles of TLS 1.2 */
ACT(send_change_cipher_spec)
ACT(take_change_cipher_spec)
ACT(send_first_finished12)
ACT(send_finished_and_start)
ACT(send_last_finished12)
ACT(take_first_finished12)
ACT(take_last_finished12)

/* client13.c */
ACT(take_encrypted_extensions)
ACT(take_certificate_request13)
ACT(take_server_finished13)
ACT(send_end_of_early_data)
ACT(write_handshake_keys)
ACT(send_client_finished13)
ACT(take_ticket13)
ACT(take_post_certificate_request)
ACT(send_post_finished)

/* What client13.c and server13.c share: Finished over the transcript so far under |base_key|, and
 * the end of the handshake. */
enum parley_error check_finished13(struct parley_engine *e, const struct hmac_key *base_key,
                                   struct parley_bytes got);
enum parley_error send_finished13(struct parley_engine *e, const struct hmac_key *base_key);
void complete13(struct parley_engine *e);

/* negotiate.c, server_client_hello12.c, server_client_hello13.c */
ACT(take_client_hello12)
ACT(take_client_hello13)
ACT(take_second_client_hello)
enum parley_error server_pick_version(struct parley_engine *e, const struct parley_client_hello *m);

/* server12.c */
ACT(send_server_hello12)
ACT(send_certificate_status)
ACT(send_server_key_exchange)
ACT(send_certificate_request12)
ACT(send_server_hello_done)
ACT(take_key_exchange_rsa)
ACT(take_client_share_ecdhe)
ACT(take_client_share_dhe)
ACT(send_ticket12)
ACT(refuse_renegotiation)
void server12_keep_session(struct parley_engine *e);
/* server_answer_common writes what server_hello of TLS 1.2 and encrypted_extensions both may hold.
 */
bool server_answer_common(const struct parley_engine *e, CBB *out);

/* server13.c */
ACT(send_hello_retry_request)
ACT(send_server_hello13)
ACT(send_encrypted_extensions)
ACT(send_certificate_request13)
ACT(send_server_finished13)
ACT(take_end_of_early_data)
ACT(take_client_finished13)
ACT(send_ticket13)
ACT(send_post_certificate_request)
ACT(take_post_finished)

/* settings.c: encrypted_extensions of the client */
ACT(send_client_settings)
ACT(take_client_settings)

/* certificates.c, compression.c, common13.c: both roles */
ACT(send_certificate12)
ACT(send_certificate13)
ACT(send_compressed_certificate)
ACT(take_compressed_certificate)
ACT(take_certificate12)
ACT(take_certificate13)
ACT(send_certificate_verify)
ACT(take_certificate_verify)
ACT(send_compat_ccs)
ACT(send_key_update)
ACT(take_key_update)

#undef GUARD
#undef ACT

#endif
