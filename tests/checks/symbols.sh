#!/usr/bin/env bash
# What the shared library exports, what the version script names and what the headers declare are the same functions.
# The static library, which hides nothing from a linker, takes no name outside `se_`.
#
# usage: symbols.sh SHARED_LIBRARY STATIC_LIBRARY VERSION_SCRIPT INCLUDE_FOLDER COMPILER...
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

shared=$1
static=$2
version_script=$3
include_folder=$4
compiler=("${@:5}")
version_node=$(sed -n 's/^\(SOCKECHO_[0-9.]*\) {$/\1/p' "$version_script")

needs nm "${compiler[0]}"

# The node's own name appears as an absolute symbol. A symbol without the node, or of another kind, keeps its mark and
# so cannot be taken for a function of the script.
exported() {
    nm -D --defined-only --extern-only "$shared" |
        awk -v node="$version_node" '$2 == "A" && $3 ~ "^" node { next }
                                     $2 == "T" { sub("@@" node "$", "", $3); print $3; next }
                                     { print $2 ":" $3 }' | sort
}

named() {
    sed -n 's/^ *\(se_[a-z0-9_]*\);$/\1/p' "$version_script" | sort
}

declared() {
    printf '#include <sockecho.h>\n' | "${compiler[@]}" -E -P -I "$include_folder" -x c - |
        grep -oE '\<se_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -n "$version_node" ] || fail "$version_script has no node SOCKECHO_..."
exported >"$work/exported by the library"
named >"$work/named in the version script"
declared >"$work/declared in the headers"
[ -s "$work/declared in the headers" ] || fail "found no function in the headers"

names_of_static=$(nm --defined-only --extern-only "$static" | awk 'NF == 3 { print $3 }')
grep -qx se_server_new <<<"$names_of_static" || fail "$static has no se_server_new: this check looks at the wrong thing"

wrong=0
cd "$work"
diff -u 'declared in the headers' 'exported by the library' >&2 || wrong=1
diff -u 'declared in the headers' 'named in the version script' >&2 || wrong=1
if foreign=$(grep -v '^se_' <<<"$names_of_static"); then
    say "$static defines names that do not begin with se_: ${foreign//$'\n'/ }"
    wrong=1
fi
exit "$wrong"
