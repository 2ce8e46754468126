"""From the figures of many replications to one honest figure each: mean, 95 % interval, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from .complaints import did_you_mean, shown
from .stats import FEWEST, Spread, Summary, t_half_width

Values = NDArray[np.float64]

SPREADS = tuple(field.name for field in fields(Summary) if field.type is Spread)
PARTS = tuple(field.name for field in fields(Spread))
STATISTICS = tuple(
    name
    for field in fields(Summary)
    for name in ([f"{field.name}.{part}" for part in PARTS] if field.name in SPREADS else [field.name])
)
DIFFERENCE = "sync - async"

TOO_FEW, NEVER = "too few", "never"


def check_statistic(name: str, where: str) -> None:
    """Raise ValueError unless there is a statistic of that name."""
    if name not in STATISTICS:
        raise ValueError(
            f"{where} {shown(name)}{did_you_mean(name, STATISTICS)}; allowed: a figure of `compare --json`, such as"
            " timeout_fraction, page_response_time.p95 or throughput"
        )


_all_of = attrgetter(*STATISTICS)
_COMPLETION = [(STATISTICS.index(f"completion_time.{part}"), FEWEST[part]) for part in PARTS]


def figures(summary: Summary) -> Values:
    """A summary as one row of numbers in the order of STATISTICS: inf for never, NaN for undefined."""
    row = np.array(_all_of(summary), dtype=np.float64)  # None becomes NaN
    if summary.reports_completed < summary.reports:
        for place, fewest in _COMPLETION:
            if np.isnan(row[place]) and summary.reports >= fewest:
                row[place] = np.inf
    return row


@dataclass(frozen=True)
class Estimate:
    """Means over replications with their 95 % t-intervals: arrays of one shape; NaN where `missing` says why."""

    mean: Values
    low: Values
    high: Values
    missing: NDArray[np.object_]


def estimate(values: Values) -> Estimate:
    """The estimate from values whose first axis is the replications (at least 2).

    Student's t-interval for the mean of independent values; one value that is NaN or inf leaves no mean at all.
    """
    exists = np.isfinite(values).all(axis=0)
    missing = np.where(exists, "", np.where(np.isnan(values).any(axis=0), TOO_FEW, NEVER)).astype(object)
    finite = np.where(exists, values, np.nan)
    mean = finite.mean(axis=0)
    half = t_half_width(finite)
    return Estimate(mean, mean - half, mean + half, missing)


def with_difference(values: Values, cycles: Sequence[str]) -> Values:
    """Values by replication, cycle and statistic, with SYNC − ASYNC, replication by replication, as one more cycle."""
    if DIFFERENCE not in labels_of(cycles):
        return values
    sync, async_ = (values[:, [cycles.index(name)]] for name in ("sync", "async"))
    with np.errstate(invalid="ignore"):
        difference = np.where(np.isinf(sync) & np.isinf(async_), np.inf, sync - async_)  # neither ever ends: never, too
    return np.concatenate([values, difference], axis=1)


def labels_of(cycles: Sequence[str]) -> list[str]:
    """The cycles with the difference, where there are both to take it from."""
    return [*cycles, DIFFERENCE] if {"sync", "async"} <= set(cycles) else list(cycles)
