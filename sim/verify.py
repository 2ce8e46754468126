"""Is it right? The simulator held against theory, against recordings of the real stack, and against its own books."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

import numpy as np

from .experiments import Result, simulate
from .scenario import Scenario, preset
from .stats import littles_law, littles_law_of_the_queue, thread_ledger, worker_ledger
from .units import Seconds
from .workload import csv_rows, read

RECORDED_COLUMNS = ["request_id", "status", "response_time", "work_started_at", "work_finished_at"]


@dataclass(frozen=True)
class Verdict:
    """One claim, the figure that was found, what is allowed, and whether it holds."""

    claim: str
    found: str
    allowed: str
    holds: bool

    def __str__(self) -> str:
        return f"{'ok  ' if self.holds else 'FAIL'}  {self.claim}: {self.found} (allowed: {self.allowed})"

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Agreement:
    """How a simulated run compares with a recording of the same requests on the real stack.

    `fates_wrong` counts requests whose client fared differently. The medians are of absolute differences in seconds, of
    response times and of the instants at which the slow work started, over requests answered in both.
    """

    requests: int
    fates_wrong: int
    response_time_off: float
    work_start_off: float


def recording(name: str, stack: str, on_timeout: str) -> tuple[Result, Agreement]:
    """The run that should repeat a recording, and how well it does.

    `name` is "stable" or "overload", `stack` the recorded server: "puma-finish_all", "puma-finish_started" or
    "sidekiq"; `on_timeout` is the rule to simulate. Five threads, five workers and 30 s, as on the real stack.
    """
    folder = resources.files(__package__) / "measured"
    with (
        resources.as_file(folder / f"{name}.requests.csv") as requests,
        resources.as_file(folder / f"{name}.{stack}.csv") as recorded,
    ):
        workload = read(requests)
        rows = [row for _, row in csv_rows(recorded, RECORDED_COLUMNS, 1_000_000)]
    scenario = Scenario(threads=5, workers=5, timeout=30, on_timeout=on_timeout)  # type: ignore[arg-type]
    result = simulate(scenario, "async" if stack == "sidekiq" else "sync", workload=workload)
    return result, _agreement(result, rows)


def _agreement(result: Result, rows: list[list[str]]) -> Agreement:
    records = result.records
    timed_out = np.array([row[1] == "timed_out" for row in rows])
    response_time, work_started_at = (np.array([float(row[c] or "nan") for row in rows]) for c in (2, 3))
    both_answered = ~timed_out & ~records.timed_out
    # the recorded handler and its slow call are one piece of work on a Puma thread; Sidekiq's work is the job
    simulated_start = records.picked_up_at if records.workers else records.started_at
    return Agreement(
        requests=len(rows),
        fates_wrong=int((timed_out != records.timed_out).sum()),
        response_time_off=_median_distance((records.response_time - response_time)[both_answered]),
        work_start_off=_median_distance((simulated_start - work_started_at)[both_answered]),
    )


def _median_distance(differences: Seconds) -> float:
    return float(np.nanmedian(np.abs(differences)))
