"""What was measured on the real programs: the instants of every request, put together from what the programs told."""

import re
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..turns import COMPLETED, FAILED, LOST, RETURNED, Ids, Slots
from ..units import Seconds
from ..workload import Flags
from .job_runs import Run, runs_of
from .work import asks_about

NAME = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?(?:p(\d{1,9}))?", re.ASCII)  # visit, retry, poll

INSTANTS = (
    "arrived",
    "started",
    "finished",
    "responded",
    "timed_out",
    "enqueued",
    "picked_up",
    "completed",
    "died",
    "left",
)


@dataclass(frozen=True)
class Measured:
    """What one cycle did on the real programs: instants by name and request in simulated seconds, NaN for never.

    The first requests of all visits come first, then retries and polls in the order in which they arrived (`visit_id`,
    `attempt`; `about`: the request whose report a poll asks for, -1 for no poll). `thread` says who served each (-1:
    nobody), `failed` who was answered 500, `rejected` who was turned away because the line was full, `cut` who was cut
    off on the thread; `stops` and `backs` are when the worker application was stopped, and was back. `stall` is the
    longest time, in wall seconds, for which this machine let a thread wait that wanted to go on; `idle` the share of
    its processors' time that nobody wanted.
    """

    cycle: str
    scale: float
    redis: str
    at: dict[str, Seconds]
    stall: float
    thread: Slots
    visit_id: Ids
    attempt: Ids
    about: Ids
    failed: Flags
    rejected: Flags
    cut: Flags
    runs: tuple[Run, ...] = ()
    stops: tuple[tuple[float, str], ...] = ()
    backs: tuple[float, ...] = ()
    programs: dict[str, str] = field(default_factory=dict)
    idle: float = 1.0

    def __len__(self) -> int:
        return len(self.at["arrived"])

    @property
    def visits(self) -> int:
        """How many wanted something."""
        return int(((self.attempt == 0) & ~self.is_poll).sum())

    @property
    def is_poll(self) -> Flags:
        """Which requests only ask for a report."""
        return np.greater_equal(self.about, 0)

    @property
    def timed_out(self) -> Flags:
        """Whether the router gave up on each request."""
        return ~np.isnan(self.at["timed_out"])

    @property
    def responded_at(self) -> Seconds:
        """When each client was answered, or told 503."""
        return np.where(self.timed_out, self.at["timed_out"], self.at["responded"])

    @property
    def response_time(self) -> Seconds:
        """From arrival to the answer's first byte, or to the 503, s."""
        return np.asarray(self.responded_at - self.at["arrived"])

    @property
    def is_whole(self) -> bool:
        """Whether everything was heard that must have happened."""
        gone = np.isnan(self.at["arrived"]) | np.isnan(self.responded_at)
        return not (gone | (np.isnan(self.at["started"]) != np.isnan(self.at["finished"]))).any()

    @property
    def answered(self) -> Flags:
        """For each visit, whether one of its requests was answered well."""
        well = ~(self.timed_out | self.failed | self.rejected | self.is_poll)
        return np.bincount(self.visit_id[well], minlength=self.visits) > 0

    def counts(self) -> dict[str, int]:
        """How many requests and jobs fared how."""
        done = {run.name for run in self.runs if run.outcome == COMPLETED}
        ends = Counter(run.outcome for run in self.runs)
        of_visits = Counter(int(self.visit_id[int(run.name)]) for run in self.runs if run.outcome == COMPLETED)
        own, late = ~self.is_poll, self.timed_out
        return {
            "requests": int(own.sum()),
            "visits_answered": int(self.answered.sum()),
            "timed_out": int((late & own).sum()),
            "rejected": int((self.rejected & ~late & own).sum()),
            "failed": int((self.failed & ~late & own).sum()),
            "polls": int(self.is_poll.sum()),
            "jobs_done": len(done),
            "jobs_lost": int((~np.isnan(self.at["enqueued"])).sum()) - len(done),
            "runs_failed": ends[FAILED],
            "runs_lost": ends[LOST],
            "runs_returned": ends[RETURNED],
            "jobs_done_twice": sum(count > 1 for count in of_visits.values()),
        }


