#!/usr/bin/env bash
# The units for systemd in examples/: systemd understands every line of them, finds the service well confined, and what it
# forbids is nothing that the server does. Needs no running systemd.
#
# usage: units.sh SOCKECHO_SERVER SOCKECHO_CLIENT SOCKET_LAUNCHER SERVICE_UNIT SOCKET_UNIT
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$(realpath "$1")
client=$2
launcher=$3
units=$scratch/units
service=$units/sockecho-server.service
socket=$units/sockecho-server.socket

unset JOURNAL_STREAM LISTEN_PID LISTEN_FDS LISTEN_FDNAMES NOTIFY_SOCKET

# The most exposure that `systemd-analyze security` may see, of 100.
most_exposure=10

# The unit names the program where it will be installed; systemd wants to see one there.
mkdir "$units"
sed "s|^ExecStart=[^ ]*|ExecStart=$server|" "$4" >"$service"
cp "$5" "$socket"

# Of a line that it does not understand systemd says so and goes on.
systemd_understands_units() {
    run systemd-analyze verify --man=no "$socket" "$service"
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ] && [ ! -s "$scratch/out" ]
}

systemd_finds_fault() {
    sed 's/^ProtectClock=/ProtectClok=/' "$service" >"$units/faulty.service"
    run systemd-analyze verify --man=no "$units/faulty.service"
    grep -q ProtectClok "$scratch/err"
}

service_is_confined() {
    run systemd-analyze security --offline=true --threshold="$most_exposure" "$service"
    [ "$status" -eq 0 ]
}

socket_is_loopback_only() {
    [ "$(sed -n 's/^ListenStream=//p' "$socket")" = 127.0.0.1:7 ]
}

# expand_group GROUP: the system calls in it and in the groups that it names.
expand_group() {
    local entry
    systemd-analyze syscall-filter "$1" | sed -n 's/^    *\([^ #]*\)$/\1/p' | while read -r entry; do
        case $entry in
        @*) expand_group "$entry" ;;
        *) printf '%s\n' "$entry" ;;
        esac
    done
}

# filter_groups PREFIX: those of the lines SystemCallFilter= that begin so.
filter_groups() {
    sed -n "s/^SystemCallFilter=$1@/@/p" "$service"
}

expand_filter() {
    local group
    for group in $(filter_groups "$1"); do
        expand_group "$group"
    done | sort -u
}

# serve_traced: with the unit's own options, until all is done that a service does.
serve_traced() {
    local arguments
    read -ra arguments <<<"$(sed -n 's/^ExecStart=[^ ]*//p' "$service")"
    start strace -D -f -o "$scratch/trace" "$launcher" listener own 1 "$server" "${arguments[@]}"
    port=${line##*:}
    is_served && head -c 3000000 /dev/zero | "$client" -t 20 -p "$port" 127.0.0.1 >"$scratch/echo" || return 1
    [ "$(wc -c <"$scratch/echo")" -eq 3000000 ] && hold_connection || return 1
    kill -USR1 "$pid"
    kill -TERM "$pid"
    drop_connection
    ended "$pid"
    await grep -q "^$pid .*+++ exited" "$scratch/trace"
}

filter_allows_what_the_server_does() {
    comm -23 <(expand_filter '') <(expand_filter '~') >"$scratch/allowed"
    [ "$(wc -l <"$scratch/allowed")" -gt 100 ] && serve_traced || return 1
    sed -n "\\|execve(\"$server\"|,\$ s/^[0-9]*  *\\([a-z][a-z0-9_]*\\)(.*/\\1/p" "$scratch/trace" |
        sort -u >"$scratch/used"
    grep -qx accept4 "$scratch/used" && grep -qx sendto "$scratch/used" || return 1
    comm -23 "$scratch/used" "$scratch/allowed" >"$scratch/forbidden"
    cat "$scratch/forbidden"
    [ ! -s "$scratch/forbidden" ]
}

# check_where COMMAND SENTENCE FUNCTION REASON: where the command succeeds; else skipped for that reason.
check_where() {
    if sh -c "$1" >"$scratch/probe" 2>&1; then
        check "$2" "$3"
    else
        skip "$2" "$4"
    fi
}

check 'the socket unit listens for peers of this machine only' socket_is_loopback_only
check_where 'command -v systemd-analyze' 'systemd understands every line of the units' systemd_understands_units \
    'there is no systemd-analyze'
check_where 'command -v systemd-analyze' 'systemd names a line that it does not understand' systemd_finds_fault \
    'there is no systemd-analyze'
check_where 'systemd-analyze security --help | grep -q -- --offline' 'the service is confined' service_is_confined \
    'there is no systemd-analyze that can tell without a running systemd'
check_where 'systemd-analyze syscall-filter @system-service && strace -o /dev/null true' \
    'the service may make every system call that the server makes' filter_allows_what_the_server_does \
    'there is no systemd-analyze, or no strace that may look'

end_of_tests
