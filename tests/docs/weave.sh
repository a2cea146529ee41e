# weave.sh WEAVE: pages of all kinds, right and wrong, in a small project of their own.
set -eu
# shellcheck source=../cli/check.sh
. tests/cli/check.sh
weave=$1
cd "$work"
mkdir -p src programs datasets
cat >src/one.c <<'END'
/* Twice x. */
static int twice(int x)
{
    /* region twice */
    return 2 * x;
    /* end twice */
}
/* region open */
/* region again */
/* end again */
/* region again */
/* end again */
END
cat >programs/say <<'END'
#!/bin/sh
echo "loss 1.2345 after $1 steps"
echo "took $$ s"
END
cat >programs/fail <<'END'
#!/bin/sh
echo halfway
echo "no such file" >&2
exit 3
END
cat >programs/slow <<END
#!/bin/sh
echo once >>"$work/ran"
END
chmod +x programs/*

# page LINE…: writes page.md. weaves STATUS ARGS: runs weave on it.
page() { printf '%s\n' "$@" >page.md; }
weaves() {
    want=$1
    shift
    expect "$want" "$weave" --programs programs --cache cache "$@" page.md
}
has() { expect 0 grep -q -e "$1" page.md; }

page 'A page.' '<!-- code: src/one.c#twice() -->' '<!-- /code -->' '<!-- code: src/one.c#twice -->' '<!-- /code -->' \
    '<!-- run tol=0.01 drop=^took: say 5 -->' '<!-- /run -->'
weaves 1
says 'page.md:2: src/one.c#twice() has changed' 'page.md:6: say 5 prints something else' '1 pages, 3 errors'
weaves 0 --write
weaves 0
has '^/\* Twice x. \*/$'  # a function comes with its comment
has '^return 2 \* x;$'    # a region without its margin
has '^\$ build/release/say 5$'
expect 1 grep -q region page.md # no mark is shown

# Numbers may differ by tol, words and code by nothing, lines to drop by all.
mv page.md right.md
sed 's/1.2345/1.2351/' right.md >page.md
weaves 0
sed 's/1.2345/1.26/' right.md >page.md
weaves 1
says 'in the page: loss 1.26 after 5 steps' 'now:         loss 1.2345 after 5 steps'
sed 's/loss/lose/' right.md >page.md
weaves 1
sed 's/2 \* x/2 *  x/' right.md >page.md
weaves 1
sed 's/^took.*/& and more/' right.md >page.md
weaves 0

# wrong TEXT LINE…: weave fails, says TEXT, and does not touch the page.
wrong() {
    text=$1
    shift
    page "$@"
    cp page.md before.md
    weaves 1 --write
    says 'page.md:' "$text"
    cmp -s page.md before.md || surprise 'the page as it was'
}
wrong '<!-- /code --> is missing' '<!-- code: src/one.c#twice -->' '```c' '```'
wrong '<!-- /code --> is missing' '<!-- code: src/one.c#twice -->' '<!-- run: say 5 -->' '<!-- /run -->' '<!-- /code -->'
wrong 'a block that was not begun' '<!-- /run -->'
wrong 'must each stand there once, in this order; they do 1 and 0' '<!-- code: src/one.c#open -->' '<!-- /code -->'
wrong 'they do 2 and 2' '<!-- code: src/one.c#again -->' '<!-- /code -->'
wrong 'they do 0 and 0' '<!-- code: src/one.c#gone -->' '<!-- /code -->'
wrong '0 functions have this name' '<!-- code: src/one.c#thrice() -->' '<!-- /code -->'
wrong 'No such file' '<!-- code: src/two.c#twice -->' '<!-- /code -->'
wrong 'exit status 3; it said:' '<!-- run: fail -->' '<!-- /run -->'
wrong 'No such file' '<!-- run: nothing -->' '<!-- /run -->'
wrong 'no such option: fast' '<!-- run fast: say 5 -->' '<!-- /run -->'
wrong 'a mark is' '<!-- run: say 5' '<!-- /run -->'

# A slow run can wait; once done it is remembered, until the program changes.
page '<!-- run slow: slow -->' '<!-- /run -->'
weaves 0
says '1 slow runs not checked'
weaves 0 --slow --write
weaves 0
never 'not checked'
expect 0 test "$(grep -c once ran)" = 1
echo '# another version' >>programs/slow
weaves 0
says '1 slow runs not checked'
