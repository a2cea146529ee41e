# node.sh, read by the scripts beside it: what they need, and packages of npm.
# shellcheck shell=sh
. tests/style/files.sh
tool node
tool npm

# packages FOLDER: what its package-lock.json names, fetched once. Skips the test where that cannot be.
packages() {
    cmp -s "$1/package-lock.json" "$1/node_modules/.of-lock" && return
    if ! (cd "$1" && npm ci --no-audit --no-fund --loglevel=error --fetch-retries=1 --fetch-timeout=60000) >&2; then
        echo "npm cannot fetch the packages of $1"
        [ "${CI-}" = true ] && exit 1
        exit 77
    fi
    cp "$1/package-lock.json" "$1/node_modules/.of-lock"
}
