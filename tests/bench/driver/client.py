"""The part `client`: `se_client_echo` beside the same echo written by hand, in every mode, and one large message.

bench-client runs the rounds itself, within one process: what it compares differs by less than two processes do.
"""

from __future__ import annotations

import json
from typing import Any, Optional

from .bench import Bench, Part
from .candidates import BASE
from .figures import Series, Turn, ratio_spread, spread_of
from .processes import ProcessError, Server, run_to_end
from .tables import Table, median, median_ratio, range_of_ratios
from .workloads import summary

LIBRARY, BY_HAND, CHECKED = "library", "by_hand", "by_hand_checked"
ECHO_NS = "echo_ns"
BULK_BYTES, QUICK_BULK_BYTES = 1 << 30, 1 << 26
TIMEOUT_S = 600.0
COLUMNS = ("mode", "bytes", "us/echo", "by hand", "ratio", "min..max", "by hand, checked", "ratio", "min..max", "GB/s")

Result = dict[str, Any]


def contest(bench: Bench, *options: str) -> list[Result]:
    program = bench.programs.find("bench-client")
    assert program is not None
    with Server(bench.server_command(BASE), bench.server_core) as server:
        command = [str(program), *options, "-p", str(server.port), server.host]
        output = run_to_end(command, bench.client_core, TIMEOUT_S)
        server.finish()
    return json.loads(output)["results"]


def series_of(result: Result) -> Series:
    return {name: [Turn({ECHO_NS: value}) for value in result[f"{name}_{ECHO_NS}"]]
            for name in (LIBRARY, BY_HAND, CHECKED)}


def microseconds(turns: list[Turn]) -> str:
    return median(spread_of([Turn({ECHO_NS: turn.figures[ECHO_NS] / 1e3}) for turn in turns], ECHO_NS))


def gigabytes_per_s(turns: list[Turn], size: int) -> Optional[float]:
    found = spread_of(turns, ECHO_NS)
    return size / found.median if found else None


def add_row(part: Part, table: Table, result: Result) -> None:
    size, series = result["size_bytes"], series_of(result)
    cells = [result["mode"], f"{size:,}", microseconds(series[LIBRARY])]
    for base in (BY_HAND, CHECKED):
        ratios = ratio_spread(series[LIBRARY], series[base], ECHO_NS)
        cells += [microseconds(series[base]), median_ratio(ratios), range_of_ratios(ratios)]
    rate = gigabytes_per_s(series[LIBRARY], size)
    table.add(cells + [f"{rate:.3f}" if rate else "-"])
    part.data[f"{result['mode']}, {size} bytes"] = {
        base: summary(series[LIBRARY], series[base], (ECHO_NS,), (ECHO_NS,)) for base in (BY_HAND, CHECKED)}


def run(bench: Bench) -> Part:
    part = Part("client", "The client beside loops of send and recv by hand, against bare-epoll; ratios are of time")
    if BASE not in bench.with_base() or bench.programs.find("bench-client") is None:
        part.remarks.append("Left out: bench-client or bare-epoll is not built.")
        return part
    table = Table("an echo", COLUMNS)
    rounds = ["--rounds", str(2 * bench.rounds + 1)]
    try:
        small = contest(bench, *rounds, "--round", f"{bench.seconds / 20:.3f}")
        bulk = contest(bench, *rounds, "--bulk", str(QUICK_BULK_BYTES if bench.is_quick else BULK_BYTES))
        for result in small + bulk:
            add_row(part, table, result)
    except (ProcessError, ValueError, KeyError) as error:
        part.failures.append(f"client: {error}")
    bench.say("client: measured")
    part.tables.append(table)
    return part
