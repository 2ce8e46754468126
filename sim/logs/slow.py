"""A first guess at what should be jobs: the shapes of paths of which one in ten takes too long."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..units import Seconds
from .paths import DEEPEST, MOST_CHILDREN, OTHERS, Groups

Codes = NDArray[np.int32]

ONE_IN_TEN = 0.1
FEWEST = 5  # requests that a shape needs to be called by its name


def slow_shapes(code: Codes, work: Seconds, groups: Groups, limit: float) -> tuple[Codes, list[str], set[int]]:
    """The codes of a workload's rows, the names that they number, and which are reports: more than `limit` (s) of work
    in one request of ten. Shapes too rare, or too many side by side, to be anything but somebody's name are merged."""
    names = _nameless(groups, np.bincount(code, minlength=len(groups.names)).tolist())
    kept = list(dict.fromkeys(names))
    codes = np.array([kept.index(name) for name in names], dtype=np.int32)[code]
    counts = np.bincount(codes, minlength=len(kept))
    too_long = np.bincount(codes, weights=work > limit, minlength=len(kept))
    slow = too_long >= np.maximum(ONE_IN_TEN * counts, 1)
    named = {kept.index(groups.names[code]) for code in groups.report_codes}
    return codes, kept, named | {place for place in np.flatnonzero(slow).tolist() if kept[place] not in ("", OTHERS)}


def _nameless(groups: Groups, counts: Sequence[int]) -> list[str]:
    """The groups' names, in the shapes a "*" for what is rare, or stands beside many others, at its place in a path."""
    fixed = groups.given | {OTHERS}
    ways = [[] if name in fixed else name.split("/")[1:] for name in groups.names]
    crowded = [[groups.children(_joined(way[:level])) >= MOST_CHILDREN for level in range(len(way))] for way in ways]
    for level in range(DEEPEST):
        number: Counter[str] = Counter()
        deep = [place for place, way in enumerate(ways) if len(way) > level]
        for place in deep:
            number[_joined(ways[place][: level + 1])] += counts[place]
        for place in deep:
            if crowded[place][level] or number[_joined(ways[place][: level + 1])] < FEWEST:
                ways[place][level] = ways[place][level] and "*"
    return [name if name in fixed else _joined(way) for name, way in zip(groups.names, ways, strict=True)]


def _joined(parts: Sequence[str]) -> str:
    return "".join(f"/{part}" for part in parts)
