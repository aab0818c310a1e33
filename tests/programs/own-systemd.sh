#!/usr/bin/env bash
# Becomes systemd, as the first process of a small system that shares nothing with this machine but the kernel and /usr,
# which it cannot write. Whoever starts it has made the namespaces: mount, PID, network, UTS, IPC and control group.
#
# usage: own-systemd.sh ROOT INSTALLED PID_FILE
#
# ROOT is an empty folder. INSTALLED becomes /usr/local. PID_FILE gets the number of the first process, as this machine
# counts.
set -euo pipefail

root=$1
installed=$2
pid_file=$3

# The proc(5) that is mounted still is this machine's, and the shell itself opens the file.
read -r own_pid _ </proc/self/stat

# To load modules, set the clock or write to devices is nothing that a test does, whatever units this machine has.
dropped=-sys_module,-sys_time,-sys_rawio,-syslog

make_tree() {
    mount --make-rprivate /
    mount -t tmpfs -o mode=755 tmpfs "$root"
    mkdir -p "$root"/{usr,etc/systemd/system,var,run,tmp,proc,sys,dev,root,old}
    chmod 1777 "$root/tmp"
    local folder
    for folder in bin sbin lib lib32 lib64; do
        [ ! -L "/$folder" ] || ln -s "usr/$folder" "$root/$folder"
    done
    mount --bind /usr "$root/usr"
    mount -o remount,bind,ro "$root/usr"
    mount --bind "$installed" "$root/usr/local"
}

mount_kernel_views() {
    mount -t proc proc "$root/proc"
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount -o remount,bind,ro "$root/proc/sys"
    mount -t sysfs -o ro sysfs "$root/sys"
    [ -e "$root/sys/fs/cgroup/cgroup.procs" ] || mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
}

make_devices() {
    local device
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for device in null zero full random urandom tty; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    mkdir "$root/dev/shm" "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
}

# An identity that is there already, so that systemd does not take it for a first start and enable all it finds.
make_settings() {
    tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\nsystemd-journal:x:101:\n' >"$root/etc/group"
    printf 'passwd: files systemd\ngroup: files systemd\n' >"$root/etc/nsswitch.conf"
    cp -r /etc/ld.so.conf /etc/ld.so.conf.d "$root/etc"
    # Wherever Meson puts libraries on this machine.
    find "$installed" -name 'libsockecho.so.*' -printf '/usr/local/%P\n' | sed 's|/[^/]*$||' | sort -u \
        >"$root/etc/ld.so.conf.d/sockecho.conf"
    chroot "$root" ldconfig
}

enter_tree() {
    cd "$root"
    pivot_root . old
    umount --lazy old
    rmdir old
}

make_tree
mount_kernel_views
make_devices
make_settings
printf '%d\n' "$own_pid" >"$pid_file"
enter_tree
exec setpriv --bounding-set="$dropped" env -i container=test PATH=/usr/sbin:/usr/bin \
    /usr/lib/systemd/systemd --system --unit=basic.target --log-target=journal --show-status=no </dev/null
