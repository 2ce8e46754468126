"""A run in which more went wrong, for the player: its requests in the order of coming, its runs of jobs, its stops."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..attempts import Attempts
from ..records import OK, POLL, REPORT
from ..scenario import Scenario
from ..turns import COMPLETED, FAILED, LOST, RETURNED
from ..units import Seconds
from ..workload import Flags
from .sent import sent

INSTANTS = (
    *("arrived_at", "started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at"),
    *("responded_at", "died_at", "seen_at"),
)
OUTCOMES = {COMPLETED: 0, FAILED: 1, LOST: 2, RETURNED: 3}  # as the page numbers what became of a run
OF_THE_LAB = (  # columns that only such a run has
    *("visit_id", "attempt", "kind", "status", "responded_at", "died_at", "seen_at", "queue", "about", "cut"),
)
BYTES = 180  # about what a request takes, with its run
Columns = dict[str, NDArray[Any]]


def shown_until(runs: Iterable[Attempts], most_bytes: int) -> float:
    """Up to when (s) the requests of all the runs that arrive before fit into so many bytes; inf: all of them."""
    arrivals = np.sort(np.concatenate([records.arrived_at for records in runs]))
    most = most_bytes // BYTES
    return float(arrivals[most]) if len(arrivals) > most else float("inf")


def lab_records(records: Attempts, scenario: Scenario, until: float) -> dict[str, Any]:
    """The columns of those who arrive before `until`, as the page's own model gives them."""
    rows = sent(_requests(records, until))
    turns = sent(_turns_at_cores(records, until)) if records.at_cores.slots else None
    more: dict[str, Any] = {"runs": sent(_runs(records, until)) if records.workers else None, "turns": turns}
    more |= {"stopped": stops_of(records, scenario), "cores": records.at_cores.slots}
    lab = {name: rows.pop(name) for name in OF_THE_LAB}
    return rows | {"lab": lab | more, "ended_at": records.ended_at}


def _requests(records: Attempts, until: float) -> Columns:
    """The columns of those who arrive before `until`; `about` is the request that a poll asks about."""
    kept = records.arrived_at < until
    number = np.cumsum(kept) - 1
    about = np.where(records.is_poll, number[_accepted(records)[records.visit_id]], -1)
    codes = {
        name: getattr(records, name).astype("<i2") for name in ("thread", "attempt", "kind", "status", "queue")
    } | {"visit_id": records.visit_id.astype("<i4"), "about": about.astype("<i4")}
    flags = {"is_report": np.equal(records.kind, REPORT), "cut": records.killed}
    instants = {name: getattr(records, name) for name in INSTANTS}
    return {name: values[kept] for name, values in (instants | codes | flags).items()}


def _accepted(records: Attempts) -> NDArray[np.intp]:
    """For each visit the request of it that was answered well (0 where none was)."""
    accepted = np.zeros(int(records.visit_id.max(initial=-1)) + 1, dtype=np.intp)
    good = np.flatnonzero((records.status == OK) & (records.kind != POLL))
    accepted[records.visit_id[good]] = good
    return accepted


def _runs(records: Attempts, until: float) -> Columns:
    """The runs of their jobs, in the order of being picked up."""
    runs, kept = records.at_workers, records.arrived_at < until
    number, shown = np.cumsum(kept) - 1, kept[runs.request_id]
    order = np.lexsort((runs.request_id, runs.taken_at))
    order = order[shown[order]]
    outcome = np.array([OUTCOMES[code] for code in runs.outcome.tolist()], dtype="<i2")
    columns = {
        "request_id": number[runs.request_id].astype("<i4"),
        "run": runs.number.astype("<i2"),
        "queue": records.run_queue.astype("<i2"),
        "worker": (np.zeros(len(runs)) if runs.slot is None else runs.slot).astype("<i2"),
        "outcome": outcome,
        "enqueued_at": records.run_enqueued_at,
        "came_at": runs.came_at,
        "picked_up_at": runs.taken_at,
        "ended_at": runs.left_at,
    }
    return {name: values[order] for name, values in columns.items()}


def _turns_at_cores(records: Attempts, until: float) -> Columns:
    """Their turns at the cores, in the order of being taken."""
    turns, kept = records.at_cores, records.arrived_at < until
    order = np.argsort(turns.taken_at, kind="stable")
    order = order[kept[turns.request_id[order]]]
    number = (np.cumsum(kept) - 1)[turns.request_id]
    columns = {"request_id": number.astype("<i4"), "taken_at": turns.taken_at, "left_at": turns.left_at}
    return {name: values[order] for name, values in columns.items()}


def stops_of(records: Attempts, scenario: Scenario) -> list[list[float]]:
    """From when until when the worker application was stopped, as far as the run goes."""
    return [
        [at, _gone_at(records.at_workers.taken_at, records.at_workers.left_at, at, how) + scenario.restart_time]
        for at, how in scenario.worker_stops
        if records.workers and at <= (records.ended_at or 0.0)
    ]


def _gone_at(taken_at: Seconds, left_at: Seconds, at: float, how: str) -> float:
    running: Flags = (taken_at < at) & (left_at > at)
    return float(left_at[running].max(initial=at)) if how == "term" else at
