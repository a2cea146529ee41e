# clip_program.sh, read by the tests beside it: the program, its data, and a training run of a second or two.
# shellcheck shell=sh
. tests/cli/check.sh

# clip.sh and its neighbours are called with the path of the program.
program=${1:?path of the clip program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder" || exit
clip() { "$program" "$@"; }

# A short run: 16 steps of 16 pairs. More options may follow.
train() { clip train --data "$data" --batch 16 --epochs 0.048 --evaluations 0 --save-every 5 "$@"; }

# same A B: the two folders hold the same files with the same bytes.
same() {
    command="diff -r $1 $2" got=0
    diff -r "$1" "$2" >"$work/out" 2>"$work/err" || got=$?
    [ "$got" -eq 0 ] || surprise 'the same bytes'
}

# whole FOLDER: nothing in it is left from a file that was not finished.
whole() {
    command="find $1" got=0
    find "$1" -name '.*' >"$work/out"
    [ ! -s "$work/out" ] || surprise 'no temporary file'
}

# bmp WIDTH HEIGHT BYTES: a black picture; the sides are four octal escapes each, the lowest byte first.
bmp() {
    printf 'BM\0\0\0\0\0\0\0\0\066\0\0\0\050\0\0\0%b%b\001\0\030\0\0\0\0\0' "$1" "$2"
    head -c $((20 + $3)) /dev/zero
}
