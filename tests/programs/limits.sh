#!/usr/bin/env bash
# What the limits of sockecho-server do, seen from outside: each option has an effect that no other one has.
#
# usage: limits.sh SOCKECHO_SERVER SOCKECHO_CLIENT
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1
client=$2

microseconds() {
    printf '%s' "${EPOCHREALTIME//[!0-9]/}"
}

# connection_gets_fin: the end of descriptor 7 and nothing before it. A reset would be an error.
connection_gets_fin() {
    local result=0
    read -r -t 30 -N 1 reply <&7 2>"$scratch/read-err" || result=$?
    [ "$result" -eq 1 ] && [ ! -s "$scratch/read-err" ]
}

max_connections_resets_who_comes_beyond() {
    start_server "$server" --max-connections 1
    hold_connection && is_reset || return 1
    drop_connection
    await is_served
}

max_per_address_resets_who_comes_beyond() {
    start_server "$server" --max-per-address 1
    hold_connection && is_reset || return 1
    drop_connection
    await is_served
}

# hold_unix_connection: descriptor 5 keeps open the stdin of a client whose connection the server has accepted.
hold_unix_connection() {
    mkfifo "$scratch/to-client"
    : >"$scratch/from-client"
    "$client" --unix "$scratch/socket" <"$scratch/to-client" >"$scratch/from-client" &
    client_pid=$!
    exec 5>"$scratch/to-client"
    rm "$scratch/to-client"
    printf x >&5
    await test -s "$scratch/from-client"
}

drop_unix_connection() {
    exec 5>&-
    ended "$client_pid"
}

is_served_through_unix_socket() {
    echoes hello --unix "$scratch/socket" hello
}

# Peers of a unix socket have no address, which tells the two limits apart.
max_connections_counts_unix_peers() {
    start "$server" --unix "$scratch/socket" --max-connections 1
    hold_unix_connection || return 1
    run "$client" -t 10 --unix "$scratch/socket" hello
    failed_with 1 sockecho-client 'message 1' || return 1
    drop_unix_connection
    await is_served_through_unix_socket && ends_with_0
}

max_per_address_does_not_count_unix_peers() {
    start "$server" --unix "$scratch/socket" --max-per-address 1
    hold_unix_connection && is_served_through_unix_socket || return 1
    drop_unix_connection
    ends_with_0
}

is_stopped() {
    local state
    read -r _ _ state _ <"/proc/$pid/stat"
    [ "$state" = T ]
}

# asks_in_vain TEXT: nobody answers; the text says how far the client came.
asks_in_vain() {
    run "$client" -t 0.3 -p "$port" 127.0.0.1 hello
    failed_with 1 sockecho-client "$1: timed out"
}

# Nobody accepts while the server is stopped. The kernel lets one more wait than it was told.
backlog_bounds_those_who_wait() {
    start_server "$server" --backlog 1
    kill -STOP "$pid"
    await is_stopped && asks_in_vain 'message 1' && asks_in_vain 'message 1' && asks_in_vain "port $port" || return 1
    kill -CONT "$pid"
    await is_served
}

threads_of_server() {
    find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l
}

# serves_at_once COUNT: so many clients, each of which gets its own message back.
serves_at_once() {
    local number pids=()
    for number in $(seq "$1"); do
        timeout 30 "$client" -t 20 -p "$port" 127.0.0.1 "message $number" >"$scratch/out-$number" &
        pids+=("$!")
    done
    for number in $(seq "$1"); do
        ended "${pids[number - 1]}"
        [ "$status" -eq 0 ] && [ "$(cat "$scratch/out-$number")" = "message $number" ] || return 1
    done
}

workers_are_threads_that_serve() {
    local with_one
    start_server "$server" && is_served || return 1
    with_one=$(threads_of_server)
    start_server "$server" --workers 3
    serves_at_once 20 || return 1
    [ "$(threads_of_server)" -eq $((with_one + 2)) ] && ends_with_0
}

# The time begins with the last byte, which comes after this reading of the clock.
idle_timeout_ends_idle_connection() {
    local begin
    start_server "$server" --idle-timeout 0.2
    begin=$(microseconds)
    hold_connection && connection_gets_fin && [ $(($(microseconds) - begin)) -ge 200000 ] && drop_connection
}

