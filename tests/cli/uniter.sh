# The uniter program: the worked example, each task's step drawn, and runs of a few steps: kept, resumed, measured.
set -eu
. tests/cli/check.sh
program=${1:?path of the uniter program}
data=$PWD/datasets golden=$PWD/tests/golden/uniter/uniter
mkdir "$work/folder"
cd "$work/folder" || exit
uniter() { "$program" "$@"; }

expect 0 uniter --help
says 'uniter example' 'uniter graph' 'uniter export'
refuses 'there is no command "nonsense"' -- uniter nonsense
for command in pretrain eval example graph export; do
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
mkdir bare
refuses 'bare/emoji/concepts.tsv: No such file' -- uniter example --data bare

# Scenes as files, the same for the same seed.
expect 0 uniter export scenes --data "$data" --train 6 --test 2 --language zh --clips
says 'train             6 scenes and clips' 'style             2 scenes'
for file in captions_val instances_style v2_OpenEnded_mscoco_train_questions v2_mscoco_val_annotations; do
    [ -s "scenes/annotations/$file.json" ] || surprise "scenes/annotations/$file.json"
done
for file in train/train_000000000006.png clips/style/style_000002.gif; do
    [ -s "scenes/$file" ] || surprise "scenes/$file"
done
expect 0 uniter export again --data "$data" --train 6 --test 2 --language zh --json
says '"train":6'
cmp -s scenes/train/train_000000000003.png again/train/train_000000000003.png || surprise 'the same scene'
expect 0 uniter export other --data "$data" --train 6 --test 0 --seed 2
! cmp -s scenes/train/train_000000000003.png other/train/train_000000000003.png || surprise 'another scene'
refuses 'the folder to write to is missing' -- uniter export --data "$data"
refuses '--language takes en or zh, not "fr"' -- uniter export x --language fr
refuses 'bare/emoji/concepts.tsv: No such file' -- uniter export x --data bare

# A run of six steps, and the same run in two parts.
short='--scenes 24 --tests 4 --batch 4 --head-width 4 --layers 1 --detector-steps 4'
# shellcheck disable=SC2086 # several words
pretrain() { uniter pretrain --data "$data" --steps 6 $short "$@"; }
expect 0 pretrain --out whole
says 'things named rightly' '24 scenes; 6 steps of 4' 'pairs of things never seen together' 'a style never seen' 'without the picture' 'the largest region'
for file in log.tsv model/config.json model/model.safetensors model/detector.safetensors model/vocab.txt; do
    [ -s "whole/$file" ] || surprise "whole/$file"
done
[ "$(wc -l <whole/log.tsv)" -eq 7 ] || surprise 'a line a step in log.tsv'
expect 1 pretrain --out parts --stop-after 2
says 'stopped after step 2 of 6; all is saved in parts/state.safetensors'
[ ! -e parts/model/model.safetensors ] || surprise 'no model before the end'
refuses 'parts/state.safetensors' -- pretrain --out parts --resume --seed 2 --json
refuses 'parts/state.safetensors' -- pretrain --out parts --resume --align last --json
refuses 'parts/state.safetensors' -- pretrain --out parts --resume --wra-weight 0.1 --json
expect 0 pretrain --out parts --resume --json --threads 1
says '"itm"' '"alignment"' '"baseline"'
cmp -s whole/model/model.safetensors parts/model/model.safetensors || surprise 'the same bits after --resume, with one thread'
cp "$work/out" at-the-end
expect 0 uniter eval --data "$data" --out parts --tests 4 --json
cmp -s "$work/out" at-the-end || surprise 'what pretrain printed'
refuses 'none/model: there is no model here' 'uniter pretrain' -- uniter eval --data "$data" --out none
refuses 'it reads regions of 6 numbers and 5 classes, scenes have 64 and 41' -- uniter eval --data "$data" --model "$golden"
refuses '--batch takes a whole number from 1 to 4096, not "0"' -- uniter pretrain --batch 0
refuses '--language takes en or zh, not "de"' -- uniter pretrain --language de
expect 0 pretrain --out zh --language zh --align last --wra-weight 0.1
refuses '--align takes looks or last, not "first"' -- uniter pretrain --align first
rm whole/model/detector.safetensors
refuses 'whole/model/detector.safetensors' -- uniter eval --data "$data" --out whole

# A BERT to start from, of which the small one knows too few places.
expect 1 pretrain --out bert --bert "${golden%/*}/bert"
says '44 of 68 tensors; the rest is new' 'it takes 3 to 10 tokens'
refuses 'none/model.safetensors: No such file' -- pretrain --out bert --bert none

# Regions from a file, with a model that reads as many numbers: one box of 10 x 10 in 20 x 10 pixels, six numbers.
{
    printf '7\t20\t10\t1\t'
    printf '\0\0\0\0\0\0\0\0\0\0\040\101\0\0\040\101' | base64
} | tr '\n' '\t' >boxes.tsv
printf '%024d' 0 | tr 0 '\0' | base64 >>boxes.tsv
expect 0 uniter regions boxes.tsv
says '7: 1 regions of 6 numbers'
expect 0 uniter regions boxes.tsv 'a cat left of the dog' 'a dog' --model "$golden"
says 'a cat left of the dog' '  0.' 'a dog'
expect 0 uniter regions boxes.tsv 'a cat' --model "$golden" --json
says '"match": 0.' '"numbers": 6'
refuses 'regions have 6 numbers each, the model reads 64' -- uniter regions boxes.tsv 'a cat' --out zh
refuses 'none.npz: ' -- uniter regions none.npz
refuses 'the file of regions is missing' -- uniter regions

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
refuses '--task takes mlm, mlm-where, mrfr, mrc, mrc-kl, itm or itm-ot, not "vqa"' -- uniter graph --task vqa
