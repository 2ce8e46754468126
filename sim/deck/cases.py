"""The runs that the sections about the failure lab speak of, by name: a preset, what is changed in it, and a cycle."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..experiments import Result, quickest_engine, simulate
from ..presets import load
from ..scenario import Scenario
from ..workload import draw

MAIL = '{name="mail", share=0.96, external_time=1%s}'
REPORTS = '{name="reports", share=0.04, external_time=60%s}'


@dataclass(frozen=True)
class Case:
    """One run: `label` is its name in a figure; with `jobs_of` it serves the jobs of another case, all in one line."""

    preset: str
    cycle: str = "sync"
    changes: tuple[str, ...] = ()
    label: str = ""
    jobs_of: "Case | None" = None

    def scenario(self, seed: int | None = None) -> Scenario:
        """The scenario, with another seed if one is given."""
        scenario = load(self.preset, self.changes)
        return scenario if seed is None else scenario.replace(seed=seed)

    def run(self, seed: int | None = None) -> Result:
        """The run, by the quickest engine that knows its rules."""
        scenario, jobs = self.scenario(seed), None
        if self.jobs_of:
            jobs = replace(draw(self.jobs_of.scenario(seed)), queues=(), queue=None)
        return simulate(scenario, self.cycle, workload=jobs, engine=quickest_engine(scenario), redis=None)


def _lines(mail: str = "", reports: str = "", workers: int = 5, label: str = "") -> Case:
    """The jobs of `one-line` in two queues, the mail's first."""
    queues = f"queues=[{MAIL % mail}, {REPORTS % reports}]"
    return Case("one-line", "async", (queues, f"workers={workers}"), label)


def _busy(threads: int) -> Case:
    return Case("busy-core", changes=(f"threads={threads}",), label=f"{threads} threads")


def _asking(change: str) -> Case:
    return Case("asking-again", "async", (change,))


MAIL_FIRST = _lines(label="mail first")
AT_THE_DOOR = {
    "storm": Case("retry-storm", label="with retries"),
    "once": Case("retry-storm", changes=("client_retries=0",), label="no retries"),
    "polite": Case("polite-clients", label="polite clients"),
    "short": Case("short-line", label="a short line"),
    "both": Case("polite-clients", changes=("backlog_limit=30",), label="polite, and a short line"),
    "patient": Case("slides"),
    "impatient": Case("impatient-server"),
    "three": _busy(3),
    "five": _busy(5),
    "eight": _busy(8),
    "sixteen": _busy(16),
    "asking": Case("asking-again", "async"),
    "hasty": _asking("poll_every=0.25"),
    "lazy": _asking("poll_every=5"),
    "push": _asking("result=push"),
}
THE_WORKER = {
    "shown": Case("outage"),
    "outage": Case("outage", "async"),
    "poisoned": Case("poisoned", "async"),
    "well": Case("poisoned", "async", ("failure_fraction=0",)),
    "plug": Case("pulled-plug", "async"),
    "reliable": Case("pulled-plug", "async", ("fetch=reliable",)),
    "deploys": Case("deploys", "async"),
    "calm": Case("deploys", "async", ("worker_stops=[]",)),
    "one": Case("one-line", "async", label="one line", jobs_of=MAIL_FIRST),
    "first": MAIL_FIRST,
    "weighted": _lines(", weight=5", ", weight=1", label="by weight, 5 to 1"),
    "own": _lines(", workers=2", workers=3, label="slots of their own"),
}


@dataclass(frozen=True)
class Section:
    """A section of the talk: its source in the folder `slides`, its title, and the runs that it speaks of."""

    file: str
    title: str
    cases: Mapping[str, Case]


SECTIONS = {
    "lab": Section("lab.md", "When it goes wrong: at the door", AT_THE_DOOR),
    "worker": Section("worker.md", "When it goes wrong: the worker's life", THE_WORKER),
}
