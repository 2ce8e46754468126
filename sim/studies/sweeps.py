"""Replications and sweeps: a setting's figures over many seeds, and how they change as knobs are turned.

Replication r of every point is the run with seed r of the scenario's block (`luck.seeds_of`; replication 0 has its own
seed), in both cycles, so that all meet the same luck and what differs between them is the setting's doing (common
random numbers). Another seed of the scenario gives other replications throughout.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import compress, islice, product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..bootstrap import BLOCK, drawn, length_of
from ..complaints import DELAYS, did_you_mean, shown
from ..cycles import CYCLES
from ..experiments import ENGINES, quickest_engine, simulate
from ..presets import scenario_of
from ..scenario import GENERATOR_FIELDS, Scenario, validated
from ..workload import Workload, expected_arrivals
from .estimates import Estimate, Values, estimate, figures, kinds_of, labels_of, statistics_of, with_difference
from .seeds import seeds_of

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[Iterable[int]], Iterable[int]]
Setting = tuple[float, ...]  # a value of each varied field

BOTH = ("sync", "async")
POINTS_PER_TASK = 4  # they share their draws; more would save little and leave processes without work
TASK_SECONDS = 0.07  # about so long does a task take: what is shorter is spent on handing it over
RUN_SECONDS, REQUEST_SECONDS = 3e-4, 5e-7  # about what a run costs, and each of its requests
TASKS_AHEAD = 256  # handed to an executor before the first of their results is waited for
MOST = 10_000  # points, and replications


@dataclass(frozen=True)
class Task:
    """Some replications of points whose workload is the same."""

    points: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    cycles: tuple[str, ...]
    engine: str
    log: Workload | None = None
    block: float = BLOCK


def replicate(scenario: Scenario | str = "slides", replications: int = 20, **how: Any) -> "pd.DataFrame":
    """The figures of one scenario over replications: the table of `sweep`, without columns for varied fields."""
    return sweep(scenario, {}, replications=replications, **how)


def sweep(
    scenario: Scenario | str,
    vary: Mapping[str, Iterable[float]],
    *,
    replications: int = 20,
    cycles: Sequence[str] = BOTH,
    engine: str | None = None,
    workload: Workload | None = None,
    block: float | str = BLOCK,
    first: int = 0,
    executor: Executor | None = None,
    progress: Progress = iter,
) -> "pd.DataFrame":
    """A tidy table: every statistic at every combination of the varied fields' values.

    Columns: the varied fields; `cycle` ("sync", "async" and "sync - async", the paired difference); `statistic` (one
    of `statistics_of`); `mean`, `low` and `high` (95 % interval over the replications; NaN where all are alike);
    `replications`; `rests_on`, how many of them the interval rests on (see `Estimate`); `missing`, which says why a
    mean is NaN ("never" or "too few"). With a `workload` read from a file, replications are pieces of it put together
    anew, of `block` s each (`bootstrap.resampled`). `first` is the number of the first replication: with 20, those
    from the 21st on. Any `executor` of concurrent.futures gives the same table. `progress` wraps the iteration over the
    replications. Raises ValueError for a field that is no number, a value that is not allowed, and fewer than 2
    replications.
    """
    scenario = scenario_of(scenario)
    check_replications(replications)
    engine, block = engine or quickest_engine(scenario), length_of(block)
    _check(cycles, engine)
    if workload is not None:
        _refuse_generator_fields(vary)
    settings = settings_of(scenario, vary)
    points = [point_of(scenario, vary, setting) for setting in settings]
    chunks = _sharing_draws(vary, settings)
    seeds = seeds_of(scenario.seed, replications, first)
    tasks = (
        Task(own, some, tuple(cycles), engine, workload, block)
        for own in (tuple(points[place] for place in chunk) for chunk in chunks)
        for some in _batches(seeds, own, len(cycles), workload)
    )
    steps = zip(progress(range(len(chunks) * replications)), _served(tasks, executor), strict=True)
    estimates: dict[int, Estimate] = {}
    for chunk in chunks:
        values = np.stack([figures for _, figures in islice(steps, replications)], axis=1)
        estimates |= {point: _estimated(own, cycles) for point, own in zip(chunk, values, strict=True)}
    next(steps, None)  # there is none, but the progress learns that all is done
    kept = [estimates[place] for place in range(len(points))]
    return _table(list(vary), settings, labels_of(cycles), statistics_of(scenario), kept, replications)


def _estimated(values: Values, cycles: Sequence[str]) -> Estimate:
    """The estimates of one point, the difference's among them."""
    values = with_difference(values, cycles)
    return estimate(values, kinds_of(values, labels_of(cycles)))


