#!/usr/bin/env bash
# What the two programs say to a wrong command line: exit status 2 and one line on stderr that names the value.
#
# usage: usage.sh SOCKECHO_SERVER SOCKECHO_CLIENT
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

server=$1
client=$2

# refused PROGRAM TEXT ARGUMENT...: wrong usage, with nothing on stdout.
refused() {
    local program=$1 text=$2
    shift 2
    run "$program" "$@" </dev/null
    failed_with 2 "${program##*/}" "$text" && [ ! -s "$scratch/out" ]
}

bad_whole_numbers=(0 -1 +80 8080x x '' ' 80' '80 ' 0x50 8e1 80.0 '1,000' 99999999999999999999 18446744073709551623 $'80\n')
bad_seconds=(-1 +1 x '' ' 1' '1 ' 1s 1. . .5.5 .1234 1.5.5 '1,5' 1e3 0x1 nan inf 0.0001 1000000.001 99999999999999999999)

for value in "${bad_whole_numbers[@]}" 65536 131072 4294967303; do
    shown=${value//$'\n'/?}
    check "server refuses port '$shown'" refused "$server" "'$shown'" "--port=$value"
    check "client refuses port '$shown'" refused "$client" "'$shown'" "--port=$value" 127.0.0.1 hello
done
check "server refuses port 'anything'" refused "$server" "'anything'" -p anything
check "server names 'any' where it refuses a port" refused "$server" \
    "port '0' is neither 'any' nor a whole number from 1 to 65535" -p 0
check "client does not, for it has no such port" refused "$client" "port '0' is not a whole number from 1 to 65535" \
    -p 0 127.0.0.1 hello
check "server names 'none' where it refuses a timeout" refused "$server" \
    "idle-timeout '0' is neither 'none' nor a number of seconds from 0.001 to 1000000" --idle-timeout 0
check "client does not, for it has no such timeout" refused "$client" "timeout '0' is not a number of seconds from 0.001" \
    -t 0 127.0.0.1 hello
check "client refuses port 'any'" refused "$client" "'any'" -p any 127.0.0.1 hello

for value in "${bad_whole_numbers[@]}"; do
    shown=${value//$'\n'/?}
    check "client refuses count '$shown'" refused "$client" "'$shown'" "--count=$value" 127.0.0.1
    check "client refuses size '$shown'" refused "$client" "'$shown'" -n 1 "--size=$value" 127.0.0.1
done
for value in "${bad_seconds[@]}"; do
    check "client refuses timeout '$value'" refused "$client" "'$value'" "--timeout=$value" 127.0.0.1 hello
    check "client refuses interval '$value'" refused "$client" "'$value'" -n 1 "--interval=$value" 127.0.0.1
done
check "client refuses timeout '0'" refused "$client" "'0'" -t 0 127.0.0.1 hello
check "client refuses timeout '0.000'" refused "$client" "'0.000'" -t 0.000 127.0.0.1 hello

# refuses_limit NAME VALUE
refuses_limit() {
    check "server refuses $1 '${2//$'\n'/?}'" refused "$server" "$1 '${2//$'\n'/?}'" "--$1=$2" -p any
}

for value in "${bad_whole_numbers[@]}" none; do
    refuses_limit workers "$value"
    # Where 0 means something, it is no bad number.
    [ "$value" != 0 ] || continue
    for name in max-connections max-per-address backlog keepalive busy-poll; do
        refuses_limit "$name" "$value"
    done
done
refuses_limit max-connections 1000001
refuses_limit max-per-address 1000001
refuses_limit backlog 65536
refuses_limit keepalive 32768
refuses_limit workers 257
refuses_limit busy-poll 1000001
for name in idle-timeout stall-timeout linger-timeout drain-timeout; do
    for value in "${bad_seconds[@]}" None 'none ' nonesuch; do
        refuses_limit "$name" "$value"
    done
done
for name in idle-timeout stall-timeout linger-timeout; do
    refuses_limit "$name" 0
    refuses_limit "$name" 0.000
done

for value in '' x 10 10.0.0 10.0.0.0/ 10.0.0.0/33 10.0.0.0/-1 10.0.0.0/+8 '10.0.0.0/ 8' 10.0.0.0/8/8 10.0.0.0/8x 10.0.0.0,::1 \
    /8 010.0.0.0/8 10.0.0.256 10.0.0.1/8 128.0.0.0/0 0.0.0.1/31 ::/129 ::1/127 ::1/0 2001:db8::/2001 fe80::1%lo '[::1]' \
    localhost ::ffff:0.0.0.0/90 ::ffff:10.0.0.1/104 10.0.0.0:7 0000:0000:0000:0000:0000:0000:0000:0000:0000:0000; do
    check "server refuses to allow '$value'" refused "$server" "'" --port any --allow ::1 --allow "$value"
done
mapfile -t too_many < <(seq -f '--allow=10.0.0.%g' 0 255; echo --allow=::1)
check 'server refuses more than 256 networks' refused "$server" "'::1'" -p any "${too_many[@]}"
for value in '' xml Json 'text '; do
    check "server refuses statistics '$value'" refused "$server" "'$value'" -p any --statistics "$value"
done
check 'server refuses an empty path for the port' refused "$server" "port-file ''" -p any --port-file ''
check 'server refuses --port-file beside --unix' refused "$server" "'--port-file' has no place beside --unix 'path'" \
    --unix path --port-file file
check 'server refuses --allow beside --unix' refused "$server" "'--allow' has no place beside --unix 'path'" \
    --allow ::1 --unix path
check 'server refuses a value for -v' refused "$server" "'--verbose=1'" --verbose=1 -p any

check 'server refuses an empty path' refused "$server" "''" --unix ''
check 'server refuses --unix beside -p' refused "$server" "'-p' has no place beside --unix 'path'" -p any --unix path
check 'server refuses --unix beside -H' refused "$server" "'-H' has no place beside --unix 'path'" --unix path -H ::1
check 'client refuses an empty path' refused "$client" "''" --unix '' hello
check 'client refuses --unix beside -p' refused "$client" "'-p' has no place beside --unix 'path'" --unix path -p 7 hello
check 'client refuses a message beside -n and --unix' refused "$client" "'hello'" -n 1 --unix path hello

check 'server refuses an unknown poller' refused "$server" "'select'" --poller select
check 'server refuses an empty poller' refused "$server" "''" --poller ''
check 'server refuses an empty host' refused "$server" "''" --host ''
check 'client refuses an empty host' refused "$client" "''" '' hello
check 'server refuses an argument' refused "$server" "'7000'" 7000
check 'client refuses to run without a host' refused "$client" HOST
check 'client refuses a message beside -n' refused "$client" "'hello'" -n 1 127.0.0.1 hello
check 'client refuses a message beside --ping' refused "$client" "'hello'" --ping 127.0.0.1 hello
check 'client refuses -w without -n' refused "$client" "'-w'" -w 1 127.0.0.1 hello
check 'client refuses -s without -n' refused "$client" "'-s'" -s 1 127.0.0.1 hello
check 'client refuses -f without -n' refused "$client" "'-f' has no meaning without -n or --ping" -f A 127.0.0.1 hello
check 'client refuses --json without -n' refused "$client" "'--json' has no meaning without -n, --ping or --load" \
    --json 127.0.0.1 hello
check 'client refuses --format without -n' refused "$client" "'--format'" --format=text 127.0.0.1 hello
for value in '' AB $'\303\244'; do
    check "client refuses fill '$value'" refused "$client" "fill '$value' is not one byte" -n 1 "--fill=$value" 127.0.0.1
done
for value in '' xml Text 'json '; do
    check "client refuses format '$value'" refused "$client" "format '$value'" -n 1 "--format=$value" 127.0.0.1
done
check 'client refuses two formats' refused "$client" 'one format' -n 1 --json --format=echoping 127.0.0.1
check 'client refuses both families' refused "$client" "'-4' and '-6'" -4 -6 127.0.0.1 hello
check 'client refuses -4 beside --unix' refused "$client" "'-4' has no place beside --unix 'path'" -4 --unix path hello
check 'client refuses -6 beside --unix' refused "$client" "'-6' has no place beside --unix 'path'" --ipv6 --unix path hello
for option in fill=A ping; do
    shown=--${option%=*}
    check "client refuses $shown beside --load" refused "$client" 'has no place beside --load' --load "--$option" 127.0.0.1
done
check 'client refuses format echoping beside --load' refused "$client" "'echoping'" --load --format=echoping 127.0.0.1

# refuses_of_load NAME VALUE
refuses_of_load() {
    local shown=${2//$'\n'/?}
    check "client refuses $1 '$shown' of a load" refused "$client" "$1 '$shown'" --load "--$1=$2" 127.0.0.1
}

for value in "${bad_whole_numbers[@]}"; do
    for name in connections depth threads count size rate seed busy-poll; do
        # Where 0 means something, it is no bad number.
        [[ "$value $name" =~ ^0\ (rate|seed|busy-poll)$ ]] || refuses_of_load "$name" "$value"
    done
done
for value in "${bad_seconds[@]}"; do
    for name in duration warmup timeout interval; do
        refuses_of_load "$name" "$value"
    done
done
for name in duration timeout interval; do
    refuses_of_load "$name" 0
done
refuses_of_load connections 1000001
refuses_of_load depth 65537
refuses_of_load threads 257
refuses_of_load size 1073741825
refuses_of_load rate 1000000001
refuses_of_load seed 9223372036854775808
refuses_of_load busy-poll 1000001
refuses_of_load histogram ''
check 'client refuses a load without a host' refused "$client" HOST --load
check 'client refuses a message beside --load' refused "$client" "'hello'" --load 127.0.0.1 hello
check 'client refuses a unix socket beside --load' refused "$client" "'path'" --load --unix path
check 'client refuses --histogram without -n' refused "$client" "'--histogram'" --histogram=file 127.0.0.1 hello
check 'client refuses a value for --load' refused "$client" "'--load=1'" --load=1 127.0.0.1
for option in connections=1 depth=1 rate=1 duration=1 warmup=1 threads=1 seed=1 busy-poll=1; do
    check "client refuses --${option%=*} beside -n" refused "$client" "'--${option%=*}' has no meaning without --load" \
        -n 1 "--$option" 127.0.0.1
    check "client refuses --${option%=*} without --load" refused "$client" "'--${option%=*}'" "--$option" 127.0.0.1 hello
done
check 'server refuses a limit without its value' refused "$server" "'--backlog'" --backlog

for program in "$server" "$client"; do
    name=${program##*/}
    check "$name refuses an unknown letter" refused "$program" "'-z'" -z
    check "$name refuses an unknown letter after another option" refused "$program" "'-z'" --port=7 -zy
    check "$name refuses an unknown option" refused "$program" "'--colour'" --colour
    check "$name says that an abbreviation is ambiguous" refused "$program" "ambiguous option '--p'" --p
    check "$name says so of one with a value" refused "$program" "ambiguous option '--p=1'" --p=1
    check "$name takes an abbreviation that is not" refused "$program" "'--vers=7' takes no value" --vers=7
    check "$name knows no option by its letters" refused "$program" "unknown option '--pp'" --pp
    check "$name refuses an option without its value" refused "$program" "'--port'" --port
    check "$name refuses a letter without its value" refused "$program" "'-p'" -p
    check "$name refuses a value for --help" refused "$program" "'--help=7'" --help=7
    check "$name refuses a value for --version" refused "$program" "'--version=7'" --version=7
done

# stdin has to be a terminal here; on Linux the master side of a new pseudo-terminal is one.
refuses_terminal() {
    run "$client" 127.0.0.1 </dev/ptmx
    failed_with 2 sockecho-client "'127.0.0.1'"
}
if [ -c /dev/ptmx ] && { test -t 0; } </dev/ptmx; then
    check 'client refuses a terminal as stdin' refuses_terminal
fi

prints_help() {
    run "$1" "$2"
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ] && grep -q "^usage: ${1##*/} " "$scratch/out"
}

prints_version() {
    run "$1" --version
    [ "$status" -eq 0 ] && [ ! -s "$scratch/err" ] && grep -qxE "${1##*/} [0-9]+\.[0-9]+\.[0-9]+" "$scratch/out"
}

for program in "$server" "$client"; do
    name=${program##*/}
    check "$name prints its usage for -h" prints_help "$program" -h
    check "$name prints its usage for --help" prints_help "$program" --help
    check "$name prints its version" prints_version "$program"
done

end_of_tests
