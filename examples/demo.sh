#!/bin/sh
# Shows libsockecho at work: installs what the build needs (Debian), builds, starts sockecho-server on a free port of
# 127.0.0.1, sends it a greeting and then a file of at least 64 MiB with sockecho-client, compares the checksums, and
# stops the server in order.
#
# usage: examples/demo.sh
# BUILD_DIR names the build folder; it is build-demo/ at the top of the repository unless set.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${BUILD_DIR:-$source_dir/build-demo}
least_bytes=$((64 * 1024 * 1024))
# More than that, and a number that no buffer size divides.
file_bytes=80000003

server_pid=
work_dir=

say() {
    printf 'demo: %s\n' "$*"
}

die() {
    printf 'demo.sh: %s\n' "$*" >&2
    exit 1
}

clean_up() {
    [ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true
    [ -z "$work_dir" ] || rm -rf "$work_dir"
}

install_tools() {
    "$source_dir/tests/install-packages.sh" gcc:gcc file:/usr/include/stdio.h:libc6-dev meson:meson ninja:ninja-build \
        pkg-config:pkg-config tar:tar sha256sum:coreutils mkfifo:coreutils
}

build_programs() {
    if [ ! -e "$build_dir/meson-private/coredata.dat" ]; then
        meson setup "$build_dir" "$source_dir" -Dtests=disabled
    fi
    meson compile -C "$build_dir" sockecho-server sockecho-client
}

# Gives $port. The server's line arrives through a FIFO, so that nothing has to wait and guess.
start_server() {
    mkfifo "$work_dir/listening"
    "$build_dir/examples/sockecho-server" --port any >"$work_dir/listening" &
    server_pid=$!
    read -r line <"$work_dir/listening" || die 'the server did not start'
    port=${line##*:}
    say "sockecho-server is $line"
}

client() {
    "$build_dir/examples/sockecho-client" --port "$port" --timeout 60 127.0.0.1 "$@"
}

send_greeting() {
    greeting="Hello from $(uname -n)!"
    reply=$(client "$greeting") || die 'the greeting did not come back'
    [ "$reply" = "$greeting" ] || die "the greeting came back as '$reply'"
    say "sent \"$greeting\" and got it back"
}

# A real file: what this machine has installed, as one tar, cut to a length. Cutting it ends tar early, as intended.
make_file() {
    set --
    for tree in usr/share usr/lib usr/bin usr/sbin usr/include lib bin sbin opt; do
        [ ! -d "/$tree" ] || set -- "$@" "$tree"
    done
    { tar -C / -cf - "$@" 2>/dev/null || true; } | head -c "$file_bytes" >"$work_dir/sent"
    size=$(wc -c <"$work_dir/sent")
    [ "$size" -ge "$least_bytes" ] || die "this machine's files give a tar of $size bytes only, not $least_bytes"
    say "made a tar of this machine's files: $(in_mebibytes "$size")"
}

in_mebibytes() {
    printf '%d bytes (%d.%d MiB)' "$1" $(($1 / 1048576)) $(($1 % 1048576 * 10 / 1048576))
}

# The clock in milliseconds; in whole seconds where date(1) knows nothing finer.
now_ms() {
    nanoseconds=$(date +%s%N)
    case $nanoseconds in
    *[!0-9]*) echo $(($(date +%s) * 1000)) ;;
    *) echo $((nanoseconds / 1000000)) ;;
    esac
}

sum_of() {
    sum=$(sha256sum "$1")
    echo "${sum%% *}"
}

send_file() {
    begin_ms=$(now_ms)
    client <"$work_dir/sent" >"$work_dir/received" || die 'the file did not come back'
    took_ms=$(($(now_ms) - begin_ms))
    [ "$took_ms" -gt 0 ] || took_ms=1
    say "streamed it through the server in $took_ms ms: $((size * 1000 / took_ms / 1048576)) MiB/s each way"
    sent_sum=$(sum_of "$work_dir/sent")
    received_sum=$(sum_of "$work_dir/received")
    say "sha256 sent:     $sent_sum"
    say "sha256 received: $received_sum"
    [ "$sent_sum" = "$received_sum" ] || die 'what came back differs'
    say 'both are the same; the client half-closed, and the server ended the connection in order'
}

stop_server() {
    kill -TERM "$server_pid"
    status=0
    wait "$server_pid" || status=$?
    server_pid=
    [ "$status" -eq 0 ] || die "the server ended with status $status"
    say 'stopped the server with SIGTERM; it ended with status 0'
}

trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

install_tools
build_programs
work_dir=$(mktemp -d "$build_dir/demo.XXXXXX")
start_server
send_greeting
make_file
send_file
stop_server
