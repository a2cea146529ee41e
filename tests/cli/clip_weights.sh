# Checkpoints in the forms of Hugging Face and OpenAI through the commands: embed, convert, similarity; and what is refused.
set -eu
. tests/cli/clip_program.sh
golden=${data%/datasets}/tests/golden
hf=$golden/checkpoints/hf openai=$golden/checkpoints/openai resnet=$golden/checkpoints/resnet picture=$golden/pictures/rgba.png

for command in embed convert; do
    expect 0 clip $command --help
    says 'Usage: clip' --model
done

# A file is a picture, anything else a text; the options decide otherwise.
expect 0 clip embed --model "$hf" "$picture" 'a cat'
says "picture $picture: 8 numbers, length 9.954" 'text a cat: 8 numbers, length 5.29' '-3.46878' '-0.34845'
cp "$picture" cat
expect 0 clip embed --model "$hf" cat --text cat --image cat
says 'picture cat' 'text cat'
expect 0 clip embed --model "$resnet" --json "$picture"
says '"encoder": "ModifiedResNet"' '"image"' '"normalised"'
expect 0 clip embed --model "$openai" --out numbers.safetensors "$picture" 'a cat' 'a dog'
grep -q '"text_embeds":{"dtype":"F32","shape":\[2,8\]' numbers.safetensors || surprise 'text_embeds (2,8)'
grep -q '"text 1":"a dog"' numbers.safetensors || surprise 'the texts by name'
expect 0 clip embed --model "$hf" --size 48 "$picture"
expect 1 clip embed --model "$hf" --size 50 "$picture"
says 'a ViT of 32 pixels cannot be made one of 50'
expect 0 clip similarity --model "$openai" --json "$picture" 'a cat' 'a dog'
says '"logit"' '"probability"'

# There and back: the same bytes.
expect 0 clip convert --model "$hf" --to openai there
says 'there: ViT of 32 pixels' 'names of OpenAI'
expect 0 clip convert --model there --to hf back
expect 0 clip convert --model back --to openai again
same there again
expect 0 clip embed --model "$hf" --json "$picture" 'a cat'
cp "$work/out" first
expect 0 clip embed --model back --json "$picture" 'a cat'
cmp -s "$work/out" first || surprise 'the same numbers'
whole there

# What is refused.
mkdir x.png
expect 1 clip embed --model "$hf" x.png
says 'x.png: Is a directory'
expect 1 clip embed --model "$hf" missing.png
says 'missing.png: No such file'
expect 1 clip embed --model "$hf" "$(printf 'caf\351')"
says 'text 1: byte 4 (0xe9) is not UTF-8'
expect 1 clip convert --model "$resnet" --to hf nowhere
says 'has no ModifiedResNet'
[ ! -e nowhere ] || surprise 'no folder'
expect 1 clip convert --model there --to hf there
says 'cannot be the one that is written'
same there again
expect 1 clip convert --model there out
says '--to hf or --to openai'
expect 1 clip embed --model "$golden/pictures" cat
says "$golden/pictures/model.safetensors" 'No such file'
expect 0 clip embed --model "$hf" "$(head -c 50000 /dev/zero | tr '\0' 'x' | sed 's/xxxxx/word /g')"
