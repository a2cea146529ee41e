# The layout of every C file is the one that .clang-format gives it. To correct a file: clang-format-14 -i FILE
set -eu
. tests/style/files.sh
tool clang-format-14
files '*.c' '*.h' | tr '\n' '\0' | xargs -0 -r clang-format-14 --dry-run -Werror
