#!/usr/bin/env bash
# Measures which lines and branches of lib/ the tests reach, names those that none reaches, and fails where there is
# one.
#
# usage: tests/coverage/run.sh
#
# Two builds, because what is left out with epoll and eventfd is there without them: the second one needs the unit tests
# alone. COVERAGE_DIR is the folder to build in, build-coverage unless set; report/index.html in it shows each line.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${COVERAGE_DIR:-$root/build-coverage}
least_lines=100
least_branches=100

# The suites that count, for each build.
plain_suites=(unit loopback programs faults simulation)
portable_suites=(unit)

say() {
    printf 'coverage/run.sh: %s\n' "$*" >&2
}

# measure NAME "SUITES" [OPTION]...: builds, tests, and leaves the figures in NAME.json.
measure() {
    local name=$1 suites=() suite
    for suite in $2; do
        suites+=(--suite "$suite")
    done
    shift 2
    rm -rf "${build:?}/$name"
    # Threads count into the same figures: without atomic updates some would be lost.
    meson setup -Db_coverage=true -Dc_args=-fprofile-update=atomic -Dbuildtype=debug "$@" "$build/$name" "$root"
    # Where a test fails the figures are still of use, but the run fails.
    BUILD_DIR=$build/$name CK_TIMEOUT_MULTIPLIER=3 SE_TEST_SLOW=2 \
        "$root/tests/run.sh" "${suites[@]}" --timeout-multiplier 3 || status=1
    gcovr --root "$root" --filter "$root/lib/" --json "$build/$name.json" "$build/$name"
}

report() {
    mkdir -p "$build/report"
    gcovr --root "$root" --add-tracefile "$build/plain.json" --add-tracefile "$build/portable.json" \
        --json "$build/all.json" --html-details "$build/report/index.html" "$@"
}

"$root/tests/install-packages.sh" gcc:gcc file:/usr/include/stdio.h:libc6-dev meson:meson ninja:ninja-build \
    gcovr:gcovr python3:python3-minimal
mkdir -p "$build"
status=0
export CC=gcc
measure plain "${plain_suites[*]}"
measure portable "${portable_suites[*]}" -Depoll=disabled -Deventfd=disabled

too_few=0
report --print-summary --fail-under-line "$least_lines" --fail-under-branch "$least_branches" || too_few=1
"$root/tests/coverage/missed.py" "$build/all.json" "$root"
if [ "$too_few" -ne 0 ]; then
    status=1
    say "less than $least_lines % of the lines or $least_branches % of the branches; see $build/report/index.html"
fi
exit "$status"
