"""What several figures write on a time axis: the steps of the arrival rate, the warm-up, the timeout."""

from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.transforms import blended_transform_factory

from ..experiments import Result
from ..words import duration
from .style import SMALL, theme_of

STEPS_NAMED = 8  # more steps of the arrival rate than this are not written out


def rates(ax: Axes, result: Result) -> bool:
    """Whether the arrival rate has steps: they are written along the top, those above the average shaded."""
    ends_at = result.workload.ends_at
    steps = [(from_at, rate) for from_at, rate in result.scenario.rate_steps if from_at < ends_at]
    if len(steps) < 2 or result.workload.from_file:
        return False
    spans = [(start, end, rate) for (start, rate), (end, _) in pairwise([*steps, (ends_at, 0.0)])]
    average = sum(rate * (end - start) for start, end, rate in spans) / ends_at
    where = blended_transform_factory(ax.transData, ax.transAxes)
    widest = max(spans, key=lambda span: span[1] - span[0])
    for start, end, rate in spans:
        if rate > average:
            ax.axvspan(start, end, color=theme_of(ax).idle, zorder=0, linewidth=0, gid="surge")
        if len(spans) <= STEPS_NAMED:
            text = f"{rate:g} requests/s" if start == widest[0] else f"{rate:g}/s"
            ax.text((start + end) / 2, 0.985, text, transform=where, ha="center", va="top", fontsize=SMALL)
    if len(spans) > STEPS_NAMED:
        text = f"grey: more than the average of {average:.3g} requests/s"
        ax.text(0.99, 0.985, text, transform=ax.transAxes, ha="right", va="top", fontsize=SMALL)
    return True


def warmup(ax: Axes, result: Result) -> None:
    """The stretch of time whose requests do not count, hatched."""
    theme, until = theme_of(ax), result.scenario.warmup
    if until:
        ax.axvspan(0, until, facecolor=theme.idle, edgecolor=theme.faint, hatch="//", zorder=0, gid="warmup")
        where = blended_transform_factory(ax.transData, ax.transAxes)
        level = 0.985 if len(result.scenario.rate_steps) < 2 else 0.88  # below what `rates` writes
        ax.text(0, level, " warm-up: not counted", transform=where, va="top", fontsize=SMALL, gid="warmup text")


def limit_line(ax: Axes, limit: float) -> None:
    """The timeout as a level line with its value."""
    theme = theme_of(ax)
    ax.axhline(limit, color=theme.timed_out, linewidth=1.5, zorder=1, gid="timeout")
    where = blended_transform_factory(ax.transAxes, ax.transData)
    look: dict[str, Any] = {
        "xytext": (6, 9),
        "textcoords": "offset points",
        "va": "bottom",
        "fontsize": SMALL,
        "color": theme.ink,
    }
    ax.annotate(f"timeout: {duration(limit)}", (0.0, limit), xycoords=where, **look)


def troubles(ax: Axes, result: Result) -> bool:
    """Whether the slow service or the worker application is away for a while: hatched, and named along the top."""
    theme, down = theme_of(ax), downtimes(result)
    shown = [(each, "service down", theme.timed_out) for each in result.scenario.outages]
    shown += [(each, "worker down", theme.soft) for each in down]
    where = blended_transform_factory(ax.transData, ax.transAxes)
    named: set[str] = set()
    for (since, until), text, colour in shown:
        look: dict[str, Any] = {"facecolor": to_rgba(colour, 0.12), "edgecolor": to_rgba(colour, 0.6), "linewidth": 1}
        ax.axvspan(since, until, hatch="\\", zorder=0, gid=text, **look)
        if text not in named:
            look = {"va": "top", "fontsize": SMALL, "annotation_clip": True}  # not beyond the axes
            ax.annotate(f" {text}", (since, 0.985), xycoords=where, **look)
        named.add(text)
    return bool(shown)


def downtimes(result: Result) -> list[tuple[float, float]]:
    """From when until when the worker application was not there, s: from each stop, or the end of its last run."""
    runs, scenario = result.records.at_workers, result.scenario
    end, found = result.records.ended_at or 0.0, []
    for at, how in scenario.worker_stops if runs.slots else ():
        ending = runs.left_at[(runs.taken_at < at) & (runs.left_at > at)]
        gone = float(ending.max(initial=at)) if how == "term" else at
        found.append((gone, min(gone + scenario.restart_time, end)))
    return [(since, until) for since, until in found if since < until]
