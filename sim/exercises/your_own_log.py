"""Exercises of `13_your_own_log`: taking the waiting out of a router's times, by hand and by a function; and sizing."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..experiments import Result, simulate
from ..logs.importing import Imported, import_logs
from ..logs.unqueueing import unqueue
from ..logs.whatif import served
from ..words import duration
from . import (
    NOTHING_BACK,
    Mark,
    exercise,
    is_slots,
    listed,
    not_slots,
    returns_nothing,
    right,
    same,
    smallest,
    wrong,
)
from .rules import in_ms, marked_number, nearly, otherwise

ARRIVED_AT, ENDED_AT = (0.0, 1.0, 20.0), (8.0, 12.0, 21.0)
GOAL = 60.0


def _work(arrived_at: Any, ended_at: Any) -> list[float]:
    nothing_cut = np.zeros(len(arrived_at), np.bool_)
    return list(unqueue(np.array(arrived_at), np.array(ended_at), nothing_cut, 1).work)


BY_HAND = (
    nearly(
        _work(ARRIVED_AT, ENDED_AT)[1],
        "From 8 s, when A was done, to 12 s. The router says 11 s: 7 of these B only waited.",
        right=True,
    ),
    in_ms(_work(ARRIVED_AT, ENDED_AT)[1]),
    nearly(ENDED_AT[1] - ARRIVED_AT[1], "That is what the router says, with the waiting. When was the thread free?"),
    otherwise("B begins when it has come and the thread is free, whichever is later."),
)


@exercise
def by_hand(seconds: Any) -> Mark:
    """How long B worked, where one thread served A from 0 to 8 s, and B came at 1 s and was done at 12 s."""
    return marked_number(seconds, BY_HAND)


@exercise
def by_knob(workers: Any) -> Mark:
    """The smallest number of workers with which 95 of 100 reports of the sample log complete within a minute."""
    if not is_slots(workers):
        return not_slots(workers)
    goal = f"95 of 100 reports within {GOAL:g} s"
    return smallest(workers, lambda number: _p95(number) < GOAL, lambda number: _told(_p95(number)), goal)


@cache
def _sample() -> Imported:
    return import_logs(["sample", "sample-application"], reports="/reports/*")


@cache
def _served(workers: int) -> Result:
    return simulate(served(4, workers, 30.0), "async", workload=_sample().workload, engine="exact")


def _p95(workers: int) -> float:
    return _served(workers).summary.completion_time.p95 or np.inf


def _told(p95: float) -> str:
    return f"95 of 100 reports exist within {duration(p95)}"


@exercise
def to_write(work: Callable[[Any, Any], Any]) -> Mark:
    """A function of arrivals and ends at one thread, first come, first served, that returns the work of each."""
    for arrived_at, ended_at in (
        (ARRIVED_AT, ENDED_AT),
        ((0.0, 0.0, 0.0), (1.0, 3.0, 6.0)),
        ((0.0, 5.0), (2.0, 6.0)),
    ):
        found = work(list(arrived_at), list(ended_at))
        if returns_nothing(found):
            return NOTHING_BACK
        expected = _work(arrived_at, ended_at)
        if not _alike(found, expected):
            told = f"Arrivals {listed(arrived_at)}, ends {listed(ended_at)}: the work is {listed(expected)}"
            naive = _alike(found, [end - at for at, end in zip(arrived_at, ended_at, strict=True)])
            return wrong(
                f"{told}.{' You gave the time from arrival to end: it contains the waiting.' if naive else ''}"
            )
    return right("With more threads it is the earliest free one of them: that is all of unqueueing.")


def _alike(found: Any, expected: list[float]) -> bool:
    try:
        values = list(found)
    except TypeError:
        return False
    return len(values) == len(expected) and all(map(same, values, expected))
