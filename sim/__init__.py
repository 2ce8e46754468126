"""A teaching simulator of synchronous and asynchronous request cycles.

The reading order, every room once:

- The lesson: `path` (the slide as data), `cycles` (the two cycles: ten lines that say where the slow call stands).
- What goes in: `units` (seconds on a grid), `normal` and `distributions` (how long the slow call takes), `delays` and
  `mishaps` (what goes wrong, and how long one waits before trying again), `complaints` (how a mistake is told),
  `csv_rows` (files read strictly), `scenario` (every number of a run), `presets` (scenarios by name), `effects`
  (numbers that change nothing), `workload` (the requests), `draws` (the luck of what goes wrong).
- What happens: `turns` (one stay at a pool, a row each), `records` (a row per request), `attempts` (a row per retry,
  too), `story` and `visit_story` (the trace told from them), `redis_url` and `broker` (the queue in Redis), `sidekiq`
  (queues and sets in Redis where more goes wrong), `pools` (who waits, which slots are free), `session` (a run under
  way), `des` (engine 1, which finds out), `failures` (the same where more goes wrong), `exact` (engine 2, which
  computes: the witness).
- What it means: `quantiles` (what intervals rest on), `stats` (the figures), `visits` (those of visits that are tried
  again), `theory` (formulas), `experiments` (both cycles on one workload), `logs` (your own requests as a workload),
  `labels` (the figures of each label that they have).
- Many runs: `luck` (20 other seeds), `bootstrap` (a log put together anew), `studies` (replications, sweeps, sizing),
  `mishap_theory`, `mishap_checks`, `page_checks` and `checks`, which hold it all against theory, against recordings of
  the real stack, against the page's own event loop and against its own books.
- How it is shown: `words` (numbers said in one way), `cells` and `visit_tables` (rows of a table), `visit_lesson` and
  `lesson` (what the numbers teach), `tables` and `log_tables`, `plots`, `player` (the page; in it, guess first),
  `deck` (the talk), `exercises` (of the notebooks), `handout` (what
  a class gets), `site` (the lessons as pages, and who serves them).
- For real: `live` (router, web server, Redis and worker as programs, measured beside the prediction).
- The door: `cli` (commands, a module for each kind), `files` (written whole or not at all), `secrets` (never
  repeated), `memory` (how much a run may take), `crowd` (who is connected to a server, and who makes room).

The rules that both engines follow, and what every field, column and figure means, stand in docs/model.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cycles import ASYNC, SYNC
    from .experiments import compare, simulate, start
    from .live.asking import predict
    from .player import explore, play
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
    "predict": "live.asking",
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
