"""Runs programs so that nothing of them is left, whatever a mutant makes them do."""
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

# More than any test asks for, and less than would harm the machine.
LIMITS = ["prlimit", "--as=8589934592", "--fsize=2147483648", "--core=0", "--"]
TEXT = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

_sessions = set()
_lock = threading.Lock()
_is_over = False


class Over(Exception):
    """This run was told to end."""


def say(text):
    print(f"mutate.py: {text}", file=sys.stderr, flush=True)


def _members(leader):
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (ProcessLookupError, FileNotFoundError):
            continue  # it has ended meanwhile
        if int(fields[3]) == leader and fields[0] != "Z":
            yield int(stat.parent.name)


def _end_session(leader):
    """A process group would not do: some tests make groups of their own. Whoever forks meanwhile is met again."""
    while members := list(_members(leader)):
        for member in members:
            try:
                os.kill(member, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.001)


def end_all():
    """Ends what runs now; the threads that wait for it get Over."""
    global _is_over
    with _lock:
        _is_over = True
        leaders = list(_sessions)
    for leader in leaders:
        _end_session(leader)


def is_over():
    return _is_over


def run(command, folder, timeout_s=600, environment=None):
    """The status of a command, None where it did not end in time. Everything that it started is gone then."""
    with _lock:
        if _is_over:
            raise Over
        process = subprocess.Popen(LIMITS + command, cwd=folder, start_new_session=True,
                                   env={**os.environ, **(environment or {})}, **TEXT)
        _sessions.add(process.pid)
    try:
        status = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        _end_session(process.pid)
        process.wait()
        with _lock:
            _sessions.discard(process.pid)
    if _is_over:
        raise Over
    return status
