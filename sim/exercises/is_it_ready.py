"""Exercises of `08_is_it_ready_yet`: when the news arrives, and what asking for it costs."""

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
    is_whole,
    not_whole,
    returns_nothing,
    right,
    same,
    seen,
    wrong,
)
from .rules import marked_number, usual_seconds

LATE, MOST_SECONDS = 2.0, 60
CASES = ((7.0, 2.0, 0.1), (2.0, 2.0, 0.1), (0.5, 2.0, 0.1), (10.0, 1.0, 0.5), (10.0, 2.5, 0.0), (9.9, 1.0, 0.1))


def news_is_late_by(run: Result) -> float:
    """Seconds from a report's completion until its client knows of it, on average."""
    return float(np.nanmean(run.records.seen_at - run.records.completed_at))


BY_HAND = usual_seconds(
    8.4,
    "It asks at 2, 4.1, 6.2 and 8.3 s. The fourth answer, at 8.4 s, says: done. The news is 1.4 s old.",
    {
        7.0: "Then the report exists. Its client does not know until it asks.",
        8.0: "It asks again 2 s after each answer, and every answer takes 0.1 s.",
        8.1: "It asks again 2 s after each answer, not every 2 s: at 2, 4.1, 6.2 …",
        8.3: "Then it asks. The answer takes 0.1 s.",
        7.1: "That would be so if it asked at the right moment.",
        6.3: "That answer says: not yet.",
    },
    "When does it ask? At 2 s, then 2 s after the answer to that, and so on.",
)


@exercise
def by_hand(seconds: Any) -> Mark:
    """When a client knows that a job is done at 7 s, which asks 2 s after the last answer; an answer takes 0.1 s."""
    return marked_number(seconds, BY_HAND)


@cache
def _asking_every(seconds: int) -> Result:
    return simulate(load("asking-again").replace(poll_every=float(seconds)), "async", redis=None)


def _told(seconds: int) -> str:
    run = _asking_every(seconds)
    return f"Every {seconds} s: {run.summary.polls:,} polls, and the news is {duration(news_is_late_by(run))} late."


@exercise
def by_knob(seconds: Any) -> Mark:
    """The longest whole number of seconds between polls with which the news is at most 2 s late on average."""
    if not is_whole(seconds, MOST_SECONDS, least=1):
        return not_whole(seconds, MOST_SECONDS, least=1, of=" of seconds")
    if news_is_late_by(_asking_every(seconds)) > LATE:
        return wrong(f"{_told(seconds)} The goal is at most {LATE:g} s on average. Ask more often.")
    if news_is_late_by(_asking_every(seconds + 1)) <= LATE:
        return wrong(f"{_told(seconds)} They may ask less often. Go on up.")
    return right(f"{_told(seconds)} {_told(seconds + 1)} About half an interval, and the time of the answer.")


@exercise
def to_write(polls: Callable[[float, float, float], Any]) -> Mark:
    """A function of when the job is done, of the seconds between an answer and the next poll, and of the seconds an
    answer takes, that returns how many polls the client sends until one says that it is done."""
    for done_at, every, answer in CASES:
        found, expected = polls(done_at, every, answer), _polls(done_at, every, answer)
        if returns_nothing(found):
            return NOTHING_BACK
        if not same(found, expected):
            told = f"Done at {done_at:g} s, asking {every:g} s after each answer, which takes {answer:g} s:"
            return wrong(f"{told} {expected} polls and not {seen(found)}.{_hint(found, done_at, every, expected)}")
    return right("Each of them holds a thread. The longer the job, the more polls: the slow ones cost most.")


def _polls(done_at: float, every: float, answer: float) -> int:
    asks_at, sent = every, 1
    while asks_at < done_at:
        asks_at, sent = asks_at + answer + every, sent + 1
    return sent


def _hint(found: Any, done_at: float, every: float, expected: int) -> str:
    if same(found, expected - 1):
        return " The one that says that it is done is a poll, too."
    if same(found, -(-done_at // every)):
        return " The next poll comes after the answer to the one before."
    return " Step from poll to poll until one comes when the job is done."
