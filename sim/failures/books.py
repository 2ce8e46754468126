"""What the pools did in a run in which more went wrong: turns at the threads, the workers and the cores."""

from array import array
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .. import records as told
from ..attempts import Attempts, Rows
from ..records import ONE_QUEUE, REPORT
from ..turns import (
    ANSWERED,
    COMPLETED,
    FAILED,
    KILLED,
    LATE,
    REJECTED,
    SKIPPED,
    Ids,
    Turns,
    no_pool,
)
from ..units import ticks
from ..workload import Flags

if TYPE_CHECKING:
    from .run import Run


def records(run: "Run") -> Attempts:
    """What happened to each request and in each run of a job."""
    rows, threads = run.rows, at_threads(run)
    kind, status = (np.frombuffer(column, dtype=np.int8)[: rows.count] for column in (rows.kind, rows.status))
    visit_id, attempt = (np.frombuffer(column, dtype=np.int32)[: rows.count] for column in (rows.visit, rows.attempt))
    runs = run.application.runs.enqueued_at if run.application else array("d")
    enqueued_at, responded_at, died_at, seen_at = (
        np.frombuffer(column)[: rows.count]
        for column in (rows.enqueued_at, rows.responded_at, rows.died_at, rows.seen_at)
    )
    more = Rows(
        *(visit_id, attempt, kind, status, _cut(run, threads), enqueued_at, responded_at, died_at, seen_at),
        queue_of=run.queue_of,
        run_enqueued_at=np.frombuffer(runs),
        queues=tuple(queue.name for queue in run.scenario.queues) or ONE_QUEUE,
        at_cores=at_cores(run),
    )
    return Attempts(run.cycle.name, run.scenario.timeout, kind == REPORT, threads, at_workers(run), more)


def _cut(run: "Run", threads: Turns) -> Flags:
    """Who was cut off on its thread: by the router's watch, where that kills, or by the thread's own limit."""
    limit = run.scenario.service_timeout or np.inf
    too_long = np.not_equal(threads.held, 0) & np.equal(threads.held, limit)
    return np.equal(threads.outcome, KILLED) | too_long


def ended_at(run: "Run") -> float:
    """The last instant at which a thread let go of a request or skipped it, or a run ended; 0 if none ever did."""
    columns = [run.rows.finished_at, run.rows.skipped_at]
    columns += [run.application.runs.ended_at] if run.application else []
    return float(max((np.fmax.reduce(np.frombuffer(column), initial=0.0) for column in columns), default=0.0))


def at_threads(run: "Run") -> Turns:
    """The turns at the threads, by request_id; who was turned away came, was taken and left in one instant."""
    count, slots, rows = run.rows.count, run.backlog.slots, run.rows
    came_at, started_at, finished_at, skipped_at = (
        np.frombuffer(column)[:count]
        for column in (rows.arrived_at, rows.started_at, rows.finished_at, rows.skipped_at)
    )
    status = np.frombuffer(rows.status, dtype=np.int8)[:count]
    rejected = status == told.REJECTED
    nobody = np.where(rejected, came_at, skipped_at)
    taken_at, left_at = (np.where(np.isnan(at), nobody, at) for at in (started_at, finished_at))
    late = np.where(left_at == came_at + run.scenario.limit, KILLED, LATE)
    outcome = np.select(
        [rejected, ~np.isnan(skipped_at), status == told.OK, status == told.FAILED],
        [REJECTED, SKIPPED, ANSWERED, FAILED],
        late,
    )
    return Turns(
        len(slots.idle),
        request_id=np.arange(count, dtype=np.int32),
        number=np.zeros(count, dtype=np.int16),
        came_at=came_at,
        taken_at=taken_at,
        left_at=left_at,
        outcome=outcome.astype(np.int8),
        slot=np.frombuffer(rows.thread, dtype=np.int32)[:count],
        idle=slots.idle_until(ended_at(run)),
        area=run.backlog.curve.area(),
    )


def at_workers(run: "Run") -> Turns:
    """The turns at the workers of all pools, a row per run in the order in which they were taken.

    A run came when its job last joined its queue: for one that was put back later than it was enqueued.
    """
    if run.application is None:
        return no_pool()
    runs, pools, end = run.application.runs, run.application.pools, ended_at(run)
    return Turns(
        sum(len(pool.slots.idle) for pool in pools),
        request_id=np.frombuffer(runs.request_id, dtype=np.int32),
        number=np.frombuffer(runs.run, dtype=np.int32).astype(np.int16),
        came_at=np.frombuffer(runs.joined_at),
        taken_at=np.frombuffer(runs.picked_up_at),
        left_at=np.frombuffer(runs.ended_at),
        outcome=np.frombuffer(runs.outcome, dtype=np.int8),
        slot=np.frombuffer(runs.worker, dtype=np.int32),
        idle=sum(pool.slots.idle_until(end) for pool in pools),
        area=sum(queue.curve.area() for queue in run.application.queues),
        down=sum(pool.slots.down_until(end) for pool in pools),
    )


def at_cores(run: "Run") -> Turns:
    """The turns at the cores, in the order in which they were asked for; a wait that is cut short ends then."""
    if run.cores is None:
        return no_pool()
    turns, end = run.cores.turns, ended_at(run)
    taken_at, left_at = np.frombuffer(turns.taken_at), np.frombuffer(turns.left_at)
    cut = np.isnan(taken_at)
    request_id = np.frombuffer(turns.request_id, dtype=np.int32)
    return Turns(
        len(run.cores.idle),
        request_id=request_id,
        number=_numbers(request_id),
        came_at=np.frombuffer(turns.asked_at),
        taken_at=np.where(cut, left_at, taken_at),
        left_at=left_at,
        outcome=np.where(cut, np.int8(KILLED), np.int8(COMPLETED)),
        slot=np.frombuffer(turns.core, dtype=np.int32),
        idle=sum(map(ticks, run.cores.idle)) + sum(ticks(end - since) for since, _ in run.cores.free),
        area=run.cores.curve.area(),
    )


def _numbers(request_id: Ids) -> NDArray[np.int16]:
    """Of each row, how many before it are of the same request."""
    order = np.argsort(request_id, kind="stable")
    place = np.arange(len(order))
    begins = np.append(True, np.diff(request_id[order]) > 0)[: len(order)]
    number = np.empty(len(order), dtype=np.int16)
    number[order] = place - np.maximum.accumulate(np.where(begins, place, 0))
    return number
