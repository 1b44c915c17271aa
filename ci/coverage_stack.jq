# What ci/coverage --stack makes of `llvm-cov export -summary-only`.
#
#   --arg stack NAME --argjson wanted REGEX   those of its files whose paths match
#   --argjson runs [{role, seconds, executions, corpus}]
#   --arg form FORM                           text, markdown or json
include "table";

(files | map(select(.file | test($wanted)) | .file |= sub(".*/"; "")) | sort_by(.file)) as $files
| if $files == [] then error("no file of \($stack) matches \($wanted)") else . end
| ($runs | map(.seconds) | add * 10 | round / 10) as $seconds
| if $form == "json" then
    { stack: $stack, files: $files, everything: ($files | sum), runs: $runs, seconds: $seconds } | tojson
elif $form == "markdown" then
    "| file | lines | covered | % |", "|---|--:|--:|--:|",
    ($files[] | "| `\(.file)` | \(.lines) | \(.covered) | \(.percent | tenths) |"),
    ($files | sum | "| \($files | length) files | \(.lines) | \(.covered) | \(.percent | tenths) |")
else
    header("file"), ($files[] | line(.file)), ($files | sum | line("\($files | length) files")), "",
    ($runs[] | "\(.role): \(.seconds | tenths) CPU-seconds, \(.executions) executions, \(.corpus) inputs kept")
end
