"""A measured run as records: in the columns of `compare --records`, to be replayed, compared and checked later."""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from ..attempts import Attempts, Rows
from ..cycles import CYCLES
from ..failures.ways import queue_numbers
from ..files import Content, text
from ..mishaps import workers_in
from ..records import FAILED as UNDONE
from ..records import OK, ONE_QUEUE, PAGE, POLL, REJECTED, REPORT, TIMED_OUT, Records, write_csv, write_runs
from ..scenario import Scenario
from ..turns import ANSWERED, COMPLETED, FAILED, LATE, SKIPPED, Codes, Ids, Slots, Turns, no_pool
from ..turns import REJECTED as TURNED_AWAY
from ..units import Seconds, column_to_grid, sum_in_ticks, ticks
from ..workload import Workload
from ..workload import write as write_workload
from .measured import Measured

SCENARIO, REQUESTS, MACHINE = "scenario.toml", "requests.csv", "machine.json"
AFTER = 2.0**-20  # s


def files_of(scenario: Scenario, workload: Workload, measured: Iterable[Measured]) -> dict[str, Content]:
    """The files of measured runs, by name: what was asked, and the records of each cycle."""
    contents: dict[str, Content] = {
        SCENARIO: scenario.to_toml().encode(),
        REQUESTS: text(partial(write_workload, workload)),
    }
    runs = list(measured)
    contents[MACHINE] = json.dumps({one.cycle: _machine(one) for one in runs}).encode()
    for one in runs:
        records = records_of(scenario, workload, one)
        contents[f"{one.cycle}.csv"] = text(partial(write_csv, records))
        if records.workers:
            contents[f"{one.cycle}.runs.csv"] = text(partial(write_runs, records))
    return contents


def _machine(measured: Measured) -> dict[str, Any]:
    """What the records do not say of a run: the programs, how fast, and how late each request really came (s)."""
    late = np.round(measured.at["arrived"], 6).tolist()
    about = {"scale": measured.scale, "redis": measured.redis, "programs": measured.programs}
    went = {"stops": measured.stops, "backs": measured.backs}
    return {**about, "stall": measured.stall, "idle": measured.idle, "arrived_at": late, **went}


def records_of(scenario: Scenario, workload: Workload, measured: Measured) -> Records:
    """A measured run as records; every request arrived when it was due, as an open loop must count.

    Instants are put on the grid. By how few thousandths of a second the router and the web server saw a request's
    end differently is no fate: it is moved to the side of the deadline on which the client was told it. Raises
    ValueError where events were lost.
    """
    if not measured.is_whole:
        raise ValueError(f"{measured.cycle}: events were lost; allowed: a whole run")
    threads = _at_threads(scenario, workload, measured)
    workers = _at_workers(scenario, measured) if CYCLES[measured.cycle].report.worker else no_pool()
    is_report = workload.is_report[measured.visit_id] & ~measured.is_poll
    plain = (measured.cycle, scenario.timeout, is_report, threads, workers)
    return (
        Attempts(*plain, _rows(measured, threads, workers, workload, scenario)) if scenario.beyond else Records(*plain)
    )


def _rows(measured: Measured, threads: Turns, workers: Turns, workload: Workload, scenario: Scenario) -> Rows:
    """The columns of a run in which more went wrong: each visit has one request here, and a job may have more runs."""
    at, ends, is_poll = measured.at, threads.outcome, measured.is_poll
    is_report = workload.is_report[measured.visit_id] & ~is_poll
    fates = [np.isin(ends, [SKIPPED, LATE]), ends == TURNED_AWAY, ends == FAILED]
    status = np.select(fates, [TIMED_OUT, REJECTED, UNDONE], OK)
    responded_at = np.where(status == TIMED_OUT, threads.came_at + scenario.timeout, threads.left_at)
    seen = is_report & (status == OK) & (workers.slots == 0)
    return Rows(
        visit_id=measured.visit_id,
        attempt=measured.attempt,
        kind=np.select([is_poll, is_report], [POLL, REPORT], PAGE).astype(np.int8),
        status=status.astype(np.int8),
        cut=measured.cut,
        enqueued_at=column_to_grid(at["enqueued"]),
        responded_at=responded_at,
        died_at=column_to_grid(at["died"]),
        seen_at=np.where(seen, responded_at, column_to_grid(at["seen"])),
        queue_of=queue_numbers(workload, scenario),
        run_enqueued_at=workers.came_at,
        queues=tuple(queue.name for queue in scenario.queues) or ONE_QUEUE,
    )


