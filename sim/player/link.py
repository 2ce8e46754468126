"""A scenario as a link to the explorer: the preset that it began as, and what was turned since."""

from urllib.parse import urlencode

from ..presets import summaries
from ..scenario import Scenario
from .knobs import bounds_of, knobs_of, scenario_with

PAGE = "explorer.html"


def link(scenario: Scenario, page: str = PAGE) -> str:
    """The address, below `page`, at which the explorer shows the scenario.

    Raises ValueError where it is no preset with its knobs turned, or where they do not turn as far.
    """
    for name, preset in summaries():
        turned = _turned(preset, scenario)
        if turned is not None:
            seed = {} if scenario.seed == preset.seed else {"seed": str(scenario.seed)}
            return f"{page}#{urlencode({'preset': name} | turned | seed)}"
    raise ValueError("--link: only a preset with its knobs turned has a link; allowed: --set of the explorer's knobs")


def _turned(preset: Scenario, scenario: Scenario) -> dict[str, str] | None:
    """Which of the preset's knobs stand elsewhere, and where; None where turning them does not give the scenario."""
    own, wanted = knobs_of(preset), knobs_of(scenario)
    wanted |= {"external_time": _factor(preset, scenario)}
    if isinstance(preset.arrival_rate, list) or isinstance(scenario.arrival_rate, list):
        wanted |= {"arrival_rate": 1.0}
    try:
        made = scenario_with(preset, wanted).replace(seed=scenario.seed)
    except ValueError:
        return None
    turned = {name: value for name, value in wanted.items() if value != own[name]}
    bounds = bounds_of(preset)
    within = all(bounds[name]["min"] <= value <= bounds[name]["max"] for name, value in turned.items())
    return {name: f"{value:.12g}" for name, value in turned.items()} if made == scenario and within else None


def _factor(preset: Scenario, scenario: Scenario) -> float:
    return scenario.external_time.mean / preset.external_time.mean if preset.external_time.mean else 1.0
