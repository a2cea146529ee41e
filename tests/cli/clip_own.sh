# Own pictures: every form of captions gives a run, the run goes on after a stop, and what is not there is skipped and counted.
set -eu
. tests/cli/clip_program.sh

expect 0 clip export --data "$data" --group activities set
says 'set/captions_train.json: 429 pictures' 'set/captions_test_zh.json: 85 pictures, 170 captions'
expect 1 clip export --data "$data" --group nothing none
says 'no emoji is of the group "nothing"'

# own OUT CAPTIONS OPTION…: 8 steps of 16 pairs.
own() {
    out=$1 captions=$2
    shift 2
    clip train --captions "$captions" --batch 16 --epochs 0.32 --evaluations 2 --save-every 3 --out "$out" "$@"
}
coco=set/captions_train.json

expect 0 own whole $coco --captions-test set/captions_test.json
says '429 pictures of set/captions_train.json; 85 more are kept' '85 pictures kept for the test, 170 captions' chance
never skipped
expect 0 clip similarity --model whole/model set/pictures/noto_1F3C0.png basketball 'a cat'
says basketball

# A batch ahead or not, one thread or many, in pieces: the same bits.
expect 0 own alone $coco --captions-test set/captions_test.json --prefetch no --threads 1
same whole alone
expect 1 own pieces $coco --captions-test set/captions_test.json --stop-after 4 --threads 3
says 'step 4 of 9'
expect 0 own pieces $coco --captions-test set/captions_test.json --resume
same whole pieces
expect 1 own pieces set/captions_test.json --captions-test set/captions_test.json --resume
says 'was written by another run' captions_test.json

# Two languages; without a test of its own a tenth is kept.
expect 0 own both $coco --captions-zh set/captions_train_zh.json
says 'each with English and Chinese captions' 'captions in Chinese'

# The other forms, and what is wrong with them: a picture that is missing, one that is not a picture, a folder with the name of one.
printf '\357\273\277filepath\ttitle\r\n' >table.csv
printf 'a caption\tnone.png\n' >lines.tsv
mkdir folder
for picture in set/pictures/twemoji_*.png; do
    printf '%s\t"a ""quoted"" caption"\r\n' "$picture" >>table.csv
    printf 'the caption of %s\thttp://example.org/%s?w=48\n' "$picture" "${picture##*/}" >>lines.tsv
    cp "$picture" folder
    name=${picture##*/}
    echo "caption of $name" >"folder/${name%.png}.txt"
done
expect 0 own table table.csv
says 'pictures of table.csv'
printf 'words %.0s' $(seq 10000) >>lines.tsv
printf '\tbroken.png\n' >>lines.tsv
echo 'no picture' >set/pictures/broken.png
for stop in '' --resume; do
    if [ -z "$stop" ]; then
        expect 1 own lines lines.tsv --pictures set/pictures --epochs 3 --stop-after 2
    else
        expect 0 own lines lines.tsv --pictures set/pictures --epochs 3 --resume
    fi
done
says '1 picture is missing (the first: set/pictures/none.png)' '1 picture of the training' broken.png
expect 0 own lines_whole lines.tsv --pictures set/pictures --epochs 3 --threads 1
same lines lines_whole
mkdir folder/x.png
ln -s ../folder folder/loop
ln -s nowhere folder/dangling.jpg
expect 0 own folder_run folder
says '2 pictures are missing'

# Nothing to train on.
expect 1 own bad nowhere.json
says 'nowhere.json: No such file'
echo '{"images": [{"id": 1, "file_name": 3}], "annotations": []}' >bad.json
expect 1 own bad bad.json
says 'bad.json: images[0].file_name is a number; it must be a text'
echo '{"images": [' >bad.json
expect 1 own bad bad.json
says 'bad.json:2'
printf 'filepath\ttitle\nset/pictures/broken.png\tone\nset/pictures/broken.png\t\377\n' >bad.tsv
expect 1 own bad bad.tsv
says 'bad.tsv:3: byte 0xff is not UTF-8'
expect 1 own bad $coco --batch 500
says '--batch 500 is more than there are'
mkdir all_broken
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    echo "$i" >"all_broken/$i.png"
    echo "$i" >"all_broken/$i.txt"
done
expect 1 own bad all_broken
says 'cannot be read'
