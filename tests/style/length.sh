# A function fits on a screen and a file is read in one sitting. Prints the longest; fails where one is far beyond that.
set -eu
. tests/style/files.sh
# shellcheck disable=SC2016 # awk has dollars of its own
files '*.c' '*.h' | tr '\n' '\0' | xargs -0 -r awk '
    function end_of_file() { if (file) print lines, "lines:", file }
    FNR == 1 { end_of_file(); file = FILENAME }
    { lines = FNR }
    # A function is what stands between two braces at the margin; its name precedes the last parenthesis that began a line.
    /^[A-Za-z_].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
    /^\{/ { start = FNR }
    /^\}/ && start { print FNR - start + 1, "lines:", name "() in", FILENAME; start = 0 }
    END { end_of_file() }' | sort -rn | awk '
    / in / && functions++ < 5 || !/ in / && files++ < 5
    $1 > (/ in / ? 60 : 450) { print "too long: " $0; bad = 1 }
    END { exit bad }'
