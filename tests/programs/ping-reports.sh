#!/usr/bin/env bash
# What sockecho-client -n and --ping report beside lines for a person: JSON, a histogram, what SmokePing reads, and how it
# looks on a terminal.
#
# usage: ping-reports.sh SOCKECHO_SERVER SOCKECHO_CLIENT SCRIPTED_PEER CLIENT_WITH_FAKED_CONNECTS
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
folder=$(dirname "$0")
# shellcheck source=/dev/null
. "$folder/common.sh"
# shellcheck source=/dev/null
. "$folder/ping-common.sh"

server=$1
client=$2
scripted_peer=$3
faked_client=$4

start_server "$server"

# tells EXPRESSION...: of the JSON on stdout.
tells() {
    "$folder/ping-reports.py" "$scratch/out" "$@"
}

reports_in_json() {
    ping -n 1000 -w 0.001 -s 100 -f '"' -t 20 -4 --json 127.0.0.1
    succeeded && tells "start['host'] == '127.0.0.1' and start['port'] == $port and start['unix_path'] is None" \
            'start["count"] == 1000 and start["interval_s"] == 0.001 and start["timeout_s"] == 20' \
            'start["size_bytes"] == 100 and start["fill"] == "\"" and start["ip_version"] == 4' \
            '[reply["sequence"] for reply in replies] == list(range(1, 1001))' \
            "all(reply['peer'] == '127.0.0.1:$port' and reply['size_bytes'] == 100 for reply in replies)" \
            'summary["sent"] == summary["returned"] == 1000 and summary["ok"] is True and not errors' \
            'summary["rtt_min_us"] == min(reply["rtt_us"] for reply in replies)' \
            'summary["rtt_max_us"] == max(reply["rtt_us"] for reply in replies)' \
            'abs(summary["rtt_mean_us"] - sum(reply["rtt_us"] for reply in replies) / 1000) < 0.002' \
            'is_nearest_rank(summary["rtt_p50_us"], 500)' \
            'is_nearest_rank(summary["rtt_p90_us"], 900)' \
            'is_nearest_rank(summary["rtt_p99_us"], 990)' \
            'summary["rtt_p99_9_us"] is None and summary["stopped_by_signal"] is False and summary["elapsed_s"] >= 0.999'
}

leaves_unknown_null() {
    run "$client" --unix "$scratch/missing" -n 1 --json </dev/null
    failed_with 1 sockecho-client "seq=1: cannot connect to unix socket '$scratch/missing'" &&
        tells "start['host'] is start['port'] is start['ip_version'] is start['fill'] is None and start['count'] == 1" \
            "start['unix_path'] == '$scratch/missing'" \
            'summary["rtt_min_us"] is summary["rtt_mean_us"] is summary["rtt_p50_us"] is summary["rtt_max_us"] is None' \
            'summary["ok"] is False and summary["refused"] == 1 and errors[0]["error"] == "ENOENT"'
}

reports_losses_in_json() {
    start "$scripted_peer" short reset wrong silent echo
    run "$client" -p "$line" -n 6 -w 0 -s 5 -t 3 --format=json 127.0.0.1 </dev/null
    [ "$status" -eq 1 ] && complains 4 &&
        tells '[error["lost"] for error in errors] == ["short", "reset", "mismatch", "timed_out"]' \
            '[error["error"] for error in errors] == ["SE_ECLOSED", "ECONNRESET", "SE_EMISMATCH", "ETIMEDOUT"]' \
            '[error["sequence"] for error in errors] == [1, 2, 3, 4] and [reply["sequence"] for reply in replies] == [5, 6]' \
            '[error["mismatch_offset_bytes"] for error in errors] == [None, None, 2, None]' \
            'all(summary[loss] == 1 for loss in ("short", "reset", "mismatch", "timed_out")) and summary["refused"] == 0' \
            'summary["sent"] == 6 and summary["returned"] == 2 and summary["lost"] == 4 and summary["ok"] is False' \
            'summary["rtt_min_us"] <= summary["rtt_max_us"] and summary["rtt_p50_us"] is None'
}

