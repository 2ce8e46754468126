"""What goes wrong, as knobs of the page: a number each, and the one at which it does not happen (`trouble.js`)."""

from collections.abc import Mapping
from typing import Any

from ..scenario import DETAILS, PLAIN, Scenario

BEGINS = 0.4  # of the duration: when an outage begins, or a stop of the worker, that a scenario has none of
NAMES = ("backlog_limit", "client_retries", "service_timeout", "cores", "failure_fraction", "job_retries")
OFF = (  # by knob
    dict.fromkeys(NAMES, 0)
    | {"backlog_limit": -1}
    | dict.fromkeys(("poll_every", "push", "outage", "killed_at", "deployed_at", "reliable"), 0)
)


def knobs_of_rules(scenario: Scenario) -> dict[str, float]:
    """Where these knobs stand in a scenario; what no knob can say is left to `rules_of`."""
    own = {name: OFF[name] if getattr(scenario, name) is None else getattr(scenario, name) for name in NAMES}
    stop = scenario.worker_stops[0] if len(scenario.worker_stops) == 1 else (0, "")
    outage = scenario.outages[0] if len(scenario.outages) == 1 else (0.0, 0.0)
    return own | {
        "poll_every": scenario.poll_every if scenario.result == "polling" else OFF["poll_every"],
        "push": int(scenario.result == "push"),
        "outage": outage[1] - outage[0],
        "killed_at": stop[0] if stop[1] == "kill" else OFF["killed_at"],
        "deployed_at": stop[0] if stop[1] == "term" else OFF["deployed_at"],
        "reliable": int(scenario.fetch == "reliable"),
    }


def rules_of(scenario: Scenario) -> dict[str, Any]:
    """The rules of a scenario as plain data."""
    fields = set(Scenario.model_fields) - PLAIN
    return scenario.model_dump(mode="json", include=fields | DETAILS)


def rules_with(scenario: Scenario, knobs: Mapping[str, float]) -> dict[str, Any]:
    """The scenario's fields as these knobs have them."""
    return {
        "backlog_limit": None if knobs["backlog_limit"] < 0 else int(knobs["backlog_limit"]),
        "client_retries": int(knobs["client_retries"]),
        "service_timeout": knobs["service_timeout"] or None,
        "cores": int(knobs["cores"]) or None,
        "failure_fraction": float(knobs["failure_fraction"]),
        "job_retries": int(knobs["job_retries"]),
        "fetch": "reliable" if knobs["reliable"] else "basic",
        "result": "push" if knobs["push"] else "polling" if knobs["poll_every"] else "nothing",
        "poll_every": knobs["poll_every"] or scenario.poll_every,
        "outages": _outages(scenario, knobs["outage"]),
        "worker_stops": _stops(scenario, knobs["killed_at"], knobs["deployed_at"]),
    }


def _outages(scenario: Scenario, length: float) -> list[list[float]]:
    if len(scenario.outages) > 1:
        return [list(outage) for outage in scenario.outages]
    begins = scenario.outages[0][0] if scenario.outages else BEGINS * scenario.duration
    return [[begins, begins + length]] if length else []


def _stops(scenario: Scenario, killed_at: float, deployed_at: float) -> list[list[Any]]:
    if len(scenario.worker_stops) > 1:
        return [list(stop) for stop in scenario.worker_stops]
    return [[killed_at, "kill"]] if killed_at else [[deployed_at, "term"]] if deployed_at else []
