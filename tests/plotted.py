"""What the tests of the figures draw: comparisons in which much, nothing and everything goes wrong, and sweeps."""

import itertools
import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text

from sim.experiments import Comparison, compare
from sim.plots.style import Picture
from sim.presets import load
from sim.scenario import Scenario

LETTER = 14 * 100 / 72  # pixels: 14 points on a slide of 1280 × 720 at 100 dots per inch


def check_letters(picture: Picture) -> None:
    """Assert that all that is written is large enough, inside, and not upon another text."""
    texts = _texts(picture)
    assert tuple(picture.bbox.size) == (1280, 720)
    boxes = [text.get_window_extent() for text in texts]
    for text, box in zip(texts, boxes, strict=True):
        assert text.get_fontsize() * picture.dpi / 72 >= LETTER - 0.01, text
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= 1280, text
        assert box.y1 <= 720, text
    for (one, a), (two, b) in itertools.combinations(zip(texts, boxes, strict=True), 2):
        width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(width, height) < 2, (one.get_text(), two.get_text())


def _texts(picture: Picture) -> list[Text]:
    """All that is written in a picture; matplotlib keeps more ticks than it draws."""
    picture.canvas.draw()
    written = [*picture.texts, *(text for key in picture.legends for text in key.get_texts())]
    for ax in picture.axes:
        written += _texts_of(ax)
    return [text for text in written if text.get_visible() and text.get_text().strip()]


def _texts_of(ax: Axes) -> Iterator[Text]:
    yield from ax.texts
    yield ax._left_title  # type: ignore[attr-defined]
    if legend := ax.get_legend():
        yield from legend.get_texts()
    if ax.axison:
        for axis in (ax.xaxis, ax.yaxis):
            yield axis.label
            yield from (tick.label1 for tick in axis._update_ticks())  # type: ignore[attr-defined]


def scenario(**changes: Any) -> Scenario:
    """The slides' scenario, shorter."""
    return load("slides").replace(duration=240.0, **changes)


@cache
def busy() -> Comparison:
    """Pages and reports time out, requests wait, jobs queue up, and the arrival rate has a surge."""
    return compare(load("rush-hour"))


@cache
def empty() -> Comparison:
    """Nobody comes."""
    return compare(scenario(arrival_rate=0.0))


@cache
def lost() -> Comparison:
    """Nobody is answered in time."""
    return compare(scenario(timeout=0.01))


@cache
def storm() -> Comparison:
    """People try again: a short storm of retries in SYNC."""
    return compare(load("retry-storm").replace(arrival_rate=[[0, 2.0], [60, 8.0], [160, 2.0]], duration=400.0))


@cache
def asked() -> Comparison:
    """Clients ask whether their report is ready."""
    return compare(load("asking-again").replace(duration=120.0))


@cache
def outage() -> Comparison:
    """The slow service is down for a while, and jobs are run again."""
    return compare("outage")


@cache
def killed() -> Comparison:
    """The worker is killed, its jobs come back; then it is told to stop."""
    stops = [[300, "kill"], [400, "term"]]
    return compare(load("pulled-plug").replace(fetch="reliable", worker_stops=stops, shutdown_time=3.0))


def swept(means: dict[str, list[float]], **fields: list[Any]) -> pd.DataFrame:
    """A sweep's table: the means of each cycle at the values of the fields, give or take half a second."""
    rows = [
        {**dict(zip(fields, values, strict=True)), "cycle": cycle, "statistic": "response_time.mean", "mean": mean}
        for cycle, column in means.items()
        for values, mean in zip(zip(*fields.values(), strict=True), column, strict=True)
    ]
    table = pd.DataFrame(rows)
    return table.assign(low=table["mean"] - 0.5, high=table["mean"] + 0.5, replications=5)


SWEEP = swept({"sync": [9.0, 4.0, math.nan], "async": [0.1, 0.1, 0.1]}, threads=[2, 4, 8])
GRID = swept(
    {"sync": [9.0, 4.0, 8.0, math.nan], "async": [0.1] * 4, "sync - async": [8.9, 3.9, 7.9, math.nan]},
    threads=[2, 4, 2, 4],
    arrival_rate=[1.0, 1.0, 2.0, 2.0],
)
