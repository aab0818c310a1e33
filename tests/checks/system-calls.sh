#!/usr/bin/env bash
# There is one place for each system call. What an object of the library asks the C library for is either a plain
# function on memory, or it is taken as a system call (or a wrapper of some), and then one object alone asks for it and
# that object is of a module that may. The pure machines ask for nothing but functions on memory that the caller gave.
#
# usage: system-calls.sh STATIC_LIBRARY
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

library=$1

on_given_memory='mem(cmp|cpy|move|set|chr)|bcmp|str(len|cmp|ncmp|chr)'
on_memory="$on_given_memory|malloc|calloc|realloc|free|strdup|__errno_location"
from_the_compiler='_GLOBAL_OFFSET_TABLE_|__stack_chk_(fail|guard)|__tls_get_addr'

pure='session|exchange|compare|tally|histogram|stream|figures|plan|schedule'
may_call_the_system='socket|address|poller-[a-z]+|wakeup-[a-z]+|deadline|thread|descriptors|unix-file|progress-[a-z-]+'
# A lock is memory as long as nobody waits, and a thread's own name is known to it.
locks='pthread_(mutex|cond)_[a-z]+|pthread_self|pthread_equal'
# Every descriptor is closed by whoever made it, and the poller and the client's wait are two uses of poll(2).
in_several_places='close|poll|read|write'

# Lines of "object symbol", the library's own functions and what the compiler adds left out.
asked_for() {
    nm -A -u "$library" | sed -E 's/^[^:]*:([^:]*)\.c?\.?o: *U ([^@]*).*/\1 \2/' |
        sed -E 's/^[^ ]*_([a-z-]+\.c) /\1 /; s/\.c / /; s/ __(.*)_chk$/ \1/' |
        grep -vE " (se_.*|$from_the_compiler)$"
}

needs nm
all=$(asked_for)
grep -q '^socket recv$' <<<"$all" || fail "found no recv in socket.c: this check looks at the wrong thing: $all"

wrong=0
object() {
    say "$1:"
    printf '%s\n' "$2" >&2
    wrong=1
}

calls=$(grep -vE " ($on_memory|$locks)$" <<<"$all")
if found=$(grep -E "^($pure) " <<<"$all" | grep -vE " ($on_given_memory)$"); then
    object 'a pure machine asks for more than memory' "$found"
fi
if found=$(grep -vE "^($may_call_the_system) " <<<"$calls"); then
    object 'system calls outside their layer' "$found"
fi
if found=$(cut -d' ' -f2 <<<"$calls" | grep -vxE "$in_several_places" | sort | uniq -d | grep .); then
    object 'asked for by several objects' "$(grep -wF "$found" <<<"$calls")"
fi
exit "$wrong"
