"""The clients: who tries again (R12), who asks whether the report is ready (R15), and who has waited too long (R3)."""

from collections import deque
from collections.abc import Generator
from functools import partial
from typing import Any

from simpy.events import Event, Timeout

from ..draws import Luck
from ..records import OK, PAGE, POLL, REJECTED, REPORT, TIMED_OUT
from ..scenario import Scenario
from .door import Backlog, Requests
from .instants import NORMAL, At, Instant

Story = Generator[Event, Any, None]
Coming = tuple[int, int, int, int]  # visit, attempt, kind, and for a poll the request it asks about


class Clients:
    """What clients do when they have an answer, or none in time. `watches`: whether they do anything at a deadline."""

    def __init__(self, rows: Requests, scenario: Scenario, instant: Instant, luck: Luck, has_workers: bool) -> None:
        self.rows, self.scenario, self.instant, self.env, self.luck = rows, scenario, instant, instant.env, luck
        self.backlog: Backlog
        self.polls = scenario.result == "polling" and has_workers
        self.sees_answers = not has_workers  # in SYNC the answer is the report
        self.watches = scenario.client_retries > 0 or self.polls
        self.alive = rows.count  # requests in flight, and clients who will come again
        self.timeout, self.retries = scenario.timeout, scenario.client_retries
        self.delays: dict[int, float] = {}  # those that no draw changes
        self.coming: list[Coming] = []
        self.about: dict[int, int] = {}
        self.inbound_ended: dict[int, tuple[float, int]] = {}
        self.done: dict[int, tuple[float, int]] = {}
        self.undecided: list[int] = []
        self.outstanding: deque[int] = deque()
        self.sleeping: Event | None = None
        if self.watches:
            self.env.process(self.reaper())

    def comes(self, request: int, now: float) -> None:
        """A request arrives."""
        self.backlog.put(request, now)
        if self.watches and self.rows.status[request] < 0:
            self._watch(request)

    def _watch(self, request: int) -> None:
        self.outstanding.append(request)
        if self.sleeping:
            self.sleeping.succeed()
            self.sleeping = None

    def arrive(self) -> None:
        """Number the retries and polls of this instant, by visit, and let them wait."""
        for what in sorted(self.coming):
            request = self._row_of(what, self.env.now)
            self.backlog.new.append(request)
            self._watch(request)
        self.coming.clear()

    def _comes_again(self, what: Coming, _event: Event) -> None:
        now = self.env.now
        if self.instant.alone(now):
            request = self._row_of(what, now)
            self.backlog.decide(request, now)
            if self.rows.status[request] < 0:
                self._watch(request)
        else:
            self.coming.append(what)
            self.instant.ring()

    def _row_of(self, what: Coming, now: float) -> int:
        visit, attempt, kind, about = what
        request = self.rows.add(visit, attempt, kind, now)
        if kind == POLL:
            self.about[request] = about
        return request

    def _later(self, delay: float, what: Coming) -> None:
        self.alive += 1
        At(self.env, delay, NORMAL, partial(self._comes_again, what))

    def reaper(self) -> Story:
        """One process for all deadlines: they come in the order of arrivals, and it wakes only for who is late."""
        env, rows, due = self.env, self.rows, self.outstanding
        while True:
            while due and rows.status[due[0]] >= 0:
                due.popleft()
            if not due:
                self.sleeping = Event(env)
                yield self.sleeping
                continue
            deadline = rows.arrived_at[due[0]] + self.scenario.timeout
            if deadline > env.now:
                yield Timeout(env, deadline - env.now)
            request = due.popleft()
            if rows.status[request] < 0:
                self.answer(request, TIMED_OUT, deadline)

    def reject(self, request: int, now: float) -> None:
        """The router turns a request away."""
        self.alive -= 1
        self.answer(request, REJECTED, now)

    def finished(self, request: int, status: int, now: float) -> None:
        """A thread is done with a request, or has skipped it."""
        self.alive -= 1
        rows = self.rows
        deadline = rows.arrived_at[request] + self.timeout
        if now >= deadline:
            if not self.watches:
                rows.status[request], rows.responded_at[request] = TIMED_OUT, deadline
        elif status == OK and rows.kind[request] == PAGE:
            rows.status[request], rows.responded_at[request] = OK, now  # nothing follows
        else:
            self.answer(request, status, now)

    def answer(self, request: int, status: int, at: float) -> None:
        """The client has an answer: it is content, asks for its report, or tries again."""
        rows = self.rows
        rows.status[request], rows.responded_at[request] = status, at
        kind = rows.kind[request]
        if kind == POLL:
            self._polled(request)
        elif status == OK:
            if kind == REPORT:
                self._accepted(request, at)
        elif (retry := rows.attempt[request] + 1) <= self.retries:
            visit = rows.visit[request]
            self._later(self.delays.get(retry) or self._delay(retry, visit), (visit, retry, kind, -1))

    def _delay(self, retry: int, visit: int) -> float:
        delay = self.scenario.client_retry_delay
        if getattr(delay, "jitter", 1):
            return delay.before(retry, self.luck.client(retry, visit))
        self.delays[retry] = delay.before(retry, 0.0)
        return self.delays[retry]

    def _accepted(self, request: int, at: float) -> None:
        if self.sees_answers:
            self.rows.seen_at[request] = at
        elif self.polls:
            self._ask(request, 0, at)

    def _polled(self, poll: int) -> None:
        if self.about[poll] in self.done or self.instant.alone(self.env.now):
            self._told(poll)
        else:  # a job may be done at this very instant
            self.undecided.append(poll)
            self.instant.ring()

    def tell(self) -> None:
        """Answer the polls that ended at this instant."""
        for poll in self.undecided:
            self._told(poll)
        self.undecided.clear()

    def _told(self, poll: int) -> None:
        """A client has the answer to its poll: it is done, or it asks again."""
        rows, about = self.rows, self.about[poll]
        if rows.status[poll] == OK and about in self.done and self.done[about] <= self.inbound_ended[poll]:
            rows.seen_at[about] = rows.responded_at[poll]
        else:
            self._ask(about, rows.attempt[poll] + 1, rows.responded_at[poll])

    def _ask(self, about: int, number: int, at: float) -> None:
        if at + self.scenario.poll_every < self.rows.responded_at[about] + self.scenario.poll_for:
            self._later(self.scenario.poll_every, (self.rows.visit[about], number, POLL, about))

    def mark(self, request: int) -> None:
        """A poll's way in ends: what is done now it will be told."""
        self.inbound_ended[request] = (self.env.now, self.instant.number)

    def completed(self, request: int) -> None:
        """A request's job is done."""
        self.done[request] = (self.env.now, self.instant.number)
        if self.scenario.result == "push":
            self.rows.seen_at[request] = self.env.now
