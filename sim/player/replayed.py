"""A recorded run for the player: a table of turns for each pool, and what else is told where more went wrong."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..attempts import Attempts
from ..records import OK, POLL, Records
from ..scenario import Scenario
from ..turns import Turns
from ..units import Seconds
from ..workload import Flags
from .sent import sent

Columns = dict[str, NDArray[Any]]


def shown_until(runs: Iterable[Records], beside: int, most_bytes: int) -> float:
    """Up to when (s) the requests of all the runs that arrive before fit into so many bytes; inf: all of them.

    `beside`: bytes that are sent of the whole workload. Raises ValueError for records that name no slots.
    """
    arrivals, needed = [np.empty(0)], beside
    for records in runs:
        needed += sum(values.nbytes for table in _tables(records, np.inf) for values in _varied(table).values())
        arrivals.append(records.arrived_at)
    rows = np.sort(np.concatenate(arrivals))
    return float("inf") if needed <= most_bytes else float(rows[int(len(rows) * most_bytes / needed)])


def told_records(records: Records, scenario: Scenario, until: float) -> dict[str, Any]:
    """The turns, and the columns beside them, of those who arrive before `until`, as the page's own model gives them.

    At the threads a row's number is the request's; it came, where nothing more went wrong, when its visit did.
    """
    threads, workers, *more = [_short(table) for table in _tables(records, until)]
    told = {"cycle": records.cycle, "timeout": records.timeout, "on_timeout": scenario.on_timeout}
    told |= {"at_threads": {"slots": records.threads} | threads, "at_workers": {"slots": records.workers} | workers}
    told |= {"ended_at": records.ended_at}
    if not isinstance(records, Attempts):
        return told
    of_requests, of_runs, at_cores = more
    cores = records.at_cores.slots
    lab = of_requests | of_runs | {"stopped": stops_of(records, scenario)}
    return told | {"lab": lab | ({"at_cores": {"slots": cores} | at_cores} if cores else {})}


def _tables(records: Records, until: float) -> list[Columns]:
    """What is sent of those who arrive before `until`: their turns at the threads and at the workers, and the rest."""
    kept = records.arrived_at < until
    number = (np.cumsum(kept) - 1).astype("<i4")
    runs = records.at_workers
    taken = np.lexsort((runs.request_id, runs.taken_at))
    taken = taken[kept[runs.request_id[taken]]]
    threads = _turns(records.at_threads, np.flatnonzero(kept), number)
    del threads["request_id"]
    if not isinstance(records, Attempts):
        del threads["came_at"]
        return [threads, _turns(runs, taken, number)]
    of_runs = {"run_enqueued_at": records.run_enqueued_at[taken], "run_queue": records.run_queue[taken].astype("<i2")}
    computing = np.argsort(records.at_cores.taken_at, kind="stable")
    cores = _turns(records.at_cores, computing[kept[records.at_cores.request_id[computing]]], number)
    at_cores = {name: cores[name] for name in ("request_id", "slot", "taken_at", "left_at")}
    beside = [_requests(records, kept, number), of_runs if records.workers else {}, at_cores]
    return [threads, _turns(runs, taken, number), *beside]


def _turns(turns: Turns, rows: NDArray[np.intp], number: NDArray[np.int32]) -> Columns:
    """These rows of a table of turns, requests under their new numbers."""
    if turns.slot is None:
        raise ValueError('the records name no slots, so there is nothing to replay; allowed: engine "simpy"')
    columns: Columns = {
        "request_id": number[turns.request_id],
        "number": turns.number,
        "came_at": turns.came_at,
        "taken_at": turns.taken_at,
        "left_at": turns.left_at,
        "slot": turns.slot.astype("<i2"),
        "outcome": turns.outcome,
    }
    return {name: values[rows] for name, values in columns.items()}


def _is_same(values: NDArray[Any]) -> bool:
    """Whether a column says the same in each row, and need not be sent row by row."""
    if values.dtype.kind == "f" and np.isnan(values).all():
        return True
    return bool(len(values) > 0 and (values == values[0]).all())


def _varied(columns: Columns) -> Columns:
    """The columns that must be sent row by row."""
    return {name: values for name, values in columns.items() if not _is_same(values)}


def _short(columns: Columns) -> dict[str, Any]:
    """The columns for the page; of one that says the same in each row, that (None: NaN), and how many rows."""
    varied = _varied(columns)
    once = {
        name: {"same": _value(values), "rows": len(values)} for name, values in columns.items() if name not in varied
    }
    return once | sent(varied)


def _value(values: NDArray[Any]) -> float | None:
    value = float(values[0]) if len(values) else np.nan
    return None if np.isnan(value) else value


def _requests(records: Attempts, kept: Flags, number: NDArray[np.int32]) -> Columns:
    """What stands beside the turns of requests; `about` is the request that a poll asks about."""
    about = np.where(records.is_poll, number[_accepted(records)[records.visit_id]], -1)
    columns: Columns = {
        **{name: getattr(records, name) for name in ("enqueued_at", "responded_at", "died_at", "seen_at")},
        **{name: getattr(records, name).astype("<i2") for name in ("attempt", "kind", "status", "queue")},
        "visit_id": records.visit_id.astype("<i4"),
        "about": about.astype("<i4"),
        "cut": records.killed,
    }
    return {name: values[kept] for name, values in columns.items()}


def _accepted(records: Attempts) -> NDArray[np.intp]:
    """For each visit the request of it that was answered well (0 where none was)."""
    accepted = np.zeros(int(records.visit_id.max(initial=-1)) + 1, dtype=np.intp)
    good = np.flatnonzero((records.status == OK) & (records.kind != POLL))
    accepted[records.visit_id[good]] = good
    return accepted


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
