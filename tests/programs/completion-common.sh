# What the tests of the two completions share, beside common.sh. Sourced, not run, after $program and $name are set: the
# program, and the name under which bash completes it.
# shellcheck shell=bash disable=SC2034,SC2154

# complete_with COMPLETION: reads the file with the completion.
complete_with() {
    # shellcheck source=/dev/null
    . "$1"
    function=$(complete -p "$name" | sed -n "s/^complete -F \([^ ]*\) $name\$/\1/p")
}

# offered WORD...: what is offered for the last of these words, sorted.
offered() {
    COMP_WORDS=("$name" "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    "$function"
    [ "${#COMPREPLY[@]}" -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort
}

# options_of_help [VALUE]: the options at the beginning of its lines; with an argument, those alone that take a value.
options_of_help() {
    "$program" --help | grep -E "^  +(-[a-zA-Z0-9], )?--[a-z0-9-]+${1:+ [A-Z]}" | sed 's/   *[^ -].*//' |
        grep -oE -- '--?[a-zA-Z0-9][a-z0-9-]*' | LC_ALL=C sort
}
