"""Engine 2: first come, first served as a recursion over a heap of free times. It computes what `des` finds out.

Where all slots are alike, a request starts when it has come and the earliest slot is free, whichever is later
(J. Kiefer & J. Wolfowitz, "On the theory of queues with many servers", Trans. AMS 78, 1955). All of that is `pool`;
`serve` says what threads and then workers ask of it. No slots are named and no story is told.
"""

from array import array
from dataclasses import dataclass
from heapq import heapreplace
from math import inf, nan
from operator import mul

import numpy as np

from .cycles import Cycle
from .records import Accounts, Records, last_instant
from .scenario import GENERATOR_FIELDS, Scenario
from .units import TICKS_PER_SECOND, Seconds, sum_in_ticks, ticks
from .workload import Workload, legs_of

# whatever else a scenario may ask for one day is refused until this engine is shown to do it too
UNDERSTOOD = GENERATOR_FIELDS | {"title", "shows", "try_this", "threads", "workers", "timeout", "warmup", "on_timeout"}


@dataclass(frozen=True)
class Served:
    """When each request was reached, in the order of their coming; the gaps between them; when each slot was free."""

    reached_at: Seconds
    gaps: Seconds
    free_at: list[float]

    def idle_until(self, ended_at: float) -> int:
        """The gaps of all slots in ticks, the last ones included."""
        return sum_in_ticks(self.gaps) + sum(ticks(ended_at - free_at) for free_at in self.free_at)


def pool(slots: int, came_at: Seconds, work: Seconds, patience: float = inf, limit: float = inf) -> Served:
    """When a pool's slots reach each request, first come, first served.

    A request reached `patience` seconds after it came, or later, takes no time; one that runs ends `limit` seconds
    after it came at the latest.
    """
    free_at, reached_at, gaps = [0.0] * slots, array("d"), array("d")
    for came, seconds in zip(array("d", came_at.tobytes()), array("d", work.tobytes()), strict=True):
        reached = free = free_at[0]
        if came > free:
            reached = came
            gaps.append(came - free)
        reached_at.append(reached)
        if reached - came < patience:
            end = reached + seconds
            heapreplace(free_at, end if end - came < limit else came + limit)
    return Served(np.frombuffer(reached_at), np.frombuffer(gaps), free_at)


def serve(workload: Workload, cycle: Cycle, scenario: Scenario) -> Records:
    """What happened to each request, as the SimPy engine's records have it, but for the slots (None).

    Raises ValueError, naming the field, for a scenario with a rule that this engine does not know.
    """
    _refuse_unknown_rules(scenario)
    legs, arrived_at = legs_of(workload, cycle), workload.arrived_at
    patience = scenario.timeout if scenario.on_timeout != "finish_all" else inf
    limit = scenario.timeout if scenario.on_timeout == "kill" else inf
    threads = pool(scenario.threads, arrived_at, legs.first + legs.after_push, patience, limit)
    reached_at, cut_off_at = threads.reached_at, arrived_at + limit
    starts = reached_at - arrived_at < patience
    started_at = np.where(starts, reached_at, nan)
    enqueued_at = started_at + legs.first
    enqueued_at = np.where(legs.pushes & (enqueued_at < cut_off_at), enqueued_at, nan)
    finished_at = np.minimum(started_at + legs.first + legs.after_push, cut_off_at)
    skipped_at = np.where(starts, nan, reached_at)
    # sorting is stable, so jobs of one instant keep the order of their requests; NaN, no job, comes last
    jobs = np.argsort(enqueued_at, kind="stable")[: np.count_nonzero(~np.isnan(enqueued_at))]
    has_workers = bool(cycle.page.worker or cycle.report.worker)
    workers = pool(scenario.workers if has_workers else 0, enqueued_at[jobs], legs.job[jobs])
    picked_up_at, completed_at = np.full((2, len(workload)), nan)
    picked_up_at[jobs] = workers.reached_at
    completed_at[jobs] = workers.reached_at + legs.job[jobs]
    ended_at = last_instant(finished_at, skipped_at, completed_at)
    return Records(
        cycle=cycle.name,
        timeout=scenario.timeout,
        on_timeout=scenario.on_timeout,
        threads=scenario.threads,
        workers=scenario.workers if has_workers else 0,
        is_report=workload.is_report,
        arrived_at=arrived_at,
        started_at=started_at,
        enqueued_at=enqueued_at,
        finished_at=finished_at,
        skipped_at=skipped_at,
        picked_up_at=picked_up_at,
        completed_at=completed_at,
        accounts=Accounts(
            thread_idle=threads.idle_until(ended_at),
            worker_idle=workers.idle_until(ended_at),
            backlog_area=_area(arrived_at, reached_at),
            queue_area=_area(enqueued_at[jobs], workers.reached_at),
        ),
    )


def _area(came_at: Seconds, reached_at: Seconds) -> int:
    """The area under the curve of how many waited when, in ticks: one more at each coming, one less at each reach."""
    waited = reached_at > came_at
    instants = np.concatenate([came_at[waited], reached_at[waited]])
    change = np.repeat([1, -1], len(instants) // 2)
    order = np.argsort(instants, kind="stable")
    waiting = np.cumsum(change[order])[:-1]
    steps = (np.diff(instants[order]) * TICKS_PER_SECOND).astype(np.int64)
    if len(waiting) * float(steps.sum()) < 2**62:
        return int(waiting @ steps)
    return sum(map(mul, waiting.tolist(), steps.tolist()))  # beyond int64


def _refuse_unknown_rules(scenario: Scenario) -> None:
    for name, field in type(scenario).model_fields.items():
        if name not in UNDERSTOOD and getattr(scenario, name) != field.default:
            raise ValueError(f'{name} = {getattr(scenario, name)!r}: not with the engine "exact"; allowed: "simpy"')
