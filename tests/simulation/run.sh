#!/usr/bin/env bash
# Simulates for longer than the tests do: the worlds of a seed, until so many connections have lived in them or the time
# is over. The seed is printed; without one it is the time in seconds, so that every run sees other worlds.
#
# usage: tests/simulation/run.sh [--lives N] [--seconds N] [--seed N|date] [--server|--client] [--world N]
#
# BUILD_DIR is the folder to build in, build-simulation unless set.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD_DIR:-$root/build-simulation}

"$root/tests/install-packages.sh" gcc:gcc file:/usr/include/stdio.h:libc6-dev meson:meson ninja:ninja-build \
    pkg-config:pkg-config pkgconfig:check:check

[ -f "$build/build.ninja" ] || meson setup -Dtests=enabled -Dexamples=disabled "$build" "$root"
ninja -C "$build" tests/simulation/simulation

wishes=("$@")
case " $* " in *' --seed '*) ;; *) wishes+=(--seed "$(date +%s)") ;; esac
case " $* " in *' --lives '* | *' --seconds '* | *' --world '*) ;; *) wishes+=(--lives 20000000) ;; esac
exec "$build/tests/simulation/simulation" "${wishes[@]}"
