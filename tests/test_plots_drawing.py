"""The 17 drawings: the deck's story, step by step, with everything in its place from step to step."""

from itertools import pairwise

import pytest
from matplotlib.patches import FancyArrowPatch

from sim import plots
from sim.cycles import ASYNC, SYNC
from sim.plots.steps import APPLICATION, APPLICATION_2, CLOUD, Arrow

STEPS = range(1, 18)


def _places(step: int) -> dict[str, tuple[float, ...]]:
    """Where everything that has a name stands, in pixels; and every text."""
    picture = plots.picture(plots.drawing, step)
    picture.canvas.draw()
    ax = picture.axes[0]
    places = {}
    for patch in ax.patches:
        if patch.get_gid():
            path = patch.get_path() if not isinstance(patch, FancyArrowPatch) else None
            spots = (
                ax.transData.transform(patch._posA_posB)
                if path is None
                else patch.get_transform().transform(path.vertices)
            )  # type: ignore[attr-defined]
            places[str(patch.get_gid())] = tuple(spots.ravel().round(6))
    for text in ax.texts[:-1]:
        places[text.get_text()] = tuple(ax.transData.transform(text.get_position()).round(6))
    return places


def test_there_are_seventeen_and_each_adds_something() -> None:
    steps = plots.drawings()
    assert [step.step for step in steps] == list(STEPS)
    assert all(step.new for step in steps if step.step != 12)
    for before, after in pairwise(steps):
        if after.step != 12:
            assert set(before.arrows) < set(after.arrows) or set(before.frames) < set(after.frames)


def test_the_last_synchronous_drawing_is_the_way_of_a_page() -> None:
    arrows = plots.drawings()[10].arrows
    way = ["computer", *(hop.name for hop in SYNC.page.thread), "computer"]
    assert [(arrow.start, arrow.end) for arrow in arrows] == list(pairwise(way))
    assert [arrow.label for arrow in arrows if arrow.label] == ["HTTP Request", "HTTP Response"]
    assert "routes" not in [arrow.start for arrow in arrows if arrow.back]


def test_the_last_drawing_is_the_way_of_a_report_and_of_its_job() -> None:
    last = plots.drawings()[16]
    visited = {arrow.start for arrow in last.arrows} | {arrow.end for arrow in last.arrows}
    assert {hop.name for hop in ASYNC.report.thread} <= visited
    assert last.arrows[-2:] == (Arrow("queue", "worker"), Arrow("worker", "outside", label="HTTP Request"))
    assert last.frames == (CLOUD, APPLICATION, APPLICATION_2)
    assert "database" not in last.stations


@pytest.mark.parametrize(
    ("step", "new"),
    [
        (2, {CLOUD}),
        (3, {APPLICATION, "middleware"}),
        (7, {"database"}),
        (13, {"queue"}),
        (15, {APPLICATION_2, "worker"}),
    ],
)
def test_each_step_adds_what_the_deck_adds(step: int, new: set[str]) -> None:
    assert {part for part in plots.drawings()[step - 1].new if isinstance(part, str)} == new


def test_nothing_jumps_from_step_to_step() -> None:
    everything = [_places(step) for step in STEPS]
    for earlier, later in pairwise(everything):
        shared = earlier.keys() & later.keys()
        assert shared
        assert {name: earlier[name] for name in shared} == {name: later[name] for name in shared}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_request_differs_from_a_response_in_more_than_colour(theme: str) -> None:
    ax = plots.drawing(11, plots.figure(theme).subplots())
    arrows = {str(patch.get_gid()): patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)}
    there, back = arrows["computer to web_server"], arrows["web_server to computer"]
    assert there.get_linestyle() != back.get_linestyle()
    assert type(there.get_arrowstyle()) is not type(back.get_arrowstyle())


@pytest.mark.parametrize("step", [0, 18, -1])
def test_a_step_that_does_not_exist_is_refused(step: int) -> None:
    with pytest.raises(ValueError, match=f"step = {step}; allowed: 1 to 17"):
        plots.drawing(step, plots.figure().subplots())


def test_the_alternative_text_names_the_step_and_its_arrows() -> None:
    told = plots.alt_text(plots.drawing, 1)
    assert told == "Drawing 1 of 17. A browser sends an HTTP request to the web server. Arrows: Computer to Web Server."
