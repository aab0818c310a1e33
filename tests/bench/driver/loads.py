"""The part `load`: the load engine beside a bare load loop, and beside itself without the check of the bytes.

`engine` is the program that people use, `checked` the same engine in a program made for this comparison, `unchecked`
that program with the check taken out.
"""

from __future__ import annotations

from typing import Optional

from .bench import Bench, Part
from .candidates import BASE
from .figures import Series, Turn, ratio_spread, spread_of
from .load import Workload, engine_command, measure_turn, tool_command
from .tables import Table, failure_note, median, median_percent, median_ratio, range_of_ratios
from .workloads import QUICK_WORKLOADS, WORKLOADS, add_row_failures, summary

ENGINE, BARE, CHECKED, UNCHECKED = "engine", "bare", "checked", "unchecked"
FIGURES = ("rate_per_s", "client_cpu_us", "client_share", "server_share")
COMPARED = ("rate_per_s", "client_cpu_us")
MOST_CONNECTIONS = 1000
# As long as the other loads take to settle.
WARMUP_OF_SECONDS = 0.1


def command(bench: Bench, name: str, workload: Workload) -> Optional[list[str]]:
    if name == ENGINE:
        return engine_command(bench.programs.client, workload, bench.seconds, bench.seconds * WARMUP_OF_SECONDS)
    tool = bench.programs.find(f"bench-{name}-load")
    return tool_command(tool, workload, bench.seconds) if tool else None


def turn(bench: Bench, name: str, workload: Workload) -> Turn:
    load = command(bench, name, workload)
    assert load is not None, name
    return measure_turn(bench.server_command(BASE), load, bench.cores, workload, bench.seconds)


COLUMNS = ("load", "echoes/s", "beside", "ratio", "min..max", "CPU us/echo", "ratio", "min..max", "client", "server")


def add_row(table: Table, series: Series, name: str, base: str) -> None:
    turns = series[name]
    rates, costs = (ratio_spread(turns, series.get(base, []), key) for key in COMPARED)
    table.add([name, median(spread_of(turns, "rate_per_s")), base, median_ratio(rates), range_of_ratios(rates),
               median(spread_of(turns, "client_cpu_us")), median_ratio(costs), range_of_ratios(costs),
               median_percent(spread_of(turns, "client_share")), median_percent(spread_of(turns, "server_share"))],
              failure_note(turns))


def run_workload(bench: Bench, part: Part, workload: Workload, names: list[str]) -> None:
    series = bench.interleave(f"loads, {workload.name}", names, lambda name: turn(bench, name, workload))
    table = Table(workload.name, COLUMNS)
    pairs = [(name, base) for name in names for base in (BARE, UNCHECKED)
             if base in names and (base == BARE or name == CHECKED)]
    for name, base in pairs or [(ENGINE, BARE)]:
        add_row(table, series, name, base)
    part.tables.append(table)
    add_row_failures(part, workload.name, series, base=None)
    part.data[workload.name] = {f"{name} beside {base}": summary(series[name], series[base], FIGURES, COMPARED)
                                for name, base in pairs}


def run(bench: Bench) -> Part:
    part = Part("load", "The load engine beside other loads, against bare-epoll; CPU is the client's")
    if BASE not in bench.with_base():
        part.remarks.append(f"Left out: {BASE} is not there.")
        return part
    workloads = [workload for workload in WORKLOADS if workload.connections <= MOST_CONNECTIONS]
    names = [name for name in (ENGINE, BARE, CHECKED, UNCHECKED) if command(bench, name, workloads[0])]
    missing = [name for name in (BARE, CHECKED, UNCHECKED) if name not in names]
    part.remarks += [f"bench-{name}-load is not built." for name in missing]
    for workload in QUICK_WORKLOADS[:1] if bench.is_quick else workloads:
        run_workload(bench, part, workload, names)
    return part
