# clip fashion, a few steps of it: the table, the shop, the search; and the index that it leaves.
set -eu
. tests/cli/clip_program.sh

expect 0 clip fashion --data "$data" --steps 4
says '2000 photographs' 'red dress' 'CLIP, Chinese' 'nearest training picture in pixels    0.639 (0.75' '"红色的连衣裙" among 500 pictures'
whole out
[ "$(find out/clip/fashion/shop -name '*.png' | wc -l)" -eq 500 ] || surprise '500 pictures in the shop'
[ "$(find out/clip/fashion/shop -name 'red-dress-*.png' | wc -l)" -eq 5 ] || surprise 'five red dresses'
expect 0 clip index --model out/clip/fashion/model --index out/clip/fashion/index.safetensors out/clip/fashion/shop
says '500 pictures: 0 embedded, 500 already known'
expect 0 clip search --model out/clip/fashion/model --index out/clip/fashion/index.safetensors --image out/clip/fashion/shop/red-dress-1.png --top 1
says '1.000  out/clip/fashion/shop/red-dress-1.png'
expect 0 clip fashion --data "$data" --steps 2 --plain --json
says '"runs": 1' '"spread"' '"English"'
mkdir -p bad/fashion
ln -s "$data"/fashion/* bad/fashion
rm bad/fashion/classes.tsv
printf 'label\ten\tzh\n0\tT-shirt\tT恤\n' >bad/fashion/classes.tsv
expect 1 clip fashion --data bad
says 'classes.tsv: no row names label 1'
