#!/usr/bin/env bash
# sockecho-client --load as a person or a script meets it: how it ends, and what it does not pass over.
#
# usage: load.sh SOCKECHO_SERVER SOCKECHO_CLIENT SCRIPTED_PEER
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
# shellcheck source=/dev/null
. "$(dirname "$0")/load-common.sh"

server=$1
client=$2
scripted_peer=$3

start_server "$server"

# counts MESSAGES ARGUMENT...
counts() {
    local messages=$1
    shift
    load --count "$messages" "$@"
    succeeded && says "sent: +$messages" && says "returned: +$messages" && says 'lost: +0'
}

names_what_was_asked() {
    load --count 7 --connections 2 --depth 3 --size 5 --rate 1000 --duration 2.5 --threads 2
    says "asked: +2 connections to 127\.0\.0\.1:$port, 3 messages of 5 bytes in flight on each," &&
        says ' +1000 messages a second, 7 messages or 2\.500 s, 2 threads' && says 'connected: +2 of 2'
}

tells_percentile_when_it_can() {
    load --count 999
    succeeded && says '  p90 +[0-9]+\.[0-9] us' && says '  p99 +takes 1000 echoes to tell' || return 1
    load --count 1000
    succeeded && says '  p99 +[0-9]+\.[0-9] us' && says '  p99\.9 +takes 10000 echoes to tell'
}

stays_silent_without_terminal() {
    load --duration 0.5 --interval 0.1
    succeeded && says 'throughput: [0-9]+\.[0-9] messages/s, [0-9]+\.[0-9]{2} MB/s each way, over [0-4]\.[0-9]{3} s'
}

leaves_out_warmup() {
    load --warmup 0.2 --duration 0.5
    succeeded && says 'warm-up: +[1-9][0-9]* returned in the first 0\.200 s and are not counted here'
}

measures_nothing_in_warmup() {
    load --warmup 60 --count 10
    failed_with 1 sockecho-client 'no message was measured' && says 'sent: +0' && says 'warm-up: +10 returned.*'
}

# begin_load ARGUMENT...: a load on a peer that has received its first message and holds the echo back; descriptor 5 lets
# it go. Gives the $bytes of that message, in hexadecimal.
begin_load() {
    mkfifo "$scratch/to-peer" "$scratch/from-peer"
    "$scripted_peer" hold <"$scratch/to-peer" >"$scratch/from-peer" 2>"$scratch/peer-err" &
    exec 5>"$scratch/to-peer" 6<"$scratch/from-peer"
    rm "$scratch/to-peer" "$scratch/from-peer"
    read -r -t 30 peer_port <&6
    "$client" --load --size 5 -t 60 -p "$peer_port" "$@" 127.0.0.1 >"$scratch/out" 2>"$scratch/err" </dev/null 5>&- 6<&- &
    client_pid=$!
    read -r -t 30 word bytes <&6 && [ "$word" = received ]
}

end_load() {
    exec 5>&-
    ended "$client_pid"
    exec 6<&-
}

signal_lets_echo_come_back() {
    begin_load --duration 60 || return 1
    kill "-$1" "$client_pid"
    end_load
    succeeded && says 'stopped: +by a signal, before its time' && says 'sent: +[1-9][0-9]*' &&
        [ "$(awk '$1 == "sent:" { print $2 }' "$scratch/out")" -eq "$(awk '$1 == "returned:" { print $2 }' "$scratch/out")" ]
}

hangup_lets_echo_come_back() {
    local client=$client
    client=$(client_with_hangup default)
    signal_lets_echo_come_back HUP
}

outlives_hangup_that_is_ignored() {
    local client=$client
    client=$(client_with_hangup ignore)
    begin_load --count 1 || return 1
    kill -HUP "$client_pid"
    end_load
    succeeded && says 'returned: +1' && ! says 'stopped: .*'
}

# Two signals of one kind could become one.
second_signal_waits_for_nothing() {
    begin_load --duration 60 || return 1
    kill -INT "$client_pid"
    kill -TERM "$client_pid"
    ended "$client_pid"
    failed_with 1 sockecho-client '1 of 1 messages did not come back' && says 'lost: +1' || return 1
    exec 5>&- 6<&-
}

# sends_for_seed SEED: gives the $bytes of the first message.
sends_for_seed() {
    begin_load --count 1 --seed "$1" || return 1
    end_load
    succeeded
}

seed_decides_bytes() {
    local first
    sends_for_seed 7 || return 1
    first=$bytes
    sends_for_seed 8 && [ "$bytes" != "$first" ] && sends_for_seed 7 && [ "$bytes" = "$first" ]
}

# tasks_of_load THREADS: gives the threads that Linux sees as $tasks. The peer accepts the first connection alone.
tasks_of_load() {
    begin_load --count 3 --connections 3 --threads "$1" || return 1
    tasks=("/proc/$client_pid/task/"*)
    end_load
}

