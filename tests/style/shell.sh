# ShellCheck has nothing to say about any script.
set -eu
. tests/style/files.sh
tool shellcheck
files '*.sh' | tr '\n' '\0' | xargs -0 -r shellcheck --external-sources --source-path=SCRIPTDIR --shell=sh
files course '.ci/run' 'datasets/fetch' | tr '\n' '\0' | xargs -0 -r shellcheck --external-sources --source-path=SCRIPTDIR
