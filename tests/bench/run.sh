#!/usr/bin/env bash
# Measures the library beside a bare epoll loop and servers on other libraries, and reports text, JSON and plots. It needs
# no root; a server whose library is not installed is left out, and the report says so.
#
# usage: tests/bench/run.sh [--quick] [--rounds N] [--seconds S] [--only PART,...] [--servers NAME,...] [--output FOLDER]
#        --help tells more.
#
# BUILD_DIR is the folder to build in, build-bench unless set. The report is in its report/ unless --output names a folder.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD_DIR:-$root/build-bench}
options=(-Dbuildtype=release -Dbench=enabled -Dexamples=enabled -Dtests=disabled)

"$root/tests/install-packages.sh" gcc:gcc file:/usr/include/stdio.h:libc6-dev meson:meson ninja:ninja-build \
    pkg-config:pkg-config python3:python3

{
    if [ -f "$build/build.ninja" ]; then
        meson configure "${options[@]}" "$build"
    else
        meson setup "${options[@]}" "$build" "$root"
    fi
    ninja -C "$build"
} >&2

PYTHONPATH=$root/tests/bench exec python3 -B -m driver --build "$build" "$@"
