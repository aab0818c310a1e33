#!/usr/bin/env bash
# Fetches the source of Check, the library that the tests stand on, for the machines that Debian has no package of it
# for. It comes from the archive that this machine's package comes from, through lists of packages of its own: the lists
# and the settings of the machine stay as they are.
#
# usage: check-source.sh FOLDER        afterwards FOLDER holds the source; it does nothing where FOLDER exists
set -euo pipefail

target=$1
[ ! -d "$target" ] || exit 0

say() {
    printf 'check-source.sh: %s\n' "$*" >&2
}

# "URI SUITE COMPONENT" of the archive, as in: 500 http://deb.debian.org/debian bookworm/main amd64 Packages
archive() {
    LC_ALL=C apt-cache policy check | awk '$1 ~ /^[0-9]+$/ && $2 ~ /:\/\// { sub("/", " ", $3); print $2, $3; exit }'
}

if ! command -v apt-get >/dev/null; then
    say "there is no apt-get here; please put the source of Check into $target"
    exit 1
fi
from=$(archive)
[ -n "$from" ] || { say "no archive offers the package 'check'" && exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/lists"
printf 'deb-src %s\n' "$from" >"$work/sources.list"

apt() {
    apt-get -q -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=- \
        -o "Dir::State::Lists=$work/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User= "$@" </dev/null >&2
}

say "fetching the source of Check from: $from"
apt update
(cd "$work" && apt source check)
mkdir -p "$(dirname "$target")"
mv "$work"/check-*/ "$target"
