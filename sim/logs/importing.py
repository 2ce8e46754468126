"""A log becomes a workload: the requests, their work, which of them are reports; and what there is to say about it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..complaints import shown
from ..path import CONSTANT_HOPS
from ..scenario import LARGEST_POOL, seconds_above_0
from ..units import Seconds, column_to_grid
from ..workload import Flags, Workload
from . import saying
from .ordering import Rows, count_coarse, in_order, steps_back, together
from .paths import Groups
from .reading import Read, read
from .rows import APPLICATION, JOB
from .slow import slow_shapes
from .streams import Progress
from .twice import without_repeats
from .unqueueing import TICK
from .working import joined, unqueued


@dataclass(frozen=True)
class Imported:
    """A log's workload; which of its requests the log says were timed out; and what there is to say about it.

    `source` is "both", "router", "application" or "jobs": with the last two the log knows no waiting and no timeouts.
    `lower_bounds` is of how many requests only a part of the work is known.
    """

    workload: Workload
    timed_out: Flags
    source: str
    said: tuple[str, ...]
    lower_bounds: int = 0


@dataclass(frozen=True)
class How:
    """How a log is to be read: what the flags of `import` say, checked."""

    threads: int | None
    web_time: float
    timeout: float
    slower_than: float | None


def import_logs(
    logs: Sequence[str] | str,
    *,
    reports: Sequence[str] | str = (),
    pages: Sequence[str] | str = (),
    slower_than: float | str | None = None,
    threads: int | None = None,
    web_time: float | str = 0.1,
    timeout: float | str = 30.0,
    format: str | None = None,  # noqa: A002
    log_format: str = "",
    everything: bool = False,
    progress: Progress = iter,
) -> Imported:
    """The workload that these logs ("-": stdin) tell of; reports are what matches the globs, or what is `slower_than`.

    `threads` is needed for a router's log alone, whose durations contain the backlog. Of a report `web_time` (s) stays
    on its thread, or all of it if that is shorter. Raises ValueError where nothing is usable, saying what was found.
    """
    logs, reports, pages = ([one] if isinstance(one, str) else list(one) for one in (logs, reports, pages))
    limit = None if slower_than is None else seconds_above_0("slower_than", slower_than)
    if threads is not None and (isinstance(threads, bool) or not 1 <= threads <= LARGEST_POOL):
        raise ValueError(f"threads = {shown(threads)}; allowed: a whole number from 1 to {LARGEST_POOL}")
    how = How(threads, seconds_above_0("web_time", web_time), seconds_above_0("timeout", timeout), limit)
    groups = Groups(reports, pages, everything=everything, shapes=limit is not None)
    return _imported(read(logs, groups, format=format, log_format=log_format, progress=progress), how)


def _imported(found: Read, how: How) -> Imported:
    without_repeats(found)
    said = [*saying.lines(found), *saying.clock(steps_back(found))]
    said += saying.coarse(count_coarse(found), len(found.columns.begin))
    rows = in_order(found, how.timeout)
    router, application, jobs = (rows.where(each) for each in (rows.of_router, rows.of(APPLICATION), rows.of(JOB)))
    del rows
    requests, source, told = router, "router", saying.timeouts(router.duration[router.timed_out], how.timeout)
    if len(router) and len(application):
        source, (work, more) = "both", joined(router, application)
    elif len(router):
        work, more = unqueued(router, how.threads, how.timeout)
    else:
        requests, source = application, "application" if len(application) else "jobs"
        work, more = application.duration, saying.application_alone(len(application))
    said += [*more, *told, *saying.jobs(len(jobs), len(requests))]
    made = _with_kinds(together(replace(requests, duration=work), jobs), found.groups, how, source, said)
    return replace(made, lower_bounds=int(requests.cut_off.sum()) if source == "router" else 0)


def _with_kinds(rows: Rows, groups: Groups, how: How, source: str, said: list[str]) -> Imported:
    """The rows, whose durations are their work, as pages and reports."""
    arrived_at, work, code, names = rows.begin - rows.begin[0], np.maximum(rows.duration, TICK), rows.code, groups.names
    reports, is_job = groups.report_codes, rows.of(JOB)
    if how.slower_than is not None:
        code, names, reports = slow_shapes(code, work, groups, how.slower_than)
    is_report = np.isin(code, list(reports)) | is_job
    said += [*saying.reports(is_report, code, work, names, reports), *saying.gaps(arrived_at)]
    workload = _workload(arrived_at, work, is_report, is_job, how.web_time)
    workload = replace(workload, **_labels(code, names, {*reports, *range(1, len(groups.given))}))
    return Imported(workload, rows.timed_out, source, tuple(said))


def _labels(code: NDArray[np.int32], names: Sequence[str], shown: Collection[int]) -> dict[str, Any]:
    """The globs as labels: those that were given, or guessed; the paths stay in the log."""
    codes = sorted(shown)
    number = np.full(len(names), -1, dtype=np.int32)
    number[codes] = np.arange(len(codes), dtype=np.int32)
    return {"labels": tuple(names[place] for place in codes), "label": number[code]} if codes else {}


def _workload(arrived_at: Seconds, work: Seconds, is_report: Flags, is_job: Flags, web_time: float) -> Workload:
    """Of a report a part stays on the thread; of a job, which never was on one, as good as nothing."""
    on_thread = np.where(is_job, TICK, np.where(is_report, np.minimum(work, column_to_grid(web_time)), work))
    return Workload(
        arrived_at,
        is_report,
        on_thread,
        np.where(is_job, work, work - on_thread),
        {hop.name: 0.0 for hop in CONSTANT_HOPS},
        ends_at=float(arrived_at[-1]),
        from_file=True,
    )
