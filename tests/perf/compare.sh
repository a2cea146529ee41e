#!/bin/sh
# compare.sh [-r ROUNDS] [-2] [-c] [MODEL…]: this library against PyTorch, and on ViT-B/32 against ONNX Runtime, on the same threads in
# one run. The programs take turns (A B C A B C …), so that a slow minute of the machine hits all; medians over the rounds are compared.
# PyTorch takes turns with two BLAS, too, and the faster one counts: which one that is depends on the processor and the model.
# -2: all as on a processor that has AVX2 only; ours is built for that in build/avx2. -c: processor time of one thread, on a machine
# that has other work. The table goes to standard output and to build/perf/compare.tsv. Needs python3-torch, libblis-openmp-dev,
# libopenblas0-openmp and, for ONNX Runtime, python3-torch's exporter and npm.
set -eu
cd -- "$(dirname -- "$0")/../.."

rounds=3 isa='' clock=''
bench=build/release/tests/perf/bench out=build/perf
while getopts r:2c option; do
    case $option in
    r) rounds=$OPTARG ;;
    2) isa=avx2 bench=build/avx2/tests/perf/bench ;;
    c) clock=--cpu ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
if [ "$isa" ]; then
    cmake -S . -B build/avx2 -G Ninja -DMM_NATIVE=OFF -DCMAKE_C_FLAGS=-march=haswell >/dev/null
    ninja -C build/avx2 bench >/dev/null
fi
[ $# -gt 0 ] || set -- clip-vit clip-resnet bert uniter lstm mbconv efficientnet-b0 vit-b32:1 vit-b32:8
threads=$(nproc)
[ -z "$clock" ] || threads=1
mkdir -p $out
export OMP_NUM_THREADS="$threads"

# torch BLAS MODEL …: PyTorch with BLIS or OpenBLAS, both told to use the AVX-512 that they do not expect of a processor of unknown name.
libraries=/usr/lib/$(uname -m)-linux-gnu
torch() {
    blas=$1
    shift
    if [ "$isa" ]; then
        blis_arch=3 openblas_core=Haswell aten=avx2
        export ONEDNN_MAX_CPU_ISA=AVX2 DNNL_MAX_CPU_ISA=AVX2
    elif grep -q avx512dq /proc/cpuinfo; then
        blis_arch=0 openblas_core=SkylakeX aten=avx512
    else
        blis_arch='' openblas_core='' aten=avx2
    fi
    env LD_LIBRARY_PATH="$libraries/$blas-openmp" ${blis_arch:+BLIS_ARCH_TYPE=$blis_arch OPENBLAS_CORETYPE=$openblas_core} \
        ATEN_CPU_CAPABILITY="${capability-$aten}" BLIS_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads" \
        /usr/bin/python3 tests/perf/peers.py "$@" --threads "$threads" $clock
}

onnx() {
    if [ ! -d $out/node_modules ]; then # its own install script would fetch CUDA's libraries
        npm install --silent --ignore-scripts --prefix $out onnxruntime-node >/dev/null || return 1
    fi
    cp tests/perf/onnx.mjs $out/
    [ -f $out/vit-b32-"$1".onnx ] || torch blis vit-b32 $out/vit-b32.safetensors --batch "$1" --onnx $out/vit-b32-"$1".onnx >/dev/null
    node $out/onnx.mjs $out/vit-b32-"$1".onnx "$1" "$2" "$threads"
}

# median FILE COLUMN
median() { cut -f"$2" "$1" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

printf 'model\tbatch\tours ms\tPyTorch ms\tratio\tONNX ms\tratio\tours MiB\tPyTorch MiB\tratio\tours\tPyTorch\tONNX\tBLAS\n' | tee $out/compare.tsv
for model; do
    name=${model%:*} batch=${model#"$name"}
    batch=${batch#:}
    $bench "$name" --steps 0 --save $out/"$name".safetensors
    rm -f $out/ours $out/blis $out/openblas $out/onnx
    round=0
    while [ $round -lt "$rounds" ]; do
        round=$((round + 1))
        $bench "$name" ${batch:+--batch "$batch"} --steps 7 --line $clock >>$out/ours
        for blas in blis openblas; do
            torch $blas "$name" $out/"$name".safetensors ${batch:+--batch "$batch"} --steps 5 >>$out/"$blas"
        done
        if [ "$name" = vit-b32 ]; then onnx "$batch" 7 >>$out/onnx; fi
    done
    blas=$(for b in blis openblas; do echo "$(median $out/$b 1) $b"; done | sort -g | sed 's/.* //;q')
    [ -f $out/onnx ] || echo '-	-	-' >$out/onnx
    awk -v OFS='\t' -v model="$name" -v batch="${batch:-default}" -v a="$(median $out/ours 1)" -v b="$(median $out/"$blas" 1)" \
        -v c="$(median $out/onnx 1)" -v am="$(median $out/ours 2)" -v bm="$(median $out/"$blas" 2)" -v al="$(median $out/ours 3)" \
        -v bl="$(median $out/"$blas" 3)" -v cl="$(median $out/onnx 3)" -v blas="$blas" 'BEGIN {
            print model, batch, a, b, sprintf("%.2f", b / a), c, c == "-" ? c : sprintf("%.2f", c / a), am, bm,
                sprintf("%.2f", am / bm), al, bl, cl, blas }' | tee -a $out/compare.tsv
done
