"""When the answers are there and when the work is done: what pages take beside their own work, and the two halves."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..cycles import SYNC
from ..experiments import Result
from ..records import PAGE
from ..words import cycle_label, duration
from .requests import curve, curves, log_axis
from .style import LARGE, MEDIUM, Theme, drawn, entitle, theme_of
from .times import TIMES, counted_ones, times_of

PARTS = {"half of the pages": 50, "3 of 4 pages": 75, "95 of 100 pages": 95}  # and within which time they are answered
FEWEST = 20  # pages, for the last of the parts to mean anything


def page_times(result: Result) -> dict[str, tuple[float, float]]:
    """What a page takes alone and what the parts of all pages take: seconds of waiting for a thread, and in all.

    A page that timed out counts at the timeout, all of it waiting. Only the page alone, where there are too few.
    """
    own = sum(result.scenario.hop_times[hop.name] for hop in SYNC.page.thread)
    mine = (result.records.kind == PAGE) & counted_ones(result)
    found = {"a page by itself": (0.0, own)}
    if mine.sum() >= FEWEST:
        for part, percent in PARTS.items():
            time = float(np.percentile(result.records.response_time[mine], percent))
            found[part] = (max(0.0, time - own) if time < result.records.timeout else time, time)
    return found


def pages_alt(result: Result, **_: object) -> str:
    """The alternative text of `pages`."""
    told = [f"{part} {duration(time)}" for part, (_, time) in page_times(result).items()]
    return f"How long pages take, {cycle_label(result)}, a bar each; the hatched part is waiting. {', '.join(told)}."


@drawn(pages_alt)
def pages(result: Result, ax: Axes) -> Axes:
    """What a page takes by itself, and within which time (s) the parts of all pages have their answer: a bar each.

    The hatched part of a bar is the wait for a thread.
    """
    theme, found = theme_of(ax), page_times(result)
    longest = max(time for _, time in found.values())
    for row, (waiting, time) in enumerate(found.values()):
        late = time >= result.records.timeout
        ax.barh(row, waiting, height=0.62, **_looks(theme, late)["waits"], label="waiting for a thread", gid="waiting")
        ax.barh(
            row, time - waiting, left=waiting, height=0.62, **_looks(theme, late)["works"], label="a page's own work"
        )
        text = f"{duration(time)}: an error" if late else duration(time)
        ax.annotate(
            text, (time, row), (8, 0), textcoords="offset points", va="center", fontsize=LARGE + 4, weight="bold"
        )
    ax.set_yticks(range(len(found)), [next(iter(found)), *(f"{part}\nwithin" for part in PARTS)][: len(found)])
    ax.tick_params(axis="y", length=0, labelsize=LARGE)
    ax.set(xlabel="response time (s)", xlim=(0, 1.28 * longest), ylim=(len(found) - 0.4, -0.6))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:.4g}"))
    entitle(ax, f"{cycle_label(result)}: {list(found)[-1]} {duration(longest)}")
    handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    ax.legend(handles.values(), handles, loc="upper center", bbox_to_anchor=(0.4, -0.13), ncols=2, fontsize=MEDIUM)
    return ax


def _looks(theme: Theme, late: bool) -> dict[str, dict[str, Any]]:
    colour = theme.timed_out if late else theme.page
    return {
        "waits": {"facecolor": theme.idle, "edgecolor": colour, "hatch": "//", "linewidth": 2},
        "works": {"facecolor": colour, "edgecolor": colour, "linewidth": 2},
    }


def halves_alt(result: Result, **_: object) -> str:
    """The alternative text of `halves`."""
    told = [f"half of the {whose} within {duration(half)}" for whose, half in _halves(result).items()]
    return (
        f"Answers and finished reports, {cycle_label(result)}: two step curves on a logarithmic axis, of the "
        f"response time of all requests and of the completion time of the reports. {', '.join(told)}."
    )


def _halves(result: Result) -> dict[str, float | None]:
    return {"answers": result.summary.response_time.p50, "reports": result.summary.completion_time.p50}


@drawn(halves_alt)
def halves(result: Result, ax: Axes) -> Axes:
    """The share (%) of requests that have an answer and of reports that exist, within so many seconds; and the halves.

    Response time over all requests (a timed-out one counts at the timeout), completion time over the reports; one that
    never completes leaves its curve below 100 %.
    """
    theme, spans = theme_of(ax), []
    looks = {"answers": curves(theme)["sync"] | {"color": theme.page}, "reports": curves(theme)["async"]}
    for (whose, half), of in zip(_halves(result).items(), ("response_time", "completion_time"), strict=True):
        times = times_of(result, of)
        finite = times[np.isfinite(times)]
        spans += [float(bound) for bound in finite[[0, -1]] if bound > 0] if len(finite) else []
        curve(ax, finite, len(times), f"{whose}: {TIMES[of]}", looks[whose])
        if half is not None:
            colour = looks[whose]["color"]
            ax.plot([half], [50], marker="o", markersize=14, color=colour, zorder=5, gid=f"half of the {whose}")
            place: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": LARGE, "weight": "bold"}
            right = whose == "answers"
            where, align = ((14, -24), "left") if right else ((-14, 24), "right")
            ax.annotate(f"half of the {whose}:\n{duration(half)}", (half, 50), where, ha=align, color=colour, **place)
    log_axis(ax, spans, [])
    ax.set(xlabel="time since the click (s, logarithmic)", ylabel="share (%)", ylim=(0, 104))
    ax.set_yticks([0, 25, 50, 75, 100])
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    entitle(
        ax, f"{cycle_label(result)}: " + ", ".join(f"half of the {w} {duration(h)}" for w, h in _halves(result).items())
    )
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, handlelength=3, fontsize=MEDIUM)
    return ax
