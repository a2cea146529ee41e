# `align funnel` end to end: the clip art that ships, own captions, and what it says to bad input.
set -eu
. tests/cli/check.sh

program=${1:?path of the align program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder" || exit
align() { "$program" "$@"; }

expect 0 align --help
says 'align funnel'
expect 0 align funnel --help
says --rules --limit --without --captions --json
expect 0 align funnel --list
says 'near-duplicate' 'not run: needs a detector' 'beyond the %g most frequent'

expect 0 align funnel --data "$data" --out clipart
says '7130 pairs, limits: here' 'texts of more than 10 pictures' 'removed, for example' 'R16 sibmission' clipart/kept.tsv
for file in kept.tsv removed.tsv funnel.tsv funnel.svg; do [ -s clipart/$file ] || surprise "clipart/$file"; done
left=$(sed -n 's/.* \([0-9]*\) of 7130 pairs are left.*/\1/p' "$work/out")
[ "$(wc -l <clipart/kept.tsv)" -eq $((left + 1)) ] || surprise "$left rows in kept.tsv"
[ "$(wc -l <clipart/removed.tsv)" -eq $((7131 - left)) ] || surprise 'all others in removed.tsv'
mv "$work/out" one
expect 0 align funnel --data "$data" --out clipart
cmp one "$work/out" || surprise 'the same table twice'
expect 0 align funnel --data "$data" --out json --json
says '"rule": "shared"' '"alone": 4021' "\"kept\": $left"
expect 0 align funnel --data "$data" --out align --rules align
says 'a side of 200 or less' 'beyond the 1e+08 most frequent'
expect 0 align funnel --data "$data" --out less --without shared --limit near-duplicate=3 --test none --examples 0
says 'within 3 bits of an earlier one'
never 'texts of more than 10 pictures' 'for example'

# Own pictures: kept.tsv can be read again, quotes and all.
mkdir own
for name in a b c; do cp "$data/../tests/golden/pictures/rgb.png" own/$name.png; done
echo 'no picture' >own/d.png
printf 'a "quoted" red square\ta.png\nfew\tb.png\n"an odd start\tc.png\nof no picture here\td.png\n' >own/captions.tsv
expect 0 align funnel --captions own/captions.tsv --test none --without small --limit few-words=3 --out own/out
says '4 pairs' 'pictures that cannot be decoded' 'own/d.png' '2 of 4 pairs are left'
expect 0 align funnel --captions own/out/kept.tsv --test none --without small --out own/again
says '2 of 2 pairs are left'
grep -qF '"a ""quoted"" red square"' own/again/kept.tsv || surprise 'quotes as RFC 4180 has them'

refuses 'there is no rule "size" to run' -- "$program" funnel --limit size=3
refuses 'there is no rule "nsfw" to run' -- "$program" funnel --without nsfw
refuses '--limit takes RULE=X' -- "$program" funnel --limit small
refuses '--limit takes a whole number from 0 to 15' -- "$program" funnel --limit near-duplicate=16
refuses '--rules takes align, coyo or here' -- "$program" funnel --rules laion
refuses "nowhere: there is no such folder" -- "$program" funnel --data nowhere
mkdir bare
refuses bare/clipart/oca_48.png -- "$program" funnel --data bare
refuses nowhere.png -- "$program" funnel --data "$data" --test nowhere.png
refuses nowhere.tsv -- "$program" funnel --captions nowhere.tsv

# Shards: written, listed by tar, drawn again; gone on with in the middle; cut in half.
expect 0 align shards --data "$data" --filtered --per-shard 500 --out shards
says "$left pairs written to shards"
[ "$(tar tf shards/000000.tar | wc -l)" -eq 1000 ] || surprise '500 pairs in the first shard'
expect 0 align stream --shards shards --print 100000
says "$left pairs drawn" 'in 1 round' 'left out: 0 damaged shards' 'peak memory'
grep -v -e '^shards:' -e '^left out' -e '^peak' "$work/out" | sort >drawn
cut -f 2,3 clipart/kept.tsv | sed '1d; s/^\t//; s/\t$//; s/\t/. /' | sort >kept
cmp kept drawn || surprise 'every text of kept.tsv once'
expect 0 align stream --shards shards --pairs 40 --print 40
sed -n 31,40p "$work/out" >end
expect 0 align stream --shards shards --from 30 --pairs 10 --print 10
sed -n 1,10p "$work/out" | cmp - end || surprise 'the same pairs after going on at 30'
expect 0 align stream --shards shards --seed 2 --pairs 40 --print 40
sed -n 31,40p "$work/out" | cmp -s - end && surprise 'another order with another seed'
head -c 300000 shards/000001.tar >half && mv half shards/000001.tar
expect 0 align stream --shards shards --json
says '"damaged": 1' '"incomplete": 0'
expect 0 align stream --shards shards
says '1 damaged shards' 'shards/000001.tar: byte' 'breaks off'
expect 0 align shards --captions own/captions.tsv --out own/shards
says '3 pairs written'
expect 0 align stream --shards own/shards --print 3
says 'a "quoted" red square' '3 pairs drawn'

refuses 'is there already' -- "$program" shards --data "$data" --out shards
refuses 'nowhere: No such file' -- "$program" stream --shards nowhere
refuses 'no shard' -- "$program" stream --shards own
refuses '--synthetic takes a whole number' -- "$program" shards --synthetic none
