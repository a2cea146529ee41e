# The exercises' front end on a copy of the tree: every command, without a terminal, with the editors' ways to save.
set -eu
. tests/cli/check.sh

learn=$1
tree="$work/the tree"
mkdir -p "$tree"
cp -r exercises src chapters "$tree"
rm -f "$tree"/exercises/*/mine.c* "$tree/exercises/progress.tsv"
export LEARN_BUILD="$work/build" NO_COLOR=1
course() { "$learn" "$tree" "$@"; }
mine="$tree/exercises/01-relu/mine.c"
write() { sed "s|NOT_STARTED;|$1|" "$tree/exercises/01-relu/starter.c"; }

# A fresh tree: the first exercise is next, and nothing is started.
expect 0 course
says 'Next: 01' 'exercises/01-relu/mine.c' '] 0 of'
expect 77 course test 01
says 'NOT STARTED'
expect 0 course list
says '01 ' 'ch03'
[ ! -e "$mine" ] || surprise 'no mine.c before it is asked for'

# Started: the learner's file is the starter, and is never overwritten.
expect 0 course start 1
cmp -s "$mine" "$tree/exercises/01-relu/starter.c" || surprise 'mine.c is the starter'
expect 77 course test 01
says 'NOT STARTED'
echo '/* mine */' >>"$mine"
expect 0 course start 01
tail -1 "$mine" | grep -qx '/\* mine \*/' || surprise 'start leaves mine.c alone'

# An error of the compiler comes first and alone.
write 'y->dat[i] = x[i];' >"$mine"
expect 1 course test 01-relu
says 'exercises/01-relu/mine.c:' 'dat' 'DOES NOT COMPILE'
never 'Hint' "$(printf '\033')"

# Wrong: the first failing check in full with its hint, a line for each other.
write 'y->data[i] = x[i];' >"$mine"
expect 2 course test relu-wrong
says "no exercise is called 'relu-wrong'"
expect 1 course test 01
says 'FAILS  negative' 'got' 'want' '-1*' 'the worst: y[4]' 'Hint: Where x[i] < 0' 'right  positive' 'wrong  small' 'FAIL  01-relu  1 of 3' 'out/exercises/01-relu/mine.html'
[ "$(grep -c 'Hint:' "$work/out")" = 1 ] || surprise 'one hint'

# Another signature is an error of the compiler; a missing function and a crash have words of their own.
sed -i 's/void relu_forward(Tensor \*y)/void relu_forward(Tensor *y, int n)/' "$mine"
expect 1 course test 01
says 'conflicting types' 'DOES NOT COMPILE'
write 'y->data[i] = *(volatile real *)8;' >"$mine"
expect 1 course test 01
says 'CRASH  01-relu' 'in check positive'

# Hints one by one; the solution and the difference only after passing.
expect 0 course hint 01
says 'hint 1 of 3'
expect 0 course hint 01
says 'hint 2 of 3'
expect 0 course hint 01 1
says 'hint 1 of 3'
expect 2 course hint 01 9
expect 1 course solution 01
says 'not passed yet'
expect 0 course solution 01 --anyway
says 'src/ops/unary.c' 'x[i] > 0 ? x[i] : 0'
expect 1 course diff 01

# Right, with the line ends of Windows.
write 'y->data[i] = x[i] > 0 ? x[i] : 0;' | sed 's/$/\r/' >"$mine"
expect 0 course test 01
says 'PASS  01-relu  3 of 3'
expect 0 course solution 01
says 'x[i] > 0 ? x[i] : 0'
expect 1 course diff 01
says 'the reference'
expect 0 course
says 'Next: 02' '] 1 of'
expect 0 course status
says 'PASS  01-relu' '1 right, 0 not yet'
expect 0 course list
says 'passed'

# The graph with the learner's function and with the reference.
if command -v dot >/dev/null; then
    expect 0 course graph 01
    says mine.svg mine.html '0 of 2 tensors differ'
    grep -q '<svg' "$tree/out/exercises/01-relu/reference.svg" || surprise 'a drawing'
fi

# Anew: asks, and keeps a copy; twice keeps two.
expect 1 course reset 01
says 'nothing was changed'
expect 0 course reset 01 --yes
says 'mine.c.bak'
grep -q '? x' "$mine.bak" || surprise 'a copy of what was there'
expect 0 course reset 01 --yes
[ -e "$mine.bak.1" ] || surprise 'a second copy'
expect 0 course
says 'Next: 01'

# saved HOW ARGS: watches, saves in some way when it waits, and takes the time to the verdict.
saved() {
    how=$1
    shift
    course watch 01 --once "$@" </dev/null >"$work/out" 2>"$work/err" &
    watcher=$!
    command="watch, saved by $how"
    for i in $(seq 200); do
        grep -q waiting "$work/out" && break
        [ "$i" -lt 200 ] || surprise 'waiting'
        sleep 0.05
    done
    write 'y->data[i] = x[i] > 0 ? x[i] : 0;' >"$work/new"
    began=$(date +%s%N)
    case $how in
    rename) cp "$work/new" "$mine.tmp" && mv "$mine.tmp" "$mine" ;;
    backup) mv "$mine" "$mine~" && cp "$work/new" "$mine" ;; # as vim does
    writing) cat "$work/new" >"$mine" ;;
    esac
    got=0
    wait $watcher || got=$?
    echo "$how: $((($(date +%s%N) - began) / 1000000)) ms from save to verdict"
    [ "$got" -eq 0 ] || surprise 'exit 0'
    says 'PASS  01-relu'
    expect 0 course reset 01 --yes
}
saved writing
saved rename
saved backup
saved rename --poll

# A source whose regions are broken is named.
sed -i '/end relu_forward/d' "$tree/src/ops/unary.c"
expect 2 course starters
says 'src/ops/unary.c' 'relu_forward'
cp src/ops/unary.c "$tree/src/ops"
expect 0 course starters
echo '/* changed */' >>"$tree/exercises/02-relu-backward/starter.c"
expect 2 course starters
says '02-relu-backward/starter.c'
expect 0 course starters --write
expect 0 course starters
