"""How the drawings of the request cycle are drawn: every station on its own spot, whatever the step."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch, Rectangle

from ..units import Seconds
from .steps import APPLICATION, APPLICATION_2, CLOUD, COMPUTER, LABELS, OUTSIDE, WORKER, Arrow, Drawing, drawings
from .style import LARGE, SMALL, Theme, drawn, theme_of

CANVAS = (160, 90)
SPOTS = {  # centre x, y, width, height; the canvas is 160 × 90
    COMPUTER: (10.5, 47, 18, 13),
    "web_server": (50, 47, 20, 11),
    "middleware": (76.5, 47, 19, 11),
    "routes": (90.5, 64, 19, 10),
    "controller": (104.5, 47, 21, 11),
    "model": (115, 64, 17, 10),
    "database": (141, 64, 18, 13),
    "queue": (104.5, 22, 17, 11),
    WORKER: (133, 22, 20, 11),
    OUTSIDE: (133, 0, 4, 2),
}
FRAME_SPOTS = {CLOUD: (36, 9, 117, 70), APPLICATION: (63.5, 35.5, 64, 37.5), APPLICATION_2: (116, 12.5, 34, 21)}
LABEL_SPOTS = {
    (COMPUTER, "web_server"): (27.7, 51.5),
    ("web_server", COMPUTER): (27.7, 42.5),
    (WORKER, OUTSIDE): (135, 4),
}
APART = 2.0  # between the middle and the way in, and the way out, where both join the same stations


def _of(step: int) -> Drawing:
    if not 1 <= step <= len(drawings()):
        raise ValueError(f"step = {step!r}; allowed: 1 to {len(drawings())}")
    return drawings()[step - 1]


def drawing_alt(step: int, **_: object) -> str:
    """The alternative text of `drawing`."""
    shown = _of(step)
    steps = [f"{_name(arrow.start)} to {_name(arrow.end)}" for arrow in shown.arrows]
    frames = f" Dashed boxes: {', '.join(shown.frames)}." if shown.frames else ""
    return f"Drawing {step} of {len(drawings())}. {shown.title}. Arrows: {', '.join(steps)}.{frames}"


def _name(station: str) -> str:
    return LABELS.get(station, station)


@drawn(drawing_alt)
def drawing(step: int, ax: Axes, *, title: bool = True) -> Axes:
    """One of the 17 drawings of the request cycle; what the step adds is thicker, and in a colour of its own.

    Requests are solid arrows with full heads, responses dashed ones with open heads. Raises ValueError for a step
    that is not among `drawings()`.
    """
    shown, theme = _of(step), theme_of(ax)
    ax.set(xlim=(0, CANVAS[0]), ylim=(0, CANVAS[1]), aspect="equal")
    ax.axis("off")
    for frame in shown.frames:
        _frame(ax, frame, frame in shown.new, theme)
    for station in shown.stations:
        _station(ax, station, station in shown.new, theme)
    for arrow in shown.arrows:
        _arrow(ax, arrow, arrow in shown.new, theme)
    if title:
        ax.text(2, 86, f"{step}. {shown.title}", fontsize=LARGE, fontweight="bold", va="center")
    for child in ax.get_children():
        child.set_in_layout(False)  # what is drawn must not move the canvas, or the steps would jump
    return ax


def _emphasis(new: bool, theme: Theme) -> dict[str, Any]:
    return {"edgecolor": theme.accent if new else theme.ink, "linewidth": 4.0 if new else 1.8}


def _frame(ax: Axes, name: str, new: bool, theme: Theme) -> None:
    x, y, width, height = FRAME_SPOTS[name]
    at_the_foot = name == APPLICATION  # its head is full of stations
    look = _emphasis(new, theme) | {"linewidth": 3.0 if new else 1.5}
    ax.add_patch(Rectangle((x, y), width, height, fill=False, linestyle=(0, (6, 4)), gid=name, zorder=1, **look))
    colour = theme.accent if new else theme.soft
    foot, head = (y + 1.0, "bottom"), (y + height - 1.2, "top")
    level, align = foot if at_the_foot else head
    ax.text(x + 1.5, level, name, va=align, fontsize=SMALL, color=colour, zorder=3)


def _station(ax: Axes, name: str, new: bool, theme: Theme) -> None:
    x, y, width, height = SPOTS[name]
    look = _emphasis(new, theme) | {"facecolor": theme.paper, "zorder": 4}
    corner = (x - width / 2, y - height / 2)
    if name == "database":
        _cylinder(ax, x, y, width, height, look)
    elif name == COMPUTER:
        ax.add_patch(Rectangle((x - 2, y - height / 2 - 3), 4, 3, **look))
        ax.add_patch(Rectangle((x - 6, y - height / 2 - 4), 12, 1.2, **look | {"facecolor": look["edgecolor"]}))
        ax.add_patch(Rectangle(corner, width, height, gid=name, **look))
    elif name == "queue":
        ax.add_patch(Rectangle(corner, width, height, gid=name, **look))
        for place in (0.0, 1.5, 3.0):  # jobs lying in it
            ax.add_patch(Rectangle((corner[0] + 1 + place, corner[1] + 1), 0.7, height - 2, **look | {"linewidth": 1}))
    else:
        shape = FancyBboxPatch(corner, width, height, boxstyle="round,pad=0,rounding_size=1.5", gid=name, **look)
        ax.add_patch(shape)
    middle = x + (2 if name == "queue" else 0)
    lower = y - (1 if name == "database" else 0)  # below the cylinder's lid
    colour = theme.accent if new else theme.ink
    ax.text(middle, lower, LABELS[name], ha="center", va="center", fontsize=SMALL, color=colour, zorder=5)


def _cylinder(ax: Axes, x: float, y: float, width: float, height: float, look: dict[str, Any]) -> None:
    lid = 3.0
    bottom, top = y - height / 2 + lid / 2, y + height / 2 - lid / 2
    ax.add_patch(Ellipse((x, bottom), width, lid, **look))
    ax.add_patch(Rectangle((x - width / 2, bottom), width, top - bottom, **look | {"edgecolor": "none"}))
    ax.plot([x - width / 2] * 2, [bottom, top], color=look["edgecolor"], linewidth=look["linewidth"], zorder=4)
    ax.plot([x + width / 2] * 2, [bottom, top], color=look["edgecolor"], linewidth=look["linewidth"], zorder=4)
    ax.add_patch(Ellipse((x, top), width, lid, gid="database", **look))


def _arrow(ax: Axes, arrow: Arrow, new: bool, theme: Theme) -> None:
    start, end = _ends(arrow)
    colour = theme.accent if new else theme.ink
    look: dict[str, Any] = {"color": colour, "linewidth": 4.0 if new else 2.2, "mutation_scale": 24, "zorder": 6}
    look |= {"shrinkA": 0, "shrinkB": 0}
    if arrow.back:
        look |= {"arrowstyle": "->,head_length=0.5,head_width=0.3", "linestyle": (0, (2.2, 1.3))}
    else:
        look |= {"arrowstyle": "-|>,head_length=0.5,head_width=0.25"}
    ax.add_patch(FancyArrowPatch(start, end, gid=f"{arrow.start} to {arrow.end}", **look))
    if arrow.label:
        x, y = LABEL_SPOTS[arrow.start, arrow.end]
        beside: dict[str, Any] = {"ha": "center", "va": "top" if arrow.back else "bottom"}
        words = arrow.label.replace(" ", "\n")
        if arrow.end == OUTSIDE:
            beside, words = {"ha": "left", "va": "center"}, arrow.label
        ax.text(x, y, words, fontsize=SMALL, color=colour, zorder=7, **beside)


def _ends(arrow: Arrow) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where an arrow leaves its first station and meets its second, beside the arrow that comes the other way."""
    start, end = (np.array(SPOTS[station][:2]) for station in (arrow.start, arrow.end))
    along = (end - start) / np.linalg.norm(end - start)
    aside = APART * np.array([-along[1], along[0]]) if _both_ways(arrow) else np.zeros(2)
    a, b = start + aside, end + aside
    leaves, meets = a + along * _inside(arrow.start, aside, along), b - along * _inside(arrow.end, aside, -along)
    return (float(leaves[0]), float(leaves[1])), (float(meets[0]), float(meets[1]))


def _both_ways(arrow: Arrow) -> bool:
    return any((other.start, other.end) == (arrow.end, arrow.start) for shown in drawings() for other in shown.arrows)


def _inside(station: str, aside: Seconds, along: Seconds) -> float:
    """How far it is from a station's middle, moved `aside`, to its border in the direction `along`."""
    half = np.array(SPOTS[station][2:]) / 2 + 0.6
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(along == 0, np.inf, (np.sign(along) * half - aside) / along)
    return float(reach.min())
