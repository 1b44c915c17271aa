# What tables of lines that are covered have in common.

def percent: if .lines == 0 then 0 else (1000 * .covered / .lines | round) / 10 end;

# A number with one digit behind the point.
def tenths: (. * 10 | round) as $n | "\($n / 10 | floor).\($n % 10)";

def left($width): . + " " * ($width - length);
def right($width): tostring | " " * ($width - length) + .;

def sum: { covered: (map(.covered) | add), lines: (map(.lines) | add) } | .percent = percent;

# The files of `llvm-cov export -summary-only`, without those that have no lines.
def files: [.data[0].files[]
    | { file: .filename, covered: .summary.lines.covered, lines: .summary.lines.count }
    | select(.lines > 0)
    | .percent = percent];

def header($first): "\($first | left(26)) \("lines" | right(7)) \("covered" | right(8)) \("%" | right(6))";
def line($first): "\($first | left(26)) \(.lines | right(7)) \(.covered | right(8)) \(.percent | tenths | right(6))";
