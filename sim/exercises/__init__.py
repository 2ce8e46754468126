"""The checks of the notebooks' exercises, a module per notebook: `by_hand`, `by_knob` and `to_write`.

Each takes the learner's answer and returns a `Mark`: whether it is right, and why. What is right is simulated here,
never typed. An exercise that is still `...` is not wrong, so that all cells of a notebook run through.
"""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np

from ..experiments import Result, quickest_engine, simulate
from ..luck import OTHERS
from ..scenario import Scenario
from ..studies.seeds import seeds_of
from ..words import counted


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
            return wrong(f"The answer is a function, not {seen(answer)}.")
        if check.__name__ == "to_write":
            return _run(check, answer)
        return check(int(answer) if _is_integral(answer) else answer)

    return checked


class StoppedError(Exception):
    """A check stops a learner's function with this: it is no error of the learner's."""


class _OwnError(Exception):
    """A learner's function ended in an error, which is the cause."""


def _run(check: Callable[[Any], Mark], function: Callable[..., Any]) -> Mark:
    """The mark of a function; one that ends in an error is not right yet, and hears where."""

    @wraps(function)
    def guarded(*given: Any) -> Any:
        try:
            return function(*given)
        except StoppedError:
            raise
        except Exception as error:
            raise _OwnError from error

    try:
        return check(guarded)
    except _OwnError as ended:
        return wrong(f"Your function ends in an error{_line_of(ended.__cause__)}: {_error(ended.__cause__)}.")


def _line_of(error: BaseException | None) -> str:
    """Where in the learner's own cell, which is what was run last of what is not in a file of this package."""
    frames = traceback.extract_tb(error.__traceback__ if error else None)[1:]
    return f" in line {frames[0].lineno} of its cell" if frames else ""


def _error(error: BaseException | None) -> str:
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first}"[:200].rstrip(": .")


def _is_integral(answer: Any) -> bool:
    """Whether an answer is a whole number, be it written with a point: 7.0."""
    return isinstance(answer, np.integer) or (isinstance(answer, float | np.floating) and answer.is_integer())


def is_number(answer: Any) -> bool:
    """Whether an answer is one finite number, of Python's or of numpy's."""
    try:
        return isinstance(answer, Real) and not isinstance(answer, bool) and isfinite(answer)
    except OverflowError:
        return False


def not_a_number(answer: Any) -> Mark:
    """The mark where a number was wanted."""
    return wrong(f"The answer is one number, not {seen(answer)}.{in_quotes(answer)}")


def in_quotes(*answers: Any) -> str:
    """The hint where a number was written as a text."""
    return " It is in quotes: a text." if any(isinstance(answer, str) for answer in answers) else ""


def seen(answer: Any) -> str:
    """An answer for a message: a text in quotes, and nothing too long."""
    plain = answer.item() if isinstance(answer, np.generic) else answer
    return repr(plain) if len(repr(plain)) <= 60 else repr(plain)[:59] + "…"


def is_slots(answer: Any) -> bool:
    """Whether an answer is a number of slots that a scenario could have."""
    return isinstance(answer, int) and not isinstance(answer, bool) and 1 <= answer <= 1000


def not_slots(answer: Any) -> Mark:
    """The mark where a number of slots was wanted."""
    return not_whole(answer, 1000, least=1)


def not_whole(answer: Any, most: int, least: int = 0, *, of: str = "", because: str = "") -> Mark:
    """The mark where a whole number between these was wanted."""
    wanted = f"a whole number{of} from {least} to {most}"
    return wrong(f"The answer is {wanted}, not {seen(answer)}{because}.{in_quotes(answer)}")


def is_whole(answer: Any, most: int, least: int = 0) -> bool:
    """Whether an answer is a whole number between these."""
    return isinstance(answer, int) and not isinstance(answer, bool) and least <= answer <= most


def smallest(
    answer: int,
    meets: Callable[[int], bool],
    told: Callable[[int], str],
    goal: str,
    luck: Callable[[int], str] = lambda _: "",
) -> Mark:
    """The mark of a number that must be the smallest that meets a goal; `told` says what a number leads to.

    Where the goal is about one run, `luck` says of a number that meets it what it leads to in others.
    """
    if not meets(answer):
        return wrong(f"With {answer}: {told(answer)}. The goal is {goal}.")
    if answer > 1 and meets(answer - 1):
        more = "The goal is met, but with one less it still is. Go on down."
        return wrong(f"With {answer}: {told(answer)}. {more}{luck(answer - 1)}")
    below = f" With {answer - 1}: {told(answer - 1)}." if answer > 1 else ""
    return right(f"With {answer}: {told(answer)}.{below}{luck(answer)}")


def misses(served: Scenario, cycle: str, meets: Callable[[Result], bool]) -> str:
    """Of 20 other seeds, how many miss a goal that is about one run: a sentence."""
    others, engine = seeds_of(served.seed, OTHERS + 1)[1:], quickest_engine(served)
    runs = (simulate(served.replace(seed=seed), cycle, engine=engine, redis=None) for seed in others)
    slots = counted(served.workers, "worker") if cycle == "async" else counted(served.threads, "thread")
    return f"{beside_others(sum(not meets(run) for run in runs), slots)} How many are enough is notebook 5."


def beside_others(missed: int, slots: str) -> str:
    """That a goal is about one run, and how many of 20 others miss it with so many slots, or seconds: a sentence."""
    told = f"{missed} {'does' if missed == 1 else 'do'} not meet it" if missed else "all meet it"
    return f" That is this one run: of {OTHERS} others with {slots}, {told}."


def same(found: Any, expected: float) -> bool:
    """Whether a number is as expected, but for rounding."""
    return is_number(found) and abs(found - expected) <= 1e-9 * max(1.0, abs(expected))


def returns_nothing(found: Any) -> bool:
    """Whether a function gave back nothing."""
    return found is None or found is ...


def listed(values: Iterable[float]) -> str:
    """Numbers for a message."""
    return ", ".join(f"{value:g}" for value in values)
