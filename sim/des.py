"""Engine 1: discrete-event simulation with SimPy. It tells the story: who waits for whom is found out, not computed.

One SimPy process lets the requests arrive, one stands for each web thread and one for each worker. A line (`lines`)
keeps what waits and which slots are free. Read `Run.web_thread` and `Run.background_worker` first.
"""

import math
import time
from array import array
from collections.abc import Callable, Generator, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy
from simpy.events import Event, Timeout
from simpy.rt import RealtimeEnvironment

from .broker import Job, JobQueue, tell
from .cycles import Cycle
from .lines import Line, RedisLine
from .records import Accounts, Records, last_instant
from .scenario import Scenario
from .workload import Workload, legs_of

if TYPE_CHECKING:
    from redis import Redis

RENEW_EVERY = 60.0  # wall seconds between two renewals of the keys' expiry in a paced run

Story = Generator[Event, Any, None]
Progress = Callable[[Iterable[int]], Iterable[int]]


class Run:
    """One cycle serving one workload, from the first arrival until all is done; a context manager.

    `pace` is simulated seconds per wall second (None: as fast as it goes). `client` is a Redis client, needed where
    the cycle pushes jobs, and closed with the run if `closes_client`. `progress` wraps the iteration over requests.
    Raises BrokerError (a ValueError) when Redis does not give back what was pushed.
    """

    def __init__(
        self,
        workload: Workload,
        cycle: Cycle,
        scenario: Scenario,
        *,
        client: "Redis | None" = None,
        closes_client: bool = False,
        run_id: str | None = None,
        pace: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.workload, self.cycle, self.scenario, self.pace = workload, cycle, scenario, pace
        self.client_to_close = client if closes_client else None
        self.env = RealtimeEnvironment(factor=1 / pace, strict=False) if pace else simpy.Environment()
        self.legs = legs_of(workload, cycle)
        self.first = self.legs.first.tolist()
        self.pushes = (
            self.legs.pushes.tobytes()
        )  # read as flags, which is quicker than from numpy; once for all threads
        self.deadlines = (workload.arrived_at + scenario.timeout).tolist()
        self.has_workers = bool(cycle.page.worker or cycle.report.worker)
        count = len(workload)
        self.started_at, self.enqueued_at, self.finished_at, self.skipped_at, self.picked_up_at, self.completed_at = (
            array("d", [math.nan]) * count for _ in range(6)
        )
        self.thread, self.worker = (array("i", [-1]) * count for _ in range(2))
        self.backlog = Line(self.env, scenario.threads, self.is_gone)
        self.queue: JobQueue | None = None
        self.jobs: RedisLine | None = None
        for slot in range(scenario.threads):
            self.env.process(self.web_thread(slot))
        if self.has_workers:
            if client is None:
                raise ValueError(f"the cycle {cycle.name} pushes jobs; allowed: a Redis client")
            self.queue = JobQueue(client, run_id)
            self.jobs = RedisLine(self.env, scenario.workers, self.queue)
            for slot in range(scenario.workers):
                self.env.process(self.background_worker(slot, self.jobs))
        self.env.process(self.arrivals(progress or iter))

    def arrivals(self, progress: Progress) -> Story:
        """Let each request join the backlog at its instant, those of one instant in the order of their ids."""
        delays = np.diff(self.workload.arrived_at, prepend=0.0).tolist()
        env, line = self.env, self.backlog
        for request, delay in zip(progress(range(len(delays))), delays, strict=True):
            if delay:
                yield Timeout(env, delay)
            line.put(request)

    def web_thread(self, slot: int) -> Story:
        """Serve one request after the other, each held from its start until the way out is walked."""
        env, line, on_timeout = self.env, self.backlog, self.scenario.on_timeout
        kills, skips = on_timeout == "kill", on_timeout != "finish_all"
        first, pushes, deadlines = self.first, self.pushes, self.deadlines
        started_at, finished_at, idle_since = self.started_at, self.finished_at, line.idle_since
        now = env.now
        while True:
            request = line.take_at_once(now)
            if request is None:
                request = yield line.next_for(slot)
                now = line.busy_again(slot)
            self.thread[request] = slot
            if skips and now >= deadlines[request]:
                self.skipped_at[request] = now  # its client has gone: no work is done for it
                continue
            started_at[request] = now
            cut_off = deadlines[request] if kills else math.inf
            yield Timeout(env, min(first[request], cut_off - now) if kills else first[request])
            if pushes[request] and env.now < cut_off:
                self.enqueue(request)
                yield Timeout(env, min(float(self.legs.after_push[request]), cut_off - env.now))
            finished_at[request] = idle_since[slot] = now = env.now

    def is_gone(self, request: int) -> bool:
        """Whether a thread that reaches this request now skips it."""
        return self.scenario.on_timeout != "finish_all" and self.env.now >= self.deadlines[request]

    def enqueue(self, request: int) -> None:
        """The controller pushes a job and goes on at once."""
        assert self.jobs is not None
        self.enqueued_at[request] = self.env.now
        self.jobs.put(Job(request, self.env.now, float(self.legs.job[request])))

    def background_worker(self, slot: int, line: RedisLine) -> Story:
        """Do one job after the other, each as long as it takes: a worker has no time limit."""
        while True:
            job = line.take_at_once(self.env.now)
            if job is None:
                job = yield line.next_for(slot)
                line.busy_again(slot)
            self.picked_up_at[job.request_id] = self.env.now
            self.worker[job.request_id] = slot
            yield Timeout(self.env, job.work_time)
            self.completed_at[job.request_id] = line.idle_since[slot] = self.env.now

    def until(self, instant: float) -> None:
        """Let everything happen that happens before `instant`, in simulated seconds."""
        if self.pace:
            self._paced(instant)
        elif instant == math.inf:
            self.env.run()
        elif instant > self.env.now:
            self.env.run(until=instant)

    def _paced(self, instant: float) -> None:
        """Sleep in slices, so that the keys in Redis do not expire while nothing happens."""
        assert self.pace
        assert isinstance(self.env, RealtimeEnvironment)
        self.env.env_start = self.env.now  # the wall time since the last call, for thinking, does not count
        self.env.sync()
        renewed = time.monotonic()
        while self.env.now < instant and min(self.env.peek(), instant) < math.inf:
            slice_ends = min(self.env.now + RENEW_EVERY * self.pace, instant)
            if self.env.peek() >= slice_ends:
                self.env.run(until=slice_ends)
            else:
                self.env.step()
            if self.queue and time.monotonic() - renewed > RENEW_EVERY:
                self.queue.renew()
                renewed = time.monotonic()

    def waiting(self) -> list[Job]:
        """The jobs in the Redis list now, the next one first."""
        return self.queue.waiting() if self.queue else []

    def finish(self) -> Records:
        """Run until everything in flight has ended; returns what happened to each request."""
        self.until(math.inf)
        if self.queue:
            self.queue.check()
        columns = (self.started_at, self.enqueued_at, self.finished_at, self.skipped_at, self.picked_up_at)
        started_at, enqueued_at, finished_at, skipped_at, picked_up_at = map(np.frombuffer, columns)
        completed_at = np.frombuffer(self.completed_at)
        scenario, jobs = self.scenario, self.jobs
        ended_at = last_instant(finished_at, skipped_at, completed_at)
        return Records(
            cycle=self.cycle.name,
            timeout=scenario.timeout,
            on_timeout=scenario.on_timeout,
            threads=scenario.threads,
            workers=scenario.workers if jobs else 0,
            is_report=self.workload.is_report,
            arrived_at=self.workload.arrived_at,
            started_at=started_at,
            enqueued_at=enqueued_at,
            finished_at=finished_at,
            skipped_at=skipped_at,
            picked_up_at=picked_up_at,
            completed_at=completed_at,
            accounts=Accounts(
                thread_idle=self.backlog.idle_until(ended_at),
                worker_idle=jobs.idle_until(ended_at) if jobs else 0,
                backlog_area=self.backlog.area(),
                queue_area=jobs.area() if jobs else 0,
            ),
            thread=np.frombuffer(self.thread, dtype=np.int32),
            worker=np.frombuffer(self.worker, dtype=np.int32),
        )

    def close(self) -> None:
        """Remove this run's keys from Redis, or raise BrokerError that says so; a second time does nothing."""
        self._close(None)

    def _close(self, error: BaseException | None) -> None:
        left = self.queue.close() if self.queue else None
        if self.client_to_close:
            self.client_to_close.close()
        tell(left, error)

    def __enter__(self) -> "Run":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(error)
