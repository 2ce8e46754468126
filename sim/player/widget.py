"""The player and the explorer as notebook widgets; needs anywidget."""

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from ..experiments import Comparison
from ..scenario import Scenario
from .assets import notebook_module, source
from .data import explorable, explorer_data, knobs_of, play_data, scenario_with


class _Widget(anywidget.AnyWidget):
    _esm = notebook_module("widget")
    _css = source("player.css")

    data = traitlets.Dict().tag(sync=True)
    position = traitlets.Float(0.0, help="the clock, in simulated seconds").tag(sync=True)

    def __init__(self, data: dict[str, Any], comparison: Callable[[], Comparison]) -> None:
        super().__init__(data=data)
        self._comparison = comparison

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        from ..plots import comparison_figure

        # a viewer without widgets shows the picture, and one without pictures its words
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        picture, about = comparison_figure(self._comparison())._repr_mimebundle_()
        return bundle | picture, metadata | about


class PlayerWidget(_Widget):
    """A comparison played back; `position` is the clock, in seconds."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__(play_data(comparison), lambda: comparison)


class ExplorerWidget(_Widget):
    """A scenario with knobs; `scenario` is what they say now, `position` the clock, in seconds."""

    preset = traitlets.Unicode().tag(sync=True)
    knobs = traitlets.Dict().tag(sync=True)

    def __init__(self, scenario: Scenario, comparison: Callable[[], Comparison]) -> None:
        super().__init__(explorer_data(scenario), comparison)
        self._presets = explorable(scenario)
        self.preset = next(iter(self._presets))
        self.knobs = knobs_of(scenario)

    @property
    def scenario(self) -> Scenario:
        """The scenario that the knobs describe."""
        return scenario_with(self._presets[self.preset], self.knobs)
