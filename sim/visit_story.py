"""The trace where more goes wrong: a request may be turned away or fail, and a job may have several runs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .attempts import Attempts
from .cycles import Cycle
from .path import CONTROLLER, EXTERNAL, INBOUND, LOOKUP, OUTBOUND, Hop
from .records import FAILED, OK, PAGE, POLL, REPORT, TIMED_OUT
from .story import EVENTS, Trace
from .turns import COMPLETED, LOST, RETURNED, SKIPPED
from .turns import FAILED as RUN_FAILED
from .units import Seconds
from .workload import Workload, split_at_push

RUN_ENDS = {COMPLETED: "completed", RUN_FAILED: "run_failed", LOST: "run_lost", RETURNED: "run_returned"}
MOST_STEPS = 64  # of one request that are told in the order of the path; runs of its job come after them


@dataclass(frozen=True)
class Part:
    """Events of one name: when, of which requests, where; `step` orders those of one request at one instant."""

    event: str
    at: Seconds
    request_id: NDArray[np.int32]
    place: NDArray[np.int16]
    step: NDArray[np.int32]


def visit_trace(records: Attempts, workload: Workload, cycle: Cycle) -> Trace:
    """The whole story of such a run, as `story.trace` tells the others.

    Threads that compute wait for a core between the hops, so where there are cores no hop is told, only when a request
    has one (`computes`). Raises ValueError for records that name no slots.
    """
    if records.thread is None or records.at_workers.slot is None:
        raise ValueError('the records name no slots; allowed: records of the engine "simpy"')
    places: list[str] = []
    parts = [*_at_the_door(records), *_hops(records, workload, cycle, places), *_cores(records)]
    parts += [*_runs(records), *_ends(records)]
    at, request_id, place, step = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("at", "request_id", "place", "step")
    )
    event = np.concatenate([np.full(len(part.at), EVENTS.index(part.event), dtype=np.int8) for part in parts])
    order = np.lexsort((step, request_id, at))
    return Trace(at[order], request_id[order], event[order], place[order], tuple(places))


def _part(event: str, at: Seconds, place: NDArray[np.generic] | int, step: NDArray[np.generic] | int) -> Part:
    """The events that have happened, of all requests in order."""
    rows = np.flatnonzero(~np.isnan(at)).astype(np.int32)
    places, steps = (np.broadcast_to(column, len(at))[rows] for column in (place, step))
    return Part(event, at[rows], rows, places.astype(np.int16), steps.astype(np.int32))


def _where(mine: NDArray[np.bool_], at: Seconds) -> Seconds:
    return np.where(mine, at, np.nan)


def _at_the_door(records: Attempts) -> Iterator[Part]:
    assert records.thread is not None
    yield _part("arrived", records.arrived_at, -1, 0)
    yield _part("rejected", _where(records.rejected, records.responded_at), -1, 1)
    yield _part("started", records.started_at, records.thread, 2)
    yield _part("enqueued", records.enqueued_at, -1, 30)


def _hops(records: Attempts, workload: Workload, cycle: Cycle, places: list[str]) -> Iterator[Part]:
    """The hops on the thread, at constant distances but for a request's own times."""
    if records.at_cores.slots:
        return
    poll = (*INBOUND, *LOOKUP, *OUTBOUND)
    for kind, way in ((PAGE, cycle.page.thread), (REPORT, cycle.report.thread), (POLL, poll)):
        before, after = split_at_push(way)
        own, call = _own_times(records, workload, kind, way)
        at = records.started_at
        for step, hop in enumerate((*before, *after), 3):
            step += 30 * (step - 3 >= len(before))
            reached = (records.kind == kind) & ((at < records.finished_at) | ~records.killed)
            places.append(hop.name)
            yield _part("reached", _where(reached, at), len(places) - 1, step)
            at = at + (call if hop is EXTERNAL else workload.hop_times[hop.name])
            if hop is CONTROLLER:
                at, own = at + own, np.zeros(len(own))


def _own_times(records: Attempts, workload: Workload, kind: int, way: tuple[Hop, ...]) -> tuple[Seconds, Seconds]:
    """What each request spends in the controller on the way in, and in its slow call on the thread (s)."""
    constant = sum(workload.hop_times[hop.name] for hop in way if hop is not EXTERNAL)
    rest = np.nan_to_num(np.maximum(records.finished_at - records.started_at - constant, 0.0))
    own, call = (column[records.visit_id] for column in (workload.web_time, workload.external_time))
    if kind == POLL:
        return rest, call
    return own, np.where(records.killed, call, rest - own)  # a failing call takes another time


def _cores(records: Attempts) -> Iterator[Part]:
    """When a request has a core, and which."""
    turns = records.at_cores
    if turns.slots and turns.slot is not None:
        mine = turns.slot >= 0
        yield Part(
            "computes",
            turns.taken_at[mine],
            turns.request_id[mine],
            turns.slot[mine].astype(np.int16),
            np.full(int(mine.sum()), 3, dtype=np.int32),
        )


def _runs(records: Attempts) -> Iterator[Part]:
    """The runs of the jobs, one after the other."""
    runs = records.at_workers
    assert runs.slot is not None
    slot, step = runs.slot.astype(np.int16), MOST_STEPS + 2 * runs.number.astype(np.int32)
    yield Part("picked_up", runs.taken_at, runs.request_id, slot, step)
    for outcome, event in RUN_ENDS.items():
        mine = runs.outcome == outcome
        yield Part(event, runs.left_at[mine], runs.request_id[mine], slot[mine], step[mine] + 1)
    yield _part("died", records.died_at, -1, 1 << 20)


def _ends(records: Attempts) -> Iterator[Part]:
    """What the client is told, when its thread lets go, and when it has its report."""
    assert records.thread is not None
    late = (1 << 20) + 1
    for status, event in ((OK, "responded"), (TIMED_OUT, "timed_out"), (FAILED, "failed")):
        yield _part(event, _where(records.status == status, records.responded_at), -1, late)
    yield _part("finished", _where(~records.killed, records.finished_at), records.thread, late + 1)
    skipped = records.at_threads.outcome == SKIPPED
    yield _part("skipped", _where(skipped, records.at_threads.taken_at), records.thread, late + 1)
    yield _part("killed", _where(records.killed, records.finished_at), records.thread, late + 1)
    yield _part("seen", records.seen_at, -1, late + 2)
