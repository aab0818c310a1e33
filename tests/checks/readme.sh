#!/usr/bin/env bash
# What the README shows is true: every block of C in it compiles as it stands, and the fixture that it shows is
# examples/fixture.c, a whole program of under 25 lines.
#
# usage: readme.sh README FIXTURE INCLUDE_FOLDER COMPILER...
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

readme=$1
fixture=$2
include_folder=$3
compiler=("${@:4}")

needs "${compiler[0]}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk -v folder="$work" '
    /^```c( |$)/ { inside = 1; file = sprintf("%s/block-%d-line-%d.c", folder, ++count, NR + 1); next }
    /^```/ { inside = 0 }
    inside { print > file }' "$readme"
blocks=("$work"/*.c)
[ -e "${blocks[0]}" ] || fail "$readme shows no C"

wrong=0
shows_fixture=no
for block in "${blocks[@]}"; do
    "${compiler[@]}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -I "$include_folder" "$block" || wrong=1
    if cmp -s "$block" "$fixture"; then
        shows_fixture=yes
    fi
done
if [ "$shows_fixture" = no ]; then
    say "$readme does not show $fixture as it is"
    wrong=1
fi
lines=$(wc -l <"$fixture")
if [ "$lines" -ge 25 ]; then
    say "$fixture has $lines lines, which is not under 25"
    wrong=1
fi
exit "$wrong"
