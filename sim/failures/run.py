"""The story of `des`, and what goes wrong in it: one cycle serving one workload under the rules R1 to R19."""

import math
from array import array
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

from simpy.events import Event, Timeout

from .. import broker
from ..attempts import Attempts
from ..cycles import Cycle
from ..draws import Luck
from ..records import FAILED, OK, POLL
from ..scenario import Scenario
from ..session import Session
from ..sidekiq import SidekiqKeys
from ..units import LONGEST_RUN, Seconds
from ..workload import Workload, legs_of
from . import KNOWS, books
from .application import Application
from .calls import Calls
from .clients import Clients
from .cores import Cores
from .door import Backlog, Requests
from .instants import Instant
from .jobs import Job
from .ways import CALLS, COMPUTING, PUSHES, WAITS, queue_numbers, ways_of

if TYPE_CHECKING:
    from redis import Redis

Story = Generator[Event, Any, None]
Progress = Callable[[Iterable[int]], Iterable[int]]


def _column(seconds: Seconds) -> "array[float]":
    """Seconds that are read one by one: numbers of Python, as in a list, in a quarter of its memory."""
    return array("d", seconds.tobytes())


class Run(Session):
    """One cycle serving one workload until nothing is in flight; a context manager, as `des.Run` is.

    `luck` has the draws of what goes wrong (None: those of the scenario's seed). `client` is a Redis client that keeps
    the jobs, too (None: they are in memory only). Raises ValueError where the workload's queues are not the scenario's
    or the scenario asks for another rule, and BrokerError when Redis does not give back what it was given.
    """

    def __init__(
        self,
        workload: Workload,
        cycle: Cycle,
        scenario: Scenario,
        luck: Luck | None = None,
        *,
        client: "Redis | None" = None,
        closes_client: bool = False,
        run_id: str | None = None,
        pace: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        scenario.refuse_beyond("any engine", "R1 to R19", KNOWS)
        super().__init__(pace=pace, client=client if closes_client else None)
        self.workload, self.cycle, self.scenario = workload, cycle, scenario
        luck = luck or Luck(scenario.seed, len(workload))
        self.instant = instant = Instant(self.env)
        self.rows = Requests(_column(workload.arrived_at), workload.is_report)
        self.web_time, self.external_time = _column(workload.web_time), _column(workload.external_time)
        self.poll_time = scenario.poll_time if workload.from_file else 0.0
        self.queue_of = queue_numbers(workload, scenario)
        self.ways = ways_of(workload, cycle, scenario.cores is not None, scenario.calls_fail)
        legs = legs_of(workload, cycle)
        self.thread_time, self.work_time = _column(legs.first + legs.after_push), _column(legs.job)
        has_workers = bool(cycle.page.worker or cycle.report.worker)
        self.calls = Calls(scenario, self.env, luck)
        self.clients = Clients(self.rows, scenario, instant, luck, has_workers)
        self.backlog = self.clients.backlog = Backlog(
            instant, scenario.threads, scenario.backlog_limit, self.clients.reject
        )
        keys = self.queue = self._keys(client, run_id) if has_workers and client else None
        self.application = (
            Application(scenario, instant, luck, self.calls, self, len(workload), keys) if has_workers else None
        )
        self.cores = Cores(instant, scenario.cores, len(workload)) if scenario.cores is not None else None
        self._plan_the_instant()
        for slot in range(scenario.threads):
            self.env.process(self.web_thread(slot))
        self.env.process(self.arrivals(progress or iter))

    def _keys(self, client: "Redis", run_id: str | None) -> SidekiqKeys:
        names = [queue.name for queue in self.scenario.queues] or [broker.QUEUE_NAME]
        retries, reliable = self.scenario.job_retries, self.scenario.fetch == "reliable"
        return SidekiqKeys(client, names, retries=retries, reliable=reliable, run_id=run_id)

    def _plan_the_instant(self) -> None:
        """The end of an instant, in its order; what a rule that is off would do is not in it."""
        steps = self.instant.steps
        steps += [self.clients.tell, self.clients.arrive]
        if self.application:
            steps.append(self.application.join)
        if self.cores:
            steps.append(self.cores.hand_out)
        steps.append(self.backlog.hand_out)
        if self.application:
            steps.append(self.application.hand_out)

    def run(self) -> "Run":
        """Until nothing is in flight; raises ValueError where that is beyond exact seconds."""
        self.until(math.inf)
        if self.env.now >= LONGEST_RUN:
            raise ValueError(f"scenario: the run goes on for {self.env.now:g} s; allowed: less than 2^33 s")
        return self

    def finish(self) -> Attempts:
        """Run until everything in flight has ended; returns what happened to each request."""
        self.run()
        if self.queue:
            self.queue.check()
        return books.records(self)

    def waiting(self) -> list[broker.Job]:
        """The jobs that wait in the queues now, queue by queue, the next one first."""
        queues = self.application.queues if self.application else []
        if self.application and self.application.keys:
            self.application.keys.compare(queue.waiting for queue in queues)
        jobs = (job for queue in queues for job in queue.waiting)
        return [broker.Job(job.request, job.enqueued_at, job.work_time) for job in jobs]

    def is_over(self) -> bool:
        """Whether nothing is in flight any more."""
        return self.clients.alive == 0 and (self.application is None or self.application.alive == 0)

    def arrivals(self, progress: Progress) -> Story:
        """Let each visit's first request arrive at its instant."""
        now, instants = 0.0, _column(self.workload.arrived_at)
        for request, at in zip(progress(range(len(instants))), instants, strict=True):
            if at > now:
                yield Timeout(self.env, at - now)
                now = at
            self.clients.comes(request, now)

    def web_thread(self, slot: int) -> Story:
        """Serve one request after the other, each held from its start until the way out is walked or it is cut off."""
        env, line, rows, clients = self.env, self.backlog, self.rows, self.clients
        patience, limit = self.scenario.patience, self.scenario.limit
        service_limit = self.scenario.service_timeout or math.inf
        is_cut = min(limit, service_limit) < math.inf
        idle_since, arrived_at, visit_of = line.slots.idle_since, rows.arrived_at, rows.visit
        thread_time = self.thread_time
        one_wait = {kind for kind, way in self.ways.items() if [leg.what for leg in way] == [WAITS]}
        now = 0.0
        while True:
            request = line.take_at_once(now)
            if request is None:
                request = yield line.next_for(slot)
                now = line.slots.busy_again(slot)
            rows.thread[request] = slot
            arrived = arrived_at[request]
            if now >= arrived + patience:
                rows.skipped_at[request] = now
                clients.finished(request, OK, now)
                continue
            rows.started_at[request] = now
            until = min(now + service_limit, arrived + limit) if is_cut else math.inf
            if rows.kind[request] in one_wait:  # most requests, and quicker without a story of its own
                length, failed = thread_time[visit_of[request]], False
                yield Timeout(env, length if until == math.inf else min(length, until - now))
            else:
                failed = yield from self.serve(request, until)
            now = rows.finished_at[request] = idle_since[slot] = env.now
            clients.finished(request, FAILED if failed or now >= until else OK, now)

    def serve(self, request: int, until: float) -> Generator[Event, Any, bool]:
        """Walk the request's way as far as it is let; returns whether its slow call failed."""
        env, rows = self.env, self.rows
        kind, visit = rows.kind[request], rows.visit[request]
        own = self.poll_time if kind == POLL else self.web_time[visit]
        failed = False
        for leg in self.ways[kind]:
            length = leg.seconds + own if leg.has_own else leg.seconds
            length += self.external_time[visit] if leg.has_call else 0.0
            if leg.what == COMPUTING:
                assert self.cores
                inbound = leg.inbound + own if kind == POLL else math.inf
                if not (yield from self.cores.compute(request, length, until, inbound, self.clients.mark)):
                    return failed
                continue
            if leg.what == CALLS:
                failed, length = self.calls.of(visit, length)
            yield Timeout(env, length if until == math.inf else min(length, until - env.now))
            if env.now >= until:
                return failed  # what ends exactly at a limit is cut
            if leg.what == PUSHES:
                self.enqueue(request, visit)
            elif kind == POLL and leg.inbound < math.inf:
                self.clients.mark(request)
        return failed

    def enqueue(self, request: int, visit: int) -> None:
        """The controller pushes a job and goes on at once."""
        assert self.application
        self.rows.enqueued_at[request] = self.env.now
        self.application.enqueue(Job(request, visit, self.queue_of.item(visit), self.work_time[visit]))

    def completed(self, request: int) -> None:
        """A request's job is done."""
        self.clients.completed(request)

    def died(self, request: int) -> None:
        """A request's job will not be run again."""
        self.rows.died_at[request] = self.env.now
