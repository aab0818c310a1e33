#!/usr/bin/env bash
# The project as it is handed on: `meson dist` makes an archive of the last commit, in which the tests pass without git;
# the recipe of docs/packaging builds Debian packages of it, which lintian finds no fault with; and in a fresh Debian
# that holds nothing else they are installed, used and removed. Nothing is installed on this machine but tools.
#
# usage: tests/packages/run.sh
#
# It needs a Debian system and, for the fresh one, root or user namespaces. BUILD_DIR is the folder to work in,
# build-packages unless set, and is made anew.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD_DIR:-$root/build-packages}
# What a person who has the archive would run first. The rest looks at everything for minutes, and sees nothing in an
# archive that it does not see in the repository.
suites=(--suite unit --suite loopback --suite programs --suite checks)

"$root/tests/install-packages.sh" gcc:gcc file:/usr/include/stdio.h:libc6-dev meson:meson ninja:ninja-build git:git \
    pkg-config:pkg-config pkgconfig:check:check dpkg-buildpackage:dpkg-dev dh:debhelper lintian:lintian \
    file:/usr/share/build-essential/list:build-essential mmdebstrap:mmdebstrap xz:xz-utils cmark-gfm:cmark-gfm

rm -rf "$build"
mkdir -p "$build"
build=$(cd "$build" && pwd)

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Uncommitted changes are left out, as they will be at a release.
make_archive() {
    meson setup -Dtests=disabled -Dexamples=disabled -Ddocs=disabled "$build/dist" "$root"
    meson dist -C "$build/dist" --no-tests --allow-dirty
    archive=("$build"/dist/meson-dist/sockecho-*.tar.xz)
    name=$(basename "${archive[0]}" .tar.xz)
    version=${name#sockecho-}
}

test_archive() {
    tar -xf "${archive[0]}" -C "$build"
    BUILD_DIR=$build/tests "$build/$name/tests/run.sh" "${suites[@]}" | tee "$build/tests.log"
    totals=$(tail -n 1 "$build/tests.log")
}

build_packages() {
    local source=$build/debian/$name
    mkdir "$build/debian"
    cp "${archive[0]}" "$build/debian/sockecho_$version.orig.tar.xz"
    tar -xf "${archive[0]}" -C "$build/debian"
    cp -r "$source/docs/packaging/debian" "$source/debian"
    (cd "$source" && DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS:-parallel=2} dpkg-buildpackage -us -uc)
    lintian --fail-on error,warning "$build"/debian/*.changes
}

# The pages link to each other, and to other files beside them, by name.
follow_links() {
    local unpacked=$build/pages
    dpkg-deb -x "$build"/debian/libsockecho-dev_*.deb "$unpacked"
    "$root/tests/checks/links.py" "$unpacked/usr/share/doc/libsockecho-dev" "$unpacked/usr/share/doc/libsockecho-dev"
}

# compile_consumer PROGRAM: from what the packages hold, unpacked beside.
compile_consumer() {
    local unpacked=$build/unpacked package triplet flags
    triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
    for package in "$build"/debian/libsockecho0_*.deb "$build"/debian/libsockecho-dev_*.deb; do
        dpkg-deb -x "$package" "$unpacked"
    done
    export PKG_CONFIG_SYSROOT_DIR=$unpacked PKG_CONFIG_LIBDIR=$unpacked/usr/lib/$triplet/pkgconfig
    export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
    read -ra flags <<<"$(pkg-config --cflags --libs sockecho)"
    cc -std=c11 -o "$1" "$build/$name"/tests/consumer/*.c "${flags[@]}" -pthread
}

# The hooks are run by mmdebstrap, for which $1 is the fresh system's root. Its format "null" keeps nothing.
use_packages() {
    local suite
    suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    mkdir "$build/smoke"
    (compile_consumer "$build/smoke/consumer")
    cp "$build"/debian/{libsockecho0,libsockecho-dev,sockecho-tools}_*.deb "$root/tests/packages/smoke.sh" "$build/smoke"
    # shellcheck disable=SC2016
    mmdebstrap --variant=essential --format=null --customize-hook="copy-in $build/smoke /root" \
        --customize-hook="chroot \"\$1\" sh /root/smoke/smoke.sh $version" "$suite" - >&2
}

make_archive >&2
say "made ${archive[0]##*/}"
test_archive >&2
say "its tests: $totals"
build_packages >&2
follow_links
say 'built the packages; lintian finds no fault, and the links in the pages lead somewhere'
use_packages
say 'installed, used and removed the packages in a fresh system'

# Three more than the tests: the archive, the packages, and their use.
[[ $totals =~ ^([0-9]+)\ (.*)$ ]]
printf '%d %s\n' $((BASH_REMATCH[1] + 3)) "${BASH_REMATCH[2]}"
