"""The page's knobs: where they stand for a scenario, how far they turn, and the scenario as they have it."""

import math
import re
from collections.abc import Mapping
from typing import Any

from ..distributions import TIMES
from ..scenario import Scenario
from ..workload import expected_arrivals
from .lines import lines_of
from .trouble import bounds_of_rules, knobs_of_rules, rules_with, spoken_of_rules

Data = dict[str, Any]
Step = tuple[float, float]

MOST_REQUESTS = 7_200  # that the page's own event loop serves between two frames
SURGE = 4  # times as many people come
STEPS_OF_TIME = 1 / 16  # a binary fraction: times in whole seconds stay on the grid when stretched


def by_hand(suggestion: str) -> str:
    """A suggestion written for the command line, in the words of somebody who turns knobs."""
    suggestion = spoken_of_rules(suggestion)
    spoken = re.sub(r"(?:(^|[.?!] )--set|--set) (\w+)=", r"\1\2=", suggestion)
    spoken = re.sub(r"\b([a-z_]+)=([\w.]+)", lambda found: f"{found[1].replace('_', ' ')} {found[2]}", spoken)
    return spoken[:1].upper() + spoken[1:]


def knobs_of(scenario: Scenario) -> dict[str, float]:
    """Where the knobs stand: values, but factors for an arrival rate in steps and for the external time."""
    rate = scenario.arrival_rate if isinstance(scenario.arrival_rate, float) else 1.0
    own = {name: getattr(scenario, name) for name in ("report_fraction", "threads", "workers", "timeout")}
    return {"arrival_rate": rate, "external_time": 1.0} | own | knobs_of_rules(scenario)


def bounds(scenario: Scenario, most_requests: float) -> Data:
    """The knobs' ranges; the arrival rate goes as far as so many requests are expected."""
    rate = scenario.arrival_rate if isinstance(scenario.arrival_rate, float) else 1.0
    step = 10.0 ** max(-9, math.floor(math.log10(rate)) - 1) if rate else 0.1
    per_unit = expected_arrivals(scenario) / rate if rate else scenario.duration
    most = math.floor(most_requests / per_unit / step + 1e-9) if per_unit else 100
    whole = {"min": 1, "step": 1}
    return {
        "arrival_rate": {"min": step, "max": max(rate, round(most * step, 9)), "step": step},
        "report_fraction": {"min": 0, "max": 1, "step": 0.01},
        "external_time": {"min": STEPS_OF_TIME, "max": 4, "step": STEPS_OF_TIME},
        "threads": whole | {"max": max(32, scenario.threads)},
        "workers": whole | {"max": max(32, scenario.workers)},
        "timeout": {"min": 1, "max": max(120, math.ceil(scenario.timeout)), "step": 1},
    } | bounds_of_rules(scenario)


def bounds_of(scenario: Scenario) -> Data:
    """How far the knobs of a scenario turn."""
    return bounds(scenario, MOST_REQUESTS)


def surged(steps: list[Step], surges: list[list[float]]) -> list[Step]:
    """The steps of a rate with SURGE times as many arrivals during each of the surges [from, until] (s)."""

    def rate_at(at: float) -> float:
        rate = [rate for from_at, rate in steps if from_at <= at][-1]
        return rate * (SURGE if any(start <= at < end for start, end in surges) else 1)

    return [(at, rate_at(at)) for at in sorted({at for at, _ in steps} | {at for surge in surges for at in surge})]


def scenario_with(scenario: Scenario, knobs: Mapping[str, Any]) -> Scenario:
    """The scenario as the knobs have it, with the surges that were poured in."""
    rate: Any = knobs["arrival_rate"]
    if not isinstance(scenario.arrival_rate, float):
        rate = [(from_at, step_rate * rate) for from_at, step_rate in scenario.arrival_rate]
    if knobs.get("surges"):
        rate = surged(rate if isinstance(rate, list) else [(0.0, rate)], knobs["surges"])
    stretched = _stretched(scenario.external_time.model_dump(), knobs["external_time"])
    own: dict[str, Any] = {name: knobs[name] for name in ("report_fraction", "timeout")}
    own |= {"threads": int(knobs["threads"])} | lines_of(
        scenario, int(knobs["queues"]), stretched, int(knobs["workers"])
    )
    return scenario.replace(arrival_rate=rate, external_time=stretched, **own, **rules_with(scenario, knobs))


def _stretched(value: Any, factor: float) -> Any:
    """A distribution's fields with every time in them multiplied."""
    if isinstance(value, list):
        return [_stretched(entry, factor) for entry in value]
    if isinstance(value, dict):
        return {
            name: _times(entry, factor) if name in TIMES else _stretched(entry, factor) for name, entry in value.items()
        }
    return value


def _times(value: Any, factor: float) -> Any:
    return [entry * factor for entry in value] if isinstance(value, list) else value * factor
