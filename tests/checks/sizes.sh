#!/usr/bin/env bash
# The library is readable in pieces: no function is over 60 lines, and no line of a .c file is there on some systems
# only (Meson picks whole files instead).
#
# usage: sizes.sh LIB_FOLDER
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

longest=60
files=("$1"/*.c "$1"/*/*.c)

ctags --version 2>/dev/null | grep -q Universal || skip 'Universal Ctags is not installed'
functions=$(ctags -o - --languages=C --kinds-C=f --fields=+ne --excmd=number "${files[@]}")
grep -q 'line:[0-9]*.*end:[0-9]' <<<"$functions" || fail "found no function in $1"

wrong=0
too_long=$(awk -F'\t' -v longest="$longest" '{
    first = last = $0
    sub(/.*\tline:/, "", first)
    sub(/.*\tend:/, "", last)
    lines = last + 0 - (first + 0) + 1
    if (lines > longest) print $2 ": " $1 " has " lines " lines"
}' <<<"$functions")
[ -z "$too_long" ] || { say "$too_long" && wrong=1; }
if conditional=$(grep -nE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef)' "${files[@]}"); then
    say "$conditional"
    wrong=1
fi
exit "$wrong"
