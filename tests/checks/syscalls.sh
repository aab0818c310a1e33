#!/usr/bin/env bash
# A small echo is cheap: this counts the system calls that one side makes for 64 bytes there and back, over one
# connection between two processes. Setting up costs the same however many echoes follow, so the difference between a
# long and a short run is what the echoes cost.
#
# usage: syscalls.sh DRIVER client blocking|timeout|non-blocking LIMIT
#        syscalls.sh DRIVER server epoll|poll LIMIT
#        LIMIT is the number of system calls that an echo may cost.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

driver=$1
side=$2
variant=$3
limit=$4
few=1000
many=11000

needs strace
work=$(mktemp -d)
server=
clean_up() {
    [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap clean_up EXIT
reason=$(strace -f -c -o "$work/trace" true 2>&1) || skip "strace cannot trace here: $reason"

# Runs the rest under strace where the side, $1, is the one to count.
run() {
    if [ "$1" = "$side" ]; then
        strace -f -c -o "$work/trace" "$driver" "$@"
    else
        "$driver" "$@"
    fi
}

start_server() {
    local poller=poll
    [ "$side" = client ] || poller=$variant
    rm -f "$work/ready"
    mkfifo "$work/ready"
    # A client that never has to wait would show nothing of what waiting costs.
    if [ "$variant" = non-blocking ]; then
        run late echo >"$work/ready" &
    else
        run server "$poller" >"$work/ready" &
    fi
    server_job=$!
    read -r port server <"$work/ready" || fail 'the server did not start'
}

stop_server() {
    kill -TERM "$server"
    server=
    wait "$server_job" || [ "$variant" = non-blocking ]
}

# How many system calls the side made for $1 echoes, without those that were the caller's own.
calls_for() {
    local mode=blocking
    [ "$side" = server ] || mode=$variant
    start_server
    run client "$mode" "$port" "$1" >"$work/own-polls"
    stop_server
    cp "$work/trace" "$work/trace-of-$1"
    local own=0
    [ "$side" = server ] || own=$(<"$work/own-polls")
    # "% time  seconds  usecs/call  calls  [errors]  name"
    calls=$(awk -v own="$own" '$4 ~ /^[0-9]+$/ && $NF != "total" { calls += $4 } END { print calls - own }' "$work/trace")
}

calls_for "$few"
calls_of_few=$calls
calls_for "$many"
calls_of_many=$calls

printf '%s\n' "what $side ($variant) calls for $many echoes:"
cat "$work/trace-of-$many"
each=$(awk -v a="$calls_of_few" -v b="$calls_of_many" -v n="$((many - few))" 'BEGIN { printf "%.3f", (b - a) / n }')
printf '%s system calls an echo, %s allowed\n' "$each" "$limit"
# A wait that a signal or a timer ends early costs a call now and then: the limit holds to two digits.
awk -v each="$each" -v limit="$limit" 'BEGIN { exit !(each > 1 && each < limit + 0.01) }' ||
    fail "$side ($variant) makes $each system calls an echo, not more than 1 and up to $limit"
