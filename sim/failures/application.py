"""The second application: its queues, its workers and the runs they make, and its stops (R16 to R19)."""

import math
from array import array
from collections import deque
from collections.abc import Callable, Generator
from typing import Any, Protocol

from simpy.events import Event, Timeout

from .. import mishaps
from ..draws import Luck
from ..memory import BYTES_PER_RUN, refuse_a_flood, refuse_absurd_sizes
from ..scenario import Scenario
from ..sidekiq import SidekiqKeys
from ..turns import COMPLETED, FAILED, LOST, RETURNED
from .calls import Calls
from .instants import NORMAL, STOP, At, Curve, Instant, Slots
from .jobs import Job
from .retry_set import RetrySet

Story = Generator[Event, Any, None]

CHECKED = 1 << 12  # after so many runs it is looked whether there is memory for as many again


class Told(Protocol):
    """Who is told what becomes of jobs."""

    def completed(self, request: int) -> None: ...

    def died(self, request: int) -> None: ...

    def is_over(self) -> bool:
        """Whether nothing is in flight any more."""
        ...


class Runs:
    """A row per run of a job: whose, which, from which queue, and what became of it."""

    def __init__(self, visits: int, in_redis: bool) -> None:
        self.visits, self.in_redis = visits, in_redis
        self.request_id, self.run, self.queue, self.worker = (array("i") for _ in range(4))
        self.enqueued_at, self.joined_at, self.picked_up_at, self.ended_at = (array("d") for _ in range(4))
        self.outcome = array("b")

    def begin(self, job: Job, worker: int, now: float) -> int:
        """A new row; returns its number."""
        self.request_id.append(job.request)
        self.run.append(job.runs)
        self.queue.append(job.queue)
        self.worker.append(worker)
        self.enqueued_at.append(job.enqueued_at)
        self.joined_at.append(job.joined_at)
        self.picked_up_at.append(now)
        self.ended_at.append(math.nan)
        self.outcome.append(-1)
        row = len(self.run) - 1
        if not row % CHECKED:
            again = row - self.visits
            refuse_a_flood(again, self.visits, now, "job_retries", "more runs of jobs", in_redis=self.in_redis)
            refuse_absurd_sizes(2.0 * row, "job_retries: runs, and as many again to come", "runs", BYTES_PER_RUN)
        return row


class Queue:
    """Jobs that wait for a worker, the next one first."""

    def __init__(self) -> None:
        self.waiting: deque[Job] = deque()
        self.curve = Curve()


class Pool:
    """Workers and the queues from which they take: the first that has a job, or one chosen by weight (R19)."""

    def __init__(
        self,
        instant: Instant,
        pool: mishaps.Pool,
        queues: list[Queue],
        draw: Callable[[], float],
        keys: SidekiqKeys | None,
    ) -> None:
        self.env, self.draw, self.keys = instant.env, draw, keys
        self.queues = [queues[number] for number in pool.queues]
        self.weights = pool.weights
        self.slots = Slots(instant.env, range(pool.first, pool.first + pool.workers))

    def take(self) -> Job | None:
        """The next job; None where there is none."""
        full = [number for number, queue in enumerate(self.queues) if queue.waiting]
        if not full:
            return None
        queue = self.queues[self._by_weight(full) if self.weights and len(full) > 1 else full[0]]
        job = queue.waiting.popleft()
        queue.curve.step(self.env.now, len(queue.waiting))
        if self.keys:
            self.keys.take(job)
        return job

    def _by_weight(self, full: list[int]) -> int:
        assert self.weights
        mark = self.draw() * sum(self.weights[number] for number in full)
        for number in full[:-1]:
            mark -= self.weights[number]
            if mark < 0:
                return number
        return full[-1]


