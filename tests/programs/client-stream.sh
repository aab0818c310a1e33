#!/usr/bin/env bash
# How sockecho-client streams its stdin: what it sends at once, and what it gathers while an echo is on its way.
#
# usage: client-stream.sh SOCKECHO_SERVER SOCKECHO_CLIENT
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
folder=$(dirname "$0")
# shellcheck source=/dev/null
. "$folder/common.sh"

client=$2

# streams HOW: as client-stream.py tells, which bounds itself.
streams() {
    status=0
    "$folder/client-stream.py" "$1" "$client" </dev/null >"$scratch/out" 2>"$scratch/err" || status=$?
    [ "$status" -eq 0 ]
}

with_python 'client sends together what stdin gave during an echo' streams together
with_python 'client gathers no more of stdin than fits' streams bounded
with_python 'client sends larger chunks over a long path' streams larger
with_python 'client streams pieces of any size' streams exact
with_python 'client streams a stdin in non-blocking mode' streams nonblocking
with_python 'client streams what stdin gave before it failed' streams failing
with_python 'client gives up on a late echo while stdin gives more' streams late
with_python 'client is ended by SIGINT during an echo' streams interrupted

end_of_tests
