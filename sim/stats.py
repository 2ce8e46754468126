"""Figures of a run: the summary, the percentiles and when they mean something, the ledger, Little's law."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .cycles import Cycle
from .quantiles import student_quantile
from .records import Records
from .turns import Turns
from .units import TICKS_PER_SECOND, Seconds, sum_in_ticks, ticks
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
class QueueFigures:
    """The figures of one queue: its jobs, the waiting times of their runs, and when reports of its kind exist."""

    jobs: int
    waiting_time: Spread
    completion_time: Spread


@dataclass(frozen=True)
class Summary:
    """The figures of one cycle on one workload; times in seconds, fractions and utilisations 0..1, None: undefined.

    Counts, times, throughput and utilisations are about the window from `warmup` to the end of arrivals, and about all
    requests and jobs of the visits that began in it; `peak_*`, `useful_time`, `wasted_time`, `idle_time`
    (thread-seconds), `worker_*_time` and `ended_at` about the whole run. `requests` and their figures are without
    polls, and their times without those who were turned away.
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
    visits: int
    visits_answered: int
    visit_time: Spread
    requests_per_visit: float | None
    rejected: int
    failed: int
    polls: int
    result_time: Spread
    job_waiting_time: Spread
    job_runs: int
    jobs_dead: int
    jobs_lost: int
    jobs_done_twice: int
    peak_retry_set: int
    worker_useful_time: float
    worker_wasted_time: float
    worker_idle_time: float
    worker_down_time: float
    core_utilisation: float | None
    queues: Mapping[str, QueueFigures]

    def to_json(self) -> dict[str, Any]:
        """The summary as plain data, field by field."""
        return asdict(self)


NO_TIMES = Spread(None, None, None, None, None)


def spread(seconds: Seconds) -> Spread:
    """The spread of a column of seconds in which inf stands for never."""
    if not len(seconds):
        return NO_TIMES
    ordered = seconds.copy()
    ordered.sort()  # what never ends comes last, so the finite ones have their ranks
    ends = ordered.item(-1) < np.inf
    return _spread_of(ordered, len(ordered) if ends else int(ordered.searchsorted(np.inf)))


def _spread_of(ordered: Seconds, finite: int) -> Spread:
    """The same for seconds in their order, of which so many are finite."""
    count = len(ordered)
    percentiles = {
        name: _percentile(ordered, finite, percent) if count >= fewest else None
        for name, (percent, fewest) in PERCENTILES.items()
    }
    complete = 0 < finite == count
    mean = sum_in_ticks(ordered) / TICKS_PER_SECOND / finite if complete else None
    return Spread(mean, **percentiles, max=ordered.item(-1) if complete else None)


def _percentile(ordered: Seconds, finite: int, percent: int) -> float | None:
    """numpy's `linear` percentile, to the last bit; None where a value that it lies between is never reached."""
    last = len(ordered) - 1
    if -(-last * percent // 100) >= finite:
        return None
    rank = last * (percent / 100)
    below = int(rank)
    part, low, high = rank - below, ordered.item(below), ordered.item(min(below + 1, finite - 1))
    # from the nearer end, as numpy does: rounding must not take the value out of the interval
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)


def in_window(workload: Workload, warmup: float) -> Flags:
    """Which requests count: those that arrived in [warmup, end of arrivals), a file's last row included."""
    counted = np.zeros(len(workload), dtype=np.bool_)
    counted[_window(workload, warmup)] = True
    return counted


def _window(workload: Workload, warmup: float) -> slice:
    """The same as a stretch of rows: they stand in the order of arrival."""
    first, last = workload.arrived_at.searchsorted([warmup, workload.ends_at]).tolist()
    return slice(first, len(workload) if workload.from_file else last)


