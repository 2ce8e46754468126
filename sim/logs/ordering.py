"""The rows of all logs as columns in the order of arrival, in seconds since the first of them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..units import TICKS_PER_SECOND, Seconds
from .reading import Read
from .rows import APPLICATION, COARSE_BEGIN, COARSE_END, CUT, JOB, MAYBE, TIMED_OUT, Columns
from .stamps import SECOND

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

DISORDER = 10.0  # s; lines that are no more out of order than this have only overtaken each other
NEARLY = 0.98  # of the timeout: a 503 that lasted so long was the router's


COLUMNS = ("begin", "duration", "flags", "code", "key")


@dataclass(frozen=True)
class Rows:
    """Requests or jobs in the order of their beginnings; `begin` and `duration` in seconds on the grid."""

    begin: Seconds
    duration: Seconds
    flags: NDArray[np.uint8]
    code: NDArray[np.int32]
    key: Ints

    def __len__(self) -> int:
        return len(self.begin)

    def where(self, chosen: Flags) -> "Rows":
        """Some of them, in this order; themselves if it is all."""
        if chosen.all():
            return self
        return Rows(*(getattr(self, name)[chosen] for name in COLUMNS))

    def of(self, *flags: int) -> Flags:
        """Which rows have one of these flags."""
        return np.asarray(self.flags & sum(flags) != 0)

    @property
    def timed_out(self) -> Flags:
        """Which the log's router gave up on."""
        return self.of(TIMED_OUT)

    @property
    def cut_off(self) -> Flags:
        """Whose end is not the end of their work."""
        return self.of(TIMED_OUT, CUT)

    @property
    def of_router(self) -> Flags:
        """Which a router wrote."""
        return ~self.of(APPLICATION, JOB)


def together(some: Rows, others: Rows) -> Rows:
    """The rows of both by their beginnings."""
    if not len(others):
        return some
    order = np.argsort(np.concatenate([some.begin, others.begin]), kind="stable")
    columns = ([getattr(rows, name) for rows in (some, others)] for name in COLUMNS)
    return Rows(*(np.concatenate(both)[order] for both in columns))


def in_order(found: Read, timeout: float) -> Rows:
    """The rows by arrival; a 503 is the router's if it lasted the timeout (s), else the application's own answer.

    The columns read are used up: of a large log nothing should be kept twice.
    """
    columns, begin = found.columns, _begin(found)
    found.columns = Columns()
    order = np.argsort(begin, kind="stable")
    duration, flags = _seconds(np.frombuffer(columns.duration, np.int64)[order]), np.frombuffer(columns.flags, np.uint8)
    flags = flags[order]
    flags[(flags & MAYBE != 0) & (duration >= NEARLY * timeout)] |= TIMED_OUT
    code, key = np.frombuffer(columns.code, np.int32)[order], np.frombuffer(columns.key, np.int64)[order]
    begin = begin[order]
    begin -= begin[0]
    return Rows(_seconds(begin), duration, flags, code, key)


def _seconds(micros: Ints) -> Seconds:
    """Seconds on the grid, made in place."""
    seconds = micros.astype(np.float64)
    seconds /= SECOND
    seconds *= TICKS_PER_SECOND
    np.rint(seconds, out=seconds)
    seconds /= TICKS_PER_SECOND
    return seconds


def _begin(found: Read) -> Ints:
    """When the rows began (µs), those with stamps of whole seconds spread within their second."""
    begin, duration = (np.frombuffer(column, np.int64) for column in (found.columns.begin, found.columns.duration))
    flags = np.frombuffer(found.columns.flags, np.uint8)
    if not flags.max() & (COARSE_BEGIN | COARSE_END) and not count_coarse(found):
        return begin
    spread = begin.copy()
    for flag in (COARSE_END, COARSE_BEGIN):
        mine = flags & flag != 0
        stamp = begin[mine]
        if flag == COARSE_END:
            stamp += duration[mine]
        spread[mine] += _spread(stamp)
    return spread


def count_coarse(found: Read) -> int:
    """How many rows have stamps of whole seconds."""
    return int(np.count_nonzero(np.frombuffer(found.columns.flags, np.uint8) & (COARSE_BEGIN | COARSE_END)))


def _spread(stamp: Ints) -> Ints:
    """For rows of one second each its place in it, in the order of the lines: the k-th of n at (k + 1/2) / n (µs).

    `stamp` is used up, for a log may be large.
    """
    order = np.argsort(stamp, kind="stable")
    first = np.flatnonzero(np.diff(stamp[order], prepend=-1))
    count = np.diff(first, append=len(stamp))
    offset = np.arange(0.5, len(stamp))
    offset -= np.repeat(first, count)
    offset /= np.repeat(count, count)
    offset *= SECOND
    stamp[order] = offset
    return stamp


def steps_back(found: Read) -> list[float]:
    """By how much the stamps within one log go back, where by more than disorder explains (s)."""
    columns, steps = found.columns, []
    for first, last in pairwise([*found.parts, len(columns.begin)]):
        begin, duration = (np.frombuffer(column, np.int64)[first:last] for column in (columns.begin, columns.duration))
        written_at = np.where(
            np.frombuffer(columns.flags, np.uint8)[first:last] & COARSE_BEGIN, begin, begin + duration
        )
        back = -np.diff(written_at) / SECOND
        # a row that is written at its end, but stamped at its beginning, may look as old as it is long
        slack = (
            DISORDER + np.where(np.frombuffer(columns.flags, np.uint8)[first:last] & COARSE_BEGIN, duration, 0) / SECOND
        )
        steps += back[back > np.maximum(slack[1:], slack[:-1])].tolist()
    return steps
