"""A scenario on the real programs: when what happened to each request, in simulated seconds."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psutil

from ..cycles import CYCLES
from ..path import INBOUND
from ..scenario import Scenario
from ..turns import COMPLETED, FAILED, LOST, RETURNED
from ..units import Seconds
from ..workload import Flags, Workload, legs_of
from .job_runs import Run, runs_of
from .mishaps import Mishaps, refuse
from .stack import Choice, ProgramEndedError, Stack
from .work import Work

__all__ = ["Measured", "Run", "refuse", "run", "works_of"]

INSTANTS = (
    "arrived",
    "started",
    "finished",
    "responded",
    "timed_out",
    "enqueued",
    "picked_up",
    "completed",
    "died",
    "left",
)
QUIET = 0.5  # wall seconds in which nothing may happen before all is taken to be done
AT_LAST = 60.0  # and what never ends is waited for no longer than this and an hour's simulated time


@dataclass(frozen=True)
class Measured:
    """What one cycle did on the real programs: instants by name and request in simulated seconds, NaN for never.

    `thread` says who served each request (-1: nobody), `failed` who was answered 500; `stops` and `backs` are when
    the worker application was stopped, and was back. `stall` is the longest time, in wall seconds, for which this
    machine let a thread wait that wanted to go on; `idle` the share of its processors' time that nobody wanted.
    """

    cycle: str
    scale: float
    redis: str
    at: dict[str, Seconds]
    stall: float
    thread: Any = None
    failed: Any = None
    runs: tuple[Run, ...] = ()
    stops: tuple[tuple[float, str], ...] = ()
    backs: tuple[float, ...] = ()
    programs: dict[str, str] = field(default_factory=dict)
    idle: float = 1.0

    def __len__(self) -> int:
        return len(self.at["arrived"])

    @property
    def timed_out(self) -> Flags:
        """Whether the router gave up on each request."""
        return ~np.isnan(self.at["timed_out"])

    @property
    def responded_at(self) -> Seconds:
        """When each client was answered, or told 503."""
        return np.where(self.timed_out, self.at["timed_out"], self.at["responded"])

    @property
    def response_time(self) -> Seconds:
        """From arrival to the answer's first byte, or to the 503, s."""
        return np.asarray(self.responded_at - self.at["arrived"])

    @property
    def is_whole(self) -> bool:
        """Whether everything was heard that must have happened."""
        gone = np.isnan(self.at["arrived"]) | np.isnan(self.responded_at)
        return not (gone | (np.isnan(self.at["started"]) != np.isnan(self.at["finished"]))).any()

    def counts(self) -> dict[str, int]:
        """How many requests and jobs fared how."""
        done = Counter(run.name for run in self.runs if run.outcome == COMPLETED)
        ends = Counter(run.outcome for run in self.runs)
        failed = 0 if self.failed is None else int((self.failed & ~self.timed_out).sum())
        return {
            "timed_out": int(self.timed_out.sum()),
            "failed": failed,
            "jobs_done": len(done),
            "jobs_lost": int((~np.isnan(self.at["enqueued"])).sum()) - len(done),
            "runs_failed": ends[FAILED],
            "runs_lost": ends[LOST],
            "runs_returned": ends[RETURNED],
            "jobs_done_twice": sum(count > 1 for count in done.values()),
        }


def run(
    scenario: Scenario,
    workload: Workload,
    cycle: str,
    scale: float,
    choice: Choice | None = None,
    tell: Callable[[dict[str, Any]], None] | None = None,
) -> Measured:
    """Serve the workload by real programs, a wall second for `scale` simulated ones, until all is done.

    `tell` hears each event. Raises ValueError for a rule that they do
    not know, ProgramEndedError if one of them dies.
    """
    refuse(scenario)
    with Stack(scenario, scale, choice, tell) as stack:
        return serve_on(stack, Mishaps(stack), workload, cycle)


def serve_on(stack: Stack, mishaps: Mishaps, workload: Workload, cycle: str) -> Measured:
    """Serve the workload by programs that are there already, until all is done."""
    begun, scale = len(stack.events), stack.scale
    web = stack.named("web")
    with _Machine() as machine:
        web.say(*(work.line(str(number)) for number, work in enumerate(works_of(workload, cycle))))
        web.say(Work(0.0, 0.0, 0.0, None).line("warm"))
        load = stack.start("load", "--port", str(stack.port))
        load.say(*_plan(workload, scale), "")
        stack.until(lambda: _zero(stack.events[begun:]) is not None or load.ended == 0)
        zero = _zero(stack.events[begun:])
        if zero is None:
            raise ProgramEndedError("the load sent nothing")
        mishaps.begin(zero)
        stack.until(lambda: load.ended == 0)
        stack.until(_Still(stack), seconds=AT_LAST + 3600 / scale)
    load.spared = True
    programs = {"redis": stack.redis, "web": stack.choice.web, "worker": stack.choice.worker}
    return _measured(stack.events[begun:], len(workload), zero, scale, (cycle, machine, programs))


