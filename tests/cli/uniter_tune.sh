# Fine-tuning by the uniter program, in runs of a few steps: kept, resumed, alone and together, and asked about pictures of one's own.
set -eu
. tests/cli/check.sh
program=${1:?path of the uniter program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder" || exit
uniter() { "$program" "$@"; }

for command in tune test compare caption vqa match see probe conflict; do
    expect 0 uniter $command --help
    says 'Usage: uniter' --data --out --model
done
refuses 'out/uniter/model: there is no model here' 'uniter pretrain' -- uniter tune --data "$data"
refuses 'out/uniter/tuned: there is no model here' 'uniter tune' -- uniter caption picture.png
refuses 'out/uniter/tuned: there is no model here' 'uniter tune' -- uniter test --data "$data"

expect 0 uniter pretrain --data "$data" --out run --steps 2 --detector-steps 2 --scenes 60 --tests 2 --batch 4 --head-width 4 --layers 1
expect 0 uniter export scenes --data "$data" --train 4 --test 2 --clips
picture=scenes/val/val_000000000001.png

# All skills in one model, and the same run in two parts.
# shellcheck disable=SC2086 # several words
tune() { uniter tune --data "$data" --out run --scenes 60 --tests 3 --steps 2 --batch 4 "$@"; }
expect 0 tune
says '10 steps of 4' 'pairs of things never seen together' 'a style never seen' 'most frequent answer of the same question' \
    "the detector's classes and a rule" 'without fine-tuning, by ITM' 'the largest region' 'things of two kinds'
for file in log.tsv config.json heads.json model.safetensors detector.safetensors vocab.txt; do
    [ -s "run/tuned/$file" ] || surprise "run/tuned/$file"
done
[ "$(wc -l <run/tuned/log.tsv)" -eq 11 ] || surprise 'a line a step in log.tsv'
expect 1 tune --name parts --stop-after 4
says 'stopped after step 4 of 10'
refuses 'run/parts/state.safetensors' -- tune --name parts --resume --hide words --json
expect 0 tune --name parts --resume --threads 1 --json
says '"vqa"' '"CIDEr-D"' '"mean R@1"' '"baselines"'
cmp -s run/tuned/model.safetensors run/parts/model.safetensors || surprise 'the same bits after --resume, with one thread'
cp "$work/out" at-the-end
expect 0 uniter test --data "$data" --model run/parts --scenes 60 --tests 3 --json
grep -v 'without fine-tuning' at-the-end | grep '"value"' | head -n 4 >of-tune
grep '"value"' "$work/out" | head -n 4 | cmp -s - of-tune || surprise 'what tune printed'
# The pretrained commands read a fine-tuned folder too.
expect 0 uniter eval --data "$data" --model run/tuned --tests 2 --json

expect 0 tune --task caption --task refer --decoder lstm --from-scratch --hide regions --name some --beams 1 --length-penalty 0
says 'without what it has learned' '4 steps of 4' 'CIDEr-D'
grep -q lstm run/some/heads.json || surprise 'the decoder in heads.json'

# From files, as COCO and VQA v2 have them.
expect 0 tune --files scenes --task caption --name of-files
says 'scenes/train: 4 pictures, 20 captions, 24 questions' '4 pictures; 2 steps of 4' '2 pictures, val' 'CIDEr-D'
expect 0 uniter test --data "$data" --model run/of-files --files scenes --splits train,val --json
says '"val"' '"CIDEr-D"'
expect 1 tune --files scenes --name few
says 'no answer is given 9 times in 24 questions'
refuses '--files tells nothing of rank' -- uniter tune --files scenes --task rank
refuses '--splits takes two names, as in train,val, not "train"' -- uniter tune --files scenes --splits train
refuses 'nowhere/annotations/instances_train.json: No such file' -- tune --files nowhere --task caption

# Pictures of one's own.
expect 0 uniter caption --out run $picture scenes/clips/val/val_000001.gif
says "$picture: " 'regions:' 'a word of it' 'doubtful: it is not sure of its words'
expect 0 uniter vqa --out run $picture 'How many dogs are there?' 'Is there a qqqq?'
says 'How many dogs are there?: ' 'words that it does not know: qqqq'
expect 0 uniter match --out run $picture 'a dog' --json
says '"asked": "a dog"' '"p":' '"regions":'
refuses 'the model knows no word of it' -- uniter vqa --out run $picture qqqq
refuses 'nothing is asked about it' -- uniter vqa --out run $picture
refuses 'the picture is missing' -- uniter caption --out run
refuses 'none.png: No such file' -- uniter caption --out run none.png
refuses 'this model has not learned vqa' 'uniter tune --task vqa' -- uniter vqa --model run/some $picture 'What is it?'
refuses '--task takes vqa, caption, rank, refer or entail, not "swim"' -- uniter tune --task swim
refuses '--batch takes a whole number from 4' -- uniter tune --batch 3

# One table of all ways; each seed has its own figures.
expect 0 uniter compare --data "$data" --out run --scenes 60 --tests 3 --steps 1 --batch 4 --seeds 2 --task refer --task caption
says 'pretrained, all together' 'from scratch, each alone' 'by an LSTM' '2 seeds of fine-tuning' '±'
expect 0 uniter compare --data "$data" --out run --scenes 60 --tests 3 --steps 1 --batch 4 --seeds 2 --task refer --json
says '"no words"' '"refer"'
refuses '--seeds takes a whole number from 2 to 10, not "1"' -- uniter compare --seeds 1

# Inside: lines between words and regions, shares and cosines of gradients.
expect 0 uniter see --data "$data" --out run --layer 1
says 'attention of layer 1 of 1' '[CLS]' 'transport.svg'
for file in text-to-region region-to-text transport; do
    grep -q 'data:image/png;base64' "run/see/$file.svg" || surprise "the picture in run/see/$file.svg"
done
expect 0 uniter see --out run $picture 'a dog'
says '"a dog"'
refuses 'there is no layer 2, there are 1' -- uniter see --data "$data" --out run --layer 2
refuses 'the text is missing' -- uniter see --out run $picture
expect 0 uniter probe --data "$data" --out run --scenes 20 --tests 10
says 'which thing' 'left or right' 'last layer' 'majority'
expect 0 uniter conflict --data "$data" --model run/tuned --scenes 60 --steps 2 --batch 4
says 'words' 'itm-ot' 'entail'
expect 0 uniter conflict --data "$data" --model run/model --scenes 20 --steps 2 --batch 4 --json
says '"share"' '"cosine"'
refuses 'from batch to batch takes two' -- uniter conflict --data "$data" --model run/model --scenes 20 --steps 1
