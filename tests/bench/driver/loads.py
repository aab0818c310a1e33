"""The part `load`: the load engine beside a bare load loop, and beside itself without the check of the bytes."""

from __future__ import annotations

from typing import Optional

from .bench import Bench, Part
from .candidates import BASE
from .figures import Series, Turn, first_failure, ratio_spread, spread_of
from .load import Workload, engine_command, measure_turn, tool_command
from .tables import Table, median, median_percent, median_ratio, range_of_ratios
from .workloads import QUICK_WORKLOADS, WORKLOADS, add_row_failures, summary

ENGINE, BARE, CHECKED, UNCHECKED = "engine", "bare-load", "checked-load", "unchecked-load"
# What each is compared with.
BASES = {ENGINE: BARE, CHECKED: UNCHECKED}
FIGURES = ("echoes_per_s", "client_cpu_us", "client_busy", "server_share")
COMPARED = ("echoes_per_s", "client_cpu_us")
MOST_CONNECTIONS = 1000


def command(bench: Bench, name: str, workload: Workload) -> Optional[list[str]]:
    if name == ENGINE:
        return engine_command(bench.programs.client, workload, bench.seconds, 0)
    tool = bench.programs.find(f"bench-{name}")
    return tool_command(tool, workload, bench.seconds) if tool else None


def turn(bench: Bench, name: str, workload: Workload) -> Turn:
    load = command(bench, name, workload)
    assert load is not None, name
    return measure_turn(bench.server_command(BASE), load, bench.cores, workload, bench.seconds)


def table_of(workload: Workload, series: Series) -> Table:
    table = Table(workload.name, ("load", "echoes/s", "ratio", "min..max", "CPU us/echo", "ratio", "min..max", "client",
                                  "server", "beside"))
    for name, turns in series.items():
        base = series.get(BASES.get(name, ""), [])
        rates, costs = (ratio_spread(turns, base, key) for key in COMPARED)
        failure = first_failure(turns)
        table.add([name, median(spread_of(turns, "echoes_per_s")), median_ratio(rates), range_of_ratios(rates),
                   median(spread_of(turns, "client_cpu_us")), median_ratio(costs), range_of_ratios(costs),
                   median_percent(spread_of(turns, "client_share")), median_percent(spread_of(turns, "server_share")),
                   BASES.get(name, "-")], f"FAILED, {failure}" if failure else "")
    return table


def run(bench: Bench) -> Part:
    part = Part("load", "The load engine beside other loads, against bare-epoll; CPU is the client's")
    if BASE not in bench.with_base():
        part.remarks.append(f"Left out: {BASE} is not there.")
        return part
    workloads = [workload for workload in WORKLOADS if workload.connections <= MOST_CONNECTIONS]
    for workload in QUICK_WORKLOADS[1:3] if bench.is_quick else workloads:
        names = [name for name in (ENGINE, BARE, CHECKED, UNCHECKED) if command(bench, name, workload)]
        series = bench.interleave(f"loads, {workload.name}", names, lambda name: turn(bench, name, workload))
        part.tables.append(table_of(workload, series))
        add_row_failures(part, workload.name, series, base=None)
        part.data[workload.name] = {name: summary(turns, series.get(BASES.get(name, ""), []), FIGURES, COMPARED)
                                    for name, turns in series.items()}
    return part
