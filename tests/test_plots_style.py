"""The figures look alike, can be read by everybody and everywhere, and are the same bytes every time."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import plotted
import pytest
from matplotlib.figure import Figure
from plotted import GRID, SWEEP, scenario

from sim import checks, plots
from sim.experiments import Comparison, simulate
from sim.luck import luck
from sim.plots.headings import plain
from sim.plots.requests import curves, marks
from sim.plots.slots import looks
from sim.plots.style import DARK, LIGHT, THEMES, Picture, save_to


@pytest.fixture
def busy() -> Comparison:
    return plotted.busy()


def overload() -> tuple[Any, ...]:
    result, _ = checks.recording("overload", "puma-finish_started", "finish_started")
    return result, checks.recorded("overload", "puma-finish_started")


EVERY: dict[str, Callable[[Comparison], tuple[Any, ...]]] = {
    "response times": lambda c: (plots.response_times, c.sync),
    "distribution": lambda c: (plots.distribution, c.cycles),
    "slots": lambda c: (plots.slots, c.async_),
    "backlog": lambda c: (plots.backlog, c.async_),
    "ledger": lambda c: (plots.ledger, c),
    "sweep curves": lambda _: (plots.sweep_curves, SWEEP, "threads", "response_time.mean"),
    "sweep map": lambda _: (plots.sweep_map, GRID, "threads", "arrival_rate", "response_time.mean", "sync"),
    "pages": lambda c: (plots.pages, c.sync),
    "luck": lambda c: (plots.luck_dots, luck(c.scenario)),
    "halves": lambda c: (plots.halves, c.async_),
    "drawing": lambda _: (plots.drawing, 17),
    "arrivals": lambda c: (plots.arrivals, c.sync),
    "failing": lambda c: (plots.failing, {"SYNC": c.sync, "ASYNC": c.async_}),
    "lives": lambda c: (plots.lives, c.async_, range(min(3, len(c.workload)))),
    "measured": lambda _: (plots.measured, *overload()),
}


def _all_pictures(comparison: Comparison, theme: str = "light") -> list[Picture]:
    pictures = [plots.picture(*data(comparison), theme=theme) for data in EVERY.values()]
    pictures.append(plots.picture(plots.distribution, comparison.cycles, of="completion_time", theme=theme))
    if len(comparison.workload):
        pictures.append(plots.picture(plots.timeline, comparison.async_, 0, theme=theme))
    return [*pictures, plots.comparison_figure(comparison, theme=theme)]


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_nothing_is_told_by_colour_alone(theme: str) -> None:
    colours = THEMES[theme]
    assert len({look["marker"] for look in marks(colours).values()}) == 4
    assert len({str(look["linestyle"]) for look in curves(colours).values()}) == 3
    useful, wasted, idle, down = looks(colours).values()
    assert wasted["hatch"] != down["hatch"]
    assert not useful.get("hatch")
    assert not idle.get("hatch")
    ax = plots.sweep_curves(SWEEP, "threads", "response_time.mean", plots.figure(theme).subplots())
    assert len({(line.get_marker(), str(line.get_linestyle())) for line in ax.lines}) == len(ax.lines)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_letters_and_lines_stand_out_from_the_paper(theme: Any) -> None:
    def contrast(colour: str) -> float:
        light, dark = sorted([_luminance(colour), _luminance(theme.paper)], reverse=True)
        return (light + 0.05) / (dark + 0.05)

    assert min(contrast(theme.ink), contrast(theme.soft)) >= 4.5  # WCAG 2: text
    lines = (theme.page, theme.timed_out, theme.useful, theme.sync, theme.async_, theme.accent)
    assert min(map(contrast, lines)) >= 3  # WCAG 2: graphics; reports have an outline in ink


@pytest.mark.parametrize("which", [plotted.busy, plotted.empty, plotted.lost])
def test_every_letter_is_large_enough_and_inside_and_none_lies_upon_another(
    which: Callable[[], Comparison],
) -> None:
    for picture in _all_pictures(which()):
        plotted.check_letters(picture)


def test_every_axis_with_numbers_has_its_unit(busy: Comparison) -> None:
    for picture in _all_pictures(busy):
        for ax in picture.axes:
            if not ax.axison:
                continue
            names = [label.get_text() for label in ax.get_yticklabels()]
            assert "(" in ax.get_xlabel(), ax.get_title(loc="left")
            assert "(" in ax.get_ylabel() or not any(name.replace(".", "").isdigit() for name in names)


@pytest.mark.parametrize("kind", plots.FORMATS)
def test_the_same_comparison_gives_the_same_bytes_twice(busy: Comparison, kind: str) -> None:
    images = []
    for _ in range(2):
        image = io.BytesIO()
        save_to(plots.comparison_figure(busy), image, kind)
        images.append(image.getvalue())
    assert images[0] == images[1]


def test_another_process_gives_the_same_bytes(tmp_path: Path) -> None:
    code = "from sim import checks, plots; import sys; plots.save(plots.picture(plots.drawing, 17), sys.argv[1])"
    files = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for number, file in enumerate(files):
        subprocess.run([sys.executable, "-c", code, file], check=True, env={"PYTHONHASHSEED": str(number)})
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_figure_is_saved_as_its_name_says(tmp_path: Path, busy: Comparison) -> None:
    picture = plots.comparison_figure(busy)
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF")):
        plots.save(picture, tmp_path / f"figure.{kind}")
        assert (tmp_path / f"figure.{kind}").read_bytes().startswith(start)


@pytest.mark.parametrize("name", ["figure", "figure.jpg", "figure.svg.gz", ".png"])
def test_a_figure_of_another_kind_is_refused_with_the_kinds_there_are(name: str) -> None:
    with pytest.raises(ValueError, match=r"allowed: \.png, \.svg, \.pdf"):
        plots.format_of(name)


def test_an_unknown_theme_is_refused_with_the_themes_there_are() -> None:
    with pytest.raises(ValueError, match=r"theme = 'blue'; allowed: light, dark"):
        plots.figure("blue")


def test_a_hundred_thousand_marks_are_an_image_inside_the_vector_file() -> None:
    result = simulate(scenario(arrival_rate=60.0, threads=200), "sync", engine="exact")
    image = io.BytesIO()
    save_to(plots.picture(plots.response_times, result), image, "svg")
    assert len(result.records) > 10_000
    assert len(image.getvalue()) < 1_000_000
    assert b"<image" in image.getvalue()


def test_a_title_is_text_whatever_is_in_it(busy: Comparison) -> None:
    title = "$\\frac{1}{0$ <img onerror=alert(1)> \x1b[31m\u202e\n 日本"
    scenario = busy.scenario.model_copy(update={"title": title})
    picture = plots.comparison_figure(Comparison(scenario, busy.workload, busy.cycles))
    image = io.BytesIO()
    save_to(picture, image, "svg")
    shown = picture.get_suptitle()
    assert shown == "$\\frac{1}{0$ <img onerror=alert(1)> [31m □□"
    assert b"<img" not in image.getvalue()


def test_a_long_title_is_cut_to_one_line_that_fits(busy: Comparison) -> None:
    assert plain("word " * 40).endswith(" …")
    for title in ("word " * 40, "W" * 200):
        scenario = busy.scenario.model_copy(update={"title": title})
        picture = plots.comparison_figure(Comparison(scenario, busy.workload, busy.cycles))
        picture.canvas.draw()
        assert picture._suptitle is not None  # type: ignore[attr-defined]
        assert picture._suptitle.get_window_extent().width <= 1280  # type: ignore[attr-defined]


def test_an_axes_made_elsewhere_is_drawn_in_our_style(busy: Comparison) -> None:
    ax = Figure(figsize=(12.8, 7.2), facecolor="black").subplots()
    plots.response_times(busy.sync, ax)
    assert ax.xaxis.label.get_fontsize() == ax.get_xticklabels()[0].get_fontsize() == 14
    (pages,) = [line for line in ax.lines if line.get_marker() == "o"]
    assert pages.get_color() == DARK.page


def test_a_notebook_shows_the_picture_with_its_alternative_text(busy: Comparison) -> None:
    picture = plots.picture(plots.ledger, busy)
    data, metadata = picture._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == metadata["image/png"]["alt"] == plots.alt_text(plots.ledger, busy)


def test_pyplot_is_not_imported() -> None:
    code = "import sys, sim.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
