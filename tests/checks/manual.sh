#!/usr/bin/env bash
# Manual pages are as mandoc wants them, down to their style. Whether a page that one refers to is installed is a matter
# of the machine, not of the page.
#
# usage: manual.sh FOLDER
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

needs mandoc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pages=("$1"/*.[1-9])
[ -e "${pages[0]}" ] || fail "there is no page in $1"

wrong=0
for page in "${pages[@]}"; do
    # mandoc says what is wrong on stdout, and ends with up to 4 then; on stderr it talks of this machine's other pages.
    status=0
    mandoc -Tlint "$page" >"$work/faults" 2>"$work/index" || status=$?
    [ "$status" -le 4 ] || fail "mandoc cannot read $page: $(cat "$work/index")"
    if grep -v ': STYLE: referenced manual not found: ' "$work/faults" >&2; then
        wrong=1
    fi
done
exit "$wrong"
