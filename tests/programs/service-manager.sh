#!/usr/bin/env bash
# sockecho-server under a service manager: it serves the socket that was handed over to it, and tells when it is ready
# and when it stops. The manager is played by two small programs, and by systemd's own tool where it is installed.
#
# usage: service-manager.sh SOCKECHO_SERVER SOCKECHO_CLIENT SOCKET_LAUNCHER NOTIFY_RECEIVER
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1
client=$2
launcher=$3
receiver=$4

unset LISTEN_PID LISTEN_FDS LISTEN_FDNAMES NOTIFY_SOCKET

serves_socket_handed_over() {
    start "$launcher" listener own 1 "$server" "$@"
    [[ $line =~ ^listening\ on\ 127\.0\.0\.1:[1-9][0-9]*$ ]] || return 1
    port=${line##*:}
    is_served && is_served && ends_with_0 && [ ! -s "$scratch/started-err" ]
}

# ignores_variables PID COUNT: they are not for this server, which opens a socket of its own.
ignores_variables() {
    start "$launcher" listener "$1" "$2" "$server" --unix "$scratch/socket"
    [ "$line" = "listening on unix:$scratch/socket" ] && echoes hello --unix "$scratch/socket" hello && ends_with_0
}

refuses_count() {
    run "$launcher" listener own "$1" "$server"
    failed_with 1 sockecho-server "LISTEN_FDS is '$1'" && [ ! -s "$scratch/out" ]
}

# refuses_option OPTION ARGUMENT...: where to listen is settled already.
refuses_option() {
    run "$launcher" listener own 1 "$server" "${@:2}"
    failed_with 2 sockecho-server "'$1'" && [ ! -s "$scratch/out" ] && [ ! -e "$scratch/socket" ]
}

refuses_descriptor() {
    run "$launcher" "$1" own 1 "$server"
    failed_with 1 sockecho-server 'descriptor 3' && [ ! -s "$scratch/out" ]
}

# What a unix socket that was handed over has no use for. The file of --port-file would be new.
refuses_option_for_unix_socket() {
    start_activated -l "$scratch/activated" "$server" "$@" || return 1
    run "$client" -t 10 --unix "$scratch/activated" hello
    [ "$status" -eq 1 ] || return 1
    ended "$pid"
    [ "$status" -eq 2 ] && [ ! -s "$scratch/tool-out" ] && [ ! -e "$scratch/port" ] &&
        grep -qxF "sockecho-server: option '$1' has no place beside a unix socket" <&7 || return 1
    exec 7<&-
    rm "$scratch/activated"
}

# start_receiver NAME: plays the manager at that address. Descriptor 9 gives what it receives, line by line.
start_receiver() {
    mkfifo "$scratch/to-receiver" "$scratch/from-receiver"
    "$receiver" "$1" <"$scratch/to-receiver" >"$scratch/from-receiver" &
    receiver_pid=$!
    exec 8>"$scratch/to-receiver" 9<"$scratch/from-receiver"
    rm "$scratch/to-receiver" "$scratch/from-receiver"
    hears ready
}

hears() {
    local heard
    read -r -t 30 heard <&9 && [ "$heard" = "$1" ]
}

# hears_no_more: once everybody who could send has ended.
hears_no_more() {
    exec 8>&-
    [ -z "$(cat <&9)" ] || return 1
    exec 9<&-
    ended "$receiver_pid"
    rm -f "$scratch/notify"
    [ "$status" -eq 0 ]
}

# start_notifying NAME COMMAND...: the server's end of descriptor 8 would keep the receiver waiting.
start_notifying() {
    start env NOTIFY_SOCKET="$1" "${@:2}" 8>&-
    port=${line##*:}
}

tells_ready_and_stopping() {
    start_receiver "$1" || return 1
    start_notifying "$1" "$server" -p any
    hears READY=1 && is_served && ends_with_0 && [ ! -s "$scratch/started-err" ] && hears STOPPING=1 && hears_no_more
}

tells_stopping_at_the_first_signal() {
    start_receiver "$scratch/notify" || return 1
    start_notifying "$scratch/notify" "$server" -p any --drain-timeout none --linger-timeout none
    hears READY=1 && open_connection || return 1
    kill -TERM "$pid"
    hears STOPPING=1 && kill -0 "$pid" && close_connection || return 1
    ended "$pid"
    [ "$status" -eq 0 ] && hears_no_more
}

# Without the second signal the server would wait for its peer for 30 seconds.
tells_nothing_at_the_second_signal() {
    local begin
    start_receiver "$scratch/notify" || return 1
    start_notifying "$scratch/notify" "$server" -p any --drain-timeout 30 --linger-timeout 30
    hears READY=1 && open_connection || return 1
    kill -TERM "$pid"
    begin=$SECONDS
    hears STOPPING=1 && ends_with_0 && [ $((SECONDS - begin)) -lt 20 ] || return 1
    close_connection
    hears_no_more
}

tells_nothing_when_it_cannot_announce() {
    start_receiver "$scratch/notify" || return 1
    status=0
    NOTIFY_SOCKET=$scratch/notify timeout 30 "$server" -p any >/dev/full 2>"$scratch/err" 8>&- || status=$?
    failed_with 1 sockecho-server stdout && hears_no_more
}

# serves_without_manager ADDRESS: nobody hears it, which costs one line and nothing else.
serves_without_manager() {
    start_notifying "$1" "$server" -p any
    is_served && ends_with_0 && [ "$(wc -l <"$scratch/started-err")" -eq 1 ] &&
        grep -qF "'$1'" "$scratch/started-err"
}

serves_with_empty_address() {
    start_notifying '' "$server" -p any
    is_served && ends_with_0 && [ ! -s "$scratch/started-err" ]
}

# start_activated OPTION...: systemd's tool, which says when it listens and becomes the server at the first connection.
start_activated() {
    mkfifo "$scratch/tool-err"
    systemd-socket-activate "$@" 3>&- >"$scratch/tool-out" 2>"$scratch/tool-err" 8>&- 9>&- &
    pid=$!
    exec 7<"$scratch/tool-err"
    rm "$scratch/tool-err"
    read -r -t 30 line <&7
    [[ $line == 'Listening on '* ]]
}

serves_under_systemd_tool() {
    start_receiver "$scratch/notify" || return 1
    start_activated -E NOTIFY_SOCKET="$scratch/notify" -l "$scratch/activated" "$server" || return 1
    echoes hello --unix "$scratch/activated" hello && hears READY=1 || return 1
    echoes again --unix "$scratch/activated" again || return 1
    [ "$(cat "$scratch/tool-out")" = "listening on unix:$scratch/activated" ] || return 1
    ends_with_0 && hears STOPPING=1 && hears_no_more || return 1
    exec 7<&-
    # The file is the manager's.
    [ -S "$scratch/activated" ] && rm "$scratch/activated"
}

refuses_two_sockets_of_systemd_tool() {
    start_activated -l "$scratch/one" -l "$scratch/two" "$server" || return 1
    run "$client" -t 10 --unix "$scratch/one" hello
    [ "$status" -eq 1 ] || return 1
    ended "$pid"
    [ "$status" -eq 1 ] && [ ! -s "$scratch/tool-out" ] && grep -q "^sockecho-server: LISTEN_FDS is '2'" <&7 || return 1
    exec 7<&-
}

check 'server serves a socket that was handed over' serves_socket_handed_over
check 'server serves a socket that was handed over, with limits' serves_socket_handed_over --workers 2 --backlog 3
for value in 1 x '' unset; do
    check "server ignores a socket for process '$value'" ignores_variables "$value" 1
done
check 'server ignores two sockets for another process' ignores_variables 1 2
check 'server ignores a count that is missing' ignores_variables own unset
for value in 0 2 3 -1 01 x '' ' 1' 4294967297; do
    check "server refuses a count of '$value' sockets" refuses_count "$value"
done
check 'server refuses -p beside a socket that was handed over' refuses_option -p -p any
check 'server refuses -H beside a socket that was handed over' refuses_option -H -H 127.0.0.1
check 'server refuses --unix beside a socket that was handed over' refuses_option --unix --unix "$scratch/socket"
for kind in unconnected datagram pipe nothing; do
    check "server refuses to listen on what is handed over: $kind" refuses_descriptor "$kind"
done

check 'server tells a path that it is ready and stops' tells_ready_and_stopping "$scratch/notify"
check 'server tells an abstract name that it is ready and stops' tells_ready_and_stopping "@${scratch##*/}"
check 'server tells that it stops before its connections have ended' tells_stopping_at_the_first_signal
check 'server tells nothing more at the second signal' tells_nothing_at_the_second_signal
check 'server is not ready when it cannot announce itself' tells_nothing_when_it_cannot_announce
check 'server serves although nobody is there to tell' serves_without_manager "$scratch/missing"
check 'server serves although the address to tell is none' serves_without_manager relative
check 'server serves although the address to tell is too long' serves_without_manager "/$(printf '%0120d' 0)"
check 'server has nobody to tell where the address is empty' serves_with_empty_address

if command -v systemd-socket-activate >/dev/null; then
    check 'server serves under systemd-socket-activate' serves_under_systemd_tool
    check 'server refuses two sockets of systemd-socket-activate' refuses_two_sockets_of_systemd_tool
    check 'server refuses --port-file for a unix socket' refuses_option_for_unix_socket --port-file "$scratch/port"
    check 'server refuses --allow for a unix socket' refuses_option_for_unix_socket --allow ::1
else
    skip 'server serves under systemd-socket-activate' 'there is no systemd-socket-activate'
    skip 'server refuses two sockets of systemd-socket-activate' 'there is no systemd-socket-activate'
    skip 'server refuses --port-file for a unix socket' 'there is no systemd-socket-activate'
    skip 'server refuses --allow for a unix socket' 'there is no systemd-socket-activate'
fi

end_of_tests
