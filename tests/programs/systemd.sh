#!/usr/bin/env bash
# The units for systemd in examples/, installed as the README says, under a systemd that runs: it is the first process
# of namespaces of its own, with the port 7 of a network of its own. Needs root, and a kernel that lets it make them.
#
# usage: systemd.sh BUILD_FOLDER
# What common.sh sets, shellcheck does not see.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

build=$1
folder=$(cd "$(dirname "$0")" && pwd)
service=sockecho-server.service
socket=sockecho-server.socket
init=
group=

# The most exposure that `systemd-analyze security` may see, of 100.
most_exposure=10

# Ends the first process, and so all of them; then their groups are empty.
end_system() {
    # The shell reports what was killed when it has been waited for.
    { [ -z "$init" ] || kill -KILL "$init" || true; wait; } 2>/dev/null
    [ -z "$group" ] || find "$group" -depth -type d -exec rmdir {} +
    clean_up
}
trap end_system EXIT

skip_all() {
    printf '1..0 # SKIP %s\n' "$1"
    exit 0
}

make_group() {
    local mounted
    mounted=$(findmnt --noheadings --first-only --output TARGET --types cgroup2) &&
        group=$(mktemp -d "$mounted/sockecho-test.XXXXXX" 2>"$scratch/log")
}

# The process that unshares, and all below it, are in the group, which is the root of those that systemd makes.
start_system() {
    mkdir "$scratch/root"
    bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' bash "$group" \
        unshare --mount --pid --fork --kill-child --net --uts --ipc --cgroup \
        "$folder/own-systemd.sh" "$scratch/root" "$scratch/installed/usr/local" "$scratch/init" \
        </dev/null >"$scratch/boot" 2>&1 &
    starter=$!
    await test -s "$scratch/init" -o ! -e "/proc/$starter" && [ -s "$scratch/init" ] || return 1
    init=$(cat "$scratch/init")
    enter=(nsenter --target "$init" --all --root --wd -- env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin)
    await is_up
}

inside() {
    "${enter[@]}" "$@"
}

run_inside() {
    run "${enter[@]}" "$@"
}

is_up() {
    case $(inside systemctl is-system-running 2>&1) in
    running | degraded) ;;
    *) return 1 ;;
    esac
}

# property UNIT NAME
property() {
    inside systemctl show --value --property="$2" "$1"
}

main_pid() {
    property "$service" MainPID
}

# journal OPTION...: what the service has said since it was started last.
journal() {
    inside journalctl --no-pager --output=cat "$@" "_SYSTEMD_INVOCATION_ID=$(property "$service" InvocationID)"
}

# journal_says PATTERN OPTION...: a line is all of that.
journal_says() {
    journal "${@:2}" >"$scratch/journal"
    grep -q "^sockecho-server: $1\$" "$scratch/journal"
}

install_units() {
    inside sh -c 'cp /usr/local/share/doc/sockecho/examples/sockecho-server.* /etc/systemd/system/' &&
        inside systemctl daemon-reload && inside systemctl enable --now "$socket" || return 1
    [ "$(property "$socket" ActiveState)" = active ] && [ "$(property "$service" ActiveState)" = inactive ] &&
        [ "$(property "$socket" UnitFileState)" = enabled ]
}

is_echoed() {
    run_inside sockecho-client --timeout 20 127.0.0.1 hello
    printed hello
}

first_connection_starts_it() {
    is_echoed && [ "$(property "$service" ActiveState)" = active ] && [ "$(main_pid)" -gt 1 ] || return 1
    head -c 3000000 /dev/urandom >"$scratch/sent"
    inside sockecho-client --timeout 20 127.0.0.1 <"$scratch/sent" >"$scratch/returned"
    cmp "$scratch/sent" "$scratch/returned"
}

has_status() {
    grep -q "^$1:[[:space:]]*$2\$" "$scratch/status"
}

# What the kernel says of the process: nobody's user, no capability, a filter of system calls.
has_no_privilege() {
    inside cat "/proc/$(main_pid)/status" >"$scratch/status"
    has_status CapEff 0000000000000000 && has_status CapBnd 0000000000000000 && has_status NoNewPrivs 1 &&
        has_status Seccomp 2 && has_status Uid '\([1-9][0-9]*\)[[:space:]]*\1[[:space:]]*\1[[:space:]]*\1'
}

# namespace PROCESS KIND
namespace() {
    inside readlink "/proc/$1/ns/$2"
}

has_namespaces() {
    local kind own
    for kind in net mnt user ipc; do
        own=$(namespace "$(main_pid)" "$kind")
        [[ $own == "$kind:["* ]] && [ "$own" != "$(namespace 1 "$kind")" ] || return 1
    done
}

writes_nowhere() {
    inside cat "/proc/$(main_pid)/mountinfo" >"$scratch/mounts"
    [ "$(awk '$5 == "/" { print substr($6, 1, 3) }' "$scratch/mounts" | sort -u)" = ro, ]
}

systemd_finds_it_confined() {
    run_inside systemd-analyze --no-pager security --threshold="$most_exposure" "$service"
    [ "$status" -eq 0 ]
}

# The unit waits longer than the server does, so systemd never has to kill.
has_stopped_well() {
    [ "$(property "$service" ActiveState)" = inactive ] && [ "$(property "$service" Result)" = success ] &&
        [ "$(property "$service" ExecMainStatus)" -eq 0 ]
}

