#!/usr/bin/env bash
# The top level of the repository holds what a reader expects there, dot files, and nothing else. Files that are not
# committed yet count, ignored ones do not. An archive of a release has no git: there every file counts but build folders.
#
# usage: top-level.sh SOURCE_FOLDER
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

expected='meson\.build|meson_options\.txt|README\.md|LICENSE|include|lib|examples|tests|docs|\..*'

entries() {
    if [ -e .git ]; then
        needs git
        git ls-files --cached --others --exclude-standard | cut -d/ -f1 | sort -u
    else
        find . -mindepth 1 -maxdepth 1 ! -name build ! -name 'build-*' -printf '%P\n'
    fi
}

cd "$1"
entries=$(entries)
[ -n "$entries" ] || fail 'there is no file'
if unexpected=$(grep -vxE "$expected" <<<"$entries"); then
    fail "not expected at the top level: ${unexpected//$'\n'/ }"
fi
