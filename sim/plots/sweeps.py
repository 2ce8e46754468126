"""What happens when a knob is turned: a statistic over one field as curves with bands, over two as a map."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from ..scenario import Scenario
from ..units import Seconds
from .style import SMALL, Theme, drawn, entitle, theme_of
from .words import joined, seconds

if TYPE_CHECKING:
    import pandas as pd

DIFFERENCE = "sync - async"
FIGURES = {"mean": "mean", "p50": "median", "p95": "95th percentile", "p99": "99th percentile", "max": "maximum"}
IN_SECONDS = ("mean", "p95", "value", "low", "high", "scale")  # the parts of a distribution that are times
MOST_WRITTEN = (13, 12)  # columns and rows of a map whose values can still be written in the cells


def statistic_label(statistic: str) -> str:
    """A column of the summary in words, with its unit: "response time, 95th percentile (s)"."""
    name, _, figure = statistic.partition(".")
    words = name.replace("_", " ") + (f", {FIGURES.get(figure, figure)}" if figure else "")
    return f"{words} ({_unit(name)})"


def _unit(name: str) -> str:
    if name.endswith("_time") or name == "ended_at":
        return "s"
    if name.endswith(("_fraction", "_utilisation")):
        return "%"
    return {"throughput": "requests/s", "peak_queue": "jobs"}.get(name, "requests")


def _scale(statistic: str) -> float:
    return 100.0 if _unit(statistic.partition(".")[0]) == "%" else 1.0


def value_text(statistic: str, value: float) -> str:
    """A statistic's value for people: with its unit where it is a time or a share; "never" for NaN."""
    unit = _unit(statistic.partition(".")[0])
    if not np.isfinite(value):
        return "never"
    if unit == "s":
        return ("−" if value < 0 else "") + seconds(abs(value))
    return (f"{100 * value:.3g} %" if unit == "%" else f"{value:,.4g}").replace("-", "−")


def field_label(field: str) -> str:
    """A scenario field in words, with its unit: "arrival rate (requests/s)"."""
    root, _, part = field.partition(".")
    known = Scenario.model_fields.get(root)
    extra = known.json_schema_extra if known else None
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    if part and part.rpartition(".")[2] not in IN_SECONDS:
        unit = ""
    return f"{field.replace('_', ' ').replace('.', ', ')} ({unit or 'number'})"


def _rows(frame: "pd.DataFrame", fields: list[str], statistic: str, cycle: str) -> "pd.DataFrame":
    """The rows of one statistic of one cycle; raises ValueError where there are none, or several of one setting."""
    for column, asked in (("statistic", statistic), ("cycle", cycle)):
        if asked not in set(frame[column]):
            raise ValueError(f"{column} = {asked!r}; allowed: {', '.join(sorted(set(frame[column])))}")
    for field in fields:
        if field not in frame.columns:
            raise ValueError(f"field = {field!r}; allowed: a column of the frame")
    rows = frame[(frame["statistic"] == statistic) & (frame["cycle"] == cycle)]
    if rows[fields].astype(str).duplicated().any():
        raise ValueError(f"several rows of one {' and '.join(fields)}; allowed: one, so choose among the other fields")
    return rows


def _cycles(frame: "pd.DataFrame") -> list[str]:
    """SYNC and ASYNC, or their difference where the frame has only that."""
    there = list(dict.fromkeys(frame["cycle"]))
    return [cycle for cycle in there if cycle != DIFFERENCE] or there


def _label(cycle: str) -> str:
    return {"sync_same_slots": "SYNC, same slots"}.get(cycle, cycle.upper().replace("-", "−"))


