# Interrupted, killed, out of disk: the run goes on to the same bits, with any number of threads, and what was whole stays whole.
set -eu
. tests/cli/clip_program.sh

expect 0 train --out whole --threads 1
expect 0 train --out threads --threads 2
same whole threads

expect 0 train --out checkpointed --checkpointing --memory --profile
says 'gradients of activations' 'one step' 'conv2d' 'optimiser'
expect 1 clip train --profile --graph step.json
says '--profile would measure'
same whole checkpointed

# The other encoder, its pieces with and without checkpointing.
expect 0 train --image vit --out vit --threads 1
expect 1 train --image vit --out vit_pieces --checkpointing --stop-after 7
expect 0 train --image vit --out vit_pieces --resume --threads 4
same vit vit_pieces

# In three pieces.
expect 1 train --out pieces --stop-after 3
says 'step 3 of 16' --resume
expect 1 train --out pieces --stop-after 8 --resume --threads 1
says 'step 11 of 16'
expect 0 train --out pieces --resume
same whole pieces

# stop SIGNAL OUT: begins or goes on, sends the signal when a new state is there; the exit status is left in $got.
stop() {
    command="kill -$1" got=0
    touch before
    "$program" train --data "$data" --batch 16 --epochs 0.048 --evaluations 0 --save-every 1 --out "$2" ${3+"$3"} \
        >"$work/out" 2>"$work/err" </dev/null &
    tries=0
    until [ -n "$(find "$2" -name train.safetensors -newer before 2>/dev/null)" ]; do
        tries=$((tries + 1))
        [ $tries -lt 3000 ] || surprise "$2/train.safetensors"
        sleep 0.02
    done
    kill "-$1" $!
    wait $! 2>/dev/null || got=$?
}

# Ctrl-C: it saves, says how to go on, and leaves with 1.
stop INT interrupted
[ "$got" -eq 1 ] || surprise 'exit 1'
says 'interrupted/train.safetensors' --resume
whole interrupted
expect 0 train --out interrupted --resume
same whole interrupted

# kill -9, twice: the last checkpoint is whole.
stop KILL killed
[ "$got" -eq 137 ] || surprise 'exit 137'
stop KILL killed --resume
expect 0 train --out killed --resume
rm -f killed/.*.safetensors.* # what a killed process was writing
same whole killed

# A full disk, played by a limit on the size of files: a message, the old state untouched, no half file.
limited() { (trap '' XFSZ && ulimit -f "$1" && shift && "$@"); }
expect 1 train --out full --stop-after 3
cp -r full before_full
expect 1 limited 200 train --out full --resume
says full/train.safetensors
same full before_full
whole full
expect 0 train --out full --resume
same whole full
expect 1 limited 20 clip search --data "$data" --model whole/model --out sheets cat
says sheets/search/cat
whole sheets
