#!/usr/bin/env bash
# The statistics of sockecho-server: on SIGUSR1 and at the end, as text and as JSON.
#
# usage: statistics.sh SOCKECHO_SERVER SOCKECHO_CLIENT STATISTICS_HEADER
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1
client=$2
header=$3
output=$scratch/server-out

# start_printing OPTION...: a server whose whole stdout is kept.
start_printing() {
    rm -f "$output"
    "$server" -p any "$@" >"$output" 2>"$scratch/started-err" &
    pid=$!
    await grep -qs '^listening on ' "$output"
    port=$(sed -n 's/^listening on .*://p' "$output")
}

has_more_lines_than() {
    [ "$(wc -l <"$output")" -gt "$1" ]
}

# asks: until there is an answer, which the server writes in one piece.
asks() {
    local lines
    lines=$(wc -l <"$output")
    kill -USR1 "$pid"
    await has_more_lines_than "$lines"
}

# text_says COUNT MEANING: the answer does. A peer may have its echo before the server has counted it.
text_says() {
    asks && [ "$(tail -n 15 "$output" | sed -n "s/^ *\([0-9]*\) $2\$/\1/p")" = "$1" ]
}

signal_prints_text_and_the_server_goes_on() {
    start_printing && is_served && await text_says 1 'connections taken in' || return 1
    [[ $(sed -n 2p "$output") =~ ^statistics\ after\ [0-9]+\.[0-9]{3}\ s:$ ]] || return 1
    await text_says 5 'bytes received' && await text_says 1 'ended in order' && hold_connection || return 1
    await text_says 2 'connections taken in' && await text_says 1 'connections now' &&
        await text_says 6 'bytes echoed' || return 1
    drop_connection
    is_served && ends_with_0 && [ $(($(wc -l <"$output") % 16)) -eq 1 ] && [ ! -s "$scratch/started-err" ]
}

nothing_is_printed_at_the_end_unless_asked() {
    start_printing && is_served && ends_with_0 && [ "$(wc -l <"$output")" -eq 1 ]
}

end_prints_text() {
    start_printing --statistics text && is_served && ends_with_0 && [ "$(wc -l <"$output")" -eq 17 ] &&
        grep -qx ' *1 ended in order' "$output"
}

# json EXPRESSION: holds for the object `it` on the last line of the output.
json() {
    tail -n 1 "$output" | python3 -c '
import json, sys
it = json.loads(sys.stdin.read())
sys.exit(0 if eval(sys.argv[1]) else sys.argv[1] + " does not hold for " + str(it))' "$1"
}

json_says() {
    asks && json "$1"
}

signal_and_end_print_json() {
    start_printing --statistics=json && hold_connection || return 1
    await json_says 'it["active"] == it["accepted"] == it["received_bytes"] == 1 and it["orderly"] == 0' || return 1
    drop_connection
    is_served && ends_with_0 && ! tail -n +2 "$output" | grep -v '^{.*}$' || return 1
    json 'it["active"] == 0 and it["accepted"] == it["orderly"] == 2 and it["active_max"] in (1, 2)' &&
        json 'it["received_bytes"] == it["echoed_bytes"] == 6 and it["given_up_bytes"] == 0 and it["uptime_s"] > 0'
}

# Each figure that the header declares is there, in its order, and no other one.
json_has_all_figures() {
    grep -o '^    SE_STAT_[A-Z_]*' "$header" | sed 's/ *SE_STAT_//' | tr '[:upper:]' '[:lower:]' >"$scratch/expected"
    [ "$(wc -l <"$scratch/expected")" -ge 15 ] || return 1
    start_printing --statistics json && ends_with_0 || return 1
    sed -n 2p "$output" | python3 -c 'import json, sys; print("\n".join(list(json.load(sys.stdin))[1:]))' \
        >"$scratch/figures"
    diff "$scratch/expected" "$scratch/figures"
}

complained_of_stdout() {
    grep -q '^sockecho-server: cannot write to stdout' "$scratch/started-err"
}

# `start` leaves the server with a pipe that nobody reads.
unread_statistics_end_nothing() {
    start_server "$server"
    kill -USR1 "$pid"
    await complained_of_stdout && is_served && ends_with_0
}

unread_statistics_at_the_end_are_a_failure() {
    start_server "$server" --statistics text
    kill -TERM "$pid"
    ended "$pid"
    [ "$status" -eq 1 ] && complained_of_stdout
}

complaints_are() {
    [ "$(grep -c '^sockecho-server: cannot write to stdout' "$scratch/started-err")" -ge "$1" ]
}

# The pipe is broken for the first answer only: the second one has a reader again, and nothing to complain of.
statistics_arrive_again_where_somebody_reads_again() {
    mkfifo "$scratch/pipe"
    "$server" -p any >"$scratch/pipe" 2>"$scratch/started-err" &
    pid=$!
    read -r -t 30 line <"$scratch/pipe" || return 1
    port=${line##*:}
    kill -USR1 "$pid"
    await complaints_are 1 && exec 8<>"$scratch/pipe" || return 1
    kill -USR1 "$pid"
    read -r -t 30 line <&8 && [[ $line == statistics\ after* ]] || return 1
    ends_with_0 && ! complaints_are 2
}

each_failure_to_print_names_its_own_reason() {
    start_server "$server" --statistics text
    kill -USR1 "$pid"
    await complaints_are 1 || return 1
    kill -USR1 "$pid"
    await complaints_are 2 || return 1
    kill -TERM "$pid"
    ended "$pid"
    [ "$status" -eq 1 ] && complaints_are 3 &&
        ! grep -v '^sockecho-server: cannot write to stdout: Broken pipe$' "$scratch/started-err"
}

# The pipe is full, and whoever has it open does not read.
statistics_that_nobody_reads_do_not_keep_it_from_stopping() {
    mkfifo "$scratch/unread"
    exec 8<>"$scratch/unread"
    "$server" -p any >&8 2>"$scratch/started-err" &
    pid=$!
    read -r -t 30 line <&8 || return 1
    port=${line##*:}
    dd if=/dev/zero of="$scratch/unread" bs=4096 oflag=nonblock 2>/dev/null || true
    kill -USR1 "$pid"
    await complained_of_stdout && is_served && ends_with_0
}

check 'SIGUSR1 prints the statistics and the server goes on' signal_prints_text_and_the_server_goes_on
check 'without --statistics nothing is printed at the end' nothing_is_printed_at_the_end_unless_asked
check '--statistics text prints them at the end' end_prints_text
check '--statistics json prints one object a line' signal_and_end_print_json
check 'JSON has all figures of the library' json_has_all_figures
check 'statistics that cannot be written end nothing' unread_statistics_end_nothing
check 'statistics that cannot be written at the end are a failure' unread_statistics_at_the_end_are_a_failure
check 'each failure to print names its own reason' each_failure_to_print_names_its_own_reason
check 'statistics arrive again where somebody reads again' statistics_arrive_again_where_somebody_reads_again
check 'statistics that nobody reads do not keep the server from stopping' \
    statistics_that_nobody_reads_do_not_keep_it_from_stopping

end_of_tests
