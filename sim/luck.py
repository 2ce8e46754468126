"""Was it bad luck? A run's figures beside those of the same scenario with 20 other seeds.

All of them are made by the quickest engine that can, in some 50 ms for a scenario of the lesson's size, and kept.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from . import words
from .experiments import Comparison, columns, quickest_engine, simulate
from .presets import scenario_of
from .scenario import Scenario, validated
from .stats import Summary
from .studies.estimates import STATISTICS, Values, figures
from .studies.seeds import seeds_of
from .workload import Flags, draw, expected_arrivals

OTHERS = 20
RARE = 4  # of the others: a run that as few or fewer surpass is called unusual
MOST_REQUESTS = 20_000  # of one run; with more, other luck would take longer than the run that it is about

COLUMNS = tuple(words.COLUMNS)
WASTED_SHARE = "wasted_share"  # of the threads' busy time, 0..1
FIGURES = (*STATISTICS, WASTED_SHARE)
HEADLINES = (  # column and figure of what is said of a run first
    ("sync", "timed_out"),
    ("sync", "timed_out_pages"),
    ("sync", "page_response_time.p95"),
    ("sync", WASTED_SHARE),
    ("async", "timed_out"),
    ("async", "page_response_time.p95"),
    ("sync_same_slots", "timed_out"),
)
MOST_IN_ALL, FEWEST_OTHERS = 60_000, 5  # requests of the other seeds where people try again, which takes longer
LAB_HEADLINES: tuple[tuple[str, str, Callable[[Summary], int]], ...] = (  # column, what is said first of it, figure
    ("sync", "people never had a good answer in SYNC", lambda summary: summary.visits - summary.visits_answered),
    ("async", "people never had a good answer in ASYNC", lambda summary: summary.visits - summary.visits_answered),
    ("async", "reports that ASYNC accepted never came", lambda summary: summary.jobs_lost + summary.jobs_dead),
)


@dataclass(frozen=True)
class Luck:
    """The figures of a run and of its other seeds: `values` by seed, column and figure; inf for never, NaN: undefined.

    `seeds[0]` is the run's own; each is what `--seed` takes.
    """

    seeds: tuple[int, ...]
    values: Values

    def of(self, column: str, figure: str) -> Values:
        """One of FIGURES in one of COLUMNS, seed by seed, the run's own first; ValueError for another name."""
        return self.values[:, _place(column, COLUMNS, "column"), _place(figure, FIGURES, "figure")]

    def own(self, column: str, figure: str) -> float:
        """The run's own value."""
        return float(self.of(column, figure)[0])

    def others(self, column: str, figure: str) -> Values:
        """The values with the other seeds."""
        return self.of(column, figure)[1:]


def luck(scenario: Scenario | str = "slides") -> Luck:
    """The figures of the scenario's own seed and of OTHERS more, from the cache where they have been asked for.

    Raises ValueError where the exact engine does not know one of the scenario's rules.
    """
    return _luck(json.dumps(scenario_of(scenario).model_dump()))


def luck_of(comparison: Comparison) -> Luck | None:
    """The luck of a comparison; None where there is no other, or none that is quickly found.

    That is so of a workload from elsewhere (a file, or another seed's), of a rule that the exact engine does not know,
    and of very many requests.
    """
    if comparison.workload.from_file or expected_arrivals(comparison.scenario) > MOST_REQUESTS:
        return None
    try:
        found = luck(comparison.scenario)
    except ValueError:
        return None
    own = np.array([figures(comparison.cycles[column].summary) for column in COLUMNS])
    return found if np.array_equal(found.values[0, :, : len(STATISTICS)], own, equal_nan=True) else None


def luck_sentence(comparison: Comparison) -> str:
    """What `luck_text` says of a comparison; "" where nothing can be said."""
    found = luck_of(comparison)
    return luck_text(found) if found else ""