# Somebody listens there, and turned the client away.
reports_reset_of_connect_in_json() {
    run env FAKED_RESETS=yes "$faked_client" -p "$port" -n 2 -w 0 --json 127.0.0.1 </dev/null
    [ "$status" -eq 1 ] && complains 2 &&
        grep -q "seq=1: cannot connect to '127.0.0.1' port $port: connection reset by the peer" "$scratch/err" &&
        tells '[error["lost"] for error in errors] == ["reset", "reset"]' 'errors[0]["error"] == "ECONNRESET"' \
            'summary["reset"] == summary["lost"] == 2 and summary["refused"] == 0'
}

reports_byte_too_many_in_json() {
    start "$scripted_peer" long
    run "$client" -p "$line" -n 1 -s 5 --json 127.0.0.1 </dev/null
    failed_with 1 sockecho-client 'more than the echo' &&
        tells 'summary["sent"] == summary["returned"] == 1 and summary["lost"] == 0 and summary["ok"] is False' \
            'errors[0]["sequence"] is errors[0]["lost"] is None and errors[0]["error"] == "SE_EMISMATCH"'
}

# A label of more than 63 letters is no name that a resolver would ask anyone about.
reports_unknown_host_in_json() {
    local host
    host=$(printf '%070d' 0 | tr 0 x)
    ping --ping --json "$host"
    failed_with 1 sockecho-client "'$host'" &&
        tells 'summary["sent"] == 0 and summary["ok"] is False and errors[0]["error"] == "SE_ERESOLVE"' \
            'errors[0]["sequence"] is None and start["count"] is None'
}

reports_signals_in_json() {
    begin_ping -p "$port" --ping -w 1000 --json 127.0.0.1
    printf '%s\n' "$line" >"$scratch/begin"
    next_line
    printf '%s\n' "$line" >>"$scratch/begin"
    kill -QUIT "$client_pid"
    next_line
    printf '%s\n' "$line" >>"$scratch/begin"
    end_ping INT
    cat "$scratch/out" >>"$scratch/begin"
    mv "$scratch/begin" "$scratch/out"
    succeeded && tells 'len(summaries) == 2 and len(replies) == 1 and start["count"] is None' \
            'summaries[0]["stopped_by_signal"] is False and summary["stopped_by_signal"] is True' \
            'summaries[0]["sent"] == summary["sent"] == 1 and summary["ok"] is True'
}

# draws COUNT
draws() {
    ping -n "$1" -w 0 --json --histogram "$scratch/histogram" 127.0.0.1
    succeeded && tail -n 1 "$scratch/out" >"$scratch/report" &&
        python3 "$folder/load-reports.py" histogram "$scratch/histogram" "$scratch/report"
}

draws_nothing() {
    run "$client" --unix "$scratch/missing" -n 1 --histogram "$scratch/histogram" </dev/null
    failed_with 1 sockecho-client 'seq=1' && grep -q 'Total count    =            0\]$' "$scratch/histogram" &&
        ! grep -q inf "$scratch/histogram"
}

reports_unwritable_histogram() {
    ping -n 1 --histogram "$1" 127.0.0.1
    failed_with 1 sockecho-client "cannot $2 histogram '$1'"
}

# prints_as_echoping COUNT ARGUMENT...
prints_as_echoping() {
    local count=$1
    shift
    ping --format=echoping -w 0 "$@" 127.0.0.1
    succeeded && [ "$(wc -l <"$scratch/out")" -eq "$count" ] &&
        [ "$(grep -cxE 'Elapsed time: [0-9]+\.[0-9]{6} seconds' "$scratch/out")" -eq "$count" ]
}

prints_what_returned_as_echoping() {
    start "$scripted_peer" short echo
    run "$client" --format=echoping -p "$line" -n 2 -w 0 -s 5 127.0.0.1 </dev/null
    failed_with 1 sockecho-client 'seq=1: the peer closed' && [ "$(wc -l <"$scratch/out")" -eq 1 ]
}

