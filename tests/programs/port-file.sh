#!/usr/bin/env bash
# How others learn on which port sockecho-server listens: the file of --port-file.
#
# usage: port-file.sh SOCKECHO_SERVER SOCKECHO_CLIENT SOCKET_LAUNCHER PAGE
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154,SC2317
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$(realpath "$1")
client=$(realpath "$2")
launcher=$3
page=$4
folder=$scratch/folder
file=$folder/port

unset LISTEN_PID LISTEN_FDS LISTEN_FDNAMES NOTIFY_SOCKET

start_with_file() {
    rm -rf "$folder"
    mkdir "$folder"
    start_server "$server" --port-file "$file"
}

folder_holds() {
    [ "$(ls -A "$folder")" = "$1" ]
}

file_holds_port_while_it_serves() {
    start_with_file
    [ "$(cat "$file")" = "$port" ] && [ "$(wc -l <"$file")" -eq 1 ] && folder_holds port && is_served || return 1
    ends_with_0 && folder_holds '' && [ ! -s "$scratch/started-err" ]
}

file_is_as_readable_as_others() {
    umask 027
    start_with_file
    umask 022
    [ "$(stat -c %a "$file")" = 640 ] && ends_with_0
}

# A file that was written in place would show under its other name.
file_replaces_the_one_before() {
    local before
    start_with_file
    before=$port
    ln "$file" "$scratch/before"
    start_server "$server" --port-file "$file"
    [ "$(cat "$file")" = "$port" ] && [ "$(cat "$scratch/before")" = "$before" ] && folder_holds port && ends_with_0
}

# fails_to_listen: with the same port file, on a port that a server has.
fails_to_listen() {
    run "$server" -p "$port" --port-file "$file"
    failed_with 1 sockecho-server 'address already in use'
}

file_left_over_is_removed_first() {
    start_with_file
    { kill -KILL "$pid" && ended "$pid"; } 2>/dev/null
    [ -s "$file" ] || return 1
    start_server "$server"
    fails_to_listen && folder_holds '' && ends_with_0
}

file_of_server_that_lives_stays() {
    start_with_file
    fails_to_listen && [ "$(cat "$file")" = "$port" ] && ends_with_0 && folder_holds ''
}

# What the manual shows, typed in by a script that finds the file of a killed run.
manual_recipe_reads_the_new_port() {
    local recipe
    recipe=$(sed -n '/^rm -f echo.port$/,/^\.Ed$/p' "$page" | sed '$d')
    [ "$(wc -l <<<"$recipe")" -eq 4 ] || return 1
    start_with_file
    { kill -KILL "$pid" && ended "$pid"; } 2>/dev/null
    mv "$file" "$folder/echo.port"
    (
        cd "$folder" || exit
        sockecho-server() { exec "$server" "$@" >"$scratch/recipe-out"; }
        sockecho-client() { "$client" -t 10 "$@"; }
        eval "$recipe"
        kill "$!" && wait "$!"
    ) >"$scratch/out" && [ "$(cat "$scratch/out")" = hello ]
}

file_of_another_stays() {
    start_with_file
    printf 'another\n' >"$scratch/another"
    mv "$scratch/another" "$file"
    ends_with_0 && [ "$(cat "$file")" = another ] && [ ! -s "$scratch/started-err" ]
}

file_that_was_removed_is_not_missed() {
    start_with_file
    rm "$file"
    ends_with_0 && folder_holds '' && [ ! -s "$scratch/started-err" ]
}

file_is_written_for_socket_handed_over() {
    rm -rf "$folder"
    mkdir "$folder"
    start "$launcher" listener own 1 "$server" --port-file "$file"
    port=${line##*:}
    [ "$(cat "$file")" = "$port" ] && is_served && ends_with_0 && folder_holds ''
}

# cannot_write PATH REASON
cannot_write() {
    run "$server" -p any --port-file "$1"
    failed_with 1 sockecho-server "port file '$1': $2" && [ ! -s "$scratch/out" ]
}

cannot_replace_folder() {
    rm -rf "$folder"
    mkdir -p "$file"
    cannot_write "$file" 'Is a directory' && folder_holds port
}

# The test may run as root, who could replace even /dev/null.
cannot_replace_what_is_no_file() {
    rm -rf "$folder"
    mkdir "$folder"
    mkfifo "$folder/fifo"
    ln -s /dev/null "$folder/link"
    cannot_write "$folder/fifo" 'not a regular file' && [ -p "$folder/fifo" ] || return 1
    cannot_write "$folder/link" 'not a regular file' && [ "$(readlink "$folder/link")" = /dev/null ] &&
        folder_holds "fifo
link"
}

# No line was printed, so that nobody may believe that the server is there.
file_is_removed_when_stdout_is_full() {
    rm -rf "$folder"
    mkdir "$folder"
    status=0
    timeout 30 "$server" -p any --port-file "$file" >/dev/full 2>"$scratch/err" || status=$?
    failed_with 1 sockecho-server stdout && folder_holds ''
}

check 'port file holds the port as long as the server serves' file_holds_port_while_it_serves
check 'port file is as readable as other new files' file_is_as_readable_as_others
check 'port file takes the place of the one before' file_replaces_the_one_before
check 'port file that was left over is removed before the server listens' file_left_over_is_removed_first
check 'port file of a server that lives stays when another one fails' file_of_server_that_lives_stays
check "the manual's script reads the new port" manual_recipe_reads_the_new_port
check 'port file of somebody else is not removed' file_of_another_stays
check 'port file that was removed is not missed' file_that_was_removed_is_not_missed
check 'port file is written for a socket that was handed over' file_is_written_for_socket_handed_over
check 'server reports a folder for the port file that is missing' cannot_write "$scratch/missing/port" 'No such file'
check 'server reports a folder in the place of the port file' cannot_replace_folder
check 'server replaces nothing but a regular file by the port file' cannot_replace_what_is_no_file
check 'port file is removed when the server cannot announce itself' file_is_removed_when_stdout_is_full

end_of_tests
