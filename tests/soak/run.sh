#!/usr/bin/env bash
# A soak: gigabytes through slow, fast, resetting, half-closing and dribbling clients together, while the server's
# process is stopped, interrupted and robbed of descriptors. Every byte is compared; the descriptors and the memory of
# the process have to stay as they were when it was warm. It ends with a line of the table in docs/reliability.md:
#
# | date | time | echoed | connections | client resets | SIGSTOP | EMFILE | signals | failures | descriptors | memory |
#
# The last two are told twice: warm, and at the end.
#
# usage: tests/soak/run.sh [--gigabytes N] [--seconds N] [--append FILE]
#
# It ends after so many gigabytes or so many seconds (300 unless told), whichever comes first. BUILD_DIR is the folder
# to build in, build-soak unless set.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD_DIR:-$root/build-soak}
export SE_SOAK_SECONDS=300

usage() {
    printf 'usage: %s [--gigabytes N] [--seconds N] [--append FILE]\n' "$0" >&2
    exit 2
}

is_number() {
    [[ $1 =~ ^[1-9][0-9]{0,8}$ ]] || usage
}

while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case $1 in
    --gigabytes) is_number "$2" && export SE_SOAK_GIGABYTES=$2 ;;
    --seconds) is_number "$2" && export SE_SOAK_SECONDS=$2 ;;
    --append) SE_SOAK_RESULT=$(realpath "$2") && export SE_SOAK_RESULT ;;
    *) usage ;;
    esac
    shift 2
done

"$root/tests/install-packages.sh" gcc:gcc file:/usr/include/stdio.h:libc6-dev meson:meson ninja:ninja-build \
    pkg-config:pkg-config pkgconfig:check:check
[ -f "$build/build.ninja" ] || meson setup -Dtests=enabled -Dexamples=disabled "$build" "$root" >&2
ninja -C "$build" tests/soak/soak >&2
exec "$build/tests/soak/soak"
