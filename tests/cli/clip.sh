# Every command of the clip program once, end to end, on a model that was trained for a moment.
set -eu
. tests/cli/clip_program.sh

for command in train eval zeroshot probe look gap similarity search example graph; do
    expect 0 clip $command --help
    says 'Usage: clip' --data --out --threads
done
expect 0 clip --help
says 'clip train' 'clip graph'
expect 1 clip
says Usage

expect 0 train --evaluations 2
says 'pairs' 'loss' 'ln 16 = 2.77' 'held-out style, English' 'held-out style, Chinese' 'peak memory'
whole out
for file in config.json model.safetensors vocab.json merges.txt preprocessor_config.json; do
    [ -s "out/clip/model/$file" ] || surprise "out/clip/model/$file"
done
for svg in loss recall; do grep -q '</svg>' "out/clip/$svg.svg" || surprise "a whole $svg.svg"; done
[ "$(wc -l <out/clip/log.tsv)" -eq 17 ] || surprise 'a header and 16 lines in log.tsv'

expect 0 clip eval --data "$data"
says 'chance' 'pixel nearest neighbour' 'image to text, English' 'text to image, Chinese'
expect 0 clip eval --data "$data" --json
says '"chance"' '"R@10"'

expect 0 clip zeroshot --data "$data"
says 'groups       English' 'subgroups    Chinese' 'fashion' 'chance@1' 'majority' 'pixels@1'
expect 0 clip zeroshot groups --data "$data" --language zh
says 'one template alone' 'most often confused' out/clip/zeroshot/groups.zh.svg
never English
grep -q '</svg>' out/clip/zeroshot/groups.zh.svg || surprise 'a whole figure'
printf 'a photo of a {}\n{}\n' >templates
printf 'cat\tcat\tkitten\ndog\n' >classes
mkdir -p animals/cat animals/dog
bmp '\04\0\0\0' '\04\0\0\0' 48 | tee animals/cat/1.bmp >animals/dog/2.bmp
echo no picture >animals/dog/3.png
expect 0 clip zeroshot --folder animals --classes classes --templates templates --json
says '"acc@1"' '"chance@1": 0.5' '"mean class recall"' '"number": 2' 'left out: animals/dog/3.png'
echo cat >one
expect 1 clip zeroshot --folder animals --classes one --templates templates
says 'animals/dog/2.bmp: no class is called "dog"'
expect 1 clip zeroshot horses
says 'name one of them'
expect 1 clip zeroshot --folder "$data/emoji" --templates templates
says 'no picture in a folder of this folder'

expect 0 clip probe fashion --data "$data"
says 'linear probe on' 'features, untrained' 'pixels, 16 x 16' 'zero-shot, Chinese' majority chance 'few-shot' ' ± '
grep -q '</svg>' out/clip/probe/fashion.svg || surprise 'a whole figure'
expect 1 clip probe concepts --data "$data"
says 'enough labelled pictures'

expect 0 clip look --data "$data" --emoji 'cat face' --emoji 'red apple' cat 苹果
says 'grad-cam, 4 x 4 places' 苹果 out/clip/look/cat.png
expect 0 clip look --data "$data" --image out/clip/look/cat.png --method occlusion --grid 3 --json cat
says '"method": "occlusion"' '"side": 3' '"cosine"'
expect 0 clip look --data "$data" --check=4
says 'hires-cam' '8 questions about 4 pictures' "any text's" '0.500'
expect 0 train --image vit --epochs 0.01 --out out/vit
expect 0 clip look --data "$data" --model out/vit/model --check=8
says 'relevance     4 x 4' 'rollout       4 x 4     0.500              0.500'
expect 1 clip look --data "$data" --method rollout --emoji guitar guitar
says '--method rollout does not fit the model, whose encoder is a'
expect 1 clip look --data "$data" --emoji 'no such thing' cat
says 'no emoji of the style noto is called "no such thing"'
expect 1 clip look cat
says 'texts and a picture'
expect 0 clip gap --data "$data"
says 'before training English' 'after           Chinese' separable chance
expect 0 clip gap --data "$data" --json
says '"within pictures"' '"chance separable": 0.5'

# Concepts kept out of training are the ones measured, and only these.
expect 0 train --unseen-concepts --all-groups --out out/unseen
says 'concepts never trained on'
expect 0 clip eval --data "$data" --unseen-concepts --tags --model out/unseen/model
says 'against the names and tags of their 112 concepts' 'the model has only texts'
expect 0 clip eval --data "$data" --unseen-concepts --all-groups --model out/unseen/model --json
says "\"candidates\": 179,"

bmp '\02\0\0\0' '\02\0\0\0' 16 >picture.bmp
expect 0 clip similarity picture.bmp 'a cute cat' 一只可爱的猫
says 'a cute cat' 一只可爱的猫 cosine
expect 0 clip similarity --json picture.bmp cat
says '"probability": 1.0'

expect 0 clip search --data "$data" 猫
says '24 ' out/clip/search/猫.png out/clip/search/猫.html
expect 0 clip search --data "$data" --top 3 a red fruit
grep -q '</html>' out/clip/search/a-red-fruit.html || surprise 'a whole page'
expect 0 clip similarity out/clip/search/a-red-fruit.png 'a contact sheet'
mkdir pictures
cp out/clip/search/*.png pictures
expect 0 clip search --folder pictures fruit
says pictures/猫.png '2 pictures in pictures'
expect 0 clip search --data "$data" '../a/../../b <i>'
[ -s out/clip/search/a-b-i.html ] || surprise 'a name without folders'

expect 0 clip example --data "$data"
says 一只可爱的猫 'Similarity matrix' 'dL/dZ' 'the same to rounding'
refuses 'there are only 1 steps' -- clip example --data "$data" --graph step.html:2
expect 0 clip example --data "$data" --model out/clip/model
says 'the same to rounding'

expect 0 clip graph --data "$data"
says out/clip/graph/step.svg 'ln 2 = 0.6931'
grep -q '</svg>' out/clip/graph/step.svg || surprise 'a whole step.svg'
expect 0 clip graph --data "$data" --image vit --batch 3 --language zh
whole out
