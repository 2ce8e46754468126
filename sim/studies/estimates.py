"""From the figures of many replications to one honest figure each: mean, 95 % interval, or why there is none.

Measured (benchmarks/intervals.py): of 100 such intervals from 20 replications of a preset at least 90 hold the mean of
all seeds. No promise is made where all replications but a few are alike: what is rare is seen by luck.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from ..complaints import did_you_mean, shown
from ..cycles import CYCLES
from ..scenario import Scenario
from ..stats import FEWEST, QueueFigures, Spread, Summary
from ..words import NEVER, TOO_FEW
from .intervals import reach, runs_apart

Values = NDArray[np.float64]

SPREADS = tuple(field.name for field in fields(Summary) if field.type is Spread)
PARTS = tuple(field.name for field in fields(Spread))
STATISTICS = tuple(
    name
    for field in fields(Summary)
    if field.name != "queues"
    for name in ([f"{field.name}.{part}" for part in PARTS] if field.name in SPREADS else [field.name])
)
OF_A_QUEUE = ("jobs", *(f"{name}.{part}" for name in ("waiting_time", "completion_time") for part in PARTS))
QUEUE_STATISTIC = re.compile(rf"queues\.[A-Za-z0-9_.-]+?\.({'|'.join(map(re.escape, OF_A_QUEUE))})")
DIFFERENCE = "sync - async"


_NAMES = np.array(STATISTICS)
IS_OF_THE_WORKLOAD = np.isin(_NAMES, ["visits", "reports"])
IS_REQUESTS = _NAMES == "requests"  # of the workload, too, where nobody tries again
IS_OF_THE_QUEUE = _NAMES == "peak_queue"
IS_COUNT = np.isin(_NAMES, [field.name for field in fields(Summary) if field.type is int])
IS_SHARE_OF_REQUESTS = _NAMES == "timeout_fraction"
IS_SHARE = IS_SHARE_OF_REQUESTS | np.isin(_NAMES, ["thread_utilisation", "worker_utilisation", "core_utilisation"])


def statistics_of(scenario: Scenario) -> tuple[str, ...]:
    """STATISTICS, and those of each queue that the scenario has: `queues.mail.waiting_time.p95`."""
    return (*STATISTICS, *(f"queues.{queue.name}.{name}" for queue in scenario.queues for name in OF_A_QUEUE))


def check_statistics_of(scenario: Scenario, names: Iterable[str], where: str) -> None:
    """Raise ValueError for a statistic of a queue that the scenario does not have."""
    for name in names:
        if name not in statistics_of(scenario):
            queues = ", ".join(queue.name for queue in scenario.queues) or "none, the scenario has one line of jobs"
            raise ValueError(f"{where} {shown(name)}: no such queue; allowed: those of the scenario: {queues}")


def check_statistic(name: str, where: str) -> None:
    """Raise ValueError unless there is a statistic of that name, or can be, of a queue."""
    if name not in STATISTICS and not QUEUE_STATISTIC.fullmatch(name):
        raise ValueError(
            f"{where} {shown(name)}{did_you_mean(name, STATISTICS)}; allowed: a figure of `compare --json`, such as"
            " timeout_fraction, page_response_time.p95 or throughput"
        )


_all_of = attrgetter(*STATISTICS)
_NEVER_ENDING = [  # the times of visits, how many there are of them, and how many end
    ([(STATISTICS.index(f"{name}.{part}"), FEWEST[part]) for part in PARTS], attrgetter(all_of), attrgetter(ended))
    for name, all_of, ended in (
        ("completion_time", "reports", "reports_completed"),
        ("visit_time", "visits", "visits_answered"),
    )
]


def figures(summary: Summary, queues: Sequence[str] = ()) -> Values:
    """A summary as one row of numbers in the order of STATISTICS: inf for never, NaN for undefined.

    Those of `queues` follow, queue by queue.
    """
    row = np.array(_all_of(summary), dtype=np.float64)  # None becomes NaN
    for places, all_of, ended in _NEVER_ENDING:
        if ended(summary) < all_of(summary):
            for place, fewest in places:
                if np.isnan(row[place]) and all_of(summary) >= fewest:
                    row[place] = np.inf
    return np.concatenate([row, *(_of_queue(summary.queues.get(name)) for name in queues)]) if queues else row


def _of_queue(queue: QueueFigures | None) -> Values:
    """A queue's figures in the order of OF_A_QUEUE; a time that falls among reports that never complete is inf."""
    if queue is None:
        return np.full(len(OF_A_QUEUE), np.nan)
    done = [getattr(queue.completion_time, part) for part in PARTS]
    ends = [np.inf if at is None and queue.jobs >= FEWEST[part] else at for part, at in zip(PARTS, done, strict=True)]
    waits = [getattr(queue.waiting_time, part) for part in PARTS]
    return np.array([queue.jobs, *waits, *ends], dtype=np.float64)


