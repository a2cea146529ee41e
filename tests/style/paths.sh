# No file names a folder of the machine on which it was written.
set -eu
. tests/style/files.sh
parent=$(dirname "$PWD")
case $parent in / | /tmp | /src) parent=/home ;; esac
found=$(files '*' | tr '\n' '\0' | xargs -0 grep -nIE "(^|[^[:alnum:]_./-])(/home|/root|/work|/Users|$parent)/" || true)
[ -z "$found" ] && exit
echo "$found"
exit 1
