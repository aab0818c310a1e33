"""The part `busy-poll`: the round trip of a small message with neither side spinning, one of them, and both."""

from __future__ import annotations

from typing import Sequence

from .bench import Bench, Part
from .candidates import OURS
from .figures import Series, Turn, spread_of
from .load import Workload, engine_command, measure_turn
from .tables import NOTHING, Table, failure_note, median, median_percent, number
from .workloads import add_row_failures, summary

WORKLOAD = Workload(1, 64)
SPIN_US = 1000
OPTION = "--busy-poll"
NEITHER, CLIENT, SERVER, BOTH = "neither", "client only", "server only", "both"
FIGURES = ("p50_us", "p99_us", "rate_per_s", "server_share", "client_share")


def turn(bench: Bench, who: str) -> Turn:
    spin = [OPTION, str(SPIN_US)]
    server = bench.server_command(OURS, *(spin if who in (SERVER, BOTH) else []))
    client = engine_command(bench.programs.client, WORKLOAD, bench.seconds, bench.warmup,
                            *(spin if who in (CLIENT, BOTH) else []))
    return measure_turn(server, client, bench.cores, WORKLOAD, bench.seconds)


def table_of(series: Series) -> Table:
    table = Table(f"{WORKLOAD.name}, up to {SPIN_US} us of spinning", (
        "who spins", "p50 us", "min..max", "p99 us", "min..max", "echoes/s", "server", "client"))
    for name, turns in series.items():
        p50, p99 = spread_of(turns, "p50_us"), spread_of(turns, "p99_us")
        ranges = [f"{number(found.least)}..{number(found.most)}" if found else NOTHING for found in (p50, p99)]
        table.add([name, median(p50), ranges[0], median(p99), ranges[1], median(spread_of(turns, "rate_per_s")),
                   median_percent(spread_of(turns, "server_share")), median_percent(spread_of(turns, "client_share"))],
                  failure_note(turns))
    return table


def candidates(bench: Bench, part: Part) -> Sequence[str]:
    if bench.server_core is None:
        part.remarks.append("Left out: a side that spins on the only core keeps the other from it.")
        return ()
    if not bench.programs.has_option(bench.programs.server, OPTION):
        part.remarks.append(f"The server does not know {OPTION}: only the client spins.")
        return (NEITHER, CLIENT)
    return (NEITHER, CLIENT, SERVER, BOTH)


def run(bench: Bench) -> Part:
    part = Part("busy-poll", "Busy polling: the round trip, and what it costs in processor time")
    who = candidates(bench, part)
    if who:
        series = bench.interleave("busy polling", who, lambda name: turn(bench, name))
        part.tables.append(table_of(series))
        add_row_failures(part, "busy polling", series, base=None)
        part.data = {name: summary(turns, series[NEITHER], FIGURES, ("p50_us",))
                     for name, turns in series.items()}
    return part
