"""Results as text: the comparison's table, the lesson drawn from its numbers, and one request's way hop by hop."""

from collections.abc import Callable, Iterator
from operator import itemgetter

from .experiments import Comparison, Result
from .luck import luck_sentence
from .path import CONSTANT_HOPS, CONTROLLER, EXTERNAL
from .stats import FEWEST, Spread, Summary, offered_load, too_long_alone
from .workload import split_at_push

LABELS = {hop.name: hop.label for hop in (*CONSTANT_HOPS, EXTERNAL)}
HEADS = {"sync": ("SYNC", ""), "async": ("ASYNC", ""), "sync_same_slots": ("SYNC", "same slots")}
NONE, NEVER = "–", "never"

Cell = Callable[[Result], str]
Row = tuple[str, Cell]


def seconds(value: float | None) -> str:
    """A duration for reading: three significant figures, in ms below one second."""
    if value is None:
        return NONE
    if 0 < value < 0.9995:
        return f"{value * 1000:.3g} ms"
    return f"{value:,.0f} s" if value >= 99.95 or value == 0 else f"{value:#.3g} s"


def percent(fraction: float | None) -> str:
    """A fraction for reading; what is more than nothing does not look like nothing."""
    if fraction is None:
        return NONE
    return "< 0.1 %" if 0 < fraction < 0.0005 else f"{100 * fraction:.1f} %"


