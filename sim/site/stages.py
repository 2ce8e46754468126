"""The lessons' source: a TOML file each, whose stages name a run, a question, and what is said before and after it.

Every number of a text is a `{{value}}` of its run; `holds` says what must be true of the run for the words around it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Any

import numpy as np

from ..cycles import SYNC
from ..deck.claims import why_not
from ..deck.filling import fill
from ..deck.values import Runs, Value, values_of
from ..presets import load
from ..scenario import Scenario
from ..units import column_to_grid
from ..words import duration
from ..workload import Workload

SLOW = 1.0  # s: a page that takes longer is called slow
SHOWN = {"sync": ("sync",), "async": ("async",), "both": ("sync", "async")}


@dataclass(frozen=True)
class Stage:
    """One step of a lesson: what runs, what is asked, what is told; without a question it is a sandbox."""

    heading: str
    tell: str
    scenario: str
    set: tuple[str, ...] = ()
    steady: Mapping[str, float] = field(default_factory=dict)
    shows: str = "sync"
    ask: str = ""
    unit: str = "requests"
    answer: str = ""
    holds: str = ""
    why: str = ""
    knobs: tuple[str, ...] = ()
    speed: float = 10.0

    @cached_property
    def runs(self) -> Runs:
        """The runs of the stage, on its own requests where it says that they come steadily."""
        scenario = load(self.scenario, self.set)
        return Runs(scenario, steady(scenario, **self.steady) if self.steady else None)

    @cached_property
    def values(self) -> dict[str, Value]:
        """What its texts may quote."""
        return values_of(self.runs) | dict(_more(self.runs)) | dict(_of_steady(self.steady))

    def said(self, text: str) -> str:
        """One of its texts with the numbers of its run; ValueError where its words are not true of the run."""
        reason = why_not(self.holds, self.values)
        if reason:
            raise ValueError(f"the stage {self.heading!r}: {reason}")
        return fill(text, self.values, lambda picture: picture)

    @property
    def number(self) -> float:
        """The answer to its question."""
        return float(self.values[self.answer].number or 0.0)

    @property
    def others(self) -> list[float]:
        """The answer with 20 other seeds; none where it is not told of them."""
        column, _, figure = self.answer.partition(".")
        luck = self.runs.luck
        try:
            return luck.others(column, figure).tolist() if luck else []
        except ValueError:
            return []


@dataclass(frozen=True)
class Lesson:
    """A page of the site: its name in links, its title, the question it is about, and its stages."""

    name: str
    title: str
    lead: str
    stages: tuple[Stage, ...]


def lessons() -> list[Lesson]:
    """The lessons in their order."""
    files = (resources.files(__package__) / "lessons").iterdir()
    return [lesson(name) for name in sorted(file.name.removesuffix(".toml") for file in files) if name[0].isdigit()]


def lesson(name: str) -> Lesson:
    """The lesson, or `home`, of that name."""
    text = (resources.files(__package__) / "lessons" / f"{name}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return Lesson(name, table["title"], table["lead"], tuple(_stage(stage) for stage in table["stages"]))


def _stage(table: Mapping[str, Any]) -> Stage:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Stage(**fields)


def steady(scenario: Scenario, every: float, until: float, report_at: float, takes: float) -> Workload:
    """Pages that come one `every` so many seconds `until` then, and one report among them (all in s)."""
    pages = np.arange(0.0, until, every)
    arrived_at = np.sort(np.append(pages, report_at))
    is_report = arrived_at == report_at
    external_time = np.where(is_report, takes, 0.0)
    return Workload(
        column_to_grid(arrived_at),
        is_report,
        np.zeros(len(arrived_at)),
        column_to_grid(external_time),
        scenario.hop_times,
        until,
        from_file=True,
    )


def _of_steady(steady: Mapping[str, float]) -> Iterator[tuple[str, Value]]:
    for name, number in steady.items():
        yield f"steady.{name}", Value(number, duration(number))
    if steady:
        yield "steady.a_second", Value(1 / steady["every"], f"{1 / steady['every']:g}")


def _more(runs: Runs) -> Iterator[tuple[str, Value]]:
    """What the lessons count besides: pages that wait at all, slow ones, answers in a second, one page alone."""
    scenario = runs.scenario
    page = sum(scenario.hop_times[hop.name] for hop in SYNC.page.thread)
    yield "page_time", Value(page, duration(page))
    calls = runs.comparison.workload.external_time[runs.comparison.workload.is_report]
    for name, call in (("least", calls.min(initial=np.inf)), ("most", calls.max(initial=0.0))):
        yield f"external.{name}", Value(float(call), duration(float(call)))
    for name in ("sync", "async", "same"):
        records, summary = runs[name].records, runs[name].summary
        pages = ~records.is_report
        slow = int((records.response_time[pages] > SLOW).sum())
        waited = int((records.waiting_time[pages] > 0).sum())
        a_second = summary.answered / summary.ended_at if summary.ended_at else 0.0
        yield f"{name}.slow_pages", Value(slow, f"{slow:,}")
        yield f"{name}.waited", Value(waited, f"{waited:,}")
        yield f"{name}.a_second", Value(a_second, f"{a_second:.1f}")
