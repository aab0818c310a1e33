#!/usr/bin/env python3
"""Shows sockecho-client to a terminal (a pseudo-terminal), for ping-reports.sh. Ends with 1 and a reason where it does
not look as it should.

usage: ping-terminal.py ping CLIENT PORT       lines come one by one, ^\\ asks for a summary, ^C ends it
"""
import os
import pty
import re
import select
import sys

PATIENCE_S = 30


def expect(is_so, what):
    if not is_so:
        sys.exit(f"not so: {what}")


def read_some(descriptor, timeout_s):
    """What is there; empty where nothing came in time, or where nobody has the terminal open any more."""
    ready, _, _ = select.select([descriptor], [], [], timeout_s)
    try:
        return os.read(descriptor, 65536).decode() if ready else ""
    except OSError:
        return ""


def read_until(descriptor, pattern):
    text = ""
    while not re.search(pattern, text):
        more = read_some(descriptor, PATIENCE_S)
        expect(more, f"{pattern!r} appears after {text!r}")
        text += more
    return text


def read_to_end(descriptor):
    text = ""
    while more := read_some(descriptor, PATIENCE_S):
        text += more
    return text


def check_ping(client, port):
    process, terminal = pty.fork()
    if process == 0:
        os.execv(client, [client, "-p", port, "--ping", "-w", "1000", "127.0.0.1"])
    read_until(terminal, r"seq=1 rtt=\d+\.\d{3} ms\r\n")
    os.write(terminal, b"\x1c")
    read_until(terminal, r"\^\\\r\n1 sent, 1 returned, 0 lost\r\nrtt min/avg/max = [^\n]* ms\r\n")
    os.write(terminal, b"\x03")
    rest = read_to_end(terminal)
    expect(re.fullmatch(r"\^C\r\n1 sent, 1 returned, 0 lost\r\nrtt min/avg/max = [^\n]* ms\r\n", rest), f"{rest!r} ends it")
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    expect(status == 0, f"status {status} is 0")


def main():
    checks = {"ping": check_ping}
    checks[sys.argv[1]](*sys.argv[2:])


main()
