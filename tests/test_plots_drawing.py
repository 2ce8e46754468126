"""The 17 drawings: the deck's story, step by step, with everything in its place from step to step."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.transforms import Bbox

from sim import plots
from sim.cycles import ASYNC, SYNC
from sim.plots.layout import CANVAS, THREADS_AT, WORKER_AT, spot_of
from sim.plots.steps import APPLICATION, APPLICATION_2, CLOUD, ROUTER, Arrow

STEPS = range(1, 18)


@cache
def _shown(step: int) -> Axes:
    """The drawing of a step, without its title, laid out."""
    picture = plots.picture(plots.drawing, step, title=False)
    picture.canvas.draw()
    return picture.axes[0]


def _places(step: int) -> dict[str, tuple[float, ...]]:
    """Where everything that has a name stands, in pixels; and every text."""
    ax, places = _shown(step), {}
    for patch in ax.patches:
        if patch.get_gid():
            if isinstance(patch, FancyArrowPatch):
                spots = ax.transData.transform(patch._posA_posB)  # type: ignore[attr-defined]
            else:
                spots = patch.get_transform().transform(patch.get_path().vertices)
            places[str(patch.get_gid())] = tuple(spots.ravel().round(6))
    for text in ax.texts:
        places[text.get_gid() or text.get_text()] = tuple(ax.transData.transform(text.get_position()).round(6))
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
        (2, {CLOUD, ROUTER}),
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


def _pills(step: int, name: str = "thread") -> dict[str, list[tuple[float, float]]]:
    """Where the threads (or the workers) of a step stand, by their state."""
    found: dict[str, list[tuple[float, float]]] = {}
    for patch in _shown(step).patches:
        match = re.fullmatch(rf"{name} (\w+) at ([\d.]+), ([\d.]+)", str(patch.get_gid()))
        if match:
            found.setdefault(match[1], []).append((float(match[2]), float(match[3])))
    return found


def test_the_router_stands_with_its_watch_in_the_cloud_s_wall_from_the_second_step_on() -> None:
    for step in STEPS:
        gids = {patch.get_gid() for patch in _shown(step).patches}
        assert (step != 1) == (ROUTER in gids) == ("watch" in gids), step


def test_a_thread_goes_with_the_request_and_is_free_when_the_response_has_left() -> None:
    held_at = [shown.thread for shown in plots.drawings()]
    assert held_at[:11] == [
        *("", "", "middleware", "routes", "controller", "model", "model"),
        *("controller", "middleware", "web_server", ""),
    ]
    assert held_at[11:] == ["controller", "controller", "", "", "", ""]


@pytest.mark.parametrize("step", STEPS)
def test_a_held_thread_leaves_its_place_empty_and_a_free_one_is_at_home(step: int) -> None:
    pills, shown = _pills(step), plots.drawings()[step - 1]
    freed = step in (11, 14)
    home = pills.get("free", []) + pills.get("freed", []) + pills.get("away", [])
    if shown.thread in ("", "web_server"):
        assert sorted({*home, *pills.get("held", [])}) == sorted(THREADS_AT)
    else:
        assert sorted(home) == sorted(THREADS_AT)
        assert len(pills["away"]) == 1
    assert len(pills.get("held", [])) == (1 if shown.thread else 0)
    assert len(pills.get("freed", [])) == freed


def test_the_worker_is_free_until_it_pulls_a_job_and_held_from_then_on() -> None:
    assert [_pills(step, "worker") for step in (14, 15, 16, 17)] == [
        *({}, {"free": [WORKER_AT]}, {"held": [WORKER_AT]}, {"held": [WORKER_AT]})
    ]


@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_written_across_the_edge_of_the_drawing_or_of_its_box(step: int) -> None:
    ax = _shown(step)
    boxes = {str(patch.get_gid()): patch.get_window_extent() for patch in ax.patches if patch.get_gid()}
    whole = Bbox(ax.transData.transform([(0, 0), CANVAS]))
    for text in ax.texts:
        extent, gid = text.get_window_extent(), str(text.get_gid())
        assert _inside(extent, whole), text.get_text()
        box = boxes.get(gid.replace("lines", "panel"))
        assert box is None or _inside(extent, box), text.get_text()
    for station in plots.drawings()[step - 1].stations:
        written = next(text.get_window_extent() for text in ax.texts if text.get_gid() == f"name of {station}")
        x, y, width, height = spot_of(station)
        corners = [(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)]
        assert _inside(written, Bbox(ax.transData.transform(corners))), station


def _inside(inner: Bbox, outer: Bbox) -> bool:
    return bool(outer.x0 <= inner.x0 <= inner.x1 <= outer.x1 and outer.y0 <= inner.y0 <= inner.y1 <= outer.y1)


ONE_HOP_MORE = {  # what has to be written for a hop more: its value, its place on the way, and its scenario field
    "path.py": [
        ("QUEUE = Hop(", 'CACHE = Hop("cache", "Cache", "cloud", 0.005)\nQUEUE = Hop('),
        ("LOOKUP = (MODEL, DATABASE, MODEL)", "LOOKUP = (MODEL, CACHE, MODEL, DATABASE, MODEL)"),
    ],
    "scenario.py": [
        ("    database_time:", '    cache_time: Duration = _hop(path.CACHE, "the cache")\n    database_time:')
    ],
}
DRAWN_WITH_IT = """
from sim import plots
from sim.cli import main
from sim.experiments import simulate
from sim.plots.layout import FRAME_SPOTS, spot_of
from sim.plots.timeline import blocks