def luck_text(luck: Luck) -> str:
    """One sentence: how many of the other seeds have timeouts, how many each, and where this run stands among them."""
    others, pages, in_async = (
        luck.others(*of) for of in (("sync", "timed_out"), ("sync", "timed_out_pages"), ("async", "timed_out"))
    )
    told = f"Of {OTHERS} other seeds {_have(others > 0)} timeouts in SYNC"
    if others.any():
        told += f" ({_range(others)}; half of them {_range(_middle_half(others))}), {_have(pages > 0)} pages among them"
    told += f", {_have(in_async > 0)} {'some' if in_async.any() else 'any'} in ASYNC"
    return f"{told}{_standing(luck.own('sync', 'timed_out'), others)}."


def lab_luck_sentence(comparison: Comparison) -> str:
    """How many people and reports have nothing with other seeds, where some have in this run of what goes wrong.

    Of fewer than OTHERS seeds where the runs are long; "" where nothing can be said.
    """
    told = []
    for column, said, figure in LAB_HEADLINES:
        own = figure(comparison.cycles[column].summary)
        others = _lab_others(comparison, column) if own else ()
        if others:
            found = np.array([figure(summary) for summary in others], dtype=np.float64)
            told.append(f"in {len(others)} other seeds {_range(found)} {said}{_standing(own, found)}")
    return f"I{'; '.join(told)[1:]}." if told else ""


def _lab_others(comparison: Comparison, column: str) -> tuple[Summary, ...]:
    scenario, workload = comparison.scenario, comparison.workload
    elsewhere = workload.from_file or not np.array_equal(draw(scenario).arrived_at, workload.arrived_at)
    number = min(OTHERS, MOST_IN_ALL // max(1, len(comparison.cycles[column].records)))
    if elsewhere or number < FEWEST_OTHERS:
        return ()
    return _lab(json.dumps(scenario.model_dump(mode="json", warnings=False)), column, number)


@lru_cache(maxsize=16)
def _lab(fields: str, column: str, number: int) -> tuple[Summary, ...]:
    scenario = validated(json.loads(fields), "scenario")
    return tuple(
        _summary(scenario.model_copy(update={"seed": seed}), column) for seed in seeds_of(scenario.seed, number + 1)[1:]
    )


def _summary(scenario: Scenario, column: str) -> Summary:
    served, cycle = next((served, cycle) for name, served, cycle in columns(scenario) if name == column)
    return simulate(served, cycle, workload=draw(scenario), engine=quickest_engine(served)).summary


def _have(which: Flags) -> str:
    number = int(which.sum())
    return f"{ {0: 'none', OTHERS: 'all'}.get(number, number) } {'has' if number < 2 else 'have'}"


def _range(values: Values) -> str:
    low, high = (f"{value:,.0f}" for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def _middle_half(values: Values) -> Values:
    return np.sort(values)[len(values) // 4 : -(len(values) // 4)]


def _standing(own: float, others: Values) -> str:
    as_many, as_few = others >= own, others <= own
    if as_many.all() and as_few.all():
        return ""
    if min(as_many.sum(), as_few.sum()) > RARE * len(others) / OTHERS:
        return f"; this run's {own:,.0f} is nothing unusual"
    which, how = (as_few, "few") if as_few.sum() < as_many.sum() else (as_many, "many")
    return f"; {_have(which)} as {how} as this run's {own:,.0f}"


@lru_cache(maxsize=64)
def _luck(fields: str) -> Luck:  # as text: not every scenario has a hash
    scenario = validated(json.loads(fields), "scenario")
    seeds = seeds_of(scenario.seed, OTHERS + 1)
    values = np.array([_figures(scenario, seed) for seed in seeds])
    values.setflags(write=False)
    return Luck(tuple(seeds), values)


def _figures(scenario: Scenario, seed: int) -> list[Values]:
    """The figures of one seed, column by column."""
    scenario = scenario.model_copy(update={"seed": seed})
    workload = draw(scenario)
    summaries = (
        simulate(served, cycle, workload=workload, engine=quickest_engine(served), redis=None).summary
        for _, served, cycle in columns(scenario)
    )
    return [
        np.append(figures(summary), _share(summary.wasted_time, summary.useful_time + summary.wasted_time))
        for summary in summaries
    ]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else np.nan


def _place(name: str, names: Iterable[str], what: str) -> int:
    known = list(names)
    if name not in known:
        raise ValueError(f"{what} = {name!r}; allowed: {', '.join(known)}")
    return known.index(name)
