#!/usr/bin/env bash
# No call of the library is forgotten: each function of the C library that it asks for is bent by a row of the table, or
# unbent.txt says why it is not.
#
# usage: bent.sh STATIC_LIBRARY FAULTS_PROGRAM UNBENT_TXT
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/../checks/common.sh"

library=$1
program=$2
reasons=$3

from_the_compiler='_GLOBAL_OFFSET_TABLE_|__stack_chk_(fail|guard)|__tls_get_addr|__errno_location'

needs nm
asked_for=$(nm -u "$library" | awk '$1 == "U" { print $2 }' | sed -E 's/@.*//; s/^__(.*)_chk$/\1/' |
    grep -vxE "se_.*|$from_the_compiler" | sort -u)
grep -qx recv <<<"$asked_for" || fail "$library does not even ask for recv: this check looks at the wrong thing"
bent=$("$program" --functions | tr ' ' '\n' | sort -u)
grep -qx recv <<<"$bent" || fail 'the table does not even bend recv: this check looks at the wrong thing'
explained=$(grep -E '^[a-z0-9_]+: .' "$reasons" | cut -d: -f1 | sort -u)

wrong=0
if forgotten=$(comm -23 <(printf '%s\n' "$asked_for") <(sort -u <<<"$bent"$'\n'"$explained") | grep .); then
    say "called by the library, bent by no row of the table, and not in ${reasons##*/}: ${forgotten//$'\n'/ }"
    wrong=1
fi
if both=$(comm -12 <(printf '%s\n' "$bent") <(printf '%s\n' "$explained") | grep .); then
    say "in ${reasons##*/} although a row of the table bends it: ${both//$'\n'/ }"
    wrong=1
fi
exit "$wrong"