def works_of(workload: Workload, cycle: str) -> Iterable[Work]:
    """Each request's work, as the web application is told it."""
    legs, way = legs_of(workload, CYCLES[cycle]), CYCLES[cycle].report
    is_called = workload.is_report & (not way.worker)
    call = np.where(is_called, workload.external_time, 0.0)
    inbound = sum(workload.hop_times[hop.name] for hop in INBOUND) + workload.web_time
    before = np.where(is_called, inbound, legs.first)
    after = np.where(legs.pushes, legs.after_push, legs.first - before - call + legs.after_push)
    columns = (column.tolist() for column in (before, call, np.maximum(after, 0.0), legs.job, legs.pushes))
    for first, slow, last, job, pushes in zip(*columns, strict=True):
        yield Work(first, slow, last, job if pushes else None)


def _plan(workload: Workload, scale: float) -> Iterable[str]:
    """A line for each request, as `load` reads it."""
    kinds = np.where(workload.is_report, "report", "page").tolist()
    for number, (due, kind) in enumerate(zip((workload.arrived_at / scale).tolist(), kinds, strict=True)):
        yield f"{number} {kind} {due:.6f}"


def _zero(events: list[dict[str, Any]]) -> float | None:
    found = (float(event["zero"]) for event in events if event["event"] == "began")
    return next(found, None)


class _Still:
    """Whether nobody is at work, nothing is left in Redis, and nothing has happened for half a second."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.since, self.seen = stack, time.monotonic(), -1

    def __call__(self) -> bool:
        seen = len(self.stack.events)
        if seen != self.seen:
            self.since, self.seen = time.monotonic(), seen
        if time.monotonic() - self.since < QUIET:
            return False
        self.since += QUIET / 2  # and then now and then
        return not self._at_work()

    def _at_work(self) -> bool:
        counts = Counter(event["event"] for event in self.stack.events)
        is_away = counts["worker_stopped"] != counts["worker_back"]
        under_way = any(run.outcome is None for run in runs_of(self.stack.events))
        return counts["started"] != counts["finished"] or is_away or under_way or self.stack.jobs_left() > 0


class _Machine:
    """How long this machine let a thread wait that wanted to go on every 10 ms, and how much of it was idle.

    `longest` is in wall seconds, `idle` the share of all its processors' time.
    """

    def __init__(self) -> None:
        self.longest, self.idle, self._ends = 0.0, 1.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        before = time.perf_counter()
        while not self._ends.wait(0.01):
            now = time.perf_counter()
            self.longest, before = max(self.longest, now - before - 0.01), now

    def __enter__(self) -> "_Machine":
        psutil.cpu_times_percent()  # from now on
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()
        times = psutil.cpu_times_percent()
        self.idle = (times.idle + getattr(times, "iowait", 0.0)) / 100


def _measured(
    events: list[dict[str, Any]], count: int, zero: float, scale: float, of: tuple[str, _Machine, dict[str, str]]
) -> Measured:
    columns = {name: np.full(count, np.nan) for name in INSTANTS}
    thread, failed = np.full(count, -1, dtype=np.int32), np.zeros(count, dtype=bool)

    def since(at: float) -> float:
        return (at - zero) * scale

    for event in events:
        name, word = str(event.get("request_id")), event["event"]
        if word not in columns or not name.isdigit():
            continue
        number = int(name)
        if np.isnan(columns[word][number]):
            columns[word][number] = since(event["at"])
        if word == "started":
            thread[number] = int(event["place"])
        elif word == "responded":
            failed[number] = int(event["status"]) >= 500
    runs = tuple(
        run._replace(picked_up_at=since(run.picked_up_at), ended_at=since(run.ended_at))
        for run in runs_of(events)
        if run.outcome is not None and run.name.isdigit()
    )
    stops = tuple((since(event["at"]), str(event["how"])) for event in events if event["event"] == "worker_stopped")
    backs = tuple(since(event["at"]) for event in events if event["event"] == "worker_back")
    cycle, machine, programs = of
    told = (thread, failed, runs, stops, backs, programs, machine.idle)
    return Measured(cycle, scale, programs["redis"], columns, machine.longest, *told)
