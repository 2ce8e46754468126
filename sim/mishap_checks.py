"""Is it right where more goes wrong? Sidekiq's delays, and recordings of a real Puma and a real Sidekiq."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import chain, repeat
from typing import Any

import numpy as np

from . import delays
from .attempts import Attempts
from .csv_rows import csv_table
from .cycles import CYCLES
from .draws import Luck
from .failures.run import Run
from .path import CONSTANT_HOPS, DATABASE, MIDDLEWARE, ROUTES
from .records import KINDS, POLL, STATUSES
from .scenario import Scenario, validated
from .stats import spread
from .turns import OUTCOMES
from .workload import Workload, read

LAB = ("measured", "lab")
# of a recording: how many of its attempts or runs may fare differently, and the largest median distance in s
ATTEMPTS = {
    "retry-constant.finish_started": (2, 0.15),
    "retry-constant.finish_all": (0, 0.15),
    "retry-exponential.finish_started": (4, 0.15),
    "retry-exponential.finish_all": (0, 0.15),
    "service_timeout": (0, 0.05),
    "door": (2, 0.05),
}
RUNS = dict.fromkeys(("outage-constant", "outage-sidekiq", "outage-kill", "kill", "term", "queues-strict"), (0, 0.05))
MEANS = {"cores-5": 0.05, "cores-15": 0.05, "cores-19": 0.05, "cores-crunch": 0.10}  # how far the mean may be off
Row = dict[str, str]
Say = Callable[[str, str, str, bool], Any]  # claim, found, allowed, whether it holds


def table(name: str) -> list[Row]:
    """The rows of a table of the recordings."""
    with resources.as_file(resources.files(__package__).joinpath(*LAB, name)) as file:
        return csv_table(file)


@dataclass(frozen=True)
class Recorded:
    """A recording: its cycle, what was set, and its requests as a workload."""

    name: str
    cycle: str
    settings: dict[str, Any]
    files: tuple[str, ...]

    @property
    def workload(self) -> Workload:
        """The visits; of those whose pages compute before and after they wait, the hops have their times."""
        name = next(file for file in self.files if file.endswith("requests.csv"))
        with resources.as_file(resources.files(__package__).joinpath(*LAB, name)) as file:
            return computing(table(name)) if "computes_time" in table(name)[0] else read(file)

    @property
    def scenario(self) -> Scenario:
        """The scenario that should repeat it. Of a TERM the grace that it gave: its restart was measured from there."""
        returned = [float(row["ended_at"]) for row in self._runs_of_a_term() if row["outcome"] == "returned"]
        grace = {"shutdown_time": min(returned) - self.settings["worker_stops"][0][0]} if returned else {}
        return validated(self.settings | grace, self.name)

    def _runs_of_a_term(self) -> list[Row]:
        stops = [how for _, how in self.settings.get("worker_stops", ())]
        return self.rows("runs") if stops == ["term"] else []

    def rows(self, kind: str) -> list[Row]:
        """What was recorded: of `attempts` or `runs`."""
        found = [name for name in self.files if not name.endswith(("requests.csv", "events.csv"))]
        return table(next(name for name in found if name.endswith("runs.csv") == (kind == "runs")))


def recordings() -> dict[str, Recorded]:
    """All recordings of mishaps, by name."""
    rows = table("recordings.csv")
    return {
        row["name"]: Recorded(row["name"], row["cycle"], json.loads(row["settings"]), tuple(row["files"].split()))
        for row in rows
    }


def computing(rows: list[Row]) -> Workload:
    """Pages that compute, wait for the database, and compute again: a workload file has no computing after a wait."""
    arrived_at = np.array([float(row["arrived_at"]) for row in rows])
    before, waits, after = (float(rows[0][name]) for name in ("computes_time", "waits_time", "computes_again_time"))
    hops = dict.fromkeys((hop.name for hop in CONSTANT_HOPS), 0.0)
    hops |= {MIDDLEWARE.name: after, ROUTES.name: before - after, DATABASE.name: waits}
    hops = {name: round(time * 2**20) / 2**20 for name, time in hops.items()}
    nothing, count = np.zeros(len(rows)), len(rows)
    arrived_at = np.round(arrived_at * 2**20) / 2**20
    return Workload(arrived_at, np.zeros(count, bool), nothing, nothing, hops, float(arrived_at[-1]), from_file=True)


class AsRecorded(Luck):
    """The luck that a real Sidekiq had: the delays that it drew, and when its poller looked."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__(0, len(recorded.workload))
        self.delays = {
            (int(row["visit_id"]), int(row["run"])): float(row["delay"])
            for row in recorded.rows("runs")
            if row["delay"]
        }
        self.scenario = recorded.scenario
        events = table(f"{recorded.name}.events.csv") if f"{recorded.name}.events.csv" in recorded.files else []
        self.looked_at = [float(row["at"]) for row in events if row["event"] == "look" and float(row["at"]) > 0]

    def job(self, retry: int, visit: int) -> float:
        return self.delays.get((visit, retry - 1), 15.0)

    def looks(self) -> Iterator[float]:
        """Unit draws that make the poller look when the real one did: from the start, and from each return."""
        gaps, since = [], 0.0
        stops = [at for at, _ in self.scenario.worker_stops]
        for at in self.looked_at:
            if stops and at > stops[0]:
                gaps.append(1e6)  # the look that the stop cancels
                since = stops.pop(0) + self.scenario.restart_time
            gaps.append(at - since)
            since = at
        return chain((gap / self.scenario.retry_poll_time - 0.5 for gap in gaps), repeat(0.5))


