# crash.sh CRASH_RUN [KILLS]: kill -9 at random moments of training and saving, 50 times or KILLS. What the killed process left must
# load every time, and the run must end with the same bits as one that nobody killed.
set -eu
. tests/cli/check.sh
program=${1:?path of crash_run}
most=${2:-50} steps=40 kills=0 runs=0 saving=0
cd "$work"
expect 0 "$program" whole "$steps"
wanted=$(cat out)
random() { od -An -N2 -tu2 /dev/urandom | tr -d ' '; } # 0 to 65535

while [ "$kills" -lt "$most" ]; do
    command="$program run $steps, kill $kills" got=0
    OMP_NUM_THREADS=2 "$program" run "$steps" >out 2>err &
    pid=$!
    sleep "$(awk -v r="$(random)" 'BEGIN { printf "%.4f", 0.5 * r / 65536 }')"
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || got=$?
    case $got in
    137) kills=$((kills + 1)) ;;
    0) # it was done before; the next begins anew
        [ "$(cat out)" = "$wanted" ] || surprise "the bits $wanted"
        runs=$((runs + 1))
        rm -f run ;;
    *) surprise 'a checkpoint that loads' ;;
    esac
    for left in .run.*; do # a file that was being written
        [ ! -f "$left" ] || saving=$((saving + 1))
        rm -f "$left"
    done
done
expect 0 "$program" run "$steps"
[ "$(cat out)" = "$wanted" ] || surprise "the bits $wanted"
echo "$kills kills, $saving of them while a file was written; $((runs + 1)) runs came to the end, all with the bits $wanted"
[ "$saving" -gt 0 ] || surprise 'a kill while a file was written'
