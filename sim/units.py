"""Seconds on a grid: every duration is a multiple of 2^-20 s, so that instants are exact in float64.

Sums and differences of such numbers are exact below 2^33 s; two engines, JSON and Redis then agree with `==`.
"""

import math
import re
from contextlib import suppress
from typing import Annotated, Any, get_args, get_type_hints

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator, BaseModel, BeforeValidator

TICKS_PER_SECOND = 2**20
LONGEST_RUN = 2.0**33
UNITS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}

Seconds = NDArray[np.float64]


def to_grid(seconds: float) -> float:
    """The nearest multiple of 2^-20 s, half to even."""
    if not abs(seconds) < LONGEST_RUN:
        return seconds  # from there on every float64 is one (NaN and infinity are refused elsewhere)
    return round(seconds * TICKS_PER_SECOND) / TICKS_PER_SECOND


def column_to_grid(seconds: ArrayLike) -> Seconds:
    """The same for a column of seconds."""
    grid: Seconds = np.rint(np.asarray(seconds, dtype=np.float64) * TICKS_PER_SECOND) / TICKS_PER_SECOND
    return grid


def brief(seconds: float) -> float:
    """The shortest decimal number that the grid takes for these seconds: 0.001 for 0.0010004043579101562."""
    candidates = (round(seconds, digits) for digits in range(8))
    return next((brief for brief in candidates if to_grid(brief) == seconds), seconds)


def brief_column(seconds: Seconds) -> Seconds:
    """The same for a column of seconds from 0 to 2^33."""
    whole, part = np.divmod(seconds, 1.0)
    short, rest = seconds.copy(), np.arange(len(seconds))
    for digits in range(8):
        scale = 10.0**digits
        rest = rest[whole[rest] * scale < 2.0**53]  # beyond, float64 has no more decimal places anyway
        rounded = (whole[rest] * scale + np.rint(part[rest] * scale)) / scale
        found = column_to_grid(rounded) == seconds[rest]
        short[rest[found]] = rounded[found]
        rest = rest[~found]
    return short


def ticks(seconds: float) -> int:
    """Seconds on the grid as an integer of 2^-20 s."""
    return int(seconds * TICKS_PER_SECOND)


def sum_in_ticks(seconds: Seconds) -> int:
    """The exact sum of a column of seconds on the grid, from 0, in ticks."""
    total = float(np.add.reduce(seconds))  # what `sum` does, at half of the call's cost
    if total < LONGEST_RUN:
        return ticks(total)  # no partial sum was larger, so none was rounded
    whole = (seconds * TICKS_PER_SECOND).astype(np.int64)
    low, high = whole & 0xFFFFFFFF, whole >> 32  # halves, so that int64 cannot overflow
    return int(low.sum()) + (int(high.sum()) << 32)


def parse_duration(value: Any) -> Any:
    """Seconds from "30s", "250ms", "5min" or "1h"; anything that is not such a text is handed on as it is."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*([0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)\s*(ms|s|min|h)\s*", value)
    if match is None:
        raise ValueError('a duration is seconds as a number, or a text such as "30s", "250ms", "5min" or "1h"')
    seconds = float(match[1]) * UNITS[match[2]]
    if not math.isfinite(seconds):
        raise ValueError("a duration must be finite")
    return seconds


def instant(value: Any, latest: float) -> float:
    """Seconds from 0 to `latest`, of a number or of such a text, on the grid; a bare ValueError for all else."""
    with suppress(ValueError):
        seconds = parse_duration(value)
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds <= latest:
            return to_grid(float(seconds))
    raise ValueError


Duration = Annotated[float, BeforeValidator(parse_duration), AfterValidator(to_grid)]


def durations_of(model: type[BaseModel]) -> list[str]:
    """The fields of a model that are a `Duration` or a list of them: its times, in seconds."""
    return [name for name, hint in get_type_hints(model, include_extras=True).items() if _is_duration(hint)]


def _is_duration(hint: Any) -> bool:
    return any(getattr(part, "func", None) is parse_duration or _is_duration(part) for part in get_args(hint))
