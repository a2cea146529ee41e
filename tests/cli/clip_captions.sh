# clip eval --captions: the same pictures and captions in five kinds of files give the same figures.
set -eu
. tests/cli/clip_program.sh

expect 0 train
mkdir pictures
# colour NAME BYTES: a picture of 2 x 2 pixels, 12 bytes of blue, green, red and two of padding a row.
colour() { { bmp '\02\0\0\0' '\02\0\0\0' 0 && printf '%b' "$2$2\\0\\0$2$2\\0\\0"; } >"pictures/$1.bmp"; }
colour red '\0\0\0377'
colour green '\0\0377\0'
colour blue '\0377\0\0'
colour black '\0\0\0'
colour gray '\0177\0177\0177'

set -- 'red|an apple|a fire engine' 'green|a leaf|a frog, "green"' 'blue|the sky|water' 'gray|a stone|an elephant'
each() { for line; do IFS='|' read -r name one two <<END
$line
END
    $do; done; }
flickr() { printf '%s.bmp#0\t%s\n%s.bmp#1\t%s\n' "$name" "$one" "$name" "$two"; }
quote() { printf '%s' "$1" | sed 's/"/""/g'; }
csv() { printf '%s.bmp,"%s"\r\n%s.bmp,"%s"\r\n' "$name" "$(quote "$one")" "$name" "$(quote "$two")"; }
json() { printf '%s' "$1" | sed 's/"/\\"/g'; }
karpathy() { printf '%s{"filename":"%s.bmp","split":"test","sentences":[{"raw":"%s"},{"raw":"%s"}]}' "$comma" "$name" "$(json "$one")" "$(json "$two")"; comma=,; }
images() { printf '%s{"id":%d,"file_name":"%s.bmp"}' "$comma" $((id += 1)) "$name"; comma=,; }
annotations() { printf '%s{"image_id":%d,"caption":"%s"},{"image_id":%d,"caption":"%s"}' "$comma" $((id += 1)) "$(json "$one")" "$id" "$(json "$two")"; comma=,; }
beside() { printf '%s\n%s\n' "$one" "$two" >"pictures/$name.txt"; }

do=flickr; each "$@" >flickr.token
do=csv; { printf '\357\273\277image,caption\r\n'; each "$@"; } >kaggle.csv
comma=''; do=karpathy; { printf '{"images":['; each "$@"; printf ',{"filename":"black.bmp","split":"train","sentences":[{"raw":"x"}]}]}'; } >karpathy.json
comma='' id=0; do=images; { printf '{"images":['; each "$@"; } >coco.json
comma='' id=0; do=annotations; { printf '],"annotations":['; each "$@"; printf ']}'; } >>coco.json

expect 0 clip eval --captions flickr.token --pictures pictures --json
cp "$work/out" flickr
says '"pictures": 4' '"captions": 8' '"rsum"' '"R@1": 0.25'
for file in kaggle.csv coco.json; do
    expect 0 clip eval --captions $file --pictures pictures --json
    cmp "$work/out" flickr || surprise "what flickr.token gives"
done
expect 0 clip eval --captions karpathy.json --pictures pictures --split test --json
cmp "$work/out" flickr || surprise "what flickr.token gives"
do=beside; each "$@"
expect 0 clip eval --captions pictures --json
says '"pictures": 4' '"captions": 8'

expect 0 clip eval --captions flickr.token --pictures pictures
says 'image to text' 'text to image' 'median rank' chance
expect 0 clip eval --captions flickr.token --pictures pictures --captions-each 1 --folds 2
says '4 pictures, 4 captions; means over 2 parts' '0.500  1.000  1.000'
expect 1 clip eval --captions karpathy.json --pictures pictures --split val
says 'no picture of the split "val"'
expect 1 clip eval --captions flickr.token --pictures pictures --folds 5
says '4 pictures are too few for 5 folds'
echo no picture >pictures/blue.bmp
expect 0 clip eval --captions flickr.token --pictures pictures --json
says 'left out: pictures/blue.bmp' '"pictures": 3' '"captions": 6' '"unreadable": 1'
rm pictures/gray.bmp
expect 0 clip eval --captions flickr.token --pictures pictures --json
says '"pictures": 2' 'gray.bmp'
