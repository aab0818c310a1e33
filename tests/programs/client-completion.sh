#!/usr/bin/env bash
# bash's completion of sockecho-client's command line: it offers the options of --help, all of them and no others, and
# after an option what may follow it.
#
# usage: client-completion.sh SOCKECHO_SERVER SOCKECHO_CLIENT COMPLETION
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

client=$2

program=$client
name=sockecho-client
# shellcheck source=/dev/null
. "$(dirname "$0")/completion-common.sh"
complete_with "$3"

offers_options_of_help() {
    [ "$(options_of_help | wc -l)" -gt 30 ] && diff <(options_of_help) <(offered -)
}

offers_options_that_begin_so() {
    [ "$(offered --du)" = --duration ] && [ "$(offered --json --i)" = $'--interval\n--ipv4\n--ipv6' ]
}

# After each option that takes a value, something else is offered than options, or nothing.
offers_no_option_as_value() {
    local option
    [ "$(options_of_help VALUE | wc -l)" -gt 20 ] || return 1
    for option in $(options_of_help VALUE); do
        ! offered "$option" - | grep -q '^-' || return 1
        ! offered "$option" = - | grep -q '^-' || return 1
    done
}

# After the others options are offered.
offers_options_behind_others() {
    local option
    for option in $(LC_ALL=C comm -23 <(options_of_help) <(options_of_help VALUE)); do
        [ "$(offered "$option" --he)" = --help ] || return 1
    done
}

# Whatever word is offered as a format, the client takes it.
offers_formats_that_are_taken() {
    local format count=0
    for format in $(offered --format ''); do
        run "$client" --format "$format" --version
        [ "$status" -eq 0 ] || return 1
        count=$((count + 1))
    done
    [ "$count" -eq 3 ] && [ "$(offered --format = j)" = json ]
}

offers_files() {
    mkdir "$scratch/files" && : >"$scratch/files/a file"
    [ "$(offered --histogram "$scratch/files/a")" = "$scratch/files/a file" ] &&
        [ "$(offered --unix "$scratch/files/a")" = "$scratch/files/a file" ]
}

offers_hosts() {
    printf '127.0.0.1 one-host.example\n127.0.0.1 another.example\n' >"$scratch/hosts"
    HOSTFILE=$scratch/hosts
    [ "$(offered -p 7 one-)" = one-host.example ]
}

check 'completion offers the options of --help and no others' offers_options_of_help
check 'completion offers the options that begin with the word' offers_options_that_begin_so
check 'completion offers no option where a value belongs' offers_no_option_as_value
check 'completion offers options behind those without a value' offers_options_behind_others
check 'completion offers formats that the client takes' offers_formats_that_are_taken
check 'completion offers files where a path belongs' offers_files
check 'completion offers hosts where no option begins' offers_hosts

end_of_tests
