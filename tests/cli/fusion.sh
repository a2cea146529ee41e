# Every command of the fusion program once, end to end, on models that were trained for a moment; and what it says to bad input.
set -eu
export OMP_WAIT_POLICY=passive # on a busy machine threads that wait shall not spin
. tests/cli/check.sh

program=${1:?path of the fusion program}
data=$PWD/datasets
mkdir "$work/folder"
cd "$work/folder" || exit
fusion() { "$program" "$@"; }

for command in train eval compare conflict missing noise share xor example graph; do
    expect 0 fusion $command --help
    says 'Usage: fusion' --data --out --threads
done
expect 0 fusion --help
says 'fusion train' 'fusion graph'
expect 1 fusion
says Usage
expect 1 fusion fuse
says 'there is no command "fuse"'

expect 0 fusion example
says 'ironic' 'Late fusion' 'Tensor fusion' 'Low-rank fusion' 'guessing: ln 2' 'the same to rounding'
expect 0 fusion example --json --graph example.json:2
says '"largest difference of hand and tape"'
[ -s example.json ] || surprise 'a trace of the step'

expect 0 fusion xor --runs 1
says synthetic chance 'always the same' 'a alone' 'late, product' tensor attention

# A short run on what ships; its voices are synthetic, and every output says so.
expect 0 fusion train --data "$data" --fusion hybrid --epochs 1 --out hybrid
says synthe 'given all of it' 'given voice alone' chance 'always the same' Acc-7 hybrid/model
expect 0 fusion eval --data "$data" --model hybrid/model --missing text --json
says '"fusion": "hybrid"' '"weighted F1"' '"correlation"' synthe
never 'given text alone'
expect 0 fusion conflict --data "$data" --runs 2 --epochs 1
says synthe chance 'always the same' 'voice alone' 'late, vote' attention noise '95 %'
expect 0 fusion graph --data "$data"
says synthe 'early fusion: loss' 'late fusion: loss' out/fusion/graph/hybrid.svg

# ---- triples of one's own: sounds of every kind ----

octal() { printf '\\0%o' "$@"; }
number() { printf %b "$(octal $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"; } # the smallest byte first

# wav RATE BITS BYTES: a header, one channel.
wav() {
    printf RIFF
    number $((36 + $3))
    printf 'WAVEfmt \020\0\0\0\001\0\001\0'
    number "$1"
    number $(($1 * $2 / 8))
    printf %b "$(octal $(($2 / 8)) 0 "$2" 0)data"
    number "$3"
}
bytes() { yes "$1" | tr -d '\n' | head -c "$2"; } # the text again and again
{ wav 16000 16 16000 && head -c 16000 /dev/zero; } >silence.wav
{ wav 16000 16 16000 && bytes abcdefghijkl 16000 | tr a-l '\377\177\377\177\377\177\0\200\0\200\0\200'; } >clipped.wav
{ wav 8000 8 8000 && bytes aaabbbcccddd 8000 | tr a-d '\200\300\200\100'; } >eight.wav
{ wav 96000 16 96000 && bytes abcdefgh 96000 | tr a-h '\0\020\0\040\0\020\0\360'; } >high.wav
{
    printf 'valence\ttext\tvoice\n'
    for i in 1 2 3 4 5 6 7 8 9 10; do
        printf '2\tvery good %s\tclipped.wav\n-2\tvery bad %s\teight.wav\n-1\tbad\tsilence.wav\n1\tgood\thigh.wav\n1.5\t\thigh.wav\n' $i $i
    done
    printf '1\tzqzqzq\thigh.wav\n-1\t\343\200\200\teight.wav\n' # of a text without a word that is known nothing is known: no error
} >own.tsv
own() { command=$1 && shift && fusion "$command" --triples own.tsv --epochs 1 "$@"; }
for kind in late attention; do
    expect 0 own train --fusion $kind --out $kind
    says '42 texts: own.tsv; 52 voices: own.tsv' 'given voice alone' 'given both' 'rows that were never trained on' $kind/model
    never nan inf 'given face alone'
done
for threads in 1 2; do
    expect 0 own train --threads $threads --out threads$threads
done
cmp threads1/model/model.safetensors threads2/model/model.safetensors || surprise 'the same numbers with any number of threads'
for late in mean product weights vote; do
    expect 0 fusion eval --out late --late $late --missing text --noise voice=1
    says 'given voice alone' chance
    never 'given text alone' nan
