"""The values that the deck's text may quote and its claims may compare, by name, with the words to say them in."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

from ..cycles import SYNC
from ..experiments import Comparison, Result, compare, simulate
from ..luck import OTHERS, Luck, luck_of
from ..scenario import Scenario
from ..stats import FEWEST, Spread, offered_load, too_long_alone
from ..units import Seconds
from ..words import NONE, counted, duration, share
from ..workload import Workload

FATES = {  # of other seeds: which of them have any
    "timed_out": ("sync", "timed_out"),
    "timed_out_pages": ("sync", "timed_out_pages"),
    "timed_out_async": ("async", "timed_out"),
    "timed_out_same": ("sync_same_slots", "timed_out"),
}
CYCLES = {"sync": "sync", "async": "async", "same": "sync_same_slots"}


@dataclass(frozen=True)
class Value:
    """A number and how it is said; inf: never; None: not defined, so it can be neither said nor compared."""

    number: float | None
    text: str

    def of(self, noun: str) -> str:
        """The count of something: "1 worker", "5 workers"."""
        return counted(int(self.number or 0), noun)


class Runs:
    """The runs behind the talk: the comparison, SYNC with its slots, and ASYNC once more with half of the workers."""

    def __init__(self, scenario: Scenario, workload: Workload | None = None) -> None:
        self.scenario = scenario.model_copy(update={"warmup": 0.0})  # the talk shows every request, and counts it
        self.comparison: Comparison = compare(self.scenario, workload=workload, engine="exact")

    def __getitem__(self, name: str) -> Result:
        return self.few if name == "few" else self.comparison.cycles[CYCLES[name]]

    @cached_property
    def few(self) -> Result:
        """ASYNC on the same requests with half of the workers (at least one)."""
        halved = self.scenario.model_copy(update={"workers": max(1, self.scenario.workers // 2)})
        return simulate(halved, "async", workload=self.comparison.workload, engine="exact")

    @cached_property
    def luck(self) -> Luck | None:
        """The same figures with other seeds; None where these are not to be had."""
        return luck_of(self.comparison)

    def others(self, name: str) -> list[float]:
        """A value such as `sync.timed_out` with the other seeds; none where it is not told of them."""
        cycle, _, figure = name.partition(".")
        try:
            return self.luck.others(CYCLES.get(cycle, cycle), figure).tolist() if self.luck else []
        except ValueError:
            return []

    @cached_property
    def sync_with_slots(self) -> Result:
        """SYNC once more on the engine that knows which thread served whom."""
        return simulate(self.scenario, "sync", workload=self.comparison.workload)


def values_of(runs: Runs) -> dict[str, Value]:
    """Every named value of the runs: the scenario's fields by name, a cycle's figures as `sync.timed_out`."""
    values = dict(of_scenario(runs.scenario))
    if runs.comparison.workload.from_file:
        values |= dict(_of_workload(runs.comparison.workload))
    for name in (*CYCLES, "few"):
        values |= {f"{name}.{key}": value for key, value in _of_result(runs[name])}
    return values | dict(_between(values)) | dict(_of_luck(runs.luck))


def _of_luck(luck: Luck | None) -> Iterator[tuple[str, Value]]:
    """How many of the other seeds tell the same story; not defined where there are none."""
    yield "luck.others", _count(OTHERS) if luck else Value(None, "")
    for name, (column, figure) in FATES.items():
        others = luck.others(column, figure) if luck else None
        yield f"luck.{name}", Value(None, "") if others is None else _count(int((others > 0).sum()))
        yield f"luck.most_{name}", Value(None, "") if others is None else _count(int(others.max()))
    own, others = (luck.own("sync", "timed_out"), luck.others("sync", "timed_out")) if luck else (0.0, None)
    yield "luck.as_many", Value(None, "") if others is None else _count(int((others >= own).sum()))


def _count(number: int) -> Value:
    return Value(number, f"{number:,}")


def _time(number: float | None) -> Value:
    return Value(number, duration(number))


def _share(part: float | None, whole: float = 1.0) -> Value:
    if part is None or not whole:
        return Value(None, "")
    return Value(part / whole, share(part, whole))


def of_scenario(scenario: Scenario) -> Iterator[tuple[str, Value]]:
    """The fields of a scenario by name."""
    yield "title", Value(None, " ".join(scenario.title.split()) or "A scenario of our own")
    rates = [rate for _, rate in scenario.rate_steps]
    yield "arrival_rate", Value(max(rates), f"{rates[0]:g}" if len(rates) == 1 else f"{min(rates):g} to {max(rates):g}")
    yield "steady", Value(len(rates) == 1, "yes" if len(rates) == 1 else "no")
    yield "report_fraction", _share(scenario.report_fraction)
    yield "external_time", _time(scenario.external_time.mean)
    for name in ("threads", "workers", "seed"):
        yield name, _count(getattr(scenario, name))
    yield "slots", _count(scenario.threads + scenario.workers)
    for name in ("timeout", "duration"):
        yield name, _time(getattr(scenario, name))
    yield "page_time", _time(sum(scenario.hop_times[hop.name] for hop in SYNC.page.thread))
    yield "forever", Value(math.inf, "for ever")
    kills = scenario.limit < math.inf
    yield "kills", Value(kills, "yes" if kills else "no")


def _of_workload(workload: Workload) -> Iterator[tuple[str, Value]]:
    """What a scenario says of the requests, for those of a file: as they came, on average."""
    rate = len(workload) / workload.ends_at if workload.ends_at else None
    yield "title", Value(None, "A log of our own")
    yield "arrival_rate", Value(rate, f"{rate:.2g}" if rate else "")
    yield "report_fraction", _share(float(workload.is_report.mean()))
    yield "external_time", _time(_mean(workload.external_time[workload.is_report]))
    yield "page_time", _time(_mean(workload.web_time[~workload.is_report]))
    yield "duration", _time(workload.ends_at)
    yield "seed", Value(0, NONE)


def _mean(times: Seconds) -> float | None:
    return float(times.mean()) if len(times) else None


def of_summary(result: Result) -> Iterator[tuple[str, Value]]:
    """The figures of a run by name, a spread's as `response_time.p95`."""
    summary = result.summary
    sizes = {"completion_time": summary.reports, "page_response_time": summary.requests - summary.reports}
    for field in fields(summary):
        value = getattr(summary, field.name)
        if isinstance(value, Spread):
            yield from _of_spread(field.name, value, sizes.get(field.name, summary.requests))
        elif field.name.endswith(("_fraction", "_utilisation")):
            yield field.name, _share(value)
        elif field.name.endswith(("_time", "_at")):
            yield field.name, Value(value, f"{value or 0:,.0f} s")
        elif isinstance(value, int):
            yield field.name, _count(value)