def measured_of(events: list[dict[str, Any]], visits: int, zero: float, scale: float, told: dict[str, Any]) -> Measured:
    """The events of a run as `Measured`; `told` has what events do not say. Instants become simulated seconds."""
    names = _names(events, visits)
    row = {name: number for number, name in enumerate(names)}

    def since(at: float) -> float:
        return (at - zero) * scale

    heard = [(row[name], event) for event in events if (name := str(event.get("request_id"))) in row]
    runs = tuple(
        Run(str(row[run.name]), run.slot, since(run.enqueued_at), since(run.picked_up_at), since(run.ended_at), end)
        for run in runs_of(events)
        if (end := run.outcome) is not None and run.name in row
    )
    rejected = _last(heard, "rejected", "", np.zeros(len(names), dtype=bool))
    visit, retry, poll = zip(*(_parts(name) for name in names), strict=True) if names else ((), (), ())
    about = np.array([row.get(asks_about(name), -1) if "p" in name else -1 for name in names], dtype=np.int32)
    at = {word: _instants(heard, word, len(names), since) for word in INSTANTS}
    status = _last(heard, "responded", "status", np.zeros(len(names), dtype=np.int32))
    return Measured(
        scale=scale,
        at=at | {"seen": _seen(about, at["finished"], status)},
        thread=_last(heard, "started", "place", np.full(len(names), -1, dtype=np.int32)),
        visit_id=np.array(visit, dtype=np.int32),
        attempt=np.where(about >= 0, poll, retry).astype(np.int32),
        about=about,
        failed=(status >= 500) & ~rejected,
        rejected=rejected,
        cut=_last(heard, "finished", "cut", np.zeros(len(names), dtype=bool)),
        runs=runs,
        stops=tuple((since(event["at"]), str(event["how"])) for event in events if event["event"] == "worker_stopped"),
        backs=tuple(since(event["at"]) for event in events if event["event"] == "worker_back"),
        **told,
    )


def one_each(at: dict[str, Seconds], **told: Any) -> Measured:
    """A run in which each visit had one request and nothing else went wrong; `told` as `Measured` has it."""
    count = len(at["arrived"])
    nobody = np.zeros(count, dtype=bool)
    visits = {"visit_id": np.arange(count, dtype=np.int32), "attempt": np.zeros(count, dtype=np.int32)}
    visits |= {"about": np.full(count, -1, dtype=np.int32)}
    fates = {"failed": nobody, "rejected": nobody, "cut": nobody}
    return Measured(at=at, **{"thread": np.full(count, -1, dtype=np.int32), **visits, **fates, **told})


def _names(events: list[dict[str, Any]], visits: int) -> list[str]:
    """The requests: each visit's first one, then retries (`7.2`) and polls (`7p3`) by when they came, and by visit."""
    came = {str(event.get("request_id")): event["at"] for event in events if event["event"] == "arrived"}
    later = [name for name in came if not name.isdigit() and _is_known(name, came, visits)]
    later.sort(key=lambda name: (came[name], _parts(name)))
    return [*map(str, range(visits)), *later]


def _is_known(name: str, came: Container[str], visits: int) -> bool:
    """Whether a retry or a poll can be the load's own: anybody on this machine may send requests by any name."""
    found = NAME.fullmatch(name)
    return found is not None and int(found[1]) < visits and (found[3] is None or asks_about(name) in came)


def _parts(name: str) -> tuple[int, int, int]:
    """Of a request's name, the numbers of its visit, of the retry and of the poll, 0 where it is none."""
    found = NAME.fullmatch(name)
    assert found
    visit, retry, poll = (int(text or 0) for text in found.groups())
    return visit, retry, poll


def _seen(about: Ids, finished_at: Seconds, status: Ids) -> Seconds:
    """When the poll ended that found each request's report there, NaN for never."""
    seen, told = np.full(len(about), np.nan), (about >= 0) & (status == 200)
    seen[about[told]] = finished_at[told]
    return seen


def _instants(
    heard: list[tuple[int, dict[str, Any]]], word: str, count: int, since: Callable[[float], float]
) -> Seconds:
    """When a thing happened first to each request, NaN for never."""
    column = np.full(count, np.nan)
    for row, event in heard:
        if event["event"] == word and np.isnan(column[row]):
            column[row] = since(event["at"])
    return column


def _last(heard: list[tuple[int, dict[str, Any]]], word: str, key: str, column: Any) -> Any:
    """What such an event said last of each request by that name; without a name, that there was one."""
    for row, event in heard:
        if event["event"] == word:
            column[row] = event.get(key, False) if key else True
    return column
