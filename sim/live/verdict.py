"""What was measured beside what was predicted: a verdict that is a range.

Near saturation half a millisecond decides over fates, in the model as in reality. So the recursion is given this run's
own lateness and overheads: as they were, and 400 times in other orders, by blocks, for stalls hit neighbours together,
without and with the time from one request's end to the next one's start, for which the model has none. What was
measured agrees if it lies within what these say. Where mishaps play, the SimPy engine is given them, 20 times, and
other luck wherever a real worker has its own: in the jitter of its delays, and in its choice by weight.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..cycles import CYCLES
from ..draws import Luck
from ..exact import pool
from ..experiments import quickest_engine, simulate
from ..failures.run import Run
from ..records import FAILED as UNDONE
from ..records import OK, POLL, REJECTED, Records
from ..scenario import Scenario
from ..turns import COMPLETED, FAILED, LOST, RETURNED, Ids
from ..units import Seconds, column_to_grid
from ..workload import Flags, Workload, legs_of, unit_draws
from .measured import Measured
from .recording import records_of
from .waits import Waits, middle_and_p95, waits_of
from .work import poll_work

RESAMPLED, RESAMPLED_MISHAPS = 400, 20
BLOCK = 2.0  # wall seconds
LATEST, LONGEST_STALL = 0.020, 0.250  # wall seconds: 99 % of the arrivals are no later, nothing stands still for longer
LEAST_IDLE = 0.05  # of all processors' time: with less, what others want of them decides, not what was built here
WIDEST = 0.05  # of the requests
LEEWAY = 0.02  # of the polls: how many there are depends on where in its second a job ends
AGREES, DIFFERS, TOO_BUSY = "agrees", "differs", "this machine was too busy for a verdict"
Counts = dict[str, int]


class OtherLuck(Luck):
    """The luck that both were told, for visits in this order, and another one in what a worker draws by itself."""

    def __init__(self, seed: int, order: Ids, other: int) -> None:
        super().__init__(seed, len(order))
        self._order, own = order, Luck(other, len(order))
        self.job, self.looks, self.hand_outs = own.job, own.looks, own.hand_outs  # type: ignore[method-assign]

    def _of_visit(self, stream: int, number: int, visit: int) -> float:
        return super()._of_visit(stream, number, int(self._order[visit]))


@dataclass(frozen=True)
class Beside:
    """A measured run beside its prediction; `ranges` are the lowest and highest of each count that the model gives.

    `waits` are those of the jobs of each queue, where there are several.
    """

    measured: Measured
    predicted: Records
    ranges: dict[str, tuple[int, int]]
    lateness: float
    waits: Waits

    @property
    def too_busy(self) -> str:
        """Why there is no verdict; "" where there is one."""
        low, high = self.ranges["timed_out"]
        if not self.measured.is_whole:
            return "events were lost"
        if self.lateness > LATEST:
            return f"requests came late: 1 in 100 by more than {self.lateness * 1e3:.0f} ms"
        if self.measured.stall > LONGEST_STALL:
            return f"everything stood still for {self.measured.stall * 1e3:.0f} ms"
        if self.measured.idle < LEAST_IDLE:
            return f"nothing was left of the processors: idle for {self.measured.idle * 100:.0f} % of the time"
        if high - low > max(1, WIDEST * len(self.measured)):
            return f"with its disturbances the model allows anything from {low} to {high}"
        return ""

    @property
    def verdict(self) -> str:
        """Whether the measured counts are ones that the model gives for such disturbances."""
        if self.too_busy:
            return TOO_BUSY
        found = self.measured.counts()
        return AGREES if all(low <= found[name] <= high for name, (low, high) in self.ranges.items()) else DIFFERS

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values; times in simulated seconds, what is the machine's in wall milliseconds."""
        real, predicted, found = self.measured, counts(self.predicted), self.measured.counts()
        return {
            "cycle": real.cycle,
            "scale": real.scale,
            "redis": real.redis,
            "programs": real.programs,
            "requests": len(real),
            "answered": int((~np.isnan(real.at["responded"])).sum()),
            "counts": {
                name: {"simulated": predicted[name], "measured": found[name], "range": list(bounds)}
                for name, bounds in self.ranges.items()
            },
            "timed_out": {"simulated": predicted["timed_out"], "measured": found["timed_out"]},
            "range": list(self.ranges["timed_out"]),
            "fates_that_differ": int((_answered(self.predicted) != real.answered).sum()),
            "response_time": {
                "simulated": middle_and_p95(self.predicted.response_time),
                "measured": middle_and_p95(real.response_time),
            },
            "jobs": {"enqueued": int((~np.isnan(real.at["enqueued"])).sum()), "completed": found["jobs_done"]},
            "queues": self.waits.to_json(),
            "lateness_p99_ms": round(self.lateness * 1e3, 1),
            "longest_stall_ms": round(real.stall * 1e3, 1),
            "idle": round(real.idle, 3),
            "verdict": self.verdict,
            "is_result": not self.too_busy,  # if not, the numbers above are none
            "too_busy": self.too_busy,
        }


