"""Exercises of `03_redis_and_a_worker`: what is in the list, and who takes it."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from ..broker import Job, JobQueue, connect
from ..experiments import Result, simulate
from ..presets import load
from ..scenario import Scenario
from . import (
    NOTHING_BACK,
    Mark,
    exercise,
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

MOST_WAITING = 20
JOBS = [Job(0, 1.0, 7.5), Job(1, 2.25, 31.0), Job(2, 3.0, 0.125)]


def _payloads() -> list[bytes]:
    """Three jobs as they lie in the list, from left to right."""
    client = connect("fake")
    with JobQueue(client) as queue:
        for job in JOBS:
            queue.push(job)
        payloads: list[bytes] = client.lrange(queue.key, 0, -1)  # type: ignore[assignment]
        for _ in JOBS:
            queue.pop()
    return payloads


@exercise
def by_hand(names: Any) -> Mark:
    """The list, from left to right, after A, B and C were pushed in this order."""
    in_the_list = ["ABC"[json.loads(payload)["args"][0]] for payload in _payloads()]
    if not isinstance(names, list | tuple | str) or sorted(map(str, names)) != sorted(in_the_list):
        return wrong('The answer is a list with A, B and C in it, such as ["B", "A", "C"].')
    if list(names) == in_the_list:
        return right("LPUSH pushes on the left, so the oldest is at the right end, and there the worker takes it: A.")
    if list(names) == in_the_list[::-1]:
        return wrong("That is the order in which they are done. But each push goes to the left of those already there.")
    return wrong("Push them one by one on paper: each goes to the left end.")


@cache
def _with_workers(workers: int) -> Result:
    return simulate(_served(workers), "async", engine="exact")


def _served(workers: int) -> Scenario:
    return load("too-few-workers").replace(workers=workers)


def _is_short(run: Result) -> bool:
    return run.summary.peak_queue <= MOST_WAITING


@exercise
def by_knob(workers: Any) -> Mark:
    """The smallest number of workers with which at most 20 jobs ever wait in this run of `too-few-workers`."""
    if not is_slots(workers):
        return not_slots(workers)
    return smallest(
        workers,
        lambda number: _is_short(_with_workers(number)),
        lambda number: f"at most {_with_workers(number).summary.peak_queue} jobs wait",
        f"at most {MOST_WAITING}",
        lambda number: misses(_served(number), "async", _is_short),
    )


@exercise
def to_write(work_time: Callable[[bytes], Any]) -> Mark:
    """A function of one payload from the list that returns the seconds of work it asks for."""
    for payload in _payloads():
        fields = json.loads(payload)
        found, expected = work_time(payload), fields["args"][2]
        if returns_nothing(found):
            return NOTHING_BACK
        if not same(found, expected):
            named = [
                name for name, value in zip(("request", "instant"), fields["args"], strict=False) if same(found, value)
            ]
            hint = f" That is the {named[0]}; the work is the last of the args." if named else ""
            hint = " That is a text, and a number was wanted." if isinstance(found, str | bytes) else hint
            return wrong(f"For {payload.decode()} it gives {seen(found)} and not {expected:g}.{hint}")
    return right("A worker knows nothing but this text. It could run on another computer, in another language.")
