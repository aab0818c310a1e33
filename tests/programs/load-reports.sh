#!/usr/bin/env bash
# What sockecho-client --load reports: JSON, a histogram, a line on a terminal, and its verdict on figures that a load on
# loopback does not have.
#
# usage: load-reports.sh SOCKECHO_SERVER SOCKECHO_CLIENT SCRIPTED_PEER CLIENT_WITH_FAKED_FIGURES
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
# shellcheck source=/dev/null
. "$(dirname "$0")/load-common.sh"

server=$1
client=$2
scripted_peer=$3
faked_client=$4
reports=$(dirname "$0")/load-reports.py

start_server "$server"

# tells EXPRESSION...: of the JSON report.
tells() {
    python3 "$reports" json "$scratch/out" "$@"
}

reports_in_json() {
    load --count 1000 --connections 7 --depth 3 --size 100 --seed 5 --json
    succeeded && tells "ok is True and reason is None and host == '127.0.0.1' and port == $port" \
            'asked_connections == connected == 7 and asked_depth == 3 and asked_size_bytes == 100 and asked_seed == 5' \
            'asked_count == sent == returned == 1000 and returned_bytes == 100000 and lost == unsent == 0' \
            'asked_rate_per_s is asked_duration_s is late_mean_us is late_max_us is mismatch_offset_bytes is None' \
            '0 < rtt_min_us <= rtt_p50_us <= rtt_p90_us <= rtt_p99_us <= rtt_max_us' \
            'rtt_min_us <= rtt_mean_us <= rtt_max_us and rtt_p99_9_us is rtt_p99_99_us is None' \
            'abs(messages_per_s * elapsed_us / 1e6 - 1000) < 1 and abs(bytes_per_s / messages_per_s - 100) < 1' \
            '0 <= busy_percent <= 100 and memory_bytes > 0 and stopped_by_signal is False and warmup_returned == 0'
}

# The twentieth of 50 a second leaves 380 ms after the first; twenty of them take 400.
keeps_rate() {
    load --count 20 --rate 50 --json
    succeeded && tells 'returned == 20 and asked_rate_per_s == 50 and elapsed_us >= 400000 and messages_per_s <= 50' \
            '0 <= late_mean_us <= late_max_us and engine_was_the_limit is False'
}

reports_refusal_in_json() {
    run "$client" --load --json --connections 3 -p "$refused_port" 127.0.0.1
    failed_with 1 sockecho-client '3 connections were refused' || return 1
    tells 'ok is False and refused_connections == 3 and sent == connected == 0 and "3 connections were refused" in reason' \
            'rtt_min_us is rtt_mean_us is rtt_p50_us is rtt_max_us is messages_per_s is bytes_per_s is None'
}

reports_mismatch_in_json() {
    start "$scripted_peer" wrong
    run "$client" --load --json -p "$line" --size 5 --count 1 127.0.0.1
    [ "$status" -eq 1 ] && tells 'mismatch_connections == 1 and mismatch_connection == 0 and mismatch_offset_bytes == 2' \
            'sent == lost == 1 and returned == 0'
}

# draws COUNT ARGUMENT...
draws() {
    load --json --histogram "$scratch/histogram" --count "$@"
    succeeded && python3 "$reports" histogram "$scratch/histogram" "$scratch/out"
}

draws_nothing() {
    run "$client" --load --histogram "$scratch/histogram" -p "$refused_port" 127.0.0.1
    failed_with 1 sockecho-client refused && grep -q 'Total count    =            0\]$' "$scratch/histogram" &&
        ! grep -q inf "$scratch/histogram"
}

# fakes FIGURE... -- ARGUMENT...: a figure is the number in enum se_load_stat, =, and what is to be believed of it.
fakes() {
    local figures=()
    while [ "$1" != -- ]; do
        figures+=("FAKED_FIGURE_$1")
        shift
    done
    shift
    run env "${figures[@]}" "$faked_client" --load --count 10 -p "$port" "$@" 127.0.0.1 </dev/null
}

# fails_for SENTENCE FIGURE...: on stderr and in the summary.
fails_for() {
    local sentence=$1
    shift
    fakes "$@" --
    failed_with 1 sockecho-client "$sentence" && grep -qF "  $sentence" "$scratch/out"
}

opens_fewer() {
    fakes 0=1 -- --connections 3
    failed_with 1 sockecho-client '1 of 3 connections were opened' && says 'connected: +1 of 3'
}

rate=(--rate 10000)
long=16=100000000
saturated=19=950
warning='warning: +the engine itself was the limit: .*'

