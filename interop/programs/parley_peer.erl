%% A peer over Erlang's ssl. What it is told, and what it does: see programs.sh. (Told connection=1, a client keeps its
%% session in a file, with which it resumes it when told connection=2.)
-module(parley_peer).
-export([main/0]).

main() ->
    [Role | Words] = init:get_plain_arguments(),
    Told = maps:from_list([list_to_tuple(string:split(Word, "=")) || Word <- Words]),
    {ok, _} = application:ensure_all_started(ssl),
    try
        case Role of
            "serve" -> serve(Told);
            "connect" -> connect(Told)
        end,
        halt(0)
    catch
        _:Why ->
            fact("ok", false),
            fact("error", Why),
            halt(1)
    end.

fact(Key, Value) when is_list(Value); is_binary(Value) -> io:format(standard_error, "fact ~s=~s~n", [Key, Value]);
fact(Key, Value) -> io:format(standard_error, "fact ~s=~0p~n", [Key, Value]).

good({ok, Value}) -> Value;
good({error, Why}) -> throw(Why).

%% ---- What is told, as options ----

%% told(Key, Told, Fun): the options that Fun makes of it, if it is told.
told(Key, Told, Fun) ->
    case Told of
        #{Key := Value} -> Fun(Value);
        #{} -> []
    end.

options(Told) ->
    Versions = case Told of
        #{"tls" := "1.2"} -> ['tlsv1.2'];
        #{"tls" := "1.3"} -> ['tlsv1.3'];
        #{} -> ['tlsv1.3', 'tlsv1.2']
    end,
    [{versions, Versions}, {mode, binary}, {log_level, none}]
        ++ told("suite", Told, fun(Suite) -> [{ciphers, [ssl:str_to_suite(Suite)]}] end)
        ++ told("group", Told, fun(Group) -> groups(Versions, list_to_atom(Group)) end)
        ++ told("ca", Told, fun(File) -> [{cacertfile, File}] end).

groups(['tlsv1.2'], Group) -> [{eccs, [Group]}];
groups(_, Group) -> [{supported_groups, [Group]}].

protocols(List) -> [list_to_binary(Name) || Name <- string:split(List, ",", all)].

%% ---- The server ----

serve(Told) ->
    Options = options(Told)
        ++ [{ip, {127, 0, 0, 1}}, {reuseaddr, true}, {active, false}]
        ++ [{certfile, maps:get("cert", Told)}, {keyfile, maps:get("key", Told)}]
        ++ told("hrr", Told, fun(_) -> [{supported_groups, [secp521r1]}] end)
        ++ told("alpn", Told, fun(List) -> [{alpn_preferred_protocols, protocols(List)}] end)
        ++ told("client_auth", Told, fun(How) ->
            [{verify, verify_peer}, {fail_if_no_peer_cert, How =:= "require"}]
        end)
        ++ told("tls", Told, fun("1.3") -> [{session_tickets, stateless}]; (_) -> [] end)
        ++ told("early", Told, fun(_) -> [{early_data, enabled}] end),
    Listener = good(ssl:listen(list_to_integer(maps:get("port", Told)), Options)),
    [serve_one(Listener, Told) || _ <- lists:seq(1, list_to_integer(maps:get("connections", Told)))].

serve_one(Listener, Told) ->
    Socket = good(ssl:handshake(good(ssl:transport_accept(Listener)))),
    say_facts(Socket),
    update_keys(Socket, Told),
    echo(Socket),
    fact("ok", true).

echo(Socket) ->
    case ssl:recv(Socket, 0) of
        {ok, Data} ->
            ok = ssl:send(Socket, Data),
            echo(Socket);
        {error, closed} ->
            ssl:close(Socket);
        {error, Why} ->
            throw(Why)
    end.

%% ---- The client ----

