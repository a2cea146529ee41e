#!/bin/sh
# search.sh [OPTION…]: exact search by mm_nearest and by NumPy among the same vectors, one after the other. The options are those of
# search_bench. Needs python3-numpy and libblis-openmp-dev, and as much room in build/perf as the vectors take: 2 GB of a million.
set -eu
cd -- "$(dirname -- "$0")/../.."

out=build/perf
trap 'rm -f $out/search.safetensors' EXIT
build/release/tests/perf/search_bench --save $out "$@"
echo
if grep -q avx512dq /proc/cpuinfo; then arch=0; else arch=''; fi # as in compare.sh
env LD_LIBRARY_PATH="/usr/lib/$(uname -m)-linux-gnu/blis-openmp" ${arch:+BLIS_ARCH_TYPE=$arch} BLIS_NUM_THREADS="$(nproc)" \
    /usr/bin/python3 tests/perf/search_peer.py $out