class Drawn(delays.Constant):
    """A delay that is just what was drawn."""

    def seconds_before(self, retry: int, draw: float) -> float:
        return draw


def repeated(recorded: Recorded) -> Attempts:
    """The run that should repeat a recording."""
    scenario, luck = recorded.scenario, None
    if scenario.calls_fail:
        luck = AsRecorded(recorded)
        scenario = scenario.model_copy(update={"job_retry_delay": Drawn(seconds=0)})
    return Run(recorded.workload, CYCLES[recorded.cycle], scenario, luck).finish()


def attempts_wrong(recorded: Recorded, records: Attempts) -> tuple[int, int, float]:
    """How many attempts fare differently, of how many; and the median distance of response times (s)."""
    rows = recorded.rows("attempts")
    real = {(int(row["visit_id"]), row["kind"] == "poll", int(row["attempt"])): row for row in rows}
    keys = zip(records.visit_id.tolist(), records.is_poll.tolist(), records.attempt.tolist(), strict=True)
    mine = {key: row for row, key in enumerate(keys)}
    wrong = [
        key
        for key in real.keys() | mine.keys()
        if key not in real or key not in mine or STATUSES[records.status[mine[key]]] != real[key]["status"]
    ]
    times = records.response_time
    off = [abs(float(real[key]["response_time"]) - times[mine[key]]) for key in real.keys() & mine.keys()]
    return len(wrong), len(real), _median(off)


def runs_wrong(recorded: Recorded, records: Attempts) -> tuple[int, int, float]:
    """How many runs end differently, of how many; and the median distance of the instants of their beginning (s)."""
    real = {(int(row["visit_id"]), int(row["run"])): row for row in recorded.rows("runs")}
    runs = records.at_workers
    visits = records.visit_id[runs.request_id].tolist()
    mine = {key: row for row, key in enumerate(zip(visits, runs.number.tolist(), strict=True))}
    wrong = [
        key
        for key in real.keys() | mine.keys()
        if key not in real or key not in mine or OUTCOMES[runs.outcome[mine[key]]] != real[key]["outcome"]
    ]
    off = [abs(float(real[key]["picked_up_at"]) - runs.taken_at[mine[key]]) for key in real.keys() & mine.keys()]
    return len(wrong), len(real), _median(off)


def _median(seconds: list[float]) -> float:
    return spread(np.array(seconds)).p50 or 0.0


def check_recordings(say: Say) -> Iterator[Any]:
    """A verdict on each recording, within what its README calls honest."""
    all_of = recordings()
    for name, (most, seconds) in (ATTEMPTS | RUNS).items():
        what, compare = ("attempts", attempts_wrong) if name in ATTEMPTS else ("runs", runs_wrong)
        wrong, count, off = compare(all_of[name], repeated(all_of[name]))
        yield say(
            f"{name} on the real stack: {what} that end differently",
            f"{wrong} of {count}; {off:.3f} s off in the median",
            f"{most} and {seconds:g} s",
            wrong <= most and off <= seconds,
        )
    yield _totals(all_of["door-retry"], say)
    yield _polls(all_of["polling"], say)
    yield _picks(all_of["queues-weighted"], say)
    for name, share in MEANS.items():
        yield _mean(all_of[name], share, say)


