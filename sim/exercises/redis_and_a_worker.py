"""Exercises of `03_redis_and_a_worker`: what is in the list, and who takes it."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from ..broker import Job, JobQueue, connect
from ..experiments import simulate
from ..scenario import load
from ..stats import Summary
from . import NOTHING_BACK, Mark, exercise, is_slots, not_slots, returns_nothing, right, same, smallest, wrong

MOST_WAITING = 20
SEEDS = 20
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
def _with_workers(workers: int, seed: int = 1) -> Summary:
    scenario = load("too-few-workers").replace(workers=workers, seed=seed)
    return simulate(scenario, "async", engine="exact").summary


@exercise
def by_knob(workers: Any) -> Mark:
    """The smallest number of workers with which at most 20 jobs of `too-few-workers` ever wait."""
    if not is_slots(workers):
        return not_slots(workers)
    mark = smallest(
        workers,
        lambda number: _with_workers(number).peak_queue <= MOST_WAITING,
        lambda number: f"at most {_with_workers(number).peak_queue} jobs wait",
        f"at most {MOST_WAITING}",
    )
    more = sum(_with_workers(workers, seed).peak_queue > MOST_WAITING for seed in range(1, SEEDS + 1))
    luck = (
        f" That is one run: with {more} of the seeds 1 to {SEEDS} more of them wait. How many are enough is notebook 5."
    )
    return right(mark.why + luck) if mark.right else mark


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
            return wrong(f"For {payload.decode()} it gives {str(found)[:60]} and not {expected:g}.{hint}")
    return right("A worker knows nothing but this text. It could run on another computer, in another language.")
