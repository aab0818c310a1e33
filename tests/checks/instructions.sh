#!/usr/bin/env bash
# A small echo is cheap above the system calls as well: this counts the instructions that the server executes in user
# space for 64 bytes there and back, libc's share included. Starting costs the same however many echoes follow, so the
# difference between a long and a short run is what the echoes cost. How many connections share a turn depends on who runs
# when, so both sides have one processor, and the server never takes it from the client: it runs when all have been sent.
#
# usage: instructions.sh DRIVER CONNECTIONS LIMIT
#        LIMIT is the number of instructions that an echo may cost when so many connections are ready at once.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

driver=$1
connections=$2
limit=$3
few=2000
many=12000

needs valgrind taskset chrt
work=$(mktemp -d)
server_job=
clean_up() {
    [ -z "$server_job" ] || kill -TERM "$server_job" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap clean_up EXIT

first_cpu() {
    taskset --cpu-list --pid $$ | sed 's/.*: //; s/[-,].*//'
}

# A batch process waits for its turn when it wakes.
in_turn() {
    chrt --batch 0 taskset --cpu-list "$cpu" "$@"
}

start_server() {
    rm -f "$work/ready" "$work/profile"
    mkfifo "$work/ready"
    in_turn valgrind --quiet --tool=callgrind --callgrind-out-file="$work/profile" "$driver" server epoll >"$work/ready" &
    server_job=$!
    read -r port server <"$work/ready" || fail 'the server did not start'
}

stop_server() {
    kill -TERM "$server"
    wait "$server_job" || fail 'the server did not end well'
    server_job=
}

instructions_for() {
    start_server
    in_turn "$driver" crowd "$connections" "$port" "$1"
    stop_server
    instructions=$(awk '$1 == "summary:" || $1 == "totals:" { print $2; exit }' "$work/profile")
}

cpu=$(first_cpu)
instructions_for "$few"
of_few=$instructions
instructions_for "$many"
each=$(((instructions - of_few) / (many - few)))
printf '%d instructions an echo with %d connections, %d allowed\n' "$each" "$connections" "$limit"
# A dozen would not even make the system calls.
[ "$each" -gt 50 ] || fail "$each instructions an echo are too few to be true"
[ "$each" -le "$limit" ] || fail "the server executes $each instructions an echo, more than $limit"
