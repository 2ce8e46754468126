"""The checks of the notebooks' exercises, a module per notebook: `by_hand`, `by_knob` and `to_write`.

Each takes the learner's answer and returns a `Mark`: whether it is right, and why. What is right is simulated here,
never typed. An exercise that is still `...` is not wrong, so that all cells of a notebook run through.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Mark:
    """Whether an answer is right (None: there is none yet), and why."""

    right: bool | None
    why: str

    def __repr__(self) -> str:
        return f"{ {True: '✓ Right', False: '✗ Not yet', None: '… Open'}[self.right] }. {self.why}"


OPEN = Mark(None, "Put your answer in the place of the dots, and run this cell again.")
NOTHING_BACK = Mark(None, "Your function gives nothing back yet. Put your code into it, and return what it finds.")


def right(why: str) -> Mark:
    """The mark of an answer that is right."""
    return Mark(True, why)


def wrong(why: str) -> Mark:
    """The mark of one that is not, with a hint."""
    return Mark(False, why)


def exercise(check: Callable[[Any], Mark]) -> Callable[[Any], Mark]:
    """Make a check say that nothing was answered where nothing was."""

    @wraps(check)
    def checked(answer: Any = ...) -> Mark:
        if answer is ...:
            return OPEN
        if check.__name__ == "to_write" and not callable(answer):
            return wrong(f"The answer is a function, not {str(answer)[:60]}.")
        return check(int(answer) if isinstance(answer, np.integer) else answer)

    return checked


def is_number(answer: Any) -> bool:
    """Whether an answer is one finite number, of Python's or of numpy's."""
    try:
        return isinstance(answer, Real) and not isinstance(answer, bool) and isfinite(answer)
    except OverflowError:
        return False


def not_a_number(answer: Any) -> Mark:
    """The mark where a number was wanted."""
    return wrong(f"The answer is one number, not {str(answer)[:60]}.")


def is_slots(answer: Any) -> bool:
    """Whether an answer is a number of slots that a scenario could have."""
    return isinstance(answer, int) and not isinstance(answer, bool) and 1 <= answer <= 1000


def not_slots(answer: Any) -> Mark:
    """The mark where a number of slots was wanted."""
    return wrong(f"The answer is a whole number from 1 to 1000, not {str(answer)[:60]}.")


def smallest(answer: int, meets: Callable[[int], bool], told: Callable[[int], str], goal: str) -> Mark:
    """The mark of a number that must be the smallest that meets a goal; `told` says what a number leads to."""
    if not meets(answer):
        return wrong(f"With {answer}: {told(answer)}. The goal is {goal}.")
    if answer > 1 and meets(answer - 1):
        return wrong(f"With {answer}: {told(answer)}. The goal is met, but with one less it still is. Go on down.")
    below = f" With {answer - 1}: {told(answer - 1)}." if answer > 1 else ""
    return right(f"With {answer}: {told(answer)}.{below}")


def same(found: Any, expected: float) -> bool:
    """Whether a number is as expected, but for rounding."""
    return is_number(found) and abs(found - expected) <= 1e-9 * max(1.0, abs(expected))


def returns_nothing(found: Any) -> bool:
    """Whether a function gave back nothing."""
    return found is None or found is ...


def listed(values: Iterable[float]) -> str:
    """Numbers for a message."""
    return ", ".join(f"{value:g}" for value in values)
