"""The lesson where people try again, or more goes wrong: a sentence each, true of these numbers and no others."""

import numpy as np

from .attempts import Attempts
from .experiments import Comparison, Result
from .records import POLL
from .stats import in_window
from .turns import FAILED, LOST, RETURNED
from .visit_tables import given_up
from .visits import Counted
from .words import counted, cycle_name, duration, joined, percent, share

CYCLES = ("sync", "async")


def visit_sentences(comparison: Comparison) -> list[str]:
    """What became of people, of requests, of jobs, what it cost, and where ASYNC is not safe.

    Nothing is said of records that were not made by the rules of what goes wrong.
    """
    if not all(isinstance(result.records, Attempts) for result in comparison.cycles.values()):
        return []
    writers = (_people, _turned_away, _cut_short, _waited, _asked, _tried_again, _stopped, _cores, _queues)
    told = [sentence for write in writers if (sentence := write(comparison))]
    return [*told, _promises(comparison), _same_slots(comparison)]


def _each(comparison: Comparison) -> list[tuple[str, Result]]:
    return [(cycle_name(name), comparison.cycles[name]) for name in CYCLES]


def _people(comparison: Comparison) -> str:
    """How many requests so many people sent, and how many had nothing of it."""
    told = []
    for name, result in _each(comparison):
        summary, without = result.summary, given_up(result)
        sent = f"In {name} {_counted_people(summary.visits)} sent {counted(summary.requests, 'request')}"
        told.append(f"{sent}; {_fate(without, summary.visits)}")
    return f"{'. '.join(told)}."


def _fate(without: int, people: int) -> str:
    if not without:
        return "all had a good answer in the end" if people > 1 else "it had a good answer in the end"
    if people == 1:
        return "it never had a good answer"
    return f"{without:,} of them ({share(without, people)}) never had a good answer"


def _counted_people(number: int) -> str:
    return "one person" if number == 1 else f"{number:,} people"


def _turned_away(comparison: Comparison) -> str:
    if comparison.scenario.backlog_limit is None:
        return ""
    told = [f"{_number(result.summary.rejected)} in {name}" for name, result in _each(comparison)]
    room = f"The line has room for {counted(comparison.scenario.backlog_limit, 'request')}"
    if not any(result.summary.rejected for _, result in _each(comparison)):
        return f"{room}: nobody found it full."
    return f"{room}: found full and turned away at once (503) were {' and '.join(told)}."


def _cut_short(comparison: Comparison) -> str:
    """Who was answered 500: their call had failed, or their thread's limit had passed."""
    if not any(result.summary.failed for _, result in _each(comparison)):
        return ""
    told = [f"{_number(result.summary.failed)} in {name}{_by_limit(result)}" for name, result in _each(comparison)]
    return f"Answered 500 were {' and '.join(told)}."


def _number(number: int) -> str:
    return f"{number:,}" if number else "none"


def _by_limit(result: Result) -> str:
    records, limit = result.records, result.scenario.service_timeout
    assert isinstance(records, Attempts)
    cut = int(np.count_nonzero(_count(result).all & records.killed))
    those = "1 request was cut off on its thread" if cut == 1 else f"{cut:,} requests were cut off on their thread"
    return f" ({those})" if limit is not None and cut else ""


def _count(result: Result) -> Counted:
    assert isinstance(result.records, Attempts)
    return Counted(result.records, result.workload, result.scenario.warmup)


def _waited(comparison: Comparison) -> str:
    told = [_half(name, result.summary.visit_time.p50) for name, result in _each(comparison)]
    return f"From the first request to the good answer: {', '.join(told)}."


def _half(name: str, median: float | None) -> str:
    return f"in {name} half never" if median is None else f"in {name} half within {duration(median)}"


def _asked(comparison: Comparison) -> str:
    """What it took to hear that a report is ready."""
    summary, scenario = comparison.async_.summary, comparison.scenario
    if scenario.result == "push" and summary.reports:
        return "In ASYNC a client is told the instant its report is done, and sends no question."
    if not summary.polls:
        return ""
    threads = comparison.async_.records.at_threads
    polls = comparison.async_.records.kind == POLL
    held = threads.held[polls].sum() / threads.held.sum()
    seen = duration(summary.result_time.p50)
    return (
        f"In ASYNC the clients asked {counted(summary.polls, 'time')} whether their report is ready, which took"
        f" {percent(float(held))} of the threads' busy time; half of the reports were seen within {seen}."
    )


def _tried_again(comparison: Comparison) -> str:
    """What the worker's retries did."""
    summary, failed = comparison.async_.summary, _runs_that(comparison.async_, FAILED)
    if not failed:
        return ""
    waits, dead = summary.peak_retry_set, summary.jobs_dead
    told = f", at most {counted(waits, 'job')} waiting to be run again" if waits else ""
    told += f"; {counted(dead, 'job')} never succeeded and ended in the dead set" if dead else ""
    return f"In the workers {failed:,} of {counted(summary.job_runs, 'run')} failed, and no client saw it{told}."


