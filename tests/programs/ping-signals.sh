#!/usr/bin/env bash
# What a ping of sockecho-client does at a signal: the summary at the end or in between, and whether it waits for the echo
# that is on its way.
#
# usage: ping-signals.sh SOCKECHO_SERVER SOCKECHO_CLIENT SCRIPTED_PEER
# What common.sh and ping-common.sh set and use, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
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

ends_with_summary() {
    begin_ping -p "$port" --ping -w 1000 127.0.0.1
    end_ping "$1"
    succeeded && says '1 sent, 1 returned, 0 lost' && says "rtt min/avg/max = $number/$number/$number ms"
}

hangup_ends_with_summary() {
    local client=$client
    client=$(client_with_hangup default)
    ends_with_summary HUP
}

outlives_hangup_that_is_ignored() {
    local client=$client
    client=$(client_with_hangup ignore)
    begin_held_ping -n 1 || return 1
    kill -HUP "$client_pid"
    let_echo_go
    end_held_ping
    succeeded && says '1 sent, 1 returned, 0 lost'
}

# The signal comes while it waits for the second echo, or between the two.
summarises_in_between() {
    begin_ping -p "$port" --ping -w 1000 127.0.0.1
    kill -QUIT "$client_pid"
    next_line && [ "$line" = '1 sent, 1 returned, 0 lost' ] && next_line && [[ $line == 'rtt min/avg/max = '* ]] || return 1
    end_ping INT
    succeeded && says '1 sent, 1 returned, 0 lost'
}

summarises_while_it_waits_for_echo() {
    begin_held_ping -n 1 || return 1
    kill -QUIT "$client_pid"
    await says '1 sent, 0 returned, 0 lost' || return 1
    let_echo_go
    end_held_ping
    succeeded && says '1 sent, 1 returned, 0 lost'
}

# The client sleeps until both the signal and the echo are there.
signal_leaves_echo_that_is_there() {
    begin_held_ping --ping -t 60 || return 1
    kill -STOP "$client_pid"
    kill -INT "$client_pid"
    let_echo_go
    read -r -t 30 word <&7 && [ "$word" = sent ] || return 1
    kill -CONT "$client_pid"
    end_held_ping
    succeeded && says '1 sent, 1 returned, 0 lost'
}

signal_waits_for_echo_a_second() {
    local begin=${EPOCHREALTIME//[!0-9]/} waited_us
    begin_held_ping --ping -t 60 || return 1
    kill -INT "$client_pid"
    end_held_ping
    let_echo_go
    waited_us=$((${EPOCHREALTIME//[!0-9]/} - begin))
    [ "$waited_us" -ge 1000000 ] && [ "$waited_us" -lt 50000000 ] || return 1
    failed_with 1 sockecho-client 'seq=1: interrupted' && says '1 sent, 0 returned, 1 lost \(1 interrupted\)'
}

# Two signals of one kind could become one. Both are there when the client runs again. Gives the time until its end.
interrupt_twice() {
    local begin
    begin_held_ping --ping -t 60 || return 1
    kill -STOP "$client_pid"
    kill -INT "$client_pid"
    kill -TERM "$client_pid"
    begin=${EPOCHREALTIME//[!0-9]/}
    kill -CONT "$client_pid"
    end_held_ping
    waited_us=$((${EPOCHREALTIME//[!0-9]/} - begin))
    let_echo_go
    failed_with 1 sockecho-client 'seq=1: interrupted' && says '1 sent, 0 returned, 1 lost \(1 interrupted\)'
}

# Had it waited as after one signal, not one of five would end within the second.
second_signal_waits_for_nothing() {
    local attempt
    for attempt in 1 2 3 4 5; do
        interrupt_twice || return 1
        [ "$waited_us" -ge 1000000 ] || return 0
        printf 'attempt %d: %d us\n' "$attempt" "$waited_us"
    done
    return 1
}

is_stuck_in_write() {
    grep -q '^[0-9]* 0x1 ' "/proc/$1/syscall"
}

is_heeded_by() {
    local pending
    pending=$(awk '/^(SigPnd|ShdPnd):/ { pending = pending $2 } END { print pending }' "/proc/$1/status")
    [ -z "${pending//0/}" ]
}

has_ended() {
    ! grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status"
}

# The thread sanitizer calls a handler when the program next calls into it, and who is stuck in write(2) never does.
hears_signals_at_once() {
    ! grep -q __tsan_init "$client"
}

# Descriptor 7 keeps the pipe open, and nobody reads it.
third_signal_ends_stuck_ping() {
    mkfifo "$scratch/unread"
    exec 7<>"$scratch/unread"
    "$client" --ping -w 0 -p "$port" 127.0.0.1 >"$scratch/unread" 2>/dev/null &
    local pid=$! ended=0 i
    await is_stuck_in_write "$pid" || return 1
    for i in 1 2 3; do
        kill -INT "$pid"
        [ "$i" -eq 3 ] || await is_heeded_by "$pid" || return 1
    done
    await has_ended "$pid" || kill -KILL "$pid"
    wait "$pid" || ended=$?
    exec 7>&-
    [ "$ended" -eq $((128 + 2)) ]
}

check 'SIGINT ends a ping with its summary' ends_with_summary INT
check 'SIGTERM ends a ping with its summary' ends_with_summary TERM
check 'SIGHUP ends a ping with its summary' hangup_ends_with_summary
check 'ping that has SIGHUP ignored outlives it' outlives_hangup_that_is_ignored
check 'SIGQUIT prints a summary in between' summarises_in_between
check 'SIGQUIT prints a summary while an echo is on its way' summarises_while_it_waits_for_echo
check 'SIGINT takes an echo that is there' signal_leaves_echo_that_is_there
check 'SIGINT waits a second for an echo' signal_waits_for_echo_a_second
check 'second signal waits for nothing' second_signal_waits_for_nothing

if hears_signals_at_once; then
    check 'third signal ends a ping whose output nobody reads' third_signal_ends_stuck_ping
else
    skip 'third signal ends a ping whose output nobody reads' 'the thread sanitizer holds signals back'
fi

end_of_tests
