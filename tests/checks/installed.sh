#!/usr/bin/env bash
# The library as other projects meet it: built and installed afresh into a folder of its own, and the consumer of
# tests/consumer built against that copy, and run, in each way that a build can find it. Prints TAP.
#
# usage: installed.sh SOURCE_FOLDER VERSION COMPILER...
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"

source_folder=$1
version=$2
compiler=("${@:3}")
consumer=("$source_folder"/tests/consumer/*.c)

# A skip as TAP has it.
skip() {
    printf '1..0 # SKIP %s\n' "$*"
    exit 0
}

needs meson ninja pkg-config readelf "${compiler[0]}"
[ -e "${consumer[0]}" ] || fail "no consumer in $source_folder/tests/consumer"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
export CC="${compiler[*]}"
# What else is installed on this machine, and where its builds put things, is of no concern here.
unset DESTDIR PKG_CONFIG_PATH LD_LIBRARY_PATH
export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig

install_library() {
    meson setup "$work/build" "$source_folder" --prefix "$prefix" --libdir lib -Dtests=disabled &&
        meson install -C "$work/build"
}

expected_files() {
    printf '%s\n' bin/sockecho-client bin/sockecho-server lib/libsockecho.a lib/libsockecho.so lib/libsockecho.so.0 \
        "lib/libsockecho.so.$version" lib/pkgconfig/sockecho.pc share/doc/sockecho/LICENSE share/doc/sockecho/README.md \
        share/bash-completion/completions/sockecho-client share/bash-completion/completions/sockecho-server \
        share/man/man1/sockecho-client.1 share/man/man1/sockecho-server.1 share/man/man3/sockecho.3 \
        share/doc/sockecho/examples/sockecho-server.service share/doc/sockecho/examples/sockecho-server.socket
    (cd "$source_folder" && printf '%s\n' include/*.h include/sockecho/*.h)
    (cd "$source_folder/docs" && printf 'share/doc/sockecho/%s\n' ./*.md | sed 's|/\./|/|')
    (cd "$source_folder/docs" && printf 'share/doc/sockecho/%s\n' guide/*.md guide/diagrams/*.svg performance/*)
}

installed_is_what_should_be() {
    (cd "$prefix" && find . ! -type d | sed 's|^\./||' | LC_ALL=C sort) >"$work/installed"
    expected_files | LC_ALL=C sort >"$work/expected"
    diff -u "$work/expected" "$work/installed"
}

installed_links_lead_somewhere() {
    "$(dirname "$0")/links.py" "$prefix/share/doc/sockecho" "$prefix/share/doc/sockecho"
}

unit_names_installed_program() {
    grep -q "^ExecStart=$prefix/bin/sockecho-server " "$prefix/share/doc/sockecho/examples/sockecho-server.service"
}

package_names_version() {
    [ "$(pkg-config --modversion sockecho)" = "$version" ]
}

# compile_consumer PROGRAM FLAG...
compile_consumer() {
    "${compiler[@]}" -std=c11 -o "$1" "${consumer[@]}" "${@:2}" -pthread
}

# The shared libraries that a program or library asks for, or its own name.
dynamic() {
    readelf -d "$2" | sed -n "s/.*($1).*\[\(.*\)\]/\1/p"
}

shared_consumer_runs() {
    local flags
    read -ra flags <<<"$(pkg-config --cflags --libs sockecho)"
    compile_consumer "$work/shared" "${flags[@]}"
    LD_LIBRARY_PATH=$prefix/lib "$work/shared"
}

shared_library_has_soname_0() {
    dynamic SONAME "$prefix/lib/libsockecho.so"
    dynamic NEEDED "$work/shared"
    [ "$(dynamic SONAME "$prefix/lib/libsockecho.so")" = libsockecho.so.0 ]
    dynamic NEEDED "$work/shared" | grep -qx libsockecho.so.0
}

library_needs_libc_only() {
    dynamic NEEDED "$prefix/lib/libsockecho.so"
    ! dynamic NEEDED "$prefix/lib/libsockecho.so" | grep -vE '^(libc|libpthread|ld-[^/]*)\.so\.[0-9]+$'
}

# Where the shared library is missing, `pkg-config --static` gives a linker all that the static one needs.
without_shared_library() {
    if [ ! -d "$work/static-prefix" ]; then
        cp -a "$prefix" "$work/static-prefix"
        rm "$work"/static-prefix/lib/libsockecho.so*
    fi
    PKG_CONFIG_LIBDIR=$work/static-prefix/lib/pkgconfig \
        pkg-config --define-variable=prefix="$work/static-prefix" --static --cflags --libs sockecho
}

static_consumer_runs() {
    local flags
    read -ra flags <<<"$(without_shared_library)"
    compile_consumer "$work/static" "${flags[@]}"
    "$work/static"
    ! dynamic NEEDED "$work/static" | grep sockecho
}

fully_static_consumer_runs() {
    local flags
    read -ra flags <<<"$(without_shared_library)"
    compile_consumer "$work/fully-static" "${flags[@]}" -static
    "$work/fully-static"
    [ -z "$(dynamic NEEDED "$work/fully-static")" ]
}

uninstalled_consumer_runs() {
    local flags
    read -ra flags <<<"$(PKG_CONFIG_LIBDIR=$work/build/meson-uninstalled pkg-config --cflags --libs sockecho)"
    case "${flags[*]}" in *"$prefix/lib"*) return 1 ;; esac
    compile_consumer "$work/uninstalled" "${flags[@]}"
    LD_LIBRARY_PATH=$work/build/lib "$work/uninstalled"
}

# project_of KIND: a folder with the consumer and the files of tests/consumer/KIND that build it.
project_of() {
    mkdir -p "$work/$1"
    cp "${consumer[@]}" "$source_folder"/tests/consumer/*.h "$source_folder/tests/consumer/$1"/* "$work/$1"
}

cmake_consumer_runs() {
    project_of cmake
    cmake -G Ninja -S "$work/cmake" -B "$work/cmake/build"
    cmake --build "$work/cmake/build"
    "$work/cmake/build/consumer"
}

autoconf_consumer_runs() {
    project_of autoconf
    cd "$work/autoconf"
    autoreconf --install
    ./configure
    make
    LD_LIBRARY_PATH=$prefix/lib ./consumer
}

subproject_consumer_runs() {
    project_of subproject
    mkdir "$work/subproject/subprojects"
    ln -s "$source_folder" "$work/subproject/subprojects/sockecho"
    meson setup --wrap-mode=forcefallback --libdir lib "$work/subproject/build" "$work/subproject"
    ninja -C "$work/subproject/build" consumer
    "$work/subproject/build/consumer"
}

# host_installs FOLDER OPTION...: what the project with the subproject installs, below its prefix.
host_installs() {
    meson install -C "$work/subproject/build" --destdir "$1" "${@:2}" >&2
    mkdir -p "$1/usr/local"
    (cd "$1/usr/local" && find . ! -type d | sed 's|^\./||' | LC_ALL=C sort)
}

# No program, no page, no unit: nobody asked the host for them.
host_installs_library_alone() {
    host_installs "$work/host" >"$work/installed-by-host"
    expected_files | grep -E '^(lib|include)/' | LC_ALL=C sort | diff -u - "$work/installed-by-host"
}

host_can_install_nothing_of_it() {
    host_installs "$work/host-alone" --skip-subprojects >"$work/installed-by-host"
    [ ! -s "$work/installed-by-host" ]
}

host_gets_what_it_asks_for() {
    local build=$work/subproject/build-whole
    meson setup --wrap-mode=forcefallback -Dsockecho:examples=enabled -Dsockecho:docs=enabled "$build" "$work/subproject"
    meson introspect --installed "$build" >"$work/installed-by-host"
    grep -q /bin/sockecho-client "$work/installed-by-host"
    grep -q /sockecho.3 "$work/installed-by-host"
}

number=0
failures=0

# report OUTCOME SENTENCE: a line of TAP.
report() {
    number=$((number + 1))
    printf '%s %d - %s\n' "$1" "$number" "$2"
}

# check SENTENCE COMMAND...: runs the command apart, so that the first thing that fails in it ends it.
check() {
    local status
    set +e
    (set -e && "${@:2}") >"$work/log" 2>&1
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        report ok "$1"
        return
    fi
    report 'not ok' "$1"
    grep -v '^ok ' "$work/log" | tail -n 40 | sed 's/^/# /'
    failures=$((failures + 1))
}

check 'the library is built and installed' install_library
if [ "$failures" -gt 0 ]; then
    printf 'Bail out! There is no copy to look at.\n'
    exit 1
fi
check 'the installed files are these and no others' installed_is_what_should_be
if command -v cmark-gfm >/dev/null; then
    check 'the links in the installed pages lead somewhere' installed_links_lead_somewhere
else
    report ok 'the links in the installed pages lead somewhere # SKIP cmark-gfm is not installed'
fi
check 'the unit names the installed program' unit_names_installed_program
check 'pkg-config tells the version' package_names_version
check 'a consumer of the shared library runs' shared_consumer_runs
check 'the library is libsockecho.so.0 and the consumer asks for that' shared_library_has_soname_0
check 'the library needs nothing but the C library' library_needs_libc_only
check 'a consumer of the static library runs without the shared one' static_consumer_runs
if "${compiler[@]}" -static -o "$work/empty" -x c - <<<'int main(void) { return 0; }' 2>"$work/log"; then
    check 'a consumer with no shared library at all runs' fully_static_consumer_runs
else
    report ok 'a consumer with no shared library at all runs # SKIP this machine has no static C library'
fi
check 'a consumer of the build folder runs, nothing installed' uninstalled_consumer_runs
if command -v cmake >/dev/null; then
    check "a consumer built by CMake's pkg_check_modules runs" cmake_consumer_runs
else
    report ok "a consumer built by CMake's pkg_check_modules runs # SKIP cmake is not installed"
fi
if command -v autoreconf >/dev/null && command -v automake >/dev/null && command -v make >/dev/null; then
    check "a consumer built by autoconf's PKG_CHECK_MODULES runs" autoconf_consumer_runs
else
    report ok "a consumer built by autoconf's PKG_CHECK_MODULES runs # SKIP autoconf, automake or make is not installed"
fi
check 'a consumer that has the library as a Meson subproject runs' subproject_consumer_runs
check 'such a project installs the library, and no program or page' host_installs_library_alone
check 'such a project can leave the library out of what it installs' host_can_install_nothing_of_it
check 'such a project gets the programs and pages that it asks for' host_gets_what_it_asks_for
printf '1..%d\n' "$number"
[ "$failures" -eq 0 ]
