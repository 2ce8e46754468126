"""How many threads or workers does it take? A scan: where gone clients are skipped, more can mean more timeouts."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

from ..bootstrap import BLOCK, drawn, length_of
from ..complaints import shown
from ..cycles import CYCLES
from ..experiments import simulate
from ..path import EXTERNAL
from ..presets import scenario_of
from ..scenario import LARGEST_POOL, Scenario
from ..stats import FEWEST, peak
from ..units import TICKS_PER_SECOND
from ..words import TOO_FEW
from ..workload import Workload, legs_of
from .estimates import check_statistics_of
from .goals import Goal, Row, goal
from .longrun import constant_time
from .seeds import seeds_of
from .sweeps import MOST, Progress, check_replications, sweep

if TYPE_CHECKING:
    import pandas as pd

# what goes on changing where nothing waits any more: shares and sums over all slots, idle ones too
EVER_CHANGING = {"threads": ("thread_utilisation", "idle_time"), "workers": ("worker_utilisation", "worker_idle_time")}
HIT_BY_TIMEOUTS = {
    "<": ("timeout_fraction", "timed_out", "timed_out_reports", "response_time", "completion_time"),
    ">": ("answered", "reports_completed", "throughput"),
}


@dataclass(frozen=True)
class Sizing:
    """The answer: `smallest` is None where no number is shown to do, and `reason` says why.

    `tried` is the table of `sweep` over `over`, `met` says of each number tried whether it met all goals there. `fresh`
    and `met_afresh` are the same with as many other seeds, of the numbers for which the first ones spoke. From `enough`
    slots on nothing waits any more in any of these runs, and all larger numbers give the same; None where the scan
    ended before. `undecided` is a smaller number that may do as well, and about how many replications would tell.
    """

    over: str
    cycle: str
    goals: tuple[Goal, ...]
    replications: int
    tried: "pd.DataFrame"
    met: dict[int, bool]
    fresh: "pd.DataFrame"
    met_afresh: dict[int, bool]
    smallest: int | None
    enough: int | None
    undecided: tuple[int, int] | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The answer as plain data, without the tables."""
        names = ("over", "cycle", "smallest", "enough", "reason", "met", "met_afresh", "undecided")
        return {"goals": [str(goal) for goal in self.goals], **{name: getattr(self, name) for name in names}}


def size(
    scenario: Scenario | str,
    goals: Sequence[Goal | str] | str,
    *,
    over: str = "threads",
    cycle: str | None = None,
    most: int | None = None,
    replications: int = 20,
    workload: Workload | None = None,
    block: float | str = BLOCK,
    executor: Executor | None = None,
    progress: Progress = iter,
) -> Sizing:
    """The smallest number of `over` ("threads" or "workers") from which every number tried meets all goals.

    Tried are all numbers from 1 to `most`, or until nothing waits any more. The smallest of many that look good is one
    that was lucky, too: so it and all larger ones must meet the goals once more, with as many other seeds. `cycle` is
    "sync" for threads and "async" for workers unless said otherwise. Replications of a `workload` are put together of
    pieces of `block` s. Raises ValueError for a goal that does not parse,
    for workers in "sync", and without `most` for a goal that changes with every further slot.
    """
    scenario = scenario_of(scenario)
    goals = [goals] if isinstance(goals, str) else goals
    wanted = tuple(goal(text) if isinstance(text, str) else text for text in goals)
    cycle = cycle or {"threads": "sync", "workers": "async"}.get(over, "sync")
    _check(over, cycle, wanted, most)
    check_replications(replications)
    check_statistics_of(scenario, [one.statistic for one in wanted], "goal")
    if scenario.beyond and most is None:
        raise ValueError(
            f"goal {wanted[0]}: with {scenario.beyond[0]} no number is known to end the search; allowed: with"
            f" --most (most=), the largest number to try, from 1 to {LARGEST_POOL}"
        )
    draws = partial(drawn, log=workload, block=length_of(block))
    changing = any(one.statistic in EVER_CHANGING[over] for one in wanted)
    enough = (
        None
        if changing or scenario.beyond
        else _enough(scenario, over, cycle, seeds_of(scenario.seed, 2 * replications), draws)
    )
    last = min(enough or LARGEST_POOL, most or LARGEST_POOL)
    how: dict[str, Any] = {"replications": replications, "cycles": [cycle], "executor": executor, "progress": progress}
    how |= {"workload": workload, "block": block}
    tried = sweep(scenario, {over: range(1, last + 1)}, **how)
    met = _met(tried, over, wanted)
    fresh = tried[:0]
    if promising := _smallest(met):
        fresh = sweep(scenario, {over: range(promising, last + 1)}, first=replications, **how)
    met_afresh = _met(fresh, over, wanted)
    smallest = _smallest(met_afresh)
    reached = enough if enough == last else None
    sizing = Sizing(over, cycle, wanted, replications, tried, met, fresh, met_afresh, smallest, reached)
    sizing = replace(sizing, undecided=_undecided(sizing))
    return sizing if smallest else replace(sizing, reason=_reason(scenario, sizing, workload))


def _check(over: str, cycle: str, goals: Sequence[Goal], most: int | None) -> None:
    if over not in EVER_CHANGING:
        raise ValueError(f"over = {shown(over)}; allowed: threads, workers")
    if cycle not in CYCLES:
        raise ValueError(f"cycle = {shown(cycle)}; allowed: {', '.join(CYCLES)}")
    if over == "workers" and not CYCLES[cycle].report.worker:
        raise ValueError(f"over = workers with cycle = {cycle}: it has none; allowed: async")
    if not goals:
        raise ValueError('goals: none; allowed: at least one, such as "timeout_fraction < 0.01"')
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= LARGEST_POOL):
        raise ValueError(f"most = {shown(most)}; allowed: a whole number from 1 to {LARGEST_POOL}")
    changing = [wanted for wanted in goals if wanted.statistic in EVER_CHANGING[over]]
    if changing and most is None:
        raise ValueError(
            f"goal {changing[0]}: it changes with all further {over}, so no number ends the search; allowed: with"
            " --most (most=), the largest number to try"
        )


