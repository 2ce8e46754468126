"""The trace: a run told event by event, in the order in which one tells it.

Nobody waits inside a leg of the way, so hops are reached at constant offsets from its start: the trace is computed from
the records, whichever engine made them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cycles import Cycle
from .path import CONTROLLER, EXTERNAL, Hop
from .records import Records
from .units import Seconds
from .workload import Workload, split_at_push

Hops = tuple[Hop, ...]

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
    *("rejected", "failed", "computes", "run_failed", "run_lost", "run_returned", "died", "seen"),  # what goes wrong
)
OF_THREADS, OF_WORKERS = (
    ("started", "finished", "skipped", "killed"),
    ("picked_up", "completed"),
)  # whose place is a slot
ROWS_AT_ONCE = 512  # requests whose events are looked up together


@dataclass(frozen=True)
class Trace:
    """The events of a run in order, as columns; iterating gives tuples (at, request_id, event, place).

    `event` indexes EVENTS. `place` indexes `places` for "reached", is the slot for the events of a thread or a worker,
    and -1 otherwise.
    """

    at: Seconds
    request_id: NDArray[np.int32]
    event: NDArray[np.int8]
    place: NDArray[np.int16]
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


@dataclass(frozen=True)
class Entry:
    """One thing that can be told of a request: what happens, and when: so long after an instant of the records.

    `of_reports` says whether it is told of reports or of pages only (None: of both). `after_web`, `after_external`:
    whether the request's own time in the controller, and its slow call, come before.
    """

    event: str
    since: str
    place: str = ""
    of_reports: bool | None = None
    offset: float = 0.0
    after_web: bool = False
    after_external: bool = False


def trace(records: Records, workload: Workload, cycle: Cycle) -> Trace:
    """The whole story of a run, by (at, request_id, the order in which one tells it): hops in the order of the path.

    Zero-time hops are reached too; one that a kill cut off is not. Raises ValueError for records that name no slots.
    """
    if records.thread is None or records.worker is None:
        raise ValueError('the records name no slots; allowed: records of the engine "simpy"')
    entries = list(_entries(workload, cycle))
    at, which = _gathered(entries, records, workload)
    order = np.argsort(at, kind="stable")
    at.sort()  # what `order` says too, without a second column
    which = which[order]
    del order
    request_id = which // np.int32(len(entries))
    which -= request_id * np.int32(len(entries))
    entry = which.astype(np.int8)
    del which
    event = np.array([EVENTS.index(each.event) for each in entries], dtype=np.int8)[entry]
    place = np.array([number if each.place else -1 for number, each in enumerate(entries)], dtype=np.int16)[entry]
    for events, slot in ((OF_THREADS, records.thread), (OF_WORKERS, records.worker)):
        here = np.flatnonzero(np.array([each.event in events for each in entries])[entry])
        place[here] = slot[request_id[here]]
    return Trace(at, request_id, event, place, tuple(each.place for each in entries))


def _entries(workload: Workload, cycle: Cycle) -> Iterator[Entry]:
    """What can be told of a request, in the order in which one tells it where it happens at one instant."""
    kinds = {False: cycle.page, True: cycle.report}
    on_threads = {kind: split_at_push(way.thread) for kind, way in kinds.items()}
    yield Entry("arrived", "arrived_at")
    yield Entry("started", "started_at")
    for kind, (way_in, _) in on_threads.items():
        yield from _leg(way_in, "started_at", kind, workload)
    yield Entry("enqueued", "enqueued_at")
    for kind, (_, way_back) in on_threads.items():
        yield from _leg(way_back, "enqueued_at", kind, workload)
    yield Entry("picked_up", "picked_up_at")
    for kind, way in kinds.items():
        yield from _leg(way.worker, "picked_up_at", kind, workload)
    yield Entry("completed", "completed_at")
    yield from (Entry(event, event) for event in ("responded", "timed_out", "finished", "skipped", "killed"))


def _leg(hops: Hops, since: str, of_reports: bool, workload: Workload) -> Iterator[Entry]:
    """The hops of one leg; only the way in takes a request's own time in the controller, at its first visit."""
    offset, after_web, after_external = 0.0, False, False
    for hop in hops:
        yield Entry("reached", since, hop.name, of_reports, offset, after_web, after_external)
        offset += 0.0 if hop is EXTERNAL else workload.hop_times[hop.name]
        after_external |= hop is EXTERNAL
        after_web |= hop is CONTROLLER and since == "started_at"


def _gathered(entries: list[Entry], records: Records, workload: Workload) -> tuple[Seconds, NDArray[np.int32]]:
    """The instants of all that happened, request by request, and request_id × the number of entries + the entry."""
    instants, told = [], []
    for at, which in _told(entries, records, workload):
        instants.append(at)
        told.append(which)
    joined = np.concatenate([np.empty(0), *instants])
    instants.clear()  # before there is a second column twice
    return joined, np.concatenate([np.empty(0, dtype=np.int32), *told])


def _told(entries: list[Entry], records: Records, workload: Workload) -> Iterator[tuple[Seconds, NDArray[np.int32]]]:
    instants = _instants(records, workload)
    for start in range(0, len(records), ROWS_AT_ONCE):
        part = {name: column[start : start + ROWS_AT_ONCE] for name, column in instants.items()}
        table = np.stack([_at(entry, part) for entry in entries], axis=1).ravel()
        happened = np.flatnonzero(~np.isnan(table))
        yield table[happened], (happened + start * len(entries)).astype(np.int32)


def _at(entry: Entry, instants: Mapping[str, Seconds]) -> Seconds:
    """When it happened to each request; NaN where it did not."""
    at = instants[entry.since]
    if not entry.place:
        return at
    at = at + entry.offset
    for own, comes_before in (("web_time", entry.after_web), ("external_time", entry.after_external)):
        at = at + instants[own] if comes_before else at
    reached = instants["is_report"] == entry.of_reports
    if entry.since != "picked_up_at":
        reached &= ~(at >= instants["killed"])
    return np.where(reached, at, np.nan)


def _instants(records: Records, workload: Workload) -> dict[str, Seconds]:
    """All columns from which instants are made, by name."""
    late, killed, finished_at = records.timed_out, records.killed, records.finished_at
    mine = {name: getattr(records, name) for name in ("arrived_at", "started_at", "enqueued_at", "picked_up_at")}
    return mine | {
        "is_report": records.is_report.astype(np.float64),
        "web_time": workload.web_time,
        "external_time": workload.external_time,
        "completed_at": records.completed_at,
        "responded": np.where(late, np.nan, finished_at),
        "timed_out": np.where(late, records.deadline, np.nan),
        "finished": np.where(killed, np.nan, finished_at),
        "skipped": records.skipped_at,
        "killed": np.where(killed, finished_at, np.nan),
    }
