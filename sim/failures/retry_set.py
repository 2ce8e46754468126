"""Failed jobs that wait for their next run, and the poller that looks for those that are due (R17)."""

import heapq
import math
from collections.abc import Callable, Iterator

from simpy.events import Event

from ..sidekiq import SidekiqKeys
from ..units import TICKS_PER_SECOND, to_grid
from .instants import LOOK, NORMAL, At, Curve, Instant
from .jobs import Job


class RetrySet:
    """`poll_time`: mean seconds between two looks (0: what is due is pushed at once); `up`: whether anybody looks."""

    def __init__(
        self,
        instant: Instant,
        poll_time: float,
        draws: Iterator[float],
        up: Callable[[], bool],
        keys: SidekiqKeys | None = None,
    ) -> None:
        self.env, self.instant, self.poll_time, self.draws, self.up = instant.env, instant, poll_time, draws, up
        self.keys = keys
        self.waiting: list[tuple[float, int, Job]] = []
        self.curve = Curve()
        self.next_look = self._after(0.0)
        self.planned = self.looking = False

    def put(self, job: Job, delay: float) -> None:
        """Let a job wait for so many seconds, and then for the poller."""
        heapq.heappush(self.waiting, (self.env.now + delay, job.request, job))
        self.curve.step(self.env.now, len(self.waiting))
        if not self.poll_time:
            At(self.env, delay, NORMAL, self._rings)
        elif self.up():
            self._plan()

    def push_due(self) -> list[Job]:
        """The jobs that are pushed at this instant, in order of (due, request_id); they have left the set."""
        if not self.up() or (self.poll_time and not self.looking):
            return []
        self.looking = False
        pushed = list(self._due())
        if self.keys and (pushed or self.poll_time):
            self.keys.look(pushed, self.env.now)
        if pushed:
            self.curve.step(self.env.now, len(self.waiting))
        if self.waiting and self.poll_time:
            self._plan()
        return pushed

    def _due(self) -> Iterator[Job]:
        while self.waiting and self.waiting[0][0] <= self.env.now:
            job = heapq.heappop(self.waiting)[2]
            job.enqueued_at = self.env.now
            yield job

    def stop(self) -> None:
        """No look until the return; the draw of the one that was to come is spent."""
        if self.poll_time:
            self._skip_to_now()
        self.planned = self.looking = False

    def restart(self) -> None:
        """The first look after the return."""
        if self.poll_time:
            self.next_look = self._after(self.env.now)
            if self.waiting:
                self._plan()

    def _after(self, instant: float) -> float:
        """When the poller looks next; draws only where it polls."""
        if not self.poll_time:
            return math.inf
        return instant + max(to_grid(self.poll_time * (0.5 + next(self.draws))), 1 / TICKS_PER_SECOND)

    def _skip_to_now(self) -> None:
        while self.next_look < self.env.now:
            self.next_look = self._after(self.next_look)

    def _plan(self) -> None:
        """Look at the set at the next look from now on; looks at an empty set are passed over."""
        if self.planned:
            return
        self._skip_to_now()
        self.planned = True
        at = self.next_look
        At(self.env, at - self.env.now, LOOK, lambda _: self._look(at))

    def _look(self, at: float) -> None:
        if not self.planned or at != self.next_look:
            return  # the application was stopped meanwhile
        self.planned = False
        self.looking = True
        self.next_look = self._after(at)
        self.instant.ring()

    def _rings(self, _event: Event) -> None:
        self.instant.ring()
