#!/usr/bin/env bash
# The library is a good guest: it does not end the process, print, or touch signals. So nothing in it asks the C library
# for a function that does.
#
# usage: undefined.sh LIBRARY...
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

ends_the_process='_?exit|_Exit|quick_exit|atexit|at_quick_exit|on_exit|__cxa_atexit|abort|__assert.*|assert.*'
formats_or_prints='v?[adfs]?n?w?printf|vasprintf|perror|v?syslog|psignal|err|errx|warn|warnx|error'
stdio='f?w?puts|f?putw?c|putchar|fopen|fdopen|fmemopen|fclose|fflush|fread|fwrite|f?getw?c|fgets|getline|v?f?s?scanf'
stdio_objects='stdin|stdout|stderr|_IO_.*'
signals='signal|sigaction|sigset|bsd_signal|sysv_signal|raise|kill|pthread_kill|alarm|setitimer|timer_create'
forbidden="$ends_the_process|$formats_or_prints|$stdio|$stdio_objects|$signals"

undefined() {
    case $1 in
    *.a) nm -u "$1" ;;
    *) nm -D -u "$1" ;;
    esac | awk '$1 == "U" { sub("@.*", "", $2); print $2 }' | sort -u
}

# A hardened build asks for __printf_chk, an older C library for __isoc99_scanf.
plain_name() {
    sed -E 's/^__(.*)_chk$/\1/; s/^__isoc[0-9]+_//'
}

needs nm
[ $# -gt 0 ] || fail "no library to look at"
wrong=0
for library; do
    symbols=$(undefined "$library" | plain_name)
    grep -qx recv <<<"$symbols" || fail "$library does not even ask for recv: this check looks at the wrong thing"
    if found=$(grep -Ex "$forbidden" <<<"$symbols"); then
        say "$library asks for: ${found//$'\n'/ }"
        wrong=1
    fi
done
exit "$wrong"
