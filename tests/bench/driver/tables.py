"""Text tables and the few ways in which figures are written. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Sequence

from .figures import Spread, Turn, first_failure

NOTHING = "-"


@dataclass
class Table:
    """The first column is text and stands to the left, the others to the right; a note follows its row."""

    title: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, cells: Sequence[str], note: str = "") -> None:
        missing = len(self.columns) - len(cells)
        if missing < 0:
            raise ValueError(f"{len(cells)} cells for {len(self.columns)} columns")
        self.rows.append(list(cells) + [NOTHING] * missing)
        self.notes.append(note)

    def lines(self) -> list[str]:
        widths = [max(len(row[i]) for row in [list(self.columns), *self.rows]) for i in range(len(self.columns))]
        body = [_line(row, widths, note) for row, note in zip(self.rows, self.notes)]
        return [self.title, "", _line(self.columns, widths), *body]


def _line(cells: Sequence[str], widths: Sequence[int], note: str = "") -> str:
    parts = [cells[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
    if note:
        parts.append(note)
    return "  ".join(parts).rstrip()


def number(value: Optional[float]) -> str:
    """About three digits that tell something, thousands set apart."""
    if value is None:
        return NOTHING
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}"


def ratio(value: Optional[float]) -> str:
    return NOTHING if value is None else f"{value:.3f}"


def median(value: Optional[Spread]) -> str:
    return NOTHING if value is None else number(value.median)


def median_ratio(value: Optional[Spread]) -> str:
    return NOTHING if value is None else ratio(value.median)


def range_of_ratios(value: Optional[Spread]) -> str:
    return NOTHING if value is None else f"{value.least:.3f}..{value.most:.3f}"


def percent(share: Optional[float]) -> str:
    return NOTHING if share is None else f"{share * 100:.0f} %"


def failure_note(turns: Sequence[Turn]) -> str:
    failure = first_failure(turns)
    return f"FAILED, {failure}" if failure else ""


def median_percent(value: Optional[Spread]) -> str:
    return NOTHING if value is None else percent(value.median)