begin_stop() {
    inside systemctl stop "$service" 2>"$scratch/err" &
    stop_pid=$!
    await journal_says 'stops (SIGTERM).*'
}

# begin_peer SCRIPT: a shell inside, with descriptor 7 connected to the server. Descriptor 5 leads to its stdin, 6 comes
# from its stdout.
begin_peer() {
    mkfifo "$scratch/to-peer" "$scratch/from-peer"
    inside bash -c "exec 7<>/dev/tcp/127.0.0.1/7; $1" <"$scratch/to-peer" >"$scratch/from-peer" 2>"$scratch/peer-err" &
    peer_pid=$!
    exec 5>"$scratch/to-peer" 6<"$scratch/from-peer"
    rm "$scratch/to-peer" "$scratch/from-peer"
}

end_peer() {
    exec 5>&-
    ended "$peer_pid"
    exec 6<&-
}

# Nothing that peers sent to port 7 is still on their side: no byte is in the queue to be sent of their sockets.
everything_has_arrived() {
    inside cat /proc/net/tcp >"$scratch/sockets"
    awk '$3 ~ /:0007$/ && $4 == "01" { peers++; waiting += $5 !~ /^00000000:/ } END { exit !peers || waiting }' \
        "$scratch/sockets"
}

# The peer reads only when the stop has begun: the echo is whole, and the server waits for the peer's end.
stop_echoes_what_was_sent() {
    begin_peer 'head -c 200000 /dev/zero >&7; echo sent; read -r; head -c 200000 <&7 | wc -c'
    read -r -t 30 line <&6
    [ "$line" = sent ] && await everything_has_arrived && begin_stop || return 1
    printf 'read\n' >&5
    read -r -t 30 line <&6
    end_peer
    ended "$stop_pid"
    [ "$line" = 200000 ] && [ "$status" -eq 0 ] && has_stopped_well &&
        await journal_says 'closed .*: orderly, 200000 bytes received, 200000 bytes echoed' &&
        [[ $(cat "$scratch/journal") == *stops*200000* ]]
}

# The peer has all that it sent, and does not end. The server's own limits are 5 s, the unit's 10 s.
stop_waits_within_limit() {
    local begin
    begin_peer 'printf x >&7; read -r -N 1 <&7; echo held; read -r'
    read -r -t 30 line <&6
    [ "$line" = held ] || return 1
    begin=$SECONDS
    begin_stop
    ended "$stop_pid"
    [ "$status" -eq 0 ] && has_stopped_well && [ $((SECONDS - begin)) -ge 4 ] && end_peer
}

# Whoever closes with a byte unread resets the connection, and that is worth a notice.
journal_has_levels() {
    is_echoed || return 1
    begin_peer 'printf xy >&7; read -r -N 1 <&7'
    end_peer
    await journal_says 'closed 127\.0\.0\.1:.*: reset, .*' --priority=notice..notice &&
        journal_says 'closed 127\.0\.0\.1:.*: orderly, .*' --priority=info..info && ! journal | grep -q '^<'
}

is_another_process() {
    local pid
    pid=$(main_pid)
    [ "$pid" -gt 1 ] && [ "$pid" -ne "$1" ] && [ "$(property "$service" ActiveState)" = active ]
}

is_restarted() {
    local killed
    is_echoed || return 1
    killed=$(main_pid)
    inside systemctl kill --signal=KILL "$service"
    await is_another_process "$killed" && is_echoed
}

shows_status() {
    run_inside systemctl --no-pager status "$service"
    [ "$status" -eq 0 ] && grep -q 'Active: active (running)' "$scratch/out" && grep -q 'Echo service' "$scratch/out"
}

stops_listening() {
    inside systemctl stop "$socket" "$service"
    run_inside sockecho-client --timeout 20 127.0.0.1 hello
    failed_with 1 sockecho-client 'connection refused'
}

[ "$(id -u)" -eq 0 ] || skip_all 'only root may boot a system of its own'
for tool in unshare nsenter setpriv findmnt systemctl systemd-analyze meson; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
if [ ! -x /usr/lib/systemd/systemd ] || [ ! -L /lib ]; then
    skip_all 'there is no systemd below /usr'
fi
meson install -C "$build" --no-rebuild --destdir "$scratch/installed" >"$scratch/log"
unshare --user true 2>"$scratch/log" || skip_all 'no user namespace can be made here, as in a chroot'
make_group || skip_all 'no control group (version 2) can be made here'
start_system || skip_all "systemd does not start in namespaces here: $(tail -n 1 "$scratch/boot")"

check 'the socket unit listens, and the service is not started yet' install_units
check 'the first connection starts the service, and is echoed' first_connection_starts_it
check 'systemd finds the running service confined' systemd_finds_it_confined
check 'the service has no privilege' has_no_privilege
check 'the service has namespaces of its own' has_namespaces
check 'the service can write to no file of the system' writes_nowhere
check 'systemd shows that the service runs' shows_status
check 'a stop echoes what a connection has sent' stop_echoes_what_was_sent
check 'the next connection starts the service again' is_echoed
check 'the service is started again when it was killed' is_restarted
check 'a stop waits for a connection that does not end, but not too long' stop_waits_within_limit
check 'the journal has the level of each line' journal_has_levels
check 'nobody listens once the socket unit is stopped' stops_listening

end_of_tests
