"""What is wrong with a report although no row failed: a part without rows, or a row that cannot be compared."""

from __future__ import annotations

from typing import Any, Iterator, Sequence

from .bench import Part


def rows_of(data: dict[str, Any], place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row in the data of a part, wherever it lies, with its way there."""
    if "failure" in data:
        yield place, data
        return
    for name, inner in data.items():
        if isinstance(inner, dict):
            yield from rows_of(inner, f"{place}, {name}" if place else name)


def flaws_of(part: Part) -> list[str]:
    rows = list(rows_of(part.data))
    if not part.data and not part.remarks and not part.failures:
        return [f"{part.name}: it has no rows"]
    return [f"{part.name}: {place}: {key} is not known" for place, row in rows if row["failure"] is None
            for key, value in row.items() if key.endswith("_ratio") and value is None]


def flaws(parts: Sequence[Part]) -> list[str]:
    return [flaw for part in parts for flaw in flaws_of(part)]
