# mpi.sh TEST…: the tests of ranks once more, as processes of mpirun.
set -eu
. tests/train/mpirun.sh
for program in "$@"; do
    for ranks in 2 4; do
        mpi $ranks "$program"
    done
done