def counted(number: int, noun: str) -> str:
    """A number of things: "1 report", "1,200 reports"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def comparison_table(comparison: Comparison) -> str:
    """The columns of a comparison, a figure a line: durations with their unit, "–" undefined, "never" unbounded."""
    results = comparison.cycles
    rows = [(name, [cell(result) for result in results.values()]) for name, cell in _rows()]
    heads = [("", [HEADS[name][line] for name in results]) for line in (0, 1)]
    label = max(len(name) for name, _ in rows) + 2
    lines = [f"{name:{label}}{''.join(f'{cell:>14}' for cell in cells)}".rstrip() for name, cells in (*heads, *rows)]
    lines.insert(2, "─" * (label + 14 * len(results)))
    return "\n".join([heading(comparison), "", *lines, *_footnotes(rows, comparison)])


def heading(comparison: Comparison) -> str:
    """One line on what was simulated."""
    workload, scenario = comparison.workload, comparison.scenario
    title = scenario.title or "A scenario"
    reports = counted(int(workload.is_report.sum()), "report")
    later = f"; counted are the {comparison.sync.summary.requests:,} from {scenario.warmup:g} s on"
    return (
        f"{title}: {counted(len(workload), 'request')} in {seconds(workload.ends_at)}, {reports} among them;"
        f" timeout {scenario.timeout:g} s{later if scenario.warmup else ''}"
    )


def _rows() -> Iterator[Row]:
    yield "threads", lambda r: f"{r.records.threads}"
    yield "workers", lambda r: f"{r.records.workers}" if r.records.workers else NONE
    yield "answered", lambda r: f"{r.summary.answered:,}"
    yield "timed out", lambda r: f"{r.summary.timed_out:,}"
    yield "  as a share of all", lambda r: percent(r.summary.timeout_fraction)
    yield "  pages", lambda r: f"{r.summary.timed_out_pages:,}"
    yield "  reports", lambda r: f"{r.summary.timed_out_reports:,}"
    yield from _spread("response time", lambda r: (r.summary.response_time, r.summary.requests), "mean p50 p95 max")
    yield from _spread(
        "response time of pages",
        lambda r: (r.summary.page_response_time, r.summary.requests - r.summary.reports),
        "p50 p95 max",
    )
    yield from _spread(
        "completion time of reports", lambda r: (r.summary.completion_time, r.summary.reports), "p50 p95 max"
    )
    yield "reports completed", lambda r: f"{r.summary.reports_completed:,} of {r.summary.reports:,}"
    yield "answers per second", lambda r: NONE if r.summary.throughput is None else f"{r.summary.throughput:.3g}"
    yield "threads busy", lambda r: percent(r.summary.thread_utilisation)
    yield "workers busy", lambda r: percent(r.summary.worker_utilisation)
    yield "work offered to workers", lambda r: percent(_offered_load(r))
    yield "longest backlog", lambda r: f"{r.summary.peak_backlog:,}"
    yield "longest queue", lambda r: f"{r.summary.peak_queue:,}" if r.records.workers else NONE
    yield "thread-seconds useful", lambda r: f"{r.summary.useful_time:,.0f}"
    yield "thread-seconds wasted", lambda r: f"{r.summary.wasted_time:,.0f}"
    yield "thread-seconds idle", lambda r: f"{r.summary.idle_time:,.0f}"
    yield "everything done at", lambda r: seconds(r.summary.ended_at)


def _spread(name: str, get: Callable[[Result], tuple[Spread, int]], figures: str) -> Iterator[Row]:
    for number, figure in enumerate(figures.split()):
        label = f"{name}, {figure}" if number == 0 else f"{'':{len(name) + 2}}{figure}"
        yield label, lambda r, figure=figure: _figure(*get(r), figure)  # type: ignore[misc]


def _figure(spread: Spread, count: int, figure: str) -> str:
    value: float | None = getattr(spread, figure)
    return NEVER if value is None and count >= FEWEST[figure] else seconds(value)


def _footnotes(rows: list[tuple[str, list[str]]], comparison: Comparison) -> Iterator[str]:
    cells = {cell for name, row in rows for cell in row if name.split()[-1] in FEWEST}
    if NEVER in cells:
        yield "\nnever: the figure falls among reports that were never completed."
    if NONE in cells:
        yield f"\n–: too few to say; p95 needs {FEWEST['p95']} of them."
    when, over = ("after the warm-up, ", ", its warm-up included") if comparison.scenario.warmup else ("", "")
    yield f"\nbusy: {when}while requests arrive; backlog, queue and thread-seconds: over the whole run{over}"


def lesson(comparison: Comparison) -> list[str]:
    """What these numbers teach, a sentence each: who was timed out and why, was it luck, what the threads and workers
    were busy with, and what async did not make faster."""
    if not comparison.sync.summary.requests:
        return ["No request arrived in the time that counts."]
    sentences = (_timeouts, luck_sentence, _waste, _pages, _workers, _completion, _same_slots)
    return [sentence for write in sentences if (sentence := write(comparison))]


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
    fate = "cut off only then" if comparison.scenario.on_timeout == "kill" else "not told"
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
        steady = len(comparison.scenario.rate_steps) == 1 or comparison.workload.from_file
        they = f"they keep up{'' if steady else ' over the whole run'}, {waiting} in the queue{_warmup_too(comparison)}"
        return f"The jobs fill {percent(load)} of the time of {pool}: {they}."
    share = f"The jobs would fill {percent(load)} of the time of {pool}, {'more than' if load > 1 else 'all'} there is"
    grows = "grows" if summary.peak_queue else "has no time to grow here, but grows"
    depends = "how long the file is" if comparison.workload.from_file else "the duration"
    return (
        f"{share}: the queue {grows} without bound as long as requests arrive, and these figures depend on {depends}."
    )


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


def timeline(result: Result, request_id: int) -> str:
    """One request's way, an event a line: instant, time since arrival (both s), what happened, and how long it took.

    Raises ValueError where there is no such request.
    """
    records = result.records
    if not 0 <= request_id < len(records):
        allowed = f"0 to {len(records) - 1}" if len(records) else "none, no request arrived"
        raise ValueError(f"request {request_id}: no such request; allowed: {allowed}")
    events = _in_order(result, request_id)
    kind = "report" if records.is_report[request_id] else "page"
    file = f"; a file says no hops' times, only web_time: at {CONTROLLER.label}" if result.workload.from_file else ""
    lines = [f"Request {request_id}, a {kind}, {result.cycle.name.upper()}{file}", ""]
    lines.append(f"{'at, s':>12}{'since arrival, s':>20}   what happens")
    web_time = float(result.workload.web_time[request_id])
    for at, _, event, place in events:
        told = _told(event, place, result, request_id, web_time)
        web_time = 0.0 if place == CONTROLLER.name else web_time  # only the way in through the controller takes it
        lines.append(f"{at:12.6f}{at - events[0][0]:20.6f}   {told}")
    return "\n".join(lines)


def _in_order(result: Result, request_id: int) -> list[tuple[float, int, str, str | int | None]]:
    """One request's events as one tells them: at one instant the job is pushed and taken before its work begins."""
    cycle, told = result.cycle, []
    journey = cycle.report if result.records.is_report[request_id] else cycle.page
    on_the_way_in, by_worker = len(split_at_push(journey.thread)[0]), {hop.name for hop in journey.worker}
    ranks = {"arrived": 0, "started": 1, "enqueued": 3, "picked_up": 5, "completed": 7}
    reached = 0
    for event in result.trace.of(request_id):
        rank = ranks.get(event[2], 8)
        if event[2] == "reached":
            at_work = event[3] in by_worker
            reached += not at_work
            rank = 6 if at_work else 2 if reached <= on_the_way_in else 4
        told.append((event[0], rank, event))
    return [event for _, _, event in sorted(told, key=itemgetter(0, 1))]


def _told(event: str, place: str | int | None, result: Result, request_id: int, web_time: float) -> str:
    records, workload = result.records, result.workload
    waited = seconds(float(records.waiting_time[request_id]))
    if event == "reached":
        at_controller = web_time if place == CONTROLLER.name else 0.0
        external = float(workload.external_time[request_id])
        time = external if place == EXTERNAL.name else workload.hop_times[str(place)] + at_controller
        return f"  {LABELS[str(place)]:<16}{seconds(time):>10}"
    return {
        "arrived": "HTTP Request arrives",
        "started": f"thread {place} takes it after {waited} in the backlog",
        "enqueued": "  its job is in the Queue",
        "picked_up": f"worker {place} takes the job",
        "completed": f"worker {place} has done the job: the report exists",
        "responded": "HTTP Response leaves in time",
        "timed_out": f"timed out: the router answers with an error after {records.timeout:g} s",
        "finished": f"thread {place} is free",
        "skipped": f"thread {place} skips it after {waited} in the backlog: its client has gone",
        "killed": f"thread {place} is cut off and free",
    }[event]
