"""What goes wrong, as knobs of the page: a number each, and the one at which it does not happen (`trouble.js`)."""

import re
from collections.abc import Mapping
from typing import Any

from ..scenario import DETAILS, PLAIN, Scenario
from .lines import MOST, can_part

BEGINS = 0.4  # of the duration: when an outage begins, or a stop of the worker, that a scenario has none of
NAMES = ("backlog_limit", "client_retries", "service_timeout", "cores", "failure_fraction", "job_retries")
KNOWS = frozenset(  # the fields that ask for rules which the page's event loop knows (`guard.js`)
    {"backlog_limit", "client_retries", "service_timeout", "cores", "result", "outages", "failure_fraction"}
    | {"worker_stops", "queues"}
)
SPOKEN = {  # settings that are asked for in other words where there are knobs
    r"(?:--set )?worker_stops='\[\[(\d+), \"term\"\]\]'": r"a deploy at \1 s instead",
    r"(?:--set )?worker_stops='?\[\]'?": "no deploys",
    r"(?:--set )?fetch=reliable": "let killed jobs come back",
    r"(?:--set )?result=push": "let the result be pushed",
    r"(?:--set )?client_retries=(\d+)": r"tries again \1",
    r"(?:--set )?backlog_limit=(\d+)": r"may wait \1",
    r"(?:--set )?service_timeout=(\d+)": r"cut off after \1",
    r"(?:--set )?poll_every=([\d.]+)": r"asks every \1",
    r"(?:--set )?job_retries=(\d+)": r"jobs run again \1",
    r"(?:--set )?failure_fraction=(\d+)": r"calls fail \1",
    r"(?:--set )?queues='.*": "lines of jobs 1: quick ones first; 2: five times as often; 3: workers of their own.",
}
OFF = (  # by knob
    dict.fromkeys(NAMES, 0)
    | {"backlog_limit": -1}
    | dict.fromkeys(("poll_every", "push", "outage", "killed_at", "deployed_at", "reliable", "queues"), 0)
)


def knobs_of_rules(scenario: Scenario) -> dict[str, float]:
    """Where these knobs stand in a scenario; of several outages or stops it is the first, until it is turned."""
    own = {name: OFF[name] if getattr(scenario, name) is None else getattr(scenario, name) for name in NAMES}
    stop = scenario.worker_stops[0] if scenario.worker_stops else (0, "")
    outage = scenario.outages[0] if scenario.outages else (0.0, 0.0)
    return own | {
        "poll_every": scenario.poll_every if scenario.result == "polling" else OFF["poll_every"],
        "push": int(scenario.result == "push"),
        "outage": outage[1] - outage[0],
        "killed_at": stop[0] if stop[1] == "kill" else OFF["killed_at"],
        "deployed_at": stop[0] if stop[1] == "term" else OFF["deployed_at"],
        "reliable": int(scenario.fetch == "reliable"),
        "queues": OFF["queues"],
    }


def bounds_of_rules(scenario: Scenario) -> dict[str, dict[str, float]]:
    """How far a link may turn these knobs."""
    most = dict.fromkeys(OFF, 1.0) | {"client_retries": 5, "job_retries": 25, "cores": 8, "backlog_limit": 200}
    most |= {"queues": MOST if can_part(scenario) else 0, "service_timeout": 60, "poll_every": 10, "outage": 600}
    most |= dict.fromkeys(("killed_at", "deployed_at"), scenario.duration)
    stands = knobs_of_rules(scenario)
    return {name: {"min": OFF[name], "max": max(most[name], stands[name]), "step": 1} for name in OFF}


def spoken_of_rules(suggestion: str) -> str:
    """A suggestion for the command line with the names of these knobs."""
    for setting, words in SPOKEN.items():
        suggestion = re.sub(setting, words, suggestion)
    return suggestion


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
    outages = [list(outage) for outage in scenario.outages]
    if len(outages) > 1 and length == outages[0][1] - outages[0][0]:
        return outages
    begins = scenario.outages[0][0] if scenario.outages else BEGINS * scenario.duration
    return [[begins, begins + length]] if length else []


def _stops(scenario: Scenario, killed_at: float, deployed_at: float) -> list[list[Any]]:
    stops = [list(stop) for stop in scenario.worker_stops]
    if len(stops) > 1 and stops[0][0] == (killed_at if stops[0][1] == "kill" else deployed_at):
        return stops
    return [[killed_at, "kill"]] if killed_at else [[deployed_at, "term"]] if deployed_at else []