def _refuse_generator_fields(vary: Iterable[str]) -> None:
    for field in vary:
        if field.partition(".")[0] in GENERATOR_FIELDS:
            raise ValueError(f"vary: {field} beside a workload file: the file says it; allowed: the other fields")


def _batches(
    seeds: Sequence[int], points: Sequence[Scenario], cycles: int, log: Workload | None
) -> Iterator[tuple[int, ...]]:
    """The seeds in so many at a time as make a task of TASK_SECONDS."""
    seconds = cycles * sum(RUN_SECONDS + REQUEST_SECONDS * _expected(point, log) for point in points)
    size = max(1, round(TASK_SECONDS / seconds))
    return (tuple(seeds[at : at + size]) for at in range(0, len(seeds), size))


def _expected(point: Scenario, log: Workload | None) -> float:
    return expected_arrivals(point) if log is None else len(log)


def serve(task: Task) -> Values:
    """The figures of a task by seed, point, cycle and statistic; this is what runs in another process."""
    draws = ((seed, drawn(task.points[0], seed, task.log, task.block)) for seed in task.seeds)
    return np.array([_served_with(task, workload, seed) for seed, workload in draws])


def _served_with(task: Task, workload: Workload, seed: int) -> list[list[Values]]:
    points = [point.model_copy(update={"seed": seed}) if point.draws_luck else point for point in task.points]
    return [
        [
            figures(
                simulate(point, cycle, workload=workload, engine=task.engine, redis=None).summary,
                [queue.name for queue in point.queues],
            )
            for cycle in task.cycles
        ]
        for point in points
    ]


def _served(tasks: Iterable[Task], executor: Executor | None) -> Iterator[Values]:
    """The replications of all tasks, one by one in their order, with few tasks under way at once."""
    if executor is None:
        for task in tasks:
            yield from serve(task)
        return
    ahead: deque[Future[Values]] = deque()
    try:
        for task in tasks:
            ahead.append(executor.submit(serve, task))
            if len(ahead) == TASKS_AHEAD:
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()
    finally:
        for future in ahead:
            future.cancel()


def _sharing_draws(vary: Iterable[str], settings: Sequence[Setting]) -> list[list[int]]:
    """The points in chunks within which nothing changes that the workload depends on."""
    shaping = [field.partition(".")[0] in GENERATOR_FIELDS for field in vary]
    alike: dict[Setting, list[int]] = {}
    for point, setting in enumerate(settings):
        alike.setdefault(tuple(compress(setting, shaping)), []).append(point)
    return [group[i : i + POINTS_PER_TASK] for group in alike.values() for i in range(0, len(group), POINTS_PER_TASK)]


def check_replications(replications: int) -> None:
    """Raise ValueError for fewer than 2, which have no interval, and for absurdly many."""
    if isinstance(replications, bool) or not isinstance(replications, int) or not 2 <= replications <= MOST:
        raise ValueError(f"replications = {shown(replications)}; allowed: a whole number from 2 to {MOST}")


