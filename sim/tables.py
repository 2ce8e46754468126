"""Results as text: the comparison's table, the lesson drawn from its numbers, and one request's way hop by hop."""

from collections.abc import Callable, Iterator

from .experiments import Comparison, Result
from .path import CONSTANT_HOPS, CONTROLLER, EXTERNAL
from .stats import PERCENTILES, Spread, offered_load, too_long_alone

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
    """A fraction for reading."""
    return NONE if fraction is None else f"{100 * fraction:.1f} %"


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
    title = "A workload file" if workload.from_file else scenario.title or "A scenario"
    reports = counted(int(workload.is_report.sum()), "report")
    return (
        f"{title}: {counted(len(workload), 'request')} in {seconds(workload.ends_at)}, {reports} among them;"
        f" timeout {seconds(scenario.timeout)}"
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
    fewest = PERCENTILES[figure][1] if figure in PERCENTILES else 1
    return NEVER if value is None and count >= fewest else seconds(value)


def _footnotes(rows: list[tuple[str, list[str]]], comparison: Comparison) -> Iterator[str]:
    cells = {cell for name, row in rows for cell in row if name.strip()[-3:] in ("p95", "max", "p50", "ean")}
    if NEVER in cells:
        yield "\nnever: the figure falls among reports that were never completed."
    if NONE in cells:
        yield "\n–: too few to say; p95 needs 20 requests and p99 needs 100."


def lesson(comparison: Comparison) -> list[str]:
    """What these numbers teach, a sentence each: who was timed out and why, what the threads and workers were busy
    with, and what async did not make faster."""
    if not comparison.sync.summary.requests:
        return ["No request arrived in the time that counts."]
    sentences = (_timeouts, _waste, _pages, _workers, _completion, _same_slots)
    return [sentence for write in sentences if (sentence := write(comparison))]


def _timeouts(comparison: Comparison) -> str:
    sync, late_async = comparison.sync.summary, comparison.async_.summary.timed_out
    tail = f"in ASYNC {late_async:,}." if late_async else "in ASYNC none."
    if not sync.timed_out:
        return f"SYNC answered all {counted(sync.requests, 'request')} in time; {tail}"
    alone = _too_long_alone(comparison.sync)
    behind = sync.timed_out - alone
    reasons = [f"{alone:,} took too long by themselves, on an idle server too"] if alone else []
    reasons += [f"{behind:,} waited too long behind others"] if behind else []
    who = f"({counted(sync.timed_out_pages, 'page')}, {counted(sync.timed_out_reports, 'report')})"
    return (
        f"SYNC timed out {sync.timed_out:,} of {counted(sync.requests, 'request')} {who}: {', '.join(reasons)}; {tail}"
    )


def _too_long_alone(result: Result) -> int:
    return too_long_alone(result.records, result.workload, result.cycle, result.scenario.warmup)


def _waste(comparison: Comparison) -> str:
    sync = comparison.sync.summary
    busy = sync.useful_time + sync.wasted_time
    if not sync.wasted_time:
        return ""
    return (
        f"SYNC's threads were held for {busy:,.0f} thread-seconds, {percent(sync.wasted_time / busy)} of them for"
        " requests whose client got an error: the application is not told."
    )


def _pages(comparison: Comparison) -> str:
    sync, later = (result.summary.page_response_time for result in (comparison.sync, comparison.async_))
    if sync.p95 is None or later.p95 is None:
        return ""
    if sync.p95 <= 1.05 * later.p95:
        return f"Pages are as quick in both: 95 of 100 within {seconds(sync.p95)}, for there was a free thread."
    return (
        f"Pages wait behind reports: in SYNC 95 of 100 are answered within {seconds(sync.p95)},"
        f" in ASYNC within {seconds(later.p95)}."
    )


def _workers(comparison: Comparison) -> str:
    result = comparison.async_
    load = offered_load(result.records, result.workload, result.scenario.warmup)
    if load is None or not result.summary.reports:
        return ""
    share = f"The jobs keep {counted(result.records.workers, 'worker')} {percent(load)} busy"
    if load < 1:
        return f"{share}: they keep up, with at most {counted(result.summary.peak_queue, 'job')} in the queue."
    return (
        f"{share}, more than they have time for: the queue grows without bound as long as requests arrive,"
        f" and these figures depend on the duration."
    )


def _completion(comparison: Comparison) -> str:
    sync, later = (result.summary for result in (comparison.sync, comparison.async_))
    if not later.reports or later.completion_time.p50 is None:
        return ""
    before = sync.completion_time.p50
    told = (
        f"half of the reports exist within {seconds(before)}" if before else "more than half of the reports never exist"
    )
    lost = sync.reports - sync.reports_completed
    return (
        f"Async makes the answer fast, not the work: in SYNC {told}"
        + (f" ({lost:,} never do)" if lost and before else "")
        + f", in ASYNC within {seconds(later.completion_time.p50)}."
    )


def _same_slots(comparison: Comparison) -> str:
    same, later = comparison.sync_same_slots, comparison.async_.summary
    late, workers = same.summary.timed_out, comparison.scenario.workers
    start = f"With {counted(workers, 'more thread')} in place of the {counted(workers, 'worker')}, SYNC"
    if not late:
        return f"{start} times nobody out either: here the same slots serve as well the old way."
    compared = "fewer than" if late < later.timed_out else "as many as" if late == later.timed_out else "more than"
    return (
        f"{start} still times out {late:,} ({_too_long_alone(same):,} of them too long by themselves),"
        f" {compared} ASYNC's {later.timed_out:,}."
    )


def timeline(result: Result, request_id: int) -> str:
    """One request's way, an event a line: instant, time since arrival (both s), what happened, and how long it took.

    Raises ValueError where there is no such request.
    """
    records = result.records
    if not 0 <= request_id < len(records):
        allowed = f"0 to {len(records) - 1}" if len(records) else "none, no request arrived"
        raise ValueError(f"request {request_id}: no such request; allowed: {allowed}")
    events = result.trace.of(request_id)
    kind = "report" if records.is_report[request_id] else "page"
    lines = [f"Request {request_id}, a {kind}, {result.cycle.name.upper()}", ""]
    lines.append(f"{'at, s':>12}{'since arrival, s':>20}   what happens")
    web_time = float(result.workload.web_time[request_id])
    for at, _, event, place in events:
        told = _told(event, place, result, request_id, web_time)
        web_time = 0.0 if place == CONTROLLER.name else web_time  # only the way in through the controller takes it
        lines.append(f"{at:12.6f}{at - events[0][0]:20.6f}   {told}")
    return "\n".join(lines)


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
        "timed_out": f"timed out: the router answers with an error after {seconds(records.timeout)}",
        "finished": f"thread {place} is free",
        "skipped": f"thread {place} skips it after {waited} in the backlog: its client has gone",
        "killed": f"thread {place} is cut off and free",
    }[event]
