"""Figures of a run: the summary, the percentiles and when they mean something, the ledger, Little's law."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .cycles import Cycle
from .records import Records
from .units import TICKS_PER_SECOND, Seconds, sum_in_ticks
from .workload import Flags, Workload, legs_of

PERCENTILES = {"p50": (50, 1), "p95": (95, 20), "p99": (99, 100)}  # per cent, and the fewest values that support it
FEWEST = {"mean": 1, "max": 1} | {name: fewest for name, (_, fewest) in PERCENTILES.items()}


@dataclass(frozen=True)
class Spread:
    """Mean, percentiles (numpy's `linear`) and maximum in seconds; None: too few values, or never."""

    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True)
class Summary:
    """The figures of one cycle on one workload; times in seconds, fractions and utilisations 0..1, None: undefined.

    Counts, times, throughput and utilisations are about the window from `warmup` to the end of arrivals; `peak_*`,
    `useful_time`, `wasted_time`, `idle_time` (thread-seconds) and `ended_at` about the whole run.
    """

    requests: int
    answered: int
    reports: int
    reports_completed: int
    timed_out: int
    timeout_fraction: float | None
    timed_out_pages: int
    timed_out_reports: int
    response_time: Spread
    page_response_time: Spread
    completion_time: Spread
    waiting_time: Spread
    throughput: float | None
    thread_utilisation: float | None
    worker_utilisation: float | None
    peak_backlog: int
    peak_queue: int
    useful_time: float
    wasted_time: float
    idle_time: float
    ended_at: float | None

    def to_json(self) -> dict[str, Any]:
        """The summary as plain data, field by field."""
        return asdict(self)


def spread(seconds: Seconds) -> Spread:
    """The spread of a column of seconds in which inf stands for never."""
    ordered = np.sort(seconds)  # what never ends comes last, so the finite ones have their ranks
    finite = int(np.searchsorted(ordered, np.inf))
    percentiles = {
        name: _percentile(ordered, finite, percent) if len(ordered) >= fewest else None
        for name, (percent, fewest) in PERCENTILES.items()
    }
    complete = 0 < finite == len(ordered)
    mean = sum_in_ticks(ordered) / TICKS_PER_SECOND / finite if complete else None
    return Spread(mean, **percentiles, max=float(ordered[-1]) if complete else None)


def _percentile(ordered: Seconds, finite: int, percent: int) -> float | None:
    """numpy's `linear` percentile, to the last bit; None where a value that it lies between is never reached."""
    last = len(ordered) - 1
    if -(-last * percent // 100) >= finite:
        return None
    rank = last * (percent / 100)
    below = int(rank)
    part, low, high = rank - below, float(ordered[below]), float(ordered[min(below + 1, finite - 1)])
    # from the nearer end, as numpy does: rounding must not take the value out of the interval
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)


def in_window(workload: Workload, warmup: float) -> Flags:
    """Which requests count: those that arrived in [warmup, end of arrivals), a file's last row included."""
    arrived_at, ends_at = workload.arrived_at, workload.ends_at
    before_end = arrived_at <= ends_at if workload.from_file else arrived_at < ends_at
    return (arrived_at >= warmup) & before_end


def summarise(records: Records, workload: Workload, warmup: float = 0.0) -> Summary:
    """The figures of a run on this workload, counted from `warmup` (s)."""
    counted = in_window(workload, warmup)
    length = workload.ends_at - warmup
    report, timed_out = records.is_report & counted, records.timed_out & counted
    response_time = records.response_time
    requests, missed = int(counted.sum()), int(timed_out.sum())
    completion_time = records.completion_time[report]
    started = ~np.isnan(records.started_at)
    wasted = started & records.timed_out
    held = records.finished_at - records.started_at
    return Summary(
        requests=requests,
        answered=requests - missed,
        reports=int(report.sum()),
        reports_completed=int(np.isfinite(completion_time).sum()),
        timed_out=missed,
        timeout_fraction=missed / requests if requests else None,
        timed_out_pages=int((timed_out & ~records.is_report).sum()),
        timed_out_reports=int((timed_out & records.is_report).sum()),
        response_time=spread(response_time[counted]),
        page_response_time=spread(response_time[counted & ~records.is_report]),
        completion_time=spread(completion_time),
        waiting_time=spread(records.waiting_time[counted]),
        throughput=(requests - missed) / length if length > 0 else None,
        thread_utilisation=_utilisation(
            records.started_at, records.finished_at, records.threads, warmup, workload.ends_at
        ),
        worker_utilisation=_utilisation(
            records.picked_up_at, records.completed_at, records.workers, warmup, workload.ends_at
        ),
        peak_backlog=peak(records.arrived_at, records.reached_at),
        peak_queue=peak(records.enqueued_at, records.picked_up_at),
        useful_time=sum_in_ticks(held[started & ~wasted]) / TICKS_PER_SECOND,
        wasted_time=sum_in_ticks(held[wasted]) / TICKS_PER_SECOND,
        idle_time=records.accounts.thread_idle / TICKS_PER_SECOND,
        ended_at=records.ended_at,
    )


