# Fine-tuning and what it costs: a model trained on all emoji is tuned on the food, and mixed with itself before (WiSE-FT). Each line: how
# far towards the tuned model; Recall@1 of the held-out style, English, picture to text, among all names, and among the captions of the
# food. A few minutes on two cores.
#     tests/perf/clip_tune.sh [PROGRAM [EPOCHS]]
set -eu

program=$(realpath "${1:-build/release/clip}") epochs=${2:-20} data=$PWD/datasets
work=$(mktemp -d "${TMPDIR:-/tmp}/clip-tune-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
exec 3>&1 >/dev/null 2>log

"$program" export --data "$data" --group food-drink food
food='--captions food/captions_train.json --captions-test food/captions_test.json'
"$program" train --data "$data" --epochs "$epochs" --evaluations 0 --out before
# shellcheck disable=SC2086
"$program" train --from before/model $food --epochs 30 --evaluations 0 --out after

# The first R@1 of picture to text that the command prints.
recall() { "$program" eval --data "$data" --json "$@" | sed -n 's/.*"R@1": \([0-9.]*\),*/\1/p' | sed -n "${line}p"; }

printf 'alpha\tall names\tfood captions\n' >&3
for alpha in 0 0.25 0.5 0.75 1; do
    "$program" mix --alpha $alpha before/model after/model mixed
    line=3 all=$(recall --model mixed)
    line=1 own=$(recall --model mixed --captions food/captions_test.json)
    printf '%s\t%.3f\t%.3f\n' $alpha "$all" "$own" >&3
done
