#!/usr/bin/env bash
# The version in <sockecho/version.h> is the project's, as Meson knows it.
#
# usage: version.sh INCLUDE_FOLDER VERSION COMPILER...
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

include_folder=$1
project_version=$2
compiler=("${@:3}")

needs "${compiler[0]}"
header_version=$(
    "${compiler[@]}" -E -P -I "$include_folder" -x c - <<'EOC' | tail -n 1 | tr -d ' '
#include <sockecho/version.h>
SE_VERSION_MAJOR . SE_VERSION_MINOR . SE_VERSION_PATCH
EOC
)
[ "$header_version" = "$project_version" ] ||
    fail "version.h says '$header_version' and meson.build says '$project_version'"