def counts(records: Records) -> Counts:
    """How many requests and jobs fare how in a simulated run, by the names of `Measured.counts`."""
    jobs, status = records.at_workers, records.status
    done = np.unique(jobs.request_id[jobs.outcome == COMPLETED])
    of_visits = np.unique(records.visit_id[jobs.request_id[jobs.outcome == COMPLETED]], return_counts=True)[1]
    own = records.kind != POLL
    return {
        "requests": int(own.sum()),
        "visits_answered": int(_answered(records).sum()),
        "timed_out": int((records.timed_out & own).sum()),
        "rejected": int(((status == REJECTED) & own).sum()),
        "failed": int(((status == UNDONE) & own).sum()),
        "polls": int((~own).sum()),
        "jobs_done": len(done),
        "jobs_lost": int((~np.isnan(records.enqueued_at)).sum()) - len(done),
        "runs_failed": int((jobs.outcome == FAILED).sum()),
        "runs_lost": int((jobs.outcome == LOST).sum()),
        "runs_returned": int((jobs.outcome == RETURNED).sum()),
        "jobs_done_twice": int((of_visits > 1).sum()),
    }


def _answered(records: Records) -> Flags:
    """For each visit, whether one of its requests was answered well."""
    own = records.kind != POLL
    well = records.visit_id[(records.status == OK) & own]
    return np.bincount(well, minlength=int(((records.attempt == 0) & own).sum())) > 0


def beside(scenario: Scenario, workload: Workload, measured: Measured) -> Beside:
    """The measured run beside the prediction, with the ranges that the model gives for its disturbances."""
    cycle = CYCLES[measured.cycle]
    predicted = _predicted(scenario, workload, measured.cycle)
    legs, at = legs_of(workload, cycle), measured.at
    first = slice(len(workload))  # of each visit; what comes again takes as long again
    late = np.nan_to_num(at["arrived"][first] - workload.arrived_at)
    unlike = (measured.failed | measured.cut)[first]
    over = _over(at["finished"][first] - at["started"][first] - legs.first - legs.after_push, unlike)
    disturbed = list(_disturbances(workload, late, over, measured))
    waits = Waits()
    if scenario.beyond:
        served = list(_with_mishaps(scenario, workload, measured, disturbed))
        found = list(map(counts, served))
        if scenario.queues and cycle.report.worker and measured.is_whole:
            real = records_of(scenario, workload, measured)
            waits = Waits(waits_of(predicted), waits_of(real), tuple(map(waits_of, served)))
    else:
        held = legs.first + legs.after_push
        found = [
            {"timed_out": int(_timed_out(scenario, workload.arrived_at + late, held + over).sum())}
            for late, over in disturbed
        ]
    ranges = {name: (min(one[name] for one in found), max(one[name] for one in found)) for name in found[0]}
    if "polls" in ranges:
        low, high = ranges["polls"]
        ranges["polls"] = (math.floor(low * (1 - LEEWAY)), math.ceil(high * (1 + LEEWAY)))
    lateness = float(np.quantile(late, 0.99)) / measured.scale if len(late) else 0.0
    return Beside(measured, predicted, ranges, lateness, waits)


def _predicted(scenario: Scenario, workload: Workload, cycle: str) -> Records:
    return simulate(scenario, cycle, workload=workload, engine=quickest_engine(scenario)).records


def _over(over: Seconds, unlike: Flags) -> Seconds:
    """How much longer than planned each request held its thread, s; the median where nobody knows."""
    unknown = np.isnan(over) | unlike
    return np.where(unknown, np.median(over[~unknown]) if not unknown.all() else 0.0, over)


def _disturbances(
    workload: Workload, late: Seconds, over: Seconds, measured: Measured
) -> Iterator[tuple[Seconds, Seconds]]:
    """This run's lateness and overheads: as they were, and in other orders, every other time with the turnaround."""
    turn = _turnaround(measured.at)
    yield late, over
    yield late, over + turn
    for draw in range(RESAMPLED if len(workload) else 0):
        order = _blocks(workload.arrived_at, BLOCK * measured.scale, draw)
        yield late[order], over[order] + turn * (draw % 2)


