"""Exercises of `09_threads_that_compute`: what one core can do, and how it goes round."""

from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..experiments import Result, simulate
from ..presets import load
from ..words import duration
from . import (
    NOTHING_BACK,
    Mark,
    exercise,
    is_number,
    is_whole,
    listed,
    not_whole,
    returns_nothing,
    right,
    smallest,
    wrong,
)
from .rules import marked_number, usual

COMPUTES, WAITS, THREADS = 0.040, 0.060, 5
PAGE_COMPUTES = 0.045  # s, of a page of `busy-core`
RATE, WITHIN, MOST_CORES = 40.0, 0.2, 50
QUANTUM = 0.1
CASES = ((0.25, 0.05), (0.1, 0.1), (0.3, 0.2, 0.1), (0.5,), (0.05, 0.45, 0.15, 0.1))


BY_HAND = usual(
    1 / COMPUTES,
    "1 ÷ 0.04 s = 25: the core is busy all the time. Three threads or more keep it busy; the fifth adds nothing.",
    {
        1 / (COMPUTES + WAITS): "That is one thread. While it waits for the database, another one may compute.",
        THREADS / (COMPUTES + WAITS): "That is so if all five may compute at once. But they share one core.",
        THREADS / COMPUTES: "There is one core for all five threads.",
        1 / WAITS: "Waiting for the database holds a thread, and there are five. What is there only one of?",
        COMPUTES: "That is how long one page computes. How many fit into a second?",
    },
    "What is there only one of, and for how long does each page need it?",
)


@exercise
def by_hand(pages: Any) -> Mark:
    """Pages a second of a process with 5 threads, where a page computes 40 ms and waits 60 ms for the database."""
    return marked_number(pages, BY_HAND)


@cache
def _with_cores(cores: int) -> Result:
    return simulate(load("busy-core").replace(arrival_rate=RATE, threads=8, cores=cores), "sync")


def _within(cores: int) -> float:
    return _with_cores(cores).summary.response_time.p95 or float("inf")


@exercise
def by_knob(cores: Any) -> Mark:
    """The fewest cores with which 95 of 100 pages of `busy-core`, at 40 a second on 8 threads, are there in 0.2 s."""
    if not is_whole(cores, MOST_CORES, least=1):
        return not_whole(cores, MOST_CORES, least=1, of=" of cores")
    mark = smallest(
        cores,
        lambda number: _within(number) <= WITHIN,
        lambda number: f"95 of 100 pages within {duration(_within(number))}",
        duration(WITHIN),
    )
    work = f"{RATE:g} × {PAGE_COMPUTES:g} s = {RATE * PAGE_COMPUTES:g} cores' work arrives."
    return right(f"{mark.why} {work}") if mark.right else mark


@exercise
def to_write(done_at: Callable[[list[float]], Any]) -> Mark:
    """A function of how long each of some threads computes (s), all asking for one core at 0, that returns when each
    is done, if whoever had the core for 0.1 s goes to the end of the line."""
    for works in CASES:
        found, expected = done_at(list(works)), _ends(works)
        if returns_nothing(found):
            return NOTHING_BACK
        if not _are_instants(found, expected) or not np.allclose(found, expected):
            return wrong(_why_not(works, found, expected))
    return right(
        "A quick page behind a long one waits for 0.1 s at most for each of the others, and not for all of it."
    )


def _ends(works: tuple[float, ...]) -> list[float]:
    now, ends = 0.0, [0.0] * len(works)
    line = deque(enumerate(works))
    while line:
        thread, left = line.popleft()
        now += min(left, QUANTUM)
        if left - QUANTUM > 1e-9:
            line.append((thread, left - QUANTUM))
        else:
            ends[thread] = now
    return ends


def _are_instants(found: Any, expected: list[float]) -> bool:
    is_list = isinstance(found, list | tuple | np.ndarray) and len(found) == len(expected)
    return is_list and all(map(is_number, found))


def _why_not(works: tuple[float, ...], found: Any, expected: list[float]) -> str:
    told = f"Threads that compute {listed(works)} s are done at {listed(expected)} s"
    if not _are_instants(found, expected):
        return f"{told}: a list of {len(expected)} instants."
    hints = {
        "One after the other, and nobody is interrupted. After 0.1 s the next one has its turn.": np.cumsum(works),
        "That is so with a core for each. There is one for all.": np.array(works),
        "All at once, each slower. But only one computes at a time, for 0.1 s.": np.array(works) * len(works),
    }
    hint = next((hint for hint, ends in hints.items() if np.allclose(found, ends)), "Step from turn to turn.")
    return f"{told}; yours at {listed(found)}. {hint}"
