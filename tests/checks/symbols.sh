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
needs nm "${compiler[0]}"

# "NAME@@NODE" of each function. A node's own name appears as an absolute symbol. A symbol without a node, or of another
# kind, cannot be taken for a function of the script.
exported() {
    nm -D --defined-only --extern-only "$shared" |
        awk '$2 == "A" && $3 ~ /^SOCKECHO_/ { next }
             $2 == "T" { print $3; next }
             { print $2 ":" $3 }' | sort
}

# A release that adds functions adds a node.
named() {
    awk '/^SOCKECHO_[0-9.]+ \{$/ { node = $1 }
         /^ *se_[a-z0-9_]+;$/ { sub(";", "", $1); print $1 "@@" node }' "$version_script" | sort
}

declared() {
    printf '#include <sockecho.h>\n' | "${compiler[@]}" -E -P -I "$include_folder" -x c - |
        grep -oE '\<se_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
exported >"$work/exported by the library"
named >"$work/named in the version script"
sed 's/@@.*//' "$work/named in the version script" | sort >"$work/named without versions"
declared >"$work/declared in the headers"
[ -s "$work/declared in the headers" ] || fail "found no function in the headers"

names_of_static=$(nm --defined-only --extern-only "$static" | awk 'NF == 3 { print $3 }')
grep -qx se_server_new <<<"$names_of_static" || fail "$static has no se_server_new: this check looks at the wrong thing"

wrong=0
cd "$work"
diff -u 'named in the version script' 'exported by the library' >&2 || wrong=1
diff -u 'declared in the headers' 'named without versions' >&2 || wrong=1
if foreign=$(grep -v '^se_' <<<"$names_of_static"); then
    say "$static defines names that do not begin with se_: ${foreign//$'\n'/ }"
    wrong=1
fi
exit "$wrong"
