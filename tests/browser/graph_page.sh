# The page of a gradient graph, in Chromium.
set -eu
. tests/browser/node.sh
tool chromium
packages tests/browser
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" "$work"
node tests/browser/graph_page.mjs "$work"
