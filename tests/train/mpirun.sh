# mpirun.sh: to be sourced: mpi N COMMAND…: the command as N processes on this machine. Ends the test with 77, skipped, if there is no MPI.
if ! command -v mpirun >/dev/null || ! pkg-config --exists mpi-c; then
    echo "skipped: no MPI; libopenmpi-dev and openmpi-bin bring it"
    exit 77
fi
# As root, as tests in a container are; more processes than processors; and a copy through shared memory that no container forbids.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_mpi_yield_when_idle=1 OMP_NUM_THREADS=1

mpi() {
    n=$1
    shift
    mpirun -n "$n" "$@"
}
