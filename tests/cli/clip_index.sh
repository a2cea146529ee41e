# An index of pictures: made once, kept up to date, searched by text and by picture.
set -eu
. tests/cli/clip_program.sh

expect 0 train
expect 0 clip search --data "$data" --top 3 猫
mkdir -p 'pics/a b/x.png' # a folder with the name of a picture
cp out/clip/search/猫.png pics/猫.png
bmp '\02\0\0\0' '\02\0\0\0' 16 >pics/grey.bmp
cp pics/grey.bmp 'pics/a b/x.png/deep.BMP'
cp pics/grey.bmp "pics/$(printf 'bad\377\033[31m').bmp"
echo 'not a picture' >pics/broken.jpg
echo text >pics/notes.txt
ln -s .. pics/loop
ln -s self.png pics/self.png
ln -s ../grey.bmp 'pics/a b/link.bmp'

# All that can be read, once; names in any bytes; the rest is named and counted.
expect 0 clip index pics
says '5 pictures: 5 embedded, 0 already known, 1 left out; 0 dropped' pics/broken.jpg out/clip/index.safetensors
never notes.txt loop
cp out/clip/index.safetensors first
expect 0 clip index pics/ pics 'pics/a b'
says '5 pictures: 0 embedded, 5 already known, 1 left out; 0 dropped'
cmp -s first out/clip/index.safetensors || surprise 'the same bytes'

# A touched file is read, not embedded; a changed one, a new one; one that is gone.
touch -d '2001-02-03' pics/grey.bmp
expect 0 clip index pics --json
says '"embedded": 0' '"known": 5' '"dropped": 0'
bmp '\02\0\0\0' '\03\0\0\0' 24 >pics/grey.bmp
cp pics/猫.png pics/new.png
rm 'pics/a b/x.png/deep.BMP'
expect 0 clip index pics
says '5 pictures: 3 embedded, 2 already known, 1 left out; 1 dropped'
expect 0 clip search --index out/clip/index.safetensors cat
says '5 pictures in' pics/new.png
never deep.BMP

# The same as without an index; a picture finds itself, and its copy.
expect 0 clip search --folder pics cat --json
grep -v -e among "$work/out" >folder
expect 0 clip search --index out/clip/index.safetensors cat --json
grep -v -e among "$work/out" >index
cmp -s folder index || surprise 'what --folder finds'
expect 0 clip search --index out/clip/index.safetensors --image pics/猫.png --top 2
says '1   1.000  pics/' '2   1.000  pics/' pics/new.png pics/猫.png out/clip/search/pics-猫-png.html # equal but for rounding: in either order
never grey
rm pics/new.png
expect 0 clip search --index out/clip/index.safetensors --image pics/猫.png --top 2
says 'no thumbnail: pics/new.png'

# What is wrong is said, and what was there stays.
cp out/clip/index.safetensors before
mkdir empty
expect 1 clip index empty
says 'empty: there is no picture'
expect 1 clip index pics none
says 'none: cannot be read as a folder: No such file'
expect 1 clip index pics/猫.png
says 'pics/猫.png: cannot be read as a folder'
expect 1 clip index
expect 1 clip search --index out/clip/index.safetensors --image pics/broken.jpg
says pics/broken.jpg
expect 1 clip search --index out/clip/index.safetensors --image pics/猫.png cat
says 'not both'
expect 1 clip search --index pics/猫.png cat
says pics/猫.png
expect 1 clip search --index out/clip/model/model.safetensors cat
says 'not an index of pictures'
expect 0 train --seed 2 --out other
for command in 'index pics' 'search cat'; do # words
    # shellcheck disable=SC2086
    expect 1 clip $command --index out/clip/index.safetensors --model other/model
    says 'made by another model'
done
for n in 7 100 600 $(($(wc -c <before) - 1)); do
    head -c $n before >short
    expect 1 clip search --index short cat
    says short
done
cmp -s before out/clip/index.safetensors || surprise 'an untouched index'
