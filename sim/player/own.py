"""A log for the explorer: its requests in the form of unit draws, so that the page's knobs turn them like any other."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..path import CONSTANT_HOPS
from ..scenario import Scenario
from ..units import TICKS_PER_SECOND, Seconds
from ..words import counted
from ..workload import EXTERNAL_TIMES, KINDS, Workload, unit_draws

MOST_REQUESTS = 3_000  # of a log; the page holds them twice, so that the arrival rate can be doubled
LEAST_SHARE = 0.01  # a step of the knob


@dataclass(frozen=True)
class Own:
    """A log, or its busiest part, as a scenario of constant rate and the columns that the page draws from."""

    scenario: Scenario
    columns: dict[str, Seconds]
    notice: str


def own(scenario: Scenario, workload: Workload) -> Own:
    """What the page needs to know of a workload file; of one too long the busiest part, and a word about it.

    At the knobs' own values the page has exactly its requests; the share of reports is a whole number of hundredths,
    so that those of the file are reports there. Turned up, the rate lets them come closer, and then once more from the
    start; turned up, the share makes reports of pages, with the slow calls of others.
    """
    first, last = _busiest(workload.arrived_at)
    begin = workload.arrived_at[first] if first else 0.0
    part = slice(first, last)
    arrived_at = workload.arrived_at[part] - begin
    duration = float(arrived_at[-1]) + 1 / TICKS_PER_SECOND
    rate, is_report = len(arrived_at) / duration, workload.is_report[part]
    share = max(LEAST_SHARE, round(float(is_report.mean()), 2)) if is_report.any() else 0.0
    unit = unit_draws(scenario.seed, KINDS, len(arrived_at))
    kind = np.where(is_report, share * unit, share + (1 - share) * unit)
    slow = workload.external_time[part]
    if is_report.any():
        of = (unit_draws(scenario.seed, EXTERNAL_TIMES, len(slow)) * is_report.sum()).astype(int)
        slow = np.where(is_report, slow, slow[is_report][of])
    fields: dict[str, Any] = {"arrival_rate": rate, "report_fraction": share, "duration": duration, "warmup": 0.0}
    scenario = scenario.model_copy(update=fields | {hop.field: 0.0 for hop in CONSTANT_HOPS})
    twice = np.concatenate([arrived_at, arrived_at + duration])
    columns = {"hazard": twice * rate, "kind": np.tile(kind, 2), "web": np.tile(workload.web_time[part], 2)}
    columns["external"] = np.tile(slow, 2)
    return Own(scenario, columns, _notice(len(workload), last - first, float(begin)))


def _busiest(arrived_at: Seconds) -> tuple[int, int]:
    """The rows of the part that has as many requests as a page holds, in the shortest time; all if they are few."""
    if len(arrived_at) <= MOST_REQUESTS:
        return 0, len(arrived_at)
    first = int(np.argmin(arrived_at[MOST_REQUESTS - 1 :] - arrived_at[: len(arrived_at) - MOST_REQUESTS + 1]))
    return first, first + MOST_REQUESTS


def _notice(requests: int, shown: int, begin: float) -> str:
    if shown == requests:
        return f"Your own {counted(requests, 'request')}."
    return f"The busiest {shown:,} of your own {requests:,} requests, from {begin:,.0f} s on: a page holds no more."
