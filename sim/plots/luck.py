"""Was it bad luck? What a run shows beside what the same scenario shows with other seeds: a row of dots per figure."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..luck import HEADLINES, OTHERS, WASTED_SHARE, Luck
from ..units import Seconds
from ..words import NONE, duration, share
from .style import LARGE, MEDIUM, SMALL, drawn, entitle, theme_of

ROWS = {  # what the headlines are called, in the order in which they are drawn
    ("sync", "timed_out"): "SYNC: timed out",
    ("sync", "timed_out_pages"): "pages among them",
    ("sync", "page_response_time.p95"): "95 of 100 pages within",
    ("sync", WASTED_SHARE): "work wasted",
    ("async", "timed_out"): "ASYNC: timed out",
    ("async", "page_response_time.p95"): "ASYNC: 95 of 100 pages within",
    ("sync_same_slots", "timed_out"): "all slots as threads: timed out",
}
assert set(ROWS) == set(HEADLINES)


def _said(figure: str, value: float) -> str:
    if np.isnan(value):
        return NONE
    if figure == WASTED_SHARE:
        return share(value, 1.0)
    return duration(value) if "_time" in figure else f"{value:,.0f}"


def luck_dots_alt(luck: Luck, **_: object) -> str:
    """The alternative text of `luck_dots`."""
    told = []
    for (column, figure), name in ROWS.items():
        low, high = (_said(figure, bound) for bound in _bounds(luck.others(column, figure)))
        told.append(f"{name}: {_said(figure, luck.own(column, figure))}, the others {low} to {high}")
    return f"This run beside {OTHERS} other seeds, a row of dots per figure. {'; '.join(told)}."


def _bounds(values: Seconds) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)


@drawn(luck_dots_alt)
def luck_dots(luck: Luck, ax: Axes) -> Axes:
    """The headline figures of a run (diamonds, and in numbers) beside those of other seeds (dots), a row per figure.

    Each row has a scale of its own, from nothing to the largest of its values, which stands at its end.
    """
    theme = theme_of(ax)
    for row, (column, figure) in enumerate(ROWS):
        others, own = np.sort(luck.others(column, figure)), luck.own(column, figure)
        finite = [value for value in (*others, own) if np.isfinite(value)]
        most = max(finite, default=0.0) or 1.0
        ax.plot([0, 1], [row, row], color=theme.faint, linewidth=2, zorder=1)
        places, levels = np.clip(others / most, 0, 1.06), row + 0.13 * (np.arange(len(others)) % 3 - 1)
        dots: dict[str, Any] = {
            "markersize": 10,
            "color": theme.soft,
            "alpha": 0.6,
            "markeredgewidth": 0,
            "clip_on": False,
            "zorder": 2,
        }
        ax.plot(places, levels, "o", label=f"{OTHERS} other seeds", gid=f"others {row}", **dots)
        mine: dict[str, Any] = {
            "markersize": 19,
            "markerfacecolor": "none",
            "markeredgecolor": theme.accent,
            "markeredgewidth": 3.5,
        }
        mine |= {"clip_on": False, "zorder": 3, "linestyle": "none"}
        ax.plot([min(own / most, 1.06)], [row], marker="D", label="this run", gid=f"own {row}", **mine)
        ax.text(1.055, row, _said(figure, max(finite, default=0.0)), va="center", fontsize=SMALL, color=theme.soft)
        text = _said(figure, own)
        ax.text(1.51, row, text, va="center", ha="right", fontsize=LARGE, color=theme.accent, fontweight="bold")
    ax.set_yticks(range(len(ROWS)), list(ROWS.values()))
    ax.set_xticks([0], ["0"])
    ax.tick_params(length=0)
    ax.tick_params(axis="y", labelsize=MEDIUM, pad=14)
    ax.spines[:].set_visible(False)
    ax.set(xlim=(-0.03, 1.52), ylim=(len(ROWS) - 0.5, -0.6), xlabel="each row from 0 to the largest (requests, s, %)")
    entitle(ax, f"This run beside {OTHERS} other seeds")
    handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    ax.legend(handles.values(), handles, loc="upper center", bbox_to_anchor=(0.4, -0.13), ncols=2, fontsize=MEDIUM)
    return ax
