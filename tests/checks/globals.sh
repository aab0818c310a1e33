#!/usr/bin/env bash
# The library has no state of its own: no object holds a variable that can be written, and none runs code when it is
# loaded. Constants with addresses in them are written once, by the loader (.data.rel.ro), and allowed.
#
# usage: globals.sh STATIC_LIBRARY
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

library=$1

# readelf lists "[Nr] Name Type Address Off Size ES Flg Lk Inf Al", and a line for each member. Size is hexadecimal.
writable_sections() {
    awk '/^File: / { member = $2; next }
         /^ *\[ *[0-9]+\]/ {
             sub(/^ *\[ *[0-9]+\] */, "")
             if ($7 ~ /W/ && $7 ~ /A/ && $5 !~ /^0+$/ && $1 !~ /^\.data\.rel\.ro/)
                 print member, $1, "0x" $5, "bytes"
         }'
}

needs readelf nm
sections=$(readelf -SW "$library")
grep -q ' \.text' <<<"$sections" || fail "$library has no code: this check looks at the wrong thing"

wrong=0
if found=$(writable_sections <<<"$sections" | grep .); then
    say "writable: $found"
    wrong=1
fi
if found=$(nm -A "$library" | grep ' C '); then
    say "common: $found"
    wrong=1
fi
exit "$wrong"
