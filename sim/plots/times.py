"""The times that a figure of many requests is about: whose they are, and which of them count."""

from collections.abc import Callable

import numpy as np

from ..attempts import Attempts
from ..experiments import Result
from ..records import OK, POLL
from ..stats import in_window
from ..units import Seconds
from ..visits import Counted, completion_times
from ..workload import Flags

TIMES = {
    "response_time": "response time",
    "completion_time": "completion time",
    "visit_time": "time to the first good answer",
}
WHOM = {"response_time": "request", "completion_time": "report", "visit_time": "visit"}  # whose times these are


def counted_ones(result: Result) -> Flags:
    """Which requests count: those of the visits that began in the window, without polls."""
    records = result.records
    counted: Flags = in_window(result.workload, result.scenario.warmup)[records.visit_id] & (records.kind != POLL)
    return counted


def times_of(result: Result, of: str) -> Seconds:
    """The times (s) that count, in order, inf for never; `of` is a key of TIMES. Raises ValueError for another."""
    if of not in TIMES:
        raise ValueError(f"of = {of!r}; allowed: {', '.join(TIMES)}")
    found = _times_of_visits(result) if isinstance(result.records, Attempts) else _times_of_requests(result)
    return np.sort(found[of]())


def _times_of_requests(result: Result) -> dict[str, Callable[[], Seconds]]:
    records, mine = result.records, in_window(result.workload, result.scenario.warmup)
    return {
        "response_time": lambda: records.response_time[mine],
        "completion_time": lambda: records.completion_time[mine & records.is_report],
        "visit_time": lambda: np.where(records.timed_out, np.inf, records.response_time)[mine],
    }


def _times_of_visits(result: Result) -> dict[str, Callable[[], Seconds]]:
    assert isinstance(result.records, Attempts)
    records = result.records
    mine = Counted(records, result.workload, result.scenario.warmup)
    good = np.where((records.status == OK) & (records.kind != POLL), records.responded_at, np.nan)
    return {
        "response_time": lambda: records.response_time[mine.answered],
        "completion_time": lambda: completion_times(records, result.workload)[mine.visits & result.workload.is_report],
        "visit_time": lambda: mine.since_first(good)[mine.visits],
    }