# probes VARIABLES ADDRESS OPTION...: SmokePing's probe runs the client with these options and gets five times, none of
# them 0.
probes() {
    local option
    run perl "$folder/smokeping.pl" "$client" 5 "target:$port:$1:$2"
    [ "$status" -eq 0 ] && [ "$(awk '$1 == "target" { print NF - 1 }' "$scratch/out")" -eq 5 ] &&
        awk '{ for (i = 2; i <= NF; i++) if ($i <= 0 || $i > 60) exit 1 }' "$scratch/out" || return 1
    for option in "${@:3}" '-n 5' --format=echoping "--port=$port"; do
        grep -q "executing cmd $client .* *$option " "$scratch/err" || return 1
    done
}

probes_ipv6() {
    local running=$port result=0
    start_server "$server" -H ::1
    probes waittime=0,ipversion=6 ::1 -6 || result=1
    port=$running
    return $result
}

probe_hears_of_losses() {
    start "$scripted_peer" short reset echo
    run perl "$folder/smokeping.pl" "$client" 5 "lossy:$line:size=5,waittime=0:127.0.0.1" \
        "target:$port:timeout=3:127.0.0.1"
    [ "$status" -eq 0 ] && grep -q 'seq=1: the peer closed' "$scratch/err" && grep -q 'exited with status 1' "$scratch/err" &&
        [ "$(awk '$1 == "lossy" { print NF - 1 }' "$scratch/out")" -eq 3 ] &&
        [ "$(awk '$1 == "target" { print NF - 1 }' "$scratch/out")" -eq 5 ]
}

# on_terminal WHAT PORT
on_terminal() {
    run "$folder/ping-terminal.py" "$1" "$client" "$2" </dev/null
    [ "$status" -eq 0 ]
}

with_smokeping() {
    if perl -MSmokeping::probes::EchoPing -e 1 2>"$scratch/log"; then
        check "$@"
    else
        skip "$1" 'smokeping is not installed'
    fi
}

find_refused_port

with_python 'ping reports in JSON' reports_in_json
with_python 'ping leaves null what is not known' leaves_unknown_null
with_python 'ping reports in JSON what it lost' reports_losses_in_json
with_python 'ping reports in JSON that it was reset while it connected' reports_reset_of_connect_in_json
with_python 'ping reports in JSON one byte too many' reports_byte_too_many_in_json
with_python 'ping reports in JSON an unknown host' reports_unknown_host_in_json
with_python 'ping reports in JSON after SIGQUIT and SIGINT' reports_signals_in_json
with_python 'ping draws a histogram' draws 3000
with_python 'ping draws a histogram of few echoes' draws 100
check 'ping without an echo draws an empty histogram' draws_nothing
check 'ping reports that the disk is full for the histogram' reports_unwritable_histogram /dev/full write
check 'ping reports that it cannot open the histogram' reports_unwritable_histogram "$scratch/no/histogram" open

check 'ping prints as echoping does' prints_as_echoping 3 -n 3
check 'ping measures once as echoping does' prints_as_echoping 1
check 'ping prints as echoping what returned' prints_what_returned_as_echoping
with_smokeping "SmokePing's probe reads every time" probes waittime=0 127.0.0.1 '-w 0'
with_smokeping "SmokePing's probe sets size, fill, timeout, wait and family" \
    probes 'size=510,fill=A,timeout=7,waittime=0.05,ipversion=4' 127.0.0.1 '-s 510' '-f A' '-t 7' '-w 0.05' -4
if has_ipv6; then
    with_smokeping "SmokePing's probe sets the other family" probes_ipv6
else
    skip "SmokePing's probe sets the other family" 'this machine has no IPv6'
fi
with_smokeping "SmokePing's probe hears of losses" probe_hears_of_losses

with_python 'ping on a terminal is live and heeds its keys' on_terminal ping "$port"
with_python 'complaint on a terminal is red unless NO_COLOR is set' on_terminal colour "$refused_port"
with_python 'long transfer shows its progress on a terminal' on_terminal progress "$port"
with_python 'long transfer does not mix its progress with its output' on_terminal unmixed "$port"

end_of_tests
