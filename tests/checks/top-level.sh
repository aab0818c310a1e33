#!/usr/bin/env bash
# The top level of the repository holds what a reader expects there, dot files, and nothing else. Files that are not
# committed yet count, ignored ones do not.
#
# usage: top-level.sh SOURCE_FOLDER
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

expected='meson\.build|meson_options\.txt|README\.md|LICENSE|include|lib|examples|tests|docs|\..*'

needs git
cd "$1"
[ "$(git rev-parse --show-cdup 2>&1)" = '' ] || skip "$1 is not the top of a git repository"
entries=$(git ls-files --cached --others --exclude-standard | cut -d/ -f1 | sort -u)
[ -n "$entries" ] || fail 'git lists no file'
if unexpected=$(grep -vxE "$expected" <<<"$entries"); then
    fail "not expected at the top level: ${unexpected//$'\n'/ }"
fi