class Application:
    """Queues, pools of workers and a retry set, and whether it is there at all; `keys` keep the jobs in Redis, too."""

    def __init__(
        self,
        scenario: Scenario,
        instant: Instant,
        luck: Luck,
        calls: Calls,
        told: Told,
        visits: int,
        keys: SidekiqKeys | None = None,
    ) -> None:
        self.keys = keys
        self.scenario, self.instant, self.env, self.luck = scenario, instant, instant.env, luck
        self.calls, self.told = calls, told
        self.queues = [Queue() for _ in scenario.queues or (None,)]
        hand_outs = luck.hand_outs()
        pools = mishaps.pools_of(scenario.queues, scenario.workers)
        self.pools = [Pool(instant, pool, self.queues, lambda: next(hand_outs), keys) for pool in pools]
        self.runs = Runs(visits, keys is not None)
        self.joining: list[Job] = []
        self.put_back: list[tuple[int, Job]] = []
        self.up = True
        self.back = Event(self.env)
        self.running = 0
        self.stops = deque(scenario.worker_stops)
        self.retry_set = RetrySet(instant, scenario.retry_poll_time, luck.looks(), lambda: self.up, keys)
        self.alive = 0  # jobs that may still be run
        for pool in self.pools:
            for slot in range(len(pool.slots.idle)):
                self.env.process(self.worker(pool, slot))
        self._plan_stop()

    def enqueue(self, job: Job) -> None:
        """A new job; it stands in its queue at the end of this instant."""
        job.enqueued_at = self.env.now
        self.alive += 1
        self.joining.append(job)
        self.instant.ring()

    def join(self) -> None:
        """Let jobs join their queues: those put back at the head, then the new ones, then those of a look."""
        if self.put_back:
            self._give_back()
        looked = self.retry_set.push_due()
        if not self.retry_set.poll_time:
            self.joining += looked
            looked = []
        self.joining.sort(key=lambda job: job.request)
        for job in (*self.joining, *looked):
            self._stand(job, first=False)
            if self.keys:
                self.keys.push(job)
        self.joining.clear()

    def _give_back(self) -> None:
        back = [job for _, job in sorted(self.put_back, key=lambda entry: -entry[0])]
        for job in back:
            self._stand(job, first=True)
        if self.keys:
            self.keys.give_back(back)
        self.put_back.clear()

    def _stand(self, job: Job, *, first: bool) -> None:
        queue, job.joined_at = self.queues[job.queue], self.env.now
        if first:
            queue.waiting.appendleft(job)
        else:
            queue.waiting.append(job)
        queue.curve.step(self.env.now, len(queue.waiting))

    def hand_out(self) -> None:
        """Give the jobs that are next to the workers that have been free longest."""
        if not self.up:
            return
        given = []
        for pool in self.pools:
            while pool.slots.free and (job := pool.take()):
                given.append(job)
                pool.slots.give(job)
        for job in sorted(given, key=lambda job: job.request):
            self.calls.begin(job.request, job.visit, job.work_time)

    def worker(self, pool: Pool, slot: int) -> Story:
        """Run one job after the other; a run ends with its call, or when the application is stopped under it (R18)."""
        env, slots = self.env, pool.slots
        while True:
            job: Job = yield slots.wait(slot)
            now = slots.busy_again(slot)
            self.running += 1
            row = self.runs.begin(job, slot + slots.first, now)
            job.runs += 1
            fails, length = self.calls.begun(job.request)
            limit, cut_short = self._limit()
            yield Timeout(env, min(length, limit - now))
            self.running -= 1
            outcome = cut_short if now + length > limit else FAILED if fails else COMPLETED
            self.runs.ended_at[row], self.runs.outcome[row] = env.now, outcome
            self._ended(job, row, outcome)
            slots.idle_since[slot] = env.now
            if not self.up:
                if not self.running:
                    self._gone()
                yield self.back
                slots.downs.append((slots.idle_since[slot], env.now))
                slots.idle_since[slot] = env.now
            self.instant.ring()

    def _limit(self) -> tuple[float, int]:
        """When the application's next stop ends what runs now, and with what outcome."""
        if not self.stops:
            return math.inf, LOST
        at, how = self.stops[0]
        return (at, LOST) if how == "kill" else (at + self.scenario.shutdown_time, RETURNED)

    def _ended(self, job: Job, row: int, outcome: int) -> None:
        """What becomes of a job whose run has ended."""
        if outcome == FAILED and job.retries < self.scenario.job_retries:
            job.retries += 1
            draw = self.luck.job(job.retries, job.visit)
            delay = self.scenario.job_retry_delay.before(job.retries, draw)
            self.retry_set.put(job, delay)
            if self.keys:
                self.keys.fail(job, self.env.now, self.env.now + delay)
        elif outcome == RETURNED:
            self._put_back(row, job)
        elif outcome == LOST and self.scenario.fetch == "reliable":
            later = max(self.scenario.recovery_time, self.scenario.restart_time)
            At(self.env, later, NORMAL, lambda _: self._put_back(row, job))
        else:
            self._over(job, outcome)

    def _over(self, job: Job, outcome: int) -> None:
        """The job will not be run again."""
        self.alive -= 1
        if outcome == COMPLETED:
            self.told.completed(job.request)
        elif outcome == FAILED:
            self.told.died(job.request)
        if self.keys and outcome == FAILED:
            self.keys.fail(job, self.env.now, None)
        elif self.keys:
            (self.keys.done if outcome == COMPLETED else self.keys.lost)(job)

    def _put_back(self, row: int, job: Job) -> None:
        self.put_back.append((row, job))
        self.instant.ring()

    def _plan_stop(self) -> None:
        """The next stop comes after what ends and before who arrives at its instant."""
        if self.stops:
            At(self.env, self.stops[0][0] - self.env.now, STOP, self._stop)

    def _stop(self, _event: Event) -> None:
        """From now on no job is taken; what runs has its limit already."""
        self.stops.popleft()
        if self.told.is_over():
            return
        self.up, self.back = False, Event(self.env)
        self.retry_set.stop()
        for pool in self.pools:
            pool.slots.rest()
        if not self.running:
            self._gone()

    def _gone(self) -> None:
        """The last run has ended; the application will be back a restart later."""
        At(self.env, self.scenario.restart_time, NORMAL, self._come_back)

    def _come_back(self, _event: Event) -> None:
        """All workers are free since now."""
        if self.told.is_over():
            return
        self.up = True
        if self.keys:
            self.keys.boot()
        for pool in self.pools:
            pool.slots.rise()
        self.retry_set.restart()
        self.back.succeed()
        self._plan_stop()
        self.instant.ring()