fails_for_saturation_at_rate() {
    fakes "$long" "$saturated" -- "${rate[@]}"
    failed_with 1 sockecho-client 'the engine itself was the limit: it was busy 95.0 % of the time' && says "$warning"
}

# warns_of_saturation yes|no FIGURE... -- ARGUMENT...: and ends with 0.
warns_of_saturation() {
    local expected=$1
    shift
    fakes "$@"
    succeeded || return 1
    if says "$warning"; then [ "$expected" = yes ]; else [ "$expected" = no ]; fi
}

tells_saturation_in_json() {
    fakes "$long" "$saturated" -- "${rate[@]}" --json
    [ "$status" -eq 1 ] && tells 'engine_was_the_limit is True and ok is False and "the engine itself was" in reason'
}

# shows EXPRESSION PROGRAM ARGUMENT...: on a terminal, of the `lines`.
shows() {
    python3 "$reports" live "$1" "$2" --load -p "$port" "${@:3}" 127.0.0.1
}

# shows_percentiles COUNT NAME...: where so many have come back in each interval, lines have these percentiles and no others.
shows_percentiles() {
    export FAKED_FIGURE_1=$1 FAKED_FIGURE_2=$1
    shift
    local names
    names=$(printf '%s:' "$@")
    shows 'any("max" in line for line in lines) and all(":".join(re.findall(r"p[\d.]+", line) + [""]) == "'"${names#:}"'"
        for line in lines if "max" in line)' "$faked_client" --duration 0.3 --interval 0.1
    local result=$?
    unset FAKED_FIGURE_1 FAKED_FIGURE_2
    return $result
}

# shows_interval_of NANOSECONDS yes|no: where it should be 0.1 s.
shows_interval_of() {
    local expression='any("messages/s" in line for line in lines)'
    [ "$2" = yes ] || expression="not $expression"
    export FAKED_FIGURE_16=$1
    shows "$expression" "$faked_client" --duration 0.3 --interval 0.1
    local result=$?
    unset FAKED_FIGURE_16
    return $result
}

escapes_host_in_json() {
    run "$faked_client" --load --count 1 -p "$port" --json $'a"b\\c\td\xe9' </dev/null
    succeeded && tells 'host == "a\"b\\c\td\xe9"'
}

find_refused_port

with_python 'load reports in JSON' reports_in_json
with_python 'load keeps to its rate' keeps_rate
with_python 'load reports a refusal in JSON' reports_refusal_in_json
with_python 'load reports a wrong byte in JSON' reports_mismatch_in_json
with_python 'load reports a busy engine in JSON' tells_saturation_in_json
with_python 'load escapes the host in JSON' escapes_host_in_json
with_python 'load draws a histogram' draws 20000 --connections 4
with_python 'load draws a histogram of few echoes' draws 100
with_python 'load rewrites a line on a terminal' \
    shows 'sum("messages/s" in line for line in lines) >= 2' "$client" --duration 0.7 --interval 0.1
with_python 'load tells no percentile of 19 on a terminal' shows_percentiles 19 ''
with_python 'load tells the median of 20 on a terminal' shows_percentiles 20 p50
with_python 'load tells the median and the 90th percentile of 999 on a terminal' shows_percentiles 999 p50 p90
with_python 'load tells the median and the 99th percentile of 1000 on a terminal' shows_percentiles 1000 p50 p99
with_python 'load tells nothing beyond the 99th percentile on a terminal' shows_percentiles 100000 p50 p99
with_python 'load shows most of an interval on a terminal' shows_interval_of 60000000 yes
with_python 'load does not show the rest after the last interval on a terminal' shows_interval_of 40000000 no

check 'load without an echo draws an empty histogram' draws_nothing
check 'load reports that local ports are used up' \
    fails_for '4 connections were not opened, because the local ports are used up' 12=4
check 'load reports one message that was due' fails_for '1 message was due and never sent' 5=1
check 'load reports messages that were due' fails_for '2 messages were due and never sent' 5=2
check 'load names the gravest loss' fails_for '1 connection was reset by the peer, or failed otherwise' 7=2 9=1 11=0
check 'load reports connections that were not opened' opens_fewer
check 'load with a rate fails when the engine had no time left' fails_for_saturation_at_rate
check 'load without a rate only warns of it' warns_of_saturation yes "$long" "$saturated" --
check 'load does not warn of an engine that had time left' warns_of_saturation no "$long" 19=949 -- "${rate[@]}"
check 'load does not judge the engine by less than 100 ms' warns_of_saturation no 16=99999999 "$saturated" -- "${rate[@]}"

end_of_tests
