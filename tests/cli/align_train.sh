# The align program trains: the same bits after a resume as in one go and with one thread; eval, graph and example; what it refuses.
set -eu
. tests/cli/check.sh
program=${1:?path of the align program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder" || exit
align() { "$program" "$@"; }
# Four steps of 16 small pictures.
train() { align train --data "$data" --pictures emoji --part 0.02 --batch 16 --epochs 0.6 --size 16 --vocab 300 --evaluations 0 "$@"; }
same() {
    command="diff -r $1 $2" got=0
    diff -r "$1" "$2" >"$work/out" 2>"$work/err" || got=$?
    [ "$got" -eq 0 ] || surprise 'the same bytes'
}

for command in train eval graph example; do
    expect 0 align $command --help
    says 'Usage: align' --data --out --threads
done

expect 0 train --out once
says 'EfficientNet of 5 blocks + BERT of 1 layer,' '5233 emoji' '4 steps of 16 pairs' 'emoji of a style never seen' 'chance' \
    'pixel nearest neighbour' 'text to image'
for file in log.tsv train.safetensors model/config.json model/model.safetensors model/vocab.txt model/preprocessor_config.json; do
    [ -s "once/$file" ] || surprise "once/$file"
done
expect 1 train --out twice --stop-after 2
says 'stopped after step 2 of 4' '--resume goes on from there'
[ ! -e twice/model ] || surprise 'no model yet'
expect 0 train --out twice --resume --threads 1
same once/model twice/model
cmp -s once/train.safetensors twice/train.safetensors || surprise 'the same state'
refuses 'twice/train.safetensors' -- train --out twice --resume --lr 0.5
refuses 'there is nothing to resume' -- train --out thrice --resume

expect 0 align eval --data "$data" --model once/model --json
says '"test": "held-out clip art"' '"chance"' '"pixel nearest neighbour"' '"text to image"'
expect 0 align similarity --model once/model "$data/emoji/noto_48.png" 'a cat' 'a dog'

# Another kind of training: the options reach the run.
expect 0 train --out other --pictures both --part 0.03 --all-groups --evaluations 1 --optimizer muon --lr 0.001 --smoothing 0 --temperature 0.2 --fixed-temperature --batchnorm tf --noise 0.5 --json \
    --graph step.json:2
says '"temperature": 0.2' 'pieces of clip art (rules: here)' '"held-out clip art"'
[ -s step.json ] || surprise 'step.json'
! cmp -s once/model/model.safetensors other/model/model.safetensors || surprise 'another model'
refuses 'there are only' -- train --out none --graph step.html:99999
refuses 'is more than there are pairs' -- train --out none --batch 1000
refuses '--rules takes none, align, coyo or here, not "all"' -- align train --rules all
refuses 'are about emoji' -- align train --all-groups
refuses 'nowhere' -- train --out none --data nowhere

expect 0 align graph --data "$data" --model once/model --out drawn
says 'ALIGN, trained: one training step of 2 pairs' 'vision_model' 'text_projection' 'step.html'
[ -s drawn/graph/step.svg ] || surprise 'step.svg'
expect 0 align graph --data "$data" --new --json --out drawn
says '"title": "ALIGN, not trained' '"vision_model"'
expect 0 align example --data "$data"
says 'The tape has the same numbers' 'LAMB' 'keeps its sign'
expect 0 align example --data "$data" --json --steps 0
says '"hand and tape apart"'

# From shards: as from memory, the same bits after a resume; a broken shard costs its pairs.
expect 0 align shards --data "$data" --filtered --per-shard 600 --out shards
streamed() { align train --data "$data" --shards shards --steps 6 --pool 100 --batch 16 --size 16 --vocab 300 --evaluations 0 "$@"; }
expect 0 streamed --out streamed
says 'shards in shards, 100 pairs in the pool' '6 steps of 16 pairs, LAMB' 'emoji of a style never seen' chance
says 'No pixel nearest neighbour: it would need all pictures of the shards'
never 'left out' 'gnuplot did not run'
expect 1 streamed --out stopped --stop-after 3
expect 0 streamed --out stopped --resume --threads 1
same streamed/model stopped/model
for shard in shards/*; do head -c 40000 "$shard" >part && mv part "$shard"; done
expect 0 streamed --out cut
says 'left out of the shards: 5 of them from a damage on, 0 incomplete pairs' 'breaks off'
refuses 'are about emoji' -- streamed --all-groups --out none
refuses 'nowhere: No such file' -- streamed --out none --shards nowhere
