"""What happened to each request: the columns, the times derived from them, and the trace told event by event."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from .cycles import Cycle, Journey
from .path import CONTROLLER, EXTERNAL, Hop
from .units import Seconds
from .workload import Flags, Workload, split_at_push

Slots = NDArray[np.int32]

EVENTS = (
    "arrived",
    "started",
    "reached",
    "enqueued",
    "picked_up",
    "completed",
    "responded",
    "timed_out",
    "finished",
    "skipped",
    "killed",
)


@dataclass(frozen=True)
class Accounts:
    """What an engine counted as it went along, in ticks of 2^-20 s: for the ledger and for Little's law.

    `thread_idle` and `worker_idle` add up the gaps of every slot from 0 to the end of the run; `backlog_area` and
    `queue_area` the waiting requests and jobs times how long there were so many.
    """

    thread_idle: int
    worker_idle: int
    backlog_area: int
    queue_area: int


@dataclass(frozen=True)
class Records:
    """One row per request, in the order of arrival: columns of instants in seconds; NaN has not happened.

    `thread` and `worker` are the slots that served the request, -1 for none (None from the exact engine).
    """

    cycle: str
    timeout: float
    on_timeout: str
    threads: int
    workers: int
    is_report: Flags
    arrived_at: Seconds
    started_at: Seconds
    enqueued_at: Seconds
    finished_at: Seconds
    skipped_at: Seconds
    picked_up_at: Seconds
    completed_at: Seconds
    accounts: Accounts
    thread: Slots | None = None
    worker: Slots | None = None

    def __len__(self) -> int:
        return len(self.arrived_at)

    @property
    def deadline(self) -> Seconds:
        """When the router gives up on each request."""
        return self.arrived_at + self.timeout

    @property
    def timed_out(self) -> Flags:
        """Whether the client got an error: the deadline wins ties, and a skipped request never finished."""
        return ~(self.finished_at < self.deadline)

    @property
    def killed(self) -> Flags:
        """Whether the request was cut off on its thread."""
        return self.timed_out & ~np.isnan(self.finished_at) & (self.on_timeout == "kill")

    @property
    def responded_at(self) -> Seconds:
        """When the browser has its answer, good or bad."""
        return np.where(self.timed_out, self.deadline, self.finished_at)

    @property
    def response_time(self) -> Seconds:
        """From arrival until the browser has an answer, s; exactly the timeout for a timed-out request."""
        return self.responded_at - self.arrived_at

    @property
    def reached_at(self) -> Seconds:
        """When a thread reached the request, to start it or to skip it."""
        return np.where(np.isnan(self.started_at), self.skipped_at, self.started_at)

    @property
    def waiting_time(self) -> Seconds:
        """From arrival until a thread reaches the request, s."""
        return self.reached_at - self.arrived_at

    @property
    def client_served_at(self) -> Seconds:
        """When the client's report exists: with the job's end, or else with an answer in time; inf for never."""
        in_time = np.where(self.timed_out, np.inf, self.finished_at)
        return np.where(np.isnan(self.enqueued_at), in_time, self.completed_at)

    @property
    def completion_time(self) -> Seconds:
        """From arrival until the client's report exists, s; inf for never. Means something for reports only."""
        return self.client_served_at - self.arrived_at

    @property
    def ended_at(self) -> float | None:
        """When the last request left its thread or was skipped and the last job was done; None with no requests."""
        return last_instant(self.finished_at, self.skipped_at, self.completed_at) if len(self) else None


CSV_COLUMNS = [
    "request_id",
    "kind",
    "arrived_at",
    "started_at",
    "enqueued_at",
    "responded_at",
    "status",
    "finished_at",
    "skipped_at",
    "picked_up_at",
    "completed_at",
]


def write_csv(records: Records, stream: IO[str]) -> None:
    """Write the records as CSV, instants exact in seconds, empty where something has not happened."""
    out = csv.writer(stream, lineterminator="\n")
    out.writerow(CSV_COLUMNS)
    made = {
        "request_id": range(len(records)),
        "kind": np.where(records.is_report, "report", "page").tolist(),
        "status": np.where(records.timed_out, "timed_out", "ok").tolist(),
    }
    columns = (made[name] if name in made else getattr(records, name).tolist() for name in CSV_COLUMNS)
    for row in zip(*columns, strict=True):
        out.writerow(["" if value != value else value for value in row])


def last_instant(*columns: Seconds) -> float:
    """The latest instant in columns that hold at least one; 0 where they have no rows."""
    return float(max((np.fmax.reduce(column, initial=0.0) for column in columns), default=0.0))


