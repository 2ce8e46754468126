"""What was compared, as a link to the explorer: the page that reads it shows the same run."""

from urllib.parse import parse_qs

import pytest

from sim.cli import main
from sim.player.knobs import bounds_of, knobs_of, scenario_with
from sim.player.link import link
from sim.presets import PRESETS, load


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_link_with_its_name_and_nothing_else(name: str) -> None:
    assert link(load(name)) == f"explorer.html#preset={name}"


@pytest.mark.parametrize(
    ("overrides", "fragment"),
    [
        (["threads=8"], "preset=slides&threads=8"),
        (["threads=8", "timeout=20s", "seed=7"], "preset=slides&threads=8&timeout=20&seed=7"),
        (["arrival_rate=2.5", "report_fraction=0.2"], "preset=slides&arrival_rate=2.5&report_fraction=0.2"),
        (["external_time.mean=24", "external_time.p95=80"], "preset=slides&external_time=2"),
    ],
)
def test_a_link_carries_what_was_turned_and_gives_the_scenario_back(overrides: list[str], fragment: str) -> None:
    scenario = load("slides", overrides)
    found = link(scenario, "https://example.org/a.html")
    page, _, said = found.partition("#")
    assert (page, sorted(said.split("&"))) == ("https://example.org/a.html", sorted(fragment.split("&")))
    fields = {name: values[0] for name, values in parse_qs(said).items()}
    preset = load(fields.pop("preset"))
    seed = int(fields.pop("seed", preset.seed))
    knobs = knobs_of(preset) | {name: float(value) for name, value in fields.items()}
    assert set(fields) <= set(bounds_of(preset))
    assert scenario_with(preset, knobs).replace(seed=seed) == scenario


@pytest.mark.parametrize("override", ["duration=100", "threads=900", "database_time=0.2", "timeout=2000"])
def test_what_no_knob_turns_has_no_link_and_that_is_said(override: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--set", override, "--link"]) == 2
    assert capsys.readouterr().err.startswith("error: --link: only a preset with its knobs turned has a link")


def test_compare_prints_the_link_last(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "quiet", "--set", "threads=2", "--engine", "exact", "--link"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "In the explorer: explorer.html#preset=quiet&threads=2"
    assert main(["compare", "quiet", "--json", "--link"]) == 2
