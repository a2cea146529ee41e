#!/bin/sh
# clip_curve.sh CLIP OUT [EPOCHS…]: trains runs of several lengths from start to end and writes what each reached, after how many
# seconds: OUT/clip-curve.tsv, and OUT/clip-curve.svg beside what a small PyTorch model reached on the same pictures. What stands in
# OUT/clip-curve.tsv already is not run again.
set -eu

[ $# -ge 2 ] || { echo "usage: clip_curve.sh CLIP OUT [EPOCHS...]" >&2; exit 1; }
clip=$1 out=$2
shift 2
[ $# -gt 0 ] || set -- 25 50 100

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
mkdir -p "$out"

printf 'epochs\tseconds\ten_R1\ten_R10\ten_back_R1\tzh_R1\tzh_R10\n' >"$work/curve"
for epochs; do
    if row=$(grep -s "^$epochs	" "$out/clip-curve.tsv"); then
        echo "$row" | tee -a "$work/curve"
        continue
    fi
    "$clip" train --epochs "$epochs" --json --out "$work/out" >"$work/result"
    # The numbers in the order in which they stand: seconds; R@1 and R@10 of English both ways, then of Chinese.
    awk -v epochs="$epochs" -F'[:,]' '
        /"seconds"/ { seconds = $2 }
        /"R@1"/ { at1[++n] = $2 }
        /"R@10"/ { at10[n] = $2 }
        END { printf "%s\t%.1f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\n", epochs, seconds, at1[1], at10[1], at1[2], at1[3], at10[3] }
    ' "$work/result" | tee -a "$work/curve"
done

# PyTorch 1.13 with BLIS, measured earlier on two cores of another machine: three convolutions and a mean of word vectors, English only, 1,026 of the concepts.
printf 'seconds\tR1\tR10\n69\t.567\t.871\n107\t.607\t.901\n204\t.669\t.905\n' >"$work/torch"
cp "$work/curve" "$out/clip-curve.tsv"
gnuplot <<END
set terminal svg size 720,420 font 'DejaVu Sans,12' background 'white'
set output '$out/clip-curve.svg'
set datafile separator '\t'
set title 'Held-out style, image to text: what a run of so many seconds reaches'
set xlabel 'seconds of training, 2 cores'
set ylabel 'Recall'
set yrange [0.4:1]
set xrange [0:*]
set key bottom right
set grid lc rgb '#dddddd'
set border 3
set tics nomirror
plot '$work/curve' using 2:3 skip 1 with linespoints pt 7 lc rgb '#d62728' title 'R\@1, English', \
     '' using 2:6 skip 1 with linespoints pt 7 lc rgb '#2ca02c' title 'R\@1, Chinese', \
     '' using 2:4 skip 1 with linespoints pt 7 lc rgb '#ff9896' title 'R\@10, English', \
     '$work/torch' using 1:2 skip 1 with linespoints dt 2 pt 4 lc rgb '#555555' title 'R\@1, PyTorch, English only', \
     '' using 1:3 skip 1 with linespoints dt 2 pt 4 lc rgb '#aaaaaa' title 'R\@10, PyTorch, English only'
END
echo "$out/clip-curve.tsv, $out/clip-curve.svg"
