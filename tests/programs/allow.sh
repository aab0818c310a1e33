#!/usr/bin/env bash
# Whom sockecho-server serves with --allow: peers of the networks that are named, and nobody else.
#
# usage: allow.sh SOCKECHO_SERVER SOCKECHO_CLIENT
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1
client=$2

is_served_at() {
    echoes hello -p "$port" "$1" hello
}

is_reset_at() {
    run "$client" -t 10 -p "$port" "$1" hello
    failed_with 1 sockecho-client 'connection reset'
}

# with_server COMMAND ADDRESS OPTION...: a server with these options, and what becomes of a client of that address.
with_server() {
    start_server "$server" "${@:3}"
    "$1" "$2" && ends_with_0 && [ ! -s "$scratch/started-err" ]
}

serves() {
    check "a peer from $1 is served with '${*:2}'" with_server is_served_at "$@"
}

refuses() {
    check "a peer from $1 is reset with '${*:2}'" with_server is_reset_at "$@"
}

refused_are_counted() {
    "$server" -p any --port-file "$scratch/port" --allow 192.0.2.0/24 --statistics json >"$scratch/server-out" &
    pid=$!
    await test -e "$scratch/port"
    port=$(cat "$scratch/port")
    is_reset_at 127.0.0.1 && is_reset_at 127.0.0.1 && ends_with_0 &&
        grep -q '"accepted": 0, .*"refused": 2, ' "$scratch/server-out"
}

check 'those who are not allowed are counted as refused' refused_are_counted
serves 127.0.0.1 --allow 127.0.0.0/8
serves 127.0.0.1 --allow 127.0.0.1
serves 127.0.0.1 --allow 127.0.0.1/32
serves 127.0.0.1 --allow 126.0.0.0/7
serves 127.0.0.1 --allow 0.0.0.0/0
serves 127.0.0.1 --allow 10.0.0.0/8 --allow ::1 --allow 127.0.0.0/31
serves 127.0.0.1 --allow ::ffff:127.0.0.0/104
refuses 127.0.0.1 --allow 127.0.0.0/32
refuses 127.0.0.1 --allow 10.0.0.0/8
refuses 127.0.0.1 --allow ::/0
refuses 127.0.0.1 --allow 10.0.0.0/8 --allow 128.0.0.0/1 --allow ::1 --workers 2
if grep -qs '^00000000000000000000000000000001 ' /proc/net/if_inet6; then
    serves ::1 -H ::1 --allow ::1
    serves ::1 -H ::1 --allow ::/0
    refuses ::1 -H ::1 --allow ::2/127
    refuses ::1 -H ::1 --allow 0.0.0.0/0
    serves 127.0.0.1 -H :: --allow 127.0.0.0/8
    serves 127.0.0.1 -H :: --allow ::ffff:127.0.0.1
    refuses 127.0.0.1 -H :: --allow ::/0
    refuses 127.0.0.1 -H :: --allow 10.0.0.0/8
fi

end_of_tests
