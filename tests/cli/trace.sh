# The option --graph of a training program, and the program trace that looks at the file.
set -eu
. tests/cli/clip_program.sh
trace=$(dirname "$program")/trace

expect 0 "$trace" --help
says --compare --only .html
expect 2 "$trace"
expect 2 "$trace" nowhere.json
says 'trace: nowhere.json'
expect 2 "$trace" "$data/NOTICE"
expect 2 "$trace" a.json --depth 0

expect 0 clip graph --data "$data" --image vit
says out/clip/graph/step.json
mv out/clip/graph/step.json two.json
expect 0 "$trace" two.json
says 'share of square' cross_entropy visual.conv1.weight
expect 0 "$trace" two.json --out two.svg
grep -q '</svg>' two.svg || surprise 'a whole two.svg'
expect 0 "$trace" two.json --out two.html --compare two.json
grep -q '</html>' two.html || surprise 'a whole two.html'
[ "$(grep -c '^"title"' two.html)" -eq 2 ] || surprise 'two traces in two.html'
grep -q 'chapters/03-clip/model.c' two.html || surprise 'lines of source'
expect 2 "$trace" two.json --out two.gif
expect 2 "$trace" two.json --out two.dot --only nowhere
says 'no module "nowhere"'

expect 0 "$trace" two.json --compare two.json
says '0 of'
expect 0 clip graph --data "$data" --image vit --seed 2
expect 1 "$trace" two.json --compare out/clip/graph/step.json
says 'parameter visual.conv1.weight' 'gradient' 'differ by more than'
expect 0 clip graph --data "$data" --image vit --batch 3
expect 1 "$trace" two.json --compare out/clip/graph/step.json
says 'not of one structure'

expect 1 clip train --graph ''
says '--graph: "" is no FILE or FILE:STEP'
expect 1 train --stop-after 3 --graph step.json:2
expect 0 "$trace" step.json
says 'image to text' conv2d

# The four bytes of logit_scale are overwritten in the state of a run: NaN is no weight, and e to the power of 1e38 is infinite.
state=out/clip/train.safetensors
header=$(head -c 8 $state | od -An -tu8 | tr -d ' ')
at=$(tail -c +9 $state | head -c "$header" | sed 's/.*"params.logit_scale":{[^}]*"data_offsets":\[\([0-9]*\),.*/\1/')
put() { printf '%b' "$1" | dd of=$state bs=1 seek=$((8 + header + at)) conv=notrunc 2>/dev/null; }
put '\0000\0000\0300\0177'
expect 1 train --resume
says $state logit_scale 'is nan'
put '\0231\0166\0226\0176'
expect 1 train --resume
says 'step 4 of' 'NaN or infinity' 'the value of exp' out/clip/nonfinite.html
grep -q '"name":"logit_scale"' out/clip/nonfinite.html || surprise 'the trace in nonfinite.html'
whole out
