#!/bin/sh
# Makes sure that the tools are there which a script is about to use, and installs what is missing on Debian and its
# relatives. On any other system it names the Debian packages and fails, because only a person knows what they are
# called there. When nothing is missing it does nothing, on every system.
#
# usage: install-packages.sh ITEM...
#   COMMAND:PACKAGE          the command is on the PATH
#   pkgconfig:NAME:PACKAGE   pkg-config knows the library
#   file:PATH:PACKAGE        the file exists
set -eu

say() {
    printf 'install-packages.sh: %s\n' "$*" >&2
}

is_there() {
    case $1 in
    pkgconfig:*:*)
        name=${1#pkgconfig:}
        pkg-config --exists "${name%:*}" 2>/dev/null
        ;;
    file:*:*)
        path=${1#file:}
        test -e "${path%:*}"
        ;;
    *)
        command -v "${1%:*}" >/dev/null
        ;;
    esac
}

packages_of_missing() {
    for item; do
        is_there "$item" || printf '%s\n' "${item##*:}"
    done | sort -u
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt() {
    # A fresh machine may still be busy with its own updates: wait for the lock instead of failing at once.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null >&2
}

for item; do
    case $item in
    ?*:?*) ;;
    *)
        say "not COMMAND:PACKAGE: '$item'"
        exit 2
        ;;
    esac
done

missing=$(packages_of_missing "$@")
[ -n "$missing" ] || exit 0
# One line, for the messages and for the command line of apt-get.
missing=$(printf '%s' "$missing" | tr '\n' ' ')

if ! command -v apt-get >/dev/null; then
    say "there is no apt-get here; please install what these Debian packages hold: $missing"
    exit 1
fi
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    say "neither root nor sudo; please install these packages: $missing"
    exit 1
fi

say "installing: $missing"
apt update
# The names of packages hold no blanks, so that the shell may split them.
# shellcheck disable=SC2086
apt install -y --no-install-recommends $missing

still_missing=$(packages_of_missing "$@" | tr '\n' ' ')
if [ -n "$still_missing" ]; then
    say "still missing after the installation: $still_missing"
    exit 1
fi