def sweep_curves_alt(frame: "pd.DataFrame", field: str, statistic: str, **_: object) -> str:
    """The alternative text of `sweep_curves`."""
    told = []
    for cycle in _cycles(frame):
        rows = _rows(frame, [field], statistic, cycle)
        points = [f"{at} {value_text(statistic, mean)}" for at, mean in zip(rows[field], rows["mean"], strict=True)]
        told.append(f"{_label(cycle)}: {', '.join(points)}")
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

    A mean of NaN ("never") is a triangle at the upper edge. `theory` gives the statistic for a value of the field,
    or a function per label; it is dashed, and left out where it is not finite. Raises ValueError for an unknown field
    or statistic, and where the frame has several rows for one value of the field.
    """
    theme, found = theme_of(ax), []
    places = _places(frame[field].tolist() if field in frame.columns else [])
    never = False
    for cycle in _cycles(frame):
        rows = _rows(frame, [field], statistic, cycle)
        x = np.array([places[value] for value in rows[field]])
        order = np.argsort(x)
        columns = [rows[column].to_numpy(dtype=np.float64)[order] for column in ("mean", "low", "high")]
        x, (mean, low, high) = x[order], [_scale(statistic) * column for column in columns]
        _curve(ax, (x, mean, low, high), cycle, theme)
        never |= bool(np.isnan(mean).any())
        found.append(f"{_label(cycle)}: {_ends(statistic, columns[0])}")
    if theory is not None:
        _theory(ax, theory, places, _scale(statistic), theme)
    _field_axis(ax, field, places)
    ax.set(ylabel=statistic_label(statistic))
    if DIFFERENCE not in _cycles(frame):
        ax.set_ylim(bottom=0)
    if never:
        ax.set_ylim(top=1.2 * ax.get_ylim()[1])  # the triangles stand above the curves
    entitle(ax, "; ".join(found))
    columns_of_key = len(ax.get_legend_handles_labels()[0])
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=min(columns_of_key, 4), handlelength=3)
    return ax


def _ends(statistic: str, mean: Seconds) -> str:
    first, last = (value_text(statistic, value) for value in mean[[0, -1]])
    return f"from {first} to {last}" if first != last else first


def _places(values: list[Any]) -> dict[Any, float]:
    """Where each value of a field stands on its axis: itself if it is a number, else its rank."""
    if all(isinstance(value, int | float | np.number) for value in values):
        return {value: float(value) for value in values}
    return {value: float(rank) for rank, value in enumerate(dict.fromkeys(values))}


def _curve(ax: Axes, columns: tuple[Seconds, ...], cycle: str, theme: Theme) -> None:
    x, mean, low, high = columns
    looks: dict[str, dict[str, Any]] = {
        "sync": {"color": theme.sync, "marker": "s", "linestyle": "solid"},
        "async": {"color": theme.async_, "marker": "o", "linestyle": (0, (6, 1.5))},
        "sync_same_slots": {"color": theme.soft, "marker": "D", "linestyle": (0, (1, 1))},
    }
    look = looks.get(cycle, looks["sync"])
    ax.plot(x, mean, linewidth=3, markersize=10, label=_label(cycle), gid=cycle, zorder=3, **look)
    ax.fill_between(x, low, high, color=look["color"], alpha=0.2, linewidth=0, zorder=2, gid=f"band of {cycle}")
    never = x[np.isnan(mean)]
    if len(never):
        triangles: dict[str, Any] = {"marker": "^", "linestyle": "none", "markersize": 14, "markerfacecolor": "none"}
        where = ax.get_xaxis_transform()
        label = f"{_label(cycle)}: never"
        ax.plot(never, np.full(len(never), 0.97), transform=where, color=look["color"], label=label, **triangles)
        ax.lines[-1].set(markeredgewidth=2.5, gid=f"never of {cycle}")


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
        ax.set_xticks(list(places.values()), [_written(value) for value in places])
    elif all(float(place).is_integer() for place in places.values()):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)[:20]


def sweep_map_alt(frame: "pd.DataFrame", field_x: str, field_y: str, statistic: str, cycle: str, **_: object) -> str:
    """The alternative text of `sweep_map`."""
    means = _rows(frame, [field_x, field_y], statistic, cycle)["mean"].to_numpy(dtype=np.float64)
    return (
        f"Map of {statistic_label(statistic)} over {field_label(field_x)} and {field_label(field_y)}."
        f" {_map_finding(statistic, cycle, means)}."
    )


def _map_finding(statistic: str, cycle: str, means: Seconds) -> str:
    finite = means[np.isfinite(means)]
    never = len(means) - len(finite)
    told = [_ends(statistic, np.sort(finite))] if len(finite) else []
    told += [f"never in {never} of {len(means)}"] if never else []
    return f"{_label(cycle)}, {statistic_label(statistic).rpartition(' (')[0]}: {joined(told)}"


@drawn(sweep_map_alt)
def sweep_map(frame: "pd.DataFrame", field_x: str, field_y: str, statistic: str, cycle: str, ax: Axes) -> Axes:
    """A statistic over two fields as a map, the values written in the cells; hatched cells are "never".

    `cycle` is a cycle's name or "sync - async". A map of very many cells has a scale of colours instead of values.
    Raises ValueError as `sweep_curves` does.
    """
    theme, rows = theme_of(ax), _rows(frame, [field_x, field_y], statistic, cycle)
    columns, lines = (sorted(set(rows[field].tolist())) for field in (field_x, field_y))
    means = rows["mean"].to_numpy(dtype=np.float64)
    shade, norm = _colours(means, cycle)
    written = len(columns) <= MOST_WRITTEN[0] and len(lines) <= MOST_WRITTEN[1]
    for at, up, mean in zip(rows[field_x], rows[field_y], means, strict=True):
        _cell(ax, columns.index(at), lines.index(up), mean, shade(norm(mean)), theme)
        if written:
            _value(ax, columns.index(at), lines.index(up), value_text(statistic, mean), shade(norm(mean)), theme)
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, len(lines) - 0.5))
    for axis, field, values in ((ax.xaxis, field_x, columns), (ax.yaxis, field_y, lines)):
        every = -(-len(values) // 13)
        axis.set_ticks(list(range(0, len(values), every)), [_written(value) for value in values[::every]])
        axis.set_label_text(field_label(field))
        axis.set_tick_params(length=0)
    ax.spines[:].set_visible(False)
    entitle(ax, _map_finding(statistic, cycle, means))
    if not written:
        _scale_of_colours(ax, shade, norm, statistic, bool(np.isnan(means).any()), theme)
    return ax


def _colours(means: Seconds, cycle: str) -> tuple[Any, Normalize]:
    finite = means[np.isfinite(means)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if cycle == DIFFERENCE:
        reach = max(abs(low), abs(high)) or 1.0
        return mpl.colormaps["PuOr_r"], Normalize(-reach, reach)
    return mpl.colormaps["cividis"], Normalize(low, high if high > low else low + 1.0)


def _cell(ax: Axes, x: int, y: int, mean: float, colour: Any, theme: Theme) -> None:
    never: dict[str, Any] = {"facecolor": theme.idle, "hatch": "//", "gid": "never"}
    look = {"facecolor": colour, "gid": "cell"} if np.isfinite(mean) else never
    ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, edgecolor=theme.paper, linewidth=1.5, **look))


def _value(ax: Axes, x: int, y: int, text: str, colour: Any, theme: Theme) -> None:
    red, green, blue, _ = colour
    on_dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
    ink = theme.ink if text == "never" else "#FFFFFF" if on_dark else "#1A1A1A"
    ax.text(x, y, text, ha="center", va="center", fontsize=SMALL, color=ink)


def _scale_of_colours(ax: Axes, shade: Any, norm: Normalize, statistic: str, never: bool, theme: Theme) -> None:
    figure = ax.get_figure(root=True)
    assert figure is not None
    bar = figure.colorbar(mpl.cm.ScalarMappable(norm, shade), ax=ax)
    bar.set_label(statistic_label(statistic).replace("(%)", "(0..1)"), fontsize=SMALL)
    if never:
        patch = Patch(facecolor=theme.idle, edgecolor=theme.paper, hatch="//", label="never")
        ax.legend(handles=[patch], loc="upper center", bbox_to_anchor=(0.5, -0.12))
