"""Figures of a run in which more went wrong: what a visit met with all its requests, its jobs and their runs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .attempts import Attempts
from .records import FAILED, OK, PAGE, POLL, REJECTED, TIMED_OUT, Records
from .stats import NO_TIMES, QueueFigures, Summary, in_window, peak, spread, utilisation, work
from .turns import COMPLETED
from .units import TICKS_PER_SECOND, Seconds
from .workload import Flags, Workload


@dataclass(frozen=True)
class Counted:
    """The visits, requests and runs that count: flags, a row each; those of a visit with its first arrival."""

    records: Attempts
    workload: Workload
    warmup: float

    @cached_property
    def visits(self) -> Flags:
        """The visits of the window."""
        return in_window(self.workload, self.warmup)

    @cached_property
    def all(self) -> Flags:
        """Their requests and polls."""
        return self.visits[self.records.visit_id]

    @cached_property
    def requests(self) -> Flags:
        """Their requests, without polls."""
        return self.all & ~self.records.is_poll

    @cached_property
    def answered(self) -> Flags:
        """Those of them whose time is a response time: not the rejected, whose 0 s would make failing look fast."""
        return self.requests & ~self.records.rejected

    @cached_property
    def runs(self) -> Flags:
        """The runs of their jobs."""
        return self.all[self.records.at_workers.request_id]

    def since_first(self, instants: Seconds) -> Seconds:
        """From each visit's first arrival until the earliest of these, s; inf: never."""
        return self.records.per_visit(instants, len(self.workload)) - self.workload.arrived_at


def summarise_visits(records: Attempts, workload: Workload, warmup: float = 0.0) -> Summary:
    """The figures of such a run, counted from `warmup` (s) by the visits' first arrivals."""
    counted = Counted(records, workload, warmup)
    return Summary(**_of_requests(counted), **_of_visits(counted), **_of_jobs(counted), **_of_pools(counted))


def _of_requests(counted: Counted) -> dict[str, Any]:
    records, length = counted.records, counted.workload.ends_at - counted.warmup
    requests, status = int(np.count_nonzero(counted.requests)), records.status
    ok, late, rejected, failed = (counted.requests & (status == code) for code in (OK, TIMED_OUT, REJECTED, FAILED))
    missed, response_time, is_page = int(np.count_nonzero(late)), records.response_time, records.kind == PAGE
    return {
        "requests": requests,
        "answered": int(np.count_nonzero(ok)),
        "timed_out": missed,
        "timeout_fraction": missed / requests if requests else None,
        "timed_out_pages": int(np.count_nonzero(late & is_page)),
        "timed_out_reports": int(np.count_nonzero(late & ~is_page)),
        "rejected": int(np.count_nonzero(rejected)),
        "failed": int(np.count_nonzero(failed)),
        "polls": int(np.count_nonzero(counted.all & (records.kind == POLL))),
        "response_time": spread(response_time[counted.answered]),
        "page_response_time": spread(response_time[counted.answered & is_page]),
        "waiting_time": spread(records.waiting_time[counted.answered]),
        "throughput": np.count_nonzero(ok) / length if length > 0 else None,
    }


def _of_visits(counted: Counted) -> dict[str, Any]:
    records, visits, reports = counted.records, counted.visits, counted.visits & counted.workload.is_report
    good = (records.status == OK) & ~records.is_poll
    visit_time = counted.since_first(np.where(good, records.responded_at, np.nan))[visits]
    completion_time = completion_times(records, counted.workload)[reports]
    seen, number = counted.since_first(records.seen_at)[reports], int(np.count_nonzero(visits))
    return {
        "visits": number,
        "visits_answered": int(np.count_nonzero(visit_time < np.inf)),
        "visit_time": spread(visit_time),
        "requests_per_visit": np.count_nonzero(counted.requests) / number if number else None,
        "reports": len(completion_time),
        "reports_completed": int(np.count_nonzero(completion_time < np.inf)),
        "completion_time": spread(completion_time),
        "result_time": NO_TIMES if np.isnan(records.seen_at).all() else spread(seen),
    }


def completion_times(records: Records, workload: Workload) -> Seconds:
    """From each visit's first arrival until its report exists, s: with the first of its jobs; inf: never."""
    if not isinstance(records, Attempts):
        return records.completion_time
    served_at = np.where(records.is_poll, np.inf, records.client_served_at)
    return records.per_visit(served_at, len(workload)) - workload.arrived_at


def _of_jobs(counted: Counted) -> dict[str, Any]:
    records, runs = counted.records, counted.records.at_workers
    waits = (runs.taken_at - records.run_enqueued_at)[counted.runs]
    done = records.visit_id[runs.request_id[counted.runs & (runs.outcome == COMPLETED)]]
    return {
        "job_waiting_time": spread(waits),
        "job_runs": len(waits),
        "jobs_dead": int(np.count_nonzero(counted.all & ~np.isnan(records.died_at))),
        "jobs_lost": int(np.count_nonzero(records.lost & counted.runs)),
        "jobs_done_twice": int(np.count_nonzero(np.bincount(done) > 1)),
        "peak_retry_set": peak(*records.in_retry_set),
        "queues": _of_queues(counted, waits) if runs.slots else {},
    }


def _of_queues(counted: Counted, waits: Seconds) -> dict[str, QueueFigures]:
    records, completed = counted.records, completion_times(counted.records, counted.workload)
    run_queue, pushed = records.run_queue[counted.runs], records.queue[counted.all]
    reports = counted.visits & counted.workload.is_report
    return {
        name: QueueFigures(
            jobs=int(np.count_nonzero(pushed == number)),
            waiting_time=spread(waits[run_queue == number]),
            completion_time=spread(completed[reports & (records.rows.queue_of == number)]),
        )
        for number, name in enumerate(records.queues)
    }


def _of_pools(counted: Counted) -> dict[str, Any]:
    records, warmup, ends_at = counted.records, counted.warmup, counted.workload.ends_at
    threads, workers, backlog = records.at_threads, records.at_workers, ~records.rejected
    (useful, wasted), (done, undone) = work(threads), work(workers)
    times = {
        "useful_time": useful,
        "wasted_time": wasted,
        "idle_time": threads.idle,
        "worker_useful_time": done,
        "worker_wasted_time": undone,
        "worker_idle_time": workers.idle,
        "worker_down_time": workers.down,
    }
    return {name: ticks / TICKS_PER_SECOND for name, ticks in times.items()} | {
        "thread_utilisation": utilisation(threads, warmup, ends_at),
        "worker_utilisation": utilisation(workers, warmup, ends_at),
        "core_utilisation": utilisation(records.at_cores, warmup, ends_at),
        "peak_backlog": peak(threads.came_at[backlog], threads.taken_at[backlog]),
        "peak_queue": peak(workers.came_at, workers.taken_at),
        "ended_at": records.ended_at,
    }
