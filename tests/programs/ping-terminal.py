#!/usr/bin/env python3
"""Shows sockecho-client to a terminal (a pseudo-terminal), for ping-reports.sh. Ends with 1 and a reason where it does
not look as it should.

usage: ping-terminal.py ping CLIENT PORT       lines come one by one, ^\\ asks for a summary, ^C ends it
       ping-terminal.py colour CLIENT PORT     nobody listens there: the complaint is red, unless NO_COLOR or TERM says no
       ping-terminal.py progress CLIENT PORT   a long transfer of stdin shows how far it is, and nothing in the end
       ping-terminal.py unmixed CLIENT PORT    it does not where stdout is the terminal as well
"""
import os
import pty
import re
import select
import subprocess
import sys
import time

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


def complaint_of(client, port, **environment):
    """What a terminal as stderr sees of a connection that is refused."""
    master, terminal = pty.openpty()
    with subprocess.Popen([client, "-p", port, "127.0.0.1", "hello"], stderr=terminal,
                          env={"PATH": os.environ["PATH"], **environment}) as process:
        os.close(terminal)
        text = read_to_end(master)
    expect(process.returncode == 1, f"status {process.returncode} is 1")
    return text


def check_colour(client, port):
    plain = f"sockecho-client: cannot connect to '127.0.0.1' port {port}: connection refused"
    red = f"\x1b[31m{plain}\x1b[0m\r\n"
    expect(complaint_of(client, port, TERM="xterm") == red, "it is red")
    expect(complaint_of(client, port, TERM="xterm", NO_COLOR="") == red, "an empty NO_COLOR means nothing")
    expect(complaint_of(client, port, TERM="xterm", NO_COLOR="1") == plain + "\r\n", "NO_COLOR is kept")
    expect(complaint_of(client, port, TERM="dumb") == plain + "\r\n", "a terminal that knows no colour gets none")
    expect(complaint_of(client, port) == plain + "\r\n", "nor does one that nobody knows")


def begin_transfer(client, port, terminal, stdout):
    return subprocess.Popen([client, "-p", port, "127.0.0.1"], stdin=subprocess.PIPE, stdout=stdout, stderr=terminal)


def send_until(process, is_enough):
    """A chunk every now and then: the transfer becomes a long one while time passes."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_enough():
        expect(time.monotonic() < deadline, "it happens in time")
        process.stdin.write(b"line\n")
        process.stdin.flush()
        time.sleep(0.1)


def check_progress(client, port):
    master, terminal = pty.openpty()
    seen = [""]

    def has_progress():
        seen[0] += read_some(master, 0)
        return seen[0].count("echoed") >= 2

    begin = time.monotonic()
    with begin_transfer(client, port, terminal, subprocess.DEVNULL) as process:
        os.close(terminal)
        send_until(process, has_progress)
        expect(time.monotonic() - begin >= 1, "a short transfer shows nothing")
        process.stdin.close()
        lines = (seen[0] + read_to_end(master)).split("\r")
    expect(process.returncode == 0, f"status {process.returncode} is 0")
    expect("\n" not in "".join(lines), f"{lines} stay in one line")
    expect(any(re.fullmatch(r"\d+\.\d MiB echoed, \d+\.\d MiB/s", line) for line in lines), f"{lines} show it")
    expect(lines[-1] == "" and lines[-2].strip() == "", f"{lines} are gone in the end")


def check_unmixed(client, port):
    master, terminal = pty.openpty()
    begin = time.monotonic()
    with begin_transfer(client, port, terminal, terminal) as process:
        os.close(terminal)
        send_until(process, lambda: time.monotonic() - begin > 1.5)
        process.stdin.close()
        text = read_to_end(master)
    expect(re.fullmatch(r"(line\r\n)+", text), f"{text!r} is what was sent")


def main():
    checks = {"ping": check_ping, "colour": check_colour, "progress": check_progress, "unmixed": check_unmixed}
    checks[sys.argv[1]](*sys.argv[2:])


main()
