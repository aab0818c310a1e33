"""What many rounds come to: medians, spreads, and ratios within one round. Pure; nothing here starts a process.

A turn is what one round measured of one candidate: named figures, or the reason why there are none. A candidate with
one turn that failed has no result at all, because an average over what is left would hide the failure.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import Callable, Optional, Sequence


@dataclass(frozen=True)
class Spread:
    """The median of several rounds, and how far they lie apart."""

    median: float
    least: float
    most: float

    def to_json(self) -> dict[str, float]:
        return {"median": self.median, "least": self.least, "most": self.most}


@dataclass(frozen=True)
class Turn:
    figures: dict[str, float] = field(default_factory=dict)
    failure: Optional[str] = None

    def has(self, key: str) -> bool:
        return self.failure is None and key in self.figures


# The turns of each candidate, one a round, in the order of the rounds.
Series = dict[str, list[Turn]]


def spread(values: Sequence[float]) -> Optional[Spread]:
    finite = [value for value in values if math.isfinite(value)]
    if not values or len(finite) != len(values):
        return None
    return Spread(statistics.median(values), min(values), max(values))


def first_failure(turns: Sequence[Turn]) -> Optional[str]:
    for number, turn in enumerate(turns, start=1):
        if turn.failure is not None:
            return f"round {number}: {turn.failure}"
    return None if turns else "no round was run"


def spread_of(turns: Sequence[Turn], key: str) -> Optional[Spread]:
    if first_failure(turns) is not None or not all(turn.has(key) for turn in turns):
        return None
    return spread([turn.figures[key] for turn in turns])


def divide(a: float, b: float) -> float:
    return a / b if b else math.nan


def ratio_spread(turns: Sequence[Turn], base: Sequence[Turn], key: str) -> Optional[Spread]:
    """How a candidate relates to the base of the same round; the median is that of the ratios."""
    if len(turns) != len(base) or spread_of(turns, key) is None or spread_of(base, key) is None:
        return None
    return spread([divide(mine.figures[key], its.figures[key]) for mine, its in zip(turns, base)])


def rotated(names: Sequence[str], round_number: int) -> list[str]:
    """The same order, begun one further each round, so that nobody always comes first or after the same neighbour."""
    if not names:
        return []
    start = round_number % len(names)
    return list(names[start:]) + list(names[:start])


def interleave(names: Sequence[str], rounds: int, measure: Callable[[str], Turn]) -> Series:
    """Each round measures every candidate once, so that what drifts on the machine meets all of them."""
    series: Series = {name: [] for name in names}
    for round_number in range(rounds):
        for name in rotated(names, round_number):
            series[name].append(measure(name))
    return series


def per_step(few: float, many: float, few_steps: int, many_steps: int) -> float:
    """What one step costs, from a short and a long run: what both have in common cancels out."""
    return divide(many - few, many_steps - few_steps)
