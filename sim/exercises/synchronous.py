"""Exercises of `02_the_synchronous_cycle`: who waits behind whom, and what is wasted."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..exact import pool
from ..experiments import Result, simulate
from ..presets import load
from ..scenario import Scenario
from ..words import duration
from . import (
    NOTHING_BACK,
    Mark,
    exercise,
    is_number,
    is_slots,
    listed,
    misses,
    not_slots,
    returns_nothing,
    right,
    smallest,
    wrong,
)
from .rules import in_ms, marked_number, near, otherwise

FIRST, SECOND, PAGE, TIMEOUT = 20.0, 15.0, 0.1, 30.0
CLOSE = 0.005
BY_HAND = (
    near(
        SECOND,
        CLOSE,
        "The second report holds the thread from 20 s to 35 s, all for nobody. The page is skipped.",
        right=True,
    ),
    in_ms(SECOND),
    near(
        FIRST + SECOND - TIMEOUT,
        CLOSE,
        "You counted from the error on. All of the time for a request that failed is wasted.",
    ),
    near(
        SECOND + PAGE,
        CLOSE,
        "You let the page run. When the thread reaches it, at 35 s, its client has gone: it is skipped.",
    ),
    near(0.0, CLOSE, "The second report starts at 20 s and ends at 35 s. Its client was gone at 30 s."),
    near(FIRST + SECOND, CLOSE, "The first report is done at 20 s: in time, and useful."),
    otherwise("Draw the thread as a bar: when does each start and end, and when does its client give up?"),
)


@exercise
def by_hand(seconds: Any) -> Mark:
    """Wasted thread-seconds where reports of 20 s and 15 s and then a page meet one thread at the same instant."""
    return marked_number(seconds, BY_HAND)


@cache
def _with_threads(threads: int) -> Result:
    return simulate(_served(threads), "sync", engine="exact")


def _served(threads: int) -> Scenario:
    return load("slides").replace(threads=threads)


def _spares_pages(run: Result) -> bool:
    return run.summary.timed_out_pages == 0


@exercise
def by_knob(threads: Any) -> Mark:
    """The smallest number of threads with which no page is timed out in this run of `slides`."""
    if not is_slots(threads):
        return not_slots(threads)
    mark = smallest(
        threads,
        lambda number: _spares_pages(_with_threads(number)),
        lambda number: f"{_with_threads(number).summary.timed_out_pages} pages are timed out",
        "none",
        lambda number: misses(_served(number), "sync", _spares_pages),
    )
    slowest = _with_threads(threads).summary.page_response_time.p95
    tail = f" But 5 in 100 pages still take longer than {duration(slowest)}: no error is not the same as fast."
    return right(mark.why + tail) if mark.right else mark


@exercise
def to_write(starts: Callable[[list[float], list[float]], Any]) -> Mark:
    """A function of arrivals and of the seconds each holds the thread, that returns when one thread starts each."""
    cases = [
        ([0.0, 0.0, 0.0], [20.0, 15.0, 0.1]),
        ([0.0, 10.0, 11.0], [2.0, 5.0, 1.0]),
        ([1.0, 2.0, 3.0, 40.0, 41.0], [12.0, 0.1, 0.1, 0.1, 3.0]),
    ]
    for arrived_at, holds in cases:
        found = starts(list(arrived_at), list(holds))
        expected = pool(1, np.array(arrived_at), np.array(holds)).reached_at.tolist()
        if returns_nothing(found):
            return NOTHING_BACK
        if not _are_instants(found, expected) or not np.allclose(found, expected):
            return wrong(_why_not(arrived_at, holds, found, expected))
    return right("Each starts when it has come and the thread is free, whichever is later: the exact engine.")


def _are_instants(found: Any, expected: list[float]) -> bool:
    is_list = isinstance(found, list | tuple | np.ndarray) and len(found) == len(expected)
    return is_list and all(map(is_number, found))


def _why_not(arrived_at: list[float], holds: list[float], found: Any, expected: list[float]) -> str:
    told = f"Arrivals {listed(arrived_at)} with {listed(holds)} s each start at {listed(expected)}"
    if not _are_instants(found, expected):
        return f"{told}: a list of {len(expected)} instants."
    early = any(start < came for start, came in zip(found, arrived_at, strict=True))
    ends = np.allclose(found, np.add(expected, holds))
    hint = "Nobody starts before it arrives." if early else "Who comes while the thread is held waits until it is free."
    hint = "These are the ends. When does each start?" if ends else hint
    return f"{told}; yours at {listed(found)}. {hint}"
