#!/bin/sh
# Inside a fresh Debian that is thrown away afterwards: installs the packages that lie beside this script, uses each,
# and removes them without a trace.
#
# usage: smoke.sh VERSION
set -eu

version=$1
packages='libsockecho0 libsockecho-dev sockecho-tools'
cd "$(dirname "$0")"

fail() {
    printf 'smoke.sh: %s\n' "$*" >&2
    exit 1
}

# Nobody's own machine: one on which packages are built has a compiler, a fresh one has none.
! command -v cc || fail 'this is no fresh system'

# The names of packages hold no blanks, so that the shell may split them.
# shellcheck disable=SC2086
installed_files() {
    dpkg -L $packages | while read -r file; do
        [ -d "$file" ] && [ ! -L "$file" ] || printf '%s\n' "$file"
    done
}

wait_for_file() {
    tenths=0
    until [ -s "$1" ]; do
        [ "$tenths" -lt 100 ] || fail "no $1 within 10 s"
        sleep 0.1
        tenths=$((tenths + 1))
    done
}

dpkg -i ./*.deb
[ -z "$(dpkg --audit)" ] || fail 'dpkg finds fault with what is installed'
installed_files >files
for file in /usr/bin/sockecho-server /usr/bin/sockecho-client /usr/include/sockecho.h \
    /usr/share/man/man1/sockecho-server.1.gz /usr/share/man/man1/sockecho-client.1.gz /usr/share/man/man3/sockecho.3.gz \
    /usr/share/bash-completion/completions/sockecho-server; do
    grep -qxF "$file" files || fail "$file is missing"
    [ -s "$file" ] || fail "$file is empty"
done
grep -q "/libsockecho\.so\.$version\$" files || fail "no libsockecho.so.$version"

# The shared library, as the loader finds it.
./consumer >consumer.log || fail "the consumer failed: $(grep '^not ok' consumer.log)"
grep -q '^ok ' consumer.log || fail 'the consumer checked nothing'

# The programs.
sockecho-server --port any --port-file port &
server=$!
wait_for_file port
port=$(cat port)
[ "$(sockecho-client -p "$port" 127.0.0.1 hello)" = hello ] || fail 'hello did not come back'
sockecho-client -p "$port" 127.0.0.1 </usr/bin/dpkg >echoed
cmp echoed /usr/bin/dpkg
kill "$server"
wait "$server" || fail "the server ended with status $?"

# shellcheck disable=SC2086
dpkg -P $packages
while read -r file; do
    if [ -e "$file" ] || [ -L "$file" ]; then
        fail "$file is left behind"
    fi
done <files
printf 'smoke.sh: all is well\n' >&2
