"""One style for all figures: colours with fixed roles, sizes for the last row, light and dark, and saving.

Colours are Okabe and Ito's (2008), told apart by colour-blind people too; no figure relies on them alone.
"""

import functools
import io
import re
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ..files import write

FORMATS = ("png", "svg", "pdf")
PIXELS = (1280, 720)  # a slide
DPI = 112  # what a slide's inch is: the more, the larger everything on it
SMALL, MEDIUM, LARGE = 14, 16, 20  # points; nothing is written smaller
MANY = 2_000  # more marks than this are an image inside a vector file

P = ParamSpec("P")


@dataclass(frozen=True)
class Theme:
    """The colours of a figure by their roles."""

    name: str
    paper: str
    ink: str
    soft: str
    faint: str
    accent: str
    page: str
    report: str
    timed_out: str
    useful: str
    wasted: str
    idle: str
    sync: str
    async_: str


LIGHT = Theme(
    name="light",
    paper="#FFFFFF",
    ink="#1A1A1A",
    soft="#5C5C5C",
    faint="#DCDCDC",
    accent="#0072B2",
    page="#0072B2",
    report="#E69F00",
    timed_out="#D55E00",
    useful="#009E73",
    wasted="#D55E00",
    idle="#EEEEEE",
    sync="#1A1A1A",
    async_="#B2529A",
)
DARK = Theme(
    name="dark",
    paper="#16181C",
    ink="#F2F2F2",
    soft="#B4B4B4",
    faint="#3C3C3C",
    accent="#56B4E9",
    page="#56B4E9",
    report="#E69F00",
    timed_out="#FF7A3C",
    useful="#2FC598",
    wasted="#FF7A3C",
    idle="#2C3036",
    sync="#F2F2F2",
    async_="#E39AC4",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

_rc_is_ours = threading.RLock()  # matplotlib's settings belong to the whole process


def theme_of(ax: Axes | Figure) -> Theme:
    """The theme of a figure, seen from its paper."""
    figure = ax if isinstance(ax, Figure) else ax.get_figure(root=True)
    red, green, blue = to_rgb(figure.get_facecolor()) if figure else (1.0, 1.0, 1.0)
    return LIGHT if 0.3 * red + 0.6 * green + 0.1 * blue > 0.5 else DARK


@contextmanager
def style(theme: str = "light") -> Iterator[Theme]:
    """A context in which matplotlib draws in our style; raises ValueError for an unknown theme."""
    if theme not in THEMES:
        raise ValueError(f"theme = {theme!r}; allowed: {', '.join(THEMES)}")
    with _rc_is_ours, mpl.rc_context(_settings(THEMES[theme])):
        yield THEMES[theme]


def _settings(theme: Theme) -> Any:
    return {
        "figure.figsize": (PIXELS[0] / DPI, PIXELS[1] / DPI),
        "figure.dpi": DPI,
        "savefig.dpi": "figure",
        "figure.facecolor": theme.paper,
        "axes.facecolor": theme.paper,
        "savefig.facecolor": "auto",
        "font.family": "DejaVu Sans",
        "font.size": SMALL,
        "axes.titlesize": MEDIUM,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": SMALL,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.fontsize": SMALL,
        "figure.titlesize": LARGE,
        "figure.titleweight": "bold",
        "text.color": theme.ink,
        "axes.titlecolor": theme.ink,
        "axes.labelcolor": theme.ink,
        "axes.edgecolor": theme.soft,
        "xtick.color": theme.soft,
        "ytick.color": theme.soft,
        "xtick.labelcolor": theme.ink,
        "ytick.labelcolor": theme.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "grid.color": theme.faint,
        "hatch.linewidth": 1.5,
        "legend.frameon": False,
        "text.parse_math": False,  # a title is text, whatever dollar signs are in it
        "svg.fonttype": "path",
        "svg.hashsalt": "request-cycles",
        "pdf.fonttype": 42,
        "path.simplify": True,
    }


class Picture(Figure):
    """A figure that knows its alternative text and shows itself in a notebook, without pyplot."""

    alt: str = ""

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        image = io.BytesIO()
        save_to(self, image, "png")
        width, height = (round(inches * self.dpi) for inches in self.get_size_inches())
        shown = {"alt": self.alt, "width": width, "height": height}
        return {"image/png": image.getvalue(), "text/plain": self.alt}, {"image/png": shown}


def figure(theme: str = "light", *, dpi: int = DPI) -> Picture:
    """An empty figure of 1280 × 720 pixels in our style; the fewer `dpi`, the smaller everything in it."""
    with style(theme):
        empty = Picture(figsize=(PIXELS[0] / dpi, PIXELS[1] / dpi), dpi=dpi)
        FigureCanvasAgg(empty)
        empty.set_layout_engine("constrained", w_pad=0.12, h_pad=0.08)
    return empty


_alt_texts: dict[Callable[..., Any], Callable[..., str]] = {}


def drawn(alt: Callable[..., str]) -> Callable[[Callable[P, Axes]], Callable[P, Axes]]:
    """Make a function that draws into an Axes do so in our style; `alt` tells in words what it draws."""

    def decorate(paint: Callable[P, Axes]) -> Callable[P, Axes]:
        @functools.wraps(paint)
        def painted(*args: P.args, **options: P.kwargs) -> Axes:
            ax = next(value for value in (*args, *options.values()) if isinstance(value, Axes))
            with style(theme_of(ax).name):
                dress(ax)
                return paint(*args, **options)

        _alt_texts[painted] = alt
        return painted

    return decorate


def dress(ax: Axes) -> None:
    """Give an Axes that was made elsewhere our sizes and colours."""
    theme = theme_of(ax)
    ax.set_facecolor(theme.paper)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(theme.soft)
    ax.tick_params(labelsize=SMALL, color=theme.soft, labelcolor=theme.ink)
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set(fontsize=SMALL, color=theme.ink)


def entitle(ax: Axes, text: str) -> None:
    """Write a title over an Axes, on as many lines as its share of the figure's width needs."""
    whole, spec = ax.get_figure(root=True), ax.get_subplotspec()
    assert whole is not None
    points = 72 * whole.get_figwidth() / (spec.get_gridspec().ncols if spec else 1)
    letters = 0.85 * points / (0.6 * MEDIUM)  # the axis takes some of the width; a bold letter is 0.6 em wide
    ax.set_title(textwrap.fill(text, int(letters)))


def alt_text(draw: Callable[..., Axes], *data: Any, **options: Any) -> str:
    """What `draw(*data, ax, **options)` shows, in words, with its numbers: for those who do not see it."""
    if draw not in _alt_texts:
        raise ValueError(
            f"{getattr(draw, '__name__', draw)}: no figure; allowed: a function of sim.plots that takes an Axes"
        )
    return _alt_texts[draw](*data, **options)


def picture(draw: Callable[..., Axes], *data: Any, theme: str = "light", **options: Any) -> Picture:
    """A figure of 1280 × 720 pixels with what `draw(*data, ax, **options)` draws, and its alternative text."""
    whole = figure(theme)
    with style(theme):
        draw(*data, whole.add_subplot(), **options)
    whole.alt = alt_text(draw, *data, **options)
    return whole


def format_of(path: str | Path) -> str:
    """The format that a file's name asks for; raises ValueError with the ones there are."""
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise ValueError(f"{path}: a figure ends in {suffix or 'nothing'!r}; allowed: .{', .'.join(FORMATS)}")
    return suffix


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure to a file, the same bytes every time; raises ValueError for a suffix that is not in FORMATS."""
    image = io.BytesIO()
    save_to(figure, image, format_of(path))
    write(path, image.getvalue())


def save_to(figure: Figure, stream: io.BytesIO, kind: str) -> None:
    """Write a figure to a stream as png, svg or pdf, without date and version, so that the bytes repeat."""
    undated: dict[str, Any] = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
    }
    image = io.BytesIO()
    with style(theme_of(figure).name):
        figure.savefig(image, format=kind, metadata=undated[kind])
    stream.write(_with_hatches(image.getvalue()) if kind == "svg" else image.getvalue())


def _with_hatches(svg: bytes) -> bytes:
    """The SVG with hatches that are seen: matplotlib paints them in a pale filling as pale as that, in its colour."""
    pale = dict(re.findall(rb"fill: url\(#(\w+)\); fill-opacity: ([\d.]+)", svg))
    svg = re.sub(rb"(fill: url\(#\w+\)); fill-opacity: [\d.]+", rb"\1", svg)
    for pattern, opacity in pale.items():
        start = svg.index(b"<rect", svg.index(b'<pattern id="%b"' % pattern))
        svg = svg[:start] + b'<rect fill-opacity="%b"' % opacity + svg[start + len(b"<rect") :]
    return svg
