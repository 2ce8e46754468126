"""The two pools in SimPy: what waits, first come, first served, and the slots that are free, longest idle first.

What happens at one instant has no order in time, so nothing is handed out before the instant is over: all who come at
it and all who are freed at it must be there. The end of an instant is an event of its own, the bell.
"""

import heapq
import math
from array import array
from collections import deque
from collections.abc import Callable
from operator import mul
from typing import Any

import numpy as np
import simpy
from simpy.events import Event, EventPriority

from .broker import Job, JobQueue
from .turns import COMPLETED, Turns
from .units import TICKS_PER_SECOND, ticks

LAST = EventPriority(2)  # SimPy's own are 0 (urgent) and 1 (normal)


class Bell(Event):
    """Rings after all else that happens at this instant."""

    def __init__(self, env: simpy.Environment, ringer: Callable[[Event], None]) -> None:
        super().__init__(env)
        self.callbacks = [ringer]
        self._ok, self._value = True, None
        env.schedule(self, LAST)


class Pool:
    """What waits, first come, first served, and the slots that are free, the longest idle first."""

    def __init__(self, env: simpy.Environment, slots: int, takes_no_time: Callable[[Any], bool]) -> None:
        self.env, self.slots = env, slots
        self.takes_no_time = takes_no_time
        self.waiting: deque[Any] = deque()
        self.free: list[tuple[float, int, Event]] = []
        self.idle_since = [0.0] * slots
        self.idle = [0.0] * slots
        self.changed_at = array("d")  # a step of the curve of Little's law at every change of what waits
        self.length = array("q")
        self.rung = False  # whether the end of this instant will be rung in already: one bell hands out to all

    def put(self, item: Any) -> None:
        """Let an item wait for a slot, if it must."""
        now = self.env.now
        if self.free and self.env.peek() > now:  # SimPy has nothing else to do at this instant: nobody can come between
            self.give(item)
        else:
            self.waiting.append(item)
            self.changed_at.append(now)
            self.length.append(len(self.waiting))
            if self.free:
                self.ring()

    def take(self, now: float) -> Any:
        """The item that has waited longest."""
        item = self.waiting.popleft()
        self.changed_at.append(now)
        self.length.append(len(self.waiting))
        return item

    def take_at_once(self, now: float) -> Any:
        """The next item for a slot that has just become free, or None where it must wait or ask who else is free.

        While anything else is still to happen at this instant, others may come or be freed who must be there too.
        """
        if self.waiting and not self.free and self.env.peek() > now:
            return self.take(now)
        return None

    def next_for(self, slot: int) -> Event:
        """The event that will bring this free slot its next item."""
        call = Event(self.env)  # the longest idle slot is called first (R10); of those alike, the lowest number
        heapq.heappush(self.free, (self.idle_since[slot], slot, call))
        if self.waiting:
            self.ring()
        return call

    def busy_again(self, slot: int) -> float:
        """Count the gap in a slot's work that ends now; returns the instant."""
        now = self.env.now
        self.idle[slot] += now - self.idle_since[slot]
        self.idle_since[slot] = now
        return now

    def ring(self) -> None:
        """Hand out at the end of this instant."""
        if not self.rung:
            self.rung = True
            Bell(self.env, self.hand_out)

    def hand_out(self, _bell: Event | None = None) -> None:
        """Give the items that have waited longest to the slots that have been free longest."""
        self.rung = False
        # whoever takes no time is free again within this instant, and then may be the next in turn: hand out no further
        # until it is back, with a bell of its own behind it
        while self.waiting and self.free and not self.rung:
            item = self.take(self.env.now)
            self.give(item)
            if self.takes_no_time(item):
                self.ring()

    def give(self, item: Any) -> None:
        """Call the slot that has been free longest."""
        heapq.heappop(self.free)[2].succeed(item)

    @property
    def last_free(self) -> float:
        """The instant at which a slot was last given back (0 if none ever was taken), s."""
        return max(self.idle_since)

    def area(self) -> int:
        """The area under the curve of how much waited when, in ticks."""
        # the exact engine has a sum of its own: two ways to the same number are worth more than one that is shared
        steps = (np.diff(np.frombuffer(self.changed_at)) * TICKS_PER_SECOND).astype(np.int64)
        waited = np.frombuffer(self.length, dtype=np.int64)[:-1]
        if waited.max(initial=0) * float(steps.sum()) < 2**62:
            return int(waited @ steps)
        return sum(map(mul, waited.tolist(), steps.tolist()))

    def idle_until(self, ended_at: float) -> int:
        """The gaps of all slots in ticks, the last ones included."""
        return sum(ticks(idle + ended_at - since) for idle, since in zip(self.idle, self.idle_since, strict=True))


class JobPool(Pool):
    """A pool whose items wait in Redis. `waiting` only counts them: the doorbell that says that a pop will succeed.

    Without a `queue` in Redis it is all there is.
    """

    def __init__(self, env: simpy.Environment, slots: int, queue: JobQueue | None) -> None:
        super().__init__(env, slots, lambda job: job.work_time == 0)
        self.queue = queue
        self.arriving: list[Job] = []

    def put(self, item: Job) -> None:
        """Enqueue a job; those of one instant are pushed at its end, in the order of their requests."""
        self.arriving.append(item)
        if self.env.peek() > self.env.now:
            self.hand_out()
        else:
            self.ring()

    def take(self, now: float) -> Job:
        """The job that has waited longest, read from Redis where it is there."""
        job: Job = super().take(now)
        return self.queue.pop() if self.queue else job

    def hand_out(self, _bell: Event | None = None) -> None:
        """Push what has arrived, then hand out as every pool does."""
        self.arriving.sort(key=lambda job: job.request_id)
        for job in self.arriving:
            if self.queue:
                self.queue.push(job)
            self.waiting.append(job)
            self.changed_at.append(self.env.now)
            self.length.append(len(self.waiting))
        self.arriving.clear()
        super().hand_out()


class Runs:
    """The turns at the workers as they are taken: columns that grow by a row whenever a worker begins a job."""

    def __init__(self) -> None:
        self.request_id, self.slot = array("i"), array("i")
        self.came_at, self.taken_at, self.left_at = array("d"), array("d"), array("d")

    def begin(self, job: Job, now: float, slot: int) -> int:
        """A worker begins a job; returns the number of the row, for the instant at which it will be done."""
        self.request_id.append(job.request_id)
        self.slot.append(slot)
        self.came_at.append(job.enqueued_at)
        self.taken_at.append(now)
        self.left_at.append(math.nan)
        return len(self.left_at) - 1

    def turns(self, pool: Pool, ended_at: float) -> Turns:
        """The turns of a run that has ended."""
        count = len(self.request_id)
        return Turns(
            pool.slots,
            request_id=np.frombuffer(self.request_id, dtype=np.int32),
            number=np.zeros(count, dtype=np.int16),
            came_at=np.frombuffer(self.came_at),
            taken_at=np.frombuffer(self.taken_at),
            left_at=np.frombuffer(self.left_at),
            outcome=np.full(count, COMPLETED, dtype=np.int8),
            slot=np.frombuffer(self.slot, dtype=np.int32),
            idle=pool.idle_until(ended_at),
            area=pool.area(),
        )
