"""The report of a run: the same as text for people and as JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Sequence

from . import machine, plots
from .bench import Bench, Part
from .flaws import flaws
from .processes import ProcessError


def pinning(bench: Bench) -> str:
    if bench.server_core is None:
        return "There is only one core: server and client share it, so the figures say little about a server alone."
    return f"The server runs on core {bench.server_core}, the client on core {bench.client_core}."


def part_lines(part: Part) -> list[str]:
    lines = ["", part.title, "=" * len(part.title)]
    for table in part.tables:
        lines += ["", *table.lines()]
    if part.remarks:
        lines += [""] + part.remarks
    return lines


def failure_lines(failures: Sequence[str]) -> list[str]:
    if not failures:
        return ["", "No row failed."]
    return ["", f"{len(failures)} failed:"] + [f"  {failure}" for failure in failures]


def text(bench: Bench, known: dict[str, object], missing: dict[str, str], parts: Sequence[Part],
         failures: Sequence[str]) -> str:
    how = [f"Rounds: {bench.rounds}, of {bench.seconds:g} s each, after {bench.warmup:g} s to warm up.", pinning(bench),
           "A figure is the median of the rounds; a ratio is the median of the ratios to bare-epoll of the same round."]
    left_out = [f"{name} is left out: it is not built, or what runs it is not installed (Debian: {package})."
                for name, package in missing.items()]
    lines = machine.lines(known) + [""] + how + left_out
    for part in parts:
        lines += part_lines(part)
    return "\n".join(lines + failure_lines(failures)) + "\n"


def as_json(bench: Bench, known: dict[str, object], missing: dict[str, str], parts: Sequence[Part]) -> dict[str, Any]:
    return {
        "machine": known,
        "rounds": bench.rounds,
        "seconds": bench.seconds,
        "server_core": bench.server_core,
        "client_core": bench.client_core,
        "left_out": missing,
        "parts": {part.name: {"data": part.data, "remarks": part.remarks, "failures": part.failures} for part in parts},
    }


def publish(bench: Bench, folder: Path, known: dict[str, object], missing: dict[str, str],
            parts: Sequence[Part]) -> int:
    """Writes and prints it all. Returns the exit status: 1 when anything failed or is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    failures = [failure for part in parts for failure in part.failures] + flaws(parts)
    remark = None
    try:
        remark = plots.draw(folder, {part.name: part.data for part in parts})
    except ProcessError as error:
        failures.append(str(error))
    whole_text = text(bench, known, missing, parts, failures) + (f"{remark}\n" if remark else "")
    data = as_json(bench, known, missing, parts)
    (folder / "report.txt").write_text(whole_text, encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(whole_text, end="")
    return 1 if failures else 0
