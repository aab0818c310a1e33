#!/usr/bin/env bash
# The log of sockecho-server -v: who comes, who goes and why, who is refused, and when it stops; with levels where the
# journal reads it.
#
# usage: log.sh SOCKECHO_SERVER SOCKECHO_CLIENT
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1
client=$2
log=$scratch/started-err

unset JOURNAL_STREAM LISTEN_PID LISTEN_FDS LISTEN_FDNAMES NOTIFY_SOCKET

# logged LINE...: exactly these, with the ports of the peers as PORT.
logged() {
    diff <(printf '%s\n' "$@") <(sed -E 's/(127\.0\.0\.1):[0-9]+/\1:PORT/' "$log")
}

has_logged() {
    grep -q -- "$1" "$log"
}

opened='sockecho-server: opened 127.0.0.1:PORT'
stops='sockecho-server: stops (SIGTERM): echoes what has arrived, then ends the connections'

logs_who_comes_and_goes() {
    start_server "$server" -v
    is_served && await has_logged closed && ends_with_0 || return 1
    logged "$opened" 'sockecho-server: closed 127.0.0.1:PORT: orderly, 5 bytes received, 5 bytes echoed' "$stops"
}

logs_nothing_without_it() {
    start_server "$server"
    is_served && ends_with_0 && [ ! -s "$log" ]
}

# echoes_through_unix_socket NUMBER: of its connection in the log.
echoes_through_unix_socket() {
    echoes hello --unix "$scratch/socket" hello && await has_logged "closed unix connection $1:"
}

# The first one is open while the others come and go: its place in the log is its own.
logs_peers_of_unix_socket() {
    local socket_client
    start "$server" --unix "$scratch/socket" --verbose
    mkfifo "$scratch/to-client"
    "$client" --unix "$scratch/socket" <"$scratch/to-client" >"$scratch/from-client" &
    socket_client=$!
    exec 5>"$scratch/to-client"
    rm "$scratch/to-client"
    printf x >&5
    await test -s "$scratch/from-client" && echoes_through_unix_socket 2 && echoes_through_unix_socket 3 || return 1
    exec 5>&-
    ended "$socket_client"
    await has_logged 'closed unix connection 1:' && ends_with_0 || return 1
    logged 'sockecho-server: opened unix connection 1' 'sockecho-server: opened unix connection 2' \
        'sockecho-server: closed unix connection 2: orderly, 5 bytes received, 5 bytes echoed' \
        'sockecho-server: opened unix connection 3' \
        'sockecho-server: closed unix connection 3: orderly, 5 bytes received, 5 bytes echoed' \
        'sockecho-server: closed unix connection 1: orderly, 1 bytes received, 1 bytes echoed' "$stops"
}

logs_idle_peer() {
    start_server "$server" -v --idle-timeout 0.1
    hold_connection && read -r -t 30 -N 1 <&7 || [ $? -eq 1 ] || return 1
    drop_connection
    await has_logged closed || return 1
    logged "$opened" 'sockecho-server: closed 127.0.0.1:PORT: idle, 1 bytes received, 1 bytes echoed'
}

# reset_connection: one echo, then RST.
reset_connection() {
    python3 - "$port" <<'EOT'
import socket, struct, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 30) as peer:
    peer.sendall(b"x")
    peer.recv(1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
EOT
}

logs_reset_peer() {
    start_server "$server" -v
    reset_connection && await has_logged closed || return 1
    logged "$opened" 'sockecho-server: closed 127.0.0.1:PORT: reset, 1 bytes received, 1 bytes echoed'
}

logs_who_is_not_allowed() {
    start_server "$server" -v --allow 192.0.2.0/24
    is_reset && is_reset && ends_with_0 || return 1
    logged 'sockecho-server: refused 127.0.0.1:PORT: not allowed' \
        'sockecho-server: refused 127.0.0.1:PORT: not allowed' "$stops"
}

# How many the log says were refused over a limit. It tells them once a second, or at the end.
refused_in_log() {
    sed -n 's/^sockecho-server: refused \([0-9]*\) more: over a limit, or no memory$/\1/p' "$log" |
        awk '{ sum += $1 } END { print sum + 0 }'
}

has_refused() {
    [ "$(refused_in_log)" -eq "$1" ]
}

logs_who_is_over_a_limit_while_it_serves() {
    start_server "$server" -v --max-connections 1
    hold_connection && is_reset && is_reset && await has_refused 2 || return 1
    drop_connection
}

logs_who_is_over_a_limit_at_the_end() {
    start_server "$server" -v --max-connections 1 --drain-timeout 0
    hold_connection && is_reset && is_reset && is_reset && ends_with_0 && has_refused 3 && drop_connection
}

# set_descriptors NUMBER: the limit of the server, below which it cannot accept.
set_descriptors() {
    prlimit --pid "$pid" --nofile="$1":
}

# How many pauses the log tells of. The server looks again ten times a second.
pauses_in_log() {
    sed -nE 's/^sockecho-server: accepts nobody for a moment \(([0-9]+) times?\): .*/\1/p' "$log" |
        awk '{ sum += $1 } END { print sum + 0 }'
}

has_paused() {
    [ "$(pauses_in_log)" -ge "$1" ]
}

