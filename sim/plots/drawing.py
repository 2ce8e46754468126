"""How the request cycle is drawn: its stations and arrows, the router's watch, and the thread that is held."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Ellipse, FancyArrowPatch, FancyBboxPatch, Rectangle

from ..cycles import SYNC
from ..units import Seconds
from .layout import CANVAS, FRAME_SPOTS, LABEL_SPOTS, LINES_SPOTS, PILL, THREADS_AT, WORKER_AT, spot_of
from .steps import APPLICATION, COMPUTER, LABELS, OUTSIDE, ROUTER, WORKER, Arrow, Drawing, drawings
from .style import LARGE, MEDIUM, SMALL, Theme, drawn, theme_of

ASIDE = 2.0  # between the middle and the way in, and the way out, where both join the same stations


def _of(step: int) -> Drawing:
    if not 1 <= step <= len(drawings()):
        raise ValueError(f"step = {step!r}; allowed: 1 to {len(drawings())}")
    return drawings()[step - 1]


def drawing_alt(step: int, **_: object) -> str:
    """The alternative text of `drawing`."""
    shown = _of(step)
    steps = [f"{_name(arrow.start)} to {_name(arrow.end)}" for arrow in shown.arrows]
    frames = f" Dashed boxes: {', '.join(shown.frames)}." if shown.frames else ""
    watch = " In the cloud's wall stands the router with its watch." if ROUTER in shown.stations else ""
    lines = f" {shown.told.whose.capitalize()}: {' '.join(shown.told.lines.split())}" if shown.told.lines else ""
    return (
        f"Drawing {step} of {len(drawings())}. {shown.title}. Arrows: {', '.join(steps)}.{frames}{watch} "
        f"{_who_is_held(shown)}{lines}"
    )


def _who_is_held(shown: Drawing) -> str:
    thread = f"A thread is held, at {_name(shown.thread)}." if shown.thread else "All threads are free."
    worker = {None: "", True: " The worker is held.", False: " The worker is free."}[shown.worker]
    return thread + worker


def _name(station: str) -> str:
    return LABELS.get(station, station)


@drawn(drawing_alt)
def drawing(step: int, ax: Axes, *, title: bool = True) -> Axes:
    """One of the 17 drawings of the request cycle; what the step adds is thicker, and in a colour of its own.

    Requests are solid arrows with full heads, responses dashed ones with open heads. A free thread is an outline in the
    web server; a held one is filled, stands where its request is, and leaves its place empty. Raises ValueError for a
    step that is not among `drawings()`.
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
    _threads(ax, shown, theme)
    _lines(ax, shown, theme)
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
    x, y, *_ = spot_of(name)
    look = _emphasis(new, theme) | {"facecolor": theme.paper, "zorder": 4}
    SHAPES.get(name, _box)(ax, name, look)
    colour = theme.accent if new else theme.ink
    text: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "fontsize": MEDIUM,
        "color": colour,
        "zorder": 9,
        "gid": f"name of {name}",
    }
    right, up = LABELS_MOVED.get(name, (0.0, 0.0))
    ax.text(x + right, y + up, LABELS[name].replace("Web ", "Web\n"), linespacing=1.05, **text)


def _corner(name: str) -> tuple[float, float]:
    x, y, width, height = spot_of(name)
    return x - width / 2, y - height / 2


def _box(ax: Axes, name: str, look: dict[str, Any]) -> None:
    size, shape = spot_of(name)[2:], "round,pad=0,rounding_size=1.5"
    ax.add_patch(FancyBboxPatch(_corner(name), *size, boxstyle=shape, gid=name, **look))


def _computer(ax: Axes, name: str, look: dict[str, Any]) -> None:
    x, bottom = spot_of(name)[0], _corner(name)[1]
    ax.add_patch(Rectangle((x - 2, bottom - 3), 4, 3, **look))
    ax.add_patch(Rectangle((x - 6, bottom - 4), 12, 1.2, **look | {"facecolor": look["edgecolor"]}))
    ax.add_patch(Rectangle(_corner(name), *spot_of(name)[2:], gid=name, **look))


def _router(ax: Axes, name: str, look: dict[str, Any]) -> None:
    """A tower in the wall, before the arrows that pass through it, with its watch."""
    x, y = spot_of(name)[0], spot_of(name)[1] + 8.5
    _box(ax, name, look | {"zorder": 7})
    ax.add_patch(Circle((x, y), 5, gid="watch", **look | {"zorder": 8}))
    hand: dict[str, Any] = {"color": look["edgecolor"], "solid_capstyle": "round", "zorder": 9}
    ax.plot([x, x, x + 2.2], [y + 3.6, y, y + 1.2], linewidth=3, **hand)
    for hour in range(12):
        east, north = np.sin(np.pi * hour / 6), np.cos(np.pi * hour / 6)
        ax.plot([x + 4.2 * east, x + 4.6 * east], [y + 4.2 * north, y + 4.6 * north], linewidth=1.2, **hand)


def _queue(ax: Axes, name: str, look: dict[str, Any]) -> None:
    left, bottom = _corner(name)
    width, height = spot_of(name)[2:]
    ax.add_patch(Rectangle((left, bottom), width, height, gid=name, **look))
    for place in (0.0, 1.5, 3.0):  # jobs lying in it
        ax.add_patch(Rectangle((left + 1 + place, bottom + 1), 0.7, height - 2, **look | {"linewidth": 1}))


