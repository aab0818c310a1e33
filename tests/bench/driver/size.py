"""The part `size`: how large the library is, and how long a server takes from nothing to listening."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from .bench import Bench, Part
from .processes import ProcessError, run_to_end
from .tables import Table


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


def run(bench: Bench) -> Part:
    part = Part("size", "Size and start")
    try:
        add_sizes(bench, part)
    except ProcessError as error:
        part.failures.append(f"size: {error}")
    return part
