"""A run played back on the slides' drawing, and the explorer: the same with knobs. In a notebook, or as one page."""

from typing import TYPE_CHECKING

from ..experiments import Comparison, compare
from ..scenario import Scenario, load
from .assets import page
from .data import explorer_data, play_data

if TYPE_CHECKING:
    from types import ModuleType

    from .widget import ExplorerWidget, PlayerWidget

__all__ = ["explore", "explorer_page", "play", "play_page"]


def _widgets() -> "ModuleType":
    try:
        from . import widget
    except ModuleNotFoundError as error:
        hint = "it comes with: pip install -e '.[notebooks]'; without it: python -m sim explore"
        raise ModuleNotFoundError(f"the widgets need {error.name}; {hint}", name=error.name) from None
    return widget


def play(comparison: Comparison | Scenario | str = "slides") -> "PlayerWidget":
    """A widget that replays the runs of a comparison, or of a scenario; `.position` is its clock, in seconds."""
    comparison = comparison if isinstance(comparison, Comparison) else compare(comparison)
    shown: PlayerWidget = _widgets().PlayerWidget(comparison)
    return shown


def explore(scenario: Scenario | str = "slides") -> "ExplorerWidget":
    """A widget with a knob for every number that matters; `.scenario` is what its knobs say now.

    Raises ValueError where the scenario has too many requests to be simulated between two frames.
    """
    scenario = load(scenario) if isinstance(scenario, str) else scenario
    shown: ExplorerWidget = _widgets().ExplorerWidget(scenario, lambda: compare(scenario, engine="exact"))
    return shown


def play_page(comparison: Comparison) -> str:
    """The replay as one HTML page that needs nothing else, below 1 MB; a run too long for that is cut, and says so."""
    return page(f"{comparison.scenario.title or 'A run'}: SYNC and ASYNC", play_data(comparison))


def explorer_page(scenario: Scenario | str = "slides") -> str:
    """The explorer as one HTML page that needs nothing else, below 1 MB; its fragment keeps the knobs.

    Raises ValueError where the scenario has too many requests to be simulated between two frames.
    """
    scenario = load(scenario) if isinstance(scenario, str) else scenario
    return page(f"{scenario.title or 'Explorer'}: SYNC and ASYNC", explorer_data(scenario))
