"""What would my application do? A log served as it was, with jobs, and with as few threads and workers as will do."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import floor, isnan, nan
from typing import Any

from ..cycles import CYCLES
from ..experiments import Comparison, Result, simulate
from ..labels import as_json
from ..scenario import LARGEST_POOL, LARGEST_TIME, Scenario, validated
from ..stats import offered_load, peak, too_long_alone
from ..studies.estimates import STATISTICS, figures
from ..studies.goals import Goal, goal
from ..studies.sizing import EVER_CHANGING
from .importing import Imported

DEFAULT_GOALS = ("timeout_fraction < 1%", "completion_time.p95 < 60s")
CLOSE, CLOSE_SHARE = 2, 0.1  # as many timeouts more or less, or such a share of them: the model tells what happened

Progress = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class WhatIf:
    """The answer: the log as SYNC served it, the same as ASYNC, and each with the fewest slots that meet the goals.

    `sync_enough` and `async_enough` are None where no number of threads, or of workers, will do: `missed` says by cycle
    which goals are missed where nothing waits any more.
    """

    imported: Imported
    goals: tuple[Goal, ...]
    as_it_was: Result
    with_jobs: Result
    sync_enough: Result | None
    async_enough: Result | None
    missed: Mapping[str, tuple[Goal, ...]]

    @property
    def timeouts(self) -> tuple[int, int, int]:
        """Timeouts in the log, in the model, and how many requests are timed out in both."""
        log, model = self.imported.timed_out, self.as_it_was.records.timed_out
        return int(log.sum()), int(model.sum()), int((log & model).sum())

    @property
    def tells_what_happened(self) -> bool | None:
        """Whether the model has about the log's timeouts; None for a log that knows none."""
        if self.imported.source in ("application", "jobs"):
            return None
        log, model, _ = self.timeouts
        return abs(log - model) <= max(CLOSE, CLOSE_SHARE * log)

    @property
    def hopeless(self) -> int:
        """How many requests SYNC would time out with any number of threads."""
        was = self.as_it_was
        return too_long_alone(was.records, was.workload, was.cycle)

    @property
    def columns(self) -> Mapping[str, Result]:
        """The columns of the table that exist, by name."""
        names = ("as_it_was", "with_jobs", "sync_enough", "async_enough")
        return {name: result for name in names if (result := getattr(self, name)) is not None}

    @property
    def comparison(self) -> Comparison:
        """SYNC and ASYNC side by side, for the figure."""
        return Comparison(
            self.as_it_was.scenario, self.imported.workload, {"sync": self.as_it_was, "async": self.with_jobs}
        )

    def met(self, result: Result) -> bool:
        """Whether a column meets all goals."""
        return meets(result, self.goals)

    def untold(self, result: Result) -> tuple[Goal, ...]:
        """The goals whose figures a column does not have: too few requests for them, or none."""
        return tuple(one for one in self.goals if isnan(_figure(result, one)))

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        log, model, both = self.timeouts
        columns = {
            name: {"threads": r.records.threads, "workers": r.records.workers, "meets_goals": self.met(r)}
            | r.summary.to_json()
            | as_json(r.labels)
            for name, r in self.columns.items()
        }
        return {
            "schema": 1,
            "source": self.imported.source,
            "said": list(self.imported.said),
            "timeouts": {"log": log, "model": model, "both": both, "tells_what_happened": self.tells_what_happened},
            "goals": [str(one) for one in self.goals],
            "columns": columns,
        }


def check(goals: Sequence[str]) -> tuple[Goal, ...]:
    """The goals that texts say; raises ValueError for one that does not parse, or that no number of slots decides."""
    wanted = tuple(goal(text) for text in goals)
    for one in wanted:
        if one.statistic not in STATISTICS:
            raise ValueError(f"goal {one}: a log has one line of jobs; allowed: figures of all requests or jobs")
        if one.statistic in chain(*EVER_CHANGING.values()):
            raise ValueError(
                f"goal {one}: it changes with every further thread or worker, so no number ends the search; allowed:"
                " other figures, such as completion_time.p95"
            )
    return wanted


