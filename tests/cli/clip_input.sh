# Bad input: the message names the file and the place, the exit status is 1, and nothing is written or lost.
set -eu
. tests/cli/clip_program.sh

# Options.
refuses 'no command "tarin"' -- clip tarin
refuses --colour -- clip train --colour
refuses '--batch' 'not "many"' -- clip train --batch many
refuses '--epochs' 'not "nan"' -- clip train --epochs nan
refuses '--image' 'not "cnn"' -- clip train --image cnn
refuses '' -- clip similarity
refuses '' -- clip search

# No model yet.
refuses out/clip/model 'clip train' -- clip eval --data "$data"
refuses 'train.safetensors' 'nothing to resume' -- clip train --data "$data" --resume

expect 0 train
cp -r out/clip/model good

# Data: the folder, a table, a sheet.
refuses "none: there is no such folder" -- clip eval --data none
mkdir bare
refuses "bare/emoji/" "No such file" -- clip eval --data bare
mkdir -p bad/emoji
ln -s "$data"/emoji/* bad/emoji
refuses 'bad/fetched/openmoji is not here' 'datasets/fetch openmoji' -- clip train --data bad --more-styles
refuses 'other pictures' -- clip train --more-styles --captions bad
refuses 'other pictures' -- clip train --all-groups --captions bad
refuses 'other pictures' -- clip eval --all-groups --captions bad
sheet=bad/emoji/noto_48.png table=bad/emoji/noto_48.tsv
rm $sheet
refuses $sheet -- clip eval --data bad
head -c 100000 "$data/emoji/noto_48.png" >$sheet
refuses $sheet -- clip eval --data bad
: >$sheet
refuses $sheet -- clip search --data bad cat
head -c 33 "$data/emoji/noto_48.png" >$sheet
refuses $sheet -- clip train --data bad --out new
[ ! -e new/model ] || surprise 'no model'
rm $sheet
ln -s "$data/emoji/noto_48.png" $sheet
rm $table
head -n 500 "$data/emoji/noto_48.tsv" >$table
printf '1F600\tcut in the mid' >>$table
refuses $table -- clip eval --data bad
printf 'code\nbad \377 byte\n' >$table
refuses "$table:2:5" UTF-8 -- clip eval --data bad

# Pictures.
refuses nowhere.png 'No such file' -- clip similarity nowhere.png cat
refuses good -- clip similarity good cat
: >empty.png
refuses empty.png -- clip similarity empty.png cat
echo 'not a picture' >text.png
refuses text.png -- clip similarity text.png cat
head -c 2000 "$data/emoji/noto_48.png" >cut.png
refuses cut.png -- clip similarity cut.png cat
bmp '\060\0165\0\0' '\01\0\0\0' 90000 >long.bmp
refuses long.bmp 30000 -- clip similarity long.bmp cat
bmp '\0\0\0\0177' '\0\0\0\0177' 16 >huge.bmp
refuses huge.bmp -- clip similarity huge.bmp cat

# Texts.
bmp '\02\0\0\0' '\02\0\0\0' 16 >picture.bmp
refuses 'byte 4 (0xe9)' UTF-8 -- clip similarity picture.bmp "$(printf 'caf\351')"
refuses 'byte 1 (0xff)' UTF-8 -- clip search --data "$data" "$(printf '\377')"
refuses empty -- clip search --data "$data" ' '
expect 0 clip similarity picture.bmp "$(head -c 100000 /dev/zero | tr '\0' 'x')"

# Models. broken NAME: the good model with one file that is about to be spoilt.
broken() {
    rm -rf broken
    cp -r good broken
    file=broken/$1
}
broken model.safetensors
head -c 100000 good/model.safetensors >"$file"
refuses "$file" -- clip eval --data "$data" --model broken
: >"$file"
refuses "$file" -- clip eval --data "$data" --model broken
printf '\377\377\377\377\377\377\377\177{}' >"$file"
refuses "$file" -- clip eval --data "$data" --model broken
broken config.json
sed -i 's/"projection_dim": *-*[0-9]*/"projection_dim": 64/' "$file"
refuses broken/model.safetensors 'does not fit' text_projection -- clip eval --data "$data" --model broken
sed -i 's/"projection_dim": *-*[0-9]*/"projection_dim": -1/' "$file"
refuses "$file" projection_dim -- clip eval --data "$data" --model broken
sed -i 's/"projection_dim": *-*[0-9]*/"projection_dim": 2000000000/' "$file"
refuses "$file" projection_dim -- clip eval --data "$data" --model broken
sed '/"intermediate_size"/d; s/"hidden_size": *[0-9]*/"hidden_size": 65536/' good/config.json >"$file" # 50 GB a layer, which nobody may try to take
refuses broken/model.safetensors 'it holds' -- clip eval --data "$data" --model broken
echo '{"model_type": ' >"$file"
refuses "$file:2" -- clip eval --data "$data" --model broken
broken vocab.json
echo '{"a": 1}' >"$file"
refuses broken/vocab.json -- clip eval --data "$data" --model broken
broken merges.txt
printf '#version: 0.2\nnot-a-pair\n' >"$file"
refuses broken/merges.txt -- clip eval --data "$data" --model broken

# A state that does not belong to the options, or is not whole.
refuses train.safetensors -- clip train --data "$data" --resume --batch 32 --epochs 0.048
head -c 5000 out/clip/train.safetensors >half
mv half out/clip/train.safetensors
expect 1 train --resume
says out/clip/train.safetensors

# No place to write. Root may write anywhere, so a file stands where a folder should be.
echo file >taken
refuses taken -- clip search --data "$data" --model good --out taken cat
expect 1 train --out taken
says taken
[ "$(cat taken)" = file ] || surprise 'an untouched file'

# What is printed has nowhere to go.
into_full() { "$@" >/dev/full; }
expect 1 into_full clip search --data "$data" --model good cat
says 'standard output'