@dataclass(frozen=True)
class Trace:
    """The events of a run in order, as columns; iterating gives tuples (at, request_id, event, place).

    `event` indexes EVENTS. `place` indexes `places` for "reached", is the slot for the events of a thread or a worker,
    and -1 otherwise.
    """

    at: Seconds
    request_id: NDArray[np.int64]
    event: NDArray[np.int8]
    place: NDArray[np.int32]
    places: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.at)

    def __iter__(self) -> Iterator[tuple[float, int, str, str | int | None]]:
        columns = (column.tolist() for column in (self.at, self.request_id, self.event, self.place))
        for at, request_id, event, place in zip(*columns, strict=True):
            yield at, request_id, EVENTS[event], self._place(event, place)

    def _place(self, event: int, place: int) -> str | int | None:
        if EVENTS[event] == "reached":
            return self.places[place]
        return None if place < 0 else place

    def of(self, request_id: int) -> list[tuple[float, int, str, str | int | None]]:
        """One request's events in order."""
        rows = self.request_id == request_id
        columns = (self.at[rows], self.request_id[rows], self.event[rows], self.place[rows])
        return list(Trace(*columns, self.places))


def trace(records: Records, workload: Workload, cycle: Cycle) -> Trace:
    """The whole story of a run, ordered by (at, request_id, order in EVENTS); hops in the order of the path.

    Nobody waits inside a leg, so hops are reached at constant offsets from its start. Zero-time hops are reached too;
    one that a kill cut off is not. The table has a column for everything that can happen to a request, in the order
    of EVENTS; reading it row by row and sorting by time, stably, gives the order wanted.
    """
    if records.thread is None or records.worker is None:
        raise ValueError('the records name no slots; allowed: records of the engine "simpy"')
    none = np.full(len(records), -1, dtype=np.int32)
    table = [(records.arrived_at, "arrived", none), (records.started_at, "started", records.thread)]
    places: list[str] = []
    for hop, at in _hops(records, workload, cycle):
        places.append(hop)
        table.append((at, "reached", np.full(len(records), len(places) - 1, dtype=np.int32)))
    timed_out, killed = records.timed_out, records.killed
    table += [
        (records.enqueued_at, "enqueued", none),
        (records.picked_up_at, "picked_up", records.worker),
        (records.completed_at, "completed", records.worker),
        (np.where(timed_out, np.nan, records.finished_at), "responded", none),
        (np.where(timed_out, records.deadline, np.nan), "timed_out", none),
        (np.where(killed, np.nan, records.finished_at), "finished", records.thread),
        (records.skipped_at, "skipped", records.thread),
        (np.where(killed, records.finished_at, np.nan), "killed", records.thread),
    ]
    at = np.stack([instants for instants, _, _ in table], axis=1)
    row, column = np.nonzero(~np.isnan(at))
    order = np.argsort(at[row, column], kind="stable")
    row, column = row[order], column[order]
    events = np.array([EVENTS.index(event) for _, event, _ in table], dtype=np.int8)
    place = np.stack([place for _, _, place in table], axis=1)
    return Trace(at[row, column], row, events[column], place[row, column], tuple(places))


def _hops(records: Records, workload: Workload, cycle: Cycle) -> Iterator[tuple[str, Seconds]]:
    """Each hop on a kind's way with the instants at which requests of that kind reached it (NaN: did not)."""
    cut_off = np.where(records.killed, records.finished_at, np.inf)
    for is_report, journey in ((False, cycle.page), (True, cycle.report)):
        mine = records.is_report == is_report
        for hop, at in _on_the_thread(records, workload, journey):
            yield hop, np.where(mine & (at < cut_off), at, np.nan)
        for hop, at in _leg(journey.worker, records.picked_up_at, workload):
            yield hop, np.where(mine, at, np.nan)


def _on_the_thread(records: Records, workload: Workload, journey: Journey) -> Iterator[tuple[str, Seconds]]:
    before, after = split_at_push(journey.thread)
    yield from _leg(before, records.started_at, workload, way_in=True)
    yield from _leg(after, records.enqueued_at, workload)


def _leg(
    hops: tuple[Hop, ...], start: Seconds, workload: Workload, *, way_in: bool = False
) -> Iterator[tuple[str, Seconds]]:
    at = start
    for hop in hops:
        yield hop.name, at
        at = at + (workload.external_time if hop is EXTERNAL else workload.hop_times[hop.name])
        if way_in and hop is CONTROLLER:
            at, way_in = at + workload.web_time, False
