"""Exercises of `07_try_again`: when a client gives up, how many attempts make a storm, and how long to wait."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..delays import Exponential
from ..experiments import Result, simulate
from ..presets import load
from ..records import OK, POLL
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

TIMEOUT, FIRST_WAIT = 30.0, 1.0
SINCE, UNTIL, FEW, MOST_RETRIES = 900.0, 1440.0, 0.05, 10
BACKOFF = Exponential(first=1, factor=2, most=30, jitter=1)


def share_failing(run: Result, since: float = SINCE, until: float = UNTIL) -> float:
    """Of the requests that arrive between two instants (s), the share that ends in an error."""
    records = run.records
    mine = (records.arrived_at >= since) & (records.arrived_at < until) & (records.kind != POLL)
    return float(np.mean(records.status[mine] != OK))


BY_HAND = usual_seconds(
    93.0,
    "It asks at 0, 31 and 63 s, and each time it waits 30 s. One person, three requests, and no answer.",
    {
        90.0: "Three times 30 s. But the client waits before it tries again: 1 s, then 2 s.",
        92.0: "The second wait is twice the first.",
        63.0: "Then the last attempt begins. Its client waits 30 s for an answer, too.",
        61.0: "That is the end of the first retry. There is a second one.",
        3.0: "These are the waits alone. Each attempt takes until the router gives up.",
        30.0: "Then the first attempt ends in an error, and the client tries again.",
        97.0: "There are two retries, so two waits: 1 s and 2 s.",
    },
    "Draw a line: an attempt of 30 s, a wait of 1 s, an attempt, a wait, an attempt.",
)


@exercise
def by_hand(seconds: Any) -> Mark:
    """When a client gives up that tries again twice, after 1 s and then 2 s, and is timed out at 30 s each time."""
    return marked_number(seconds, BY_HAND)


@cache
def _with_retries(retries: int) -> float:
    return share_failing(simulate(load("retry-storm").replace(client_retries=retries), "sync"))


@exercise
def by_knob(retries: Any) -> Mark:
    """The largest number of retries with which fewer than 5 of 100 requests fail after 900 s, in this run."""
    if not is_whole(retries, MOST_RETRIES):
        return not_whole(retries, MOST_RETRIES)
    told = f"With {retries}: {100 * _with_retries(retries):.1f} of 100 fail."
    if _with_retries(retries) >= FEW:
        return wrong(f"{told} The storm goes on. Fewer retries.")
    if _with_retries(retries + 1) < FEW:
        return wrong(f"{told} One more does no harm yet. Go on up.")
    more = f"With {retries + 1}: {100 * _with_retries(retries + 1):.0f} of 100."
    return right(f"{told} {more} In this run; with other luck two retries are enough for a storm, sometimes.")


@exercise
def to_write(wait: Callable[[int, float], Any]) -> Mark:
    """A function of the retry's number (from 1) and of a draw (from 0 to 1) that gives the wait before it, s: 1 s and
    twice as long each time, at most 30 s, less by the draw's share of it."""
    for retry, draw in ((1, 0.0), (2, 0.0), (4, 0.0), (3, 0.5), (9, 0.0), (9, 0.25)):
        found, expected = wait(retry, draw), BACKOFF.seconds_before(retry, draw)
        if returns_nothing(found):
            return NOTHING_BACK
        if not same(found, expected):
            told = f"Before retry {retry}, with the draw {draw:g}, it waits {seen(found)} and not {expected:g} s."
            return wrong(f"{told}{_hint(found, retry, draw, expected)}")
    return right("Backoff with full jitter: clients that failed together do not come back together.")


def _hint(found: Any, retry: int, draw: float, expected: float) -> str:
    whole = BACKOFF.first * BACKOFF.factor ** (retry - 1)
    hints = {
        whole * BACKOFF.factor: " The first wait is 1 s: count from the first retry on.",
        whole * (1 - draw): " At most 30 s.",
        expected / (1 - draw): " The draw takes its share away: with 0.5 the half is left.",
        expected / (1 - draw) * draw: " The draw takes its share away; the rest is waited for.",
        expected / (1 - draw) * (1 + draw): " Jitter makes a wait shorter here, never longer.",
        1000 * expected: " These are milliseconds.",
        expected / (1 - draw) - draw: " The draw is a share of the wait, no seconds.",
    }
    return next((hint for value, hint in hints.items() if same(found, value)), "")
