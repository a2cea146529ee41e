# Every marked region of a source is shown by a page or taken by an exercise; a mark that nobody needs is noise.
set -eu
. tests/style/files.sh
# shellcheck disable=SC2046 # file names of this project have no spaces
set -- $(files 'src/*.c' 'src/*.h' 'chapters/*.c' 'chapters/*.h')
regions=$(sed -nE 's,^ *(/\*|#) region ([a-z_0-9]+)( \*/)?$,\2,p' "$@" | sort -u)
[ -n "$regions" ] || { echo "no region was found"; exit 1; }
used=$({
    sed -nE 's,^<!-- code: [^#]+#([a-z_0-9]+) -->$,\1,p' docs/*.md
    sed -nE 's,^/\* (given|function|answer) [^ ]+ ([a-z_0-9]+) \*/$,\2,p' exercises/*/template.c.in
} | sort -u)
unused=$(printf '%s\n' "$regions" | grep -vxF -e "$used" || true)
[ -z "$unused" ] && exit
printf 'no page and no exercise uses these regions:\n%s\n' "$unused"
exit 1
