"""Processes that the bench starts: each on one core, each ended by its id, also when the bench is interrupted."""

from __future__ import annotations

import ctypes
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Callable, Optional, Sequence, TypeVar

from .figures import Turn

START_TIMEOUT_S = 20.0
END_TIMEOUT_S = 20.0
LISTENING = re.compile(r"listening on (\S+):(\d+)\s*$")

Self = TypeVar("Self", bound="Child")

_libc = ctypes.CDLL(None, use_errno=True)


class ProcessError(Exception):
    """Something that was started did not do what it should; the text is a reason to report."""


def attempt(measure: Callable[[], dict[str, float]]) -> Turn:
    """What was measured, or the reason why it is no result."""
    try:
        return Turn(measure())
    except KeyError as error:
        return Turn(failure=f"the result does not tell {error}")
    except (ProcessError, OSError, TypeError) as error:
        return Turn(failure=str(error))


def cpu_clock_of(process_id: int) -> int:
    """The clock of all the processor time of a process, its ended threads included, in nanoseconds."""
    clock = ctypes.c_int()
    error = _libc.clock_getcpuclockid(process_id, ctypes.byref(clock))
    if error != 0:
        raise ProcessError(f"process {process_id} has no clock: {os.strerror(error)}")
    return clock.value


class Child:
    """A process in a session of its own, so that a signal from the terminal reaches the bench alone. A tool may stand
    in front of the program and run it as its child: then it is the child that is asked to end."""

    def __init__(self, command: Sequence[str], core: Optional[int] = None, runs_a_child: bool = False) -> None:
        self.name = Path(command[0]).name
        self.runs_a_child = runs_a_child
        self.errors = tempfile.TemporaryFile()
        try:
            self.process = subprocess.Popen(
                list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors,
                start_new_session=True, preexec_fn=lambda: _stay_on(core))
        except OSError as error:
            self.errors.close()
            raise ProcessError(f"{self.name} cannot be started: {error.strerror}") from error

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.end()
        finally:
            self.errors.close()
            self.output.close()

    @property
    def id(self) -> int:
        return self.process.pid

    @property
    def output(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def is_running(self) -> bool:
        return self.process.poll() is None

    def complaint(self) -> str:
        """The last line that it wrote to stderr."""
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else "it gave no reason"

    def end(self) -> None:
        """Asks the process, or the one that it runs, to end; insists when it does not."""
        if not self.is_running():
            return
        target = child_of(self.id) if self.runs_a_child else None
        send_signal(target or self.id, signal.SIGTERM)
        try:
            self.process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise ProcessError(f"{self.name} did not end within {END_TIMEOUT_S:.0f} s of SIGTERM") from None
        finally:
            if self.is_running():
                send_signal(target or self.id, signal.SIGKILL)
                self.process.kill()
                self.process.wait()

    def wait_readable(self, timeout_s: float) -> bool:
        return bool(select.select([self.output], [], [], timeout_s)[0])


def _stay_on(core: Optional[int]) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})


def send_signal(process_id: int, number: int) -> None:
    try:
        os.kill(process_id, number)
    except ProcessLookupError:
        pass


def child_of(parent_id: int) -> Optional[int]:
    """The process that a tool runs, for example the one that strace traces."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = path.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == parent_id:
            return int(path.parent.name)
    return None


def read_listening_line(child: Child) -> tuple[str, int]:
    deadline = time.monotonic() + START_TIMEOUT_S
    text = b""
    while not text.endswith(b"\n"):
        if not child.wait_readable(max(0.0, deadline - time.monotonic())):
            raise ProcessError(f"{child.name} did not listen within {START_TIMEOUT_S:.0f} s")
        byte = os.read(child.output.fileno(), 1)
        if not byte:
            raise ProcessError(f"{child.name} ended before it listened: {child.complaint()}")
        text += byte
    match = LISTENING.match(text.decode(errors="replace"))
    if not match:
        raise ProcessError(f"{child.name} said {text!r} in place of where it listens")
    return match.group(1), int(match.group(2))


class Server(Child):
    """A server that listens until the end of its block."""

    def __init__(self, command: Sequence[str], core: Optional[int] = None, runs_a_child: bool = False) -> None:
        super().__init__(command, core, runs_a_child)
        try:
            self.host, self.port = read_listening_line(self)
        except BaseException:
            super().__exit__()
            raise

    def finish(self) -> None:
        """Ends it and sees that it had lived until now and ends in order."""
        if not self.is_running():
            raise ProcessError(f"{self.name} ended by itself with {self.process.returncode}: {self.complaint()}")
        self.end()
        if self.process.returncode not in (0, -signal.SIGTERM):
            raise ProcessError(f"{self.name} ended with {self.process.returncode}: {self.complaint()}")


def run_to_end(command: Sequence[str], core: Optional[int] = None, timeout_s: float = 120.0,
               runs_a_child: bool = False) -> bytes:
    """Runs a program that prints its result; returns what it printed."""
    with Child(command, core, runs_a_child) as child:
        try:
            output, _ = child.process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise ProcessError(f"{child.name} took longer than {timeout_s:.0f} s") from None
        if child.process.returncode != 0:
            raise ProcessError(f"{child.name} ended with {child.process.returncode}: {child.complaint()}")
        return output