def summarise(records: Records, workload: Workload, warmup: float = 0.0) -> Summary:
    """The figures of a run on this workload, counted from `warmup` (s)."""
    counted, length = _window(workload, warmup), workload.ends_at - warmup
    report, timed_out = records.is_report[counted], records.timed_out[counted]
    response_time = np.where(timed_out, records.timeout, (records.at_threads.left_at - records.arrived_at)[counted])
    completion_time = records.completion_time[counted][report]
    requests, missed = len(report), int(np.count_nonzero(timed_out))
    missed_reports = int(np.count_nonzero(timed_out & report))
    threads, workers, ends_at = records.at_threads, records.at_workers, workload.ends_at
    useful, wasted = work(threads)
    done, undone = work(workers)
    ordered, completion = np.sort(response_time), spread(completion_time)
    answers = _spread_of(ordered, requests)
    runs = workers.waited[(workers.request_id >= counted.start) & (workers.request_id < counted.stop)]
    waits = spread(runs)
    return Summary(
        requests=requests,
        answered=requests - missed,
        reports=len(completion_time),
        reports_completed=int(np.count_nonzero(completion_time < np.inf)),
        timed_out=missed,
        timeout_fraction=missed / requests if requests else None,
        timed_out_pages=missed - missed_reports,
        timed_out_reports=missed_reports,
        response_time=answers,
        page_response_time=spread(response_time[~report]),
        completion_time=completion,
        waiting_time=spread(records.waiting_time[counted]),
        throughput=(requests - missed) / length if length > 0 else None,
        thread_utilisation=utilisation(threads, warmup, ends_at),
        worker_utilisation=utilisation(workers, warmup, ends_at),
        peak_backlog=peak(threads.came_at, threads.taken_at),
        peak_queue=peak(workers.came_at, workers.taken_at),
        useful_time=useful / TICKS_PER_SECOND,
        wasted_time=wasted / TICKS_PER_SECOND,
        idle_time=threads.idle / TICKS_PER_SECOND,
        ended_at=records.ended_at,
        visits=requests,
        visits_answered=requests - missed,
        # who is timed out comes last, and is never answered
        visit_time=_spread_of(ordered, requests - missed) if missed else answers,
        requests_per_visit=1.0 if requests else None,
        rejected=0,
        failed=0,
        polls=0,
        result_time=NO_TIMES if workers.slots else completion,  # in SYNC the answer is the report
        job_waiting_time=waits,
        job_runs=len(runs),
        jobs_dead=0,
        jobs_lost=0,
        jobs_done_twice=0,
        peak_retry_set=0,
        worker_useful_time=done / TICKS_PER_SECOND,
        worker_wasted_time=undone / TICKS_PER_SECOND,
        worker_idle_time=workers.idle / TICKS_PER_SECOND,
        worker_down_time=0.0,
        core_utilisation=None,
        queues={name: QueueFigures(len(runs), waits, completion) for name in records.queues if workers.slots},
    )


def utilisation(pool: Turns, warmup: float, ends_at: float) -> float | None:
    """Busy slot-seconds inside the window as a share of all of them; None without slots or without a window."""
    if not pool.slots or ends_at <= warmup:
        return None
    # what a turn holds inside the window is its end in there less its begin in there
    busy = sum_in_ticks(pool.left_at.clip(warmup, ends_at) - pool.taken_at.clip(warmup, ends_at))
    return busy / TICKS_PER_SECOND / (pool.slots * (ends_at - warmup))


def peak(entered_at: Seconds, left_at: Seconds) -> int:
    """The most that were ever inside at once, each from entered_at (included) to left_at (not included); NaN: never."""
    stayed = ~(np.isnan(entered_at) | (left_at <= entered_at))
    entered, left = entered_at[stayed], left_at[stayed]
    entered.sort(kind="stable")  # the quickest where they stand in order already, as first come, first served has them
    left.sort(kind="stable")
    # of those that enter at one instant the last has counted them all, which is enough for a maximum
    inside = np.arange(1, len(entered) + 1) - left.searchsorted(entered, side="right")
    return int(inside.max(initial=0))


@dataclass(frozen=True)
class Ledger:
    """Where the slot-seconds of a whole run went, in ticks of 2^-20 s; `balances` when nothing is missing."""

    slots: int
    ended_at: int
    useful: int
    wasted: int
    idle: int
    down: int = 0

    @property
    def balances(self) -> bool:
        return self.slots * self.ended_at == self.useful + self.wasted + self.idle + self.down


def ledger(pool: Turns, ended_at: float | None) -> Ledger:
    """A pool's ledger over a run that ended then (s; None: that had no requests).

    Useful at the threads is the time of requests that were answered in time; at the workers all of it, whatever the
    client saw.
    """
    return Ledger(pool.slots, ticks(ended_at or 0.0), *work(pool), pool.idle, pool.down)


def work(pool: Turns) -> tuple[int, int]:
    """The slot-seconds that were good for something and those that were not, in ticks."""
    held = pool.held
    wasted = sum_in_ticks(held[~pool.useful])  # few, mostly
    return sum_in_ticks(held) - wasted, wasted


def littles_law(pool: Turns) -> tuple[int, int]:
    """The area under what waited, as the engine saw it, and the sum of waiting times: equal by Little's law (ticks)."""
    return pool.area, sum_in_ticks(pool.waited)


def offered_load(records: Records, workload: Workload, warmup: float = 0.0) -> float | None:
    """The jobs' work that arrives per worker-second of the window; at 1 or more the queue grows without bound.

    None without workers or without a window.
    """
    length = workload.ends_at - warmup
    if not records.workers or length <= 0:
        return None
    runs = records.at_workers
    work = runs.held[in_window(workload, warmup)[runs.request_id]]
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
    t = student_quantile(len(values) - 1, (1 + confidence) / 2)
    return np.asarray(t * values.std(axis=0, ddof=1) / len(values) ** 0.5)
