#!/usr/bin/env bash
# The measuring programs of the bench: each gives figures, and none where something went wrong.
#
# usage: programs.sh FOLDER_OF_PROGRAMS BARE_EPOLL_SERVER
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/../programs/common.sh"

programs=$1

start "$2"
port=${line##*:}
right_port=$port
start "$(dirname "$0")/wrong-echo.py"
wrong_port=${line##*:}

# bench PROGRAM PORT ARGUMENT...
bench() {
    local program=$1 at=$2
    shift 2
    run "$programs/bench-$program" -p "$at" "$@" 127.0.0.1 </dev/null
}

# tells PYTHON_EXPRESSION: the program succeeded, and this is true of its result, which is named `it`.
tells() {
    [ "$status" -eq 0 ] && python3 - "$1" "$scratch/out" <<'PYTHON'
import json
import sys

with open(sys.argv[2], encoding="utf-8") as result:
    it = json.load(result)
if not eval(sys.argv[1]):
    sys.exit("not true: " + sys.argv[1])
PYTHON
}

loads() {
    bench "$1-load" "$right_port" --connections 3 --size 100000 --depth 2 --duration 0.2
    tells 'it["echoes"] > 0 and it["seconds"] >= 0.15 and it["cpu_seconds"] > 0' &&
        tells 'abs(it["echoes_per_second"] - it["echoes"] / it["seconds"]) < 1'
}

takes_wrong_bytes() {
    bench "$1-load" "$wrong_port" --duration 0.2
    tells 'it["echoes"] > 0'
}

finds_wrong_bytes() {
    bench checked-load "$wrong_port" --duration 0.2
    failed_with 1 bench-engine-load 'a wrong byte came back'
}

compares_clients() {
    bench client "$right_port" --rounds 2 --round 0.005
    tells '[(each["mode"], each["size_bytes"]) for each in it["results"]] == [(mode, size)
        for mode in ("blocking", "non-blocking", "timeout") for size in (64, 512, 16384, 65536)]' &&
        tells 'all(len(each["library_echo_ns"]) == 2 and each["time_ratio_to_by_hand_checked"] > 0
            for each in it["results"])'
}

compares_bulk() {
    bench client "$right_port" --rounds 1 --bulk 30000000
    tells 'len(it["results"]) == 1 and it["results"][0]["size_bytes"] == 30000000' &&
        tells 'it["results"][0]["by_hand_gb_per_s"] > 0'
}

client_finds_wrong_bytes() {
    bench client "$wrong_port" --rounds 1
    failed_with 1 bench-client 'the library cannot echo'
}

churns() {
    bench churn "$right_port" --connections 4 --duration 0.2
    tells 'it["connections"] > 0 and it["failures"] == {} and it["seconds"] >= 0.2'
}

churn_names_failures() {
    bench churn "$wrong_port" --duration 0.1
    [ "$status" -eq 1 ] && grep -q '"failures": {"SE_EMISMATCH": [1-9]' "$scratch/out"
}

opens_and_holds() {
    bench connections "$right_port" --connections 200 --rounds 2
    tells 'it["connections"] == 200 and it["open_seconds"] > 0 and len(it["echo_ns"]) == 2'
}

starts() {
    run "$programs/bench-start" --rounds 5 </dev/null
    tells '0 < it["listening_us_median"] < it["first_echo_us_median"]' &&
        tells 'it["listening_heap_bytes"] is None or 0 < it["listening_heap_bytes"] < it["first_echo_heap_bytes"]'
}

refuses_usage() {
    bench churn "$right_port" --duration 0
    failed_with 2 bench-churn 'duration' || return 1
    run "$programs/bench-bare-load" 127.0.0.1
    failed_with 2 bench-bare-load '-p PORT HOST'
}

fails_where_nobody_listens() {
    kill -TERM "$pid"
    ended "$pid"
    bench bare-load "$wrong_port" --duration 0.1
    failed_with 1 bench-bare-load 'cannot connect' || return 1
    bench checked-load "$wrong_port" --duration 0.1
    failed_with 1 bench-engine-load 'not all connections could be opened'
}

check 'the bare load counts echoes' loads bare
check 'the checked load counts echoes' loads checked
check 'the unchecked load counts echoes' loads unchecked
check 'the checked load finds wrong bytes' finds_wrong_bytes
check 'the unchecked load does not look at them' takes_wrong_bytes unchecked
check 'the bare load does not look at them' takes_wrong_bytes bare
check 'the clients are compared in three modes and four sizes' compares_clients
check 'the clients are compared with one large message' compares_bulk
check 'the client finds wrong bytes' client_finds_wrong_bytes
check 'connections are counted as they come and go' churns
check 'connections that fail are no result' churn_names_failures
check 'many connections are opened and held' opens_and_holds
check 'the start of a server is measured' starts
check 'wrong usage is refused' refuses_usage
check 'a server that is not there is no result' fails_where_nobody_listens
end_of_tests
