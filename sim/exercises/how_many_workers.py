"""Exercises of `05_how_many_workers`: offered load, and how much more than it is enough."""

from collections.abc import Callable
from functools import cache
from typing import Any

from .. import theory
from ..experiments import simulate
from ..presets import load
from ..studies.sizing import Sizing, size
from ..words import counted
from . import NOTHING_BACK, Mark, exercise, is_slots, not_slots, returns_nothing, right, same, seen, wrong

FIGURE, WITHIN, MOST = "completion_time.p95", 75.0, 12
CASES = ((4.0, 0.2), (4.0, 0.05), (0.5, 0.2), (0.5, 0.6), (12.0, 0.1), (30.0, 0.5))


@exercise
def by_hand(workers: Any) -> Mark:
    """The smallest number of workers that keeps up with 5 requests/s, 1 in 10 a report, 12 s of work each."""
    if not is_slots(workers):
        return not_slots(workers)
    load_of_jobs = theory.offered_load(5.0 * 0.1, 12.0)
    if workers < load_of_jobs:
        told = f"{counted(workers, 'worker')} {'does' if workers == 1 else 'do'}"
        return wrong(f"{load_of_jobs:g} seconds of work arrive every second; {told} {workers}.")
    if workers == load_of_jobs:
        return wrong("They would have to be busy to the last second. What bad luck leaves, only good luck takes away.")
    if workers - 1 > load_of_jobs:
        return wrong("That is enough. But one less keeps up too.")
    return right(f"0.5 jobs a second × 12 s = {load_of_jobs:g} workers busy on average; the next number up keeps up.")


@cache
def _sizing() -> Sizing:
    return size(load("rush-hour"), f"{FIGURE} < {WITHIN:g}", over="workers", most=MOST)


def _in_20_runs(workers: int) -> str:
    tried = _sizing().tried
    row = tried[(tried["workers"] == workers) & (tried["statistic"] == FIGURE)].to_dict("records")[0]
    interval = f"95 % interval {row['low']:.0f} to {row['high']:.0f} s"
    return f"With {workers}, 95 of 100 reports exist within {row['mean']:.0f} s in the mean of 20 runs ({interval})."


def _in_one_run(workers: int) -> float:
    summary = simulate(load("rush-hour").replace(workers=workers), "async", engine="exact").summary
    return summary.completion_time.p95 or float("inf")


@exercise
def by_knob(workers: Any) -> Mark:
    """The smallest number of workers with which 95 of 100 reports of `rush-hour` exist within 75 s, as `size` finds."""
    if not is_slots(workers):
        return not_slots(workers)
    enough = _sizing().smallest or MOST
    if workers > enough:
        told = _in_20_runs(workers) if workers <= MOST else f"{workers} are more than enough."
        return wrong(f"{told} One less will do as well. Go on down.")
    if workers == enough:
        return right(f"{_in_20_runs(workers)} {_in_20_runs(workers - 1)}")
    one = _in_one_run(workers)
    lucky = f" One run says {one:.0f} s: it was lucky." if one < WITHIN else ""
    return wrong(f"{_in_20_runs(workers)}{lucky} The goal is less than {WITHIN:.0f} s.")


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
            return wrong(f"For {load_of_jobs:g} erlangs and {share:g} it gives {seen(found)} and not {expected}.")
    return right("Start just above the load and go up. The larger the load, the smaller the share that must be spare.")
