/* The state machines as data: which message is taken or sent in which state, and what it does.
 * `parley states` prints these tables; the engine runs them. Edges are tried in order; SEND edges
 * before SKIP edges. The edges of one state stand together. */
#include <pthread.h>

#include "engine/actions.h"

#define RECEIVE(from, message, guard, act, to)                                                     \
    {                                                                                              \
        PARLEY_EDGE_RECEIVE, STATE_##from, STATE_##to, PARLEY_MSG_##message, guard, act, #guard,   \
            #act                                                                                   \
    }
#define SEND(from, message, guard, act, to)                                                        \
    { PARLEY_EDGE_SEND, STATE_##from, STATE_##to, PARLEY_MSG_##message, guard, act, #guard, #act }
#define SKIP(from, guard, to)                                                                      \
    { PARLEY_EDGE_SKIP, STATE_##from, STATE_##to, PARLEY_MESSAGE_UNKNOWN, guard, NULL, #guard, "" }
#define DO(from, guard, act, to)                                                                   \
    { PARLEY_EDGE_SKIP, STATE_##from, STATE_##to, PARLEY_MESSAGE_UNKNOWN, guard, act, #guard, #act }
#define OTHERWISE(from, to)                                                                        \
    { PARLEY_EDGE_OTHERWISE, STATE_##from, STATE_##to, PARLEY_MESSAGE_UNKNOWN, NULL, NULL, "", "" }
#define END                                                                                        \
    { PARLEY_EDGE_SKIP, STATE_none, STATE_none, PARLEY_MESSAGE_UNKNOWN, NULL, NULL, "", "" }
#define always NULL

const struct edge edges_client12[] = {
    SEND(send_client_hello, client_hello, always, send_client_hello, wait_server_hello),
    RECEIVE(wait_server_hello, server_hello, always, take_server_hello12, wait_certificate),
    RECEIVE(wait_server_hello, hello_request, always, ignore_hello_request, wait_server_hello),
    RECEIVE(wait_certificate, certificate_tls12, is_full, take_certificate12,
            wait_certificate_status),
    RECEIVE(wait_certificate, hello_request, always, ignore_hello_request, wait_certificate),
    SKIP(wait_certificate, is_resumed, wait_new_session_ticket),
    RECEIVE(wait_certificate_status, certificate_status, expects_status, take_certificate_status,
            wait_server_key_exchange),
    RECEIVE(wait_certificate_status, hello_request, always, ignore_hello_request,
            wait_certificate_status),
    OTHERWISE(wait_certificate_status, wait_server_key_exchange),
    RECEIVE(wait_server_key_exchange, server_key_exchange_ecdhe, is_ephemeral,
            take_key_exchange_ecdhe, wait_certificate_request),
    RECEIVE(wait_server_key_exchange, server_key_exchange_dhe, is_ephemeral, take_key_exchange_dhe,
            wait_certificate_request),
    RECEIVE(wait_server_key_exchange, hello_request, always, ignore_hello_request,
            wait_server_key_exchange),
    SKIP(wait_server_key_exchange, is_rsa_exchange, wait_certificate_request),
    RECEIVE(wait_certificate_request, certificate_request_tls12, always, take_certificate_request12,
            wait_server_hello_done),
    RECEIVE(wait_certificate_request, hello_request, always, ignore_hello_request,
            wait_certificate_request),
    OTHERWISE(wait_certificate_request, wait_server_hello_done),
    RECEIVE(wait_server_hello_done, server_hello_done, always, take_server_hello_done,
            send_certificate),
    RECEIVE(wait_server_hello_done, hello_request, always, ignore_hello_request,
            wait_server_hello_done),
    SEND(send_certificate, certificate_tls12, was_asked_for_certificate, send_certificate12,
         send_client_key_exchange),
    SKIP(send_certificate, always, send_client_key_exchange),
    SEND(send_client_key_exchange, client_key_exchange_rsa, is_rsa_exchange, send_key_exchange_rsa,
         send_certificate_verify),
    SEND(send_client_key_exchange, client_key_exchange_ecdhe, is_ecdhe, send_key_exchange_ecdhe,
         send_certificate_verify),
    SEND(send_client_key_exchange, client_key_exchange_dhe, is_dhe, send_key_exchange_dhe,
         send_certificate_verify),
    SEND(send_certificate_verify, certificate_verify, has_credential, send_certificate_verify,
         send_change_cipher_spec),
    SKIP(send_certificate_verify, always, send_change_cipher_spec),
    SEND(send_change_cipher_spec, change_cipher_spec, always, send_change_cipher_spec,
         send_finished),
    SEND(send_finished, finished, is_resumed, send_last_finished12, connected),
    SEND(send_finished, finished, always, send_first_finished12, wait_new_session_ticket),
    RECEIVE(wait_new_session_ticket, new_session_ticket_tls12, expects_ticket, take_ticket12,
            wait_change_cipher_spec),
    RECEIVE(wait_new_session_ticket, hello_request, always, ignore_hello_request,
            wait_new_session_ticket),
    SKIP(wait_new_session_ticket, expects_no_ticket, wait_change_cipher_spec),
    RECEIVE(wait_change_cipher_spec, change_cipher_spec, always, take_change_cipher_spec,
            wait_finished),
    RECEIVE(wait_change_cipher_spec, hello_request, always, ignore_hello_request,
            wait_change_cipher_spec),
    RECEIVE(wait_finished, finished, is_resumed, take_first_finished12, send_change_cipher_spec),
    RECEIVE(wait_finished, finished, always, take_last_finished12, connected),
    RECEIVE(wait_finished, hello_request, always, ignore_hello_request, wait_finished),
    RECEIVE(connected, hello_request, always, decline_renegotiation, connected),
    END,
};

const struct edge edges_client13[] = {
    SEND(send_client_hello, client_hello, always, send_client_hello, send_early_ccs),
    SEND(send_early_ccs, change_cipher_spec, offers_early_data_and_ccs, send_compat_ccs,
         wait_server_hello),
    SKIP(send_early_ccs, always, wait_server_hello),
    RECEIVE(wait_server_hello, hello_retry_request, always, take_hello_retry_request,
            send_retry_ccs),
    RECEIVE(wait_server_hello, server_hello, always, take_server_hello13, send_client_ccs),
    SEND(send_retry_ccs, change_cipher_spec, owes_compat_ccs, send_compat_ccs,
         send_second_client_hello),
    SKIP(send_retry_ccs, always, send_second_client_hello),
    SEND(send_second_client_hello, client_hello, always, send_client_hello,
         wait_second_server_hello),
    RECEIVE(wait_second_server_hello, server_hello, always, take_server_hello13, send_client_ccs),
    RECEIVE(wait_second_server_hello, hello_retry_request, always, refuse_second_retry,
            wait_second_server_hello),
    SEND(send_client_ccs, change_cipher_spec, owes_compat_ccs, send_compat_ccs, change_write_keys),
    SKIP(send_client_ccs, always, change_write_keys),
    DO(change_write_keys, offers_no_early_data, write_handshake_keys, wait_encrypted_extensions),
    SKIP(change_write_keys, always, wait_encrypted_extensions),
    RECEIVE(wait_encrypted_extensions, encrypted_extensions, always, take_encrypted_extensions,
            wait_certificate_request),
    SKIP(wait_certificate_request, is_resumed, wait_finished),
    RECEIVE(wait_certificate_request, certificate_request_tls13, is_full,
            take_certificate_request13, wait_certificate),
    OTHERWISE(wait_certificate_request, wait_certificate),
    RECEIVE(wait_certificate, certificate_tls13, always, take_certificate13,
            wait_certificate_verify),
    RECEIVE(wait_certificate_verify, certificate_verify, always, take_certificate_verify,
            wait_finished),
    RECEIVE(wait_finished, finished, always, take_server_finished13, send_end_of_early_data),
    SEND(send_end_of_early_data, end_of_early_data, has_early_data, send_end_of_early_data,
         change_early_keys),
    SKIP(send_end_of_early_data, always, change_early_keys),
    DO(change_early_keys, offers_early_data, write_handshake_keys, send_certificate),
    SKIP(change_early_keys, always, send_certificate),
    SEND(send_certificate, certificate_tls13, was_asked_for_certificate, send_certificate13,
         send_certificate_verify),
    SKIP(send_certificate, always, send_finished),
    SEND(send_certificate_verify, certificate_verify, has_credential, send_certificate_verify,
         send_finished),
    SKIP(send_certificate_verify, always, send_finished),
    SEND(send_finished, finished, always, send_client_finished13, connected),
    SEND(connected, key_update, owes_key_update, send_key_update, connected),
    RECEIVE(connected, new_session_ticket_tls13, always, take_ticket13, connected),
    RECEIVE(connected, key_update, always, take_key_update, connected),
    RECEIVE(connected, certificate_request_tls13, offered_post_handshake_auth,
            take_post_certificate_request, send_post_certificate),
    SEND(send_post_certificate, certificate_tls13, always, send_certificate13,
         send_post_certificate_verify),
    SEND(send_post_certificate_verify, certificate_verify, has_credential, send_certificate_verify,
         send_post_finished),
    SKIP(send_post_certificate_verify, always, send_post_finished),
    SEND(send_post_finished, finished, always, send_post_finished, connected),
    END,
};

const struct edge edges_server12[] = {
    RECEIVE(wait_client_hello, client_hello, always, take_client_hello12, send_server_hello),
    SEND(send_server_hello, server_hello, is_resumed, send_server_hello12, send_new_session_ticket),
    SEND(send_server_hello, server_hello, always, send_server_hello12, send_certificate),
    SEND(send_certificate, certificate_tls12, always, send_certificate12, send_certificate_status),
    SEND(send_certificate_status, certificate_status, promised_status, send_certificate_status,
         send_server_key_exchange),
    SKIP(send_certificate_status, always, send_server_key_exchange),
    SEND(send_server_key_exchange, server_key_exchange_ecdhe, is_ecdhe, send_server_key_exchange,
         send_certificate_request),
    SEND(send_server_key_exchange, server_key_exchange_dhe, is_dhe, send_server_key_exchange,
         send_certificate_request),
    SKIP(send_server_key_exchange, always, send_certificate_request),
    SEND(send_certificate_request, certificate_request_tls12, wants_client_certificate,
         send_certificate_request12, send_server_hello_done),
    SKIP(send_certificate_request, always, send_server_hello_done),
    SEND(send_server_hello_done, server_hello_done, always, send_server_hello_done,
         wait_certificate),
    RECEIVE(wait_certificate, certificate_tls12, asked_for_certificate, take_certificate12,
            wait_client_key_exchange),
    SKIP(wait_certificate, asked_for_no_certificate, wait_client_key_exchange),
    RECEIVE(wait_client_key_exchange, client_key_exchange_rsa, always, take_key_exchange_rsa,
            wait_certificate_verify),
    RECEIVE(wait_client_key_exchange, client_key_exchange_ecdhe, always, take_client_share_ecdhe,
            wait_certificate_verify),
    RECEIVE(wait_client_key_exchange, client_key_exchange_dhe, always, take_client_share_dhe,
            wait_certificate_verify),
    RECEIVE(wait_certificate_verify, certificate_verify, peer_has_certificate,
            take_certificate_verify, wait_change_cipher_spec),
    SKIP(wait_certificate_verify, peer_has_no_certificate, wait_change_cipher_spec),
    RECEIVE(wait_change_cipher_spec, change_cipher_spec, always, take_change_cipher_spec,
            wait_finished),
    RECEIVE(wait_finished, finished, is_resumed, take_last_finished12, connected),
    RECEIVE(wait_finished, finished, always, take_first_finished12, send_new_session_ticket),
    SEND(send_new_session_ticket, new_session_ticket_tls12, expects_ticket, send_ticket12,
         send_change_cipher_spec),
    SKIP(send_new_session_ticket, always, send_change_cipher_spec),
    SEND(send_change_cipher_spec, change_cipher_spec, always, send_change_cipher_spec,
         send_finished),
    SEND(send_finished, finished, is_resumed, send_first_finished12, wait_change_cipher_spec),
    SEND(send_finished, finished, always, send_last_finished12, connected),
    RECEIVE(connected, client_hello, always, refuse_renegotiation, connected),
    END,
};

const struct edge edges_server13[] = {
    RECEIVE(wait_client_hello, client_hello, always, take_client_hello13, send_server_hello),
    SEND(send_server_hello, hello_retry_request, needs_retry, send_hello_retry_request,
         send_server_retry_ccs),
    SEND(send_server_hello, server_hello, always, send_server_hello13, send_server_ccs),
    SEND(send_server_retry_ccs, change_cipher_spec, owes_compat_ccs, send_compat_ccs,
         wait_second_client_hello),
    SKIP(send_server_retry_ccs, always, wait_second_client_hello),
    RECEIVE(wait_second_client_hello, client_hello, always, take_second_client_hello,
            send_server_hello),
    SEND(send_server_ccs, change_cipher_spec, owes_compat_ccs, send_compat_ccs,
         send_encrypted_extensions),
    SKIP(send_server_ccs, always, send_encrypted_extensions),
    SEND(send_encrypted_extensions, encrypted_extensions, always, send_encrypted_extensions,
         send_certificate_request),
    SEND(send_certificate_request, certificate_request_tls13, wants_client_certificate,
         send_certificate_request13, send_certificate),
    SKIP(send_certificate_request, always, send_certificate),
    SEND(send_certificate, certificate_tls13, is_full, send_certificate13, send_certificate_verify),
    SKIP(send_certificate, always, send_finished),
    SEND(send_certificate_verify, certificate_verify, always, send_certificate_verify,
         send_finished),
    SEND(send_finished, finished, always, send_server_finished13, wait_end_of_early_data),
    RECEIVE(wait_end_of_early_data, end_of_early_data, has_early_data, take_end_of_early_data,
            wait_certificate),
    SKIP(wait_end_of_early_data, has_no_early_data, wait_certificate),
    RECEIVE(wait_certificate, certificate_tls13, asked_for_certificate, take_certificate13,
            wait_certificate_verify),
    SKIP(wait_certificate, asked_for_no_certificate, wait_finished),
    RECEIVE(wait_certificate_verify, certificate_verify, peer_has_certificate,
            take_certificate_verify, wait_finished),
    SKIP(wait_certificate_verify, peer_has_no_certificate, wait_finished),
    RECEIVE(wait_finished, finished, always, take_client_finished13, send_new_session_ticket),
    SEND(send_new_session_ticket, new_session_ticket_tls13, has_tickets_to_send, send_ticket13,
         send_new_session_ticket),
    SKIP(send_new_session_ticket, always, connected),
    SEND(connected, key_update, owes_key_update, send_key_update, connected),
    SEND(connected, certificate_request_tls13, wants_post_handshake_auth,
         send_post_certificate_request, wait_post_certificate),
    RECEIVE(connected, key_update, always, take_key_update, connected),
    RECEIVE(wait_post_certificate, key_update, always, take_key_update, wait_post_certificate),
    RECEIVE(wait_post_certificate, certificate_tls13, always, take_certificate13,
            wait_post_certificate_verify),
    RECEIVE(wait_post_certificate_verify, certificate_verify, peer_has_certificate,
            take_certificate_verify, wait_post_finished),
    SKIP(wait_post_certificate_verify, peer_has_no_certificate, wait_post_finished),
    RECEIVE(wait_post_finished, finished, always, take_post_finished, connected),
    END,
};

/* Where the edges of each state begin, so that finding one need not search the whole table. */
static const struct edge *const machines[] = {edges_client12, edges_client13, edges_server12,
                                              edges_server13};
enum { MACHINES = sizeof(machines) / sizeof(machines[0]) };
static const struct edge *first[MACHINES][STATE_COUNT];

static void index_edges(void) {
    for (size_t m = 0; m < MACHINES; m++) {
        const struct edge *edge = machines[m];
        for (; edge->from != STATE_none; edge++) {
            if (!first[m][edge->from]) {
                first[m][edge->from] = edge;
            }
        }
        for (size_t state = 0; state < STATE_COUNT; state++) {
            if (!first[m][state]) {
                first[m][state] = edge; /* the end: this machine does not leave the state */
            }
        }
    }
}

const struct edge *const *edges_by_state(enum parley_role role, uint16_t version) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, index_edges);
    return first[(role == PARLEY_SERVER ? 2 : 0) + (version == PARLEY_TLS13 ? 1 : 0)];
}
