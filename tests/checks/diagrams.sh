#!/usr/bin/env bash
# The guide's diagrams are those of their sources: each drawing names the checksum of its source and, where Graphviz is
# installed, a new one holds the same elements and words. Numbers are not compared: other fonts move letters a little.
#
# usage: diagrams.sh DIAGRAMS_FOLDER
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

folder=$1

# The file without its numbers, which are places and sizes.
shape() {
    sed -E 's/-?[0-9]+(\.[0-9]+)?/N/g' "$1"
}

is_made_of() {
    local checksum
    checksum=$(sha256sum <"$2")
    grep -qF "sha256 ${checksum%% *} -->" "$1"
}

sources=("$folder"/*.dot)
[ -e "${sources[0]}" ] || fail "no diagrams in $folder"
drawings=("$folder"/*.svg)
[ "${#sources[@]}" -eq "${#drawings[@]}" ] || fail "${#sources[@]} sources, but ${#drawings[@]} drawings"
for source in "${sources[@]}"; do
    drawing=${source%.dot}.svg
    [ -e "$drawing" ] || fail "$source has no drawing"
    is_made_of "$drawing" "$source" || fail "$drawing is older than its source: run $folder/render.sh"
done

needs dot
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$folder/render.sh" "$work"
for drawing in "${drawings[@]}"; do
    diff -u <(shape "$drawing") <(shape "$work/${drawing##*/}") >&2 || fail "$drawing is not what its source makes"
done
