# The align program compares and searches: tables with chance and pixels, the same for any number of threads; pictures found by a picture
# and what it should be more or less like; what is refused.
set -eu
. tests/cli/check.sh
program=${1:?path of the align program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder" || exit
align() { "$program" "$@"; }

# One step of each variant.
compare() { align compare --data "$data" --runs 1 --seen 64 "$@"; }
expect 0 compare noise --out one
says 'noise: what do wrong texts cost?' 'each trained once; every model sees 64 pairs' \
    'emoji of a style never seen: which of 1032 texts belongs to each of 1032 pictures?' 'chance' '0 % wrong' '60 % wrong' \
    'R@10 less that of "0 % wrong"' 'not known' '3 models in'
never inf tie nan
sed '$d' "$work/out" >one.txt
for file in compare-noise.tsv compare-noise.svg; do
    [ -s "one/$file" ] || surprise "one/$file"
done
expect 0 compare noise --out two --threads 1
sed '$d' "$work/out" >two.txt
command='diff one.txt two.txt'
diff one.txt two.txt >"$work/out" || surprise 'the same table with one thread'
expect 0 compare filter --runs 2 --json --out one
says '"compared": "filter"' '"variant": "as found"' '"variant": "rules: here"' '"variant": "any, as few as rules: here"' '"verdict"' \
    '"held-out clip art"' '"chance R@10"' '"pixels R@10"' '"over seeds"'
refuses 'compare what?' -- align compare
refuses 'nothing to compare is called "everything"' -- align compare everything
refuses 'one at a time, not "noise" as well' -- align compare loss noise
mkdir bare && ln -s "$data/emoji" "$data/clipart" bare
refuses 'fetch tuxpaint' -- align compare scale --stamps --data bare
refuses 'fetch iconpark' -- align train --pictures all --data bare
expect 1 align compare noise --data nowhere
says nowhere

# A model that knows nothing still finds what it is shown, and sums have signs.
expect 0 align train --data "$data" --pictures emoji --part 0.02 --batch 16 --epochs 0.2 --size 16 --vocab 300 --evaluations 0 --out m
mkdir pics
for style in noto twemoji fluent; do
    cp "$data/emoji/${style}_48.png" "pics/$style.png"
done
find() { align search --model m/model --data "$data" --out found --top 2 "$@"; }
expect 0 find --folder pics --image pics/fluent.png
says '"pics/fluent.png" among 3 pictures in pics' '1   1.000  pics/fluent.png'
expect 0 find --folder pics --image pics/fluent.png --plus 'a dog' --minus 'a cat'
says '"pics/fluent.png + a dog - a cat" among 3 pictures' found/search/pics-fluent-png-a-dog-a-cat.html
[ -s found/search/pics-fluent-png-a-dog-a-cat.png ] || surprise 'a contact sheet'
expect 0 find --folder pics --image pics/fluent.png --plus 'a dog' --minus 'a dog'
says '1   1.000  pics/fluent.png'
expect 0 align index --model m/model --out found pics
says '3 pictures: 3 embedded'
expect 0 find --index found/index.safetensors 'a dog'
says '"a dog" among 3 pictures'
expect 0 find cat
says '"cat" among 1032 pictures of the style noto'
refuses 'made by another model' -- align search --model m/model --index found/index.safetensors --resample tensorflow cat
refuses 'what should be searched for?' -- align search --plus dog
refuses 'a text or a picture, not both' -- align search --image pics/noto.png dog
