"""The part `client`: `se_client_echo` beside the same echo written by hand, in every mode, and one large message.

bench-client runs the rounds itself, within one process: what it compares differs by less than two processes do.
"""

from __future__ import annotations

import json
from typing import Any

from .bench import Bench, Part
from .candidates import BASE
from .figures import Series, Turn, ratio_spread, spread_of
from .processes import ProcessError, Server, run_to_end
from .tables import NOTHING, Table, median, median_ratio, number, range_of_ratios
from .workloads import summary

LIBRARY, BY_HAND, CHECKED = "library", "by_hand", "by_hand_checked"
TIME, CPU = "echo_us", "client_cpu_us"
BULK_BYTES, QUICK_BULK_BYTES = 1 << 30, 1 << 26
TIMEOUT_S = 600.0
NAMES = {BY_HAND: "unchecked", CHECKED: "checked"}
COLUMNS = ("mode", "bytes", "by hand", "us/echo", "by hand", "time ratio", "min..max", "CPU ratio", "min..max", "MB/s")

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
    return {name: [Turn({TIME: time_ns / 1e3, CPU: cpu_ns / 1e3})
                   for time_ns, cpu_ns in zip(result[f"{name}_echo_ns"], result[f"{name}_cpu_ns"])]
            for name in (LIBRARY, BY_HAND, CHECKED)}


def megabytes_per_s(turns: list[Turn], size: int) -> str:
    found = spread_of(turns, TIME)
    return number(size / found.median) if found else NOTHING


def add_row(table: Table, mode: str, size: int, series: Series, base: str) -> None:
    times, costs = (ratio_spread(series[LIBRARY], series[base], key) for key in (TIME, CPU))
    table.add([mode, f"{size:,}", NAMES[base],
               median(spread_of(series[LIBRARY], TIME)), median(spread_of(series[base], TIME)),
               median_ratio(times), range_of_ratios(times), median_ratio(costs), range_of_ratios(costs),
               megabytes_per_s(series[LIBRARY], size)])


def add_result(part: Part, table: Table, result: Result) -> None:
    mode, size, series = result["mode"], result["size_bytes"], series_of(result)
    for base in (BY_HAND, CHECKED):
        add_row(table, mode, size, series, base)
    part.data[f"{mode}, {size} bytes"] = {
        base: summary(series[LIBRARY], series[base], (TIME, CPU), (TIME, CPU)) for base in (BY_HAND, CHECKED)}


def run(bench: Bench) -> Part:
    part = Part("client", "The client beside loops of send and recv by hand, against bare-epoll")
    if BASE not in bench.with_base() or bench.programs.find("bench-client") is None:
        part.remarks.append("Left out: bench-client or bare-epoll is not built.")
        return part
    table = Table("an echo", COLUMNS)
    rounds = ["--rounds", str(2 * bench.rounds + 1)]
    try:
        small = contest(bench, *rounds, "--round", f"{bench.seconds / 20:.3f}")
        bulk = contest(bench, *rounds, "--bulk", str(QUICK_BULK_BYTES if bench.is_quick else BULK_BYTES))
        for result in small + bulk:
            add_result(part, table, result)
    except (ProcessError, ValueError, KeyError) as error:
        part.failures.append(f"client: {error}")
    bench.say("client: measured")
    part.tables.append(table)
    return part
