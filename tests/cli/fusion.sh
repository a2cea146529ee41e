# Every command of the fusion program once, end to end, on models that were trained for a moment; and what it says to bad input.
set -eu
. tests/cli/check.sh

program=${1:?path of the fusion program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder" || exit
fusion() { "$program" "$@"; }

for command in train eval compare conflict missing noise share xor example graph; do
    expect 0 fusion $command --help
    says 'Usage: fusion' --data --out --threads
done
expect 0 fusion --help
says 'fusion train' 'fusion graph'
expect 1 fusion
says Usage
expect 1 fusion fuse
says 'there is no command "fuse"'

expect 0 fusion example
says 'ironic' 'Late fusion' 'Tensor fusion' 'Low-rank fusion' 'guessing: ln 2' 'the same to rounding'
expect 0 fusion example --json --graph example.json:2
says '"largest difference of hand and tape"'
[ -s example.json ] || surprise 'a trace of the step'

expect 0 fusion xor --runs 1 --threads 1
says synthetic chance 'always the same' 'a alone' 'late, product' tensor attention
mv "$work/out" one
expect 0 fusion xor --runs 1 --threads 2
cmp one "$work/out" || surprise 'the same numbers with any number of threads'

# A short run of each kind of fusion on what ships; its voices are synthetic, and every output says so.
for kind in late hybrid attention; do
    expect 0 fusion train --data "$data" --fusion $kind --epochs 1 --out $kind
    says synthe 'given all of it' 'given voice alone' chance 'always the same' Acc-7 $kind/model
done
for late in mean product weights vote; do
    expect 0 fusion eval --data "$data" --out late --late $late --missing text --noise voice=1
    says synthe 'given face alone' chance
    never 'given text alone'
done
expect 0 fusion eval --data "$data" --model hybrid/model --json
says '"fusion": "hybrid"' '"weighted F1"' '"correlation"' synthe
expect 0 fusion train --data "$data" --read-text transformer --read-voice transformer --epochs 1 --out t --graph step.svg
grep -q '</svg>' step.svg || surprise 'a whole step.svg'

expect 0 fusion conflict --data "$data" --runs 2 --epochs 1
says synthe chance 'always the same' 'voice alone' 'late, vote' attention noise '95 %'
expect 0 fusion compare --data "$data" --runs 1 --epochs 1 --json
says '"above late, product"' '"Acc-7"' '"chance": 0.5' '"majority"'
expect 0 fusion missing --data "$data" --runs 1 --epochs 1
says synthe chance 'always the same' 'only face' 'hybrid, dropout'
expect 0 fusion noise --data "$data" --runs 1 --epochs 1
says synthe chance 'low-rank'
grep -q '</svg>' out/fusion/noise.svg || surprise 'a whole figure'
expect 0 fusion share --data "$data" --epochs 1
says synthe chance hybrid
grep -q '</svg>' out/fusion/share.svg || surprise 'a whole figure'
expect 0 fusion graph --data "$data"
says synthe 'early fusion: loss' 'late fusion: loss' out/fusion/graph/hybrid.svg
expect 0 fusion graph --data "$data" --fusion tensor --batch 3 --json
says '"fusion": "tensor"' '"shares"'

# ---- bad input ----
expect 1 fusion train --fusion sideways
says '--fusion takes early, late, hybrid, tensor, low-rank, gated or attention'
expect 1 fusion train --width 30
says 'a multiple of 4'
expect 1 fusion eval --missing text --missing voice --missing face
says 'one of them must be left'
expect 1 fusion eval --noise loud
says 'MODALITY=X'
expect 1 fusion eval --model nowhere
says 'nowhere: there is no model here' 'fusion train'
mkdir broken
cp hybrid/model/* broken
sed 's/hybrid/sideways/' hybrid/model/config.json >broken/config.json
expect 1 fusion eval --data "$data" --model broken
says 'broken/config.json: "fusion" is "sideways"'
sed 's/"width": 32/"width": 16/' hybrid/model/config.json >broken/config.json
expect 1 fusion eval --data "$data" --model broken
says broken/model.safetensors
expect 1 fusion train --data nowhere
says nowhere
