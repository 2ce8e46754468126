"""Exercises of `05_how_many_workers`: offered load, and how much more than it is enough."""

from collections.abc import Callable
from functools import cache
from typing import Any

from .. import theory
from ..experiments import simulate
from ..scenario import load
from ..stats import Summary
from . import NOTHING_BACK, Mark, exercise, is_slots, not_slots, returns_nothing, right, same, smallest, wrong

WITHIN = 60.0
CASES = ((4.0, 0.2), (4.0, 0.05), (0.5, 0.2), (0.5, 0.6), (12.0, 0.1), (30.0, 0.5))


@exercise
def by_hand(workers: Any) -> Mark:
    """The smallest number of workers that keeps up with 5 requests/s, 1 in 10 a report, 12 s of work each."""
    if not is_slots(workers):
        return not_slots(workers)
    load_of_jobs = theory.offered_load(5.0 * 0.1, 12.0)
    if workers < load_of_jobs:
        return wrong(f"{load_of_jobs:g} seconds of work arrive every second; {workers} workers do {workers}.")
    if workers == load_of_jobs:
        return wrong("They would have to be busy to the last second. What bad luck leaves, only good luck takes away.")
    if workers - 1 > load_of_jobs:
        return wrong("That is enough. But one less keeps up too.")
    return right(f"0.5 jobs a second × 12 s = {load_of_jobs:g} workers busy on average; the next number up keeps up.")


@cache
def _with_workers(workers: int) -> Summary:
    return simulate(load("rush-hour").replace(workers=workers), "async", engine="exact").summary


def _p95(workers: int) -> float:
    return _with_workers(workers).completion_time.p95 or float("inf")


@exercise
def by_knob(workers: Any) -> Mark:
    """The smallest number of workers with which 95 of 100 reports of `rush-hour` exist within 60 s."""
    if not is_slots(workers):
        return not_slots(workers)
    return smallest(
        workers,
        lambda number: _p95(number) <= WITHIN,
        lambda number: f"95 of 100 reports exist within {_p95(number):.0f} s",
        f"{WITHIN:.0f} s",
    )


@exercise
def to_write(workers_for: Callable[[float, float], Any]) -> Mark:
    """A function of an offered load (erlangs) and a share, that returns the fewest workers with which at most this
    share of the jobs has to wait, by Erlang's formula."""
    for load_of_jobs, share in CASES:
        found = workers_for(load_of_jobs, share)
        if returns_nothing(found):
            return NOTHING_BACK
        expected = int(load_of_jobs) + 1
        while theory.erlang_c(expected, load_of_jobs) > share:
            expected += 1
        if not same(found, expected):
            return wrong(f"For {load_of_jobs:g} erlangs and {share:g} it gives {str(found)[:60]} and not {expected}.")
    return right("Start just above the load and go up. The larger the load, the smaller the share that must be spare.")