def _of_result(result: Result) -> Iterator[tuple[str, Value]]:
    yield from of_summary(result)
    yield from _reckoned(result)


def _of_spread(name: str, spread: Spread, count: int) -> Iterator[tuple[str, Value]]:
    for field in fields(spread):
        value = getattr(spread, field.name)
        yield f"{name}.{field.name}", _time(math.inf if value is None and count >= FEWEST[field.name] else value)


def _reckoned(result: Result) -> Iterator[tuple[str, Value]]:
    summary, scenario, workload = result.summary, result.scenario, result.workload
    alone = too_long_alone(result.records, workload, result.cycle, scenario.warmup)
    yield "slots", _count(result.records.threads + result.records.workers)
    yield "workers", _count(result.records.workers)
    yield "pages", _count(summary.requests - summary.reports)
    yield "too_long_alone", _count(alone)
    yield "behind_others", _count(max(0, summary.timed_out - alone))
    yield "never_completed", _count(summary.reports - summary.reports_completed)
    yield "wasted_share", _share(summary.wasted_time, summary.useful_time + summary.wasted_time)
    load = offered_load(result.records, workload, scenario.warmup)
    yield "offered_load", _share(load)


def _between(values: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    """Comparisons that a sentence makes: how many times longer a page takes than its own work."""
    waited, alone = values["sync.page_response_time.p95"].number, values["page_time"].number
    slower = waited / alone if waited is not None and alone else None
    yield "page_slowdown", Value(slower, f"{slower:,.0f}" if slower is not None else "")
    for name in ("page_response_time.p95", "timed_out_pages"):
        freed = [values[f"{cycle}.{name}"].number for cycle in ("sync", "async")]
        yield f"behind_reports.{name}", _share(_less(*freed))
    answer, work = (values[f"async.{name}.p50"].number for name in ("response_time", "completion_time"))
    slower = work / answer if work is not None and answer else None
    yield "work_over_answer", Value(slower, f"{slower:,.0f}" if slower is not None else "")


def _less(sync: float | None, later: float | None) -> float | None:
    """Which part of SYNC's figure is gone in ASYNC, where no thread waits with a report."""
    return None if sync is None or later is None or not sync else (sync - later) / sync
