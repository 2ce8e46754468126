"""The player and the explorer as notebook widgets; needs anywidget."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from ..experiments import Comparison, Result
from ..scenario import Scenario
from .assets import notebook_module, style
from .data import explorable, explorer_data, play_data
from .knobs import knobs_of, scenario_with

if TYPE_CHECKING:
    from ..plots import Picture


def _picture_of(played: Comparison | Result) -> "Picture":
    from .. import plots

    return (
        plots.picture(plots.response_times, played) if isinstance(played, Result) else plots.comparison_figure(played)
    )


class _Widget(anywidget.AnyWidget):
    _esm = notebook_module("widget")
    _css = style()

    data = traitlets.Dict().tag(sync=True)
    position = traitlets.Float(0.0, help="the clock, in simulated seconds").tag(sync=True)

    def __init__(self, data: dict[str, Any], picture: Callable[[], "Picture"]) -> None:
        super().__init__(data=data)
        self._picture = picture

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        # a viewer without widgets shows the picture, and one without pictures its words
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        picture, about = self._picture()._repr_mimebundle_()
        return bundle | picture, metadata | about


class PlayerWidget(_Widget):
    """A comparison, or one run, played back; `position` is the clock, in seconds."""

    def __init__(self, played: Comparison | Result) -> None:
        super().__init__(play_data(played), lambda: _picture_of(played))


class ExplorerWidget(_Widget):
    """A scenario with knobs; `scenario` is what they say now, `position` the clock, in seconds."""

    preset = traitlets.Unicode().tag(sync=True)
    knobs = traitlets.Dict().tag(sync=True)
    seed = traitlets.Unicode(help="as text: JavaScript's numbers end before seeds do").tag(sync=True)

    def __init__(self, scenario: Scenario, comparison: Callable[[], Comparison]) -> None:
        super().__init__(explorer_data(scenario), lambda: _picture_of(comparison()))
        self._presets = explorable(scenario)
        self.preset = next(iter(self._presets))
        self.knobs = knobs_of(scenario)
        self.seed = str(scenario.seed)

    @property
    def scenario(self) -> Scenario:
        """The scenario that the knobs describe, with the seed that was chosen."""
        return scenario_with(self._presets[self.preset], self.knobs).replace(seed=int(self.seed))
