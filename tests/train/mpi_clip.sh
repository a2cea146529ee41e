# mpi_clip.sh CLIP SAME_STATE: `clip train` in many processes: equal to one, and what happens when one of them dies.
set -eu
. tests/train/mpirun.sh
clip=${1:?path of clip} same_state=${2:?path of same_state}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "mpi_clip: $*"; tail -5 "$work"/*.log; exit 1; }

# train N OUT OPTIONS…: to the end of its options; N ranks, 1: without mpirun.
train() {
    n=$1 out=$2
    shift 2
    start=mpi
    [ "$n" -gt 1 ] || start=alone
    $start "$n" "$clip" train --image vit --batch 128 --epochs 0.5 --save-every 4 --evaluations 0 --threads 1 --out "$work/$out" "$@" >"$work/$out.log" 2>&1
}
alone() { shift; "$@"; }
same() {
    echo "$3: $("$same_state" "$work/$1/train.safetensors" "$work/$2/train.safetensors" 1e-5)" || fail "$3: not the same"
}

train 1 whole --stop-after 20 || true
for ranks in 2 3 4; do
    for rows in local global; do
        [ $ranks-$rows != 3-global ] || continue
        train $ranks $ranks-$rows --loss-rows $rows --stop-after 20 || true
        grep -q '^clip: stopped after step 20' "$work/$ranks-$rows.log" || fail "$ranks ranks did not stop after step 20"
        [ "$(grep -c 'stopped after' "$work/$ranks-$rows.log")" = 1 ] || fail "more than one rank speaks"
        same whole $ranks-$rows "$ranks ranks, $rows rows"
    done
done
train 1 parts --micro-batch 16 --stop-after 20 || true
same whole parts "one process, parts of 16"
train 2 2-parts --micro-batch 16 --stop-after 20 || true
same whole 2-parts "2 ranks, parts of 16"

for options in '--loss siglip' '--loss siglip --loss-rows global' '--freeze image-body,text-body'; do
    name=$(echo "$options" | tr -c 'a-z\n' _)
    # shellcheck disable=SC2086 # a list of words
    { train 1 "one$name" $options --stop-after 8 || true; train 2 "two$name" $options --stop-after 8 || true; }
    same "one$name" "two$name" "2 ranks, $options"
done

# kill -9 of one rank at any time: all end, soon, with a message, and the last checkpoint goes on with other numbers of ranks.
train 1 straight
for victim in 0 1; do
    train 2 killed-$victim &
    started=$!
    until [ -f "$work/killed-$victim/train.safetensors" ]; do
        sleep 0.1
    done
    for pid in $(pgrep -x clip); do # only those of this test, and of them this rank
        if tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qx "$work/killed-$victim" &&
            tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$victim"; then
            kill -9 "$pid"
        fi
    done
    status=0
    wait $started || status=$?
    [ $status -ne 0 ] || fail "rank $victim was killed, and mpirun said that all went well"
    grep -q "process rank $victim .* exited on signal 9 (Killed)" "$work/killed-$victim.log" || fail "no message that rank $victim was killed"
    ranks=$((1 + 3 * victim))
    train $ranks killed-$victim --resume
    same straight killed-$victim "rank $victim of 2 killed, on with $ranks"
done

# What one rank cannot read ends all. No checkpoint, no folder, another one's checkpoint.
if train 2 none --resume; then fail "a run resumed from nothing"; fi
grep -q 'clip: rank [01] of 2: .*there is nothing to resume' "$work/none.log" || fail "nothing says that there is nothing to resume"
