# files.sh, read by the scripts beside it: what is in the tree, and what to do when a tool is missing.

# files PATTERN…: the files of the tree whose names match, one a line; not a learner's mine.c. Without git (a copy of the tree): all but what is made.
files() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -- "$@" ':!exercises/*/mine.c*'
        return
    fi
    for pattern; do
        find . \( -path ./build -o -path ./out -o -path ./.git -o -name node_modules \) -prune -o -type f -path "./$pattern" ! -name 'mine.c*' -print | sed 's,^\./,,'
    done
}

# tool NAME: skips the test when there is no such command; in CI that is a failure.
tool() {
    command -v "$1" >/dev/null && return
    echo "$1 is not installed"
    [ "${CI-}" = true ] && exit 1
    exit 77
}