def _at_threads(scenario: Scenario, workload: Workload, measured: Measured) -> Turns:
    at, late, refused = measured.at, measured.timed_out, measured.rejected & ~measured.timed_out
    came_at = np.concatenate([workload.arrived_at, column_to_grid(at["arrived"][len(workload) :])])
    deadline, skipped = came_at + scenario.timeout, np.isnan(at["started"])
    taken_at = column_to_grid(np.maximum(np.where(skipped, _skipped_at(at, deadline), at["started"]), came_at))
    left_at = column_to_grid(np.where(skipped, 0.0, at["finished"]))
    left_at = np.where(late, np.maximum(left_at, deadline), np.minimum(left_at, deadline - AFTER))
    left_at = np.where(skipped, taken_at, np.maximum(left_at, taken_at))
    taken_at, left_at = (np.where(refused, came_at, column) for column in (taken_at, left_at))
    fates = [refused, skipped, late, measured.failed]
    outcome = np.select(fates, [TURNED_AWAY, SKIPPED, LATE, FAILED], ANSWERED).astype(np.int8)
    everybody = np.arange(len(came_at), dtype=np.int32)
    return turns(scenario.threads, everybody, (came_at, taken_at, left_at), outcome, measured.thread)


def _skipped_at(at: dict[str, Seconds], deadline: Seconds) -> Seconds:
    """No program says that it skipped a request: it did so before it started the next one that came later."""
    arrived_at, started_at = at["arrived"], at["started"]
    found, following = np.empty(len(arrived_at)), np.inf
    for number in np.argsort(arrived_at, kind="stable")[::-1]:
        following = min(following, started_at[number]) if not np.isnan(started_at[number]) else following
        found[number] = max(following, deadline[number]) if following < np.inf else deadline[number]
    return found


def _at_workers(scenario: Scenario, measured: Measured) -> Turns:
    runs = sorted(measured.runs, key=lambda run: (run.picked_up_at, int(run.name)))
    ids = np.array([int(run.name) for run in runs], dtype=np.int32)
    taken_at = column_to_grid(np.array([max(0.0, run.picked_up_at) for run in runs]))
    left_at = np.maximum(column_to_grid(np.array([max(0.0, run.ended_at) for run in runs])), taken_at)
    came_at = np.fmin(column_to_grid(np.array([max(0.0, run.enqueued_at) for run in runs])), taken_at)
    outcome = np.array([COMPLETED if run.outcome is None else run.outcome for run in runs], dtype=np.int8)
    slot = np.array([run.slot for run in runs], dtype=np.int32)
    return turns(workers_in(scenario.queues, scenario.workers), ids, (came_at, taken_at, left_at), outcome, slot)


def turns(slots: int, ids: Ids, instants: tuple[Seconds, Seconds, Seconds], outcome: Codes, slot: Slots) -> Turns:
    """A pool's turns; what was not seen, gaps and areas, is counted from them."""
    came_at, taken_at, left_at = instants
    end = float(left_at.max(initial=0.0))
    held = sum_in_ticks((left_at - taken_at)[outcome != SKIPPED])
    idle, area = max(0, slots * ticks(end) - held), sum_in_ticks(taken_at - came_at)
    number = np.array([int((ids[:place] == of).sum()) for place, of in enumerate(ids)], dtype=np.int16)
    return Turns(slots, ids, number, came_at, taken_at, left_at, outcome, slot, idle=idle, area=area)
