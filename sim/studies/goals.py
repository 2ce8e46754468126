"""What a number of threads or workers is wanted for: "timeout_fraction < 1%", and whether a figure keeps to it."""

import operator
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Any

from ..complaints import shown
from ..units import parse_duration
from ..words import TOO_FEW
from .estimates import check_statistic

COMPARISONS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
GOAL = re.compile(r"\s*([A-Za-z_0-9.-]+)\s*(<=|>=|<|>)\s*(\S+(?: ?%)?)\s*")

Row = Mapping[Hashable, Any]  # of a sweep's table


@dataclass(frozen=True)
class Goal:
    """A bound that a statistic must keep: met where the far end of its 95 % interval keeps it, never by "never".

    Where all runs are alike and there is no interval, it is met where they keep it.
    """

    statistic: str
    comparison: str
    bound: float

    def __str__(self) -> str:
        return f"{self.statistic} {self.comparison} {self.bound:g}"

    def met(self, row: Row) -> bool:
        """Whether a row of a sweep's table keeps the bound."""
        return self._keeps(_ends(row)[self._is_upper])

    def missed(self, row: Row) -> bool:
        """Whether no value that the row allows keeps the bound; "too few" allows any."""
        return row["missing"] != TOO_FEW and not self._keeps(_ends(row)[not self._is_upper])

    def replications(self, row: Row) -> float:
        """About how many would meet the bound if the mean stayed: 0 where it is met, inf where the mean misses it."""
        mean, far, count = row["mean"], _ends(row)[self._is_upper], row["replications"]
        if self._keeps(far):
            return 0.0
        if not self._keeps(mean) or mean == self.bound:
            return inf
        excess = (far - mean) / (self.bound - mean)
        return float(count * (excess**2 if row["rests_on"] else excess))  # the rule of three goes with 1 / count

    def _keeps(self, value: float) -> bool:
        return bool(COMPARISONS[self.comparison](value, self.bound))

    @property
    def _is_upper(self) -> bool:
        return self.comparison.startswith("<")


def _ends(row: Row) -> tuple[float, float]:
    """The ends of a row's interval, or twice the value in which all runs agree; NaN where there is no mean."""
    return (row["low"], row["high"]) if row["low"] == row["low"] else (row["mean"], row["mean"])


def goal(text: str) -> Goal:
    """The goal that a text says ("timeout_fraction < 1%", "page_response_time.p95 <= 250ms"); ValueError if none."""
    match = GOAL.fullmatch(text)
    if match is None:
        raise ValueError(f'goal {shown(text)}: allowed: STATISTIC < NUMBER, such as "timeout_fraction < 0.01"')
    statistic, comparison, number = match.groups()
    check_statistic(statistic, f"goal {shown(text)}:")
    return Goal(statistic, comparison, _bound(number, text))


def _bound(number: str, text: str) -> float:
    try:
        bound = float(number[:-1]) / 100 if number.endswith("%") else float(number)
    except ValueError:
        try:
            bound = float(parse_duration(number))
        except ValueError:
            bound = nan
    if not isfinite(bound):
        raise ValueError(f"goal {shown(text)}: {shown(number)} is no number; allowed: such as 0.01, 1% or 250ms")
    return bound
