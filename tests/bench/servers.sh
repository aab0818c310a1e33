#!/usr/bin/env bash
# A server of the bench is a careful echo server: whoever is compared with the library has to do the same work.
#
# usage: servers.sh SOCKECHO_CLIENT SERVER...
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/../programs/common.sh"

client=$1
shift
rude_peer=$(dirname "$0")/rude-peer.py

start "$@"
port=${line##*:}

says_where_it_listens() {
    [[ $line =~ ^listening\ on\ 127\.0\.0\.1:[1-9][0-9]*$ ]]
}

# load CONNECTIONS SIZE DEPTH COUNT
load() {
    run "$client" --load -p "$port" --connections "$1" --size "$2" --depth "$3" --count "$4" 127.0.0.1 </dev/null
    [ "$status" -eq 0 ]
}

streams_and_ends() {
    head -c 20000000 /dev/urandom >"$scratch/sent"
    run "$client" -p "$port" 127.0.0.1 <"$scratch/sent"
    [ "$status" -eq 0 ] && cmp "$scratch/sent" "$scratch/out"
}

meets() {
    run "$rude_peer" "$1" "$port" </dev/null
    [ "$status" -eq 0 ]
}

ends_on_sigterm() {
    kill -TERM "$pid"
    ended "$pid"
    [ "$status" -eq 143 ] # 128 + SIGTERM
}

check 'says where it listens' says_where_it_listens
check 'echoes one message at a time' load 1 64 1 1000
check 'echoes over 50 connections' load 50 512 1 10000
check 'echoes over 1,000 connections' load 1000 512 1 5000
check 'echoes many small messages in flight' load 4 512 128 50000
check 'echoes 64 KiB with four in flight' load 4 65536 4 2000
check 'echoes 16 KiB over 100 connections' load 100 16384 4 4000
check 'keeps the echo after a half-close' streams_and_ends
check 'stops reading from a peer that does not read, and loses nothing' meets slow
check 'echoes all to peers that half-close before they read' meets half-close
check 'outlives peers that reset' meets reset
check 'still echoes after them' load 1 64 1 100
check 'ends on SIGTERM' ends_on_sigterm
end_of_tests
