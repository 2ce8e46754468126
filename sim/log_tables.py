"""What a log would do, as text: whether the model tells what happened, one table, and three sentences."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .cells import figure, label_rows
from .studies.sizing import HIT_BY_TIMEOUTS
from .tables import lined_up
from .words import NONE, counted, joined, percent, seconds

if TYPE_CHECKING:
    from .experiments import Result
    from .logs.whatif import WhatIf
    from .studies.goals import Goal

HEADS = {
    "as_it_was": ("SYNC", "as it was"),
    "with_jobs": ("ASYNC", "with jobs"),
    "sync_enough": ("SYNC", "enough threads"),
    "async_enough": ("ASYNC", "enough of both"),
}


def whatif_text(answer: "WhatIf") -> str:
    """All of it: what there is to say of the log, whether the model tells what happened, the table, the sentences."""
    said = [*answer.imported.said, "", agreement(answer), "", *_table(answer), ""]
    return "\n".join([*said, *(f"• {sentence}" for sentence in sentences(answer))])


def agreement(answer: "WhatIf") -> str:
    """Whether the model has the timeouts that the log has."""
    log, model, both = answer.timeouts
    threads = counted(answer.as_it_was.records.threads, "thread")
    if answer.tells_what_happened is None:
        return (
            f"This log knows no timeouts; the model, SYNC with {threads}, has {model:,}. Whether it tells what happened"
            " only a router's log beside it can show."
        )
    verdict = "it tells what happened"
    if not answer.tells_what_happened:
        verdict = "it does not tell what happened; look at --threads and --timeout before you believe the rest"
    same = f", {both:,} of them the same requests" if both else ""
    told = f"The log has {counted(log, 'timeout')}; the model, SYNC with {threads}, has {model:,}{same}: {verdict}."
    if not answer.imported.lower_bounds:
        return told
    return (
        f"{told}\nBut of {answer.imported.lower_bounds:,} requests only part of the work is known, and a wait given up"
        " looks like work: below, reports are too quick and pages with jobs too slow. The application's log"
        " beside this one would tell."
    )


def sentences(answer: "WhatIf") -> list[str]:
    """What jobs would change, what the goals would take the old way, and what they take with jobs."""
    return [_change(answer), _old_way(answer), _with_jobs(answer)]


def _change(answer: "WhatIf") -> str:
    was, later = answer.as_it_was.summary, answer.with_jobs.summary
    slots = _slots(answer.with_jobs)
    pages = ""
    if was.page_response_time.p95 is not None and later.page_response_time.p95 is not None:
        before, after = seconds(was.page_response_time.p95), seconds(later.page_response_time.p95)
        pages = f"; 95 of 100 pages are answered within {after} instead of {before}"
    timeouts = f"{counted(later.timed_out, 'timeout')} instead of {was.timed_out:,}"
    return f"With the reports as jobs, {slots}: {timeouts}{pages}."


def _old_way(answer: "WhatIf") -> str:
    goals = " and ".join(str(one) for one in answer.goals)
    if answer.sync_enough is not None:
        return f"For {goals}, SYNC needs {counted(answer.sync_enough.records.threads, 'thread')}."
    if untold := answer.untold(answer.as_it_was):
        return _cannot_be_told("SYNC", untold)
    alone = answer.hopeless if any(map(_rests_on_timeouts, answer.missed["sync"])) else 0
    takes = "takes" if alone == 1 else "take"
    why = f"{counted(alone, 'request')} {takes} {answer.as_it_was.scenario.timeout:g} s or longer by"
    why = f": {why} {'itself' if alone == 1 else 'themselves'}" if alone else ""
    return f"For {goals}, no number of threads is enough in SYNC{why}."


def _cannot_be_told(cycle: str, goals: "Sequence[Goal]") -> str:
    names, verb = joined([one.statistic for one in goals]), "is" if len(goals) == 1 else "are"
    why = f"{names} {verb} {NONE}, for there are too few requests for it, or none"
    return f"Whether {cycle} meets the goals cannot be told: {why}."


def _rests_on_timeouts(goal: "Goal") -> bool:
    return goal.statistic.partition(".")[0] in HIT_BY_TIMEOUTS[goal.comparison[0]]


def _with_jobs(answer: "WhatIf") -> str:
    enough = answer.async_enough
    if enough is None:
        if untold := answer.untold(answer.with_jobs):
            return _cannot_be_told("ASYNC", untold)
        either = " either" if answer.sync_enough is None else ""
        return f"ASYNC does not meet the goals{either}, with any number of threads and workers."
    busy = percent(enough.summary.worker_utilisation)
    return f"ASYNC meets them with {_slots(enough)}; the workers are busy {busy} of the time."


def _slots(result: "Result") -> str:
    return f"{counted(result.records.threads, 'thread')} and {counted(result.records.workers, 'worker')}"


def _table(answer: "WhatIf") -> Iterator[str]:
    columns = answer.columns
    rows = [(name, *cells) for name, cells in _rows(answer)]
    heads = [("", *(HEADS[name][line] for name in columns)) for line in (0, 1)]
    lines = lined_up([*heads, *rows], "<" + ">" * len(columns), [30] + [14] * len(columns))
    lines.insert(2, "─" * max(map(len, lines)))
    return iter(lines)


def _rows(answer: "WhatIf") -> Iterator[tuple[str, list[str]]]:
    results = answer.columns.values()
    yield "threads", [f"{r.records.threads}" for r in results]
    yield "workers", [f"{r.records.workers}" if r.records.workers else NONE for r in results]
    yield "timed out", [f"{r.summary.timed_out:,}" for r in results]
    yield "  as a share of all", [percent(r.summary.timeout_fraction) for r in results]
    for part in ("p50", "p95"):
        yield f"response time, {part}", [figure(r.summary.response_time, r.summary.requests, part) for r in results]
    pages = "response time of pages, p95"
    yield pages, [figure(r.summary.page_response_time, _pages(r), "p95") for r in results]
    for part in ("p50", "p95"):
        name = f"completion of reports, {part}"
        yield name, [figure(r.summary.completion_time, r.summary.reports, part) for r in results]
    yield "reports completed", [f"{r.summary.reports_completed:,} of {r.summary.reports:,}" for r in results]
    yield "threads busy", [percent(r.summary.thread_utilisation) for r in results]
    yield "workers busy", [percent(r.summary.worker_utilisation) for r in results]
    yield from label_rows(results)
    yield "meets the goals", [NONE if answer.untold(r) else "yes" if answer.met(r) else "no" for r in results]


def _pages(result: "Result") -> int:
    return result.summary.requests - result.summary.reports