# Whoever only sends is blocked after some megabytes, until the server cuts it. The default is 30 seconds.
stall_timeout_cuts_peer_that_never_reads() {
    local result=0
    start_server "$server" --stall-timeout 0.3
    hold_connection || return 1
    timeout 20 cat /dev/zero >&7 || result=$?
    drop_connection
    [ "$result" -ne 0 ] && [ "$result" -ne 124 ]
}

# The place of a peer that got FIN and does not answer it is free again soon. The default is 5 seconds.
linger_timeout_bounds_the_wait_for_the_peer() {
    local begin
    start_server "$server" --max-connections 1 --idle-timeout 0.1 --linger-timeout 0.2
    hold_connection && connection_gets_fin || return 1
    begin=$(microseconds)
    await is_served && [ $(($(microseconds) - begin)) -lt 4500000 ] && drop_connection
}

# ends_soon OPTION...: after a signal, with a connection whose peer does not end it. The default is 5 seconds.
ends_soon() {
    local begin
    start_server "$server" "$@"
    hold_connection || return 1
    begin=$(microseconds)
    ends_with_0 && [ $(($(microseconds) - begin)) -lt 4500000 ] && drop_connection
}

# timer_of_server: which timer of the kernel runs on the server's end of its connection, and for how many ticks yet.
timer_of_server() {
    awk -v port="$(printf ':%04X' "$port")" 'index($2, port) == 9 && $4 == "01" { print $6 }' /proc/net/tcp
}

# 02 is the keepalive timer. Until the peer has acknowledged the echo, another timer runs.
keepalive_timer_is_below() {
    local timer
    timer=$(timer_of_server)
    [[ $timer == 02:* ]] && [ $((16#${timer#02:})) -le $(($1 * $(getconf CLK_TCK))) ]
}

no_timer_runs() {
    [[ $(timer_of_server) == 00:* ]]
}

# keepalive_gives SECONDS COMMAND ARGUMENT...: of a connection that was made while the server ran.
keepalive_gives() {
    start_server "$server" --keepalive "$1"
    is_served && hold_connection && await "${@:2}" && drop_connection
}

serves_with() {
    start_server "$server" "$@"
    is_served && ends_with_0
}

check '--max-connections 1 resets the second peer' max_connections_resets_who_comes_beyond
check '--max-connections 1 counts peers of a unix socket' max_connections_counts_unix_peers
check '--max-per-address 1 resets the second peer of an address' max_per_address_resets_who_comes_beyond
check '--max-per-address 1 does not count peers of a unix socket' max_per_address_does_not_count_unix_peers
check '--backlog 1 bounds those who wait to be accepted' backlog_bounds_those_who_wait
check '--workers 3 serves 20 clients with three threads' workers_are_threads_that_serve
check '--idle-timeout ends an idle connection with FIN' idle_timeout_ends_idle_connection
check '--stall-timeout cuts a peer that never reads' stall_timeout_cuts_peer_that_never_reads
check '--linger-timeout bounds the wait for the end of a peer' linger_timeout_bounds_the_wait_for_the_peer
check '--drain-timeout 0 cuts at the first signal' ends_soon --drain-timeout 0
check '--drain-timeout 0.2 cuts soon after the first signal' ends_soon --drain-timeout 0.2
check '--keepalive 20 makes the kernel ask after 20 seconds' keepalive_gives 20 keepalive_timer_is_below 20
check '--keepalive 0 makes the kernel never ask' keepalive_gives 0 no_timer_runs
for name in idle stall linger drain; do
    check "--$name-timeout may be none" serves_with "--$name-timeout" none
    check "--$name-timeout may be a million seconds" serves_with "--$name-timeout" 1000000
    check "--$name-timeout may begin with its point" serves_with "--$name-timeout" .5
done
check 'limits of number may be 0' serves_with --max-connections 0 --max-per-address 0 --backlog 0
check 'limits may have their highest values' serves_with --max-connections 1000000 --max-per-address 1000000 \
    --backlog 65535 --keepalive 32767 --busy-poll 1000000
check 'the last one of an option counts' serves_with --max-connections 1 --max-connections 1000 --workers=2 --workers=1

end_of_tests