def _utilisation(begin: Seconds, end: Seconds, slots: int, warmup: float, ends_at: float) -> float | None:
    """Busy slot-seconds inside the window as a share of all of them; None without slots or without a window."""
    if not slots or ends_at <= warmup:
        return None
    inside = np.clip(end, warmup, ends_at) - np.clip(begin, warmup, ends_at)
    return sum_in_ticks(inside[~np.isnan(inside)]) / TICKS_PER_SECOND / (slots * (ends_at - warmup))


def peak(entered_at: Seconds, left_at: Seconds) -> int:
    """The most that were ever inside at once, each from entered_at (included) to left_at (not included); NaN: never."""
    stayed = ~(np.isnan(entered_at) | (left_at <= entered_at))
    entered, left = np.sort(entered_at[stayed]), np.sort(left_at[stayed])
    # of those that enter at one instant the last has counted them all, which is enough for a maximum
    inside = np.arange(1, len(entered) + 1) - np.searchsorted(left, entered, side="right")
    return int(inside.max(initial=0))


@dataclass(frozen=True)
class Ledger:
    """Where the slot-seconds of a whole run went, in ticks of 2^-20 s; `balances` when nothing is missing."""

    slots: int
    ended_at: int
    useful: int
    wasted: int
    idle: int

    @property
    def balances(self) -> bool:
        return self.slots * self.ended_at == self.useful + self.wasted + self.idle


def thread_ledger(records: Records) -> Ledger:
    """The threads' ledger: useful is the time of requests that were answered in time."""
    held, wasted = records.finished_at - records.started_at, records.timed_out
    started = ~np.isnan(records.started_at)
    useful, lost = sum_in_ticks(held[started & ~wasted]), sum_in_ticks(held[started & wasted])
    return Ledger(records.threads, _end(records), useful, lost, records.accounts.thread_idle)


def worker_ledger(records: Records) -> Ledger:
    """The workers' ledger: all busy time is useful, whatever the client saw."""
    busy = (records.completed_at - records.picked_up_at)[~np.isnan(records.completed_at)]
    return Ledger(records.workers, _end(records), sum_in_ticks(busy), 0, records.accounts.worker_idle)


def _end(records: Records) -> int:
    return int((records.ended_at or 0.0) * TICKS_PER_SECOND)


def littles_law(records: Records) -> tuple[int, int]:
    """The area under the backlog, as the engine saw it, and the sum of waiting times: equal by Little's law (ticks)."""
    return records.accounts.backlog_area, sum_in_ticks(records.waiting_time)


def littles_law_of_the_queue(records: Records) -> tuple[int, int]:
    """The same for the queue in Redis: the area, and the sum of times from enqueued_at to picked_up_at."""
    waited = (records.picked_up_at - records.enqueued_at)[~np.isnan(records.enqueued_at)]
    return records.accounts.queue_area, sum_in_ticks(waited)


def offered_load(records: Records, workload: Workload, warmup: float = 0.0) -> float | None:
    """The jobs' work that arrives per worker-second of the window; at 1 or more the queue grows without bound.

    None without workers or without a window.
    """
    length = workload.ends_at - warmup
    if not records.workers or length <= 0:
        return None
    counted = in_window(workload, warmup) & ~np.isnan(records.completed_at)
    work = (records.completed_at - records.picked_up_at)[counted]
    return sum_in_ticks(work) / TICKS_PER_SECOND / (records.workers * length)


def too_long_alone(records: Records, workload: Workload, cycle: Cycle, warmup: float = 0.0) -> int:
    """How many counted requests would be timed out on an idle server too: no number of threads helps them."""
    legs = legs_of(workload, cycle)
    return int((in_window(workload, warmup) & (legs.first + legs.after_push >= records.timeout)).sum())


def t_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """The confidence interval of the mean of independent replications (Student's t); ValueError below two of them."""
    if len(values) < 2:
        raise ValueError(f"{len(values)} replications; allowed: at least 2")
    mean, half = float(np.mean(values)), float(t_half_width(np.array(values), confidence))
    return mean - half, mean + half


def t_half_width(values: Seconds, confidence: float = 0.95) -> Seconds:
    """Half the width of that interval, for columns of values whose first axis is the replications."""
    from scipy.special import stdtrit

    t = float(stdtrit(len(values) - 1, (1 + confidence) / 2))
    return np.asarray(t * values.std(axis=0, ddof=1) / len(values) ** 0.5)