def _check(cycles: Sequence[str], engine: str) -> None:
    if not cycles or not set(cycles) <= set(CYCLES) or len(set(cycles)) < len(cycles):
        raise ValueError(f"cycles = {shown(cycles)}; allowed: {', '.join(CYCLES)}, each at most once")
    if engine not in ENGINES:
        raise ValueError(f"engine = {shown(engine)}; allowed: {', '.join(ENGINES)}")


def settings_of(scenario: Scenario, vary: Mapping[str, Iterable[float]]) -> list[Setting]:
    """Every combination of the values; raises ValueError for too many, and for a field that is no number."""
    columns = {field: _values(field, values) for field, values in vary.items()}
    for field in columns:
        _check_field(scenario, field)
    count = prod(len(column) for column in columns.values())
    if count > MOST:
        raise ValueError(f"vary: {count:,} points; allowed: at most {MOST:,}")
    return list(product(*columns.values()))


def _values(field: str, values: Iterable[float]) -> list[float]:
    column = [value.item() if isinstance(value, np.generic) else value for value in islice(values, MOST + 1)]
    if not column:
        raise ValueError(f"vary: {field} has no values; allowed: at least one")
    if len(set(column)) < len(column):
        raise ValueError(f"vary: {field} has a value twice; allowed: each once")
    return column


def _check_field(scenario: Scenario, field: str) -> None:
    """Raise ValueError unless the scenario holds a number there that a sweep can turn."""
    value: Any = scenario.model_dump()
    before = ""
    for name in field.split("."):
        if not isinstance(value, dict) or name not in value:
            names = [f"{before}{one}" for one in value if one != "distribution"] if isinstance(value, dict) else []
            raise ValueError(f"vary: {field} is not a field{did_you_mean(field, names)}")
        value, before = value[name], f"{before}{name}."
    if field == "seed":
        raise ValueError("vary: seed: the replications take seeds of their own; allowed: any other number")
    if isinstance(value, tuple) and field == "arrival_rate":
        raise ValueError(f"vary: {field} is a list of steps; allowed: a number (first give it one: --set {field}=3)")
    absent_or_a_number = value is None or field in DELAYS  # a rule that is off; a delay that is a constant then
    if not isinstance(value, int | float) and not absent_or_a_number:
        parts = [f"{field}.{part}" for part in value if part != "distribution"] if isinstance(value, dict) else []
        raise ValueError(f"vary: {field} is not a number; allowed: {' or '.join(parts) or 'a field that is one'}")


def point_of(scenario: Scenario, vary: Iterable[str], setting: Setting) -> Scenario:
    """The scenario at one point of a sweep; raises ValueError for a value that is not allowed."""
    fields = scenario.model_dump()
    for field, value in zip(vary, setting, strict=True):
        *tables, last = field.split(".")  # external_time.mean reaches into the distribution
        table = fields
        for name in tables:
            table = table[name]
        table[last] = value
    return validated(fields, "vary")


def _table(
    vary: Sequence[str],
    settings: Sequence[Setting],
    labels: Sequence[str],
    statistics: Sequence[str],
    estimates: Sequence[Estimate],
    count: int,
) -> "pd.DataFrame":
    import pandas as pd

    rows = len(labels) * len(statistics)
    columns: dict[str, Any] = {
        field: np.repeat([setting[place] for setting in settings], rows) for place, field in enumerate(vary)
    }
    columns["cycle"] = np.tile(np.repeat(np.array(labels, dtype=object), len(statistics)), len(settings))
    columns["statistic"] = np.tile(np.array(statistics, dtype=object), len(labels) * len(settings))
    for name in ("mean", "low", "high"):
        columns[name] = np.concatenate([getattr(estimate, name).ravel() for estimate in estimates])
    columns["replications"] = count
    columns["rests_on"] = np.concatenate([estimate.rests_on.ravel() for estimate in estimates])
    columns["missing"] = np.concatenate([estimate.missing.ravel() for estimate in estimates])
    return pd.DataFrame(columns)
