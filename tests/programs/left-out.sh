#!/bin/sh
# Stands in for a test that this build cannot make: says why, and counts as skipped.
#
# usage: left-out.sh REASON
set -eu

printf '%s\n' "$1" >&2
exit 77