def _cylinder(ax: Axes, name: str, look: dict[str, Any]) -> None:
    (x, y, width, height), lid = spot_of(name), 3.0
    bottom, top = y - height / 2 + lid / 2, y + height / 2 - lid / 2
    ax.add_patch(Ellipse((x, bottom), width, lid, **look))
    ax.add_patch(Rectangle((x - width / 2, bottom), width, top - bottom, **look | {"edgecolor": "none"}))
    ax.plot([x - width / 2] * 2, [bottom, top], color=look["edgecolor"], linewidth=look["linewidth"], zorder=4)
    ax.plot([x + width / 2] * 2, [bottom, top], color=look["edgecolor"], linewidth=look["linewidth"], zorder=4)
    ax.add_patch(Ellipse((x, top), width, lid, gid=name, **look))


SHAPES = {COMPUTER: _computer, ROUTER: _router, "database": _cylinder, "queue": _queue}
LABELS_MOVED = {  # to the right, and up, to make room for what else is in the box
    ROUTER: (0.0, -4.5),
    "web_server": (0.0, 9.3),
    "database": (0.0, -1.0),
    "queue": (2.2, 0.0),
    WORKER: (0.0, 3.2),
}


def _threads(ax: Axes, shown: Drawing, theme: Theme) -> None:
    """The threads, at home in the web server but for the one that is held; and the worker, at home in its own box."""
    freed = shown.thread == "" and any(isinstance(part, Arrow) and part.end == COMPUTER for part in shown.new)
    for number, home in enumerate(THREADS_AT):
        own = "freed" if freed else "away" if shown.thread else "free"
        _pill(ax, home, "free" if number else own, "thread", theme)
    if shown.thread:
        _pill(ax, _beside(shown.thread), "held", "thread", theme)
    if shown.worker is not None:
        _pill(ax, WORKER_AT, "held" if shown.worker else "free", "worker", theme)


def _beside(station: str) -> tuple[float, float]:
    """On the edge of a station's box, at the left: the upper edge of a box in the upper row, or else the lower one."""
    if station == "web_server":
        return THREADS_AT[0]
    x, y, width, height = spot_of(station)
    return x - width / 2 + PILL[0] / 2 - 1, y + (height / 2 if y > 60 else -height / 2)


def _pill(ax: Axes, middle: tuple[float, float], state: str, name: str, theme: Theme) -> None:
    looks: dict[str, tuple[dict[str, Any], str]] = {
        "free": ({"facecolor": theme.paper, "edgecolor": theme.soft, "linewidth": 1.5}, theme.soft),
        "freed": ({"facecolor": theme.paper, "edgecolor": theme.accent, "linewidth": 4}, theme.accent),
        "held": ({"facecolor": theme.useful, "edgecolor": theme.ink, "linewidth": 2}, theme.paper),
        "away": ({"facecolor": "none", "edgecolor": theme.soft, "linewidth": 1.2, "linestyle": (0, (3, 3))}, ""),
    }
    (x, y), (width, height), (look, colour) = middle, PILL, looks[state]
    shape, gid = f"round,pad=0,rounding_size={height / 2}", f"{name} {state} at {x:g}, {y:g}"
    corner = (x - width / 2, y - height / 2)
    ax.add_patch(FancyBboxPatch(corner, width, height, boxstyle=shape, gid=gid, zorder=10, **look))
    if colour:
        weight = "bold" if state != "free" else "normal"
        text: dict[str, Any] = {"fontsize": SMALL, "fontweight": weight, "color": colour, "zorder": 11, "gid": gid}
        ax.text(x, y - 0.15, name, ha="center", va="center_baseline", **text)


def _lines(ax: Axes, shown: Drawing, theme: Theme) -> None:
    """What the request, the code or the answer says at this step, in the room below that is free."""
    if not shown.told.lines:
        return
    left, bottom, width, height = LINES_SPOTS[shown.cycle]
    ax.add_patch(
        Rectangle(
            (left, bottom), width, height, facecolor=theme.idle, edgecolor="none", zorder=2, gid=f"panel {shown.step}"
        )
    )
    look: dict[str, Any] = {"va": "top", "zorder": 3, "gid": f"lines {shown.step}"}
    ax.text(left + 1.5, bottom + height - 1.6, shown.told.whose, fontsize=SMALL, color=theme.soft, **look)
    size = LARGE + 2 if shown.cycle == SYNC.name else MEDIUM
    ax.text(left + 1.5, bottom + height - 6.2, shown.told.lines, fontsize=size, family="monospace", **look)


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
            beside, words = {"ha": "right", "va": "center"}, arrow.label
        ax.text(x, y, words, fontsize=SMALL, color=colour, zorder=7, **beside)


def _ends(arrow: Arrow) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where an arrow leaves its first station and meets its second, beside the arrow that comes the other way."""
    start, end = (np.array(spot_of(station)[:2]) for station in (arrow.start, arrow.end))
    along = (end - start) / np.linalg.norm(end - start)
    aside = ASIDE * np.array([-along[1], along[0]]) if _both_ways(arrow) else np.zeros(2)
    a, b = start + aside, end + aside
    leaves, meets = a + along * _inside(arrow.start, aside, along), b - along * _inside(arrow.end, aside, -along)
    return (float(leaves[0]), float(leaves[1])), (float(meets[0]), float(meets[1]))


def _both_ways(arrow: Arrow) -> bool:
    return any((other.start, other.end) == (arrow.end, arrow.start) for shown in drawings() for other in shown.arrows)


def _inside(station: str, aside: Seconds, along: Seconds) -> float:
    """How far it is from a station's middle, moved `aside`, to its border in the direction `along`."""
    half = np.array(spot_of(station)[2:]) / 2 + 0.6
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(along == 0, np.inf, (np.sign(along) * half - aside) / along)
    return float(reach.min())