steps = plots.drawings()
assert [shown.step for shown in steps] == list(range(1, 19))
asked = next(shown for shown in steps if "cache" in shown.new)
assert asked.title == "model.rb hands the request to Cache" and asked.thread == "model"
assert next(s for s in steps if "database" in s.new).title == "model.rb asks the database, and has its answer"
for shown in steps:
    for part in shown.new - {"Cloud Infrastructure"}:
        assert isinstance(part, str) or shown.title, part
    gids = {patch.get_gid() for patch in plots.drawing(shown.step, plots.figure().subplots()).patches}
    assert all(f"{arrow.start} to {arrow.end}" in gids for arrow in shown.arrows)
    assert ("cache" in gids) == ("cache" in shown.stations) == (asked.step <= shown.step <= 12)
left = {station: spot_of(station) for station in steps[11].stations if station != "cache"}
x, y, width, height = spot_of("cache")
for station, (u, v, w, h) in left.items():
    assert abs(x - u) > (width + w) / 2 or abs(y - v) > (height + h) / 2, station
a, b, w, h = FRAME_SPOTS["Application Code"]
assert x - width / 2 > a + w and y - height / 2 > FRAME_SPOTS["Cloud Infrastructure"][1]
run = simulate("quiet", "sync")
page = int((~run.records.is_report).nonzero()[0][0])
assert "Cache" in [block.label for block in blocks(run, page)]
assert main(["trace", "sync", "quiet", "--request", str(page)]) == 0
"""


@pytest.mark.slow
def test_a_hop_more_is_drawn_in_every_picture(tmp_path: Path) -> None:
    package = Path(plots.__file__).parents[1]
    shutil.copytree(package, tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    for file, changes in ONE_HOP_MORE.items():
        text = (tmp_path / "sim" / file).read_text()
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (tmp_path / "sim" / file).write_text(text)
    command = [sys.executable, "-c", DRAWN_WITH_IT]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert "Cache" in done.stdout.decode()


def test_the_alternative_text_names_the_step_and_its_arrows() -> None:
    told = plots.alt_text(plots.drawing, 1)
    assert told == (
        "Drawing 1 of 17. A browser sends an HTTP request to the web server. Arrows: Computer to Web Server. "
        "All threads are free. The request: GET /pages/7 HTTP/1.1 Host: app.example"
    )
    told = plots.alt_text(plots.drawing, 16)
    assert "the router with its watch" in told
    assert "All threads are free. The worker is held." in told
