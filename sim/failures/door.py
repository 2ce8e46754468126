"""At the door: the rows of HTTP requests, and a backlog that may be bounded (R11)."""

import math
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence

from simpy.events import Event

from ..memory import refuse_a_flood, refuse_absurd_sizes
from ..workload import Flags
from .instants import Curve, Instant, Slots

INSTANTS = (
    *("arrived_at", "started_at", "enqueued_at", "responded_at", "finished_at", "skipped_at"),
    *("died_at", "seen_at"),
)
BLOCK = 1024  # rows for which room is made at once
CHECKED = 64 * BLOCK  # after so many rows it is looked whether there is memory if it goes on like this


class Requests:
    """A row per HTTP request, columns that grow: a visit's first one, each retry of it, each poll for its result."""

    def __init__(self, arrived_at: Sequence[float], is_report: Flags) -> None:
        count = self.count = self.visits = len(arrived_at)
        self.visit, self.attempt = array("i", range(count)), array("i", bytes(4 * count))
        self.kind = array("b", is_report.astype("i1").tobytes())
        self.status, self.thread = array("b", [-1]) * count, array("i", [-1]) * count
        self.arrived_at = array("d", arrived_at)
        self.started_at, self.enqueued_at, self.responded_at, self.finished_at = (
            array("d", [math.nan]) * count for _ in range(4)
        )
        self.skipped_at, self.died_at, self.seen_at = (array("d", [math.nan]) * count for _ in range(3))

    def add(self, visit: int, attempt: int, kind: int, at: float) -> int:
        """A new row; returns its number."""
        row = self.count
        if row == len(self.visit):
            self._grow(at)
        self.visit[row], self.attempt[row], self.kind[row], self.arrived_at[row] = visit, attempt, kind, at
        self.count = row + 1
        return row

    def _grow(self, at: float) -> None:
        if (self.count - self.visits) % CHECKED < BLOCK:
            self._refuse_a_flood(at)
        for column in (self.visit, self.attempt, self.kind, self.status, self.thread):
            column.extend(array(column.typecode, [-1]) * BLOCK)
        for name in INSTANTS:
            getattr(self, name).extend(array("d", [math.nan]) * BLOCK)

    def _refuse_a_flood(self, at: float) -> None:
        """Raise ValueError where all who come will be too many, if they go on to try again and to ask as until now."""
        refuse_a_flood(self.count - self.visits, self.visits, at, "client_retries, result", "retries and polls")
        again = (self.count - self.visits) / bisect_right(self.arrived_at, at, hi=self.visits)
        where = f"client_retries, result: {again:,.1f} retries and polls for each of {self.visits:,} visits"
        refuse_absurd_sizes(max(self.visits * (1 + again), 2.0 * self.count), where)


class Backlog:
    """Requests that wait for a thread, first come, first served; surplus is turned away at the end of its instant."""

    def __init__(
        self, instant: Instant, slots: int, limit: int | None, turn_away: Callable[[int, float], None]
    ) -> None:
        self.instant, self.env = instant, instant.env
        self.slots = Slots(instant.env, range(slots))
        self.limit = math.inf if limit is None else limit
        self.turn_away = turn_away
        self.waiting: deque[int] = deque()
        self.new: list[int] = []  # came at this instant: who waited before is handed out first
        self.curve = Curve()

    def put(self, request: int, now: float) -> None:
        """Let a request wait for a thread, if it must."""
        if self.limit == math.inf and not self.slots.free:
            self._join(request, now)
        elif self.instant.alone(now):
            self.decide(request, now)
        else:
            self.new.append(request)
            self.instant.ring()

    def decide(self, request: int, now: float) -> None:
        """A thread takes the request, or it waits, or it is turned away, where nothing else can happen before."""
        if self.slots.free:
            self.slots.give(request)
        elif len(self.waiting) < self.limit:
            self._join(request, now)
        else:
            self.turn_away(request, now)

    def _join(self, request: int, now: float) -> None:
        self.waiting.append(request)
        self.curve.step(now, len(self.waiting))

    def take(self, now: float) -> int:
        """The request that has waited longest."""
        request = self.waiting.popleft()
        self.curve.step(now, len(self.waiting))
        return request

    def take_at_once(self, now: float) -> int | None:
        """The next request for a thread that has just become free; None where it must wait or ask who else is free."""
        return self.take(now) if self.waiting and not self.slots.free and self.instant.alone(now) else None

    def next_for(self, slot: int) -> Event:
        """The event that will bring this free thread its next request."""
        if self.waiting or self.new:
            self.instant.ring()
        return self.slots.wait(slot)

    def hand_out(self) -> None:
        """First those who waited before this instant, then who came at it: who finds the line full is rejected."""
        slots, now = self.slots, self.env.now
        while self.waiting and slots.free:
            slots.give(self.take(now))
        for request in self.new:
            self.decide(request, now)
        self.new.clear()
