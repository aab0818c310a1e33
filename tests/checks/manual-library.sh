#!/usr/bin/env bash
# sockecho(3) declares every function that the library exports, as the headers do: the compiler reads both. Its example,
# compiled as it stands, prints what the page says.
#
# usage: manual-library.sh PAGE VERSION_MAP INCLUDE_FOLDER EXAMPLE COMPILER...
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

page=$1
map=$2
include_folder=$3
example=$4
compiler=("${@:5}")
mdoc=$(dirname "$0")/mdoc.py

needs "${compiler[0]}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$mdoc" declarations "$page" >"$work/declarations"
{ printf '#include <sockecho.h>\n' && cat "$work/declarations"; } >"$work/declarations.c"
"${compiler[@]}" -std=c11 -Wall -Wextra -Werror -fsyntax-only -I "$include_folder" "$work/declarations.c" ||
    fail "$page declares something else than the headers"

grep -o 'se_[a-z_]*;' "$map" | tr -d ';' | LC_ALL=C sort >"$work/exported"
sed -n 's/.*[ *]\(se_[a-z_]*\)(.*/\1/p' "$work/declarations" | LC_ALL=C sort >"$work/declared"
diff -u "$work/exported" "$work/declared" >&2 || fail "$page does not declare each function of $map once"

"$mdoc" block 2 "$page" >"$work/promised"
timeout 30 "$example" >"$work/printed" || fail "the example of $page fails"
diff -u "$work/promised" "$work/printed" >&2 || fail "the example does not print what $page says"
