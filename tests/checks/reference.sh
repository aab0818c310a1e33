#!/usr/bin/env bash
# The reference that Doxygen makes of the public headers is complete: Doxygen warns of nothing, every name says what it is,
# and every function says all that a caller has to know.
#
# usage: reference.sh DOXYFILE_IN INCLUDE_FOLDER VERSION VERSION_MAP
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

configuration=$1
include_folder=$2
version=$3
map=$4

needs doxygen python3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed "s|@version@|$version|; s|@include@|$include_folder|; s|@output@|$work|" "$configuration" >"$work/Doxyfile"
doxygen "$work/Doxyfile" >&2 || fail 'Doxygen has something to say'
[ -s "$work/html/index.html" ] || fail 'Doxygen made no pages'

# Doxygen shows what is defined; an object of the library is only declared.
for object in $(grep -rhoE '^struct se_[a-z]+;' "$include_folder" | sort -u | tr -d ';' | cut -d' ' -f2); do
    grep -rhB1 "^struct $object;" "$include_folder" | grep -q '\*/$' || fail "struct $object does not say what it is"
done

"$(dirname "$0")/reference.py" "$work/xml" "$map" >&2
