"""Experiments: one cycle on one workload, and the honest comparison of three ways to spend the slots."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .attempts import Attempts
from .broker import connect
from .cycles import CYCLES, Cycle
from .labels import Labelled, as_json, by_label
from .mishaps import workers_in
from .presets import is_told_by_a_preset, scenario_of
from .records import Records
from .scenario import GENERATOR_FIELDS, WITHOUT_FEEDBACK, Scenario
from .stats import Summary, summarise
from .story import Trace, trace
from .visit_story import visit_trace
from .visits import summarise_visits
from .workload import Workload, draw

if TYPE_CHECKING:
    from redis import Redis

    from .des import Progress
    from .session import Session

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
        if isinstance(self.records, Attempts):
            return summarise_visits(self.records, self.workload, self.scenario.warmup)
        return summarise(self.records, self.workload, self.scenario.warmup)

    @cached_property
    def labels(self) -> dict[str, Labelled]:
        """The figures of each label that the workload has."""
        return by_label(self.records, self.workload, self.scenario.warmup)

    @cached_property
    def trace(self) -> Trace:
        """The run's events; ValueError for records of the exact engine, which name no slots."""
        if isinstance(self.records, Attempts):
            return visit_trace(self.records, self.workload, self.cycle)
        return trace(self.records, self.workload, self.cycle)


@dataclass(frozen=True)
class Comparison:
    """The same requests served by SYNC, by ASYNC, and by SYNC with the workers' slots spent as threads."""

    scenario: Scenario
    workload: Workload
    cycles: Mapping[str, Result]

    def to_json(self) -> dict[str, Any]:
        """The scenario and every cycle's figures as plain data; generator fields are null beside a workload file."""
        scenario = self.scenario.to_json()
        if self.workload.from_file:
            scenario |= dict.fromkeys(GENERATOR_FIELDS - ({"seed"} if self.scenario.draws_luck else set()))
        cycles = {name: result.summary.to_json() | as_json(result.labels) for name, result in self.cycles.items()}
        return {"schema": 1, "scenario": scenario, "cycles": cycles}

    @property
    def sync(self) -> Result:
        return self.cycles["sync"]

    @property
    def async_(self) -> Result:
        return self.cycles["async"]

    @property
    def sync_same_slots(self) -> Result:
        return self.cycles["sync_same_slots"]


def quickest_engine(scenario: Scenario) -> str:
    """The exact engine where it knows all rules that the scenario asks for, else the SimPy engine."""
    return "exact" if WITHOUT_FEEDBACK.issuperset(scenario.beyond) else "simpy"


def start(
    scenario: Scenario | str = "slides",
    cycle: Cycle | str = "async",
    *,
    workload: Workload | None = None,
    redis: "Redis | str | None" = "fake",
    pace: float | None = None,
    progress: "Progress | None" = None,
    run_id: str | None = None,
) -> "Session":
    """A run on the SimPy engine that can be advanced (`until(t)`), looked into (`waiting()`) and closed.

    Use it as a context manager: leaving it removes the run's keys. `redis` is a client, or what `--redis` takes; None
    leaves the jobs in memory. `pace` is simulated seconds per wall second. Raises ValueError for an unknown cycle or an
    unreachable Redis.
    """
    scenario, cycle = scenario_of(scenario), _cycle(cycle)
    if pace is not None and not 0 < pace < float("inf"):
        raise ValueError(f"pace = {pace!r}; allowed: simulated seconds per wall second, above 0")
    workload = draw(scenario) if workload is None else workload
    run = _engine(scenario, workload)
    ours = isinstance(redis, str)
    client = connect(redis) if isinstance(redis, str) else redis
    try:
        return run(
            workload, cycle, scenario, client=client, closes_client=ours, run_id=run_id, pace=pace, progress=progress
        )
    except ValueError:
        if ours and client:
            client.close()
        raise


def _engine(scenario: Scenario, workload: Workload) -> "Callable[..., Session]":
    """The SimPy engine that knows the scenario's rules; ValueError where the workload's queues are not its own."""
    if scenario.beyond:
        from .failures.run import Run as LabRun

        return LabRun
    from .des import Run
    from .failures.ways import queue_numbers

    queue_numbers(workload, scenario)

    return Run


