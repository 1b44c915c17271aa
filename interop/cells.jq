# interop/cells.jq: of each line of interop/run's and interop/cell's, fields with tabs between them, a cell as "parley report"
# reads it. The first five are always there. A ladder's lines end with RS.
split("\t")
| [.[] | select(. != "") // null] as [$client, $server, $scenario, $outcome, $detail, $who, $alert, $time, $folder, $files, $ladder]
| {$client, $server, $scenario, $outcome, detail: ($detail // ""), $who, $alert,
   command: "interop/run --clients \($client) --servers \($server) --cases \($scenario)"}
+ if $time then {seconds: ($time | tonumber / 100)} else {} end
+ if $folder then {folder: "cells/\($folder)"} else {} end
+ if $files then {files: ($files | split(" "))} else {} end
+ if $ladder then {ladder: ($ladder | split("\u001e") | join("\n"))} else {} end
