#!/usr/bin/env bash
# sockecho-server(1) describes the options of --help, all of them and no others, with their letters and what they take;
# and the figures of the statistics.
#
# usage: server-manual.sh SOCKECHO_SERVER SOCKECHO_CLIENT PAGE
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1
page=$3

# "-H --host VALUE" or "--version", a line each.
options_of_help() {
    "$server" --help | sed -nE 's/^  +(-[a-zA-Z], )?(--[a-z-]+)( [A-Z]+)?(  .*)?$/\1\2 \3/p' | tr -d , |
        sed -E 's/ +[A-Z]+$/ VALUE/; s/ +$//' | LC_ALL=C sort
}

options_of_page() {
    sed -nE 's/^\.It (Fl .*)/\1/p' "$page" |
        sed -E 's/ (Ar|Cm) .* , Fl/ , Fl/; s/ , / /; s/Fl -/--/g; s/Fl ([a-zA-Z])( |$)/-\1\2/; s/ (Ar|Cm) .*/ VALUE/' |
        LC_ALL=C sort
}

page_describes_options_of_help() {
    options_of_help >"$scratch/help"
    options_of_page >"$scratch/page"
    [ "$(wc -l <"$scratch/help")" -gt 15 ] && grep -qx -- '-p --port VALUE' "$scratch/help" || return 1
    diff "$scratch/help" "$scratch/page"
}

page_describes_statistics() {
    "$server" -p any --statistics json >"$scratch/server-out" &
    pid=$!
    await grep -q listening "$scratch/server-out"
    ends_with_0 || return 1
    grep -o '"[a-z_]*"' "$scratch/server-out" | tr -d '"' | LC_ALL=C sort >"$scratch/printed"
    sed -n '/^\.Ss Statistics/,/^\.Sh /p' "$page" | grep -oE 'Va [a-z_]+' | sed 's/Va //' | LC_ALL=C sort >"$scratch/page"
    diff "$scratch/printed" "$scratch/page"
}

check 'page describes the options of --help and no others' page_describes_options_of_help
check 'page describes the figures of the statistics and no others' page_describes_statistics

end_of_tests