def _runs_that(result: Result, *outcomes: int) -> int:
    """How many runs that count ended so."""
    runs = result.records.at_workers
    return int(np.count_nonzero(_count(result).runs & np.isin(runs.outcome, outcomes)))


def _stopped(comparison: Comparison) -> str:
    """What the stops of the worker application cost."""
    result, planned = comparison.async_, comparison.scenario.worker_stops
    ended_at = result.records.ended_at or 0.0
    stops = sum(at < ended_at for at, _ in planned)
    if not stops:
        return "All was done before the worker application would have been stopped." if planned else ""
    away = share(result.summary.worker_down_time, ended_at * result.records.workers)
    again, wasted = _runs_that(result, LOST, RETURNED), result.summary.worker_wasted_time
    nothing = f"{counted(again, 'run')} came to nothing" if again else "no run came to nothing"
    spent = f"{wasted:,.0f} worker-seconds{', failed runs included,' if comparison.scenario.calls_fail else ''}"
    return (
        f"The worker application was stopped {'once' if stops == 1 else counted(stops, 'time')}: its slots were away"
        f" for {away} of their time, {nothing}, and {spent} were worked for nobody."
    )


def _cores(comparison: Comparison) -> str:
    if comparison.scenario.cores is None:
        return ""
    told = [f"{percent(result.summary.core_utilisation)} in {name}" for name, result in _each(comparison)]
    which = "The core computes" if comparison.scenario.cores == 1 else "The cores compute"
    return f"{which} {' and '.join(told)} of the time: when that nears 100 %, more threads only make the line longer."


def _queues(comparison: Comparison) -> str:
    told = [
        f"{name}: 95 of 100 runs start within {duration(figures.waiting_time.p95)}"
        for name, figures in comparison.async_.summary.queues.items()
        if figures.waiting_time.p95 is not None
    ]
    return f"In the queue {joined(told)}." if told and comparison.scenario.queues else ""


def _promises(comparison: Comparison) -> str:
    """Of the reports that ASYNC accepted, which never came, or came twice."""
    result = comparison.async_
    summary, promised = result.summary, _promised(result)
    if not promised:
        return "ASYNC accepted no report."
    fates = (
        (summary.jobs_lost, "lost with a killed worker"),
        (summary.jobs_dead, "given up after the last retry"),
        (summary.jobs_done_twice, "made twice"),
    )
    wrong = [f"{number:,} {'was' if number == 1 else 'were'} {fate}" for number, fate in fates if number]
    accepted, again = f"of the {counted(promised, 'report')} that it accepted", _begun_again(result)
    if not wrong:
        return f"ASYNC kept its word: {accepted} none was lost or made twice.{again}"
    unsafe = " Their clients had been told that all is well." if summary.jobs_lost + summary.jobs_dead else ""
    return f"ASYNC is not safe here: {accepted} {joined(wrong)}.{unsafe}{again}"


def _begun_again(result: Result) -> str:
    """Of the jobs that went back to their queue in the middle of a run, what that asks of them."""
    runs, counts = result.records.at_workers, _count(result).runs
    last = np.zeros(len(result.records), dtype=runs.number.dtype)
    np.maximum.at(last, runs.request_id, runs.number)
    back = counts & np.isin(runs.outcome, (LOST, RETURNED)) & (runs.number < last[runs.request_id])
    number = len(np.unique(runs.request_id[back]))
    begun = f"{counted(number, 'job')} {'was' if number == 1 else 'were'} begun again from the start"
    return f" {begun} after a run that was cut short: harmless only if a job may be done twice." if number else ""


def _promised(result: Result) -> int:
    """How many visits of the window had a report accepted."""
    records = result.records
    visits = in_window(result.workload, result.scenario.warmup)
    accepted = np.zeros(len(result.workload), dtype=np.bool_)
    accepted[records.visit_id[~np.isnan(records.enqueued_at)]] = True
    return int(np.count_nonzero(accepted & visits))


def _same_slots(comparison: Comparison) -> str:
    same, number = comparison.sync_same_slots, comparison.async_.records.workers
    without, in_async = given_up(same), given_up(comparison.async_)
    compared = "fewer than" if without < in_async else "as many as" if without == in_async else "more than"
    who = "nobody is" if not without else f"{_counted_people(without)} {'is' if without == 1 else 'are'}"
    beside = f"{compared} ASYNC's {in_async:,}" if without or in_async else "as in ASYNC"
    return (
        f"With {counted(number, 'more thread')} in place of the {counted(number, 'worker')}, SYNC gets"
        f" {counted(same.summary.requests, 'request')} and {who} left without a good answer, {beside}."
    )
