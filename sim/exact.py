"""Engine 2: first come, first served as a recursion over a heap of free times. It computes what `des` finds out.

Where all slots are alike, a request starts when it has come and the earliest slot is free, whichever is later
(J. Kiefer & J. Wolfowitz, "On the theory of queues with many servers", Trans. AMS 78, 1955). All of that is `pool`;
`serve` says what threads and then workers ask of it. No slots are named and no story is told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heapreplace
from math import inf
from operator import mul

import numpy as np

from .attempts import Attempts, Rows
from .cycles import Cycle
from .records import FAILED as TOLD_500
from .records import OK, TIMED_OUT, Records
from .scenario import WITHOUT_FEEDBACK, Scenario
from .turns import ANSWERED, COMPLETED, FAILED, KILLED, SKIPPED, Codes, Ids, Turns, fates, no_pool
from .units import TICKS_PER_SECOND, Seconds, sum_in_ticks, ticks
from .workload import Flags, Legs, Workload, legs_of


@dataclass(frozen=True)
class Computed(Turns):
    """Turns of this engine, whose area is summed up when somebody asks for it: no figure of a run needs it."""

    area: int = field(init=False)

    def __getattr__(self, name: str) -> int:
        """What is not there yet."""
        if name != "area":
            raise AttributeError(name)
        object.__setattr__(self, name, _area(self.came_at, self.taken_at))
        return self.area


@dataclass(frozen=True)
class Served:
    """When each request was reached, by their coming; for how long its slot had stood idle; when each slot was free."""

    reached_at: Seconds
    gaps: Seconds
    free_at: list[float]

    def idle_until(self, ended_at: float) -> int:
        """The gaps of all slots in ticks, the last ones included."""
        return sum_in_ticks(self.gaps) + sum(ticks(ended_at - free_at) for free_at in self.free_at)

    def turns(self, request_id: Ids, came_at: Seconds, left_at: Seconds, outcome: Codes, ended_at: float) -> Turns:
        """The turns of a run that ended then; all but when they were reached is known outside."""
        return Computed(
            len(self.free_at),
            request_id,
            number=np.zeros(len(request_id), dtype=np.int16),
            came_at=came_at,
            taken_at=self.reached_at,
            left_at=left_at,
            outcome=outcome,
            slot=None,
            idle=self.idle_until(ended_at),
        )


def pool(slots: int, came_at: Seconds, work: Seconds, patience: float = inf, limit: float = inf) -> Served:
    """When a pool's slots reach each request, first come, first served.

    A request reached `patience` seconds after it came, or later, takes no time; one that runs ends `limit` seconds
    after it came at the latest.
    """
    free_at, longest = [0.0] * slots, np.minimum(work, limit)
    asked = zip(came_at.data, longest.data, strict=True)  # floats, one by one as they are needed
    reached = _reach(free_at, asked, patience) if limit == inf else _reach_or_cut_off(free_at, asked, patience, limit)
    earliest = np.fromiter(reached, np.float64, len(work))
    return Served(np.maximum(came_at, earliest), np.maximum(came_at - earliest, 0.0), free_at)


def _reach(free_at: list[float], asked: Iterable[tuple[float, float]], patience: float) -> Iterator[float]:
    """Since when the slot that reaches each request is free, where nobody is cut off; `free_at` is a heap."""
    for came, seconds in asked:
        free = free_at[0]
        if free <= came:
            heapreplace(free_at, came + seconds)
        elif free - came < patience:
            heapreplace(free_at, free + seconds)
        yield free


def _reach_or_cut_off(
    free_at: list[float], asked: Iterable[tuple[float, float]], patience: float, limit: float
) -> Iterator[float]:
    """The same where what runs ends in time; a loop of its own, since the one above is what most runs wait for."""
    for came, seconds in asked:
        free = free_at[0]
        if free <= came:
            heapreplace(free_at, came + seconds)
        elif free - came < patience:
            end = free + seconds
            heapreplace(free_at, end if end - came < limit else came + limit)
        yield free


def serve(workload: Workload, cycle: Cycle, scenario: Scenario) -> Records:
    """What happened to each request, as the SimPy engine's records have it, but for the slots (None).

    Raises ValueError, naming the field, for a scenario with a rule that this engine does not know.
    """
    scenario.refuse_beyond('the engine "exact"', '"simpy"', WITHOUT_FEEDBACK)
    legs, arrived_at, service_limit = legs_of(workload, cycle), workload.arrived_at, scenario.service_timeout or inf
    work = np.minimum(legs.first + legs.after_push, service_limit)
    threads = pool(scenario.threads, arrived_at, work, scenario.patience, scenario.limit)
    reached_at, cut_off_at = threads.reached_at, arrived_at + scenario.limit
    skipped = reached_at - arrived_at >= scenario.patience
    left_at = np.where(skipped, reached_at, np.minimum(reached_at + work, cut_off_at))
    outcome = fates(skipped, left_at, arrived_at + scenario.timeout, scenario.limit)
    everybody, ended_at = np.arange(len(workload), dtype=np.int32), left_at.max(initial=0.0)
    at_workers = no_pool()
    if cycle.page.worker or cycle.report.worker:
        jobs, pushed_at = _pushed(legs, reached_at, cut_off_at, skipped, service_limit)
        workers = pool(scenario.workers, pushed_at, legs.job[jobs])
        done_at = workers.reached_at + legs.job[jobs]
        ended_at = done_at.max(initial=ended_at)
        at_workers = workers.turns(jobs, pushed_at, done_at, np.full(len(jobs), COMPLETED, dtype=np.int8), ended_at)
    at_threads = threads.turns(everybody, arrived_at, left_at, outcome, float(ended_at))
    records = Records(cycle.name, scenario.timeout, workload.is_report, at_threads, at_workers)
    return records if service_limit == inf else _with_failures(records, service_limit)


def _with_failures(records: Records, service_limit: float) -> Attempts:
    """The records with what those who were cut off at the thread's own limit were told: 500, at once (R13)."""
    outcome, left_at = records.at_threads.outcome, records.at_threads.left_at
    cut = (outcome != SKIPPED) & (records.at_threads.held == service_limit)
    outcome[cut & (outcome == ANSWERED)] = FAILED
    told = np.where(
        outcome == FAILED, np.int8(TOLD_500), np.where(outcome == ANSWERED, np.int8(OK), np.int8(TIMED_OUT))
    )
    good_reports = records.is_report & (told == OK) & (records.workers == 0)
    rows = Rows(
        *(records.visit_id, records.attempt, records.kind, told, cut | (outcome == KILLED), records.enqueued_at),
        responded_at=np.where(told == TIMED_OUT, records.deadline, left_at),
        died_at=records.died_at,
        seen_at=np.where(good_reports, left_at, np.nan),
        queue_of=np.zeros(len(records), dtype=np.int32),
        run_enqueued_at=records.run_enqueued_at,
    )
    return Attempts(records.cycle, records.timeout, records.is_report, records.at_threads, records.at_workers, rows)


