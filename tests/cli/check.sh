# check.sh, read by the tests beside it: runs a command, looks at what it printed. The first surprise ends the test.
# shellcheck shell=sh

work=$(mktemp -d "${TMPDIR:-/tmp}/mm cli.XXXXXX") # with a space: a path may have one
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# expect STATUS COMMAND…: the command must exit with this status. Its output is left in $work/out and $work/err.
expect() {
    want=$1 got=0
    shift
    command="$*"
    "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
    [ "$got" -eq "$want" ] || surprise "exit $want"
}

# says TEXT…, never TEXT…: whether the command just run printed these (fixed) texts on either stream.
says() { for text; do grep -qF -e "$text" "$work/out" "$work/err" || surprise "the words: $text"; done; }
never() { for text; do ! grep -qF -e "$text" "$work/out" "$work/err" || surprise "nothing of: $text"; done; }

# refuses TEXT… -- COMMAND…: the command must exit with 1, say these texts and write nothing to stdout.
refuses() {
    texts=''
    while [ "$1" != -- ]; do
        texts="$texts$1
"
        shift
    done
    shift
    expect 1 "$@"
    while read -r text; do [ -z "$text" ] || says "$text"; done <<END
$texts
END
    [ ! -s "$work/out" ] || surprise 'nothing on stdout'
}

surprise() {
    printf '$ %s\nexit %s; expected %s\n--- stdout\n' "$command" "$got" "$*"
    tail -n 40 "$work/out"
    echo '--- stderr'
    tail -n 40 "$work/err"
    exit 1
}
