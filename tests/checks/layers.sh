#!/usr/bin/env bash
# Includes in lib/ point down only. The layers stand below, the highest first; modules on one line do not know each
# other. The server's side does not know the client's exchange, and the client knows nothing of the server's side.
# The pure machines include no header but of plain C, and the deadlines beside that only the clock's.
#
# A module is one header and the files that fill it: poller-epoll.c belongs to the module poller.
#
# usage: layers.sh LIB_FOLDER
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

layers=(
    'server client'
    'worker transfer'
    'listener connector channel'
    'peers'
    'pool'
    'connection'
    'session exchange'
    'poller'
    'socket'
    'address wakeup deadline error version'
)
server_side='server worker listener peers pool connection session poller wakeup'
client_side='client connector transfer channel exchange'
plain_c='errno\.h|limits\.h|stdbool\.h|stddef\.h|stdint\.h|string\.h|sockecho/error\.h'

wrong=0
object() {
    say "$@"
    wrong=1
}

module_of() {
    local name=${1##*/}
    name=${name%.[ch]}
    printf '%s\n' "${name%%-*}"
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

sides_are_mixed() {
    case " $server_side " in *" $1 "*) case " $client_side " in *" $2 "*) return 0 ;; esac ;; esac
    case " $client_side " in *" $1 "*) case " $server_side " in *" $2 "*) return 0 ;; esac ;; esac
    return 1
}

check_own_includes() {
    local file=$1 module layer header below
    module=$(module_of "$file")
    layer=$(layer_of "$module")
    [ -n "$layer" ] || { object "$file: module '$module' stands in no layer" && return; }
    for header in $(includes_with '"' "$file"); do
        below=$(module_of "$header")
        [ "$below" != "$module" ] || continue
        if sides_are_mixed "$module" "$below"; then
            object "$file includes $header: the two sides are apart"
        elif [ -z "$(layer_of "$below")" ] || [ "$(layer_of "$below")" -le "$layer" ]; then
            object "$file includes $header, which does not stand below it"
        fi
    done
}

check_system_includes() {
    local file=$1 allowed found
    case $(module_of "$file") in
    session | exchange) allowed=$plain_c ;;
    deadline) allowed="$plain_c|time\.h" ;;
    *) return 0 ;;
    esac
    if found=$(includes_with '<' "$file" | grep -vxE "$allowed"); then
        object "$file is pure and includes ${found//$'\n'/ }"
    fi
}

files=("$1"/*.[ch])
[ -e "$1/session.c" ] || fail "$1 is not the library's folder"
for file in "${files[@]}"; do
    check_own_includes "$file"
    check_system_includes "$file"
done
exit "$wrong"