def _totals(recorded: Recorded, say: Say) -> Any:
    """So sensitive that only totals can be held: requests, and those turned away."""
    records, real = repeated(recorded), recorded.rows("attempts")
    mine, turned_away = len(records), int(records.rejected.sum())
    expected = len(real), sum(row["status"] == "rejected" for row in real)
    return say(
        f"{recorded.name} on the real stack: requests, and those turned away",
        f"{mine} and {turned_away}, recorded {expected[0]} and {expected[1]}",
        "8 apart",
        abs(mine - expected[0]) <= 8 and abs(turned_away - expected[1]) <= 8,
    )


def _polls(recorded: Recorded, say: Say) -> Any:
    records, real = repeated(recorded), recorded.rows("attempts")
    mine = np.bincount(records.visit_id[records.kind == POLL], minlength=len(recorded.workload))
    theirs = np.bincount([int(row["visit_id"]) for row in real if row["kind"] == KINDS[POLL]], minlength=len(mine))
    wrong = int((mine != theirs).sum())
    return say(
        "polling on the real stack: visits that ask another number of times",
        f"{wrong} of {len(mine)}",
        "1",
        wrong <= 1,
    )


def _picks(recorded: Recorded, say: Say) -> Any:
    """How often the heavier queue is chosen while both have jobs: by the real Sidekiq, and here."""
    records = repeated(recorded)
    runs = records.at_workers
    mine = (records.run_queue == 0, records.run_enqueued_at, runs.taken_at)
    rows = recorded.rows("runs")
    real = (
        np.array([row["queue"] == "high" for row in rows]),
        *(np.array([float(row[name]) for row in rows]) for name in ("enqueued_at", "picked_up_at")),
    )
    shares = [share_of_first(*columns) for columns in (real, mine)]
    return say(
        "queues-weighted, 3 to 1: share of the first while both wait",
        f"{shares[0]:.2f} on the real Sidekiq, {shares[1]:.2f} here",
        "0.75 ± 0.1",
        all(abs(share - 0.75) <= 0.1 for share in shares),
    )


def share_of_first(first: Any, enqueued_at: Any, taken_at: Any) -> float:
    """Of the picks while both queues had a job, the share that went to the first."""
    other_waits = [
        bool(((first != first[n]) & (enqueued_at < taken_at[n]) & (taken_at > taken_at[n])).any())
        for n in range(len(first))
    ]
    return float(first[other_waits].mean())


def means(recorded: Recorded) -> tuple[float, float]:
    """The mean response time of the pages that compute little: here, and on the real stack (s)."""
    records, real = repeated(recorded), [float(row["response_time"]) for row in recorded.rows("attempts")]
    is_page = np.array([row["kind"] == "page" for row in recorded.rows("attempts")])
    light = is_page if recorded.name != "cores-crunch" else recorded.workload.web_time < 1
    return float(records.response_time[light].mean()), float(np.mean(np.array(real)[light]))


def _mean(recorded: Recorded, most: float, say: Say) -> Any:
    mine, theirs = means(recorded)
    return say(
        f"{recorded.name} on the real stack: mean response time of pages that compute",
        f"{mine:.4f} s, recorded {theirs:.4f} s ({100 * (mine / theirs - 1):+.1f} %)",
        f"{100 * most:g} % off",
        abs(mine / theirs - 1) <= most,
    )


def check_delays(say: Say) -> Any:
    """A verdict on Sidekiq's delays: what the real one drew is what the formula can draw."""
    drawn = [(int(row["run"]) + 1, float(row["delay"])) for row in table("outage-sidekiq.runs.csv") if row["delay"]]
    formula = delays.Sidekiq()
    least, most = ([formula.seconds_before(retry, draw) for retry, _ in drawn] for draw in (0.0, 1 - 2**-53))
    possible = sum(a <= delay <= b for a, (_, delay), b in zip(least, drawn, most, strict=True))
    days = sum(formula.seconds_before(retry, 0.0) for retry in range(1, 26)) / 86_400
    return say(
        "Sidekiq's delays: those that the real one drew are those of the formula; 25 retries take about 20 days",
        f"{possible} of {len(drawn)}; {days:.1f} days",
        "all of them; 20 to 21 days",
        possible == len(drawn) and 20 <= days <= 21,
    )
