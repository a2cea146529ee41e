# Clips by the uniter program: learned in a few steps, kept, resumed, tested in all orders of frames; GIFs of one's own.
set -eu
. tests/cli/check.sh
program=${1:?path of the uniter program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder" || exit
uniter() { "$program" "$@"; }

expect 0 uniter video --help
says 'Usage: uniter' --data --out --model --frames --test
refuses 'out/uniter/model: there is no model here' 'uniter pretrain' -- uniter video --data "$data"
refuses 'out/uniter/video: there is no model here' 'uniter video' -- uniter video --test --data "$data"
refuses '--frames takes ordered, shuffled or one, not "any"' -- uniter video --frames any
refuses '--language takes en or zh, not "fr"' -- uniter video --language fr

expect 0 uniter pretrain --data "$data" --out run --steps 2 --detector-steps 2 --scenes 20 --tests 2 --batch 4 --head-width 4 --layers 1
expect 0 uniter export scenes --data "$data" --train 1 --test 1 --clips
picture=scenes/val/val_000000000001.png gif=scenes/clips/val/val_000001.gif

# The same run whole and in two parts.
# shellcheck disable=SC2086 # several words
video() { uniter video --data "$data" --out run --clips 30 --tests 9 --steps 3 --batch 4 "$@"; }
expect 0 video
says '30 clips, frames ordered; 3 steps of 4' 'things that were seen to do this' 'things never seen to do this' 'a style never seen' 'in order   shuffled  one frame' \
    'what happens' 'turns counterclockwise (' 'clips.png, from top to bottom' 'it says: '
for file in log.tsv heads.json model.safetensors detector.safetensors vocab.txt clips.png clip.gif; do
    [ -s "run/video/$file" ] || surprise "run/video/$file"
done
grep -q '"frames": 8' run/video/heads.json || surprise 'the frames in heads.json'
grep -qx counterclockwise run/video/vocab.txt || surprise 'a word of the captions in vocab.txt'
! grep -qx counterclockwise run/model/vocab.txt || surprise 'the pretrained vocabulary as it was'
expect 1 video --name parts --stop-after 1
says 'stopped after step 1 of 3'
refuses 'run/parts/state.safetensors' -- video --name parts --resume --frames shuffled --json
expect 0 video --name parts --resume --threads 1 --json
says '"in order"' '"as GIF"' '"CIDEr-D"' '"clips": 9'
cmp -s run/video/model.safetensors run/parts/model.safetensors || surprise 'the same bits after --resume, with one thread'
cp "$work/out" at-the-end
expect 0 video --test --name parts --json
cmp -s "$work/out" at-the-end || surprise 'what the run printed'

# GIFs of one's own; pictures are for the other model.
expect 0 uniter caption --out run $gif
says "$gif: 8 frames; regions of the first:" 'a word of it, on average'
expect 0 uniter caption --out run $gif --json
says '"says": "' '"doubts"'
refuses "$picture: not a GIF that moves" 'uniter tune' -- uniter caption --out run $picture
expect 0 uniter tune --data "$data" --out run --task caption --scenes 20 --tests 2 --steps 2 --batch 4
expect 0 uniter caption --out run $picture $gif
says "$picture: " ' regions:' "$gif: 8 frames"
expect 0 uniter caption --model run/tuned $gif # its first frame
! grep -q 'frames' "$work/out" || surprise 'a picture, to a model of pictures'
refuses 'it captions clips' 'uniter video --test' -- uniter test --data "$data" --model run/video
refuses 'this model has not learned from clips' -- video --test --model run/tuned
refuses 'this model has not learned vqa' -- uniter vqa --model run/video $picture 'What is it?'
head -c 2000 $gif >broken.gif
refuses 'broken.gif: ' 'GIF' -- uniter caption --out run broken.gif
: >empty.gif
refuses 'empty.gif: ' -- uniter caption --out run empty.gif

# In Chinese from what was learned in English; by an LSTM from nothing, of one frame.
expect 0 video --language zh --name zh
grep -qx 顺 run/zh/vocab.txt || surprise 'a character of the captions in vocab.txt'
expect 0 video --decoder lstm --from-scratch --frames one --frame-scale 0.125 --name some --beams 1
says 'without what it has learned' 'frames one; 3 steps of 4'
