#!/usr/bin/env bash
# sockecho-server as a person or a supervisor meets it: what it prints, how it fails, and how signals end it.
#
# usage: server.sh SOCKECHO_SERVER SOCKECHO_CLIENT with-epoll|without-epoll
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1
client=$2
epoll=$3

serves_on_any_port() {
    start_server "$server" "$@"
    [[ $line =~ ^listening\ on\ 127\.0\.0\.1:[1-9][0-9]*$ ]] || return 1
    run "$client" -t 10 -p "$port" 127.0.0.1 hello
    printed hello || return 1
    kill -TERM "$pid"
    ended "$pid"
    [ "$status" -eq 0 ]
}

reports_missing_epoll() {
    run "$server" -p any --poller epoll
    failed_with 1 sockecho-server "'epoll'" && [ ! -s "$scratch/out" ]
}

serves_ipv6() {
    start_server "$server" -H ::1
    [[ $line =~ ^listening\ on\ \[::1\]:[1-9][0-9]*$ ]] || return 1
    run "$client" -t 10 -p "$port" ::1 hello
    printed hello
}

ends_on_signal() {
    start_server "$server"
    kill "-$1" "$pid"
    ended "$pid"
    [ "$status" -eq 0 ] && [ ! -s "$scratch/started-err" ]
}

# Whoever runs the tests may have SIGHUP ignored, and a shell cannot undo that.
ends_on_hangup() {
    start_server env --default-signal=HUP "$server" --port-file "$scratch/port"
    [ -s "$scratch/port" ] && open_connection || return 1
    kill -HUP "$pid"
    close_connection
    [ "$status" -eq 0 ] && [ ! -s "$scratch/client-err" ] || return 1
    ended "$pid"
    [ "$status" -eq 0 ] && [ ! -s "$scratch/started-err" ] && [ ! -e "$scratch/port" ]
}

# The log would tell of another stop before the one of SIGTERM.
outlives_hangup_that_is_ignored() {
    start_server env --ignore-signal=HUP "$server" -v
    kill -HUP "$pid"
    is_served && ends_with_0 && ! grep -q SIGHUP "$scratch/started-err"
}

connection_is_refused() {
    run "$client" -t 10 -p "$port" 127.0.0.1 hello
    failed_with 1 sockecho-client refused
}

# Once connections are refused, the server has seen the signal. Until then they are served, cut short or accepted.
await_refusal() {
    local deadline=$((SECONDS + 20))
    until connection_is_refused; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
    done
}

first_signal_ends_connection_in_order() {
    start_server "$server" && open_connection || return 1
    kill -TERM "$pid"
    close_connection
    [ "$status" -eq 0 ] && [ ! -s "$scratch/client-err" ] || return 1
    ended "$pid"
    [ "$status" -eq 0 ]
}

# The limit of a stop is 5 seconds; half of it is far more than a cut takes.
second_signal_cuts() {
    local begin
    start_server "$server" && open_connection || return 1
    kill -INT "$pid"
    await_refusal || return 1
    begin=$SECONDS
    kill -INT "$pid"
    ended "$pid"
    [ "$status" -eq 0 ] && [ $((SECONDS - begin)) -le 2 ] || return 1
    close_connection
}

reports_port_in_use() {
    start_server "$server"
    run "$server" -p "$port"
    failed_with 1 sockecho-server "port $port: address already in use" && [ ! -s "$scratch/out" ]
}

# In a network of its own no port is taken, and an unknown user has no privilege there.
refused_port_names_what_would_allow_it() {
    local text
    run unshare --user --net "$server" -H 0.0.0.0
    failed_with 1 sockecho-server "port 7: permission denied" || return 1
    for text in CAP_NET_BIND_SERVICE net.ipv4.ip_unprivileged_port_start systemd -p; do
        grep -qF -- "$text" "$scratch/err" || return 1
    done
}

# A label of more than 63 letters is no name that a resolver would ask anyone about.
reports_unknown_host() {
    local host
    host=$(printf '%070d' 0 | tr 0 x)
    run "$server" -p any -H "$host"
    failed_with 1 sockecho-server "'$host'" && [ ! -s "$scratch/out" ]
}

reports_foreign_address() {
    run "$server" -p any -H 192.0.2.1
    failed_with 1 sockecho-server "'192.0.2.1'" && [ ! -s "$scratch/out" ]
}

reports_full_disk() {
    status=0
    timeout 30 "$server" "$@" >/dev/full 2>"$scratch/err" || status=$?
    failed_with 1 sockecho-server stdout
}

reports_closed_stdout() {
    status=0
    timeout 30 "$server" "$@" >&- 2>"$scratch/err" || status=$?
    failed_with 1 sockecho-server stdout
}

# A pipe whose only reader has come and gone.
reports_closed_pipe() {
    mkfifo "$scratch/pipe"
    : <"$scratch/pipe" &
    exec 4>"$scratch/pipe"
    wait $!
    rm "$scratch/pipe"
    status=0
    timeout 30 "$server" "$@" >&4 2>"$scratch/err" || status=$?
    exec 4>&-
    failed_with 1 sockecho-server stdout
}

serves_with_stdin_and_stderr_closed() {
    # shellcheck disable=SC2016
    start bash -c 'exec "$@" <&- 2>&-' bash "$server" -p any
    port=${line##*:}
    run "$client" -t 10 -p "$port" 127.0.0.1 hello
    printed hello
}

check 'server listens on a free port of 127.0.0.1 and echoes' serves_on_any_port
check 'server serves with --poller auto' serves_on_any_port --poller auto
check 'server serves with --poller poll' serves_on_any_port --poller poll
if [ "$epoll" = with-epoll ]; then
    check 'server serves with --poller epoll' serves_on_any_port --poller epoll
else
    check 'server reports that it was built without epoll' reports_missing_epoll
fi
if grep -qs '^00000000000000000000000000000001 ' /proc/net/if_inet6; then
    check 'server listens on an IPv6 address' serves_ipv6
fi
check 'server ends with 0 on SIGTERM' ends_on_signal TERM
check 'server ends with 0 on SIGINT' ends_on_signal INT
check 'server ends in order on SIGHUP and removes its file' ends_on_hangup
check 'server that has SIGHUP ignored outlives it' outlives_hangup_that_is_ignored
check 'first signal ends a connection in order' first_signal_ends_connection_in_order
check 'second signal cuts a connection' second_signal_cuts
check 'server reports a port in use' reports_port_in_use
sentence='server names what would allow a port that needs a privilege'
if [ "$(unshare --user --net cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null)" = 1024 ]; then
    check "$sentence" refused_port_names_what_would_allow_it
else
    skip "$sentence" 'no network can be made here in which port 7 needs a privilege'
fi
check 'server reports an unknown host' reports_unknown_host
check 'server reports an address of another machine' reports_foreign_address
check 'server reports that the disk is full' reports_full_disk -p any
check 'server reports a closed stdout' reports_closed_stdout -p any
check 'server reports a closed pipe' reports_closed_pipe -p any
check 'server reports that the disk is full for --help' reports_full_disk --help
check 'server reports a closed stdout for --version' reports_closed_stdout --version
check 'server serves with stdin and stderr closed' serves_with_stdin_and_stderr_closed

end_of_tests
