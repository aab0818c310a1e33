"""The part `costs`: system calls and user-space instructions an echo, counted by strace and callgrind.

Each is the difference between a short and a long run, so that starting, connecting and ending cancel out. The tools
slow the server down: with many connections it finds more of them ready at once than it would alone, which makes the
poller's share smaller. With one connection, which brings one message at a time, the counts are what they are without.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable

from .bench import Bench, Part
from .candidates import OURS
from .figures import Turn, per_step
from .load import Workload, read_result
from .processes import Child, ProcessError, Server, attempt, run_to_end
from .tables import Table, number

WORKLOADS = (Workload(1, 64), Workload(50, 512))
FEW, MANY = 1000, 11000
QUICK_FEW, QUICK_MANY = 200, 1200
CONNECTIONS = 100
COLUMNS = ("of", "system calls", "instructions")
# Interpreters and runtimes with threads of their own are too slow, or refuse, under callgrind.
NOT_UNDER_CALLGRIND = ("go", "node", "asyncio")
CALLS_LINE = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", re.MULTILINE)
TOTALS_LINE = re.compile(r"^(?:totals|summary):\s*(\d+)", re.MULTILINE)

# What was counted in one run, by its name.
Counts = dict[str, float]
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


def strace(trace: Path) -> list[str]:
    return ["strace", "-f", "-c", "-o", str(trace)]


def callgrind(profile: Path) -> list[str]:
    return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={profile}"]


def read_trace(trace: Path) -> Counts:
    return calls_in(trace.read_text(encoding="utf-8"))


def read_profile(profile: Path) -> Counts:
    return {INSTRUCTIONS: instructions_in(profile.read_text(encoding="utf-8"))}


@dataclass(frozen=True)
class Tool:
    name: str
    command: Callable[[Path], list[str]]
    read: Callable[[Path], Counts]
    runs_a_child: bool


STRACE = Tool("strace", strace, read_trace, True)
CALLGRIND = Tool("valgrind", callgrind, read_profile, False)


def echo_count_times(bench: Bench, server: Server, workload: Workload, count: int) -> None:
    command = [str(bench.programs.client), "--load", "--json", *workload.arguments(), "-n", str(count),
               "-p", str(server.port), server.host]
    with Child(command, bench.client_core) as client:
        read_result(client)


def count_server(bench: Bench, tool: Tool, command: list[str], workload: Workload, count: int) -> Counts:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        with Server([*tool.command(output), *command], bench.server_core, tool.runs_a_child) as server:
            echo_count_times(bench, server, workload, count)
            server.finish()
        return tool.read(output)


def count_client(bench: Bench, tool: Tool, command: list[str], count: int) -> Counts:
    """bench-connections echoes over every connection in turn; its own loop is a few instructions an echo."""
    with tempfile.TemporaryDirectory() as folder, Server(bench.server_command(OURS), bench.server_core) as server:
        output = Path(folder) / "output"
        command = [*command, "--connections", str(CONNECTIONS), "--rounds", str(count // CONNECTIONS),
                   "-p", str(server.port), server.host]
        run_to_end([*tool.command(output), *command], bench.client_core, runs_a_child=tool.runs_a_child)
        server.finish()
        return tool.read(output)


def difference(bench: Bench, count_of: Callable[[int], Counts]) -> Counts:
    few, many = (QUICK_FEW, QUICK_MANY) if bench.is_quick else (FEW, MANY)
    in_few, in_many = count_of(few), count_of(many)
    return {name: per_step(in_few.get(name, 0), in_many[name], few, many) for name in in_many}


def costs_of(bench: Bench, tools: list[Tool], count_of: Callable[[Tool, int], Counts]) -> Counts:
    figures: Counts = {}
    for tool in tools:
        found = difference(bench, partial(count_of, tool))
        if tool is STRACE:
            figures["system_calls"] = sum(found.values())
        figures |= {name: each for name, each in found.items() if abs(each) >= LEAST_TO_SHOW}
    return figures


def installed(part: Part) -> list[Tool]:
    found = [tool for tool in (STRACE, CALLGRIND) if shutil.which(tool.name)]
    part.remarks += [f"{tool.name} is not installed." for tool in (STRACE, CALLGRIND) if tool not in found]
    return found


def server_costs(bench: Bench, name: str, workload: Workload, tools: list[Tool]) -> Turn:
    command = bench.server_command(name)
    fit = [tool for tool in tools if tool is STRACE or name not in NOT_UNDER_CALLGRIND]
    return attempt(lambda: costs_of(bench, fit, lambda tool, count: count_server(
        bench, tool, command, workload, count)))


def client_costs(bench: Bench, program: Path, tools: list[Tool]) -> Turn:
    return attempt(lambda: costs_of(bench, tools, lambda tool, count: count_client(
        bench, tool, [str(program)], count)))


def names_of_calls(figures: dict[str, float]) -> str:
    """Which system calls they are, the most frequent first."""
    calls = [(each, name) for name, each in figures.items() if name not in ("system_calls", INSTRUCTIONS)]
    return ", ".join(f"{name} {each:.2f}" for each, name in sorted(calls, reverse=True))


def add_row(part: Part, table: Table, name: str, result: Turn) -> None:
    figures = [result.figures.get("system_calls"), result.figures.get(INSTRUCTIONS)]
    table.add([name, *map(number, figures)],
              f"FAILED, {result.failure}" if result.failure else names_of_calls(result.figures))
    if result.failure:
        part.failures.append(f"costs, {table.title}: {name}: {result.failure}")
    row: dict[str, Any] = {"failure": result.failure}
    part.data.setdefault(table.title, {})[name] = row | result.figures


def add_client(bench: Bench, part: Part, tools: list[Tool]) -> None:
    program = bench.programs.find("bench-connections")
    if program is None:
        part.remarks.append("The client is left out: bench-connections is not built.")
        return
    table = Table("client, 64 B, blocking", COLUMNS)
    add_row(part, table, "se_client_echo", client_costs(bench, program, tools))
    part.tables.append(table)


def run(bench: Bench) -> Part:
    part = Part("costs", "Costs of an echo: system calls and user-space instructions")
    tools = installed(part)
    for workload in WORKLOADS[:1] if bench.is_quick else WORKLOADS:
        table = Table(f"server, {workload.name}", COLUMNS)
        for name in bench.with_base() if bench.is_quick else bench.servers:
            add_row(part, table, name, server_costs(bench, name, workload, tools))
        part.tables.append(table)
    add_client(bench, part, tools)
    bench.say("costs: counted")
    return part
