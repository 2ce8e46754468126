"""Exercises of `06_is_it_right`: identities, formulas, and comparing what has not happened."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import theory
from ..words import duration
from . import NOTHING_BACK, Mark, exercise, is_number, not_a_number, returns_nothing, right, same, seen, wrong
from .rules import in_ms, marked_number, nearly, otherwise

REQUESTS, DURATION, AREA = 200, 100.0, 600.0
TIMES = 4.0
NAN = math.nan
BY_HAND = (
    nearly(
        AREA / REQUESTS,
        f"Backlog {AREA / DURATION:g} on average = {REQUESTS / DURATION:g} requests/s × {AREA / REQUESTS:g} s: "
        "Little's law.",
        right=True,
    ),
    in_ms(AREA / REQUESTS),
    nearly(AREA / DURATION, "That is how many wait on average. For how long does each wait?"),
    otherwise("The area is the sum of all waiting times. How many requests share it?"),
)


@exercise
def by_hand(seconds: Any) -> Mark:
    """The mean waiting time where 200 requests in 100 s leave an area of 600 request-seconds under the backlog."""
    return marked_number(seconds, BY_HAND)


@exercise
def by_knob(rate: Any) -> Mark:
    """The arrival rate at which M/M/1 with 1 s of service makes a request wait 4 s on average."""
    if not is_number(rate):
        return not_a_number(rate)
    if rate < 0:
        return wrong(f"{rate:g} requests/s? No server has fewer than none.")
    if rate >= 1:
        return wrong("At 1 request/s or more, one server with 1 s of service never catches up: no mean exists.")
    waits = theory.mmc_waiting_time(float(rate), 1.0, 1) if rate > 0 else 0.0
    if abs(waits - TIMES) < 0.05:
        half = theory.mmc_waiting_time(rate / 2, 1.0, 1)
        return right(
            f"At {rate:g} requests/s they wait {duration(waits)}, at half of it {duration(half)}: not half as long."
        )
    return wrong(f"At {rate:g} requests/s they wait {duration(waits)} on average. The goal is {TIMES:g} s.")


@exercise
def to_write(differing: Callable[[Any, Any], Any]) -> Mark:
    """A function of two columns of instants that returns in how many rows they differ; NaN has not happened."""
    one, other = np.array([1.0, NAN, 3.0, NAN, 5.0]), np.array([1.0, NAN, 3.5, 4.0, NAN])
    zero, late = np.array([0.0, NAN, 1000.0]), np.array([NAN, 0.0, 1000.0])
    a_tick_later = late + np.array([0.0, 0.0, 2.0**-20])
    cases = [
        (one, one, 0),
        (one, other, 3),
        (other, one, 3),
        (other, other, 0),
        (zero, late, 2),
        (late, a_tick_later, 1),
    ]
    for left, right_column, expected in cases:
        found = differing(left.copy(), right_column.copy())
        if returns_nothing(found):
            return NOTHING_BACK
        if not same(found, expected):
            naive = same(found, int(np.sum(left != right_column)))
            hint = " NaN is not equal to NaN, but what has happened in neither does not differ." if naive else ""
            rows = f"{expected} row{'' if expected == 1 else 's'}"
            told = f"{left.tolist()} and {right_column.tolist()} differ in {rows}, not {seen(found)}"
            return wrong(f"{told}.{hint}")
    return right("This is how the two engines are held against each other, on every column of every request.")
