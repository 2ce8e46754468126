"""Who waits, over time: requests for a thread, jobs for a worker, failed jobs for their next run."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.ticker import MaxNLocator

from ..attempts import Attempts
from ..experiments import Result
from ..stats import peak
from ..units import Seconds
from ..words import counted, cycle_label
from .annotations import rates, troubles
from .style import MANY, drawn, entitle, theme_of

Stays = tuple[Seconds, Seconds]  # from when until when each of them waited
LINES = {  # what waits: on the axis, in the legend, the colour's role, a hatch
    "backlog": ("requests", "backlog: requests waiting for a thread", "page", ""),
    "queue": ("jobs", "queue: jobs waiting for a worker", "report", "//"),
    "retry set": ("failed jobs", "retry set: failed jobs until their next run", "timed_out", ".."),
}


def waits(result: Result) -> Iterator[tuple[str, Stays]]:
    """What can wait in this run, and from when until when each of them did (s)."""
    records = result.records
    yield "backlog", (records.at_threads.came_at, records.at_threads.taken_at)
    if records.workers:
        yield "queue", (records.at_workers.came_at, records.at_workers.taken_at)
    if isinstance(records, Attempts) and len(records.in_retry_set[0]):
        yield "retry set", records.in_retry_set


def backlog_alt(result: Result, **_: object) -> str:
    """The alternative text of `backlog`."""
    return f"What waits over time, step curves. {_finding(result)}."


def _finding(result: Result) -> str:
    records = result.records
    most = peak(records.at_threads.came_at, records.at_threads.taken_at)
    told = [f"at most {counted(most, 'request')} in the backlog" if most else "no request waited for a thread"]
    if records.workers:
        jobs = result.summary.peak_queue
        told.append(f"at most {counted(jobs, 'job')} in the queue" if jobs else "no job waited for a worker")
    if result.summary.peak_retry_set:
        told.append(f"at most {result.summary.peak_retry_set:,} in the retry set")
    return f"{cycle_label(result)}: {', '.join(told)}"


@drawn(backlog_alt)
def backlog(result: Result, ax: Axes, *, legend: bool = True) -> Axes:
    """How many requests wait for a thread (backlog), jobs for a worker (queue) and failed jobs for their next run.

    Over time (s), those that there are; outages and stops of the worker application are marked.
    """
    theme = theme_of(ax)
    end = max(result.records.ended_at or 0.0, result.workload.ends_at) or 1.0
    most, shown = 0.0, []
    for name, stays in waits(result):
        what, label, role, hatch = LINES[name]
        at, waiting = _curve(stays, end)
        if not waiting.any():
            continue  # what never waits is told in the title, not in a legend
        most = max(most, float(waiting.max()))
        shown.append(what)
        colour = getattr(theme, role)
        look: dict[str, Any] = {"facecolor": to_rgba(colour, 0.25), "edgecolor": colour, "hatch": hatch}
        ax.fill_between(
            at, waiting, step="post", label=label, gid=label, rasterized=len(at) > 10 * MANY, lw=2.0, **look
        )
    if result.workload.ends_at < end:
        ax.axvline(result.workload.ends_at, color=theme.soft, linewidth=2, linestyle=":", label="arrivals end")
    written = [rates(ax, result), troubles(ax, result)]
    top = (1.25 if any(written) else 1.1) * max(most, 1.0)
    ax.set(xlabel="time (s)", ylabel=f"waiting ({', '.join(shown) or 'nobody'})", xlim=(0, end), ylim=(0, top))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    entitle(ax, _finding(result))
    if legend and ax.get_legend_handles_labels()[0]:
        columns = 3 if len(shown) < 3 else 2
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=columns, handlelength=2.0)
    return ax


def _curve(stays: Stays, end: float) -> tuple[Seconds, Seconds]:
    """The step curve of how many wait: instants, and the number from each instant on."""
    entered, left = (np.sort(at[~np.isnan(at)]) for at in stays)
    at = np.unique(np.concatenate([[0.0], entered, left, [end]]))
    inside = np.searchsorted(entered, at, side="right") - np.searchsorted(left, at, side="right")
    return at, inside.astype(np.float64)
