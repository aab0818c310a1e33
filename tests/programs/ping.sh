#!/usr/bin/env bash
# sockecho-client -n and --ping as a person meets it: a line a reply, the summary, what is lost and how it goes on. The
# signals have ping-signals.sh.
#
# usage: ping.sh SOCKECHO_SERVER SOCKECHO_CLIENT SCRIPTED_PEER
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
# shellcheck source=/dev/null
. "$(dirname "$0")/ping-common.sh"

server=$1
client=$2
scripted_peer=$3
number='[0-9]+\.[0-9]{3}'

start_server "$server"

# measures COUNT SIZE ARGUMENT...: a line for each round trip and the summary.
measures() {
    local count=$1 size=$2 seq
    shift 2
    ping -n "$count" "$@" 127.0.0.1
    succeeded && [ "$(wc -l <"$scratch/out")" -eq $((count + 2)) ] || return 1
    for seq in $(seq "$count"); do
        says "$size bytes? from 127\.0\.0\.1:$port: seq=$seq rtt=$number ms" || return 1
    done
    says "$count sent, $count returned, 0 lost" && says "rtt min/avg/max = $number/$number/$number ms"
}

# Three round trips have two intervals between them, in microseconds of this shell's clock.
waits_between_round_trips() {
    local begin=${EPOCHREALTIME//[!0-9]/}
    measures 3 64 -w 0.2 || return 1
    [ $((${EPOCHREALTIME//[!0-9]/} - begin)) -ge 400000 ]
}

# tells COUNT NAMES: of so many round trips these figures, in order, and none is less than the one before it.
tells() {
    ping -n "$1" -w 0 127.0.0.1
    succeeded && says "rtt $2 = $number(/$number)+ ms" || return 1
    # The second one, the average, has no place in that order.
    sed -n 's|^rtt .* = \([^/]*\)/[^/]*/\(.*\) ms$|\1/\2|p' "$scratch/out" | tr / '\n' >"$scratch/figures"
    sort -C -n "$scratch/figures"
}

# fills CHARACTER BYTES: what a message of five bytes holds.
fills() {
    begin_held_ping -n 1 -f "$1" || return 1
    let_echo_go
    end_held_ping
    succeeded && [ "$bytes" = "$2" ]
}

# Unless told so, no byte is like its neighbour.
varies_bytes() {
    begin_held_ping -n 1 || return 1
    let_echo_go
    end_held_ping
    succeeded && [ "$bytes" = 0102030405 ]
}

loses_by_kind_and_goes_on() {
    start "$scripted_peer" short echo
    run "$client" -p "$line" -n 3 -w 0 -s 5 127.0.0.1 </dev/null
    [ "$status" -eq 1 ] && complains 1 && grep -q 'seq=1: the peer closed' "$scratch/err" &&
        says "5 bytes from 127\.0\.0\.1:$line: seq=2 .*" && says "5 bytes from 127\.0\.0\.1:$line: seq=3 .*" &&
        says '3 sent, 2 returned, 1 lost \(1 short\)'
}

# What is timed out has to be that alone: the others have time enough.
loses_in_every_way() {
    start "$scripted_peer" short reset wrong silent echo
    run "$client" -p "$line" -n 6 -w 0 -s 5 -t 3 127.0.0.1 </dev/null
    [ "$status" -eq 1 ] && complains 4 && grep -q 'seq=1: the peer closed' "$scratch/err" &&
        grep -q 'seq=2: connection reset' "$scratch/err" && grep -q 'seq=3: .*, first at offset 2$' "$scratch/err" &&
        grep -q 'seq=4: timed out' "$scratch/err" &&
        says '6 sent, 2 returned, 4 lost \(1 timed out, 1 reset, 1 short, 1 mismatched\)' &&
        says "rtt min/avg/max = $number/$number/$number ms"
}

reports_byte_too_many_at_end() {
    start "$scripted_peer" long
    run "$client" -p "$line" -n 1 -s 5 127.0.0.1 </dev/null
    failed_with 1 sockecho-client 'the server sent more than the echo' && says '1 sent, 1 returned, 0 lost'
}

# The server comes when two have been refused already.
goes_on_when_server_comes() {
    local socket=$scratch/socket
    mkfifo "$scratch/errors"
    "$client" --unix "$socket" --ping -w 0.05 >"$scratch/out" 2>"$scratch/errors" </dev/null &
    client_pid=$!
    exec 6<"$scratch/errors"
    rm "$scratch/errors"
    next_line && next_line && [[ $line == *"seq=2: cannot connect to unix socket '$socket': no such file"* ]] || return 1
    start "$server" --unix "$socket"
    await says "64 bytes from unix:$socket: seq=[0-9]+ rtt=$number ms" || return 1
    kill -INT "$client_pid"
    cat <&6 >"$scratch/err"
    ended "$client_pid"
    exec 6<&-
    [ "$status" -eq 1 ] && says '[0-9]+ sent, [1-9][0-9]* returned, [0-9]+ lost \([0-9]+ refused\)' && ends_with_0
}

loses_all_where_nobody_listens() {
    run "$client" -p "$refused_port" -n 2 -w 0 127.0.0.1 </dev/null
    [ "$status" -eq 1 ] && complains 2 &&
        grep -q "seq=1: cannot connect to '127.0.0.1' port $refused_port: connection refused" "$scratch/err" &&
        [ "$(cat "$scratch/out")" = '2 sent, 0 returned, 2 lost (2 refused)' ]
}

# A label of more than 63 letters is no name that a resolver would ask anyone about.
ends_at_unknown_host() {
    local host
    host=$(printf '%070d' 0 | tr 0 x)
    ping -n 3 -w 0 "$host"
    failed_with 1 sockecho-client "'$host'" && [ ! -s "$scratch/out" ]
}

is_queue_full() {
    run "$client" --unix "$1" -n 1 -t 0.1 </dev/null
    grep -q "seq=1: cannot connect to unix socket '$1': timed out" "$scratch/err"
}

# A server that stands still accepts nobody, and each ping that gives up leaves its connection in the queue.
waits_for_room_in_queue() {
    local socket=$scratch/queue
    start "$server" --unix "$socket" --backlog 1
    kill -STOP "$pid"
    await is_queue_full "$socket" && says '1 sent, 0 returned, 1 lost \(1 timed out\)' || return 1
    "$client" --unix "$socket" -n 1 -t 60 >"$scratch/out" 2>"$scratch/err" </dev/null &
    client_pid=$!
    kill -CONT "$pid"
    ended "$client_pid"
    succeeded && says '1 sent, 1 returned, 0 lost' && ends_with_0
}

# A server that ends an idle connection in order has taken nothing from anybody.
outlives_idle_limit() {
    local running=$port result=0
    start_server "$server" --idle-timeout 0.2
    measures 2 64 -w 2 || result=1
    port=$running
    return $result
}

prints_line_by_line_into_pipe() {
    begin_ping -p "$port" --ping -w 1000 127.0.0.1
    [[ $line == "64 bytes from 127.0.0.1:$port: seq=1 rtt="* ]]
    local result=$?
    end_ping INT
    return $result
}

# reaches FAMILY HOST ADDRESS: with messages, stdin, pings and a load.
reaches() {
    local address=$3
    echoes hello -p "$port" "$1" "$2" hello || return 1
    run "$client" -p "$port" "$1" "$2" <<<line
    printed line || return 1
    ping -n 1 "$1" "$2"
    succeeded && grep -qF "64 bytes from $address:$port: seq=1" "$scratch/out" || return 1
    ping --load -n 1 "$1" "$2"
    succeeded && says 'returned: +1'
}

# has_no_address FAMILY HOST ARGUMENT...
has_no_address() {
    local host=$2 name=IPv${1#-}
    ping "$1" "${@:3}" "$host" "${message[@]}"
    failed_with 1 sockecho-client "'$host' port $port: no $name address for that host" && [ ! -s "$scratch/out" ]
}

reaches_ipv6() {
    local running=$port result=0
    start_server "$server" -H ::1
    reaches -6 ::1 '[::1]' || result=1
    port=$running
    return $result
}

reports_full_disk() {
    # shellcheck disable=SC2016
    run bash -c 'exec "$@" >/dev/full' bash "$client" -p "$port" -n 3 -w 0 "$@" 127.0.0.1
    failed_with 1 sockecho-client stdout
}

find_refused_port
message=()

check 'ping measures three round trips' measures 3 64 -w 0.01
check 'ping measures round trips of 100000 bytes' measures 2 100000 -w 0 -s 100000
check 'ping measures round trips of one byte' measures 2 1 -w 0 -s 1
check 'ping measures one round trip without a wait' measures 1 64 -w 1000000
check 'ping with --ping and -n measures so many' measures 2 64 --ping -w 0
check 'ping has long options for all' \
    measures 2 7 --interval 0 --size 7 --fill A --timeout 20 --ipv4 --format text
check 'ping waits between round trips' waits_between_round_trips
check 'ping tells no median of 19, of which nine rank above it' tells 19 min/avg/max
check 'ping tells the median of 20, of which ten rank above it' tells 20 min/avg/p50/max
check 'ping tells no 90th percentile of 99' tells 99 min/avg/p50/max
check 'ping tells the 90th percentile of 100' tells 100 min/avg/p50/p90/max
check 'ping tells no 99th percentile of 999' tells 999 min/avg/p50/p90/max
check 'ping tells the 99th percentile of 1000' tells 1000 min/avg/p50/p90/p99/max
check 'ping tells the 99.9th percentile of 10000' tells 10000 min/avg/p50/p90/p99/p99.9/max
check 'ping varies its bytes' varies_bytes
check 'ping fills its messages with a character' fills A 4141414141
check 'ping fills its messages with a blank' fills ' ' 2020202020

check 'ping goes on over a new connection' loses_by_kind_and_goes_on
check 'ping says in which ways it lost' loses_in_every_way
check 'ping loses all where nobody listens' loses_all_where_nobody_listens
check 'ping goes on when a server comes' goes_on_when_server_comes
check 'ping waits for room in the queue of a unix socket' waits_for_room_in_queue
check 'ping ends at an unknown host' ends_at_unknown_host
check 'ping reports one byte too many at its end' reports_byte_too_many_at_end
check 'ping outlives the limit of an idle connection' outlives_idle_limit
check 'ping reports that the disk is full' reports_full_disk
check 'ping reports that the disk is full for JSON' reports_full_disk --json
check 'ping reports that the disk is full for echoping' reports_full_disk --format=echoping

check 'ping prints line by line into a pipe' prints_line_by_line_into_pipe
check 'client with -4 reaches an IPv4 address' reaches -4 127.0.0.1 127.0.0.1
check 'client with -4 finds no IPv4 address of ::1 for a ping' has_no_address -4 ::1 -n 1
check 'client with -6 finds no IPv6 address of 127.0.0.1 for a ping' has_no_address -6 127.0.0.1 -n 1
check 'client with -6 finds no IPv6 address of 127.0.0.1 for a load' has_no_address -6 127.0.0.1 --load
message=(hello)
check 'client with -6 finds no IPv6 address of 127.0.0.1 for a message' has_no_address -6 127.0.0.1
if has_ipv6; then
    check 'client with -6 reaches an IPv6 address' reaches_ipv6
else
    skip 'client with -6 reaches an IPv6 address' 'this machine has no IPv6'
fi

end_of_tests
