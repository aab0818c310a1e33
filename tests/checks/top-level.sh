#!/usr/bin/env bash
# The top level of the repository holds what a reader expects there, dot files, and nothing else. Only what git tracks
# counts: a program that somebody tries in the clone does not. An archive of a release holds what was tracked, and nothing
# in it tells that from what came later, so that there is nothing to look at.
#
# usage: top-level.sh SOURCE_FOLDER
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

expected='meson\.build|meson_options\.txt|README\.md|LICENSE|include|lib|examples|tests|docs|\..*'

cd "$1"
[ -e .git ] || skip 'there is no git repository here that tells what belongs to it'
needs git
entries=$(git ls-files --cached | cut -d/ -f1 | sort -u)
[ -n "$entries" ] || fail 'there is no file'
if unexpected=$(grep -vxE "$expected" <<<"$entries"); then
    fail "not expected at the top level: ${unexpected//$'\n'/ }"
fi
