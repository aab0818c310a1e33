#!/usr/bin/env bash
# sockecho-client(1) is well-formed, and describes the options of --help and the keys of both JSON reports: all of them and
# no others.
#
# usage: client-manual.sh SOCKECHO_SERVER SOCKECHO_CLIENT PAGE
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
folder=$(dirname "$0")
# shellcheck source=/dev/null
. "$folder/common.sh"

server=$1
client=$2
page=$3

# Whether a page that this one refers to is installed is a matter of the machine.
is_well_formed() {
    mandoc -Tlint "$page" >"$scratch/faults" 2>"$scratch/err" || true
    mandoc -Tascii "$page" >"$scratch/out" && [ -s "$scratch/out" ] &&
        ! grep -v ': STYLE: referenced manual not found: ' "$scratch/faults"
}

# "-p --port VALUE" or "--version", a line each.
options_of_help() {
    "$client" --help | sed -nE 's/^  +(-[a-zA-Z0-9], )?(--[a-z0-9-]+)( [A-Z]+)?(  .*)?$/\1\2\3/p' | tr -d , |
        sed -E 's/ +[A-Z]+$/ VALUE/' | LC_ALL=C sort
}

# The options that a page begins a paragraph with. Those of a ping and of a load may be two paragraphs.
options_of_page() {
    sed -nE 's/^\.It (Fl .*)/\1/p' "$page" |
        sed -E 's/ , / /; s/Fl -/--/g; s/Fl ([a-zA-Z0-9])( |$)/-\1\2/; s/ Ar .*/ VALUE/' | LC_ALL=C sort -u
}

describes_options_of_help() {
    options_of_help >"$scratch/help"
    options_of_page >"$scratch/page"
    [ "$(wc -l <"$scratch/help")" -gt 20 ] && grep -qx -- '-p --port VALUE' "$scratch/help" || return 1
    diff "$scratch/help" "$scratch/page"
}

# keys_of_page SUBSECTION
keys_of_page() {
    sed -n '/^\.Sh JSON/,/^\.Sh E/p' "$page" | sed -n "/^\.Ss $1/,/^\.S[sh] /p" | sed -nE 's/^\.Cm ([a-z0-9_]+).*/\1/p' |
        LC_ALL=C sort -u
}

# All four kinds of lines: a ping that returns, and one that is lost.
describes_keys_of_ping() {
    start_server "$server"
    run "$client" -n 1 --json -p "$port" 127.0.0.1
    cp "$scratch/out" "$scratch/events"
    run "$client" -n 1 --json --unix "$scratch/missing"
    cat "$scratch/out" >>"$scratch/events"
    "$folder/ping-reports.py" keys "$scratch/events" >"$scratch/printed"
    keys_of_page 'Round trips' >"$scratch/page"
    [ "$(wc -l <"$scratch/printed")" -gt 30 ] && diff "$scratch/printed" "$scratch/page" && ends_with_0
}

describes_keys_of_load() {
    start_server "$server"
    run "$client" --load -n 1 --json -p "$port" 127.0.0.1
    sed -nE 's/^  "([a-z0-9_]+)": .*/\1/p' "$scratch/out" | LC_ALL=C sort >"$scratch/printed"
    keys_of_page Loads >"$scratch/page"
    [ "$(wc -l <"$scratch/printed")" -gt 40 ] && diff "$scratch/printed" "$scratch/page" && ends_with_0
}

if command -v mandoc >/dev/null; then
    check 'page is as mandoc wants it' is_well_formed
else
    skip 'page is as mandoc wants it' 'mandoc is not installed'
fi
check 'page describes the options of --help and no others' describes_options_of_help
if command -v python3 >/dev/null; then
    check 'page describes the JSON of a ping' describes_keys_of_ping
else
    skip 'page describes the JSON of a ping' 'python3 is not installed'
fi
check 'page describes the JSON of a load' describes_keys_of_load

end_of_tests