done
expect 0 own train --read-text transformer --read-voice transformer --out t --graph step.svg
grep -q '</svg>' step.svg || surprise 'a whole step.svg'
expect 0 own compare --runs 1 --json
says '"above late, product"' '"Acc-7"' '"chance": 0.5' '"majority"'
never nan
expect 0 own compare --runs 1 --validate --json
never nan
expect 1 own train --validate
says 'this one takes --fold'
expect 0 own missing --runs 1
says chance 'always the same' 'only face' 'hybrid, dropout'
expect 0 own noise --runs 1
says chance 'low-rank'
grep -q '</svg>' out/fusion/noise.svg || surprise 'a whole figure'
expect 0 own share
says chance hybrid
grep -q '</svg>' out/fusion/share.svg || surprise 'a whole figure'
expect 0 fusion graph --triples own.tsv --fusion tensor --batch 3 --json
says '"fusion": "tensor"' '"shares"'

# ---- bad input ----

# Tables that cannot be learned from: the row is named.
table() { printf %b "$1" >bad.tsv; }
table 'valence\ttext\n2\tgood\n3.5\tbetter\n'
refuses 'bad.tsv:3: the valence "3.5" is not a number from -3 to 3' -- fusion train --triples bad.tsv
table 'valence\ttext\n2\tgood\n\tbetter\n'
refuses 'bad.tsv:3: the valence "" is not a number' -- fusion train --triples bad.tsv
table 'valence\ttext\n2\tgood\n-1\t  \n'
refuses 'bad.tsv:3: neither text nor voice nor face' -- fusion train --triples bad.tsv
table 'text\tvoice\ngood\thigh.wav\n'
refuses 'no column named "valence"' -- fusion train --triples bad.tsv
table 'valence\twords\n1\tgood\n'
refuses 'bad.tsv:1: no column "text", "voice" or "face"' -- fusion train --triples bad.tsv
table 'valence\tvoice\n1\tnone.wav\n'
refuses 'bad.tsv:2: ./none.wav: No such file' -- fusion train --triples bad.tsv
head -c 50 high.wav >short.wav
table 'valence\tvoice\n1\tshort.wav\n'
refuses 'bad.tsv:2: ' short.wav -- fusion train --triples bad.tsv
table 'valence\ttext\n'
refuses 'bad.tsv: no rows' -- fusion train --triples bad.tsv
table 'valence\ttext\nnan\tgood\n'
refuses 'bad.tsv:2: the valence "nan" is not a number' -- fusion train --triples bad.tsv
table 'valence\tface\n1\thigh.wav\n'
refuses 'bad.tsv:2: ./high.wav: ' -- fusion train --triples bad.tsv
refuses 'fetched/amazon: not there; datasets/fetch amazon hedgewars valence' -- fusion train --data "$work" --data-set real
expect 1 fusion train --fusion sideways
says '--fusion takes early, late, hybrid, tensor, low-rank, gated or attention'
expect 1 fusion train --width 30
says 'a multiple of 4'
expect 1 fusion eval --missing text --missing voice --missing face
says 'one of them must be left'
expect 1 fusion eval --noise loud
says 'MODALITY=X'
expect 1 fusion eval --model nowhere
says 'nowhere: there is no model here' 'fusion train'
mkdir broken
cp hybrid/model/* broken
sed 's/hybrid/sideways/' hybrid/model/config.json >broken/config.json
expect 1 fusion eval --data "$data" --model broken
says 'broken/config.json: "fusion" is "sideways"'
sed 's/"width": 48/"width": 16/' hybrid/model/config.json >broken/config.json
expect 1 fusion eval --data "$data" --model broken
says broken/model.safetensors
expect 1 fusion train --data nowhere
says '--data nowhere: there is no such folder'
expect 1 fusion train --data "$data" --epochs 1 --graph step.html:17
says '--graph step.html:17: there are only 16 steps'
expect 1 fusion example --graph step.html:4
says 'there are only 3 steps'
expect 1 fusion train --data "$data" --out /proc/none
says /proc/none
never 'loss'
expect 1 fusion train --data "$data" --late vote
says '--late is about late fusion'
expect 1 fusion eval --data "$data" --model hybrid/model --late vote
says 'hybrid/model is of hybrid fusion'
expect 0 fusion eval --data "$data" --model hybrid/model --missing text --noise voice=2
says 'text is missing' 'noise of 2 in voice' 'given both'
never 'given all of it'
expect 1 fusion conflict --data "$data" --triples own.tsv
says 'a table does not say what is meant as irony'