def simulate(
    scenario: Scenario | str = "slides",
    cycle: Cycle | str = "sync",
    *,
    workload: Workload | None = None,
    engine: str = "simpy",
    redis: "Redis | str | None" = "fake",
    pace: float | None = None,
    progress: "Progress | None" = None,
    announce: Callable[[str], None] | None = None,
) -> Result:
    """The result of one cycle on the scenario's workload, or on `workload`.

    `redis` is as for `start`. `announce` is told what to watch in Redis, in full names, before the run. Raises
    ValueError for an unknown engine or
    cycle, and where Redis fails or somebody else changed the queue.
    """
    scenario, cycle = scenario_of(scenario), _cycle(cycle)
    workload = draw(scenario) if workload is None else workload
    if engine not in ENGINES:
        raise ValueError(f"engine = {engine!r}; allowed: {', '.join(ENGINES)}")
    if engine == "exact":
        from .exact import serve

        if redis not in ("fake", None) or pace is not None:
            name = "redis" if redis not in ("fake", None) else "pace"
            raise ValueError(f'{name}: not with the engine "exact", which has no Redis; allowed: the engine "simpy"')
        return Result(scenario, workload, cycle, serve(workload, cycle, scenario))
    with start(scenario, cycle, workload=workload, redis=redis, pace=pace, progress=progress) as run:
        if announce and run.queue:
            announce(run.queue.key)
        return Result(scenario, workload, cycle, run.finish())


def compare(
    scenario: Scenario | str = "slides",
    *,
    workload: Workload | None = None,
    engine: str = "simpy",
    redis: "Redis | str | None" = "fake",
    pace: float | None = None,
    progress: "Callable[[str], Progress | None] | None" = None,
    announce: Callable[[str], None] | None = None,
) -> Comparison:
    """SYNC, ASYNC, and SYNC with threads + workers threads, on the same requests.

    `progress` makes, from the name of a cycle, a wrapper around the iteration over its requests. `pace` and
    `announce` are for the cycle that uses Redis; the others run as fast as they can.
    """
    scenario = scenario_of(scenario)
    workload = draw(scenario) if workload is None else workload
    scenario = _of_a_file(scenario) if workload.from_file else scenario
    results = {}
    for name, served, cycle in columns(scenario):
        in_slow_motion = pace is not None and cycle is CYCLES["async"]
        results[name] = simulate(
            served,
            cycle,
            workload=workload,
            engine=engine,
            redis=redis,
            progress=progress(name) if progress else None,
            pace=pace if in_slow_motion else None,
            announce=announce if in_slow_motion else None,
        )
    return Comparison(scenario, workload, results)


def columns(scenario: Scenario) -> Iterator[tuple[str, Scenario, Cycle]]:
    """The three columns of a comparison: name, scenario to serve with, cycle."""
    yield "sync", scenario, CYCLES["sync"]
    yield "async", scenario, CYCLES["async"]
    slots = scenario.threads + workers_in(scenario.queues, scenario.workers)
    yield "sync_same_slots", scenario.model_copy(update={"threads": slots}), CYCLES["sync"]


def refuse_generator_fields(overrides: Sequence[str], where: str) -> None:
    """Raise ValueError for an override of what the workload file `where` says itself."""
    for field in (override.partition("=")[0].partition(".")[0].strip() for override in overrides):
        if field in GENERATOR_FIELDS:
            raise ValueError(f"--set {field} beside --workload {where}: the file says it; allowed: the other fields")


def with_workload(scenario: Scenario, workload: Workload, where: str) -> Scenario:
    """The scenario for serving a workload file, without a preset's words; ValueError where nothing would count."""
    if 0 < scenario.warmup >= workload.ends_at:
        raise ValueError(
            f"warmup = {scenario.warmup:g} with {where}; allowed: less than its last arrival, {workload.ends_at:g} s"
        )
    return _of_a_file(scenario)


def _of_a_file(scenario: Scenario) -> Scenario:
    """The scenario that serves a file: a preset's story is not about its requests."""
    if scenario.title and not is_told_by_a_preset(scenario):
        return scenario
    return scenario.model_copy(update={"title": "A workload file", "shows": "", "try_this": ""})


def _cycle(cycle: Cycle | str) -> Cycle:
    if isinstance(cycle, Cycle):
        return cycle
    if cycle not in CYCLES:
        raise ValueError(f"cycle = {cycle!r}; allowed: {', '.join(CYCLES)}")
    return CYCLES[cycle]
