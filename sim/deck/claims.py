"""What a slide says must hold: comparisons of named values, such as `sync.timed_out > 0 and threads >= 2`."""

import math
import operator
import re
from collections.abc import Mapping

from .values import Value

SIGNS = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
TERM = re.compile(rf"([\w.]+)\s*({'|'.join(SIGNS)})\s*([\w.]+)", re.ASCII)
NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)


def why_not(claim: str, values: Mapping[str, Value]) -> str:
    """Why the claim does not hold for these values, with the numbers; "" where it does, or claims nothing.

    A value that is not defined (a percentile of too few) makes its comparison false. Nothing is evaluated but
    comparisons joined by "and": raises ValueError for anything else, and for a name that there is not.
    """
    terms = [term.strip() for term in claim.split(" and ")] if claim else []
    return "; ".join(reason for term in terms if (reason := _why_not(term, values)))


def _why_not(term: str, values: Mapping[str, Value]) -> str:
    match = TERM.fullmatch(term)
    if match is None:
        raise ValueError(f"{term!r}; allowed: NAME < NUMBER or NAME >= NAME and so on, joined by 'and'")
    left, sign, right = match.groups()
    a, b = _number(left, values), _number(right, values)
    if a is not None and b is not None and SIGNS[sign](a, b):
        return ""
    found = ", ".join(f"{name} is {_told(values[name])}" for name in (left, right) if name in values)
    return f"{term} does not hold ({found})"


def _number(text: str, values: Mapping[str, Value]) -> float | None:
    if NUMBER.fullmatch(text):
        return float(text)
    if text not in values:
        raise ValueError(f"{text!r}: there is no value of this name")
    number = values[text].number
    return None if number is None or math.isnan(number) else number


def _told(value: Value) -> str:
    return "not defined" if value.number is None else value.text
