"""A teaching simulator of synchronous and asynchronous request cycles.

Reading order: `path` (the slide as data), `cycles` (the two cycles: the lesson), `scenario` (every number), `presets`
(scenarios by name), `workload` (the requests), `turns` (what a pool did) and `records` (what so happened to the
requests), `story` (a run told event by event), `pools` and `des` (engine 1, the story), `exact` (engine 2, the
witness), `stats` (the figures), `experiments` (what to do with them all), `studies` (many runs). The rest shows
results: `tables`, `plots`, `player`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cycles import ASYNC, SYNC
    from .experiments import compare, simulate, start
    from .player import explore, play
    from .prediction import predict
    from .presets import load
    from .scenario import Scenario
    from .studies.sizing import size
    from .studies.sweeps import replicate, sweep

# imported when first used, so that `python -m sim --help` and a worker process start at once
_HOME = {
    "ASYNC": "cycles",
    "SYNC": "cycles",
    "Scenario": "scenario",
    "compare": "experiments",
    "explore": "player",
    "load": "presets",
    "play": "player",
    "predict": "prediction",
    "replicate": "studies.sweeps",
    "simulate": "experiments",
    "size": "studies.sizing",
    "start": "experiments",
    "sweep": "studies.sweeps",
}

__all__ = [
    "ASYNC",
    "SYNC",
    "Scenario",
    "compare",
    "explore",
    "load",
    "play",
    "predict",
    "replicate",
    "simulate",
    "size",
    "start",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
