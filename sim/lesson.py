"""The lesson in a comparison's numbers: a sentence each, true of these numbers and no others."""

from math import inf

from .experiments import Comparison, Result
from .luck import lab_luck_sentence, luck_sentence
from .stats import Summary, offered_load, too_long_alone
from .visit_lesson import visit_sentences
from .words import NEVER, UNBOUNDED, counted, percent, seconds

LATE, CALLS = 60.0, 5  # whose jobs wait for a worker longer than so many seconds and usual calls does not keep up


def sentences(comparison: Comparison) -> list[str]:
    """What these numbers teach, a sentence each: who was timed out and why, was it luck, what the threads and workers
    were busy with, and what async did not make faster."""
    if not comparison.sync.summary.requests:
        return ["No request arrived in the time that counts."]
    if comparison.scenario.beyond:
        told = visit_sentences(comparison)  # those below explain by the rules R1 to R10
        return [*told[:1], *filter(None, [lab_luck_sentence(comparison) if told else ""]), *told[1:]]
    writers = (_timeouts, luck_sentence, _waste, _pages, _workers, _completion, _same_slots)
    return [sentence for write in writers if (sentence := write(comparison))]


def _timeouts(comparison: Comparison) -> str:
    sync, in_async = comparison.sync.summary, comparison.async_.summary.timed_out
    if not sync.timed_out:
        told = f"{in_async:,}" if in_async else "none either"
        return f"SYNC timed out none of {counted(sync.requests, 'request')}, ASYNC {told}."
    alone = _too_long_alone(comparison.sync)
    behind = sync.timed_out - alone
    reasons = [f"{alone:,} took too long by {_self(alone)}, on an idle server too"] if alone else []
    reasons += [f"{behind:,} waited too long behind others"] if behind else []
    who = f"{counted(sync.timed_out_pages, 'page')}, {counted(sync.timed_out_reports, 'report')}"
    return (
        f"SYNC timed out {sync.timed_out:,} of {counted(sync.requests, 'request')} ({who}): {', '.join(reasons)};"
        f" ASYNC timed out {f'{in_async:,}' if in_async else 'none'}."
    )


def _self(number: int) -> str:
    return "itself" if number == 1 else "themselves"


def _too_long_alone(result: Result) -> int:
    return too_long_alone(result.records, result.workload, result.cycle, result.scenario.warmup)


def _waste(comparison: Comparison) -> str:
    sync = comparison.sync.summary
    if not sync.wasted_time:
        return ""
    share = percent(sync.wasted_time / (sync.useful_time + sync.wasted_time))
    fate = "cut off only then" if comparison.scenario.limit < inf else "not told"
    return (
        f"SYNC's threads spent {sync.wasted_time:,.0f} thread-seconds, {share} of their busy time"
        f"{_warmup_too(comparison)}, on requests whose client got an error: the application is {fate}."
    )


def _warmup_too(comparison: Comparison) -> str:
    return " (warm-up included)" if comparison.scenario.warmup else ""


def _pages(comparison: Comparison) -> str:
    sync, later = (result.summary.page_response_time.p95 for result in (comparison.sync, comparison.async_))
    if sync is None or later is None:
        return ""
    timeout = comparison.scenario.timeout
    told = f"in SYNC {_answered(sync, timeout)}, in ASYNC {_answered(later, timeout)}"
    if max(sync, later) < timeout:
        told = f"in SYNC 95 of 100 are answered within {seconds(sync)}, in ASYNC within {seconds(later)}"
    if sync >= 2 * later:
        return f"Pages wait behind reports: {told}."
    if sync > 1.05 * later:
        return f"Pages are slower in SYNC: {told}; much of it is there without slow calls on the threads, too."
    if later > 1.05 * sync:
        return f"Pages are slower in ASYNC: {told}."
    alike = "quick" if sync < timeout else "slow"
    return f"Pages are as {alike} in both: {told}{_free_thread(comparison)}."


def _answered(p95: float, timeout: float) -> str:
    # What comes at the timeout is an error, no answer.
    return "not even 95 of 100 are answered" if p95 >= timeout else f"95 of 100 are answered within {seconds(p95)}"


def _free_thread(comparison: Comparison) -> str:
    waited = any(result.summary.peak_backlog for result in (comparison.sync, comparison.async_))
    return "" if waited else ", for there was always a free thread"


def _workers(comparison: Comparison) -> str:
    summary, load = comparison.async_.summary, _offered_load(comparison.async_)
    if load is None or not summary.reports:
        return ""
    pool = counted(comparison.async_.records.workers, "worker")
    if load < 1:
        waiting = f"with at most {counted(summary.peak_queue, 'job')}" if summary.peak_queue else "with never a job"
        they = f"{_keep_up(comparison.async_)}, {waiting} in the queue{_warmup_too(comparison)}"
        return f"The jobs fill {percent(load)} of the time of {pool}: {they}."
    share = f"The jobs would fill {percent(load)} of the time of {pool}, {'more than' if load > 1 else 'all'} there is"
    grows = "grows" if summary.peak_queue else "has no time to grow here, but grows"
    depends = "how long the file is" if comparison.workload.from_file else "the duration"
    return f"{share}: {UNBOUNDED.format(grows=grows, depends=depends)}"


def _keep_up(result: Result) -> str:
    """Whether the workers do at once what comes; in the end they do it all."""
    longest, workload = result.summary.job_waiting_time.max or 0.0, result.workload
    late = longest > max(LATE, CALLS * float(workload.external_time[workload.is_report].mean()))
    return f"in the end they do it all, but one waited for {seconds(longest)}" if late else "they keep up"


def _offered_load(result: Result) -> float | None:
    return offered_load(result.records, result.workload, result.scenario.warmup)


def _completion(comparison: Comparison) -> str:
    sync, later = comparison.sync.summary, comparison.async_.summary
    if not later.reports:
        return ""
    fast = (later.response_time.mean or 0.0) < (sync.response_time.mean or 0.0)
    opening = "Async makes the answer fast, not the work: a" if fast else "A"
    return f"{opening} report's median completion time is {_median(sync)} in SYNC and {_median(later)} in ASYNC."


def _median(summary: Summary) -> str:
    median, lost = summary.completion_time.p50, summary.reports - summary.reports_completed
    told = f'"{NEVER}"' if median is None else seconds(median)
    return told + (f" ({lost:,} of {summary.reports:,} never completed)" if lost else "")


def _same_slots(comparison: Comparison) -> str:
    same, in_async = comparison.sync_same_slots, comparison.async_.summary.timed_out
    late, workers = same.summary.timed_out, comparison.scenario.workers
    start = f"With {counted(workers, 'more thread')} in place of the {counted(workers, 'worker')}, SYNC"
    if not late and not in_async:
        return f"{start} times nobody out either: against the timeout the same slots serve as well the old way."
    compared = "fewer than" if late < in_async else "as many as" if late == in_async else "more than"
    alone = _too_long_alone(same)
    told = f"times out {late:,} ({alone:,} of them too long by {_self(alone)})" if late else "times nobody out"
    return f"{start} {told}, {compared} ASYNC's {in_async:,}." if in_async else f"{start} {told}, ASYNC none."
