"""Exercises that a page marks without Python: by the rules of the notebooks' checks, or by what these said before."""

import math
from importlib import import_module
from itertools import permutations
from typing import Any

from ..exercises import Mark
from ..exercises.rules import Rule

MOST = 20  # the largest number that the page knows the mark of; the notebook knows more
WHOLE = {("how_many_workers", "by_hand")}
KNOBS = {"synchronous", "redis_and_a_worker", "side_by_side", "how_many_workers", "your_own_log"}
LETTERS = "ABC"


def markable(module: str, exercise: str) -> dict[str, Any] | None:
    """How the page marks an exercise: by `rules`, by a `table` of answers, or not at all (None)."""
    checks = import_module(f"...exercises.{module}", __name__)
    check = getattr(checks, exercise)
    rules = getattr(checks, "BY_HAND", None) if exercise == "by_hand" else None
    if rules is not None:
        return {
            "kind": "numbers",
            "parts": 1 + max(rule.of for rule in rules),
            "rules": [_sent(rule) for rule in rules],
        }
    if (module, exercise) in WHOLE or (exercise == "by_knob" and module in KNOBS):
        return {"kind": "whole", "most": MOST, "table": [_told(check(number)) for number in range(1, MOST + 1)]}
    if module == "redis_and_a_worker" and exercise == "by_hand":
        table = {"".join(order): _told(check(list(order))) for order in permutations(LETTERS)}
        return {"kind": "letters", "table": table, "otherwise": _told(check([]))}
    return None


def _sent(rule: Rule) -> list[Any]:
    low, high = (bound if math.isfinite(bound) else None for bound in (rule.low, rule.high))
    return [rule.of, low, high, rule.right, rule.why]


def _told(mark: Mark) -> list[Any]:
    return [mark.right, mark.why]
