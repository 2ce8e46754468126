"""Results as text: the comparison's table, and one request's way hop by hop."""

from collections.abc import Iterator, Sequence

from .cells import Row, label_rows, spread_rows
from .experiments import Comparison, Result
from .path import CONTROLLER, EXTERNAL
from .records import KINDS
from .stats import FEWEST, offered_load
from .visit_tables import visit_rows
from .words import COLUMNS, LABELS, MISHAPS, NEVER, NONE, counted, cycle_name, percent, seconds

Event = tuple[float, int, str, str | int | None]
INSIDE = ("computes", "died")  # events that are told indented, as hops are


def comparison_table(comparison: Comparison) -> str:
    """The columns of a comparison, a figure a line: durations with their unit, "–" undefined, "never" unbounded."""
    results = comparison.cycles
    rows = [(name, [cell(result) for result in results.values()]) for name, cell in _rows(comparison)]
    rows += label_rows(results.values())
    heads = [("", [COLUMNS[name].partition(", ")[2 * line] for name in results]) for line in (0, 1)]
    label = max(len(name) for name, _ in rows) + 2
    signs, least = "<" + ">" * len(results), [label] + [12] * len(results)
    lines = lined_up([(name, *cells) for name, cells in (*heads, *rows)], signs, least)
    lines.insert(2, "─" * max(map(len, lines)))
    return "\n".join([heading(comparison), "", *lines, *_footnotes(rows, comparison)])


def lined_up(rows: Sequence[Sequence[str]], signs: str, least: Sequence[int]) -> list[str]:
    """Rows of cells as lines: every column as wide as its widest cell, no less than its `least`, two blanks between.

    `signs` has a "<" for each column that stands on the left and a ">" for each on the right.
    """
    longest = [max(map(len, column)) for column in zip(*rows, strict=True)]
    formats = [f"{sign}{max(widths)}" for sign, *widths in zip(signs, least, longest, strict=True)]
    return ["  ".join(format(*cell) for cell in zip(row, formats, strict=True)).rstrip() for row in rows]


def heading(comparison: Comparison) -> str:
    """One line on what was simulated."""
    workload, scenario = comparison.workload, comparison.scenario
    title = scenario.title or "A scenario"
    reports = counted(int(workload.is_report.sum()), "report")
    later = f"; counted are the {comparison.sync.summary.visits:,} from {scenario.warmup:g} s on"
    whom = counted(len(workload), "visit" if scenario.beyond else "request")
    return (
        f"{title}: {whom} in {seconds(workload.ends_at)}, {reports} among them;"
        f" timeout {scenario.timeout:g} s{later if scenario.warmup else ''}"
    )


def _rows(comparison: Comparison) -> Iterator[Row]:
    return visit_rows(comparison) if comparison.scenario.beyond else _plain_rows()


def _plain_rows() -> Iterator[Row]:
    yield "threads", lambda r: f"{r.records.threads}"
    yield "workers", lambda r: f"{r.records.workers}" if r.records.workers else NONE
    yield "answered", lambda r: f"{r.summary.answered:,}"
    yield "timed out", lambda r: f"{r.summary.timed_out:,}"
    yield "  as a share of all", lambda r: percent(r.summary.timeout_fraction)
    yield "  pages", lambda r: f"{r.summary.timed_out_pages:,}"
    yield "  reports", lambda r: f"{r.summary.timed_out_reports:,}"
    yield from spread_rows("response time", lambda r: (r.summary.response_time, r.summary.requests), "mean p50 p95 max")
    yield from spread_rows(
        "response time of pages",
        lambda r: (r.summary.page_response_time, r.summary.requests - r.summary.reports),
        "p50 p95 max",
    )
    yield from spread_rows(
        "completion time of reports", lambda r: (r.summary.completion_time, r.summary.reports), "p50 p95 max"
    )
    yield "reports completed", lambda r: f"{r.summary.reports_completed:,} of {r.summary.reports:,}"
    yield "answers per second", lambda r: NONE if r.summary.throughput is None else f"{r.summary.throughput:.3g}"
    yield "threads busy", lambda r: percent(r.summary.thread_utilisation)
    yield "workers busy", lambda r: percent(r.summary.worker_utilisation)
    yield "work offered to workers", lambda r: percent(offered_load(r.records, r.workload, r.scenario.warmup))
    yield "longest backlog", lambda r: f"{r.summary.peak_backlog:,}"
    yield "longest queue", lambda r: f"{r.summary.peak_queue:,}" if r.records.workers else NONE
    yield "thread-seconds useful", lambda r: f"{r.summary.useful_time:,.0f}"
    yield "thread-seconds wasted", lambda r: f"{r.summary.wasted_time:,.0f}"
    yield "thread-seconds idle", lambda r: f"{r.summary.idle_time:,.0f}"
    yield "everything done at", lambda r: seconds(r.summary.ended_at)


