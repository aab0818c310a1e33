#!/usr/bin/env bash
# Rust calls the library: bindgen makes declarations of the headers, rustc compiles echo.rs with them, and it runs.
#
# usage: rust.sh SHARED_LIBRARY INCLUDE_FOLDER
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/../../checks/common.sh"

library=$(realpath "$1")
include_folder=$2
source=$(dirname "$0")/echo.rs

needs bindgen rustc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# bindgen tells by itself that it found no libclang; without one there is nothing to try.
bindgen --version >/dev/null || skip 'bindgen does not run here'
bindgen --allowlist-function 'se_.*' --allowlist-type 'se_.*' --allowlist-var 'SE_.*' --no-layout-tests \
    --output "$work/sockecho.rs" "$include_folder/sockecho.h" -- -I "$include_folder"
ln -s "$library" "$work/libsockecho.so"
BINDINGS=$work rustc --edition 2021 --test -D warnings -L "$work" -l dylib=sockecho -o "$work/echo" "$source"
LD_LIBRARY_PATH=$(dirname "$library") "$work/echo"