# One line a second, and one more for the second that has begun.
logs_lack_of_descriptors_once_a_second() {
    local begin=${EPOCHREALTIME//[!0-9]/} lines seconds
    start_server "$server" -v
    set_descriptors 3
    exec 7<>"/dev/tcp/127.0.0.1/$port"
    printf x >&7
    await has_paused 15 || return 1
    lines=$(grep -c accepts "$log")
    seconds=$(((${EPOCHREALTIME//[!0-9]/} - begin) / 1000000))
    [ "$lines" -le $((seconds + 1)) ] && ! has_logged 'accepts again' || return 1
    set_descriptors "$(ulimit -Hn)"
    read -r -t 30 -N 1 reply <&7 && [ "$reply" = x ] && await has_logged 'accepts again' || return 1
    drop_connection
    ends_with_0 && [ "$(grep -c 'accepts again' "$log")" -eq 1 ]
}

logs_both_stops() {
    start_server "$server" -v --drain-timeout none --linger-timeout none
    hold_connection || return 1
    kill -TERM "$pid"
    await has_logged 'echoes what has arrived, then ends the connections' || return 1
    kill -INT "$pid"
    ended "$pid"
    drop_connection
    [ "$status" -eq 0 ] || return 1
    logged "$opened" "$stops" 'sockecho-server: stops (SIGINT): cuts the connections' \
        'sockecho-server: closed 127.0.0.1:PORT: orderly, 1 bytes received, 1 bytes echoed'
}

# journal_of FILE: what JOURNAL_STREAM says where the journal reads that file.
journal_of() {
    : >"$1"
    stat -c %d:%i "$1"
}

gives_levels_to_the_journal() {
    JOURNAL_STREAM=$(journal_of "$log") start_server "$server" -v --allow 127.0.0.1
    is_served && await has_logged 'closed.*orderly' && reset_connection && await has_logged 'closed.*reset' || return 1
    ends_with_0 || return 1
    logged "<6>$opened" '<6>sockecho-server: closed 127.0.0.1:PORT: orderly, 5 bytes received, 5 bytes echoed' \
        "<6>$opened" '<5>sockecho-server: closed 127.0.0.1:PORT: reset, 1 bytes received, 1 bytes echoed' "<6>$stops"
}

gives_levels_to_refusals() {
    JOURNAL_STREAM=$(journal_of "$log") start_server "$server" -v --allow 192.0.2.0/24
    is_reset && ends_with_0 && logged '<4>sockecho-server: refused 127.0.0.1:PORT: not allowed' "<6>$stops"
}

# gives_no_levels VALUE: of JOURNAL_STREAM.
gives_no_levels() {
    JOURNAL_STREAM=$1 start_server "$server" -v
    ends_with_0 && logged "$stops"
}

gives_errors_their_level() {
    JOURNAL_STREAM=$(journal_of "$scratch/err") run "$server" -p any --unix socket
    [ "$status" -eq 2 ] && grep -q "^<3>sockecho-server: option '-p'" "$scratch/err" || return 1
    JOURNAL_STREAM=$(journal_of "$scratch/other") run "$server" -p any --unix socket
    failed_with 2 sockecho-server "option '-p'"
}

# The pipe of stderr is full: descriptor 8 keeps it open and nobody reads it. Two lines find no room.
unread_log_holds_up_nobody() {
    mkfifo "$scratch/unread"
    exec 8<>"$scratch/unread"
    start sh -c 'exec "$@" 2>&8' sh "$server" -p any -v
    port=${line##*:}
    dd if=/dev/zero of="$scratch/unread" bs=4096 count=1024 oflag=nonblock 2>"$scratch/filled" || true
    rm "$scratch/unread"
    is_served && hold_connection && is_served || return 1
    local drained
    drained=$(awk '/copied/ { print $1 }' "$scratch/filled")
    head -c "$drained" <&8 >/dev/null
    is_served && ends_with_0 || return 1
    read -r -t 30 line <&8 && [[ $line =~ ^sockecho-server:\ [0-9]+\ lines\ left\ out ]] || return 1
    read -r -t 30 line <&8 && [[ $line =~ ^sockecho-server:\ opened ]] || return 1
    exec 8>&-
    drop_connection
}

check '-v logs who comes and goes' logs_who_comes_and_goes
check 'without -v nothing is logged' logs_nothing_without_it
check '-v logs the peers of a unix socket' logs_peers_of_unix_socket
check '-v logs an idle peer' logs_idle_peer
check '-v logs a peer that resets its connection' logs_reset_peer
check '-v logs who is not allowed' logs_who_is_not_allowed
check '-v logs while it serves who is over a limit' logs_who_is_over_a_limit_while_it_serves
check '-v logs at the end who is over a limit' logs_who_is_over_a_limit_at_the_end
sentence='-v logs at most once a second that the server cannot accept'
if command -v prlimit >/dev/null; then
    check "$sentence" logs_lack_of_descriptors_once_a_second
else
    skip "$sentence" 'prlimit is not installed'
fi
check '-v logs both stops' logs_both_stops
check 'the journal gets a level with each line' gives_levels_to_the_journal
check 'the journal gets refusals as warnings' gives_levels_to_refusals
check 'nobody gets a level without a journal' gives_no_levels ''
check 'nobody gets a level where the journal reads another file' gives_no_levels 1:1
check 'the journal gets a complaint as an error' gives_errors_their_level
check 'a log that nobody reads holds up nobody' unread_log_holds_up_nobody

end_of_tests