def _footnotes(rows: list[tuple[str, list[str]]], comparison: Comparison) -> Iterator[str]:
    cells = {cell for name, row in rows for cell in row if name.split()[-1] in FEWEST}
    if NEVER in cells:
        visits = "visits that had no good answer, or " if comparison.scenario.beyond else ""
        yield f"\nnever: the figure falls among {visits}reports that were never completed."
    if any(set(row) == {NONE} for name, row in rows if name.split()[-1] in FEWEST):
        yield f"\n–: too few to say; p95 needs {FEWEST['p95']} of them."
    if comparison.sync.summary.throughput is None:
        yield "\n– per second and of the time: all that is counted arrives at one instant, so no time passes meanwhile."
    when, over = ("after the warm-up, ", ", its warm-up included") if comparison.scenario.warmup else ("", "")
    yield f"\nbusy: {when}while requests arrive; backlog, queue and thread-seconds: over the whole run{over}"


def timeline(result: Result, request_id: int) -> str:
    """One request's way, an event a line: instant, time since arrival (both s), what happened, and how long it took.

    Raises ValueError where there is no such request.
    """
    records = result.records
    if not 0 <= request_id < len(records):
        allowed = f"0 to {len(records) - 1}" if len(records) else "none, no request arrived"
        raise ValueError(f"request {request_id}: no such request; allowed: {allowed}")
    events = result.trace.of(request_id)
    kind = KINDS[records.kind[request_id]]
    again = f", number {records.attempt[request_id]} of visit {records.visit_id[request_id]}"
    again = again if result.scenario.beyond and records.visit_id[request_id] != request_id else ""
    file = f"; a file says no hops' times, only web_time: at {CONTROLLER.label}" if result.workload.from_file else ""
    head = f"Request {request_id}, a {kind}{again}, {cycle_name(result.cycle.name)}{file}"
    instants = [(f"{at:.6f}", f"{at - events[0][0]:.6f}") for at, *_ in events]
    lines = lined_up([("at, s", "since arrival, s"), *instants], ">>", (12, 18))
    told = ["what happens", *_deeds(events, result, request_id)]
    return "\n".join([head, "", *(f"{line}   {deed}" for line, deed in zip(lines, told, strict=True))])


def _deeds(events: Sequence[Event], result: Result, request_id: int) -> Iterator[str]:
    """What happens in each event, in words."""
    web_time = float(result.workload.web_time[result.records.visit_id[request_id]])
    for _, _, event, place in events:
        yield _told(event, place, result, request_id, web_time)
        web_time = 0.0 if place == CONTROLLER.name else web_time  # only the way in through the controller takes it


def _told(event: str, place: str | int | None, result: Result, request_id: int, web_time: float) -> str:
    if event in MISHAPS:
        return "  " * (event in INSIDE) + MISHAPS[event].format(place=place)
    records, workload = result.records, result.workload
    waited = seconds(float(records.waiting_time[request_id]))
    if event == "reached":
        at_controller = web_time if place == CONTROLLER.name else 0.0
        external = float(workload.external_time[records.visit_id[request_id]])
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
