"""What the tests of the figures draw: comparisons in which much, nothing and everything goes wrong, and sweeps."""

import math
from functools import cache
from typing import Any

import pandas as pd

from sim.experiments import Comparison, compare
from sim.presets import load
from sim.scenario import Scenario


def scenario(**changes: Any) -> Scenario:
    """The slides' scenario, shorter."""
    return load("slides").replace(duration=240.0, **changes)


@cache
def busy() -> Comparison:
    """Pages and reports time out, requests wait, jobs queue up, and the arrival rate has a surge."""
    return compare(load("rush-hour"))


@cache
def empty() -> Comparison:
    """Nobody comes."""
    return compare(scenario(arrival_rate=0.0))


@cache
def lost() -> Comparison:
    """Nobody is answered in time."""
    return compare(scenario(timeout=0.01))


def swept(means: dict[str, list[float]], **fields: list[Any]) -> pd.DataFrame:
    """A sweep's table: the means of each cycle at the values of the fields, give or take half a second."""
    rows = [
        {**dict(zip(fields, values, strict=True)), "cycle": cycle, "statistic": "response_time.mean", "mean": mean}
        for cycle, column in means.items()
        for values, mean in zip(zip(*fields.values(), strict=True), column, strict=True)
    ]
    table = pd.DataFrame(rows)
    return table.assign(low=table["mean"] - 0.5, high=table["mean"] + 0.5, replications=5)


SWEEP = swept({"sync": [9.0, 4.0, math.nan], "async": [0.1, 0.1, 0.1]}, threads=[2, 4, 8])
GRID = swept(
    {"sync": [9.0, 4.0, 8.0, math.nan], "async": [0.1] * 4, "sync - async": [8.9, 3.9, 7.9, math.nan]},
    threads=[2, 4, 2, 4],
    arrival_rate=[1.0, 1.0, 2.0, 2.0],
)
