"""Marks of an answer in numbers as data, so that a page without Python marks it as the notebook does."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import Mark, is_number, not_a_number


@dataclass(frozen=True)
class Rule:
    """What is said of an answer whose part number `of` lies from `low` to `high`, both included.

    `{0:g}` in `why` stands for the answer's first part, with six significant figures.
    """

    low: float
    high: float
    why: str
    right: bool = False
    of: int = 0


def near(value: float, within: float, why: str, *, right: bool = False, of: int = 0) -> Rule:
    """The rule for answers at most `within` from a value."""
    return Rule(value - within, value + within, why, right, of)


def nearly(value: float, why: str, *, right: bool = False) -> Rule:
    """The rule for a value, but for rounding."""
    return near(value, 1e-9 * max(1.0, abs(value)), why, right=right)


def below(value: float, why: str, *, of: int = 0) -> Rule:
    """The rule for what is less than a value."""
    return Rule(-math.inf, math.nextafter(value, -math.inf), why, of=of)


def above(value: float, why: str, *, of: int = 0) -> Rule:
    """The rule for what is more than a value."""
    return Rule(math.nextafter(value, math.inf), math.inf, why, of=of)


def otherwise(why: str, *, right: bool = False) -> Rule:
    """The rule for all that no rule before it is about."""
    return Rule(-math.inf, math.inf, why, right)


def in_ms(seconds: float) -> Rule:
    """The rule for who gives milliseconds for seconds."""
    return near(1000 * seconds, 0.5, "These are milliseconds. The answer is in seconds.")


def usual(value: float, why: str, hints: Mapping[float, str], else_: str) -> tuple[Rule, ...]:
    """The rules for one number: right because of `why`, wrong with its hint where people often find it, or `else_`."""
    found = [near(wrong, 1e-3 * max(1.0, abs(wrong)), hint) for wrong, hint in hints.items()]
    return (near(value, 1e-3 * max(1.0, abs(value)), why, right=True), *found, otherwise(else_))


def usual_seconds(seconds: float, why: str, hints: Mapping[float, str], else_: str) -> tuple[Rule, ...]:
    """The same for a time in seconds."""
    return (in_ms(seconds), *usual(seconds, why, hints, else_))


def marked(answer: Sequence[float], rules: Sequence[Rule]) -> Mark:
    """The mark by the first of the rules that fits; the last one must be an `otherwise`."""
    rule = next(rule for rule in rules if rule.low <= answer[rule.of] <= rule.high)
    return Mark(rule.right, rule.why.format(*map(float, answer)))


def marked_number(answer: Any, rules: Sequence[Rule]) -> Mark:
    """The mark of an answer that is to be one number."""
    return marked([answer], rules) if is_number(answer) else not_a_number(answer)
