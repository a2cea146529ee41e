# A million pairs, two gigabytes of them, are streamed by a process that may have 150 megabytes, and that uses 10 MiB at most and at
# the end hardly more than after a tenth of the way. The pairs are made for this: 4 x 4 pixels and a text each, all different.
set -eu
. tests/cli/check.sh

program=${1:?path of the align program}
cd "$work" || exit
if [ "$(df -Pk . | awk 'END { print $4 }')" -lt 4000000 ]; then
    echo 'less than 4 GB free'
    exit 77
fi
expect 0 "$program" shards --synthetic 1000000 --per-shard 10000 --out shards
says '1000000 pairs written'
du -sm shards
export OMP_NUM_THREADS=1 # stacks of threads count as address space
(
    # shellcheck disable=SC3045 # dash has it
    ulimit -v 150000
    expect 0 "$program" stream --shards shards --pairs 1000000
)
cat "$work/out"
says '1000000 pairs drawn from 100 shards in 1 round'
awk '/each tenth/ { first = $9; last = $NF; found = NF == 18 }
    /^peak/ { peak = $3 }
    END { exit !(found && first > 0 && last - first < 1 && peak > 0 && peak < 10) }' "$work/out" || surprise 'flat memory'
