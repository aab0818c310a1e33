#!/usr/bin/env bash
# Each public header compiles alone, with every warning an error: it includes what it needs, it may be included twice,
# and it is plain C99, C11 or C++17.
#
# usage: headers.sh INCLUDE_FOLDER STANDARD COMPILER...
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

include_folder=$1
standard=$2
compiler=("${@:3}")
warnings=(-pedantic -Wall -Wextra -Wconversion -Wshadow -Werror)

case $standard in
c++*) language=c++ ;;
*)
    language=c
    warnings+=(-Wstrict-prototypes)
    ;;
esac

compile() {
    "${compiler[@]}" -x "$language" "-std=$standard" "${warnings[@]}" -fsyntax-only "$@" -
}

needs "${compiler[0]}"
compile <<<'int nothing;' 2>/dev/null || skip "${compiler[*]} cannot compile $standard"

mapfile -t headers < <(cd "$include_folder" && find . -name '*.h' | sed 's|^\./||' | sort)
[ "${#headers[@]}" -gt 0 ] || fail "no header under $include_folder"

wrong=0
for header in "${headers[@]}"; do
    compile -I "$include_folder" <<<"#include <$header>
#include <$header>" || {
        say "$header does not compile alone as $standard"
        wrong=1
    }
done
exit "$wrong"
