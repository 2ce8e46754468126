"""Turns: what one pool did, a row for each stay with it. Records, books, figures and pictures all read them.

A *turn* is one stay at a pool: came, was taken by a slot, left it. Requests take turns at the threads, the runs of jobs
at the workers. A row stands where something happens once, so a request that is tried again is a row of its own.
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from .units import Seconds
from .workload import Flags

Ids = NDArray[np.int32]
Slots = NDArray[np.int32]
Codes = NDArray[np.int8]

OUTCOMES = (  # whose work was good for something, then the others
    *("answered", "completed"),
    *("late", "killed", "skipped", "rejected", "failed", "lost", "returned"),
)
ANSWERED, COMPLETED, LATE, KILLED, SKIPPED, REJECTED, FAILED, LOST, RETURNED = range(len(OUTCOMES))


@dataclass(frozen=True)
class Turns:
    """The turns at one pool: columns of one length, instants in seconds.

    At the threads they stand by `request_id`, at the workers in the order in which they were taken.

    `number` counts a request's turns at this pool from 0; `outcome` indexes OUTCOMES. Who is skipped is taken and
    leaves in the same instant. `slot` says whose turn it was (None from the exact engine). `idle`, `area` and `down`
    are what the engine counted as it went along, in ticks of 2^-20 s, and no remainder: the gaps of every slot from 0
    to the end of the run, the number that waited times how long there were so many, and for how long slots were not
    there.
    """

    slots: int
    request_id: Ids
    number: NDArray[np.int16]
    came_at: Seconds
    taken_at: Seconds
    left_at: Seconds
    outcome: Codes
    slot: Slots | None
    idle: int
    area: int
    down: int = 0

    def __len__(self) -> int:
        return len(self.request_id)

    @property
    def waited(self) -> Seconds:
        """From coming until a slot takes it, s."""
        return self.taken_at - self.came_at

    @property
    def held(self) -> Seconds:
        """For how long each turn holds its slot, s."""
        return self.left_at - self.taken_at

    @property
    def useful(self) -> Flags:
        """Whether the time for which it held its slot was good for something."""
        return self.outcome <= COMPLETED

    def per_request(self, column: NDArray[np.generic], count: int, nothing: float) -> NDArray[np.generic]:
        """A column of the first turns as one of `count` requests; `nothing` where a request has none."""
        first = self.number == 0
        spread_out = np.full(count, nothing, dtype=column.dtype)
        spread_out[self.request_id[first]] = column[first]
        return spread_out


def no_pool() -> Turns:
    """The turns at a pool that there is not."""
    none, ids = np.empty(0), np.empty(0, dtype=np.int32)
    number, outcome = np.empty(0, dtype=np.int16), np.empty(0, dtype=np.int8)
    return Turns(0, ids, number, none, none, none, outcome, ids, idle=0, area=0)


def fates(skipped: Flags, left_at: Seconds, deadline: Seconds, limit: float) -> Codes:
    """What became of requests at the threads: the deadline wins ties; whoever still ran at a limit was cut off."""
    outcome = np.zeros(len(left_at), dtype=np.int8)  # ANSWERED
    outcome[left_at >= deadline] = LATE if limit == np.inf else KILLED
    outcome[skipped] = SKIPPED
    return outcome


def last_left(*pools: Turns) -> float:
    """The instant at which the last turn at any of the pools ended; 0 where there was none."""
    return reduce(max, (float(pool.left_at.max()) for pool in pools if len(pool)), 0.0)
