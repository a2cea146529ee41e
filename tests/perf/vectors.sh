# vectors.sh CC FLAGS: loops over e^x become vector instructions on a processor without AVX-512 too. Of a loop with a branch in it that
# it cannot take away, gcc says so; clang's words differ, and another processor than x86-64 has other names.
set -eu
cc=$1 flags=$2
[ "$(uname -m)" = x86_64 ] || exit 77
"$cc" --version | grep -q 'Free Software Foundation' || exit 77
for file in unary activations batchnorm rows; do
    # shellcheck disable=SC2086 # flags are words
    refused=$("$cc" $flags -march=haswell -O3 -fopenmp -D_GNU_SOURCE -Isrc -S -o /dev/null -fopt-info-vec-missed src/ops/$file.c 2>&1 |
        grep 'not vectorized: control flow' | sort -u || true)
    [ -z "$refused" ] || { echo "$refused"; exit 1; }
done
