"""Intervals for the mean of independent runs: for skewed values, and for what hardly any run has seen.

All functions take values whose first axis is the runs, and work on all the other axes at once.
"""

import numpy as np
from numpy.typing import NDArray

from ..quantiles import share_at_least, share_at_most, student_quantile

Values = NDArray[np.float64]

FEW = 4  # runs: an interval that rests on no more of them is a matter of luck
CLOSE = 0.01  # of the range: as good as equal


def reach(values: Values, step: Values) -> tuple[Values, Values]:
    """How far the 95 % interval of the mean reaches below and above it.

    Where FEW values or fewer stand apart from the others, it reaches as far as if more did. Where none does, `step` is
    the least by which one might; where that is NaN, so is the reach.
    """
    few = runs_apart(values) < len(values)
    bent, of_few = reach_of_skewed(values), reach_of_few(values, step)
    below, above = (np.where(few, np.maximum(one, other), one) for one, other in zip(bent, of_few, strict=True))
    return below, above


def reach_of_skewed(values: Values) -> tuple[Values, Values]:
    """The reach of Hall's interval, which makes up for skewness, and of Student's where that reaches further.

    P. Hall, "On the removal of skewness by transformation", Journal of the Royal Statistical Society B 54, 1992.
    """
    student = student_quantile(len(values) - 1, 0.975) / len(values) ** 0.5
    deviation, skewness = values.std(axis=0, ddof=1), _skewness(values)
    below, above = (_hall(sign * student, skewness, len(values)) for sign in (1, -1))
    return np.maximum(below, student) * deviation, np.maximum(-above, student) * deviation


def _skewness(values: Values) -> Values:
    """The adjusted Fisher-Pearson coefficient; 0 where there is no spread, and of two values."""
    count = len(values)
    away = values - values.mean(axis=0)
    variance, cubes = (away**2).mean(axis=0), (away**3).mean(axis=0)
    if count < 3:
        return np.zeros_like(cubes)
    adjustment = (count * (count - 1)) ** 0.5 / (count - 2)
    found: Values = np.divide(adjustment * cubes, variance**1.5, out=np.zeros_like(cubes), where=variance > 0)
    return found


def _hall(quantile: float, skewness: Values, count: int) -> Values:
    """The inverse of Hall's cubic transformation of (mean - μ) / s, at a quantile of it."""
    corrected = quantile - skewness / (6 * count)
    curve = 3 * (np.cbrt(1 + skewness * corrected) - 1)
    found: Values = np.divide(curve, skewness, out=corrected, where=np.abs(skewness) > 1e-6)
    return found


def runs_apart(values: Values) -> NDArray[np.int64]:
    """How many of the values stand apart from the others, if FEW or fewer do; else how many there are.

    The others are more than half of all, and as good as equal.
    """
    count = len(values)
    ordered = np.sort(values, axis=0)
    apart = np.full(values.shape[1:], count)
    for few in reversed(range(min(FEW + 1, -(-count // 2)))):
        narrowest = (ordered[count - few - 1 :] - ordered[: few + 1]).min(axis=0)
        apart = np.where(narrowest <= _close(values), few, apart)
    return apart


def _close(values: Values) -> Values:
    found: Values = CLOSE * (values.max(axis=0) - values.min(axis=0))
    return found


def reach_of_few(values: Values, step: Values) -> tuple[Values, Values]:
    """The reach where few values stand apart from the median: more of them might, as far as those do."""
    median, mean, close = np.median(values, axis=0), values.mean(axis=0), _close(values)
    shares = shares_of_runs(len(values))
    sides = [_side(sign * (values - median), close, step, shares) for sign in (-1, 1)]
    (least_below, most_below), (least_above, most_above) = sides
    return mean - median + most_below - least_above, median - mean + most_above - least_below


def _side(away: Values, close: Values, step: Values, shares: tuple[Values, Values]) -> tuple[Values, Values]:
    """By how much the values on one side move the mean, at least and at most; `away` is positive on that side."""
    apart = away > close
    number = apart.sum(axis=0)
    unseen = np.where(close > 0, 0.0, step)  # where something is apart on the other side, nothing is expected on this
    size = np.divide((away * apart).sum(axis=0), number, out=unseen, where=number > 0)
    least, most = (size * share[np.minimum(number, FEW)] for share in shares)
    return least, most


def shares_of_runs(count: int) -> tuple[Values, Values]:
    """The least and the most share of all runs that do what 0, 1, ... FEW of `count` runs did, with 95 % confidence.

    For 0 that is the rule of three: about 3 / count.
    """
    seen = [min(number, count - 1) for number in range(FEW + 1)]
    least = [share_at_least(number, count, 0.975) for number in seen]
    return np.array(least), np.array([share_at_most(number, count, 0.975 if number else 0.95) for number in seen])
