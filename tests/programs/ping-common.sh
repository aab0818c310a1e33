# What the tests of sockecho-client -n and --ping share, on top of common.sh. Sourced, not run.
# shellcheck shell=bash disable=SC2034,SC2154

# ping ARGUMENT...
ping() {
    run "$client" -p "$port" "$@" </dev/null
}

succeeded() {
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ]
}

# says PATTERN: a line of stdout.
says() {
    grep -qxE "$1" "$scratch/out"
}

# complains COUNT: so many lines on stderr, all of the client's.
complains() {
    [ "$(wc -l <"$scratch/err")" -eq "$1" ] && [ "$(grep -c '^sockecho-client: ' "$scratch/err")" -eq "$1" ]
}

# begin_ping ARGUMENT...: in the background; gives its first line on stdout as $line, for which it waits. What it prints
# from then on comes through descriptor 6.
begin_ping() {
    mkfifo "$scratch/from-client"
    "$client" "$@" >"$scratch/from-client" 2>"$scratch/err" </dev/null &
    client_pid=$!
    exec 6<"$scratch/from-client"
    rm "$scratch/from-client"
    next_line
}

next_line() {
    read -r -t 30 line <&6
}

# end_ping [SIGNAL]: the rest of what it prints is in $scratch/out, its exit status in $status.
end_ping() {
    if [ $# -gt 0 ]; then
        kill "-$1" "$client_pid"
    fi
    cat <&6 >"$scratch/out"
    ended "$client_pid"
    exec 6<&-
}

# begin_held_ping ARGUMENT...: a ping whose peer has received the first message, $bytes in hexadecimal, and holds the echo
# back; descriptor 5 lets it go.
begin_held_ping() {
    mkfifo "$scratch/to-peer" "$scratch/from-peer"
    "$scripted_peer" hold <"$scratch/to-peer" >"$scratch/from-peer" 2>"$scratch/peer-err" &
    peer_pid=$!
    exec 5>"$scratch/to-peer" 7<"$scratch/from-peer"
    rm "$scratch/to-peer" "$scratch/from-peer"
    read -r -t 30 peer_port <&7
    "$client" -p "$peer_port" -s 5 "$@" 127.0.0.1 >"$scratch/out" 2>"$scratch/err" </dev/null 5>&- 7<&- &
    client_pid=$!
    read -r -t 30 word bytes <&7 && [ "$word" = received ]
}

# The peer sends its echo, and ends when the client has.
let_echo_go() {
    exec 5>&-
}

end_held_ping() {
    ended "$client_pid"
    exec 7<&-
}

# After find_refused_port.
has_ipv6() {
    run "$client" -t 10 -6 -p "$refused_port" ::1 hello
    grep -q 'connection refused' "$scratch/err"
}
