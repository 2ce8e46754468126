"""What the player is told: recorded runs column by column, or scenarios with their seeds and the knobs' bounds."""

import math
from collections.abc import Iterable
from importlib import resources
from typing import Any

import numpy as np

from .. import cycles as lesson
from ..cycles import ARRANGEMENTS, Journey
from ..experiments import Comparison, Result
from ..path import COMPUTES, INBOUND, POLLING
from ..presets import ALL, is_changed_preset, summaries
from ..scenario import Scenario
from ..stats import offered_load
from ..words import ARRANGEMENTS as CYCLE_NAMES
from ..words import LABELS, MISHAPS, NEVER, NONE, OVERLOAD, STACKS
from ..workload import Workload, expected_arrivals
from .challenges import CHALLENGES, mystery
from .knobs import MOST_REQUESTS, bounds, by_hand, knobs_of
from .own import Own, own
from .replayed import shown_until, told_records
from .sent import column
from .trouble import KNOWS, rules_of
from .work import refuse_too_much

Data = dict[str, Any]

MOST_BYTES = 460_000  # of recorded columns: a page stays below 1 MB
GENTLE_RATE = 4.0  # requests/s that the knob reaches whatever the scenario's own rate


def cycles() -> Data:
    """The request cycles as data, and the explorer's further arrangements: the names of the hops on each way.

    With them the way of a poll, how many of its hops are the way in, and which hops need a core.
    """

    def journey(way: Journey) -> dict[str, list[str]]:
        return {"thread": [hop.name for hop in way.thread], "worker": [hop.name for hop in way.worker]}

    polling = {
        "poll": [hop.name for hop in POLLING],
        "inbound": len(INBOUND),
        "computes": [hop.name for hop in COMPUTES],
    }
    return {
        name: {"name": name, "page": journey(cycle.page), "report": journey(cycle.report), **polling}
        for name, cycle in ARRANGEMENTS.items()
    }


def moved_lines() -> Data:
    """The lines of `cycles.py` that say where a report's call stands, and where a page's lookup: [thread, worker]."""
    text = resources.files(lesson.__package__).joinpath("cycles.py").read_text(encoding="utf-8").splitlines()
    line = {
        name: next(line for line in text if line.startswith(f"{name} = "))
        for name in ("SYNC", "ASYNC", "PAGE", "LATER")
    }
    return {"report": [line["SYNC"], line["ASYNC"]], "page": [line["PAGE"], line["LATER"].partition("  #")[0]]}


def words() -> Data:
    """How things are called and said here, so that the page says the same."""
    return {
        "lines": moved_lines(),
        "stacks": STACKS,
        "cycles": CYCLE_NAMES,
        "hops": LABELS,
        "mishaps": MISHAPS,
        "never": NEVER,
        "unknown": NONE,
        "overload": OVERLOAD,
    }


def play_data(played: Comparison | Result) -> Data:
    """The runs of a comparison, or one run, for the player; of a run too long to replay, its beginning and a word."""
    runs = {played.cycle.name: played} if isinstance(played, Result) else dict(played.cycles)
    workload = played.workload
    shown = _shown_visits(runs.values(), workload)
    end = float(workload.arrived_at[shown]) if shown < len(workload) else None
    return {
        "title": played.scenario.title,
        "shows": "" if is_changed_preset(played.scenario) else played.scenario.shows,
        "warmup": played.scenario.warmup,
        "words": words(),
        "cycles": cycles(),
        "workload": _workload(workload, shown),
        "runs": {name: _run(result, math.inf if end is None else end) for name, result in runs.items()},
        "end": end,
        "notice": f"{_cut(len(workload), shown, end)} {_overload(runs.get('async'))}".strip(),
    }


def _cut(requests: int, shown: int, end: float | None) -> str:
    if end is None:
        return ""
    return (
        f"This run has {requests:,} requests, too many to replay here: the replay ends at {end:.0f} s, after the first "
        f"{shown:,} requests. The figures of the whole run are about all of them."
    )


