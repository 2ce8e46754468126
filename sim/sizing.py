"""How many threads or workers does it take? A scan: where gone clients are skipped, more can mean more timeouts."""

import operator
import re
from collections.abc import Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .complaints import shown
from .cycles import CYCLES
from .estimates import TOO_FEW, check_statistic
from .experiments import simulate
from .longrun import constant_time
from .luck import seeds_of
from .path import EXTERNAL
from .scenario import LARGEST_POOL, Scenario, scenario_of
from .stats import FEWEST, peak
from .sweeps import Progress, check_replications, sweep
from .units import TICKS_PER_SECOND, parse_duration
from .workload import draw

if TYPE_CHECKING:
    import pandas as pd

COMPARISONS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
HIT_BY_TIMEOUTS = {
    "<": ("timeout", "timed_out", "response", "completion"),
    ">": ("answered", "reports_completed", "throughput"),
}
GOAL = re.compile(r"\s*([a-z_0-9.]+)\s*(<=|>=|<|>)\s*(\S+(?: ?%)?)\s*")


@dataclass(frozen=True)
class Goal:
    """A bound that a statistic must keep: met where the far end of its 95 % interval keeps it, never by "never"."""

    statistic: str
    comparison: str
    bound: float

    def __str__(self) -> str:
        return f"{self.statistic} {self.comparison} {self.bound:g}"

    def met(self, low: float, high: float) -> bool:
        """Whether an interval keeps the bound; NaN does not."""
        return bool(COMPARISONS[self.comparison](high if self.comparison.startswith("<") else low, self.bound))


def goal(text: str) -> Goal:
    """The goal that a text says ("timeout_fraction < 1%", "page_response_time.p95 <= 250ms"); ValueError if none."""
    match = GOAL.fullmatch(text)
    if match is None:
        raise ValueError(f'goal {shown(text)}: allowed: STATISTIC < NUMBER, such as "timeout_fraction < 0.01"')
    statistic, comparison, number = match.groups()
    check_statistic(statistic, f"goal {shown(text)}:")
    return Goal(statistic, comparison, _bound(number, text))


def _bound(number: str, text: str) -> float:
    try:
        bound = float(number[:-1]) / 100 if number.endswith("%") else float(number)
    except ValueError:
        try:
            bound = float(parse_duration(number))
        except ValueError:
            bound = np.nan
    if not np.isfinite(bound):
        raise ValueError(f"goal {shown(text)}: {shown(number)} is no number; allowed: such as 0.01, 1% or 250ms")
    return bound


@dataclass(frozen=True)
class Sizing:
    """The answer: `smallest` is None where no number will do, and `reason` says why.

    `tried` is the table of `sweep` over `over`, `met` says of each number tried whether it met all goals. From `enough`
    slots on nothing waits any more, and all larger numbers give the same; None where the scan ended before.
    """

    over: str
    cycle: str
    goals: tuple[Goal, ...]
    tried: "pd.DataFrame"
    met: dict[int, bool]
    smallest: int | None
    enough: int | None
    reason: str | None = None


def size(
    scenario: Scenario | str,
    goals: Sequence[Goal | str] | str,
    *,
    over: str = "threads",
    cycle: str | None = None,
    most: int | None = None,
    replications: int = 20,
    executor: Executor | None = None,
    progress: Progress = iter,
) -> Sizing:
    """The smallest number of `over` ("threads" or "workers") from which every number tried meets all goals.

    Tried are all numbers from 1 to `most`, or until nothing waits any more. `cycle` is "sync" for threads and "async"
    for workers unless said otherwise. Raises ValueError for a goal that does not parse, and for workers in "sync".
    """
    scenario = scenario_of(scenario)
    goals = [goals] if isinstance(goals, str) else goals
    wanted = tuple(goal(text) if isinstance(text, str) else text for text in goals)
    cycle = cycle or {"threads": "sync", "workers": "async"}.get(over, "sync")
    _check(over, cycle, wanted, most)
    check_replications(replications)
    enough = _enough(scenario, over, cycle, replications)
    last = min(enough, most or enough)
    table = sweep(
        scenario,
        {over: range(1, last + 1)},
        replications=replications,
        cycles=[cycle],
        executor=executor,
        progress=progress,
    )
    met = _met(table, over, wanted)
    sizing = Sizing(over, cycle, wanted, table, met, _smallest(met), enough if last == enough else None)
    return sizing if sizing.smallest else replace(sizing, reason=_reason(scenario, sizing))


