"""What happens when two knobs are turned: a statistic over two fields, as a map."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.patches import Patch, Rectangle

from ..units import Seconds
from ..words import cycle_name, joined
from .frames import (
    DIFFERENCE,
    ends,
    field_label,
    missing_of,
    rows_of,
    statistic_label,
    texts_of,
    written,
)
from .style import DARK, LIGHT, SMALL, Theme, drawn, entitle, theme_of

if TYPE_CHECKING:
    import pandas as pd

MOST_WRITTEN = (13, 12)  # columns and rows of a map whose values can still be written in the cells


def sweep_map_alt(frame: "pd.DataFrame", field_x: str, field_y: str, statistic: str, cycle: str, **_: object) -> str:
    """The alternative text of `sweep_map`."""
    rows = rows_of(frame, [field_x, field_y], statistic, cycle)
    return (
        f"Map of {statistic_label(statistic)} over {field_label(field_x)} and {field_label(field_y)}."
        f" {_finding(statistic, cycle, rows)}."
    )


def _finding(statistic: str, cycle: str, rows: "pd.DataFrame") -> str:
    finite = rows[np.isfinite(rows["mean"].to_numpy(dtype=np.float64))].sort_values("mean")
    missing = Counter(reason for reason in missing_of(rows[rows["mean"].isna()]))
    told = [ends(statistic, finite)] if len(finite) else []
    told += [f"{reason} in {number} of {len(rows)}" for reason, number in missing.items()]
    return f"{cycle_name(cycle)}, {statistic_label(statistic).rpartition(' (')[0]}: {joined(told)}"


@drawn(sweep_map_alt)
def sweep_map(frame: "pd.DataFrame", field_x: str, field_y: str, statistic: str, cycle: str, ax: Axes) -> Axes:
    """A statistic over two fields as a map, the values written in the cells; those without are hatched.

    `cycle` is a cycle's name or "sync - async". A map of very many cells has a scale of colours instead of values.
    Raises ValueError as `sweep_curves` does.
    """
    theme, rows = theme_of(ax), rows_of(frame, [field_x, field_y], statistic, cycle)
    columns, lines = (sorted(set(rows[field].tolist())) for field in (field_x, field_y))
    means = rows["mean"].to_numpy(dtype=np.float64)
    shade, norm = _colours(means, cycle)
    in_words = len(columns) <= MOST_WRITTEN[0] and len(lines) <= MOST_WRITTEN[1]
    texts = texts_of(statistic, rows)
    for at, up, mean, text in zip(rows[field_x], rows[field_y], means, texts, strict=True):
        place, colour = (columns.index(at), lines.index(up)), shade(norm(mean))
        _cell(ax, place, mean, colour, theme)
        if in_words:
            ink = theme.ink if np.isnan(mean) else _ink(colour)
            ax.text(*place, text, ha="center", va="center", fontsize=SMALL, color=ink)
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, len(lines) - 0.5))
    for axis, field, values in ((ax.xaxis, field_x, columns), (ax.yaxis, field_y, lines)):
        every = -(-len(values) // 13)
        axis.set_ticks(list(range(0, len(values), every)), [written(value) for value in values[::every]])
        axis.set_label_text(field_label(field))
        axis.set_tick_params(length=0)
    ax.spines[:].set_visible(False)
    entitle(ax, _finding(statistic, cycle, rows))
    if not in_words:
        _scale_of_colours(ax, shade, norm, statistic, bool(np.isnan(means).any()), theme)
    return ax


def _colours(means: Seconds, cycle: str) -> tuple[Any, Normalize]:
    finite = means[np.isfinite(means)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if cycle == DIFFERENCE:
        reach = max(abs(low), abs(high)) or 1.0
        return mpl.colormaps["PuOr_r"], Normalize(-reach, reach)
    return mpl.colormaps["cividis"], Normalize(low, high if high > low else low + 1.0)


def _cell(ax: Axes, place: tuple[int, int], mean: float, colour: Any, theme: Theme) -> None:
    never: dict[str, Any] = {"facecolor": theme.idle, "hatch": "//", "gid": "missing"}
    look = {"facecolor": colour, "gid": "cell"} if np.isfinite(mean) else never
    ax.add_patch(Rectangle((place[0] - 0.5, place[1] - 0.5), 1, 1, edgecolor=theme.paper, linewidth=1.5, **look))


def _ink(colour: Any) -> str:
    """White letters on a dark cell, black ones on a light cell, in either theme."""
    red, green, blue, _ = colour
    return DARK.ink if 0.3 * red + 0.6 * green + 0.1 * blue < 0.5 else LIGHT.ink


def _scale_of_colours(ax: Axes, shade: Any, norm: Normalize, statistic: str, never: bool, theme: Theme) -> None:
    figure = ax.get_figure(root=True)
    assert figure is not None
    bar = figure.colorbar(mpl.cm.ScalarMappable(norm, shade), ax=ax)
    bar.set_label(statistic_label(statistic).replace("(%)", "(0..1)"), fontsize=SMALL)
    if never:
        patch = Patch(facecolor=theme.idle, edgecolor=theme.paper, hatch="//", label="never, or too few")
        ax.legend(handles=[patch], loc="upper center", bbox_to_anchor=(0.5, -0.12))
