# What ci/coverage makes of `llvm-cov export -summary-only`.
#
#   --arg root FOLDER/   what is cut off the names of files
#   --arg by WHAT        what was replayed, in words
#   --arg form FORM      text, markdown or json

def percent: if .lines == 0 then 0 else (1000 * .covered / .lines | round) / 10 end;

# A number with one digit behind the point.
def tenths: (. * 10 | round) as $n | "\($n / 10 | floor).\($n % 10)";

def left($width): . + " " * ($width - length);
def right($width): tostring | " " * ($width - length) + .;

def sum: { covered: map(.covered) | add, lines: map(.lines) | add } | .percent = percent;

[.data[0].files[]
    | { file: (.filename | ltrimstr($root)), covered: .summary.lines.covered, lines: .summary.lines.count }
    | .percent = percent]
    | map(select(.lines > 0)) as $files
    | ($files | group_by(.file | sub("/[^/]*$"; ""))
        | map({ room: (.[0].file | sub("/[^/]*$"; "")) } + sum)) as $rooms
    | ($rooms + [{ room: "everything" } + ($files | sum)]) as $rows
    | if $form == "json" then
        { by: $by, rooms: $rooms, files: $files, everything: ($files | sum) } | tojson
    elif $form == "markdown" then
        "| room | lines | covered | % |", "|---|--:|--:|--:|",
        ($rows[] | "| `\(.room)` | \(.lines) | \(.covered) | \(.percent | tenths) |")
    else
        "\("room" | left(24)) \("lines" | right(7)) \("covered" | right(8)) \("%" | right(6))",
        ($rows[] | "\(.room | left(24)) \(.lines | right(7)) \(.covered | right(8)) \(.percent | tenths | right(6))")
    end
