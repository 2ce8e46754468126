"""What stands in logs twice, because files overlap or a line was delivered again, is one request."""

from array import array

import numpy as np
from numpy.typing import NDArray

from .reading import Read
from .rows import TWICE, Columns


def without_repeats(found: Read) -> None:
    """Leave out, and count, rows with the request id, the time, the duration and the fate of one before them."""
    kept = ~_again(found.columns)
    if kept.all():
        return
    found.tally[TWICE] += int((~kept).sum())
    found.parts = [int(kept[:first].sum()) for first in found.parts]
    columns = (getattr(found.columns, name) for name in ("begin", "duration", "flags", "code", "key"))
    found.columns = Columns(*(array(one.typecode, np.frombuffer(one, one.typecode)[kept].tobytes()) for one in columns))


def _again(columns: Columns) -> NDArray[np.bool_]:
    """Which rows repeat an earlier one; without a request id none does."""
    begin, again = np.frombuffer(columns.begin, np.int64), np.zeros(len(columns.begin), dtype=bool)
    order = np.argsort(begin, kind="stable")
    at_once = np.diff(begin[order]) == 0  # few begin at one instant: only these are looked at
    some = order[np.append(at_once, False) | np.append(False, at_once)]
    names = ("begin", "key", "duration", "flags")
    said = [np.frombuffer(one := getattr(columns, name), one.typecode)[some] for name in names]
    by_said = np.lexsort(said)
    same = np.logical_and.reduce([np.diff(one[by_said]) == 0 for one in said]) & (said[1][by_said][1:] != 0)
    again[some[by_said[1:][same]]] = True
    return again
