"""What the sections about the failure lab say of a run beyond its summary: errors after a rush, the herd, the mail."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..experiments import Result
from ..records import OK, PAGE, POLL, REPORT
from ..scenario import Scenario
from ..stats import peak
from ..turns import FAILED, LOST
from ..words import duration, share
from ..workload import Flags
from .values import Value

LATE_SINCE, LATE_UNTIL = 900.0, 1440.0  # s: when the rush of the retry presets has been over for seven minutes
LONG = 2400.0  # s: a job of `deploys` that no time between two deploys is enough for
QUICK = 60.0  # s: what is quicker is a mail


def _share_failing(run: Result, since: float, until: float) -> float | None:
    records = run.records
    mine = (records.arrived_at >= since) & (records.arrived_at < until) & (records.kind != POLL)
    return float(np.mean(records.status[mine] != OK)) if mine.any() else None


def rush(scenario: Scenario) -> tuple[float, float, float] | None:
    """From when until when the arrival rate is highest, and how high (s, s, 1/s); None where it is always the same."""
    steps = scenario.rate_steps
    top = max(range(len(steps)), key=lambda place: steps[place][1])
    return (steps[top][0], steps[top + 1][0], steps[top][1]) if 0 < top < len(steps) - 1 else None


def _bad(kind: int) -> Callable[[Result], int]:
    return lambda run: int(np.count_nonzero((run.records.kind == kind) & (run.records.status != OK)))


def _ratio(part: float, other: float) -> float | None:
    return part / (part + other) if part + other else None


def _queue(run: Result, since: float, until: float) -> int:
    """The most jobs that ever waited of those that joined the queue meanwhile."""
    runs = run.records.at_workers
    joined = (runs.came_at >= since) & (runs.came_at < until)
    return peak(runs.came_at[joined], runs.taken_at[joined])


def _down(run: Result) -> tuple[float, float]:
    return run.scenario.outages[0] if run.scenario.outages else (np.inf, np.inf)


def _first_stop(run: Result) -> float:
    return run.scenario.worker_stops[0][0] if run.scenario.worker_stops else np.inf


def _in_line(run: Result, at: float) -> int:
    runs = run.records.at_workers
    return int(np.count_nonzero((runs.came_at <= at) & (runs.taken_at > at)))


def run_again(run: Result) -> list[int]:
    """The visits whose job had more than one run."""
    runs = run.records.at_workers
    return sorted(set(run.records.visit_id[runs.request_id[runs.number > 0]].tolist()))


def _healthy_wait(run: Result) -> float | None:
    runs = run.records.at_workers
    return _mean(runs.waited[(runs.number == 0) & (runs.outcome != FAILED)])


def _mean(times: Any) -> float | None:
    known = times[~np.isnan(times)]
    return float(known.mean()) if len(known) else None


def _calls_of(run: Result, seconds: float) -> int:
    return int(np.count_nonzero(run.workload.external_time >= seconds))


def _is_long(run: Result) -> Flags:
    mine: Flags = run.workload.external_time >= LONG
    return mine


def _long_done(run: Result) -> int:
    return int(np.count_nonzero(run.records.completed_at[: len(run.workload)][_is_long(run)] <= run.scenario.duration))


def _quick_within(run: Result) -> float | None:
    return _within(run.records.completion_time[: len(run.workload)][~_is_long(run) & run.workload.is_report])


def _begin_within(quick: bool) -> Callable[[Result], float | None]:
    def within(run: Result) -> float | None:
        runs = run.records.at_workers
        takes = run.workload.external_time[run.records.visit_id[runs.request_id]]
        return _within(runs.waited[(takes < QUICK) == quick])

    return within


def _within(times: Any) -> float | None:
    """Within which time 95 of 100 of them end; None for too few, and where some never do."""
    return float(np.percentile(times, 95)) if len(times) >= 20 and np.isfinite(times).all() else None


COUNTS: dict[str, Callable[[Result], int]] = {
    "errors": lambda run: run.summary.requests - run.summary.answered,
    "retries": lambda run: run.summary.requests - run.summary.visits,
    "unanswered": lambda run: run.summary.visits - run.summary.visits_answered,
    "bad_pages": _bad(PAGE),
    "bad_reports": _bad(REPORT),
    "too_long": lambda run: _calls_of(run, run.scenario.service_timeout or np.inf),
    "queue_before": lambda run: _queue(run, 0.0, _down(run)[0]),
    "queue_after": lambda run: _queue(run, _down(run)[1], np.inf),
    "runs_lost": lambda run: int(np.count_nonzero(run.records.at_workers.outcome == LOST)),
    "run_again": lambda run: len(run_again(run)),
    "in_line_at_the_stop": lambda run: _in_line(run, _first_stop(run)),
    "long": lambda run: _calls_of(run, LONG),
    "long_done": _long_done,
}
SHARES: dict[str, Callable[[Result], float | None]] = {
    "early_errors": lambda run: _share_failing(run, 0.0, (rush(run.scenario) or (np.inf,))[0]),
    "late_errors": lambda run: _share_failing(run, LATE_SINCE, LATE_UNTIL),
    "wasted_share": lambda run: _ratio(run.summary.wasted_time, run.summary.useful_time),
    "worker_wasted_share": lambda run: _ratio(run.summary.worker_wasted_time, run.summary.worker_useful_time),
}
TIMES: dict[str, Callable[[Result], float | None]] = {
    "page_takes": lambda run: run.summary.response_time.mean,
    "news_late": lambda run: _mean(run.records.seen_at - run.records.completed_at),
    "healthy_wait": _healthy_wait,
    "quick_within": _quick_within,
    "mail_within": _begin_within(quick=True),
    "reports_within": _begin_within(quick=False),
}
MEASURES: dict[str, Callable[[Result], float | None]] = COUNTS | SHARES | TIMES


def measured(run: Result) -> Iterator[tuple[str, Value]]:
    """All of them, with how they are said."""
    yield from ((name, Value(number := of(run), f"{number:,}")) for name, of in COUNTS.items())
    for name, part in SHARES.items():
        found = part(run)
        yield name, Value(found, "" if found is None else share(found))
    yield from ((name, Value(time := of(run), duration(time))) for name, of in TIMES.items())


def of_rules(scenario: Scenario) -> Iterator[tuple[str, Value]]:
    """What a section says of a scenario's rules: when it rushes, how long things are away, how long somebody waits."""
    found = rush(scenario)
    if found:
        since, until, rate = found
        yield "usual_rate", Value(scenario.rate_steps[0][1], f"{scenario.rate_steps[0][1]:g}")
        yield "rush_rate", Value(rate, f"{rate:g}")
        yield "rush_ends", Value(until, duration(until))
        yield "rush_takes", Value(until - since, duration(until - since))
    yield "late", Value(LATE_SINCE, duration(LATE_SINCE))
    if scenario.outages:
        since, until = scenario.outages[0]
        yield "down_for", Value(until - since, duration(until - since))
    if scenario.worker_stops:
        yield "stopped_at", Value(scenario.worker_stops[0][0], duration(scenario.worker_stops[0][0]))
    for name in ("client_retries", "job_retries", "backlog_limit"):
        number = getattr(scenario, name)
        yield name, Value(number, "none" if number is None else f"{number:,}")
    for name in ("service_timeout", "poll_every", "failure_time", "shutdown_time", "recovery_time", "restart_time"):
        yield name, Value(getattr(scenario, name), duration(getattr(scenario, name)))
    first, last = (
        scenario.client_retry_delay.seconds_before(retry, 0.0) for retry in (1, scenario.client_retries or 1)
    )
    yield from (("first_wait", Value(first, duration(first))), ("last_wait", Value(last, duration(last))))
    yield "failure_fraction", Value(scenario.failure_fraction, share(scenario.failure_fraction))
