# No file names a folder of the machine on which it was written. (template.html holds the code of others, with folders of its own.)
set -eu
. tests/style/files.sh
parent=$(dirname "$PWD")
case $parent in / | /tmp | /src) parent=/home ;; esac
found=$(files '*' | grep -vx src/inspect/page/template.html | tr '\n' '\0' | xargs -0 grep -nIE "(^|[^[:alnum:]_./-]|file://)(/home|/root|/work|/Users|$parent)/" || true)
[ -z "$found" ] && exit
echo "$found"
exit 1
