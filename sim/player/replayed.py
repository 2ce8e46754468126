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
Columns = dict[str, NDArray[Any]]


def shown_until(runs: Iterable[Attempts], most_bytes: int) -> float:
    """Up to when (s) the requests of all the runs that arrive before fit into so many bytes; inf: all of them."""
    arrivals, needed = [np.empty(0)], 0
    for records in runs:
        tables = [(len(records), _requests(records, np.inf)), (len(records.at_workers), _runs(records, np.inf))]
        tables += [(len(records.at_cores), _turns_at_cores(records, np.inf))]
        needed += sum(rows * sum(_width(values) for values in table.values()) for rows, table in tables)
        arrivals.append(records.arrived_at)
    rows = np.sort(np.concatenate(arrivals))
    return float("inf") if needed <= most_bytes else float(rows[int(len(rows) * most_bytes / needed)])


def _width(values: NDArray[Any]) -> int:
    return 0 if _is_same(values) else values.itemsize


def _is_same(values: NDArray[Any]) -> bool:
    """Whether a column says the same in each row, and need not be sent row by row."""
    if values.dtype.kind == "f" and np.isnan(values).all():
        return True
    return bool(len(values) > 0 and (values == values[0]).all())


def _short(columns: Columns) -> dict[str, Any]:
    """The columns for the page; of one that says the same in each row, that (None: NaN), and how many rows."""
    same = {name: values for name, values in columns.items() if _is_same(values)}
    once = {name: {"same": _value(values), "rows": len(values)} for name, values in same.items()}
    return once | sent({name: values for name, values in columns.items() if name not in same})


def _value(values: NDArray[Any]) -> float | None:
    value = float(values[0]) if len(values) else np.nan
    return None if np.isnan(value) else value


def lab_records(records: Attempts, scenario: Scenario, until: float) -> dict[str, Any]:
    """The columns of those who arrive before `until`, as the page's own model gives them."""
    rows = _short(_requests(records, until))
    turns = _short(_turns_at_cores(records, until)) if records.at_cores.slots else None
    more: dict[str, Any] = {"runs": _short(_runs(records, until)) if records.workers else None, "turns": turns}
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
