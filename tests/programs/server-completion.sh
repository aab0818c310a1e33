#!/usr/bin/env bash
# bash's completion of sockecho-server's command line: it offers the options of --help, all of them and no others, and
# after an option what may follow it.
#
# usage: server-completion.sh SOCKECHO_SERVER SOCKECHO_CLIENT COMPLETION
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1

program=$server
name=sockecho-server
# shellcheck source=/dev/null
. "$(dirname "$0")/completion-common.sh"
complete_with "$3"

offers_options_of_help() {
    [ "$(options_of_help | wc -l)" -gt 20 ] && diff <(options_of_help) <(offered '')
}

offers_options_that_begin_so() {
    [ "$(offered --dr)" = --drain-timeout ] && [ "$(offered -v --st)" = $'--stall-timeout\n--statistics' ]
}

# After each option that takes a value, something else is offered than options, or nothing.
offers_no_option_as_value() {
    local option
    [ "$(options_of_help VALUE | wc -l)" -gt 15 ] || return 1
    for option in $(options_of_help VALUE); do
        ! offered "$option" '' | grep -q '^-' || return 1
        ! offered "$option" = '' | grep -q '^-' || return 1
    done
}

# Whatever word is offered as a value, the server takes it.
offers_values_that_are_taken() {
    local option value count=0
    for option in --port --poller --statistics --idle-timeout --stall-timeout --linger-timeout --drain-timeout; do
        for value in $(offered "$option" ''); do
            run "$server" "$option" "$value" --version
            [ "$status" -eq 0 ] || return 1
            count=$((count + 1))
        done
    done
    [ "$count" -eq 10 ]
}

offers_values_behind_an_equals_sign() {
    [ "$(offered --poller =)" = $'auto\nepoll\npoll' ] && [ "$(offered --poller = e)" = epoll ]
}

offers_files() {
    mkdir "$scratch/files" && : >"$scratch/files/a file"
    [ "$(offered --port-file "$scratch/files/a")" = "$scratch/files/a file" ] &&
        [ "$(offered --unix "$scratch/files/a")" = "$scratch/files/a file" ]
}

check 'completion offers the options of --help and no others' offers_options_of_help
check 'completion offers the options that begin with the word' offers_options_that_begin_so
check 'completion offers no option where a value belongs' offers_no_option_as_value
check 'completion offers values that the server takes' offers_values_that_are_taken
check 'completion offers values behind an equals sign' offers_values_behind_an_equals_sign
check 'completion offers files where a path belongs' offers_files

end_of_tests
