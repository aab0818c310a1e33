#!/usr/bin/env bash
# Includes in lib/ point down only. The layers of each folder stand below, the highest first; modules on one line do not
# know each other. A folder may include only those that are named with it. The pure machines include no header but of
# plain C, and the deadlines beside that only the clock's.
#
# A module is one header and the files that fill it: poller-epoll.c belongs to the module poller.
#
# usage: layers.sh LIB_FOLDER
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

layers=(
    'server/properties server/events'
    'server/server client/client'
    'server/crew'
    'server/worker'
    'server/acceptor'
    'server/listener server/mailbox server/peers'
    'server/service server/pool'
    'server/census server/settings server/connection server/tally'
    'server/addresses server/session'
    'load/load'
    'load/driver'
    'load/traffic load/rest load/gate'
    'load/lane load/schedule'
    'load/figures load/plan'
    'load/histogram load/stream'
    'client/connector client/transfer'
    'client/channel client/exchange'
    'client/compare'
    'system/unix-file system/progress system/round'
    'system/poller system/socket'
    'system/address system/wakeup system/deadline system/descriptors system/thread'
    'error version'
)
declare -A may_include=([server]='server system' [client]='client system' [load]='load client system' [system]='system' [.]='')
plain_c='errno\.h|limits\.h|stdatomic\.h|stdbool\.h|stddef\.h|stdint\.h|stdlib\.h|string\.h|sockecho/[a-z]+\.h'

wrong=0
object() {
    say "$@"
    wrong=1
}

# A file that fills a header is named after it: poller-epoll.c, client-connect.c. A header is a module by itself.
module_of() {
    local path=${1%.[ch]}
    case $path in
    system/unix-file) ;;
    *) path=${path%%-*} ;;
    esac
    printf '%s\n' "$path"
}

folder_of() {
    case $1 in */*) printf '%s\n' "${1%%/*}" ;; *) printf '.\n' ;; esac
}

layer_of() {
    local i
    for i in "${!layers[@]}"; do
        case " ${layers[$i]} " in *" $1 "*) printf '%s\n' "$i" && return ;; esac
    done
}

# The names between "" or <>, one a line; $1 is the opening character.
includes_with() {
    sed -nE "s/^[[:space:]]*#[[:space:]]*include[[:space:]]*$1([^\">]*)[\">].*/\1/p" "$2"
}

check_own_includes() {
    local file=$1 module layer header below
    module=$(module_of "$file")
    layer=$(layer_of "$module")
    [ -n "$layer" ] || { object "$file: module '$module' stands in no layer" && return; }
    for header in $(includes_with '"' "$file"); do
        below=$(module_of "$header")
        [ "$below" != "$module" ] || continue
        case " ${may_include[$(folder_of "$file")]} " in
        *" $(folder_of "$header") "*) ;;
        *) object "$file includes $header: its folder does not know that one" && continue ;;
        esac
        if [ -z "$(layer_of "$below")" ] || [ "$(layer_of "$below")" -le "$layer" ]; then
            object "$file includes $header, which does not stand below it"
        fi
    done
}

check_system_includes() {
    local file=$1 allowed found
    case $(module_of "$file") in
    server/session | server/addresses | server/tally | client/exchange | client/compare) allowed=$plain_c ;;
    load/histogram | load/stream | load/figures | load/plan | load/schedule) allowed=$plain_c ;;
    system/deadline) allowed="$plain_c|time\.h" ;;
    *) return 0 ;;
    esac
    if found=$(includes_with '<' "$file" | grep -vxE "$allowed"); then
        object "$file is pure and includes ${found//$'\n'/ }"
    fi
}

cd "$1"
[ -e server/session.h ] || fail "$1 is not the library's folder"
for file in *.[ch] */*.[ch]; do
    [ -e "$file" ] || continue
    check_own_includes "$file"
    check_system_includes "$file"
done
exit "$wrong"
