"""Exercises of `10_when_the_service_is_down`: when a job runs again, how often is enough, how often it is."""

from collections.abc import Callable
from functools import cache
from typing import Any

from ..delays import Sidekiq
from ..experiments import Result, simulate
from ..presets import load
from . import (
    NOTHING_BACK,
    Mark,
    exercise,
    is_number,
    is_whole,
    not_whole,
    returns_nothing,
    right,
    same,
    seen,
    wrong,
)
from .rules import marked_number, usual_seconds

MOST_RETRIES = 25
FIRST, SECOND, THIRD = (Sidekiq().seconds_before(retry, 0.0) for retry in (1, 2, 3))
CASES = ((0.1, 3), (0.5, 1), (0.5, 25), (0.0, 5), (1.0, 4), (0.9, 0))


BY_HAND = usual_seconds(
    FIRST + SECOND,
    "At 0 s, at 15 s (0⁴ + 15), at 31 s (1⁴ + 15 later). The 26th would begin after some twenty days.",
    {
        FIRST: "That is the second run. Count the first one at 0 s.",
        FIRST + SECOND + THIRD: "That is the fourth run: the first one, at 0 s, is no retry.",
        SECOND: "That wait begins when the second run has failed, at 15 s.",
        SECOND + THIRD: "c counts from 0: before the first retry it is 0⁴ + 15.",
        2 * FIRST: "The second wait is longer: 1⁴ + 15.",
    },
    "The first run is at 0 s. Then wait c⁴ + 15 s for c = 0, then for c = 1.",
)


@exercise
def by_hand(seconds: Any) -> Mark:
    """When the third run begins of a job whose runs fail at once, from 0 s on, with Sidekiq's delays and draws of 0."""
    return marked_number(seconds, BY_HAND)


@cache
def _with_retries(retries: int) -> Result:
    return simulate(load("outage").replace(job_retries=retries), "async", redis=None)


def _told(retries: int) -> str:
    dead = _with_retries(retries).summary.jobs_dead
    return f"With {retries}: {dead if dead else 'no'} {'job dies' if dead in (0, 1) else 'jobs die'}."


@exercise
def by_knob(retries: Any) -> Mark:
    """The smallest number of retries with which no job of this run of `outage` dies."""
    if not is_whole(retries, MOST_RETRIES):
        return not_whole(retries, MOST_RETRIES)
    if _with_retries(retries).summary.jobs_dead:
        return wrong(f"{_told(retries)} The service is down for longer than they try.")
    if retries and not _with_retries(retries - 1).summary.jobs_dead:
        return wrong(f"{_told(retries)} One less will do as well. Go on down.")
    return right(f"{_told(retries)} {_told(retries - 1)} How often is enough depends on how long outages are.")


@exercise
def to_write(runs: Callable[[float, int], Any]) -> Mark:
    """A function of the share of calls that fail and of the number of retries that returns how many runs a job has on
    average."""
    for fails, retries in CASES:
        found, expected = runs(fails, retries), sum(fails**number for number in range(retries + 1))
        if returns_nothing(found):
            return NOTHING_BACK
        if not same(found, expected):
            told = (
                f"If {fails:g} of the calls fail, with {retries} retries, it gives {seen(found)} and not {expected:g}."
            )
            return wrong(told + _hint(found, fails, retries))
    return right("1 + p + p² + …: that much more work the workers have, and nobody sees it in the answers.")


def _hint(found: Any, fails: float, retries: int) -> str:
    if not is_number(found):
        return " A number was wanted."
    hints = {
        " A retry may fail, too, and is run only if the one before failed.": 1 + fails * retries,
        " That is without an end to retries.": 1 / (1 - fails) if fails < 1 else None,
        " That is the share of jobs that die.": fails ** (retries + 1),
        " The first run counts, too.": sum(fails**number for number in range(1, retries + 1)),
        " That is if everything fails.": retries + 1,
        " The last retry counts, too.": sum(fails**number for number in range(retries)),
    }
    return next((hint for hint, value in hints.items() if value is not None and same(found, value)), "")
