"""Exercises that a page marks without Python: by the rules of the notebooks' checks, or by what these said before."""

import math
from importlib import import_module
from itertools import combinations, permutations
from typing import Any

from ..exercises import Mark
from ..exercises.rules import Rule

MOST = 20  # the largest number that the page knows the mark of; the notebook knows more
WHOLE = {  # exercises with a whole number for an answer: the numbers whose marks the page knows
    ("how_many_workers", "by_hand"): range(1, MOST + 1),
    ("try_again", "by_knob"): range(7),
    ("is_it_ready", "by_knob"): range(1, 11),
    ("threads_that_compute", "by_knob"): range(1, 9),
    ("service_is_down", "by_knob"): range(11),
    ("one_line_or_several", "by_knob"): range(1, 5),
    ("pull_the_plug", "by_knob"): range(1, 31),
    ("on_real_programs", "by_hand"): range(5),
    ("on_real_programs", "by_knob"): range(1, 31),
}
WHOLE |= {
    (module, "by_knob"): range(1, MOST + 1)
    for module in ("synchronous", "redis_and_a_worker", "side_by_side", "how_many_workers", "your_own_log")
}
LETTERS = "ABC"
NAMES = "ABCD"


def markable(module: str, exercise: str) -> dict[str, Any] | None:
    """How the page marks an exercise: by `rules`, by a `table` of answers, or not at all (None).

    Not at all: what is to be written in Python, and what a knob finds that is no whole number.
    """
    checks = import_module(f"...exercises.{module}", __name__)
    check = getattr(checks, exercise)
    rules = getattr(checks, "BY_HAND", None) if exercise == "by_hand" else None
    if rules is not None:
        return {
            "kind": "numbers",
            "parts": 1 + max(rule.of for rule in rules),
            "rules": [_sent(rule) for rule in rules],
        }
    if numbers := WHOLE.get((module, exercise)):
        marks = [_told(check(number)) for number in numbers]
        return {"kind": "whole", "least": numbers[0], "most": numbers[-1], "table": marks}
    if module == "redis_and_a_worker" and exercise == "by_hand":
        table = {"".join(order): _told(check(list(order))) for order in permutations(LETTERS)}
        return {"kind": "letters", "table": table, "otherwise": _told(check([]))}
    if module == "pull_the_plug" and exercise == "by_hand":
        some = (names for length in range(1, 5) for names in combinations(NAMES, length))
        table = {"".join(names): _told(check(list(names))) for names in some}
        return {"kind": "names", "table": table, "otherwise": _told(check([]))}
    return None


def _sent(rule: Rule) -> list[Any]:
    low, high = (bound if math.isfinite(bound) else None for bound in (rule.low, rule.high))
    return [rule.of, low, high, rule.right, rule.why]


def _told(mark: Mark) -> list[Any]:
    return [mark.right, mark.why]
