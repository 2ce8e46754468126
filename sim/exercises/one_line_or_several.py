"""Exercises of `12_one_line_or_several`: who passes whom, who has a slot of its own, and a choice by weight."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from ..experiments import Result, simulate
from ..presets import load
from ..scenario import Scenario
from ..words import duration
from ..workload import Workload
from . import (
    NOTHING_BACK,
    Mark,
    exercise,
    is_whole,
    not_whole,
    returns_nothing,
    right,
    same,
    seen,
    wrong,
)
from .rules import marked_number, usual_seconds

SLOTS, WITHIN = 5, 1.0
MAIL = {"name": "mail", "share": 0.96, "external_time": 1}
REPORTS = {"name": "reports", "share": 0.04, "external_time": 60}
CASES = (
    ([3, 2], [5, 1], 0.5),
    ([3, 2], [5, 1], 0.9),
    ([0, 2], [5, 1], 0.1),
    ([1, 0, 9], [1, 5, 1], 0.4),
    ([1, 0, 9], [1, 5, 1], 0.6),
    ([1, 1, 1], [1, 1, 2], 0.499),
    ([1, 1, 1], [1, 1, 2], 0.501),
)


def lines(mail: dict[str, Any] | None = None, reports: dict[str, Any] | None = None, workers: int = SLOTS) -> Scenario:
    """The jobs of `one-line` in two queues, mail first; more of a queue's fields as given."""
    return load("one-line").replace(queues=[MAIL | (mail or {}), REPORTS | (reports or {})], workers=workers)


def in_one_line(jobs: Workload) -> Result:
    """The same jobs in one line, first come, first served."""
    return simulate("one-line", "async", workload=replace(jobs, queues=(), queue=None), engine="exact")


def begin_within(run: Result, jobs: Workload, queue: str, percent: float = 95) -> float:
    """Within how many seconds so many of 100 jobs of one of the queues begin, whatever line they stand in."""
    assert jobs.queue is not None
    runs = run.records.at_workers
    mine = jobs.queue[run.records.visit_id[runs.request_id]] == jobs.queues.index(queue)
    return float(np.percentile(runs.waited[mine], percent))


BY_HAND = usual_seconds(
    61.0,
    "At 60 s a worker is free and takes it: the first in the line, and 59 s late. Nobody interrupts what runs.",
    {
        2.0: "It would have to push out a report that runs. A priority is about who is taken next, and no more.",
        62.0: "A worker is free at 60 s: both reports began at 0 s.",
        60.0: "Then a worker is free and takes the mail. It takes 1 s.",
        121.0: "They run at the same time, on two workers: both are done at 60 s.",
        1.0: "Then it is pushed. Is there a worker for it?",
    },
    "Draw both workers as bars. When is one of them free?",
)


@exercise
def by_hand(seconds: Any) -> Mark:
    """When a mail is sent that takes 1 s and is pushed at 1 s, if both workers run reports of 60 s since 0 s and mail
    comes first."""
    return marked_number(seconds, BY_HAND)


@cache
def _with_own(mail: int) -> Result:
    return simulate(lines({"workers": mail}, workers=SLOTS - mail), "async", redis=None)


def _told(mail: int) -> str:
    found = _with_own(mail).summary.queues
    own = [found[name].waiting_time.p95 or 0.0 for name in ("mail", "reports")]
    return (
        f"With {mail} of the 5: 95 of 100 mails begin within {duration(own[0])}, and reports within {duration(own[1])}."
    )


def _is_quick(mail: int) -> bool:
    return (_with_own(mail).summary.queues["mail"].waiting_time.p95 or 0.0) <= WITHIN


@exercise
def by_knob(mail: Any) -> Mark:
    """The smallest number of the five slots that mail must have for itself, so that 95 of 100 begin within 1 s."""
    if not is_whole(mail, SLOTS - 1, least=1):
        return not_whole(mail, SLOTS - 1, least=1, because=": both need a slot")
    if not _is_quick(mail):
        return wrong(f"{_told(mail)} The goal is {WITHIN:g} s.")
    if mail > 1 and _is_quick(mail - 1):
        return wrong(f"{_told(mail)} One less will do for the mail, and the reports need the others.")
    return right(f"{_told(mail)} {_told(mail - 1)} What one gets, the other lacks.")


@exercise
def to_write(choose: Callable[[list[int], list[float], float], Any]) -> Mark:
    """A function of how many jobs wait in each queue, of the queues' weights and of a draw (from 0 to 1) that returns
    the number of the queue to take from, by weight among those in which jobs wait."""
    for waiting, weights, draw in CASES:
        found, expected = choose(list(waiting), list(weights), draw), _chosen(waiting, weights, draw)
        if returns_nothing(found):
            return NOTHING_BACK
        if not same(found, expected):
            told = f"With {waiting} waiting, weights {weights} and the draw {draw:g} it gives {seen(found)},"
            return wrong(f"{told} not {expected}.{_hint(found, waiting, weights, draw)}")
    return right("Weights say how often, not how soon: a long job that was chosen holds its slot all the same.")


def _chosen(waiting: list[int], weights: list[int], draw: float) -> int:
    full = [number for number, jobs in enumerate(waiting) if jobs]
    mark = draw * sum(weights[number] for number in full)
    for number in full:
        mark -= weights[number]
        if mark < 0:
            return number
    return full[-1]


def _hint(found: Any, waiting: list[int], weights: list[int], draw: float) -> str:
    if isinstance(found, int) and 0 <= found < len(waiting) and not waiting[found]:
        return " Nothing waits there: the weights of empty queues do not count."
    if same(found, max(range(len(waiting)), key=lambda number: waiting[number])):
        return " How many wait does not count, only whether somebody does."
    return " Lay the weights side by side, as parts of a line, and see where the draw falls."
