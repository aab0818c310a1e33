#!/usr/bin/env bash
# Programs that were built against an earlier library still run with this one: abidiff finds no change but functions
# that are new, and every constant of the headers has the number that it had. docs/abi.md says what may change when.
#
# usage: abi.sh [--record] MACHINE SHARED_LIBRARY INCLUDE_FOLDER BASELINE_FOLDER COMPILER...
#
# MACHINE is the processor that the library is for. --record writes the baseline of this library.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

recording=no
if [ "$1" = --record ]; then
    recording=yes
    shift
fi
machine=$1
library=$2
include_folder=$3
baseline_folder=$4
compiler=("${@:5}")
functions=$baseline_folder/functions-$machine.abi
constants=$baseline_folder/constants

needs abidw abidiff ctags readelf "${compiler[0]}"
readelf -SW "$library" | grep -q ' \.debug_info ' || skip "$library has no debug information to read types from"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What a program sees: the types of functions, but nothing of what they point at, and no word of where it was built. abidw
# takes a type for private where its file has the name of no public header, so those are left out whose namesakes are in lib.
functions_now() {
    local header public=()
    for header in "$include_folder"/sockecho/*.h; do
        [ -n "$(find "$include_folder/../lib" -name "${header##*/}")" ] || public+=(--header-file "$header")
    done
    abidw "${public[@]}" --drop-private-types --exported-interfaces-only --no-show-locs --no-corpus-path \
        --no-comp-dir-path --no-parameter-names --type-id-style hash "$library"
}

# "NAME NUMBER" of every enumerator and of every macro that is a number: a program holds the number, not the name.
constants_now() {
    local name
    {
        printf '#include <sockecho.h>\n#include <stdio.h>\nint main(void)\n{\n'
        find "$include_folder" -name '*.h' -exec ctags -x --languages=C --langmap=C:.h --kinds-C=ed {} + |
            awk '$1 ~ /^SE_/ && $1 !~ /^SE_VERSION_/ { print $1 }' | LC_ALL=C sort -u | while read -r name; do
            printf '    printf("%s %%lld\\n", (long long)(%s));\n' "$name" "$name"
        done
        printf '    return 0;\n}\n'
    } >"$work/constants.c"
    "${compiler[@]}" -std=c11 -I "$include_folder" -o "$work/constants" "$work/constants.c"
    "$work/constants"
}

record() {
    mkdir -p "$baseline_folder"
    constants_now >"$constants"
    functions_now >"$functions"
}

# What the baseline has must be there still, as it was; more may be.
constants_stay() {
    constants_now | LC_ALL=C sort >"$work/constants.now"
    [ -s "$constants" ] || fail "$constants has no constant: this check looks at the wrong thing"
    if gone=$(LC_ALL=C sort "$constants" | LC_ALL=C comm -23 - "$work/constants.now" | grep .); then
        say "constants that programs know are gone or have other numbers: ${gone//$'\n'/, }"
        return 1
    fi
}

functions_stay() {
    if [ ! -e "$functions" ]; then
        say "no baseline for $machine: only the constants were compared"
        return 0
    fi
    functions_now >"$work/functions.now"
    abidiff --no-added-syms "$functions" "$work/functions.now" >&2
}

if [ "$recording" = yes ]; then
    record
    exit
fi
wrong=0
constants_stay || wrong=1
functions_stay || wrong=1
exit "$wrong"
