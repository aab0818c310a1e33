"""The part `costs`: system calls and user-space instructions an echo, counted by strace and callgrind.

Each is the difference between a short and a long run, so that starting, connecting and ending cancel out. The tools
slow the server down: with many connections it finds more of them ready at once than it would alone, which makes the
poller's share smaller. With one connection, which brings one message at a time, the counts are what they are without.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Callable

from .bench import Bench, Part
from .figures import Turn, per_step
from .load import Workload, read_result
from .processes import Child, ProcessError, Server, attempt
from .tables import Table, number

WORKLOADS = (Workload(1, 64), Workload(50, 512))
FEW, MANY = 1000, 11000
QUICK_FEW, QUICK_MANY = 200, 1200
# Interpreters and runtimes with threads of their own are too slow, or refuse, under callgrind.
NOT_UNDER_CALLGRIND = ("go", "node", "asyncio")
CALLS_LINE = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", re.MULTILINE)
TOTALS_LINE = re.compile(r"^(?:totals|summary):\s*(\d+)", re.MULTILINE)

# What was counted in one run, by its name.
Counts = dict[str, float]
Counter = Callable[[list[str], Workload, int], Counts]
LEAST_TO_SHOW = 0.005
INSTRUCTIONS = "instructions"


def calls_in(trace: str) -> Counts:
    """Each system call in a summary of strace -c, and how often it was made."""
    return {name: int(calls) for calls, name in CALLS_LINE.findall(trace) if name != "total"}


def instructions_in(profile: str) -> int:
    match = TOTALS_LINE.search(profile)
    if match is None:
        raise ProcessError("callgrind's output has no total")
    return int(match.group(1))


def echo_count_times(bench: Bench, server: Server, workload: Workload, count: int) -> None:
    command = [str(bench.programs.client), "--load", "--json", *workload.arguments(), "-n", str(count),
               "-p", str(server.port), server.host]
    with Child(command, bench.client_core) as client:
        read_result(client)


def count_calls(bench: Bench, command: list[str], workload: Workload, count: int) -> Counts:
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace"
        with Server(["strace", "-f", "-c", "-o", str(trace), *command], bench.server_core, True) as server:
            echo_count_times(bench, server, workload, count)
            server.finish()
        return calls_in(trace.read_text(encoding="utf-8"))


def count_instructions(bench: Bench, command: list[str], workload: Workload, count: int) -> Counts:
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        tool = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={profile}"]
        with Server([*tool, *command], bench.server_core) as server:
            echo_count_times(bench, server, workload, count)
            server.finish()
        return {INSTRUCTIONS: instructions_in(profile.read_text(encoding="utf-8"))}


def difference(bench: Bench, count_of: Counter, command: list[str], workload: Workload) -> Counts:
    few, many = (QUICK_FEW, QUICK_MANY) if bench.is_quick else (FEW, MANY)
    in_few, in_many = (count_of(command, workload, count) for count in (few, many))
    return {name: per_step(in_few.get(name, 0), in_many[name], few, many) for name in in_many}


def tools(part: Part) -> list[str]:
    found = [tool for tool in ("strace", "valgrind") if shutil.which(tool)]
    part.remarks += [f"{tool} is not installed." for tool in ("strace", "valgrind") if tool not in found]
    return found


def measure(bench: Bench, name: str, workload: Workload, found: list[str]) -> dict[str, float]:
    command = bench.server_command(name)
    figures: dict[str, float] = {}
    if "strace" in found:
        calls = difference(bench, lambda *what: count_calls(bench, *what), command, workload)
        figures |= {"system_calls": sum(calls.values())}
        figures |= {call: each for call, each in calls.items() if abs(each) >= LEAST_TO_SHOW}
    if "valgrind" in found and name not in NOT_UNDER_CALLGRIND:
        figures |= difference(bench, lambda *what: count_instructions(bench, *what), command, workload)
    return figures


def names_of_calls(figures: dict[str, float]) -> str:
    """Which system calls they are, the most frequent first."""
    calls = [(each, name) for name, each in figures.items() if name not in ("system_calls", INSTRUCTIONS)]
    return ", ".join(f"{name} {each:.2f}" for each, name in sorted(calls, reverse=True))


def add_row(part: Part, table: Table, name: str, workload: Workload, result: Turn) -> None:
    figures = [result.figures.get("system_calls"), result.figures.get(INSTRUCTIONS)]
    table.add([name, *map(number, figures)],
              f"FAILED, {result.failure}" if result.failure else names_of_calls(result.figures))
    if result.failure:
        part.failures.append(f"costs, {workload.name}: {name}: {result.failure}")
    part.data.setdefault(workload.name, {})[name] = {"failure": result.failure, **result.figures}


def run(bench: Bench) -> Part:
    part = Part("costs", "Costs of an echo in the server: system calls and user-space instructions")
    found = tools(part)
    servers = bench.with_base() if bench.is_quick else bench.servers
    for workload in WORKLOADS[:1] if bench.is_quick else WORKLOADS:
        table = Table(workload.name, ("server", "system calls", "instructions"))
        for name in servers:
            add_row(part, table, name, workload, attempt(lambda: measure(bench, name, workload, found)))
        part.tables.append(table)
        bench.say(f"costs, {workload.name}: counted")
    return part
