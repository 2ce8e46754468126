"""Exercises of `14_on_real_programs`: what a killed worker takes with it, how long a deploy waits, and a verdict."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from ..experiments import Result, simulate
from ..scenario import Scenario
from ..turns import LOST, RETURNED
from ..units import column_to_grid
from ..workload import ARRIVALS, Workload, unit_draws
from . import (
    NOTHING_BACK,
    Mark,
    exercise,
    is_number,
    is_whole,
    not_a_number,
    not_whole,
    returns_nothing,
    right,
    same,
    smallest,
    wrong,
)

ARRIVED_AT, CALL, STOP, LONGEST = (0.0, 5.0, 6.0, 7.0), 30.0, 15.0, 600
COUNTS = ((28, (27, 27, 26, 30)), (31, (27, 27, 26, 30)), (94, (94,)), (5, (6, 7, 9)), (0, (0, 3)))


def disturbed(workload: Workload, most: float, seed: int) -> Workload:
    """The workload, each request later by up to `most` seconds, as a machine that has other things to do makes it."""
    arrived_at = column_to_grid(workload.arrived_at + most * unit_draws(seed, ARRIVALS, len(workload)))
    order = np.argsort(arrived_at, kind="stable")
    columns = ("is_report", "web_time", "external_time")
    moved = {name: getattr(workload, name)[order] for name in columns}
    return replace(workload, arrived_at=arrived_at[order], **moved)


@cache
def _stopped(how: str, shutdown_time: float = 25.0) -> Result:
    """Four reports of 30 s each, two workers, and a stop at 15 s."""
    scenario = Scenario.model_validate(
        {"threads": 5, "workers": 2, "worker_stops": [[STOP, how]], "shutdown_time": shutdown_time}
    )
    count = len(ARRIVED_AT)
    reports, calls = np.ones(count, dtype=bool), np.full(count, CALL)
    workload = Workload(np.array(ARRIVED_AT), reports, np.zeros(count), calls, scenario.hop_times, 600.0)
    return simulate(scenario, "async", workload=workload)


def _ended(result: Result, outcome: int) -> int:
    return int((result.records.at_workers.outcome == outcome).sum())


@exercise
def by_hand(jobs: Any) -> Mark:
    """How many of four reports of 30 s never exist, asked for at 0, 5, 6 and 7 s, two workers, killed at 15 s."""
    if not is_number(jobs):
        return not_a_number(jobs)
    lost = _ended(_stopped("kill"), LOST)
    if same(jobs, lost):
        return right("Those that a worker had in its hands: BRPOP took them out of Redis. The others wait in the list.")
    if same(jobs, len(ARRIVED_AT)):
        return wrong("Those that nobody has taken yet are in Redis, which was not killed.")
    return wrong("Which jobs did a worker have in its hands at 15 s? Where are the others?")


@exercise
def by_knob(seconds: Any) -> Mark:
    """The smallest whole number of seconds that a deploy must leave to what runs, so that no job is given back."""
    if not is_whole(seconds, LONGEST, least=1):
        return not_whole(seconds, LONGEST, least=1, of=" of seconds")
    return smallest(seconds, lambda grace: not _returned(grace), _told, "none")


def _returned(grace: int) -> int:
    return _ended(_stopped("term", float(grace)), RETURNED)


def _told(grace: int) -> str:
    return f"{_returned(grace)} of {len(ARRIVED_AT)} jobs given back, to run again from the start"


@exercise
def to_write(agrees: Callable[[Any, Any], Any]) -> Mark:
    """A function of a measured count and the counts that the model gives, that says whether they agree."""
    for measured, counts in COUNTS:
        found = agrees(measured, list(counts))
        if returns_nothing(found):
            return NOTHING_BACK
        expected = min(counts) <= measured <= max(counts)
        if found is not expected and not (isinstance(found, np.bool_) and bool(found) is expected):
            told = f"Measured {measured}, and the model gives {', '.join(map(str, counts))}: {expected}"
            exact = " A count between two of them is one that the model can give." if expected else ""
            return wrong(f"{told}.{exact}")
    return right("That is the lab's verdict. It adds only: not while the machine is too busy.")
