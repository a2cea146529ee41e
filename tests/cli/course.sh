# `course` on a small project of its own, in a folder with a space in its name, with stand-ins for the package tools.
set -eu
top=$PWD
. tests/cli/check.sh

# The project: one chapter, which prints its arguments.
tree="$work/the tree"
mkdir -p "$tree/chapters/07-hello" "$tree/out/hello" "$work/bin" "$work/few"
cp "$top/course" "$top/CMakePresets.json" "$tree"
cat >"$tree/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(hello C)
add_executable(hello chapters/07-hello/main.c)
enable_testing()
add_test(NAME unit.hello COMMAND hello tested)
add_test(NAME style.hello COMMAND false)
END
cat >"$tree/chapters/07-hello/main.c" <<'END'
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    char folder[4096];
    printf("in %s\n", getcwd(folder, sizeof folder));
    for (int i = 1; i < argc; i++) {
        printf("<%s>\n", argv[i]);
    }
    return argc == 7 ? 3 : 0;
}
END
printf '%s\n' 'train' 'search "two words" 猫 3' >"$tree/chapters/07-hello/tour"
touch "$tree/out/hello/page.html"

# The stand-ins: what is installed is what the file `installed` lists, and apt-get adds to it.
cat >"$work/bin/dpkg-query" <<END
#!/bin/sh
sed 's/.*/ installed:& /' "$work/installed" | tr -d '\n'
END
cat >"$work/bin/apt-get" <<END
#!/bin/sh
echo "\$DEBIAN_FRONTEND apt-get \$*" >>"$work/apt"
case "\$*" in
*update*) touch "$work/lists" ;;
*) [ -e "$work/lists" ] || exit 100; for word; do echo "\$word"; done >>"$work/installed" ;;
esac
END
cat >"$work/bin/id" <<END
#!/bin/sh
echo "\$FAKE_UID"
END
cat >"$work/bin/sudo" <<END
#!/bin/sh
echo sudo "\$@" >>"$work/apt"
exec "\$@"
END
chmod +x "$work"/bin/*
for name in sh dirname cat sed tr ls; do ln -s "$(command -v $name)" "$work/few"; done
cp "$work/bin/dpkg-query" "$work/bin/id" "$work/few"
PATH="$work/bin:$PATH"
export PATH FAKE_UID=0
cd "$work" # which is not where `course` is

# Alone, it lists what there is, and does nothing.
expect 0 "$tree/course"
says './course run NAME' './course test' hello
[ ! -e "$tree/build" ] || surprise 'no build folder'

# Mistakes are named.
expect 1 "$tree/course" rum
says 'no such job: rum'
expect 1 "$tree/course" run
says 'hello'
expect 1 "$tree/course" run hallo
says "no chapter is called 'hallo'" hello

# Not root and no sudo: it says what is missing and the command, and touches nothing.
sed -n 's/^run  *\([^ ]*\) .*/\1/p' "$top/course" | grep -vx -e gcc -e zlib1g-dev >"$work/installed" # gcc is known by its command
expect 1 env PATH="$work/few" FAKE_UID=1000 "$tree/course" run hello
says 'zlib1g-dev           reads gzip' 'apt-get install -y --no-install-recommends' zlib1g-dev
[ ! -e "$work/apt" ] || surprise 'no call of apt-get'

# Root: old package lists are fetched, the missing is installed and only that, then the tour runs and the files are listed.
expect 0 "$tree/course" run hello
says 'reads gzip' '<train>' '<search>' '<two words>' '<猫>' out/hello/page.html
never 'reads and writes pictures'
grep -q '^noninteractive apt-get .*update' "$work/apt" || surprise 'apt-get update'
grep -q '^noninteractive apt-get .*--no-install-recommends .*zlib1g-dev' "$work/apt" || surprise 'apt-get install'
! grep -q stb "$work/apt" || surprise 'what is there is not installed again'

# A second time nothing is installed. Arguments arrive as they are, the exit status comes back, no colour without a terminal.
# The program starts where the caller is, with the tree's own folders.
rm "$work/apt"
expect 3 "$tree/course" run hello 'a  b' '*'
says "in $work" '<a  b>' "<$tree/datasets>" "<$tree/out/hello>" '<*>'
cd "$tree"
expect 0 ./course run hello 'a  b'
says '<a  b>'
never datasets
cd "$work"
never "$(printf '\033')" installing
[ ! -e "$work/apt" ] || surprise 'no call of apt-get'

# A user with sudo.
sed -i /zlib1g-dev/d "$work/installed"
expect 0 env FAKE_UID=1000 "$tree/course" build
grep -q '^sudo env DEBIAN_FRONTEND=noninteractive apt-get .*zlib1g-dev' "$work/apt" || surprise 'sudo apt-get install'

# Installing fails: the command is given.
sed -i /zlib1g-dev/d "$work/installed"
printf '#!/bin/sh\necho "E: no network"\nexit 100\n' >"$work/bin/apt-get"
expect 1 "$tree/course" build
says 'E: no network' 'apt-get update && apt-get install' zlib1g-dev
echo zlib1g-dev >>"$work/installed"

# Code that does not compile: the compiler's words.
sed -i 's/return argc/return agrc/' "$tree/chapters/07-hello/main.c"
expect 1 "$tree/course" run hello train
says agrc 'did not compile'
sed -i 's/return agrc/return argc/' "$tree/chapters/07-hello/main.c"

# The tests: an argument goes to ctest; a failing test fails the command.
sed -n 's/^test  *\([^ ]*\) .*/\1/p' "$top/course" >>"$work/installed"
expect 0 "$tree/course" test -R unit
says 'unit.hello' '100% tests passed'
sed -i 's/argc == 7 ? 3/argc == 2 ? 3/' "$tree/chapters/07-hello/main.c"
expect 8 "$tree/course" test -R unit
says '0% tests passed'

# A tree that was moved, with what had been built.
mv "$tree" "$work/elsewhere"
tree="$work/elsewhere"
expect 0 "$tree/course" run hello train
says '<train>'
never 'CMake Error'

expect 0 "$tree/course" clean
[ ! -e "$tree/build" ] || surprise 'no build folder'
