# What ci/coverage makes of `llvm-cov export -summary-only`.
#
#   --arg root FOLDER/   what is cut off the names of files
#   --arg by WHAT        what was replayed, in words
#   --arg form FORM      text, markdown or json
include "table";

(files | map(.file |= ltrimstr($root))) as $files
| ($files | group_by(.file | sub("/[^/]*$"; ""))
    | map({ room: (.[0].file | sub("/[^/]*$"; "")) } + sum)) as $rooms
| ($rooms + [{ room: "everything" } + ($files | sum)]) as $rows
| if $form == "json" then
    { by: $by, rooms: $rooms, files: $files, everything: ($files | sum) } | tojson
elif $form == "markdown" then
    "| room | lines | covered | % |", "|---|--:|--:|--:|",
    ($rows[] | "| `\(.room)` | \(.lines) | \(.covered) | \(.percent | tenths) |")
else
    header("room"), ($rows[] | line(.room))
end
