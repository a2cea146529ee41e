# The align program: official folders through embed and similarity.
set -eu
. tests/cli/check.sh
program=${1:?path of the align program}
golden=$PWD/tests/golden
mkdir "$work/folder"
cd "$work/folder" || exit
align() { "$program" "$@"; }
even=$golden/align/even odd=$golden/align/odd picture=$golden/pictures/rgb.png

for command in embed similarity; do
    expect 0 align $command --help
    says 'Usage: align' --data --out --threads
done
expect 0 align --help
says 'align embed' 'align similarity'
refuses 'there is no command "nonsense"' -- align nonsense

# Folders of Hugging Face's form.
expect 0 align embed --model "$even" "$picture" 'a cat'
says "picture $picture: 32 numbers" 'text a cat: 32 numbers'
expect 0 align embed --model "$odd" --json "$picture" 'a cat'
says '"encoder": "EfficientNet"' '"size": 35' '"temperature": 0.07'
cp "$work/out" first
expect 0 align embed --model "$odd" --json --threads 1 "$picture" 'a cat'
cmp -s "$work/out" first || surprise 'the same numbers with one thread'
expect 0 align embed --model "$odd" --json --resample tensorflow "$picture" 'a cat'
! cmp -s "$work/out" first || surprise 'other numbers where pictures are made smaller in another way'
expect 0 align embed --model "$odd" --size 70 "$picture"
expect 0 align similarity --model "$odd" "$picture" 'a cat' 'the dog'
says 'softmax of 14.29 cosine' 'a cat'
expect 0 align similarity --model "$odd" --json "$picture" 'a cat'
says '"probability": 1.0'
refuses '--resample takes model, pillow or tensorflow, not "nearest"' -- align embed --resample nearest x
refuses 'out/align/model: there is no model here' 'align train' -- align embed x
refuses 'text 1: byte 4 (0xe9) is not UTF-8' -- align embed --model "$odd" "$(printf 'caf\351')"
refuses 'missing.png: No such file' -- align embed --model "$odd" missing.png

# A folder with a fault.
cp -r "$odd" bad
grep -v UNK "$odd/vocab.txt" >bad/vocab.txt
refuses 'bad/vocab.txt: the token [UNK] is missing' -- align embed --model bad x
cp "$odd/vocab.txt" bad
head -c 60000 "$odd/model.safetensors" >bad/model.safetensors
refuses 'bad/model.safetensors: ' -- align embed --model bad x
rm bad/model.safetensors
refuses 'bad/model.safetensors: No such file' -- align embed --model bad x