@dataclass(frozen=True)
class Kinds:
    """What is known of figures beforehand, in arrays of their shape: bounds, and the least by which one may differ.

    `step` is 1 for a count, 0 for what is the same in every run, and NaN where there is no such number.
    """

    step: Values
    least: Values
    most: Values


UNKNOWN = Kinds(np.array(np.nan), np.array(-np.inf), np.array(np.inf))


def kinds_of(values: Values, labels: Sequence[str]) -> Kinds:
    """The kinds of figures by replication, cycle (one of `labels`) and statistic."""
    requests = values[:, 0, STATISTICS.index("requests")].mean()
    step = np.select([IS_COUNT, IS_SHARE_OF_REQUESTS], [1.0, 1 / requests if requests else np.nan], np.nan)
    difference = np.array([label == DIFFERENCE for label in labels])[:, None]
    no_queue = np.array([label in CYCLES and not CYCLES[label].report.worker for label in labels])[:, None]
    tried, visits = (values[..., STATISTICS.index(name)] for name in ("requests", "visits"))
    once = IS_REQUESTS & np.array_equal(tried, visits)
    step = np.where(difference & (IS_OF_THE_WORKLOAD | once) | no_queue & IS_OF_THE_QUEUE, 0.0, step)
    of_queues = values.shape[-1] - len(STATISTICS)
    step = np.pad(step, ((0, 0), (0, of_queues)), constant_values=np.nan)
    most = np.pad(np.where(IS_SHARE, 1.0, np.inf), (0, of_queues), constant_values=np.inf)
    return Kinds(step, np.where(difference, -most, 0.0), most)


@dataclass(frozen=True)
class Estimate:
    """Means over replications with their 95 % intervals: arrays of one shape; NaN where `missing` says why.

    `rests_on` is the number of replications that differ from the others, where they are so few (FEW at most) that the
    interval is a matter of luck, and else that of all. Where none differs, `low` and `high` are NaN, but for counts.
    """

    mean: Values
    low: Values
    high: Values
    rests_on: NDArray[np.int64]
    missing: NDArray[np.object_]


def estimate(values: Values, kinds: Kinds = UNKNOWN) -> Estimate:
    """The estimate from values whose first axis is the replications (at least 2); NaN or inf leaves no mean at all."""
    exists = np.isfinite(values).all(axis=0)
    missing = np.where(exists, "", np.where(np.isnan(values).any(axis=0), TOO_FEW, NEVER)).astype(object)
    finite = np.where(exists, values, np.nan)
    rests_on = np.where(exists, runs_apart(finite), 0)
    below, above = reach(finite, np.broadcast_to(kinds.step, exists.shape))
    mean = finite.mean(axis=0)
    low, high = np.maximum(mean - below, kinds.least), np.minimum(mean + above, kinds.most)
    return Estimate(mean, low, high, rests_on, missing)


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
