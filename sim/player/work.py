"""How much work a scenario is for the page's event loop, and what that could not keep up with (`opened.js`)."""

import math
from collections.abc import Iterator

from ..path import COMPUTES, POLLING
from ..scenario import Scenario
from ..workload import expected_arrivals

MOST_ROWS = 300_000  # with all who come again, ask again, or are run again
QUANTUM = 0.1  # s of a core


def refuse_too_much(scenario: Scenario, most_requests: int) -> None:
    """Raise ValueError, with the number, for what the page could not do between two frames."""
    for what, value, most, how in _work(scenario, most_requests):
        if value > most:
            raise ValueError(
                f"about {value:,.0f} {what} are too many to explore; allowed: up to {most:,} ({how})",
            )


def _work(scenario: Scenario, most_requests: int) -> Iterator[tuple[str, float, int, str]]:
    requests = expected_arrivals(scenario)
    reports = requests * scenario.report_fraction
    computed = sum(scenario.hop_times[hop.name] for hop in POLLING if hop in COMPUTES)
    runs = reports * (1 + scenario.job_retries) if scenario.calls_fail else 0.0
    looks = scenario.duration / scenario.retry_poll_time if scenario.retry_poll_time else 0.0
    turns = requests * computed / QUANTUM if scenario.cores else 0.0
    tries = requests * (1 + scenario.client_retries)
    polls = _most_polls(scenario, reports) if scenario.result == "polling" else 0.0
    yield "requests", requests, most_requests, "lower duration or arrival_rate"
    yield "requests with those who try again", tries, MOST_ROWS, "lower client_retries"
    yield "polls", polls, MOST_ROWS, "raise poll_every or lower poll_for"
    yield "runs of jobs", runs, MOST_ROWS, "lower job_retries"
    yield "turns at a core", turns, MOST_ROWS, "lower the times of the hops"
    yield "looks for due jobs", looks, MOST_ROWS, "raise retry_poll_time"


def _most_polls(scenario: Scenario, reports: float) -> float:
    """As many as clients can ask; where all are let in, also no more than threads can answer, or time out."""

    def asked(least: float) -> float:
        return reports * scenario.poll_for / (scenario.poll_every + least)

    if scenario.backlog_limit is not None:
        return asked(0.0)  # who is turned away asks again at once
    way: float = sum(scenario.hop_times[hop.name] for hop in POLLING)
    held = min(way, scenario.timeout, scenario.service_timeout or math.inf)
    until = scenario.duration + scenario.timeout + scenario.poll_for
    return min(asked(held), scenario.threads * until / held + asked(scenario.timeout))
