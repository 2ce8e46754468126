"""Out of a router's durations, the work: what is left when the waiting for a thread is taken away.

A router sees arrival and end; with the number of threads known, first come, first served says when each request was
taken (Kiefer & Wolfowitz 1955): at its arrival or when the earliest thread was free, whichever is later. What is left
until its end is its work: exact as long as nothing is cut off.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapreplace
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..units import TICKS_PER_SECOND, Seconds
from ..workload import Flags

TICK = 1 / TICKS_PER_SECOND
SOME = 1 << 14


@dataclass(frozen=True)
class Unqueued:
    """The work of each row (s; NaN: it was given up before a thread took it), and how many ended too early to be true.

    `too_early` rows ended before any of the threads could have taken them: there were more threads, or another order.
    """

    work: Seconds
    too_early: int


def unqueue(arrived_at: Seconds, ended_at: Seconds, cut_off: Flags, threads: int) -> Unqueued:
    """The work in rows ordered by arrival; of those cut off the part before the cut, a lower bound."""
    free_at, work, too_early = [0.0] * threads, array("d"), 0
    for came, end, cut in _rows(arrived_at, ended_at, cut_off):
        start = free_at[0] if free_at[0] > came else came
        if start < end:
            work.append(end - start)
            heapreplace(free_at, end)
        elif cut:
            work.append(nan)
        else:
            too_early += 1
            work.append(TICK)
            heapreplace(free_at, start + TICK)
    return Unqueued(np.frombuffer(work), too_early)


def _rows(*columns: NDArray[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of columns, as Python's numbers for a few of them at a time."""
    for first in range(0, len(columns[0]), SOME):
        yield from zip(*(column[first : first + SOME].tolist() for column in columns), strict=True)
