"""The rows of a comparison in which people try again, or more goes wrong: it leads with visits, not with requests."""

from collections.abc import Iterator

from .cells import Cell, Row, figure, spread_rows
from .experiments import Comparison, Result
from .scenario import Scenario
from .stats import NO_TIMES, QueueFigures, offered_load
from .words import NONE, counted, percent, seconds

ALL = "mean p50 p95 max"


def visit_rows(comparison: Comparison) -> Iterator[Row]:
    """What became of the visits, then of their requests, then of the jobs, then what it cost."""
    scenario = comparison.scenario
    yield "threads", lambda r: f"{r.records.threads}"
    yield "workers", lambda r: f"{r.records.workers}" if r.records.workers else NONE
    yield from _visits()
    yield from _requests(scenario)
    yield from _reports(scenario)
    yield from _jobs(scenario)
    for queue in scenario.queues:
        yield from _queue(queue.name)
    yield from _slots(scenario)


def _visits() -> Iterator[Row]:
    yield "visits", lambda r: f"{r.summary.visits:,}"
    yield "  with a good answer in the end", lambda r: f"{r.summary.visits_answered:,}"
    yield "  given up", lambda r: f"{given_up(r):,}"
    yield "    as a share of all", lambda r: percent(given_up(r) / r.summary.visits if r.summary.visits else None)
    yield from spread_rows("time to the good answer", lambda r: (r.summary.visit_time, r.summary.visits), ALL)


def given_up(result: Result) -> int:
    """How many people never had a good answer."""
    return result.summary.visits - result.summary.visits_answered


def _requests(scenario: Scenario) -> Iterator[Row]:
    yield "requests sent", lambda r: f"{r.summary.requests:,}"
    if scenario.client_retries:
        each = "  for each visit"
        yield each, lambda r: NONE if r.summary.requests_per_visit is None else f"{r.summary.requests_per_visit:.2f}"
    yield "  answered", lambda r: f"{r.summary.answered:,}"
    yield "  timed out", lambda r: f"{r.summary.timed_out:,}"
    if scenario.backlog_limit is not None:
        yield "  turned away (503)", lambda r: f"{r.summary.rejected:,}"
    if scenario.service_timeout is not None or scenario.calls_fail:
        yield "  failed (500)", lambda r: f"{r.summary.failed:,}"
    if scenario.result == "polling":
        yield "polls beside them", lambda r: f"{r.summary.polls:,}"


def _reports(scenario: Scenario) -> Iterator[Row]:
    done = lambda r: (r.summary.completion_time, r.summary.reports)  # noqa: E731
    yield from spread_rows("completion time of reports", done, "p50 p95 max")
    yield "reports completed", lambda r: f"{r.summary.reports_completed:,} of {r.summary.reports:,}"
    if scenario.result != "nothing":
        seen = lambda r: (r.summary.result_time, r.summary.reports)  # noqa: E731
        yield from spread_rows("until the client has it", seen, "p50 p95 max")


def _jobs(scenario: Scenario) -> Iterator[Row]:
    waits = lambda r: (r.summary.job_waiting_time, r.summary.job_runs)  # noqa: E731
    yield from ((name, _of_workers(cell)) for name, cell in spread_rows("waiting time of jobs", waits, "p50 p95 max"))
    yield "runs of jobs", _of_workers(lambda r: f"{r.summary.job_runs:,}")
    if scenario.calls_fail:
        yield "  jobs given up (dead)", _of_workers(lambda r: f"{r.summary.jobs_dead:,}")
        yield "  most to be tried again", _of_workers(lambda r: f"{r.summary.peak_retry_set:,}")
    if scenario.worker_stops:
        yield "  jobs lost for good", _of_workers(lambda r: f"{r.summary.jobs_lost:,}")
    yield "reports made twice", _of_workers(lambda r: f"{r.summary.jobs_done_twice:,}")


def _of_workers(cell: Cell) -> Cell:
    """The cell where there are workers, and "–" elsewhere."""
    return lambda r: cell(r) if r.records.workers else NONE


def _queue(name: str) -> Iterator[Row]:
    nothing = QueueFigures(0, NO_TIMES, NO_TIMES)

    def of(result: Result) -> QueueFigures:
        return result.summary.queues.get(name, nothing)

    yield f"queue {name}", _of_workers(lambda r: counted(of(r).jobs, "job"))
    yield "  waiting time, p95", _of_workers(lambda r: seconds(of(r).waiting_time.p95))
    yield "  completion time, p95", _of_workers(lambda r: figure(of(r).completion_time, of(r).jobs, "p95"))


def _slots(scenario: Scenario) -> Iterator[Row]:
    yield "answers per second", lambda r: NONE if r.summary.throughput is None else f"{r.summary.throughput:.3g}"
    yield "threads busy", lambda r: percent(r.summary.thread_utilisation)
    yield "workers busy", lambda r: percent(r.summary.worker_utilisation)
    yield "work offered to workers", lambda r: percent(offered_load(r.records, r.workload, r.scenario.warmup))
    if scenario.cores is not None:
        yield "cores busy", lambda r: percent(r.summary.core_utilisation)
    yield "longest backlog", lambda r: f"{r.summary.peak_backlog:,}"
    yield "longest queue", lambda r: f"{r.summary.peak_queue:,}" if r.records.workers else NONE
    for what in ("useful", "wasted", "idle"):
        yield f"thread-seconds {what}", lambda r, w=what: f"{getattr(r.summary, f'{w}_time'):,.0f}"  # type: ignore[misc]
    for what in ("useful", "wasted", "idle", "down")[: 4 if scenario.worker_stops else 3]:
        cell = lambda r, w=what: f"{getattr(r.summary, f'worker_{w}_time'):,.0f}"  # noqa: E731
        yield f"worker-seconds {what}", _of_workers(cell)
    yield "everything done at", lambda r: seconds(r.summary.ended_at)