def _pushed(
    legs: Legs, reached_at: Seconds, cut_off_at: Seconds, skipped: Flags, service_limit: float
) -> tuple[Ids, Seconds]:
    """The jobs in the order of the queue, by the requests that pushed them, and when they did."""
    jobs = np.flatnonzero(legs.pushes)
    first = legs.first[jobs]
    pushed_at = reached_at[jobs] + first
    pushes = ~skipped[jobs] & (pushed_at < cut_off_at[jobs]) & (first < service_limit)
    jobs, pushed_at = jobs[pushes], pushed_at[pushes]
    order = pushed_at.argsort(kind="stable")  # so jobs of one instant keep the order of their requests
    return jobs[order].astype(np.int32), pushed_at[order]


def _area(came_at: Seconds, reached_at: Seconds) -> int:
    """The area under the curve of how many waited when, in ticks: one more at each coming, one less at each reach.

    The SimPy engine has a sum of its own: two ways to the same number are worth more than one that is shared.
    """
    waits = reached_at > came_at
    came, reached = came_at[waits], reached_at[waits]
    # instants in half ticks; the odd ones are reaches, so one sort keeps both in order
    changes = (np.concatenate([came, reached]) * (2 * TICKS_PER_SECOND)).astype(np.int64)
    changes[len(came) :] |= 1
    changes.sort(kind="stable")  # both parts ascend: they are only merged
    waiting, at = np.cumsum(1 - 2 * (changes & 1))[:-1], changes >> 1
    steps = at[1:] - at[:-1]
    if len(waiting) * float(steps.sum()) < 2**62:
        return int(waiting @ steps)
    return sum(map(mul, waiting.tolist(), steps.tolist()))  # beyond int64
