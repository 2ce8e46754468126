"""Engine 1: discrete-event simulation with SimPy. It tells the story: who waits for whom is found out, not computed.

One SimPy process lets the requests arrive, one stands for each web thread and one for each worker. A pool (`pools`)
keeps what waits and which slots are free. Read `Run.web_thread` and `Run.background_worker` first.
"""

import math
from array import array
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from simpy.events import Event, Timeout

from .broker import Job, JobQueue
from .cycles import Cycle
from .pools import JobPool, Pool, Runs
from .records import Records
from .scenario import Scenario
from .session import Session
from .turns import Turns, fates, no_pool
from .workload import Workload, legs_of

if TYPE_CHECKING:
    from redis import Redis

Story = Generator[Event, Any, None]
Progress = Callable[[Iterable[int]], Iterable[int]]


class Run(Session):
    """One cycle serving one workload, from the first arrival until all is done; a context manager.

    `pace` is simulated seconds per wall second (None: as fast as it goes). `client` is a Redis client that keeps the
    jobs (None: they are in memory only), and is closed with the run if `closes_client`. `progress` wraps the iteration
    over requests. Raises BrokerError (a ValueError) when Redis does not give back what was pushed.
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
        scenario.refuse_beyond("the engine of R1 to R10", "sim.failures")
        super().__init__(pace=pace, client=client if closes_client else None)
        self.workload, self.cycle, self.scenario = workload, cycle, scenario
        self.legs = legs_of(workload, cycle)
        self.first, self.after_push, self.job = (
            column.tolist() for column in (self.legs.first, self.legs.after_push, self.legs.job)
        )
        self.pushes = self.legs.pushes.tobytes()  # flags, quicker to read one by one than numpy's; once for all threads
        self.deadlines = (workload.arrived_at + scenario.timeout).tolist()
        self.has_workers = bool(cycle.page.worker or cycle.report.worker)
        count = len(workload)
        self.taken_at, self.left_at = (array("d", [math.nan]) * count for _ in range(2))
        self.thread = array("i", [-1]) * count
        self.threads = Pool(self.env, scenario.threads, self.is_gone)
        self.runs = Runs()
        self.workers: JobPool | None = None
        for slot in range(scenario.threads):
            self.env.process(self.web_thread(slot))
        if self.has_workers:
            queue = self.queue = JobQueue(client, run_id) if client else None
            self.workers = JobPool(self.env, scenario.workers, queue)
            for slot in range(scenario.workers):
                self.env.process(self.background_worker(slot, self.workers))
        self.env.process(self.arrivals(progress or iter))

    def arrivals(self, progress: Progress) -> Story:
        """Let each request join the backlog at its instant, those of one instant in the order of their ids."""
        delays = np.diff(self.workload.arrived_at, prepend=0.0).tolist()
        env, pool = self.env, self.threads
        for request, delay in zip(progress(range(len(delays))), delays, strict=True):
            if delay:
                yield Timeout(env, delay)
            pool.put(request)

    def web_thread(self, slot: int) -> Story:
        """Serve one request after the other, each held from its start until the way out is walked."""
        env, pool = self.env, self.threads
        patience, limit = self.scenario.patience, self.scenario.limit
        skips, kills = patience < math.inf, limit < math.inf  # where neither can be, nothing is asked or computed
        first, pushes, deadlines = self.first, self.pushes, self.deadlines
        taken_at, left_at, idle_since = self.taken_at, self.left_at, pool.idle_since
        now = env.now
        while True:
            request = pool.take_at_once(now)
            if request is None:
                request = yield pool.next_for(slot)
                now = pool.busy_again(slot)
            self.thread[request] = slot
            taken_at[request] = now
            if skips and now >= deadlines[request]:
                continue  # its client has gone: no work is done for it
            cut_off = deadlines[request] if kills else math.inf
            yield Timeout(env, min(first[request], cut_off - now) if kills else first[request])
            if pushes[request] and env.now < cut_off:
                self.enqueue(request)
                yield Timeout(env, min(self.after_push[request], cut_off - env.now))
            left_at[request] = idle_since[slot] = now = env.now

    def is_gone(self, request: int) -> bool:
        """Whether a thread that reaches this request now skips it."""
        return self.scenario.patience < math.inf and self.env.now >= self.deadlines[request]

    def enqueue(self, request: int) -> None:
        """The controller pushes a job and goes on at once."""
        assert self.workers is not None
        self.workers.put(Job(request, self.env.now, self.job[request]))

    def background_worker(self, slot: int, pool: JobPool) -> Story:
        """Do one job after the other, each as long as it takes: a worker has no time limit."""
        while True:
            job = pool.take_at_once(self.env.now)
            if job is None:
                job = yield pool.next_for(slot)
                pool.busy_again(slot)
            run = self.runs.begin(job, self.env.now, slot)
            yield Timeout(self.env, job.work_time)
            self.runs.left_at[run] = pool.idle_since[slot] = self.env.now

    def waiting(self) -> list[Job]:
        """The jobs that wait in the queue now, the next one first."""
        return super().waiting() if self.queue or not self.workers else list(self.workers.waiting)

    def finish(self) -> Records:
        """Run until everything in flight has ended; returns what happened to each request."""
        self.until(math.inf)
        if self.queue:
            self.queue.check()
        ended_at = max(self.threads.last_free, self.workers.last_free if self.workers else 0.0)
        return Records(
            self.cycle.name,
            self.scenario.timeout,
            self.workload.is_report,
            at_threads=self._at_threads(ended_at),
            at_workers=self.runs.turns(self.workers, ended_at) if self.workers else no_pool(),
        )

    def _at_threads(self, ended_at: float) -> Turns:
        taken_at, left_at = np.frombuffer(self.taken_at), np.frombuffer(self.left_at)
        skipped = np.isnan(left_at)
        left_at = np.where(skipped, taken_at, left_at)
        count, deadline = len(taken_at), self.workload.arrived_at + self.scenario.timeout
        return Turns(
            self.threads.slots,
            request_id=np.arange(count, dtype=np.int32),
            number=np.zeros(count, dtype=np.int16),
            came_at=self.workload.arrived_at,
            taken_at=taken_at,
            left_at=left_at,
            outcome=fates(skipped, left_at, deadline, self.scenario.limit),
            slot=np.frombuffer(self.thread, dtype=np.int32),
            idle=self.threads.idle_until(ended_at),
            area=self.threads.area(),
        )
