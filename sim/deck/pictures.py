"""The deck's pictures by name, drawn with the package's own figures and drawings, each with its alternative text."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from .. import plots
from ..plots.style import save_to
from .values import CYCLES, Runs

EVIDENCE = (10.9, 5.1)  # inches: enlarged to the width of a slide below its heading, and the letters with it
WHOLE = (11.2, 6.3)
STEPS = tuple(str(shown.step) for shown in plots.drawings())


@dataclass(frozen=True)
class Drawn:
    """A picture: the name of its file, the file, and what it shows in words."""

    name: str
    svg: bytes
    alt: str


def _response_times(runs: Runs, cycle: str, theme: str) -> plots.Picture:
    return figure_of(plots.response_times, runs[cycle], theme=theme)


def _slots(runs: Runs, _: str, theme: str) -> plots.Picture:
    return figure_of(plots.slots, runs.sync_with_slots, theme=theme)


def _backlog(runs: Runs, cycle: str, theme: str) -> plots.Picture:
    return figure_of(plots.backlog, runs[cycle], theme=theme)


def _ledger(runs: Runs, _: str, theme: str) -> plots.Picture:
    return figure_of(plots.ledger, runs.comparison, theme=theme)


def _pages(runs: Runs, cycle: str, theme: str) -> plots.Picture:
    return figure_of(plots.pages, runs[cycle], theme=theme)


def _halves(runs: Runs, cycle: str, theme: str) -> plots.Picture:
    return figure_of(plots.halves, runs[cycle], theme=theme)


def _luck(runs: Runs, _: str, theme: str) -> plots.Picture:
    return figure_of(plots.luck_dots, runs.luck, theme=theme)


def _comparison(runs: Runs, _: str, theme: str) -> plots.Picture:
    return plots.comparison_figure(runs.comparison, theme=theme)


KINDS: dict[str, tuple[Callable[[Runs, str, str], plots.Picture], tuple[str, ...]]] = {
    "response_times": (_response_times, tuple(CYCLES)),
    "slots": (_slots, ("sync",)),
    "backlog": (_backlog, (*CYCLES, "few")),
    "pages": (_pages, tuple(CYCLES)),
    "halves": (_halves, tuple(CYCLES)),
    "luck": (_luck, ("",)),
    "ledger": (_ledger, ("",)),
    "comparison": (_comparison, ("",)),
}


def draw(name: str, runs: Runs, theme: str) -> Drawn:
    """The picture of that name ("response_times sync", "drawing 7"), the same bytes every time.

    Raises ValueError for a name that there is not.
    """
    kind, _, of = name.partition(" ")
    if kind == "drawing" and of in STEPS:
        return _drawing(int(of), theme)
    if kind not in KINDS or of not in KINDS[kind][1]:
        allowed = "; ".join(f"{kind} {'|'.join(choices)}".strip() for kind, (_, choices) in KINDS.items())
        raise ValueError(f"slides/deck.md: picture {name!r}; allowed: drawing {'|'.join(STEPS)}; {allowed}")
    return drawn_as(f"{kind}-{of}".rstrip("-"), KINDS[kind][0](runs, of, theme))


@cache
def _drawing(step: int, theme: str) -> Drawn:
    figure = figure_of(plots.drawing, step, theme=theme, size=WHOLE, title=False)
    return drawn_as(f"drawing-{step}", figure)


def drawn_as(name: str, figure: plots.Picture) -> Drawn:
    """The figure as a file of that name."""
    svg = io.BytesIO()
    save_to(figure, svg, "svg")
    return Drawn(name, svg.getvalue(), figure.alt)


def figure_of(
    paint: Callable[..., Any], *data: Any, theme: str, size: tuple[float, float] = EVIDENCE, **options: Any
) -> plots.Picture:
    """What `paint(*data, ax, **options)` draws, at the size of a slide's picture and without its title."""
    whole = plots.figure(theme)
    whole.set_size_inches(*size)
    ax = paint(*data, whole.add_subplot(), **options)
    ax.set_title("", loc="left")  # the slide has a title
    whole.alt = plots.alt_text(paint, *data, **options)
    return whole
