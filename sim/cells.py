"""Cells of a comparison's table: rows of a name and what each column says; one figure of a spread."""

from collections.abc import Callable, Iterator

from .experiments import Result
from .stats import FEWEST, Spread
from .words import NEVER, seconds

Cell = Callable[[Result], str]
Row = tuple[str, Cell]


def spread_rows(name: str, get: Callable[[Result], tuple[Spread, int]], figures: str) -> Iterator[Row]:
    """A row for each of the figures (a text of names) of a spread of so many times."""
    for number, part in enumerate(figures.split()):
        label = f"{name}, {part}" if number == 0 else f"{'':{len(name) + 2}}{part}"
        yield label, lambda r, part=part: figure(*get(r), part)  # type: ignore[misc]


def figure(spread: Spread, count: int, part: str) -> str:
    """One figure of the spread of so many times: "never" where it falls among those that never end."""
    value: float | None = getattr(spread, part)
    return NEVER if value is None and count >= FEWEST[part] else seconds(value)
