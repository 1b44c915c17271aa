# interop/plan.awk: who does what. Reads, in this order, lines of words:
#
#     pair CLIENT SERVER
#     peer NAME | why it cannot be used, or nothing | what it can do as a server | as a client
#     case NAME FLOW NEEDS SETTING...
#
# and prints for each case, and in it each pair, NUMBER|CLIENT|SERVER|CASE|FLOW|SETTINGS|WHY, WHY being what one of
# the two lacks, or nothing. With i and n set: every nth, from the ith on.

# holds(FEATURES, NEED): whether one of the features is one of the alternatives of NEED; "*" in a feature fits
# anything, and "X" for "X_tls12" and "X_tls13", what is needed in one version; "no:X": it must not have X.
function holds(features, need, count, have, alternatives, k, j, pattern) {
    if (need == "talk") need = "echo echo_request http pipe"
    if (need == "bulk") need = "echo http pipe"
    if (need == "resume") need = "resume resume_both"
    if (sub(/^no:/, "", need)) return !holds(features, need)
    if (need ~ /_tls1[23]$/) need = need " " substr(need, 1, length(need) - 6)
    count = split(features, have, " ")
    for (k = split(need, alternatives, " "); k > 0; k--)
        for (j = 1; j <= count; j++) {
            pattern = have[j]
            gsub(/[.]/, "[.]", pattern)
            gsub(/[*]/, ".*", pattern)
            if (alternatives[k] ~ "^" pattern "$") return 1
        }
    return 0
}

# settings_need(NAME, VALUE, VERSION): what both ends need for a setting, in a version (as a suffix, or "").
function settings_need(name, value, version) {
    if (name == "TLS") return "tls" value
    if (name == "SUITE") return "suite=" value
    if (name == "GROUP") return "group=" value version
    if (name == "CERT") { sub(/^server-/, "", value); return "cert=" value version }
    if (name == "CLIENT_CERT") { sub(/^client-/, "", value); return "cert=" value version }
    if (name == "ALPN") return "alpn alpn=" value
    if (name == "CLIENT_AUTH") return "client_auth client_auth=" value
    if (name == "STRICT") return "close_notify"
    return ""
}

# lacks(CLIENT, SERVER): what one of the two cannot do of need[1] to need[needs].
function lacks(client, server, k, role, what, said) {
    if (why[client] != "") return client ": " why[client]
    if (why[server] != "") return server ": " why[server]
    if (serve[server] ~ /^ *$/) return server " is no server"
    if (connect[client] ~ /^ *$/) return client " is no client"
    for (k = 1; k <= needs; k++) {
        what = need[k]
        role = what ~ /^serve:/ ? 1 : what ~ /^connect:/ ? 2 : 3
        sub(/^(serve|connect):/, "", what)
        said = (what ~ /^no:/ ? " has " substr(what, 4) : " has no " what) " as "
        if (role != 2 && !holds(serve[server], what)) return server said "server"
        if (role != 1 && !holds(connect[client], what)) return client said "client"
    }
    if (!holds(connect[client], "pipe") && holds(connect[client], "http") && !holds(serve[server], "http"))
        return client " speaks HTTP only"
    return ""
}

$1 == "pair" { clients[++pairs] = $2; servers[pairs] = $3 }

$1 == "peer" {
    name = $2
    line = substr($0, index($0, "|") + 1)
    split(line, part, "|")
    why[name] = part[1]; serve[name] = part[2]; connect[name] = part[3]
}

$1 == "case" {
    needs = 0
    if ($3 ~ /^(exchange|resume|early_data|key_update|bulk)$/) need[++needs] = $3 == "bulk" ? "bulk" : "talk"
    count = $4 == "-" ? 0 : split($4, words, ",")
    for (j = 1; j <= count; j++) need[++needs] = words[j]
    settings = ""
    version = match($0, / TLS=1[.][23]/) ? "_tls1" substr($0, RSTART + 7, 1) : ""
    for (j = 5; j <= NF; j++) {
        settings = settings (j > 5 ? " " : "") $j
        at = index($j, "=")
        role = substr($j, 1, at - 1)
        only = sub(/^serve[.]/, "", role) ? "serve:" : sub(/^connect[.]/, "", role) ? "connect:" : ""
        what = settings_need(role, substr($j, at + 1), version)
        if (what != "") need[++needs] = only what
    }
    for (p = 1; p <= pairs; p++)
        if ((row++ - (i - 1)) % n == 0)
            printf "%d|%s|%s|%s|%s|%s|%s\n", ++number, clients[p], servers[p], $2, $3, settings, lacks(clients[p], servers[p])
}
