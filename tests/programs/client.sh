#!/usr/bin/env bash
# sockecho-client as a person or a script meets it: its three modes, and every way in which an echo can fail.
#
# usage: client.sh SOCKECHO_SERVER SOCKECHO_CLIENT SCRIPTED_PEER
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1
client=$2
scripted_peer=$3

start_server "$server"

# echoes_messages EXPECTED MESSAGE...
echoes_messages() {
    echoes "$1" -p "$port" -- 127.0.0.1 "${@:2}"
}

echoes_long_message() {
    local message
    message=$(printf '%0100000d' 7)
    echoes_messages "$message" "$message"
}

# streams FILE: what comes out is what went in, and nothing is said.
streams() {
    run "$client" -t 30 -p "$port" 127.0.0.1 <"$1"
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ] && cmp "$1" "$scratch/out"
}

streams_a_line_at_a_time() {
    mkfifo "$scratch/to-client" "$scratch/from-client"
    "$client" -p "$port" 127.0.0.1 <"$scratch/to-client" >"$scratch/from-client" 2>"$scratch/err" &
    client_pid=$!
    exec 5>"$scratch/to-client" 6<"$scratch/from-client"
    rm "$scratch/to-client" "$scratch/from-client"
    for word in one two three; do
        printf '%s\n' "$word" >&5
        read -r -t 30 reply <&6 && [ "$reply" = "$word" ] || return 1
    done
    exec 5>&-
    ended "$client_pid"
    exec 6<&-
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ]
}

# meets SCRIPT TEXT ARGUMENT...: a peer that does wrong costs status 1 and one line that has the text.
meets() {
    local script=$1 text=$2
    shift 2
    start "$scripted_peer" "$script"
    run "$client" -p "$line" "$@" </dev/null
    failed_with 1 sockecho-client "$text"
}

meets_wrong_peer_with_stdin() {
    start "$scripted_peer" wrong
    run "$client" -t 10 -p "$line" 127.0.0.1 <<<word
    failed_with 1 sockecho-client 'offset 2' && [ ! -s "$scratch/out" ]
}

# Nobody listens any more where a server has just ended.
reports_refused_connection() {
    local running=$port
    start_server "$server"
    kill -TERM "$pid"
    ended "$pid"
    run "$client" -t 10 -p "$port" 127.0.0.1 hello
    failed_with 1 sockecho-client "'127.0.0.1' port $port: connection refused"
    local result=$?
    port=$running
    return $result
}

# A label of more than 63 letters is no name that a resolver would ask anyone about.
reports_unknown_host() {
    local host
    host=$(printf '%070d' 0 | tr 0 x)
    run "$client" -t 10 -p "$port" "$host" hello
    failed_with 1 sockecho-client "'$host'"
}

reports_full_disk() {
    status=0
    timeout 30 "$client" "$@" </etc/passwd >/dev/full 2>"$scratch/err" || status=$?
    failed_with 1 sockecho-client stdout
}

reports_closed_stdout() {
    status=0
    timeout 30 "$client" "$@" </etc/passwd >&- 2>"$scratch/err" || status=$?
    failed_with 1 sockecho-client stdout
}

# A pipe whose only reader has come and gone, as head(1) has once it has its lines.
ends_silently_when_pipe_is_closed() {
    mkfifo "$scratch/pipe"
    : <"$scratch/pipe" &
    exec 4>"$scratch/pipe"
    wait $!
    rm "$scratch/pipe"
    status=0
    timeout 30 "$client" "$@" </etc/passwd >&4 2>"$scratch/err" || status=$?
    exec 4>&-
    [ "$status" -eq 1 ] && [ ! -s "$scratch/err" ]
}

reports_closed_stdin() {
    run "$client" -t 10 -p "$port" 127.0.0.1 <&-
    failed_with 1 sockecho-client stdin
}

reports_unreadable_stdin() {
    run "$client" -t 10 -p "$port" 127.0.0.1 </
    failed_with 1 sockecho-client stdin
}

: >"$scratch/empty"
printf x >"$scratch/byte"
head -c 8388608 /dev/urandom >"$scratch/8-mebibytes"
head -c 1000003 /dev/urandom >"$scratch/odd"

check 'client echoes a message' echoes_messages hello hello
check 'client echoes a message with spaces' echoes_messages '  two  words ' '  two  words '
check 'client echoes two messages, a line each' echoes_messages $'one\ntwo' one two
check 'client echoes an empty message' echoes_messages $'\nafter' '' after
check 'client echoes a message that begins with a dash' echoes_messages -p -p
check 'client echoes a message of 100000 bytes' echoes_long_message
check 'client streams 8 MiB of stdin' streams "$scratch/8-mebibytes"
check 'client streams a size that no chunk divides' streams "$scratch/odd"
check 'client streams one byte' streams "$scratch/byte"
check 'client streams nothing' streams "$scratch/empty"
check 'client streams a pipe a line at a time' streams_a_line_at_a_time

check 'client reports the offset of a wrong byte' meets wrong 'message 1: the echo differs' -t 10 127.0.0.1 hello
check 'client counts the offset of a wrong byte from 0' meets wrong 'offset 2' -t 10 127.0.0.1 hello
check 'client reports a wrong byte of stdin' meets_wrong_peer_with_stdin
check 'client reports an echo cut short' meets short 'message 1: the peer closed' -t 10 127.0.0.1 hello
check 'client reports one byte too many' meets long 'more than the echo' -t 10 127.0.0.1 hello
check 'client reports a reset' meets reset 'message 1: connection reset' -t 10 127.0.0.1 hello
check 'client gives up on a silent peer after its timeout' meets silent 'message 1: timed out' -t 0.2 127.0.0.1 hello
check 'client reports a refused connection' reports_refused_connection
check 'client reports an unknown host' reports_unknown_host

check 'client reports that the disk is full for a message' reports_full_disk -p "$port" 127.0.0.1 hello
check 'client reports that the disk is full for stdin' reports_full_disk -p "$port" 127.0.0.1
check 'client reports that the disk is full for -n' reports_full_disk -p "$port" -n 1 127.0.0.1
check 'client reports that the disk is full for --help' reports_full_disk --help
check 'client reports a closed stdout for a message' reports_closed_stdout -p "$port" 127.0.0.1 hello
check 'client reports a closed stdout for stdin' reports_closed_stdout -p "$port" 127.0.0.1
check 'client reports a closed stdout for -n' reports_closed_stdout -p "$port" -n 1 127.0.0.1
check 'client reports a closed stdout for --version' reports_closed_stdout --version
check 'client says nothing of a closed pipe for a message' ends_silently_when_pipe_is_closed -p "$port" 127.0.0.1 hello
check 'client says nothing of a closed pipe for stdin' ends_silently_when_pipe_is_closed -p "$port" 127.0.0.1
check 'client says nothing of a closed pipe for -n' ends_silently_when_pipe_is_closed -p "$port" -n 3 -w 0 127.0.0.1
check 'client says nothing of a closed pipe for JSON' \
    ends_silently_when_pipe_is_closed -p "$port" -n 3 -w 0 --json 127.0.0.1
check 'client says nothing of a closed pipe for a load' ends_silently_when_pipe_is_closed --load -p "$port" -n 3 127.0.0.1
check 'client says nothing of a closed pipe for --help' ends_silently_when_pipe_is_closed --help
check 'client reports a closed stdin' reports_closed_stdin
check 'client reports a stdin that it cannot read' reports_unreadable_stdin

end_of_tests
