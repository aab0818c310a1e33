# What every check shares. Sourced, not run.
#
# A check is a script that gets all it looks at as arguments. It exits 0 when all is well, 1 when something is wrong
# and 77 (skipped, as Meson reads it) when it could not look; it says why on stderr.
# shellcheck shell=bash

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

fail() {
    say "$@"
    exit 1
}

skip() {
    say "$@"
    exit 77
}

needs() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
}
