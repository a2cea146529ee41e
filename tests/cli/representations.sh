# Chapter 01's program: every method trains for some steps and is measured; the same bits for any number of threads and after a stop;
# bad input is named.
set -eu
. tests/cli/check.sh
program=${1:?path of the representations program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder"
rep() { "$program" "$@"; }
short() { rep train "$@" --data "$data" --batch 8 --epochs 0.008; } # 4 steps

expect 0 rep example
says 'the same to rounding'
never DIFFERENT
expect 0 rep example --json
says '"agrees": true'

# Every method.
for method in joint joint-plain devise vse-sum vse-max dcca contrastive tree order meru scan; do
    expect 0 short $method
    says 'steps of 8 pairs' "out/representations/$method/model.safetensors"
    [ -s "out/representations/$method/log.tsv" ] || surprise 'the losses as a table'
done
expect 0 rep compare --data "$data"
says chance majority pixels joint devise vse-sum dcca meru scan 'seconds of training'
never 'not trained' nan
expect 0 rep compare --data "$data" --json
says '"modality gap"' '"seconds"'
expect 0 rep eval scan --data "$data"
says 'pixel nearest neighbour' 'held-out concepts'
never nan

# The other commands, on models that know next to nothing.
expect 0 rep classify joint --data "$data" --json
says '"learned from": "both"'
expect 0 rep reconstruct joint --data "$data" guitar 红苹果
says guitar 'red apple' reconstructed.png
expect 0 rep map meru --data "$data"
says 'modality gap' map.svg
[ -s out/representations/meru/map.svg ] || surprise 'a map'
expect 0 rep traverse meru --data "$data" guitar
says '[root]' 'mean distance from the root'
expect 0 rep traverse meru --data "$data" --cones guitar
says 'whose cone holds the point'
says 'pictures in the cone of' 'held out' another
expect 0 rep traverse meru --data "$data" --json
says 'pictures in cones' '"another"'
expect 0 rep traverse tree --data "$data" --json
never 'pictures in cones'
says '"ways"'
expect 0 rep regions --data "$data" --scenes 10
says 'synthetic scenes' 'pixel nearest neighbour' regions.png
expect 0 rep graph joint --data "$data" --batch 2
says 'tensors recorded' step.svg

# The same bits with one thread, with two, and in pieces.
expect 0 short meru --out whole --threads 1
expect 0 short meru --out threads --threads 2
cmp whole/meru/train.safetensors threads/meru/train.safetensors || surprise 'the same bits with two threads'
expect 1 short meru --out pieces --stop-after 2
says 'step 2 of' --resume
expect 0 short meru --out pieces --resume
cmp whole/meru/train.safetensors pieces/meru/train.safetensors || surprise 'the same bits in pieces'
expect 1 rep train meru --data "$data" --batch 8 --epochs 0.008 --lr 0.1 --out pieces --resume
says pieces/meru/train.safetensors

# What options are chosen by: other pictures and other held-out concepts, and a model says which it was made for.
expect 0 short order --validate --out choose
says 'in five styles' 'the style "twemoji"'
expect 0 rep eval order --validate --data "$data" --out choose
says 'Pictures of the style "twemoji"'
expect 0 rep compare --validate --data "$data" --out choose
says twemoji order 'not trained'
refuses choose/order/model.safetensors 'trained with --validate' -- rep eval order --data "$data" --out choose
refuses whole/meru/model.safetensors 'trained without --validate' -- rep eval meru --validate --data "$data" --model whole/meru

# What is asked for wrongly.
refuses 'no method "clap"' contrastive -- rep train clap
refuses 'which method?' -- rep train
refuses 'one method at a time' -- rep eval meru tree
refuses '--batch' 'not "1"' -- rep train vse-max --batch 1
refuses '--batch' 'not "100000"' -- rep train vse-max --batch 100000
refuses '--epochs' 'not "nan"' -- rep train vse-max --epochs nan
refuses 'more than there are concepts' -- rep train vse-max --batch 5000 --data "$data"
refuses 'nothing to resume' -- rep train vse-max --resume --data "$data" --out empty
refuses 'empty/order/model.safetensors' 'representations train order' -- rep eval order --data "$data" --out empty
refuses 'a model of the method meru, not of tree' -- rep eval tree --data "$data" --model whole/meru
refuses 'no code that pictures and texts share' -- rep classify meru --data "$data"
refuses 'cannot give back' -- rep reconstruct dcca --data "$data"
refuses 'no single point' -- rep map scan --data "$data"
refuses 'no way from a picture' -- rep traverse scan --data "$data"
refuses 'is called "unicorn horn"' -- rep traverse meru --data "$data" 'unicorn horn'
refuses 'is called ""' -- rep reconstruct joint --data "$data" ''

# Files that are not what they should be.
refuses 'none: there is no such folder' -- rep eval meru --data none
mkdir bare
refuses bare/emoji/concepts.tsv -- rep eval meru --data bare
mkdir -p bad/emoji bad/prompts broken
ln -s "$data"/emoji/* bad/emoji
cp "$data"/prompts/*groups.* bad/prompts
grep -v '^food-fruit' "$data/prompts/subgroups.en.txt" >bad/prompts/subgroups.en.txt
refuses bad/prompts/subgroups.zh.txt 'same classes' -- rep train meru --data bad
grep -v '^food-fruit' "$data/prompts/subgroups.zh.txt" >bad/prompts/subgroups.zh.txt
refuses bad/emoji/concepts.tsv: '"food-fruit" is none of the classes' -- rep train meru --data bad
printf 'food-fruit\t\n' >>bad/prompts/subgroups.en.txt
refuses bad/prompts/subgroups.en.txt: empty -- rep train meru --data bad
head -c 1000 whole/meru/model.safetensors >broken/model.safetensors
refuses broken/model.safetensors -- rep eval meru --data "$data" --model broken
cp "$data/prompts/subgroups.en.txt" "$data/prompts/subgroups.zh.txt" bad/prompts
rm bad/emoji/concepts.tsv
sed '2s/grinning face/happy face/' "$data/emoji/concepts.tsv" >bad/emoji/concepts.tsv
refuses whole/meru/model.safetensors 'other names and tags' -- rep eval meru --data bad --model whole/meru
