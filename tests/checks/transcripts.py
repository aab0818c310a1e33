#!/usr/bin/env python3
"""The terminal pictures of the README are of real runs: its commands are run again, and print what it shows.

A block of the language `console` has commands, which begin with "$ ", and below each what it prints. All are typed
into one shell, one after the other, in a network that has nothing but its own loopback; what is still running goes on.
What a run measures differs from run to run: decimals stand for decimals, a port of five digits and a checksum for any
other. The rest is to be the same to the letter. The demo is run as well; of its output the README shows the end.

usage: transcripts.py README BUILD_FOLDER SOURCE_FOLDER     prints TAP
"""

import sys

sys.dont_write_bytecode = True  # no folder of Python's beside the tests

import fcntl
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from shown import blocks, difference, named

COMMAND_SECONDS_MAX = 30

# What is not built or not installed everywhere.
OPTIONAL = ["loop-glib", "systemd-socket-activate"]

VARYING = re.compile(r"(?P<port>127\.0\.0\.1:\d{5}\b)|(?P<checksum>\b[0-9a-f]{64}\b)|(?P<speed>\d+ ms: \d+ MiB/s)|"
                     r"(?P<machine>from [\w.-]+!)| *(?<![\w.])\d+\.(?P<decimals>\d+)(?![\w.])")


def variations(found):
    """What may stand in the place of a piece that varies, as a regular expression."""
    return {
        "port": r"127\.0\.0\.1:\d+",
        "checksum": "[0-9a-f]{64}",
        "speed": r"\d+ ms: \d+ MiB/s",
        "machine": r"from [\w.-]+!",
        "decimals": rf" *\d+\.\d{{{len(found['decimals'] or '')}}}",
    }[found.lastgroup]


def pattern(shown):
    """The output as a regular expression."""
    expression, end = "", 0
    for found in VARYING.finditer(shown):
        expression += re.escape(shown[end:found.start()]) + variations(found)
        end = found.end()
    return expression + re.escape(shown[end:])


def commands_of(text):
    """Yields (command, what it prints)."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


class Shell:
    """Runs one command after the other, as a person would type them, and reads all that is printed."""

    def __init__(self, folder, programs):
        commands, self.commands = os.pipe()
        self.statuses, statuses = os.pipe()
        self.output, output = os.pipe()
        script = f'while IFS= read -r -u {commands} command; do eval "$command"; echo $? >&{statuses}; done'
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        for name in ("BASH_ENV", "JOURNAL_STREAM", "LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET"):
            environment.pop(name, None)
        self.process = subprocess.Popen(["bash", "--noprofile", "--norc", "-c", script], stdin=subprocess.DEVNULL,
                                        stdout=output, stderr=output, cwd=folder, env=environment,
                                        pass_fds=(commands, statuses))
        for descriptor in (commands, statuses, output):
            os.close(descriptor)

    def run(self, command, expected):
        """What was printed, and whether it is what was expected, once the command has ended."""
        os.write(self.commands, command.encode() + b"\n")
        deadline = time.monotonic() + COMMAND_SECONDS_MAX
        printed, ended = b"", False
        while time.monotonic() < deadline:
            if ended and re.fullmatch(expected, printed.decode()):
                return printed.decode(), True
            ready, _, _ = select.select([self.output, self.statuses], [], [], max(0, deadline - time.monotonic()))
            if self.output in ready:
                printed += os.read(self.output, 65536)
            if self.statuses in ready:
                ended = os.read(self.statuses, 16) != b"" or ended
        return printed.decode(), False


class Report:
    """TAP."""

    def __init__(self):
        self.count = self.failed = 0

    def tell(self, name, fault=None):
        self.count += 1
        self.failed += fault is not None
        print(f"{'ok' if fault is None else 'not ok'} {self.count} - {name}")
        for line in (fault or "").splitlines():
            print(f"# {line}")

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}")

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed or not self.count else 0


def missing_program(text, programs):
    for name in OPTIONAL:
        if name in text and not shutil.which(name, path=f"{programs}:{os.environ['PATH']}"):
            return name
    return None


def fault_of_block(shell, text):
    """None where every command prints what is shown."""
    shown = list(commands_of(text))
    if not shown:
        return "it shows no command"
    for command, output in shown:
        printed, is_right = shell.run(command, pattern(output))
        if not is_right:
            return f"$ {command}\n" + difference(output, printed, "what is shown", "what was printed")
    return None


def fault_of_demo(readme, source, build):
    shown = named([readme], "text", "demo")
    if len(shown) != 1:
        return f"the demo is shown {len(shown)} times"
    run = subprocess.run([source / "examples" / "demo.sh"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, env={**os.environ, "BUILD_DIR": str(build)}, text=True, check=False,
                         timeout=4 * COMMAND_SECONDS_MAX)
    lines = run.stdout.splitlines(keepends=True)[-shown[0].count("\n"):]
    if run.returncode == 0 and re.fullmatch(pattern(shown[0]), "".join(lines)):
        return None
    return f"status {run.returncode}\n" + difference(shown[0], run.stdout, "what is shown", "what was printed")


def run_all(readme, build, source):
    programs = build / "examples"
    report = Report()
    report.tell("the demo", fault_of_demo(readme, source, build))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "build-tests").symlink_to(build)
        shell = Shell(folder, programs)
        for block in blocks(readme, "console"):
            name = f"line {block.line}: {block.text.splitlines()[0].partition(' #')[0].strip()}"
            missing = missing_program(block.text, programs)
            if missing:
                report.skip(name, f"there is no {missing}")
            else:
                report.tell(name, fault_of_block(shell, block.text))
    return report.end()


def set_loopback_up():
    get_flags, set_flags, up = 0x8913, 0x8914, 1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = fcntl.ioctl(any_socket, get_flags, struct.pack("16sh22x", b"lo", 0))
        flags = struct.unpack("16sh22x", request)[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh22x", b"lo", flags | up))


def enter_own_network(arguments):
    """Starts this program again where every port is free, and everything ends with it."""
    command = ["unshare", "--net", "--pid", "--fork", "--kill-child"]
    if os.getuid() != 0:
        command.append("--map-root-user")
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        print("1..0 # SKIP this system allows no network of one's own")
        return 0
    sys.stdout.flush()
    os.execvp(command[0], [*command, sys.executable, *sys.argv[:1], "--inside", *arguments])


def main(arguments):
    if len(arguments) == 3:
        return enter_own_network(arguments)
    if len(arguments) != 4 or arguments[0] != "--inside":
        sys.exit(__doc__)
    set_loopback_up()
    readme, build, source = (Path(argument).resolve() for argument in arguments[1:])
    return run_all(readme, build, source)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
