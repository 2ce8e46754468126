"""Times side by side: a bar for each of some runs, its parts one after the other."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..words import duration
from .style import LARGE, MEDIUM, Theme, drawn, entitle, theme_of

Times = Mapping[str, Mapping[str, float]]  # seconds by run and part


def bars_alt(times: Times, what: str, **_: object) -> str:
    """The alternative text of `bars`."""
    return f"{what}, a bar each. {'; '.join(_told(name, parts) for name, parts in times.items())}."


def _told(name: str, parts: Mapping[str, float]) -> str:
    whole = duration(sum(parts.values()))
    of = ", ".join(f"{part} {duration(seconds)}" for part, seconds in parts.items())
    return f"{name}: {whole} ({of})" if len(parts) > 1 else f"{name}: {whole}"


@drawn(bars_alt)
def bars(times: Times, what: str, ax: Axes) -> Axes:
    """How long something takes in some named runs (s), a bar each; of two parts the first one is hatched.

    `what` is written along the axis. Raises ValueError for no runs.
    """
    if not times:
        raise ValueError("times = {}; allowed: at least one run")
    longest = max(sum(parts.values()) for parts in times.values()) or 1.0
    for row, parts in enumerate(times.values()):
        left = 0.0
        for look, (part, seconds) in zip(_looks(theme_of(ax), len(parts)), parts.items(), strict=False):
            ax.barh(row, seconds, left=left, height=0.6, label=part, gid=part, **look)
            left += seconds
        where: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": LARGE, "weight": "bold"}
        ax.annotate(duration(left), (left, row), (8, 0), **where)
    ax.set_yticks(range(len(times)), list(times))
    ax.tick_params(axis="y", length=0, labelsize=LARGE)
    ax.set(xlabel=f"{what} (s)", xlim=(0, 1.2 * longest), ylim=(len(times) - 0.4, -0.6))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:.4g}"))
    entitle(ax, "; ".join(f"{name} {duration(sum(parts.values()))}" for name, parts in times.items()))
    handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    if len(handles) > 1:
        ax.legend(handles.values(), handles, loc="upper center", bbox_to_anchor=(0.4, -0.16), ncols=2, fontsize=MEDIUM)
    return ax


def _looks(theme: Theme, parts: int) -> list[dict[str, Any]]:
    waits: dict[str, Any] = {"facecolor": theme.idle, "edgecolor": theme.page, "hatch": "//", "linewidth": 2}
    rest: dict[str, Any] = {"facecolor": theme.page, "edgecolor": theme.page, "linewidth": 2}
    return [waits, rest] if parts > 1 else [rest]