def _timed_out(scenario: Scenario, arrived_at: Seconds, held: Seconds) -> Flags:
    order = np.argsort(arrived_at, kind="stable")
    reached_at = np.empty(len(order))
    reached_at[order] = pool(scenario.threads, arrived_at[order], held[order], scenario.patience).reached_at
    return np.asarray(reached_at + np.maximum(held, 0) - arrived_at >= scenario.timeout)


def _with_mishaps(
    scenario: Scenario, workload: Workload, measured: Measured, disturbed: list[tuple[Seconds, Seconds]]
) -> Iterator[Records]:
    """What the SimPy engine gives where the worker was stopped, and back, when it really was."""
    restart = _restart_time(scenario, measured)
    for draw, (late, over) in enumerate(disturbed[: RESAMPLED_MISHAPS + 2]):
        early = (draw % 3 - 1) * BLOCK / 100 * measured.scale  # the instant is known to some 20 ms
        stops = [(max(0.0, at + early), how) for at, how in measured.stops]
        shifted = scenario.replace(worker_stops=stops, restart_time=restart) if stops else scenario
        if measured.is_poll.any():
            shifted = shifted.replace(poll_every=_poll_every(scenario, workload, measured))
        arrived_at = column_to_grid(np.maximum(workload.arrived_at + late, 0.0))
        order = np.argsort(arrived_at, kind="stable").astype(np.int32)
        served = replace(
            workload,
            arrived_at=arrived_at[order],
            is_report=workload.is_report[order],
            web_time=column_to_grid(np.maximum(workload.web_time + over, 0.0))[order],
            external_time=workload.external_time[order],
            queue=None if workload.queue is None else workload.queue[order],
        )
        luck = OtherLuck(scenario.seed, order, draw or scenario.seed)
        with Run(served, CYCLES[measured.cycle], shifted, luck) as run:
            yield run.finish()


def _restart_time(scenario: Scenario, measured: Measured) -> float:
    """How long a killed worker application was really away, s; the scenario's where none was killed."""
    pairs = zip(measured.stops, measured.backs, strict=False)
    away = [back - at for (at, how), back in pairs if how == "kill"]
    return max(0.0, float(np.median(away))) if away else scenario.restart_time


def _poll_every(scenario: Scenario, workload: Workload, measured: Measured) -> float:
    """After how long clients asked again, with what a poll took longer than planned (means: their sum counts), s."""
    at, is_poll = measured.at, measured.is_poll
    planned, free = poll_work(scenario, workload), is_poll & _found_a_thread(at, scenario.threads)
    took = (measured.responded_at - at["arrived"])[free]  # the way there and back with it, but no wait for a thread
    over = max(0.0, float(np.nanmean(took)) - planned.before - planned.after) if len(took) else 0.0
    series = np.where(is_poll, measured.about, np.arange(len(measured)))
    order = np.lexsort((at["arrived"], series))
    same = series[order][1:] == series[order][:-1]
    gaps = (at["arrived"][order][1:] - measured.responded_at[order][:-1])[same]
    return float(max(scenario.poll_every, np.nanmean(gaps) + over))


def _found_a_thread(at: dict[str, Seconds], threads: int) -> Flags:
    """Which requests came when a thread was free, by what was served before them."""
    served = ~np.isnan(at["started"])
    came = np.searchsorted(np.sort(at["arrived"][served]), at["arrived"])
    gone = np.searchsorted(np.sort(at["finished"][served]), at["arrived"], side="right")
    return served & (came - gone < threads)


def _turnaround(at: dict[str, Seconds]) -> float:
    """From an end until the next start, where requests wait, s: the model has no time for it (median, 0 if unknown)."""
    starts, ends = np.sort(at["started"][~np.isnan(at["started"])]), np.sort(at["finished"][~np.isnan(at["finished"])])
    waited = at["started"] - at["arrived"]
    slow = np.sort(at["started"][waited > np.nanmedian(waited) + 1.0]) if len(starts) else starts
    before = np.searchsorted(ends, slow) - 1
    gaps = (slow - ends[before])[before >= 0] if len(ends) else slow
    return float(np.median(gaps)) if len(gaps) else 0.0


def _blocks(arrived_at: Seconds, length: float, draw: int) -> Any:
    """For each request, whose disturbance it gets: those of blocks of that length, drawn with replacement."""
    count = len(arrived_at)
    block = (arrived_at / length).astype(np.int64)
    first = np.searchsorted(block, block)
    chosen = (unit_draws(draw, 0, int(block[-1]) + 1) * count).astype(np.int64)
    return (chosen[block] + np.arange(count) - first) % count