def _overload(result: Result | None) -> str:
    load = offered_load(result.records, result.workload, result.scenario.warmup) if result else None
    if load is None or load < 1:
        return ""
    depends = "how long the file is" if result and result.workload.from_file else "the duration"
    return OVERLOAD.format(load=f"{load:.2f}", depends=depends)


def _shown_visits(runs: Iterable[Result], workload: Workload) -> int:
    """How many visits, from the first, fit into a page with all that comes of them until the next one."""
    until = shown_until((result.records for result in runs), 25 * len(workload), MOST_BYTES)
    return int(np.searchsorted(workload.arrived_at, until, side="left"))


def _workload(workload: Workload, shown: int) -> Data:
    return {
        "arrived_at": column(workload.arrived_at[:shown]),
        "is_report": column(workload.is_report[:shown], "u1"),
        "external_time": column(workload.external_time[:shown]),
        "web_time": column(workload.web_time[:shown]) if workload.web_time.any() else None,
        "hop_times": dict(workload.hop_times),
        "ends_at": workload.ends_at,
        "from_file": workload.from_file,
    }


def _run(result: Result, until: float) -> Data:
    return {"records": told_records(result.records, result.scenario, until), "summary": result.summary.to_json()}


def explorer_data(scenario: Scenario, workload: Workload | None = None) -> Data:
    """The scenario and the presets for the explorer, with the unit draws from which it makes their workloads.

    Raises ValueError where the scenario has more requests than a page can simulate between two frames, or asks for a
    rule that its model does not know.
    """
    scenario.refuse_beyond("the explorer", "R1 to R19", KNOWS)
    if workload is None:
        refuse_too_much(scenario, MOST_REQUESTS)
    logs = {} if workload is None else {"log": _log(own(scenario, workload))}
    presets = {name: _preset(one) for name, one in explorable(scenario).items() if workload is None or name != "this"}
    asked = {one.name: _preset(one.scenario) | one.shown() for one in CHALLENGES}
    return {"words": words(), "cycles": cycles(), "presets": logs | presets | asked, "mystery": mystery()}


def explorable(scenario: Scenario) -> dict[str, Scenario]:
    """The scenario first, under its preset's name or as "this", then the presets."""
    presets = dict(summaries(ALL))
    name = next((name for name, preset in presets.items() if preset == scenario), "this")
    return {name: scenario} | presets


def _preset(scenario: Scenario) -> Data:
    changed = is_changed_preset(scenario)
    return {
        "title": f"{scenario.title or 'This scenario'}{' (changed)' if changed else ''}",
        "shows": "" if changed else scenario.shows,
        "try_this": "" if changed else by_hand(scenario.try_this),
        "seed": str(scenario.seed),
        "external_time": scenario.external_time.model_dump(),
        **_turnable(
            scenario, scenario.external_time.mean, max(2 * expected_arrivals(scenario), GENTLE_RATE * scenario.duration)
        ),
    }


def _log(log: Own) -> Data:
    """A workload file as one more preset: its draws give its requests back."""
    return {
        "title": log.scenario.title,
        "shows": log.notice,
        "try_this": "",
        "seed": str(log.scenario.seed),
        "draws": {name: column(values) for name, values in log.columns.items()},
        **_turnable(log.scenario, float(log.columns["external"].mean()), float(log.columns["hazard"][-1])),
    }


def _turnable(scenario: Scenario, external_mean: float, most_requests: float) -> Data:
    """What the knobs turn, how far, and what they leave alone."""
    return {
        "steps": scenario.rate_steps,
        "external_mean": external_mean,
        "knobs": knobs_of(scenario),
        "bounds": bounds(scenario, min(MOST_REQUESTS, most_requests)),
        "fixed": {name: getattr(scenario, name) for name in ("duration", "warmup", "on_timeout", "hop_times")}
        | rules_of(scenario),
    }