def served(threads: int, workers: int, timeout: float | str) -> Scenario:
    """The scenario that serves a log; raises ValueError for numbers that are not allowed."""
    fields = {"title": "Your log", "threads": threads, "workers": workers, "timeout": timeout, "duration": LARGEST_TIME}
    return validated(fields, "whatif", {name: f"--{name}" for name in fields})


def what_if(imported: Imported, scenario: Scenario, goals: Sequence[Goal], *, progress: Progress = iter) -> WhatIf:
    """What the scenario's threads, workers and timeout do with a log's requests, and how few slots meet the goals.

    A log is one run, so a goal is met where its figure meets it; workers must also keep up with what comes. Raises
    ValueError where nothing is a report.
    """
    if not imported.workload.is_report.any():
        raise ValueError(
            "report: nothing in the log is a report, so there is nothing to make a job of; allowed: --report GLOB that"
            " matches a path, or --slower-than TIME"
        )
    wanted = tuple(goals)
    serve = _Serve(imported, scenario)
    was, with_jobs = serve("sync"), serve("async")
    steps = iter(progress(_for_ever()))
    sync_enough, sync_missed = _fewest_threads(serve, "sync", scenario.workers, wanted, steps)
    threads, missed = _fewest_threads(serve, "async", LARGEST_POOL, wanted, steps)
    async_enough = None if threads is None else _fewest_workers(serve, threads.records.threads, wanted, steps)
    return WhatIf(imported, wanted, was, with_jobs, sync_enough, async_enough, {"sync": sync_missed, "async": missed})


def meets(result: Result, goals: Sequence[Goal]) -> bool:
    """Whether the figures of one run keep all goals."""
    return all(one.met({"low": nan, "high": nan, "mean": _figure(result, one)}) for one in goals)


def _figure(result: Result, wanted: Goal) -> float:
    return float(figures(result.summary)[STATISTICS.index(wanted.statistic)])


def _for_ever() -> Iterator[None]:
    while True:
        yield None


@dataclass(frozen=True)
class _Serve:
    """The log's requests served by one cycle with other numbers of slots."""

    imported: Imported
    scenario: Scenario

    def __call__(self, cycle: str, threads: int | None = None, workers: int | None = None) -> Result:
        slots = {"threads": threads or self.scenario.threads, "workers": workers or self.scenario.workers}
        scenario = self.scenario.model_copy(update=slots)
        return simulate(scenario, CYCLES[cycle], workload=self.imported.workload, engine="exact")


def _fewest_threads(
    serve: _Serve, cycle: str, workers: int, goals: Sequence[Goal], steps: Iterator[None]
) -> tuple[Result | None, tuple[Goal, ...]]:
    plenty = serve(cycle, LARGEST_POOL, workers)
    if missed := tuple(one for one in goals if not meets(plenty, [one])):
        return None, missed
    enough = max(1, peak(plenty.records.started_at, plenty.records.finished_at))
    return _fewest(lambda number: serve(cycle, number, workers), enough, lambda result: meets(result, goals), steps), ()


def _fewest_workers(serve: _Serve, threads: int, goals: Sequence[Goal], steps: Iterator[None]) -> Result | None:
    plenty = serve("async", threads, LARGEST_POOL)
    keeping_up = floor(LARGEST_POOL * (offered_load(plenty.records, plenty.workload) or 0.0)) + 1
    enough = max(1, peak(plenty.records.picked_up_at, plenty.records.completed_at))
    return _fewest(
        lambda number: serve("async", threads, number),
        min(max(enough, keeping_up), LARGEST_POOL),
        lambda result: meets(result, goals) and (offered_load(result.records, result.workload) or 0.0) < 1,
        steps,
    )


def _fewest(
    run: Callable[[int], Result], enough: int, good: Callable[[Result], bool], steps: Iterator[None]
) -> Result | None:
    """The run with the smallest number from which on all are good, downwards from where nothing waits any more."""
    found = None
    for number in range(enough, 0, -1):
        next(steps)
        result = run(number)
        if not good(result):
            break
        found = result
    return found
