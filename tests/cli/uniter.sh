# The uniter program: the worked example, and each task's step drawn.
set -eu
. tests/cli/check.sh
program=${1:?path of the uniter program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder" || exit
uniter() { "$program" "$@"; }

expect 0 uniter --help
says 'uniter example' 'uniter graph'
refuses 'there is no command "nonsense"' -- uniter nonsense
for command in example graph; do
    expect 0 uniter $command --help
    says 'Usage: uniter' --data --out --threads
done

# By hand and from the tape: the same to the rounding of float.
expect 0 uniter example --data "$data"
says 'a cat left of a dog' 'guessing: ln 4 = 1.3863' 'receive 0.5000 and 0.5000'
[ "$(grep -cE 'by hand: apart by [0-9.]+e-0[6-9] at most' "$work/out")" -eq 2 ] || surprise 'regions and plan as by hand'
cp "$work/out" first
expect 0 uniter example --data "$data" --threads 1
cmp -s "$work/out" first || surprise 'the same numbers with one thread'
expect 0 uniter example --data "$data" --seed 2
! cmp -s "$work/out" first || surprise 'other numbers from another seed'
expect 0 uniter example --data "$data" --json
says '"tokens"' '"plan"' '"mrc-kl"'
refuses 'none/emoji/concepts.tsv: No such file' -- uniter example --data none

# Without a drawing program only what needs none.
command -v dot >/dev/null || exit 0
expect 0 uniter graph --data "$data" --out drawn
says 'mlm: loss' 'mrfr: loss' 'mrc-kl: loss' 'itm-ot: loss'
for task in mlm mrfr mrc-kl itm-ot; do
    for end in html json txt svg; do
        [ -s "drawn/graph/$task.$end" ] || surprise "drawn/graph/$task.$end"
    done
done
[ ! -e drawn/graph/mrc.svg ] || surprise 'only the tasks of pretraining'
grep -q img_embeddings drawn/graph/mrfr.txt || surprise 'the module img_embeddings'
expect 0 uniter graph --data "$data" --out some --task mrc --task itm --json
says '"task": "mrc"' '"task": "itm"'
[ ! -e some/graph/mlm.svg ] || surprise 'the tasks that were asked for'
refuses '--task takes mlm, mrfr, mrc, mrc-kl, itm or itm-ot, not "vqa"' -- uniter graph --task vqa
