"""Experiments: one cycle on one workload, and the honest comparison of three ways to spend the slots."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .broker import connect
from .cycles import CYCLES, Cycle
from .records import Records, Trace, trace
from .scenario import Scenario, load
from .stats import Summary, summarise
from .workload import Workload, draw

if TYPE_CHECKING:
    from redis import Redis

    from .des import Progress, Run

ENGINES = ("simpy", "exact")


@dataclass(frozen=True)
class Result:
    """One cycle's run: the scenario it was served with, its workload and its records; figures on demand."""

    scenario: Scenario
    workload: Workload
    cycle: Cycle
    records: Records

    @cached_property
    def summary(self) -> Summary:
        """The figures of the run."""
        return summarise(self.records, self.workload, self.scenario.warmup)

    @cached_property
    def trace(self) -> Trace:
        """The run's events; ValueError for records of the exact engine, which name no slots."""
        return trace(self.records, self.workload, self.cycle)


@dataclass(frozen=True)
class Comparison:
    """The same requests served by SYNC, by ASYNC, and by SYNC with the workers' slots spent as threads."""

    scenario: Scenario
    workload: Workload
    cycles: Mapping[str, Result]

    @property
    def sync(self) -> Result:
        return self.cycles["sync"]

    @property
    def async_(self) -> Result:
        return self.cycles["async"]

    @property
    def sync_same_slots(self) -> Result:
        return self.cycles["sync_same_slots"]


def start(
    scenario: Scenario | str = "slides",
    cycle: Cycle | str = "async",
    *,
    workload: Workload | None = None,
    redis: "Redis | str" = "fake",
    pace: float | None = None,
    progress: "Progress | None" = None,
    run_id: str | None = None,
) -> "Run":
    """A run on the SimPy engine that can be advanced (`until(t)`), looked into (`waiting()`) and closed.

    Use it as a context manager: leaving it removes the run's keys. `redis` is a client, or what `--redis` takes;
    `pace` is simulated seconds per wall second. Raises ValueError for an unknown cycle or an unreachable Redis.
    """
    from .des import Run

    scenario, cycle = _scenario(scenario), _cycle(cycle)
    if pace is not None and not 0 < pace < float("inf"):
        raise ValueError(f"pace = {pace!r}; allowed: simulated seconds per wall second, above 0")
    workload = draw(scenario) if workload is None else workload
    client = connect(redis) if isinstance(redis, str) else redis
    return Run(workload, cycle, scenario, client=client, run_id=run_id, pace=pace, progress=progress)


def simulate(
    scenario: Scenario | str = "slides",
    cycle: Cycle | str = "sync",
    *,
    workload: Workload | None = None,
    engine: str = "simpy",
    redis: "Redis | str" = "fake",
    progress: "Progress | None" = None,
) -> Result:
    """The result of one cycle on the scenario's workload, or on `workload`.

    Raises ValueError for an unknown engine or cycle, and where Redis fails or somebody else changed the queue.
    """
    scenario, cycle = _scenario(scenario), _cycle(cycle)
    workload = draw(scenario) if workload is None else workload
    if engine not in ENGINES:
        raise ValueError(f"engine = {engine!r}; allowed: {', '.join(ENGINES)}")
    if engine == "exact":
        from .exact import serve

        return Result(scenario, workload, cycle, serve(workload, cycle, scenario))
    with start(scenario, cycle, workload=workload, redis=redis, progress=progress) as run:
        return Result(scenario, workload, cycle, run.finish())


def compare(
    scenario: Scenario | str = "slides",
    *,
    workload: Workload | None = None,
    engine: str = "simpy",
    redis: "Redis | str" = "fake",
    progress: "Callable[[str], Progress] | None" = None,
) -> Comparison:
    """SYNC, ASYNC, and SYNC with threads + workers threads, on the same requests.

    `progress` makes, from the name of a cycle, a wrapper around the iteration over its requests.
    """
    scenario = _scenario(scenario)
    workload = draw(scenario) if workload is None else workload
    results = {}
    for name, served, cycle in columns(scenario):
        watch = progress(name) if progress else None
        results[name] = simulate(served, cycle, workload=workload, engine=engine, redis=redis, progress=watch)
    return Comparison(scenario, workload, results)


def columns(scenario: Scenario) -> Iterator[tuple[str, Scenario, Cycle]]:
    """The three columns of a comparison: name, scenario to serve with, cycle."""
    yield "sync", scenario, CYCLES["sync"]
    yield "async", scenario, CYCLES["async"]
    slots = scenario.threads + scenario.workers
    yield "sync_same_slots", scenario.model_copy(update={"threads": slots}), CYCLES["sync"]


def _scenario(scenario: Scenario | str) -> Scenario:
    return load(scenario) if isinstance(scenario, str) else scenario


def _cycle(cycle: Cycle | str) -> Cycle:
    if isinstance(cycle, Cycle):
        return cycle
    if cycle not in CYCLES:
        raise ValueError(f"cycle = {cycle!r}; allowed: {', '.join(CYCLES)}")
    return CYCLES[cycle]
