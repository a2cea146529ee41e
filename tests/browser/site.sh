# The pages as a site: it builds, and every page of it holds in Chromium.
set -eu
. tests/browser/node.sh
tool chromium
packages tests/browser
packages docs/site
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node docs/site/build.mjs "$work/site"
node tests/browser/site.mjs "$work/site"
