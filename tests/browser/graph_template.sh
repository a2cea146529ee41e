# The page's template and formulas are what their sources make.
set -eu
. tests/browser/node.sh
packages src/inspect/page
cd src/inspect/page
node build.mjs --check