# A sanitizer may have a thread of its own once there are two, so that only the difference counts.
runs_threads() {
    local of_two
    tasks_of_load 2 || return 1
    of_two=${#tasks[@]}
    tasks_of_load 3 && [ "${#tasks[@]}" -eq $((of_two + 1)) ]
}

# meets SCRIPT TEXT ARGUMENT...: a peer that does wrong costs status 1, one line that has the text, and it is in the summary.
meets() {
    local script=$1 text=$2
    shift 2
    start "$scripted_peer" "$script"
    run "$client" --load -p "$line" --size 5 --count 1 "$@" 127.0.0.1 </dev/null
    failed_with 1 sockecho-client "$text" && grep -q "^  .*$text" "$scratch/out"
}

# Without -t the timeout is 10 seconds.
gives_up_in_time() {
    local begin=$SECONDS
    meets silent '1 connection was given up' -t 0.2 && [ $((SECONDS - begin)) -lt 8 ]
}

# All echoes came back.
gives_up_on_peer_that_never_ends() {
    meets endless 'given up, because a connect, an echo or the end of the connection took longer' -t 0.2 &&
        says 'returned: +1'
}

keeps_depth_in_flight() {
    start "$scripted_peer" silent
    run "$client" --load -t 0.2 -p "$line" --depth 3 --count 10 127.0.0.1 </dev/null
    failed_with 1 sockecho-client '1 connection was given up' && says 'sent: +3' && says 'lost: +3'
}

reports_refusal() {
    run "$client" --load --connections 3 -p "$refused_port" 127.0.0.1
    failed_with 1 sockecho-client '3 connections were refused' && says ' +3 connections were refused: .*' &&
        says 'connected: +0 of 3' && says 'round trip: not known, nothing came back'
}

# A label of more than 63 letters is no name that a resolver would ask anyone about.
reports_unknown_host() {
    local host
    host=$(printf '%070d' 0 | tr 0 x)
    run "$client" --load -p "$port" "$host"
    failed_with 1 sockecho-client "'$host' port $port" && [ ! -s "$scratch/out" ]
}

reports_lack_of_descriptors() {
    # shellcheck disable=SC2016
    run bash -c 'ulimit -n 40 && exec "$@"' bash "$client" --load --count 500 --connections 100 -p "$port" 127.0.0.1
    failed_with 1 sockecho-client 'descriptors or memory are used up' && says 'connected: +[1-3][0-9] of 100'
}

reports_full_disk() {
    # shellcheck disable=SC2016
    run bash -c 'exec "$@" >/dev/full' bash "$client" --load --count 10 -p "$port" "$@" 127.0.0.1
    failed_with 1 sockecho-client stdout
}

reports_unwritable_histogram() {
    load --count 10 --histogram "$1"
    failed_with 1 sockecho-client "cannot $2 histogram '$1'"
}

find_refused_port

check 'load names what was asked for' names_what_was_asked
check 'load sends the messages that were asked for' counts 1000 --connections 7 --depth 3
check 'load sends fewer messages than it has connections' counts 3 --connections 5
check 'load sends messages from more threads than connections' counts 100 --connections 2 --threads 4
check 'load sends large messages' counts 20 --connections 2 --size 1000003
check 'load polls busily' counts 1000 --busy-poll 50
check 'load tells a percentile only where ten echoes lie beyond it' tells_percentile_when_it_can
check 'load says nothing on stderr that is no terminal' stays_silent_without_terminal
check 'load leaves out what returned in the warm-up' leaves_out_warmup
check 'load that ends in its warm-up has measured nothing' measures_nothing_in_warmup
check 'SIGINT lets the echo come back and prints the summary' signal_lets_echo_come_back INT
check 'SIGTERM lets the echo come back and prints the summary' signal_lets_echo_come_back TERM
check 'SIGHUP lets the echo come back and prints the summary' hangup_lets_echo_come_back
check 'load that has SIGHUP ignored outlives it' outlives_hangup_that_is_ignored
check 'second signal waits for nothing' second_signal_waits_for_nothing
check 'seed decides what a load sends' seed_decides_bytes
if [ -d "/proc/$$/task" ]; then
    check 'load runs the threads that were asked for' runs_threads
else
    skip 'load runs the threads that were asked for' 'this system does not show threads in /proc'
fi

check 'load reports a wrong byte' meets wrong '1 connection brought back a wrong byte, the first at offset 2 of connection 0'
check 'load reports a byte too many' meets long 'offset 5 of connection 0'
check 'load reports an echo cut short' meets short '1 connection was closed by the peer'
check 'load reports a reset' meets reset '1 connection was reset by the peer'
check 'load gives up on a silent peer after its timeout' gives_up_in_time
check 'load gives up on a peer that does not end the connection' gives_up_on_peer_that_never_ends
check 'load keeps as many messages in flight as was asked for' keeps_depth_in_flight
check 'load reports that nobody listens' reports_refusal
check 'load reports an unknown host' reports_unknown_host
check 'load reports that descriptors are used up' reports_lack_of_descriptors
check 'load reports that the disk is full' reports_full_disk
check 'load reports that the disk is full for JSON' reports_full_disk --json
check 'load reports that the disk is full for the histogram' reports_unwritable_histogram /dev/full write
check 'load reports that it cannot open the histogram' reports_unwritable_histogram "$scratch/no/histogram" open

end_of_tests