connect(Told) ->
    Name = maps:get("sni", Told),
    Wildcards = public_key:pkix_verify_hostname_match_fun(https),
    Options = options(Told)
        ++ [{verify, verify_peer}, {server_name_indication, Name}, {active, true}]
        ++ [{customize_hostname_check, [{match_fun, Wildcards}]}]
        ++ told("client_cert", Told, fun(File) -> [{certfile, File}, {keyfile, maps:get("client_key", Told)}] end)
        ++ told("alpn", Told, fun(List) -> [{alpn_advertised_protocols, protocols(List)}] end)
        ++ told("connection", Told, fun(Which) -> session_options(maps:get("tls", Told), Which) end)
        ++ told("early", Told, fun(File) -> early_options(maps:get("connection", Told), File) end),
    Socket = good(ssl:connect({127, 0, 0, 1}, list_to_integer(maps:get("port", Told)), Options)),
    say_facts(Socket),
    update_keys(Socket, Told),
    told("connection", Told, fun(Which) -> keep_session(maps:get("tls", Told), Which, Socket) end),
    Stdin = open_port({fd, 0, 1}, [stream, binary, eof, in]),
    Stdout = good(file:open("/dev/stdout", [raw, append, binary])),
    carry(Socket, Stdin, Stdout),
    told("connection", Told, fun("1") -> good(file:read_file_info("session.term")); (_) -> ok end),
    fact("ok", true).

session_options("1.2", "1") -> [{reuse_sessions, save}];
session_options("1.2", "2") ->
    {Id, _} = Session = kept(),
    put(Id, known),
    [{reuse_session, Session}];
session_options("1.3", "1") -> [{session_tickets, manual}];
session_options("1.3", "2") -> [{session_tickets, manual}, {use_ticket, [kept()]}].

early_options("1", _) -> [];
early_options("2", File) -> [{early_data, good(file:read_file(File))}].

%% A session of TLS 1.2 is itself such a term, whose atoms ssl wants to have seen.
kept() ->
    case binary_to_term(good(file:read_file("session.term"))) of
        {_, Data} = Session ->
            binary_to_term(Data),
            Session;
        Ticket ->
            Ticket
    end.
keep(Session) -> ok = file:write_file("session.term", term_to_binary(Session)).

%% Of TLS 1.3, it is a ticket that comes later.
keep_session("1.2", "1", Socket) ->
    [{_, Id}, {_, Data}] = good(ssl:connection_information(Socket, [session_id, session_data])),
    keep({Id, Data});
keep_session(_, _, _) -> ok.

carry(Socket, Stdin, Stdout) ->
    receive
        {Stdin, {data, Data}} ->
            ssl:send(Socket, Data),
            carry(Socket, Stdin, Stdout);
        {Stdin, eof} ->
            ssl:close(Socket);
        {ssl, Socket, Data} when is_binary(Data) ->
            ok = file:write(Stdout, Data),
            carry(Socket, Stdin, Stdout);
        {ssl, session_ticket, Ticket} ->
            keep(Ticket),
            carry(Socket, Stdin, Stdout);
        {ssl, Socket, {early_data, Result}} ->
            fact("early_data_accepted", Result =:= accepted),
            carry(Socket, Stdin, Stdout);
        {ssl_closed, Socket} ->
            ok;
        {ssl_error, Socket, Why} ->
            throw(Why)
    end.

%% ---- Both ----

update_keys(Socket, Told) -> told("key_update", Told, fun(_) -> ok = ssl:update_keys(Socket, read_write) end).

say_facts(Socket) ->
    Facts = maps:from_list(good(ssl:connection_information(Socket))),
    fact("version", "TLS " ++ tl(tl(tl(tl(atom_to_list(maps:get(protocol, Facts))))))),
    fact("suite", ssl:suite_to_str(maps:get(selected_cipher_suite, Facts))),
    fact("resumed", resumed(Facts)),
    case ssl:negotiated_protocol(Socket) of
        {ok, Protocol} -> fact("alpn", Protocol);
        {error, _} -> fact("alpn", null)
    end,
    case Facts of
        #{sni_hostname := Name} -> fact("server_name", Name);
        #{} -> ok
    end,
    fact("peer_verified", element(1, ssl:peercert(Socket)) =:= ok).

%% session_resumption is of TLS 1.3 only, and always false before. There, a session that is known is one that is resumed.
resumed(#{protocol := 'tlsv1.3', session_resumption := Resumed}) -> Resumed;
resumed(#{session_id := Id}) -> put(Id, known) =:= known.
