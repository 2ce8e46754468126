"""A scenario on the real programs: when what happened to each request, in simulated seconds."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import psutil

from ..cycles import CYCLES
from ..draws import Luck
from ..path import INBOUND
from ..scenario import Scenario
from ..workload import Workload, legs_of
from .job_runs import Run, runs_of
from .jobs import QUEUE
from .measured import Measured, measured_of
from .mishaps import Mishaps, failing_calls, refuse
from .program import ProgramEndedError
from .stack import Choice, Stack
from .work import POLL, Work, poll_work

__all__ = ["Measured", "Run", "refuse", "run", "works_of"]

QUIET = 0.5  # wall seconds in which nothing may happen before all is taken to be done
AT_LAST = 60.0  # and what never ends is waited for no longer than this and an hour's simulated time


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
    choice = choice or Choice()
    refuse(scenario, choice.web, choice.worker, workload)
    with Stack(scenario, scale, choice, tell) as stack:
        return serve_on(stack, Mishaps(stack), workload, cycle)


def serve_on(stack: Stack, mishaps: Mishaps, workload: Workload, cycle: str) -> Measured:
    """Serve the workload by programs that are there already, until all is done."""
    stack.begun, scale = len(stack.events), stack.scale
    web, reports = stack.named("web"), np.flatnonzero(workload.is_report).tolist()
    stack.told_calls = list(failing_calls(stack.scenario, reports, len(workload)))
    with _Machine() as machine:
        web.say(*(work.line(str(number)) for number, work in enumerate(works_of(workload, cycle))))
        for program in (web, stack.named("worker")):
            program.say(*stack.told_calls)
        web.say(poll_work(stack.scenario, workload).line(POLL), Work(0.0, 0.0, 0.0, None).line("warm"))
        load = stack.start("load", "--port", str(stack.port), *_polling(stack.scenario, cycle, scale))
        load.say(*_plan(stack.scenario, workload, scale), "")
        stack.until(lambda: _zero(stack.round) is not None or load.ended == 0)
        zero = _zero(stack.round)
        if zero is None:
            raise ProgramEndedError("the load sent nothing")
        mishaps.begin(zero)
        stack.until(lambda: load.ended == 0)
        stack.until(_Still(stack), seconds=AT_LAST + 3600 / scale)
        mishaps.end()
    load.spared = True
    programs = {"redis": stack.redis, "web": stack.choice.web, "worker": stack.choice.worker}
    told = {"cycle": cycle, "redis": stack.redis, "programs": programs, "stall": machine.longest, "idle": machine.idle}
    return measured_of(stack.round, len(workload), zero, scale, told)


def works_of(workload: Workload, cycle: str) -> Iterable[Work]:
    """Each request's work, as the web application is told it."""
    legs, way = legs_of(workload, CYCLES[cycle]), CYCLES[cycle].report
    is_called = workload.is_report & (not way.worker)
    call = np.where(is_called, workload.external_time, 0.0)
    inbound = sum(workload.hop_times[hop.name] for hop in INBOUND) + workload.web_time
    before = np.where(is_called, inbound, legs.first)
    after = np.where(legs.pushes, legs.after_push, legs.first - before - call + legs.after_push)
    queues = np.array([*workload.queues, QUEUE])[-1 if workload.queue is None else workload.queue]
    queue = np.broadcast_to(queues, len(workload))
    columns = (column.tolist() for column in (before, call, np.maximum(after, 0.0), legs.job, legs.pushes, queue))
    for first, slow, last, job, pushes, name in zip(*columns, strict=True):
        yield Work(first, slow, last, job if pushes else None, name)


def _polling(scenario: Scenario, cycle: str, scale: float) -> list[str]:
    """How the load asks for its reports, where it does."""
    if scenario.result != "polling" or not CYCLES[cycle].report.worker:
        return []
    return ["--poll-every", repr(scenario.poll_every / scale), "--poll-for", repr(scenario.poll_for / scale)]


def _plan(scenario: Scenario, workload: Workload, scale: float) -> Iterable[str]:
    """A line for each visit, as `load` reads it; its delays are those that the simulation draws."""
    kinds, luck = np.where(workload.is_report, "report", "page").tolist(), Luck(scenario.seed, len(workload))
    retries, delay = range(1, scenario.client_retries + 1), scenario.client_retry_delay
    for visit, (due, kind) in enumerate(zip((workload.arrived_at / scale).tolist(), kinds, strict=True)):
        delays = ",".join(f"{delay.before(retry, luck.client(retry, visit)) / scale:.6f}" for retry in retries)
        yield f"{visit} {kind} {due:.6f} {delays or '-'}"


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
        jobs_left = self.stack.jobs_left()  # asked first: where Redis has gone, what has begun may never end
        counts = Counter(event["event"] for event in self.stack.events)
        is_away = counts["worker_stopped"] != counts["worker_back"]
        under_way = any(run.outcome is None for run in runs_of(self.stack.events))
        return counts["started"] != counts["finished"] or is_away or under_way or jobs_left > 0


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
