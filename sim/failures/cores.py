"""One core computes for all threads: stretches of computing that wait for a core (R14)."""

import heapq
import math
from array import array
from collections.abc import Callable, Generator
from typing import Any

import simpy
from simpy.events import AnyOf, Event, Timeout

from ..memory import refuse_a_flood
from ..units import to_grid
from .instants import Curve, Instant

QUANTUM = to_grid(0.1)  # s: after so long a stretch asks anew if others wait, as a thread of Ruby does


class Stretch:
    """One stretch of computing: whose it is, its turn at the cores, and the event that brings it a core."""

    def __init__(self, env: simpy.Environment, request: int) -> None:
        self.request, self.turn, self.core = request, -1, Event(env)


class CoreTurns:
    """A row per turn at the cores: asked, taken (NaN: cut off while it waited), left, and the core's number."""

    def __init__(self) -> None:
        self.request_id, self.core = array("i"), array("i")
        self.asked_at, self.taken_at, self.left_at = array("d"), array("d"), array("d")

    def ask(self, request: int, now: float) -> int:
        """A new row; returns its number."""
        self.request_id.append(request)
        self.core.append(-1)
        self.asked_at.append(now)
        self.taken_at.append(math.nan)
        self.left_at.append(math.nan)
        return len(self.core) - 1


class Cores:
    """Stretches of computing that wait for a core, first come, first served by (asked_at, request_id)."""

    def __init__(self, instant: Instant, cores: int, visits: int) -> None:
        self.instant, self.env, self.visits = instant, instant.env, visits
        self.free = [(0.0, core) for core in range(cores)]  # idle since, number
        self.idle = [0.0] * cores
        self.waiting: list[tuple[float, int, Stretch]] = []  # asked_at, request
        self.interrupted: list[Stretch] = []
        self.asked_anew = 0
        self.curve = Curve()
        self.turns = CoreTurns()

    def compute(
        self, request: int, length: float, until: float, inbound: float, mark: Callable[[int], None]
    ) -> Generator[Event, Any, bool]:
        """Compute for so many seconds of core time, or until the request is cut off; returns whether it was not.

        `mark` is called when `inbound` seconds of them are done (inf: never).
        """
        env, stretch, done = self.env, Stretch(self.env, request), 0.0
        self._ask(stretch)
        while True:
            if not (yield from self._holds(stretch, until)):
                return False
            stay = min(length - done, QUANTUM, until - env.now)
            if done <= inbound <= done + stay:
                yield Timeout(env, inbound - done)
                mark(request)
                yield Timeout(env, done + stay - inbound)
                inbound = math.inf
            else:
                yield Timeout(env, stay)
            done += stay
            if done == length or env.now >= until:
                self._let_go(stretch)
                return bool(env.now < until)  # what ends exactly at a limit is cut
            stretch.core = Event(env)
            self.interrupted.append(stretch)
            self.instant.ring()

    def _holds(self, stretch: Stretch, until: float) -> Generator[Event, Any, bool]:
        """Wait for the core; whether it came before the request was cut off."""
        core = stretch.core
        if until == math.inf:
            yield core
            return True
        yield AnyOf(self.env, [core, Timeout(self.env, until - self.env.now)])
        if core.triggered:
            return True
        self.waiting = [entry for entry in self.waiting if entry[2] is not stretch]
        heapq.heapify(self.waiting)
        self.curve.step(self.env.now, len(self.waiting))
        self.turns.left_at[stretch.turn] = self.env.now
        return False

    def _ask(self, stretch: Stretch) -> None:
        now = self.env.now
        stretch.turn = self.turns.ask(stretch.request, now)
        heapq.heappush(self.waiting, (now, stretch.request, stretch))
        self.curve.step(now, len(self.waiting))
        self.instant.ring()

    def _let_go(self, stretch: Stretch) -> None:
        now, turns = self.env.now, self.turns
        turns.left_at[stretch.turn] = now
        heapq.heappush(self.free, (now, turns.core[stretch.turn]))
        if self.waiting:
            self.instant.ring()

    def hand_out(self) -> None:
        """Whose quantum is over asks anew if others wait; then the cores go to who has asked longest ago."""
        others, now = bool(self.waiting), self.env.now
        for stretch in self.interrupted:
            if others:
                self._let_go(stretch)
                self._ask(stretch)
                self.asked_anew += 1
            else:
                stretch.core.succeed()
        self.interrupted.clear()
        refuse_a_flood(self.asked_anew, self.visits, now, "cores", "turns after the end of a quantum")
        while self.waiting and self.free:
            stretch = heapq.heappop(self.waiting)[2]
            self.curve.step(now, len(self.waiting))
            since, core = heapq.heappop(self.free)
            self.idle[core] += now - since
            self.turns.taken_at[stretch.turn], self.turns.core[stretch.turn] = now, core
            stretch.core.succeed()
