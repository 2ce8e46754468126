"""Cells of a comparison's table: rows of a name and what each column says; one figure of a spread."""

from collections.abc import Callable, Iterable, Iterator

from .experiments import Result
from .stats import FEWEST, Spread
from .words import NEVER, counted, seconds

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


def label_rows(results: Iterable[Result]) -> Iterator[tuple[str, list[str]]]:
    """For each label of the workload its requests, timeouts and times; nothing where there are no labels."""
    labels = [result.labels for result in results]
    for label in labels[0]:
        each = [found[label] for found in labels]
        yield f"{label}: {counted(each[0].requests, 'request')}", [""] * len(each)
        yield "  timed out", [f"{figures.timed_out:,}" for figures in each]
        yield "  response time, p95", [figure(figures.response_time, figures.requests, "p95") for figures in each]
        if each[0].reports:
            times = [figure(figures.completion_time, figures.reports, "p95") for figures in each]
            yield "  completion time, p95", times
