#!/usr/bin/env bash
# Makes the runs of the fault matrix: the library meets every fault of tests/faults/table.c at every call that it makes
# in every scenario. It builds what it needs, prints each run that was not clean with the name that repeats it, and ends
# with the number of runs and the time they took.
#
# usage: tests/faults/run.sh --full                    all runs
#        tests/faults/run.sh --one-in N [--seed S]     one in N of them, by the seed
#        tests/faults/run.sh --only "NAME OF A RUN"    that one
#        tests/faults/run.sh --scenario NAME           all runs of one scenario
#
# BUILD_DIR is the folder to build in, build-faults unless set.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD_DIR:-$root/build-faults}

"$root/tests/install-packages.sh" gcc:gcc file:/usr/include/stdio.h:libc6-dev meson:meson ninja:ninja-build \
    pkg-config:pkg-config pkgconfig:check:check

[ $# -gt 0 ] || set -- --full
[ "$1" != --full ] || shift
[ -f "$build/build.ninja" ] || meson setup -Dtests=enabled "$build" "$root" >&2
ninja -C "$build" tests/faults/faults >&2
exec "$build/tests/faults/faults" "$@"
