"""What happens when a knob is turned: a statistic over one field, as curves with bands."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..units import Seconds
from ..words import NEVER, TOO_FEW, cycle_name
from .frames import (
    DIFFERENCE,
    cycles_of,
    ends,
    few_of,
    field_label,
    missing_of,
    rows_of,
    scale_of,
    statistic_label,
    texts_of,
    written,
)
from .maps import sweep_map
from .style import Theme, drawn, entitle, figure, theme_of

if TYPE_CHECKING:
    import pandas as pd


def sweep_curves_alt(frame: "pd.DataFrame", field: str, statistic: str, **_: object) -> str:
    """The alternative text of `sweep_curves`."""
    told = []
    for cycle in cycles_of(frame):
        rows = rows_of(frame, [field], statistic, cycle)
        points = [f"{at} {text}" for at, text in zip(rows[field], texts_of(statistic, rows), strict=True)]
        alike = [written(at) for at in rows[field][few_of(rows)]]
        luck = f" (nearly all runs alike at {'all' if len(alike) == len(rows) else ', '.join(alike)})" if alike else ""
        told.append(f"{cycle_name(cycle)}: {', '.join(points)}{luck}")
    return f"Curves of {statistic_label(statistic)} over {field_label(field)}. {'; '.join(told)}."


@drawn(sweep_curves_alt)
def sweep_curves(
    frame: "pd.DataFrame",
    field: str,
    statistic: str,
    ax: Axes,
    *,
    theory: Callable[[float], float] | Mapping[str, Callable[[float], float]] | None = None,
) -> Axes:
    """A statistic over one field, a curve per cycle, with the interval over replications as a band.

    Points are hollow where all runs are alike, or all but a few (`rests_on`): what is rare is seen by luck, if at all.
    Where there is no mean stands a triangle at the upper edge ("never", or "too few" requests to say). `theory` gives
    the statistic for a value of the field, or is such functions by their labels; it is dashed, and left out where it
    is not finite. Raises ValueError for an unknown field or statistic, and for several rows at one value of the field.
    """
    theme, found = theme_of(ax), []
    places = _places(frame[field].tolist() if field in frame.columns else [])
    for cycle in cycles_of(frame):
        rows = rows_of(frame, [field], statistic, cycle)
        rows = rows.iloc[np.argsort([places[value] for value in rows[field]], kind="stable")]
        _curve(ax, np.array([places[value] for value in rows[field]]), rows, cycle, scale_of(statistic), theme)
        found.append(f"{cycle_name(cycle)}: {ends(statistic, rows)}")
    if theory is not None:
        _theory(ax, theory, places, scale_of(statistic), theme)
    _field_axis(ax, field, places)
    ax.set(ylabel=statistic_label(statistic))
    if DIFFERENCE not in cycles_of(frame):
        ax.set_ylim(bottom=0)
    else:
        ax.axhline(0, color=theme.soft, linewidth=1.5, gid="no difference")
    if any(str(line.get_gid()).startswith("missing") for line in ax.lines):
        ax.set_ylim(top=1.2 * ax.get_ylim()[1])  # the triangles stand above the curves
    entitle(ax, "; ".join(found))
    if few_of(frame[(frame["statistic"] == statistic) & frame["cycle"].isin(cycles_of(frame))]).any():
        ax.plot([], [], **_hollow({"color": theme.soft, "marker": "o"}, theme), label="hollow: (nearly) all runs alike")
    columns_of_key = len(ax.get_legend_handles_labels()[0])
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=min(columns_of_key, 4), handlelength=3)
    return ax


def sweep_figure(
    frame: "pd.DataFrame", fields: Sequence[str], statistic: str, *, cycle: str = "sync", theory: Any = None
) -> Figure:
    """A figure of a sweep over one field (curves, with `theory`) or two (a map of `cycle`, or of the "difference").

    What is not known is left out, what is "never" is drawn. Raises ValueError for more fields, and where nothing is
    left to draw.
    """
    if not 1 <= len(fields) <= 2:
        raise ValueError(f"plot with {len(fields)} varied fields; allowed: one (curves) or two (a map)")
    cycle = {"difference": DIFFERENCE}.get(cycle, cycle)
    frame = frame[(frame["statistic"] == statistic) & (frame["missing"] != TOO_FEW)]
    if frame.empty or (len(fields) == 2 and cycle not in set(frame["cycle"])):
        raise ValueError(f"plot: {statistic} has no values to draw; allowed: another statistic")
    empty = figure()
    if len(fields) == 1:
        sweep_curves(frame, fields[0], statistic, empty.add_subplot(), theory=theory)
    else:
        sweep_map(frame, fields[0], fields[1], statistic, cycle, empty.add_subplot())
    return empty


def _places(values: list[Any]) -> dict[Any, float]:
    """Where each value of a field stands on its axis: itself if it is a number, else its rank."""
    if all(isinstance(value, int | float | np.number) for value in values):
        return {value: float(value) for value in values}
    return {value: float(rank) for rank, value in enumerate(dict.fromkeys(values))}


def _curve(ax: Axes, x: Seconds, rows: "pd.DataFrame", cycle: str, scale: float, theme: Theme) -> None:
    look = _looks(theme).get(cycle, _looks(theme)["sync"])
    mean, low, high = (scale * rows[column].to_numpy(dtype=np.float64) for column in ("mean", "low", "high"))
    ax.plot(x, mean, linewidth=3, markersize=10, label=cycle_name(cycle), gid=cycle, zorder=3, **look)
    ax.fill_between(x, low, high, color=look["color"], alpha=0.2, linewidth=0, zorder=2, gid=f"band of {cycle}")
    few = few_of(rows)
    ax.plot(x[few], mean[few], **_hollow(look, theme), gid=f"rests on few: {cycle}")
    missing = np.where(np.isnan(mean), missing_of(rows), "")
    for reason in dict.fromkeys(missing[missing != ""].tolist()):
        _triangles(ax, x[missing == reason], f"{cycle_name(cycle)}: {reason}", reason, look["color"])


def _looks(theme: Theme) -> dict[str, dict[str, Any]]:
    return {
        "sync": {"color": theme.sync, "marker": "s", "linestyle": "solid"},
        "async": {"color": theme.async_, "marker": "o", "linestyle": (0, (6, 1.5))},
        "sync_same_slots": {"color": theme.soft, "marker": "D", "linestyle": (0, (1, 1))},
    }


def _hollow(look: Mapping[str, Any], theme: Theme) -> dict[str, Any]:
    """The mark of a point at which hardly any runs differ, so that its band, if there is one, is a matter of luck."""
    edge = {"markerfacecolor": theme.paper, "markeredgecolor": look["color"], "markeredgewidth": 2.5}
    return {"linestyle": "none", "marker": look["marker"], "markersize": 10, "zorder": 3.5} | edge


def _triangles(ax: Axes, x: Seconds, label: str, reason: str, colour: str) -> None:
    """Where there is no mean: triangles along the upper edge for "never", upside down where it is not known."""
    look: dict[str, Any] = {"marker": "^" if reason == NEVER else "v", "linestyle": "none", "markersize": 14}
    look |= {"markerfacecolor": "none", "markeredgewidth": 2.5, "color": colour, "gid": f"missing: {label}"}
    ax.plot(x, np.full(len(x), 0.97), transform=ax.get_xaxis_transform(), label=label, **look)


def _theory(ax: Axes, theory: Any, places: Mapping[Any, float], scale: float, theme: Theme) -> None:
    functions = theory if isinstance(theory, Mapping) else {"theory": theory}
    for label, function in functions.items():
        values = np.array([scale * function(value) for value in places])
        values[~np.isfinite(values)] = np.nan
        x = np.array(list(places.values()))
        order = np.argsort(x)
        ax.plot(x[order], values[order], "--", color=theme.accent, linewidth=2.5, label=label, gid="theory", zorder=4)


def _field_axis(ax: Axes, field: str, places: Mapping[Any, float]) -> None:
    ax.set_xlabel(field_label(field))
    if any(isinstance(value, str) for value in places) or len(places) <= 8:
        ax.set_xticks(list(places.values()), [written(value) for value in places])
    elif all(float(place).is_integer() for place in places.values()):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