def _check(over: str, cycle: str, goals: Sequence[Goal], most: int | None) -> None:
    if over not in ("threads", "workers"):
        raise ValueError(f"over = {shown(over)}; allowed: threads, workers")
    if cycle not in CYCLES:
        raise ValueError(f"cycle = {shown(cycle)}; allowed: {', '.join(CYCLES)}")
    if over == "workers" and not CYCLES[cycle].report.worker:
        raise ValueError(f"over = workers with cycle = {cycle}: it has none; allowed: async")
    if not goals:
        raise ValueError('goals: none; allowed: at least one, such as "timeout_fraction < 0.01"')
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= LARGEST_POOL):
        raise ValueError(f"most = {shown(most)}; allowed: a whole number from 1 to {LARGEST_POOL}")


def _enough(scenario: Scenario, over: str, cycle: str, replications: int) -> int:
    """The most slots that are ever busy at once where nothing waits: with so many, nothing waits either."""
    plenty = scenario.replace(**{over: LARGEST_POOL})
    busiest = 1
    for seed in seeds_of(scenario.seed, replications):
        records = simulate(plenty, cycle, workload=draw(plenty, seed), engine="exact").records
        if over == "threads":
            busiest = max(busiest, peak(records.started_at, records.finished_at))
        else:
            busiest = max(busiest, peak(records.picked_up_at, records.completed_at))
    return busiest


def _met(table: "pd.DataFrame", over: str, goals: Sequence[Goal]) -> dict[int, bool]:
    """Of each number tried, whether all goals are met."""
    met = dict.fromkeys((int(number) for number in table[over].unique()), True)
    for wanted in goals:
        rows = table[table["statistic"] == wanted.statistic]
        for number, low, high in zip(rows[over], rows["low"], rows["high"], strict=True):
            met[int(number)] &= wanted.met(low, high)
    return met


def _smallest(met: dict[int, bool]) -> int | None:
    """The smallest number that is met and so are all larger ones."""
    smallest = None
    for number in sorted(met, reverse=True):
        if not met[number]:
            break
        smallest = number
    return smallest


def hopeless_share(scenario: Scenario, cycle: str) -> float:
    """The share of reports that reach the timeout by themselves, however many threads there are."""
    report = CYCLES[cycle].report
    left = scenario.timeout - constant_time(scenario, report)
    if EXTERNAL not in report.thread:
        return float(left <= 0)
    return scenario.external_time.exceeds(left - 0.5 / TICKS_PER_SECOND)  # the deadline wins ties


def _reason(scenario: Scenario, sizing: Sizing) -> str:
    """Why no number will do, as far as the model knows."""
    over, last = sizing.over, max(sizing.met)
    rows = {row["statistic"]: row for row in sizing.tried[sizing.tried[over] == last].to_dict("records")}
    missed = [wanted for wanted in sizing.goals if not wanted.met(*_ends(rows[wanted.statistic]))]
    told = []
    share = hopeless_share(scenario, sizing.cycle)
    if share and any(wanted.statistic.startswith(HIT_BY_TIMEOUTS[wanted.comparison[0]]) for wanted in missed):
        told.append(f"{100 * share:.2g} % of reports take longer than {scenario.timeout:g} s by themselves")
    if some := [number for number, met in sizing.met.items() if met]:
        told.append(f"{some[0]} would do, but not every larger number")
    there = f"with {last}, where nothing waits any more," if sizing.enough else f"with {last}"
    told.append(f"{there} {' and '.join(_still(rows[wanted.statistic]) for wanted in missed)}")
    return f"no number of {over}{'' if sizing.enough else f' up to {last}'} will: {'; '.join(told)}"


def _ends(row: dict[Hashable, Any]) -> tuple[float, float]:
    return row["low"], row["high"]


def _still(row: dict[Hashable, Any]) -> str:
    part = row["statistic"].partition(".")[2]
    if row["missing"] == TOO_FEW:
        return f"{row['statistic']} is – (needs at least {FEWEST.get(part, 1)} requests in every replication)"
    if row["missing"]:
        return f"{row['statistic']} is still never"
    return f"{row['statistic']} is still {row['mean']:.4g} ({row['low']:.4g} to {row['high']:.4g})"
