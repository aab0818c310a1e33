#!/usr/bin/env bash
# Fuzzes: builds the targets with libFuzzer (clang) and runs each for a time, two at once, from the corpus in the tree
# on. It says how many inputs each one tried. What breaks a promise is kept as a file, whose name is printed.
#
# usage: tests/fuzz/run.sh [--seconds N] [TARGET]...        60 seconds each, and all targets, unless told
#
# BUILD_DIR is the folder to build in, build-fuzz unless set. New inputs and findings are kept there.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD_DIR:-$root/build-fuzz}
corpus=$root/tests/fuzz/corpus
seconds=60
if [ "${1:-}" = --seconds ]; then
    seconds=${2:?--seconds needs a number}
    shift 2
fi

"$root/tests/install-packages.sh" clang:clang gcc:gcc file:/usr/include/stdio.h:libc6-dev meson:meson \
    ninja:ninja-build pkg-config:pkg-config pkgconfig:check:check
runtime=$(clang -print-resource-dir)/lib/linux/libclang_rt.fuzzer-$(uname -m).a
major=$(clang -dumpversion)
if ! "$root/tests/install-packages.sh" "file:$runtime:libclang-rt-${major%%.*}-dev"; then
    printf 'skipped: there is no libFuzzer for this clang (%s)\n' "$runtime"
    exit 77
fi

if [ ! -f "$build/build.ninja" ]; then
    CC=clang meson setup -Dfuzzing=enabled -Dtests=enabled -Dexamples=enabled -Dwerror=true "$build" "$root"
fi
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
    mapfile -t targets < <(ls "$corpus")
fi
ninja -C "$build" "${targets[@]/#/tests/fuzz/fuzz-}"

# What libFuzzer says last of the edges, and its own statistics.
figures() {
    awk -v target="$1" '/number_of_executed_units/ { units = $2 }
        /average_exec_per_sec/ { rate = $2 }
        / cov: / { edges = $0; sub(/.* cov: /, "", edges); sub(/ .*/, "", edges) }
        END { printf "%s: %d inputs, %d a second, %d edges covered\n", target, units, rate, edges }' "$2"
}

fuzz() {
    local target=$1 found=$build/found/$1 log=$build/found/$1.log
    local limits=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096)
    mkdir -p "$found"
    if "$build/tests/fuzz/fuzz-$target" "${limits[@]}" -print_final_stats=1 -artifact_prefix="$found-" \
        "$found" "$corpus/$target" >"$log" 2>&1 </dev/null; then
        figures "$target" "$log"
    else
        printf '%s: FAILED, the end of %s:\n' "$target" "$log"
        tail -n 40 "$log"
        return 1
    fi
}

export ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
status=0
running=0
for target in "${targets[@]}"; do
    if [ "$running" -eq 2 ]; then
        wait -n || status=1
        running=$((running - 1))
    fi
    fuzz "$target" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
    wait -n || status=1
    running=$((running - 1))
done
exit "$status"
