"""What one instant does when, in SimPy; the slots of a pool that are free; the curve of what waits.

What happens at one instant has an order (`docs/model.md`, "One instant"). Ends, returns and arrivals are SimPy's own
events; a stop of the worker application comes after them; the bell is the end of the instant: jobs join their queues
and slots are handed out. What takes no time is an event of the same instant again, so it comes before the next bell.
"""

import heapq
from array import array
from collections.abc import Callable
from operator import mul
from typing import Any

import numpy as np
import simpy
from simpy.events import Event, EventPriority

from ..units import TICKS_PER_SECOND, ticks

NORMAL = EventPriority(1)  # SimPy's own; 0 is urgent
STOP, LOOK, END = EventPriority(2), EventPriority(3), EventPriority(4)


class At(Event):
    """An event at a later instant, or at the end of this one, with a place in the order of the instant."""

    def __init__(
        self, env: simpy.Environment, delay: float, priority: EventPriority, call: Callable[[Event], None]
    ) -> None:
        # as SimPy's own Timeout does it: there are as many of these as retries, and a call of super() costs as much
        self.env = env
        self.callbacks = [call]
        self._ok, self._value = True, None
        env.schedule(self, priority, delay)


class Instant:
    """The end of each instant: `steps` in their order, as soon as one of them has asked for it."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.steps: list[Callable[[], None]] = []
        self.rung = False
        self.number = 0  # of ends of an instant so far: a second one at the same time is a later pass

    def ring(self) -> None:
        """See that the steps are gone through at the end of this instant."""
        if not self.rung:
            self.rung = True
            At(self.env, 0, END, self._over)

    def _over(self, _bell: Event) -> None:
        self.rung = False
        self.number += 1
        for step in self.steps:
            step()

    def alone(self, now: float) -> bool:
        """Whether nothing else happens at this instant any more, so that no bell is needed."""
        return bool(self.env.peek() > now)


class Curve:
    """How many are in a place at which time: a step of the curve of Little's law at every change."""

    def __init__(self) -> None:
        self.changed_at, self.length = array("d"), array("q")

    def step(self, now: float, length: int) -> None:
        """So many are there from now on."""
        self.changed_at.append(now)
        self.length.append(length)

    def area(self) -> int:
        """The area under the curve, in ticks."""
        steps = (np.diff(np.frombuffer(self.changed_at)) * TICKS_PER_SECOND).astype(np.int64)
        inside = np.frombuffer(self.length, dtype=np.int64)[:-1]
        if inside.max(initial=0) * float(steps.sum()) < 2**62:
            return int(inside @ steps)
        return sum(map(mul, inside.tolist(), steps.tolist()))

    def peak(self) -> int:
        """The most that were there for any time: of the steps of one instant the last counts."""
        changed_at, length = np.frombuffer(self.changed_at), np.frombuffer(self.length, dtype=np.int64)
        lasted = np.append(np.diff(changed_at) > 0, True)[: len(length)]
        return int(length[lasted].max(initial=0))


class Slots:
    """The slots of a pool that are free, the longest idle first, and how long each was idle or down (s)."""

    def __init__(self, env: simpy.Environment, numbers: range) -> None:
        self.env, self.first = env, numbers.start
        self.free: list[tuple[float, int, Event]] = []
        self.idle_since = [0.0] * len(numbers)
        self.idle = [0.0] * len(numbers)
        self.is_down, self.down_since = False, 0.0
        self.downs: list[tuple[float, float]] = []  # from, to

    def wait(self, slot: int) -> Event:
        """The event that will bring this free slot its next item."""
        call = Event(self.env)
        heapq.heappush(self.free, (self.idle_since[slot], slot, call))
        return call

    def give(self, item: Any) -> None:
        """Call the slot that has been free longest."""
        heapq.heappop(self.free)[2].succeed(item)

    def busy_again(self, slot: int) -> float:
        """Count the gap in a slot's work that ends now; returns the instant."""
        now = self.env.now
        self.idle[slot] += now - self.idle_since[slot]
        self.idle_since[slot] = now
        return now

    def rest(self) -> None:
        """All free slots go down."""
        self.is_down, self.down_since = True, self.env.now
        for since, slot, _ in self.free:
            self.idle[slot] += self.env.now - since

    def rise(self) -> None:
        """They are free again, all since now."""
        self.is_down, now = False, self.env.now
        for _, slot, _ in self.free:
            self.downs.append((self.down_since, now))
            self.idle_since[slot] = now
        self.free = [(now, slot, call) for _, slot, call in self.free]
        heapq.heapify(self.free)

    def idle_until(self, ended_at: float) -> int:
        """The gaps of all slots in ticks, the last ones included: none where the slots are down at the end."""
        last = (0.0 if self.is_down else ended_at - since for since in self.idle_since)
        return sum(ticks(idle + gap) for idle, gap in zip(self.idle, last, strict=True))

    def down_until(self, ended_at: float) -> int:
        """For how long slots were down, in ticks: the free ones since the stop, the others since their last run."""
        past = sum(ticks(until - since) for since, until in self.downs)
        if not self.is_down:
            return past
        free = {slot for _, slot, _ in self.free}
        began = (self.down_since if slot in free else since for slot, since in enumerate(self.idle_since))
        return past + sum(ticks(ended_at - since) for since in began)
