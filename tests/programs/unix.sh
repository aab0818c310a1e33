#!/usr/bin/env bash
# Both programs over a unix socket, and the life of its file: made at the start, replaced where it is left over, removed
# at the end, and never taken from somebody else.
#
# usage: unix.sh SOCKECHO_SERVER SOCKECHO_CLIENT
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$(realpath "$1")
client=$(realpath "$2")
socket=$scratch/socket

start_unix_server() {
    start "$server" --unix "$socket" "$@"
}

comes_and_goes_with_its_file() {
    start_unix_server "$@"
    [ "$line" = "listening on unix:$socket" ] && [ -S "$socket" ] || return 1
    echoes $'one\ntwo' --unix "$socket" one two || return 1
    ends_with_0 && [ ! -s "$scratch/started-err" ] && [ ! -e "$socket" ]
}

# serves_path PATH: from the folder that the path is relative to.
serves_path() {
    cd "$scratch"
    start "$server" --unix "$1"
    [ "$line" = "listening on unix:$1" ] && echoes hello --unix "$1" hello && ends_with_0 && [ ! -e "$1" ]
}

streams() {
    head -c 3000001 /dev/urandom >"$scratch/sent"
    start_unix_server
    run "$client" -t 30 --unix "$socket" <"$scratch/sent"
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ] && cmp "$scratch/sent" "$scratch/out" && ends_with_0
}

measures() {
    start_unix_server
    run "$client" -t 10 --unix "$socket" -n 1 -s 100 </dev/null
    [ "$status" -eq 0 ] && grep -qxE "100 bytes from unix:$socket: seq=1 rtt=[0-9]+\.[0-9]{3} ms" "$scratch/out" &&
        grep -qx '1 sent, 1 returned, 0 lost' "$scratch/out" && ends_with_0
}

leave_file_over() {
    start_unix_server
    { kill -KILL "$pid" && ended "$pid"; } 2>/dev/null
    [ -S "$socket" ]
}

replaces_file_left_over() {
    leave_file_over && comes_and_goes_with_its_file --poller auto
}

leaves_live_server_alone() {
    start_unix_server
    run "$server" --unix "$socket"
    failed_with 1 sockecho-server "unix socket '$socket': address already in use" && [ ! -s "$scratch/out" ] || return 1
    echoes hello --unix "$socket" hello && ends_with_0
}

leaves_other_file_alone() {
    printf content >"$scratch/file"
    run "$server" --unix "$scratch/file"
    failed_with 1 sockecho-server "unix socket '$scratch/file': a file of that name is there, and it is no socket" &&
        [ "$(cat "$scratch/file")" = content ]
}

# The file of the first server was replaced by hand: that of the second one is not the first one's to remove.
leaves_successors_file_alone() {
    local first
    start_unix_server
    first=$pid
    rm "$socket"
    start_unix_server
    kill -TERM "$first"
    ended "$first"
    [ "$status" -eq 0 ] && echoes hello --unix "$socket" hello && ends_with_0 && [ ! -e "$socket" ]
}

# server_reports PATH REASON
server_reports() {
    run "$server" --unix "$1"
    failed_with 1 sockecho-server "unix socket '$1': $2" && [ ! -s "$scratch/out" ]
}

# client_reports PATH REASON
client_reports() {
    run "$client" -t 10 --unix "$1" hello
    failed_with 1 sockecho-client "unix socket '$1': $2" && [ ! -s "$scratch/out" ]
}

client_reports_file_left_over() {
    leave_file_over && client_reports "$socket" 'connection refused' && rm "$socket"
}

long_path=$scratch/$(printf '%0120d' 0)

check 'server listens on a unix socket and removes its file' comes_and_goes_with_its_file --poller auto
check 'server listens on a unix socket with --poller poll' comes_and_goes_with_its_file --poller poll
check 'server listens on a unix socket with 3 workers' comes_and_goes_with_its_file --workers 3
check 'server listens on a path that is relative' serves_path here
check 'server listens on a path with blanks' serves_path 'a  b'
check 'client streams through a unix socket' streams
check 'client measures round trips through a unix socket' measures
check 'server replaces a file that was left over' replaces_file_left_over
check 'server reports a unix socket in use and leaves it alone' leaves_live_server_alone
check 'server reports a file that is no socket and leaves it alone' leaves_other_file_alone
check 'server removes no file but its own' leaves_successors_file_alone
check 'server reports a path that is too long' server_reports "$long_path" 'name too long'
check 'server reports a folder that is missing' server_reports "$scratch/missing/socket" 'no such file'
check 'client reports a file that is missing' client_reports "$scratch/missing" 'no such file'
check 'client reports a path that is too long' client_reports "$long_path" 'name too long'
check 'client reports a file that was left over' client_reports_file_left_over

end_of_tests
