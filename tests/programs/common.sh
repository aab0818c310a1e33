# What the tests of the two programs share. Sourced, not run.
#
# A test script prints TAP: a line for each case and the plan at the end. A case is a sentence and a command; the
# command looks at $status, $scratch/out and $scratch/err, which `run` left.
# shellcheck shell=bash disable=SC2034,SC2154

scratch=$(mktemp -d)
case_count=0
failure_count=0

clean_up() {
    local pid
    # Those that still run: the number of one that has ended may be another process's by now.
    for pid in $(jobs -pr); do
        # The shell reports what was killed when it has been waited for.
        { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# check SENTENCE COMMAND...
check() {
    local name=$1
    shift
    case_count=$((case_count + 1))
    if "$@" >"$scratch/log" 2>&1; then
        printf 'ok %d - %s\n' "$case_count" "$name"
        return
    fi
    printf 'not ok %d - %s\n' "$case_count" "$name"
    explain >"$scratch/explanation"
    sed 's/^/# /' "$scratch/explanation"
    failure_count=$((failure_count + 1))
}

# skip SENTENCE REASON
skip() {
    case_count=$((case_count + 1))
    printf 'ok %d - %s # SKIP %s\n' "$case_count" "$1" "$2"
}

# with_python SENTENCE COMMAND...: a check, where there is Python.
with_python() {
    if command -v python3 >/dev/null; then
        check "$@"
    else
        skip "$1" 'python3 is not installed'
    fi
}

explain() {
    cat "$scratch/log"
    printf 'last exit status: %s\n' "${status-none}"
    printf 'last stderr:\n'
    head -c 1000 "$scratch/err"
    printf 'last stdout:\n'
    head -c 1000 "$scratch/out"
    # What was cut off has no end of line, and the next case needs a line of its own.
    printf '\n'
}

end_of_tests() {
    printf '1..%d\n' "$case_count"
    [ "$failure_count" -eq 0 ]
}

# run COMMAND...: its exit status goes to $status. Bounded, so that a hang is a failure, and SE_TEST_SLOW times longer
# where that is set; stdin is what the caller gives.
run() {
    status=0
    timeout "$((30 * ${SE_TEST_SLOW:-1}))" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
}

# failed_with STATUS PROGRAM TEXT: the program ended so, and said so in one line that has the text.
failed_with() {
    [ "$status" -eq "$1" ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] &&
        [[ $(cat "$scratch/err") == "$2: "*"$3"* ]]
}

printed() {
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ] && [ "$(cat "$scratch/out")" = "$1" ]
}

# start COMMAND...: in the background, its stdout in a pipe; gives $pid and the first line, which it waits for, as $line.
start() {
    mkfifo "$scratch/first-line"
    "$@" >"$scratch/first-line" 2>"$scratch/started-err" &
    pid=$!
    line=
    read -r line <"$scratch/first-line" || true
    rm "$scratch/first-line"
    if [ -z "$line" ]; then
        printf 'Bail out! %s does not start: %s\n' "$1" "$(cat "$scratch/started-err")"
        exit 1
    fi
}

# start_server PROGRAM OPTION...: gives $pid and $port.
start_server() {
    start "$@" --port any
    port=${line##*:}
}

# open_connection: a client that has had one echo and waits for more of its stdin, which descriptor 5 keeps open.
open_connection() {
    mkfifo "$scratch/to-client" "$scratch/from-client"
    "$client" -p "$port" 127.0.0.1 <"$scratch/to-client" >"$scratch/from-client" 2>"$scratch/client-err" &
    client_pid=$!
    exec 5>"$scratch/to-client" 6<"$scratch/from-client"
    rm "$scratch/to-client" "$scratch/from-client"
    printf 'first\n' >&5
    read -r -t 30 reply <&6
    [ "$reply" = first ]
}

close_connection() {
    exec 5>&-
    ended "$client_pid"
    exec 6<&-
}

# echoes EXPECTED ARGUMENT...: a client with these arguments prints this.
echoes() {
    local expected=$1
    shift
    run "$client" -t 10 "$@" </dev/null
    printed "$expected"
}

# client_with_hangup default|ignore: gives a program that runs the client with SIGHUP so, for whoever runs the tests may
# have it ignored, and a shell cannot undo that.
client_with_hangup() {
    printf '#!/bin/sh\nexec env --%s-signal=HUP %q "$@"\n' "$1" "$client" >"$scratch/client-with-hangup"
    chmod +x "$scratch/client-with-hangup"
    printf '%s' "$scratch/client-with-hangup"
}

# hold_connection: descriptor 7 is a connection that the server has accepted, for a byte has come back through it.
hold_connection() {
    exec 7<>"/dev/tcp/127.0.0.1/$port" || return 1
    printf x >&7
    read -r -t 30 -N 1 reply <&7
    [ "$reply" = x ]
}

drop_connection() {
    exec 7>&-
}

is_served() {
    echoes hello -p "$port" 127.0.0.1 hello
}

is_reset() {
    run "$client" -t 10 -p "$port" 127.0.0.1 hello
    failed_with 1 sockecho-client 'connection reset'
}

# await COMMAND...: until it succeeds. Bounded.
await() {
    local deadline=$((SECONDS + 20))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
    done
}

# ends_with_0: what was started last, after SIGTERM.
ends_with_0() {
    kill -TERM "$pid"
    ended "$pid"
    [ "$status" -eq 0 ]
}

# ended PID: waits for the end of a process that was started; its exit status goes to $status.
ended() {
    status=0
    wait "$1" || status=$?
}

# find_refused_port: gives $refused_port, on which nobody listens any more.
find_refused_port() {
    local running=$port
    start_server "$server"
    kill -TERM "$pid"
    ended "$pid"
    refused_port=$port
    port=$running
}
