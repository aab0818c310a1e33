"""The part `workloads`: every server on every workload, compared with the bare loop of the same round."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from .bench import Bench, Part
from .candidates import BASE
from .figures import Series, Turn, first_failure, ratio_spread, spread_of
from .load import Workload, churn_command, measure_turn
from .tables import Table, failure_note, median, median_percent, median_ratio, range_of_ratios

KIB = 1024
WORKLOADS = (
    Workload(1, 64),
    Workload(50, 512),
    Workload(1000, 512),
    Workload(10000, 512),
    Workload(4, 512, 128),
    Workload(4, 64 * KIB, 4),
    Workload(100, 16 * KIB, 4),
)
CHURN = Workload(10, 64)
QUICK_WORKLOADS = (WORKLOADS[1], WORKLOADS[5])
CLIENT_IS_THE_LIMIT = 0.95

FIGURES = ("rate_per_s", "server_cpu_us", "p50_us", "p99_us", "server_share", "client_busy")
COMPARED = ("rate_per_s", "server_cpu_us")


def summary(turns: Sequence[Turn], base: Sequence[Turn], figures: Sequence[str],
            compared: Sequence[str]) -> dict[str, Any]:
    """A row for programs: each round, the spread of each figure, and the ratios to the base."""
    row: dict[str, Any] = {"failure": first_failure(turns), "rounds": [turn.figures for turn in turns]}
    for key in figures:
        found = spread_of(turns, key)
        row[key] = found.to_json() if found else None
    for key in compared:
        found = ratio_spread(turns, base, key)
        row[f"{key}_ratio"] = found.to_json() if found else None
    return row


def note(turns: Sequence[Turn]) -> str:
    busy = spread_of(turns, "client_busy")
    if busy is not None and busy.median >= CLIENT_IS_THE_LIMIT:
        return "the client is the limit: CPU an echo tells"
    return failure_note(turns)


def cells(name: str, turns: Sequence[Turn], base: Sequence[Turn]) -> list[str]:
    rates, costs = ratio_spread(turns, base, "rate_per_s"), ratio_spread(turns, base, "server_cpu_us")
    return [name,
            median(spread_of(turns, "rate_per_s")), median_ratio(rates), range_of_ratios(rates),
            median(spread_of(turns, "server_cpu_us")), median_ratio(costs), range_of_ratios(costs),
            median(spread_of(turns, "p50_us")), median(spread_of(turns, "p99_us")),
            median_percent(spread_of(turns, "server_share")), median_percent(spread_of(turns, "client_busy"))]


COLUMNS = ("server", "echoes/s", "ratio", "min..max", "CPU us/echo", "ratio", "min..max", "p50 us", "p99 us",
           "server", "client")
CHURN_COLUMNS = ("server", "connections/s", "ratio", "min..max", "CPU us/connection", *COLUMNS[5:])


def table_of(title: str, series: Series, columns: Sequence[str]) -> Table:
    table = Table(title, columns)
    base = series.get(BASE, [])
    for name, turns in series.items():
        table.add(cells(name, turns, base), note(turns))
    return table


def add_row_failures(part: Part, what: str, series: Series, base: Optional[str] = BASE) -> None:
    for name, turns in series.items():
        failure = first_failure(turns)
        if failure is not None:
            part.failures.append(f"{what}: {name}: {failure}")
    if base is not None and base not in series:
        part.remarks.append(f"{what}: {base} is not there, so there is nothing to compare with.")


def run_workload(bench: Bench, part: Part, workload: Workload) -> None:
    if workload.connections > bench.most_connections:
        part.remarks.append(f"{workload.name} is left out: {bench.most_connections:,} connections are the limit here.")
        return
    series = bench.interleave(workload.name, bench.servers, lambda name: bench.engine(name, workload))
    add_results(part, workload.name, table_of(workload.name, series, COLUMNS), series)


def add_results(part: Part, what: str, table: Table, series: Series) -> None:
    part.tables.append(table)
    add_row_failures(part, what, series)
    base = series.get(BASE, [])
    part.data[what] = {name: summary(turns, base, FIGURES, COMPARED) for name, turns in series.items()}


def run_churn(bench: Bench, part: Part) -> None:
    """A connection is what an echo is elsewhere."""
    program = bench.programs.find("bench-churn")
    if program is None:
        part.remarks.append("The churn is left out: bench-churn is not built.")
        return
    command = churn_command(program, CHURN.connections, bench.seconds)
    servers = bench.with_base() if bench.is_quick else bench.servers
    series = bench.interleave("churn", servers, lambda name: measure_turn(
        bench.server_command(name), command, bench.cores, CHURN, bench.seconds))
    title = f"churn: {CHURN.connections} at once connect, echo {CHURN.size} B, end in order, and begin anew"
    add_results(part, "churn", table_of(title, series, CHURN_COLUMNS), series)


def run(bench: Bench) -> Part:
    part = Part("workloads", "Workloads: each server beside the bare loop of the same round")
    for workload in QUICK_WORKLOADS if bench.is_quick else WORKLOADS:
        run_workload(bench, part, workload)
    run_churn(bench, part)
    return part
