"""Quantiles that intervals rest on: Student's, and the limits of a share that few of many have shown.

To about one part in 10^13. scipy has them too, and its import would take a tenth of a whole command.
"""

from collections.abc import Callable
from math import atan, comb, cos, pi, sin

import numpy as np


def student_quantile(freedom: int, probability: float) -> float:
    """What Student's t with so many degrees of freedom (from 1) falls below with this probability, 0.5 to 1."""
    return _crossing(lambda t: student_below(freedom, t) < probability, 0.0, 2.0**40)


def student_below(freedom: int, t: float) -> float:
    """The probability of less than t, from 0, where there are so many degrees of freedom.

    M. Abramowitz & I. A. Stegun, "Handbook of Mathematical Functions", 1964, 26.7.3 and 26.7.4.
    """
    angle, odd = atan(t / freedom**0.5), freedom % 2
    if freedom == 1:
        return 0.5 + angle / pi
    steps = np.arange(2 + odd, freedom, 2, dtype=np.float64)  # each further term is (k - 1) / k times cos^2 of the last
    series = 1.0 + float(np.cumprod((steps - 1) / steps * cos(angle) ** 2).sum())
    inside = 2 / pi * (angle + sin(angle) * cos(angle) * series) if odd else sin(angle) * series
    return 0.5 + inside / 2


def share_at_least(seen: int, of: int, confidence: float) -> float:
    """The share that is exceeded, with this confidence, by what `seen` of `of` have shown; 0 where none has.

    C. J. Clopper & E. S. Pearson, "The use of confidence or fiducial limits", Biometrika 26, 1934.
    """
    return _crossing(lambda share: _at_most(seen - 1, of, share) > confidence, 0.0, 1.0) if seen else 0.0


def share_at_most(seen: int, of: int, confidence: float) -> float:
    """The share that is not reached, with this confidence, by what `seen` of `of` have shown."""
    return _crossing(lambda share: _at_most(seen, of, share) > 1 - confidence, 0.0, 1.0)


def _at_most(seen: int, of: int, share: float) -> float:
    """The probability that at most so many of them show what each shows with probability `share`."""
    return sum(comb(of, number) * share**number * (1 - share) ** (of - number) for number in range(seen + 1))


def _crossing(is_below: Callable[[float], bool], low: float, high: float) -> float:
    """Where what is true at `low` ceases to be, to the last bit."""
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return low
