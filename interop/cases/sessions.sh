# Resumption, 0-RTT data, and what comes behind the handshake.
# shellcheck shell=sh
cat <<'END'
resumption_session_id  resume     connect:resume,connect:no:tickets_only,serve:no_tickets    TLS=1.2 NO_TICKETS=yes WANT=resumed=true
resumption_ticket      resume     connect:resume,serve:tickets_tls12                         TLS=1.2 WANT=resumed=true
resumption_psk         resume     connect:resume,connect:no:session_ids_only,serve:tickets_tls13 TLS=1.3 WANT=resumed=true
early_data             early_data resume,early_data                                          TLS=1.3 WANT=resumed=true,early_data_accepted=true
key_update_by_client   key_update  connect:send_key_update,serve:echo    TLS=1.3 connect.KEY_UPDATE=yes WANT=key_updates_received=1
key_update_by_server   key_update  serve:send_key_update,serve:echo,connect:pipe      TLS=1.3 serve.KEY_UPDATE=yes WANT=key_updates_received=1
bulk_tls12             bulk        -                          TLS=1.2
bulk_tls13             bulk        -                          TLS=1.3
close_notify_tls12     exchange    -                          TLS=1.2 STRICT=yes
close_notify_tls13     exchange    -                          TLS=1.3 STRICT=yes
half_close             exchange    connect:half_close,serve:answers_half_closed  TLS=1.3 HALF=yes
END
