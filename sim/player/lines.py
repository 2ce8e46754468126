"""Several lines for the jobs of one, as a knob of the page: the quick jobs and the slow ones (`lines.js`)."""

from typing import Any

from ..distributions import Constant, Mixture
from ..scenario import Scenario

WEIGHT = 5  # how many times as often the quick line is chosen
OWN = 0.4  # of the workers, the share that is kept for the quick line
MOST = 3  # the ways to take from two lines: the quick one first, by weight, with workers of its own


def can_part(scenario: Scenario) -> bool:
    """Whether there are quick and slow jobs to part: a mixture of two constant times, in one line so far."""
    time = scenario.external_time
    if scenario.queues or not isinstance(time, Mixture) or len(time.parts) != 2:
        return False
    return all(isinstance(part.time, Constant) for part in time.parts)


def lines_of(scenario: Scenario, way: int, time: dict[str, Any], workers: int) -> dict[str, Any]:
    """The scenario's queues and its shared workers for a way to take jobs, where slow calls take `time`."""
    if scenario.queues or not way:
        return {"workers": workers}
    parts = sorted(time["parts"], key=lambda part: part["time"]["value"])
    total = sum(part["weight"] for part in parts)
    queues: list[dict[str, Any]] = [
        {"name": name, "share": part["weight"] / total, "external_time": part["time"]}
        for name, part in zip(("quick", "slow"), parts, strict=True)
    ]
    if way == 2:
        queues = [queue | {"weight": weight} for queue, weight in zip(queues, (WEIGHT, 1), strict=True)]
    if way < MOST:
        return {"queues": queues, "workers": workers}
    kept = max(1, int(OWN * workers))
    return {"queues": [queues[0] | {"workers": kept}, queues[1]], "workers": max(1, workers - kept)}
