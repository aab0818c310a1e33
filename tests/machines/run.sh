#!/usr/bin/env bash
# Builds the library and its tests for other machines than this one, and runs them here.
#
#   i386    32 bits: a long, a pointer and a size_t have four bytes        unit, loopback, programs
#   musl    another C library, linked statically                           unit, loopback, programs
#   s390x   big-endian, played by qemu                                     unit
#
# usage: tests/machines/run.sh [MACHINE]...       all of them when none is named
#
# Each has its build in build-machines/MACHINE; MACHINES_DIR names another folder than build-machines. It installs the
# compilers as tests/run.sh does. Debian has Check for the machine itself only, so it is built from its source. Among
# the packages is no gcc-multilib: Debian keeps it apart from the compilers for other machines.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "${MACHINES_DIR:-$root/build-machines}"
builds=$(cd "${MACHINES_DIR:-$root/build-machines}" && pwd)
multiarch=/usr/include/$(uname -m)-linux-gnu

say() {
    printf 'machines/run.sh: %s\n' "$*" >&2
}

install_tools() {
    local version
    "$root/tests/install-packages.sh" gcc:gcc file:/usr/include/stdio.h:libc6-dev make:make meson:meson \
        ninja:ninja-build pkg-config:pkg-config pkgconfig:check:check dpkg-source:dpkg-dev
    case $1 in
    i386)
        version=$(gcc -dumpversion)
        "$root/tests/install-packages.sh" file:/usr/lib32/crt1.o:libc6-dev-i386 \
            "file:$(dirname "$(gcc -print-libgcc-file-name)")/32/libgcc.a:lib32gcc-${version%%.*}-dev"
        ;;
    musl)
        "$root/tests/install-packages.sh" musl-gcc:musl-tools
        ;;
    s390x)
        "$root/tests/install-packages.sh" s390x-linux-gnu-gcc:gcc-s390x-linux-gnu qemu-s390x:qemu-user \
            file:/usr/s390x-linux-gnu/include/stdio.h:libc6-dev-s390x-cross
        ;;
    esac
}

# The headers of the kernel, which are the same for these two and which only the machine's own compiler finds by itself.
link_kernel_headers() {
    local folder=$1
    mkdir -p "$folder"
    ln -sfn "$multiarch/asm" "$folder/asm"
    ln -sfn /usr/include/asm-generic "$folder/asm-generic"
    ln -sfn /usr/include/linux "$folder/linux"
}

compiler() {
    case $1 in
    i386) printf 'gcc -m32 -idirafter %s' "$builds/$1-headers" ;;
    musl) printf 'musl-gcc -idirafter %s' "$builds/$1-headers" ;;
    s390x) printf 's390x-linux-gnu-gcc' ;;
    esac
}

host() {
    case $1 in
    i386) printf 'i686-linux-gnu' ;;
    musl) printf '%s-linux-musl' "$(uname -m)" ;;
    s390x) printf 's390x-linux-gnu' ;;
    esac
}

# Subunit is a format of results that nobody reads here.
compile_check() {
    local machine=$1 place=$2
    "$builds/check-source/configure" --build="$(uname -m)-linux-gnu" --host="$(host "$machine")" --prefix="$place" \
        --disable-shared --with-pic --disable-subunit --disable-timeout-tests CC="$(compiler "$machine")"
    make -j2 -C lib
    make -C src install-exec install-data
    ln -s libcheck.a "$place/lib/libcheck_pic.a" # what Debian calls it
    make install-pcdataDATA install-includeHEADERS
}

build_check() {
    local machine=$1 place=$builds/$1-check
    [ ! -f "$place/lib/pkgconfig/check.pc" ] || return 0
    "$here/check-source.sh" "$builds/check-source"
    rm -rf "$place-build"
    mkdir "$place-build"
    say "building Check for $machine; what the compiler says goes to $place-build/log"
    if ! (cd "$place-build" && compile_check "$machine" "$place" >log 2>&1); then
        tail -n 20 "$place-build/log" >&2
        return 1
    fi
}

configure() {
    local machine=$1 options=(-Dglib=disabled -Dlibuv=disabled)
    [ ! -f "$builds/$machine/build.ninja" ] || return 0
    [ "$machine" = s390x ] || options+=("-Dc_args=-idirafter $builds/$machine-headers")
    [ "$machine" != musl ] || options+=(-Dc_link_args=-static -Ddefault_library=static)
    meson setup --cross-file "$here/$machine.ini" -Dpkg_config_path="$builds/$machine-check/lib/pkgconfig" \
        "${options[@]}" "$builds/$machine" "$root"
}

run_tests() {
    case $1 in
    s390x)
        SE_TEST_SLOW=5 CK_TIMEOUT_MULTIPLIER=5 BUILD_DIR=$builds/$1 \
            "$root/tests/run.sh" --suite unit --timeout-multiplier 5
        ;;
    *) BUILD_DIR=$builds/$1 "$root/tests/run.sh" --suite unit --suite loopback --suite programs ;;
    esac
}

machines=("$@")
[ $# -gt 0 ] || machines=(i386 musl s390x)
for machine in "${machines[@]}"; do
    [ -f "$here/$machine.ini" ] || { say "there is no machine '$machine'" && exit 2; }
done
if [ "$(uname -m)" != x86_64 ]; then
    say "these builds are made on x86_64, and this is $(uname -m)"
    exit 1
fi

status=0
for machine in "${machines[@]}"; do
    install_tools "$machine"
    [ "$machine" = s390x ] || link_kernel_headers "$builds/$machine-headers"
    build_check "$machine"
    configure "$machine"
    run_tests "$machine" || status=1
done
exit "$status"
