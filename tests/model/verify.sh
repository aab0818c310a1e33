#!/usr/bin/env bash
# Verifies the model of the server, server.pml, in scenes that differ in who the peers are and how often the server is
# stopped; then lets the same search look at mutants of the model, each of which lacks a guard and must be found out. A
# search that was not completed proves nothing, and fails.
#
# usage: verify.sh [whole]     whole: with the scenes that need minutes and up to four gigabytes
#
# Prints TAP, and how many states each search has seen.
set -euo pipefail

model=$(cd "$(dirname "$0")" && pwd)/server.pml
memory_mb=5000
depth=2000

# Small scenes: who the peers are, how many bytes each sends at most, how often the server is stopped, deadlines.
scene() {
    printf -- '-DPEERS=%s -DKIND_0=%s -DKIND_1=%s -DBYTES_0=%s -DBYTES_1=%s -DSILENT=%s -DSTOPS=%s -DTIMED=%s' "$@"
}
served=$(scene 2 HASTY HASTY 1 1 0 0 0)
calm=$(scene 2 PATIENT PATIENT 1 1 0 1 0)
late=$(scene 2 PATIENT PATIENT 0 0 0 1 0)
long=$(scene 1 HASTY PATIENT 3 0 0 1 0)
rude=$(scene 1 RUDE PATIENT 2 0 0 1 0)
deadlines=$(scene 1 HASTY PATIENT 2 0 1 1 1)
twice=$(scene 2 PATIENT PATIENT 0 0 1 2 0)
late_bytes=$(scene 1 PATIENT PATIENT 2 0 1 2 0)
# Large ones.
deadlines_of_two=$(scene 2 PATIENT PATIENT 1 0 1 1 1)
twice_with_bytes=$(scene 2 PATIENT PATIENT 0 1 1 2 0)
twice_for_all=$(scene 2 PATIENT PATIENT 1 1 0 2 0)
wild=$(scene 2 HASTY RUDE 1 1 0 1 0)

for tool in spin gcc; do
    command -v "$tool" >/dev/null || {
        printf '1..0 # SKIP %s is not installed\n' "$tool"
        exit 0
    }
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch"
case_count=0
failure_count=0

# search PARAMETERS COMPILER_OPTIONS PAN_OPTIONS: what pan says goes to pan.log.
search() {
    local parameters compiler_options pan_options
    read -ra parameters <<<"$1"
    read -ra compiler_options <<<"$2"
    read -ra pan_options <<<"${3:-}"
    rm -f pan*
    spin -a "${parameters[@]}" -DMUTANT="${4:-0}" "$model" >spin.log || {
        sed 's/^/# /' spin.log
        exit 1
    }
    gcc -O1 -w "-DMEMLIM=$memory_mb" -DCOLLAPSE "${compiler_options[@]}" -o pan pan.c
    # pan ends with 0 whatever it found.
    ./pan "-m$depth" "${pan_options[@]}" >pan.log
}

is_complete() {
    ! grep -qE 'Search not completed|search depth too small|MEMLIM|aborted' pan.log
}

found_nothing() {
    is_complete && grep -q 'errors: 0$' pan.log
}

states() {
    awk '/states, stored/ { print $1; exit }' pan.log
}

report() {
    local verdict=$1 name=$2
    case_count=$((case_count + 1))
    printf '%s %d - %s\n' "$verdict" "$case_count" "$name"
    [ "$verdict" = ok ] || failure_count=$((failure_count + 1))
}

report_search() {
    if found_nothing; then
        report ok "$1"
    else
        report 'not ok' "$1"
        sed '/^unreached/,$d; s/^/# /' pan.log
    fi
    printf '# %s states\n' "$(states)"
}

# holds SENTENCE PARAMETERS: no assertion fails and there is no deadlock.
holds() {
    search "$2" '-DSAFETY -DNOCLAIM'
    report_search "$1"
}

# returns SENTENCE PARAMETERS: the formula of the model holds.
returns() {
    search "$2" '' -a
    report_search "$1"
}

report_mutant() {
    if grep -qE 'errors: [1-9]' pan.log; then
        report ok "$1"
        grep '^pan:1: ' pan.log | sed 's/^/# /'
    else
        report 'not ok' "$1"
        sed '/^unreached/,$d; s/^/# /' pan.log
    fi
}

# fails MUTANT PARAMETERS: an assertion fails, or there is a deadlock.
fails() {
    search "$2" '-DSAFETY -DNOCLAIM' '' "$1"
    report_mutant "mutant $1 is found out"
}

# never_returns MUTANT PARAMETERS: the formula itself fails; a deadlock is none of its business (-E).
never_returns() {
    search "$2" '' '-a -E' "$1"
    report_mutant "mutant $1 breaks the promise that a run returns"
}

holds 'two peers get all bytes and the FIN of the server without a stop' "$served"
holds 'two peers who wait for the FIN of the server get it, and all bytes' "$calm"
holds 'a peer who half-closes early gets more bytes than fit at a time' "$long"
holds 'a peer who resets harms nobody' "$rude"
holds 'deadlines end a peer who has fallen silent' "$deadlines"
holds 'a second stop ends peers who have fallen silent, without deadlines' "$twice"
holds 'a second stop may come amid the echo' "$late_bytes"
returns 'after a stop the run always returns' "$late"
if [ "${1:-}" = whole ]; then
    holds 'deadlines end two peers who have fallen silent' "$deadlines_of_two"
    holds 'a second stop ends two peers who have fallen silent amid the echo' "$twice_with_bytes"
    holds 'a second stop may come while two peers are served' "$twice_for_all"
    holds 'a peer who half-closes early and one who resets are served together' "$wild"
    returns 'after a stop the run always returns, with bytes under way' "$calm"
fi

never_returns STOP_WAKES_NOBODY "$late"
never_returns CLOSE_WAKES_NOBODY "$late"
fails CLOSE_WAKES_NOBODY "$late"
fails FLAG_READ_LAST "$late"
fails MAIL_WAKES_NOBODY "$served"
fails WAKE_BEFORE_MAIL "$served"
fails CLEAR_AFTER_HEARING "$late"
fails END_WAKES_NOBODY "$late"
fails FIRST_WAITS_FOR_NOBODY "$twice"
fails CUT_ONLY_ONCE "$twice"
fails LATE_ONES_NOT_DRAINED "$late"
fails FIN_BEFORE_ALL_IS_BACK "$long"
fails NO_DISCARD "$calm"
fails ARRIVED_BYTES_FORGOTTEN "$calm"
fails QUEUE_FORGOTTEN "$late"
fails CUT_WITH_FIN "$deadlines"
fails DISCARDS_NOT_COUNTED "$late_bytes"
fails STOP_WAKES_NOBODY "$late"
fails DRAIN_SLEEPS_TOO_SOON "$long"
fails RECEIVE_BEFORE_SENT "$long"
fails STOP_IS_NOT_PASSED_ON "$twice"

printf '1..%d\n' "$case_count"
[ "$failure_count" -eq 0 ]
