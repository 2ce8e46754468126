"""Exercises of `04_side_by_side`: the answer is fast, the work is not."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..cycles import ASYNC
from ..experiments import Comparison, Result, compare, simulate
from ..path import INBOUND, QUEUE, Hop
from ..presets import load
from ..scenario import Scenario
from ..stats import too_long_alone
from . import (
    NOTHING_BACK,
    Mark,
    exercise,
    in_quotes,
    is_number,
    is_slots,
    misses,
    not_slots,
    returns_nothing,
    right,
    same,
    seen,
    smallest,
    wrong,
)
from .rules import above, below, marked, near, otherwise

WORK = 20.0


def _sum(hops: tuple[Hop, ...]) -> float:
    return sum(hop.visit_time or 0.0 for hop in hops)


RESPONSE, COMPLETION, CLOSE = _sum(ASYNC.report.thread), _sum((*INBOUND, QUEUE)) + WORK, 0.0005
IN_MS = "In seconds, please: one of them looks like milliseconds."
NOT_THE_WAY = "The response time is not {0:g} s. It is the thread's whole way: which hops are those?"
NOT_COMPLETE = "The response time is right; the completion time is not {1:g} s. "
BY_HAND = (
    near(1000 * RESPONSE, 0.5, IN_MS),
    near(1000 * COMPLETION, 0.5, IN_MS, of=1),
    near(COMPLETION, CLOSE, "That is the completion time. Which of the two comes first here?"),
    below(RESPONSE - CLOSE, NOT_THE_WAY),
    above(RESPONSE + CLOSE, NOT_THE_WAY),
    below(COMPLETION - CLOSE, f"{NOT_COMPLETE}Who pushes, and when?", of=1),
    above(COMPLETION + CLOSE, f"{NOT_COMPLETE}The worker does not wait for the response to leave.", of=1),
    otherwise(
        "The answer says only that the work was accepted. The report exists 20 s after its job was pushed.", right=True
    ),
)


@exercise
def by_hand(answer: Any) -> Mark:
    """Response time and completion time (s) of one report of 20 s, alone, in ASYNC."""
    if not isinstance(answer, tuple | list) or len(answer) != 2 or not all(map(is_number, answer)):
        quoted = in_quotes(*answer) if isinstance(answer, tuple | list) else in_quotes(answer)
        return wrong(f"The answer is two numbers in seconds: response_time, completion_time.{quoted}")
    return marked(answer, BY_HAND)


@cache
def _with_threads(threads: int) -> tuple[int, int]:
    return _timed_out(simulate(_served(threads), "sync", engine="exact"))


def _served(threads: int) -> Scenario:
    return load("slides").replace(threads=threads)


def _timed_out(run: Result) -> tuple[int, int]:
    """How many are timed out, and how many of them would be on an idle server too."""
    return run.summary.timed_out, too_long_alone(run.records, run.workload, run.cycle, run.scenario.warmup)


@exercise
def by_knob(threads: Any) -> Mark:
    """The smallest number of threads with which SYNC times out no request for waiting, in this run of `slides`."""
    if not is_slots(threads):
        return not_slots(threads)
    mark = smallest(
        threads,
        lambda number: len(set(_with_threads(number))) == 1,
        lambda number: "{} are timed out, {} of them too long by themselves".format(*_with_threads(number)),
        "that nobody else is",
        lambda number: misses(_served(number), "sync", lambda run: len(set(_timed_out(run))) == 1),
    )
    scenario = load("slides")
    slots = scenario.threads + scenario.workers
    tail = (
        f" ASYNC has {slots} slots. So threads alone cure the timeouts that come from waiting, as long as requests"
        " only wait for others and do not compute; what they cannot cure is the wall at 30 s."
    )
    return right(mark.why + tail) if mark.right else mark


@exercise
def to_write(share_later: Callable[[Comparison], Any]) -> Mark:
    """A function of a comparison: which share of the reports exists later in ASYNC than in SYNC with the same slots."""
    shares = []
    for name in ("slides", "too-few-workers"):
        comparison = compare(name, engine="exact")
        found, expected = share_later(comparison), _share_later(comparison, comparison.workload.is_report)
        if returns_nothing(found):
            return NOTHING_BACK
        if not is_number(found):
            return wrong(f"It returns one number, a share from 0 to 1, not {seen(found)}.")
        if not same(found, expected):
            return wrong(f"For {name} it gives {found:.3f} and not {expected:.3f}.{_hint(comparison, found, expected)}")
        shares.append(f"{name} {expected:.0%}")
    return right(
        f"{', '.join(shares)}: a worker takes no pages, so its slots are not for all. (A report that never exists"
        " counts as infinitely late. Would your users see it so too?)"
    )


def _share_later(comparison: Comparison, who: Any, sync: Result | None = None) -> float:
    """The share of those whose request is complete later in ASYNC than in `sync`, by default with the same slots."""
    early, late = (
        result.records.completion_time[who] for result in (sync or comparison.sync_same_slots, comparison.async_)
    )
    return float(np.mean(late > early))


def _hint(comparison: Comparison, found: Any, expected: float) -> str:
    """What was taken for the share, where that is known."""
    reports = comparison.workload.is_report
    known = (
        (100 * expected, " You give per cent; a share is from 0 to 1."),
        (
            _share_later(comparison, np.ones_like(reports)),
            " You counted the pages too: completion time is about reports.",
        ),
        (
            _share_later(comparison, reports, comparison.sync),
            " That is beside SYNC with fewer slots: take sync_same_slots.",
        ),
        (1 - expected, " That is the share which does not exist later."),
    )
    return next((hint for value, hint in known if same(found, value)), "")
