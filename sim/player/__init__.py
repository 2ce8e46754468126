"""A run played back on the slides' drawing, and the explorer: the same with knobs. In a notebook, or as one page."""

from typing import TYPE_CHECKING, Literal, overload

from ..experiments import Comparison, Result, compare
from ..presets import scenario_of
from ..scenario import Scenario
from ..words import cycle_name
from ..workload import Workload
from .assets import page
from .data import explorer_data, play_data
from .embedded import Embedded
from .fields import fields

if TYPE_CHECKING:
    from types import ModuleType

    from .widget import ExplorerWidget, PlayerWidget

__all__ = ["explore", "explorer_page", "play", "play_page"]


def _widgets() -> "ModuleType":
    try:
        from . import widget
    except ModuleNotFoundError as error:
        hint = "pip install anywidget; without it: python -m sim explore"
        raise ModuleNotFoundError(f"the widgets need {error.name}; {hint}", name=error.name) from None
    return widget


def play(played: Comparison | Result | Scenario | str = "slides") -> "PlayerWidget":
    """A widget that replays both cycles of a comparison or a scenario, or one run; `.position` is its clock (s)."""
    played = played if isinstance(played, Comparison | Result) else compare(played)
    shown: PlayerWidget = _widgets().PlayerWidget(played)
    return shown


@overload
def explore(scenario: Scenario | str = "slides", *, as_page: Literal[False] = False) -> "ExplorerWidget": ...


@overload
def explore(scenario: Scenario | str = "slides", *, as_page: Literal[True]) -> Embedded: ...


def explore(scenario: Scenario | str = "slides", *, as_page: bool = False) -> "ExplorerWidget | Embedded":
    """A widget with a knob for every number that matters; `.scenario` is what its knobs say now.

    `as_page`: the same as a page in a frame, which plays in an exported notebook too, without a network and without
    anywidget, and tells Python nothing. Raises ValueError where the scenario has too many requests to be simulated
    between two frames.
    """
    scenario = scenario_of(scenario)
    if as_page:
        return Embedded(explorer_page(scenario), f"{scenario.title or 'The explorer'}: SYNC and ASYNC")
    shown: ExplorerWidget = _widgets().ExplorerWidget(scenario, lambda: compare(scenario, engine="exact"))
    return shown


def play_page(played: Comparison | Result) -> str:
    """The replay as one HTML page that needs nothing else, below 1 MB; a run too long for that is cut, and says so."""
    cycles = cycle_name(played.cycle.name) if isinstance(played, Result) else "SYNC and ASYNC"
    return page(f"{played.scenario.title or 'A run'}: {cycles}", play_data(played))


def explorer_page(scenario: Scenario | str = "slides", workload: Workload | None = None) -> str:
    """The explorer as one HTML page that needs nothing else, below 1 MB; its fragment keeps the knobs.

    With a `workload` read from a file it explores these requests, or their busiest part, first. Raises
    ValueError where the scenario has too many requests to be simulated between two frames.
    """
    scenario = scenario_of(scenario)
    data = explorer_data(scenario, workload) | {"fields": fields()}
    return page(f"{scenario.title or 'Explorer'}: SYNC and ASYNC", data)
