# What the tests of sockecho-client --load share, on top of common.sh. Sourced, not run.
# shellcheck shell=bash disable=SC2034,SC2154

# load ARGUMENT...
load() {
    run "$client" --load -t 10 -p "$port" "$@" 127.0.0.1 </dev/null
}

succeeded() {
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ]
}

# says PATTERN: a line of the summary.
says() {
    grep -qxE "$1" "$scratch/out"
}
