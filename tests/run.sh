#!/usr/bin/env bash
# Runs every test: installs what is missing (on Debian and its relatives; elsewhere it names the packages), builds
# everything with warnings as errors, runs the tests, says what was skipped and why, and ends with the totals.
#
# usage: tests/run.sh [ARGUMENT OF meson test]...       for example: tests/run.sh --suite loopback
#
# BUILD_DIR is the folder to build in, build-tests unless set. It can be kept: the next run builds only what changed.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD_DIR:-$root/build-tests}
options=(-Dwerror=true -Dtests=enabled -Dexamples=enabled -Ddocs=enabled)

"$root/tests/install-packages.sh" gcc:gcc g++:g++ file:/usr/include/stdio.h:libc6-dev nm:binutils meson:meson \
    ninja:ninja-build pkg-config:pkg-config pkgconfig:check:check cmake:cmake strace:strace valgrind:valgrind \
    ctags:universal-ctags git:git pkgconfig:glib-2.0:libglib2.0-dev pkgconfig:libuv:libuv1-dev \
    systemd-socket-activate:systemd mandoc:mandoc doxygen:doxygen python3:python3 spin:spin \
    cmark-gfm:cmark-gfm dot:graphviz \
    autoconf:autoconf automake:automake make:make abidiff:abigail-tools

if [ -f "$build/build.ninja" ]; then
    meson configure "${options[@]}" "$build"
else
    meson setup "${options[@]}" "$build" "$root"
fi
ninja -C "$build"

rm -f "$build"/meson-logs/testlog*.json
status=0
meson test -C "$build" --print-errorlogs "$@" || status=$?
"$root/tests/checks/totals.py" "$build"/meson-logs/testlog*.json || status=1
exit "$status"
