"""The widgets: what a viewer without widgets shows, what Python reads back."""

import sys

import pytest

pytest.importorskip("anywidget")

from sim.experiments import compare
from sim.player import explore, play
from sim.presets import load


def test_a_viewer_without_widgets_shows_a_picture_and_its_words() -> None:
    for widget in (play(compare("quiet")), explore("quiet")):
        bundle, metadata = widget._repr_mimebundle_()
        assert bundle["image/png"][:8] == b"\x89PNG\r\n\x1a\n"
        assert bundle["text/plain"].startswith("A quiet afternoon")
        assert metadata["image/png"]["alt"] == bundle["text/plain"]
        assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_scenario_s_name_is_enough_to_play_it() -> None:
    assert play("quiet").data == play(compare("quiet")).data


def test_the_scenario_is_read_back_as_the_knobs_have_it() -> None:
    widget = explore("quiet")
    assert widget.scenario == load("quiet")
    widget.knobs = widget.knobs | {"threads": 7, "external_time": 0.5, "arrival_rate": 1.25}
    assert widget.scenario.threads == 7
    assert widget.scenario.arrival_rate == 1.25
    assert widget.scenario.external_time.mean == 2.0
    widget.seed = str(2**62 + 1)  # other luck: a number beyond JavaScript's
    assert widget.scenario.seed == 2**62 + 1
    widget.preset = "rush-hour"
    widget.knobs = widget.knobs | {"arrival_rate": 1.5}
    assert widget.scenario.arrival_rate == ((0.0, 3.0), (300.0, 9.0), (600.0, 3.0))


def test_a_scenario_of_ones_own_comes_before_the_presets() -> None:
    widget = explore(load("quiet", ["threads=3", 'title="Mine"']))
    assert widget.scenario.title == "Mine"
    assert next(iter(widget.data["presets"])) == "this"


def test_without_the_notebooks_extra_the_widgets_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "sim.player.widget", raising=False)
    monkeypatch.delattr("sim.player.widget", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"need anywidget; pip install anywidget"):
        explore("quiet")
