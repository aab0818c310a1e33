"""The part `size`: how large the library is, and how long a server takes from nothing to listening."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import partial
from pathlib import Path

from .bench import Bench, Part
from .figures import Turn, first_failure, spread_of
from .processes import ProcessError, attempt, run_to_end
from .tables import NOTHING, Table, failure_note, median, number

STARTS, QUICK_STARTS = 1000, 100
START_FIGURES = {
    "listening_us_median": "us until it listens",
    "first_echo_us_median": "us until the first echo is back",
    "listening_heap_bytes": "bytes of heap when it listens",
    "first_echo_heap_bytes": "bytes of heap after the first echo, the client's with it",
}


def text_bytes(output: str) -> int:
    """The size of the code in what `size` prints: a heading, then text, data, bss and more."""
    lines = output.strip().splitlines()
    if len(lines) < 2 or lines[0].split()[0] != "text":
        raise ProcessError(f"size printed {output!r}")
    return int(lines[1].split()[0])


def sizes_of(library: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / library.name
        run_to_end(["strip", "-o", str(stripped), str(library)])
        return {"file_bytes": stripped.stat().st_size,
                "text_bytes": text_bytes(run_to_end(["size", str(stripped)]).decode())}


def add_sizes(bench: Bench, part: Part) -> None:
    library = bench.programs.library()
    if library is None or not (shutil.which("strip") and shutil.which("size")):
        part.remarks.append("The size is left out: the shared library, strip or size is not there (Debian: binutils).")
        return
    figures = sizes_of(library)
    table = Table("stripped shared library", ("what", "bytes"))
    table.add(["the file", f"{figures['file_bytes']:,.0f}"])
    table.add(["of that code and constants (text)", f"{figures['text_bytes']:,.0f}"])
    part.tables.append(table)
    part.data["library"] = figures


def start_turn(program: Path, bench: Bench) -> Turn:
    rounds = QUICK_STARTS if bench.is_quick else STARTS
    return attempt(lambda: json.loads(run_to_end([str(program), "--rounds", str(rounds)], bench.client_core)))


def add_starts(bench: Bench, part: Part) -> None:
    program = bench.programs.find("bench-start")
    if program is None:
        part.remarks.append("The start is left out: bench-start is not built.")
        return
    measure = partial(start_turn, program, bench)
    turns = bench.interleave("start", ["start"], lambda _: measure())["start"]
    table = Table("a server from nothing, within one process", ("what", "median", "min..max"))
    for key, title in START_FIGURES.items():
        found = spread_of(turns, key)
        table.add([title, median(found), f"{number(found.least)}..{number(found.most)}" if found else NOTHING],
                  failure_note(turns))
        part.data[key] = found.to_json() if found else None
    failure = first_failure(turns)
    part.failures += [f"start: {failure}"] if failure else []
    part.tables.append(table)


def run(bench: Bench) -> Part:
    part = Part("size", "Size and start")
    try:
        add_sizes(bench, part)
        add_starts(bench, part)
    except ProcessError as error:
        part.failures.append(f"size: {error}")
    return part