def _enough(
    scenario: Scenario, over: str, cycle: str, seeds: Iterable[int], draws: Callable[[Scenario, int], Workload]
) -> int | None:
    """The most slots that are ever busy at once where nothing waits: with so many, nothing waits either.

    None where that may be more than there can be.
    """
    plenty = scenario.replace(**{over: LARGEST_POOL})
    busiest = 1
    for seed in seeds:
        records = simulate(plenty, cycle, workload=draws(plenty, seed), engine="exact").records
        pool = records.at_threads if over == "threads" else records.at_workers
        busiest = max(busiest, peak(pool.taken_at, pool.left_at))
    return busiest if busiest < LARGEST_POOL else None


def _met(table: "pd.DataFrame", over: str, goals: Sequence[Goal]) -> dict[int, bool]:
    """Of each number in the table, whether all goals are met."""
    met = dict.fromkeys((int(number) for number in table[over].unique()), True)
    for wanted, row in _rows(table, goals):
        met[int(row[over])] &= wanted.met(row)
    return met


def _rows(table: "pd.DataFrame", goals: Sequence[Goal]) -> Iterator[tuple[Goal, dict[Hashable, Any]]]:
    """The rows that the goals are about, goal by goal."""
    for wanted in goals:
        for row in table[table["statistic"] == wanted.statistic].to_dict("records"):
            yield wanted, row


def _smallest(met: dict[int, bool]) -> int | None:
    """The smallest number that is met and so are all larger ones."""
    smallest = None
    for number in sorted(met, reverse=True):
        if not met[number]:
            break
        smallest = number
    return smallest


def _undecided(sizing: Sizing) -> tuple[int, int] | None:
    """The smallest number that more replications might speak for, and about how many; None where there is none."""
    needed = dict.fromkeys(sizing.met, 0.0)
    for wanted, row in _rows(sizing.tried, sizing.goals):
        number = int(row[sizing.over])
        needed[number] = max(needed[number], wanted.replications(row))
    below = sizing.smallest or LARGEST_POOL + 1
    return next(
        ((number, _rounded_up(runs)) for number, runs in needed.items() if number < below and 0 < runs <= MOST), None
    )


def _rounded_up(number: float) -> int:
    """The next whole number with two significant figures."""
    unit: int = 10 ** max(0, floor(log10(number)) - 1)
    return ceil(number / unit) * unit


def hopeless_share(scenario: Scenario, cycle: str, workload: Workload | None = None) -> float:
    """The share of reports that reach the timeout by themselves, however many threads there are; 0 if not known."""
    if scenario.beyond:
        return 0.0
    if workload is not None:
        legs = legs_of(workload, CYCLES[cycle])
        too_long = legs.first + legs.after_push >= scenario.timeout
        return float(too_long[workload.is_report].mean()) if workload.is_report.any() else 0.0
    report = CYCLES[cycle].report
    left = scenario.timeout - constant_time(scenario, report)
    if EXTERNAL not in report.thread:
        return float(left <= 0)
    return scenario.external_time.exceeds(left - 0.5 / TICKS_PER_SECOND)  # the deadline wins ties


def _reason(scenario: Scenario, sizing: Sizing, workload: Workload | None) -> str:
    """Why no number is shown to do, as far as the model knows."""
    over, last = sizing.over, max(sizing.met)
    luck = sizing.met[last]  # the first seeds spoke for it
    table = sizing.fresh if luck else sizing.tried
    missed = [(wanted, row) for wanted, row in _rows(table[table[over] == last], sizing.goals) if not wanted.met(row)]
    told = []
    share = hopeless_share(scenario, sizing.cycle, workload)
    if share and any(
        wanted.statistic.partition(".")[0] in HIT_BY_TIMEOUTS[wanted.comparison[0]] for wanted, _ in missed
    ):
        told.append(f"{100 * share:.2g} % of reports take longer than {scenario.timeout:g} s by themselves")
    if not luck and (some := [number for number, met in sizing.met.items() if met]):
        told.append(f"{some[0]} would do, but not every larger number")
    if luck:
        told.append(f"{_smallest(sizing.met)} did with the first {sizing.replications} seeds, but luck may have helped")
    seeds = f" and {sizing.replications} other seeds" if luck else ""
    there = f"with {last}{seeds}{', where nothing waits any more,' if sizing.enough else ''}"
    told.append(f"{there} {' and '.join(_still(row) for _, row in missed)}")
    verdict = "will" if any(wanted.missed(row) for wanted, row in missed) else "is shown to"
    return f"no number of {over}{'' if sizing.enough else f' up to {last}'} {verdict}: {'; '.join(told)}"


def _still(row: Row) -> str:
    part = row["statistic"].rpartition(".")[2]
    if row["missing"] == TOO_FEW:
        return f"{row['statistic']} is – (needs at least {FEWEST.get(part, 1)} requests in every replication)"
    if row["missing"]:
        return f"{row['statistic']} is still never"
    interval = f" ({row['low']:.4g} to {row['high']:.4g})" if row["low"] < row["high"] else ""
    return f"{row['statistic']} is still {row['mean']:.4g}{interval}"
