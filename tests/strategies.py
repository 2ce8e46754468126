"""Hypothesis strategies that several tests share, and workloads written as rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sim.path import CONSTANT_HOPS
from sim.scenario import Scenario
from sim.units import TICKS_PER_SECOND
from sim.workload import Workload

POLICIES = ("finish_started", "finish_all", "kill")
NO_TIME = {hop.name: 0.0 for hop in CONSTANT_HOPS}

Row = tuple[float, float, float | None]


def workload_of(rows: Sequence[Row], hop_times: dict[str, float] | None = None) -> Workload:
    """The workload of rows (arrived_at, web_time, external_time or None for a page), as if read from a file."""
    rows = sorted(rows, key=lambda row: row[0])
    return Workload(
        np.array([at for at, _, _ in rows], dtype=float),
        np.array([external is not None for _, _, external in rows], dtype=bool),
        np.array([web for _, web, _ in rows], dtype=float),
        np.array([external or 0.0 for _, _, external in rows], dtype=float),
        NO_TIME | (hop_times or {}),
        ends_at=rows[-1][0] if rows else 0.0,
        from_file=True,
    )


def whole(least: int, most: int) -> st.SearchStrategy[float]:
    """Whole seconds: on so coarse a grid nearly everything happens at the same instant as something else."""
    return st.integers(least, most).map(float)


def rows(web_time_from: int = 1, most: int = 14) -> st.SearchStrategy[list[Row]]:
    """Requests on whole seconds, full of ties."""
    return st.lists(st.tuples(whole(0, 9), whole(web_time_from, 4), st.none() | whole(0, 6)), max_size=most)


hop_times = st.fixed_dictionaries({hop.name: whole(0, 2) for hop in CONSTANT_HOPS})
servers = st.fixed_dictionaries(
    {
        "threads": st.integers(1, 3),
        "workers": st.integers(1, 3),
        "timeout": whole(1, 9),
        "on_timeout": st.sampled_from(POLICIES),
    }
)
file_workloads = rows().map(workload_of)
tied_workloads = file_workloads | st.builds(
    lambda rows, times: workload_of(rows, times | {"routes": times["routes"] + 1.0}), rows(0), hop_times
)

seconds = st.integers(1, 100 * TICKS_PER_SECOND).map(lambda ticks: ticks / TICKS_PER_SECOND) | whole(1, 100)
weights = st.floats(1e-6, 1e6)
_simple: list[st.SearchStrategy[dict[str, Any]]] = [
    st.builds(lambda value: {"distribution": "constant", "value": value}, seconds),
    st.builds(lambda a, b: {"distribution": "uniform", "low": min(a, b), "high": max(a, b)}, seconds, seconds),
    st.builds(lambda mean: {"distribution": "exponential", "mean": mean}, seconds),
    st.builds(
        lambda mean, ratio: {"distribution": "lognormal", "mean": mean, "p95": mean * ratio},
        seconds.map(lambda mean: mean + 1),  # below a few ticks the p95 would be rounded to the mean
        st.floats(1.01, 3.86),
    ),
    st.builds(
        lambda scale, shape: {"distribution": "weibull", "scale": scale, "shape": shape}, seconds, st.floats(0.5, 10)
    ),
    st.builds(lambda values: {"distribution": "empirical", "values": values}, st.lists(seconds, min_size=1)),
]
simple_distributions = st.one_of(_simple)
mixtures = st.lists(st.tuples(weights, simple_distributions), min_size=1, max_size=4).map(
    lambda parts: {"distribution": "mixture", "parts": [{"weight": weight, "time": time} for weight, time in parts]}
)
distributions = simple_distributions | mixtures


def _steps(durations: list[float], rates: list[float]) -> list[list[float]]:
    starts = np.concatenate([[0.0], np.cumsum(durations)]).tolist()
    return [[from_at, rate] for from_at, rate in zip(starts, rates, strict=False)]


rates = st.floats(0, 5) | st.builds(
    _steps, st.lists(seconds, max_size=3), st.lists(st.floats(0, 5), min_size=4, max_size=4)
)
texts = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=20).filter(str.isprintable)
fractions = st.floats(0, 1)
_fields: dict[str, st.SearchStrategy[Any]] = {
    "title": texts,
    "arrival_rate": rates,
    "report_fraction": fractions,
    "external_time": distributions,
    "threads": st.integers(1, 20),
    "workers": st.integers(1, 20),
    "timeout": seconds,
    "duration": seconds.map(lambda length: length + 100),
    "warmup": seconds,
    "seed": st.integers(0, 2**63 - 1),
    "on_timeout": st.sampled_from(POLICIES),
    "routes_time": seconds.map(lambda time: time / 64),
    "queue_time": seconds.map(lambda time: time / 64),
}
scenario_fields = st.fixed_dictionaries({}, optional=_fields)
scenarios = scenario_fields.map(lambda fields: Scenario.model_validate(fields))
