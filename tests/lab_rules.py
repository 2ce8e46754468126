"""All rules, R1 to R19, as one plain event loop over whole ticks, from the rules: no line is shared with an engine.

It is slow and simple on purpose: at every instant it goes through the five steps of "One instant" until nothing more
happens at it. Tests hold the engines against it. Times are whole ticks of 2^-20 s.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TICK = 1 << 20
QUANTUM = 104_858
COMPUTES = {"middleware", "routes", "controller", "model"}
INBOUND = ["web_server", "middleware", "routes", "controller"]
LOOKUP = ["model", "database", "model"]
OUTBOUND = ["controller", "middleware", "web_server"]


def ticks(seconds: float) -> int:
    return round(seconds * TICK)  # exact product, half to even


@dataclass
class Visit:
    arrived_at: int
    kind: str  # page, report
    web_time: int = 0
    external_time: int = 0
    queue: str = "default"


@dataclass
class Rules:
    """What a scenario says, in ticks; delays are functions (k, u) -> ticks."""

    threads: int = 1
    workers: int = 1
    timeout: int = 30 * TICK
    on_timeout: str = "finish_started"
    hops: dict[str, int] = field(default_factory=dict)
    backlog_limit: int | None = None
    client_retries: int = 0
    client_retry_delay: Callable[[int, float], int] = lambda k, u: TICK
    service_timeout: int | None = None
    cores: int | None = None
    result: str = "nothing"
    poll_every: int = 2 * TICK
    poll_for: int = 600 * TICK
    poll_web_time: int = 0  # beside a file: poll_time
    outages: tuple[tuple[int, int], ...] = ()
    failure_fraction: float = 0.0
    failure_time: int | None = None
    job_retries: int = 0
    job_retry_delay: Callable[[int, float], int] = lambda k, u: TICK
    retry_poll_time: int = 0
    worker_stops: tuple[tuple[int, str], ...] = ()
    shutdown_time: int = 25 * TICK
    restart_time: int = 10 * TICK
    recovery_time: int = 60 * TICK
    fetch: str = "basic"
    queues: tuple[dict[str, Any], ...] = ()  # name, weight, workers


class Luck:
    """The unit draws; a test gives its own."""

    def client(self, k: int, visit: int) -> float:
        return 0.5

    def job(self, k: int, visit: int) -> float:
        return 0.5

    def failure(self, k: int, visit: int) -> float:
        return 0.5

    def look(self, number: int) -> float:
        return 0.5

    def hand_out(self, number: int) -> float:
        return 0.5


@dataclass
class Request:
    id: int
    visit: int
    attempt: int
    kind: str
    arrived_at: int
    deadline: int
    started_at: int | None = None
    enqueued_at: int | None = None
    responded_at: int | None = None
    status: str | None = None
    finished_at: int | None = None
    skipped_at: int | None = None
    picked_up_at: int | None = None
    completed_at: int | None = None
    died_at: int | None = None
    seen_at: int | None = None
    queue: str | None = None
    thread: int | None = None
    said_done: bool = False
    # inside
    legs: list[Any] = field(default_factory=list)
    call_failed: bool = False
    inbound_ended: tuple[int, int] | None = None
    completed_in: tuple[int, int] | None = None
    retries_made: int = 0
    runs_made: int = 0
    asks_about: Request | None = None
    accepted_at: int | None = None
    token: int = 0
    computing_since: int | None = None
    done_of_stretch: int = 0


@dataclass
class Run:
    request_id: int
    run: int
    queue: str
    enqueued_at: int
    picked_up_at: int
    ended_at: int | None = None
    outcome: str | None = None
    worker: int = -1
    fails: bool = False
    order: int = 0


class Slots:
    """Free slots, the longest idle first, ties by lowest number."""

    def __init__(self, numbers: list[int]) -> None:
        self.free = [(0, number) for number in numbers]

    def take(self) -> int:
        self.free.sort()
        return self.free.pop(0)[1]

    def give(self, number: int, at: int) -> None:
        self.free.append((at, number))


class Lab:
    def __init__(self, visits: list[Visit], rules: Rules, cycle: str, luck: Luck | None = None) -> None:
        self.visits, self.rules, self.cycle, self.luck = visits, rules, cycle, luck or Luck()
        self.heap: list[tuple[int, int, int, Any]] = []
        self.sequence = 0
        self.now, self.passes = 0, 0
        self.requests: list[Request] = []
        self.runs: list[Run] = []
        self.backlog: list[Request] = []
        self.new: list[Request] = []  # arrived at this instant, not yet decided upon
        self.threads = Slots(list(range(rules.threads)))
        self.calls: dict[int, int] = defaultdict(int)
        # cores
        self.free_cores = rules.cores or 0
        self.core_line: list[tuple[int, int, Request]] = []
        self.quantum_over: list[Request] = []
        # queues and pools of workers
        named = rules.queues or ({"name": "default"},)
        self.queues: dict[str, list[Request]] = {q["name"]: [] for q in named}
        self.enqueued_at: dict[int, int] = {}
        shared = [q for q in named if not q.get("workers")]
        self.pools: list[tuple[list[dict[str, Any]], list[int]]] = []
        number = 0
        if shared:
            self.pools.append((shared, list(range(rules.workers))))
            number = rules.workers
        for q in named:
            if q.get("workers"):
                self.pools.append(([q], list(range(number, number + q["workers"]))))
                number += q["workers"]
        self.slots = [Slots(numbers) for _, numbers in self.pools]
        self.running: dict[int, tuple[Run, Request, int]] = {}  # by worker number: run, request, token
        self.handed = 0
        self.hand_out_draws = 0
        self.up = True
        self.stopping: int | None = None  # index of the stop that is being obeyed
        self.looks = 0
        self.look_token = 0
        self.retry_set: list[tuple[int, int, Request]] = []
        self.joining: list[Request] = []
        self.put_back: list[tuple[int, Request]] = []
        self.look_now = False
        self.lost: list[int] = []
        self.gone_at: int | None = None
        self.uncounted: list[tuple[Request, Run]] = []

    # -- the clock ---------------------------------------------------------------------------------------------
    def at(self, instant: int, step: int, *what: Any) -> None:
        self.sequence += 1
        heapq.heappush(self.heap, (instant, step, self.sequence, what))

    def run(self) -> Lab:
        for number, visit in enumerate(self.visits):
            request = Request(number, number, 0, visit.kind, visit.arrived_at, visit.arrived_at + self.rules.timeout)
            self.requests.append(request)
            self.at(visit.arrived_at, 3, "arrive", request)
        if self.cycle == "async":
            for index, (at, _) in enumerate(self.rules.worker_stops):
                self.at(at, 2, "stop", index)
            self.next_look()
        while self.heap and self.in_flight():
            self.now, self.passes = self.heap[0][0], 0
            while self.heap and self.heap[0][0] == self.now:
                self.one_pass()
                self.passes += 1
        return self

    def in_flight(self) -> bool:
        """Whether anything but looks and stops is still to come."""
        return (
            any(what[0] not in ("look", "stop", "return_app") for _, _, _, what in self.heap)
            or bool(self.retry_set)
            or any(self.queues.values())
            or bool(self.running)
        )

    def due(self, step: int) -> list[Any]:
        """What is due at this instant for that step."""
        mine, rest = [], []
        while self.heap and self.heap[0][0] == self.now:
            entry = heapq.heappop(self.heap)
            (mine if entry[1] == step else rest).append(entry)
        for entry in rest:
            heapq.heappush(self.heap, entry)
        return [what for _, _, _, what in mine]

    def one_pass(self) -> None:
        # (1) what ends at t ends: limits first (what ends exactly at a limit is cut), then legs and runs
        ended = self.due(1)
        for what in ended:
            if what[0] == "cut":
                self.cut(what[1])
        for what in ended:  # runs before legs: a poll whose INBOUND ends in this step is told of them
            if what[0] == "run":
                self.run_ends(what[1], what[2])
        begins: list[Request] = []
        for what in ended:
            if what[0] == "leg":
                self.leg_ends(what[1], what[2], begins)
            elif what[0] == "quantum":
                self.quantum_ends(what[1], what[2])
            elif what[0] == "deadline":
                self.deadline(what[1])
        self.begin_calls(begins)
        # (2) the worker application stops or starts; the return comes before a stop
        app = self.due(2)
        for what in sorted(app, key=lambda w: {"limit": 0, "return_app": 1, "stop": 2}[w[0]]):
            if what[0] == "return_app":
                self.returns()
            elif what[0] == "stop":
                self.stops(what[1])
            else:
                self.shutdown_over(what[1])
        if self.stopping is not None and not self.running and self.gone_at is None:
            self.gone()
        # (3) requests arrive
        arrivals = [what[1] for what in self.due(3)]
        for request in sorted(arrivals, key=lambda r: (r.id if r.id >= 0 else math.inf, r.visit)):
            if request.id < 0:
                request.id = len(self.requests)
                self.requests.append(request)
            self.new.append(request)
            self.at(request.deadline, 1, "deadline", request)
        # (4) jobs join
        for what in self.due(4):
            if what[0] == "look":
                if what[1] == self.look_token and self.up:
                    self.look_now = True
                    self.next_look()
            elif what[0] == "put_back":
                self.put_back += what[1]
        self.join()
        # (5) hand-outs
        self.cores()
        self.hand_to_threads()
        self.hand_to_workers()

    # -- the door ----------------------------------------------------------------------------------------------
    def gone_client(self, request: Request) -> bool:
        return self.rules.on_timeout != "finish_all" and self.now >= request.deadline

    def hand_to_threads(self) -> None:
        while self.backlog and self.threads.free:
            self.start(self.backlog.pop(0))
        limit = self.rules.backlog_limit
        for request in self.new:
            if self.threads.free:
                self.start(request)
            elif limit is not None and len(self.backlog) >= limit:
                self.answer(request, "rejected")
            else:
                self.backlog.append(request)
        self.new = []

    def start(self, request: Request) -> None:
        request.thread = self.threads.take()
        if self.gone_client(request):
            request.skipped_at = self.now
            self.at(self.now, 1, "leg", request, -1)  # it takes no time: the slot is free again in the next pass
            return
        request.started_at = self.now
        request.legs = self.way(request)
        cut_at = math.inf
        if self.rules.service_timeout is not None:
            cut_at = self.now + self.rules.service_timeout
        if self.rules.on_timeout == "kill":
            cut_at = min(cut_at, request.deadline)
        if cut_at < math.inf:
            self.at(int(cut_at), 1, "cut", request)
        self.at(self.now, 1, "leg", request, request.token)  # its first leg begins in step (1) of the next pass

    def way(self, request: Request) -> list[Any]:
        """What the request does on its thread: ("wait", name, length) and ("compute", length, inbound part)."""
        visit, hops = self.visits[request.visit], self.rules.hops
        if request.kind == "poll":
            path, web_time = [*INBOUND, "INBOUND", *LOOKUP, *OUTBOUND], self.rules.poll_web_time
        elif request.kind == "page":
            path, web_time = [*INBOUND, "INBOUND", *LOOKUP, *OUTBOUND], visit.web_time
        elif self.cycle == "sync":
            path, web_time = [*INBOUND, "INBOUND", "external", *OUTBOUND], visit.web_time
        else:
            path, web_time = [*INBOUND, "INBOUND", "queue", *OUTBOUND], visit.web_time
        legs: list[Any] = []
        first = True
        for hop in path:
            if hop == "INBOUND":
                legs.append(["inbound"])
                continue
            length = visit.external_time if hop == "external" else hops.get(hop, 0)
            if hop == "controller" and first:
                length, first = length + web_time, False
            if self.rules.cores is None or hop not in COMPUTES:
                legs.append(["wait", hop, length])
            elif legs and legs[-1][0] == "compute":
                legs[-1][1].append(length)
            elif legs and legs[-1][0] == "inbound" and len(legs) > 1 and legs[-2][0] == "compute":
                legs.pop()
                legs[-1][1] += ["inbound", length]
            else:
                legs.append(["compute", [length]])
        if self.rules.cores is not None:
            legs.append(["compute", [0]])
            # the last ask is a stretch of its own: web_server's wait parts it from what went before
        return legs

    def leg_ends(self, request: Request, token: int, begins: list[Request]) -> None:
        """The leg that the request was on is over (or it is only now begun): go on until something takes time."""
        if token == -1:  # a skipped one
            assert request.thread is not None
            self.threads.give(request.thread, self.now)
            return
        if token != request.token or request.finished_at is not None:
            return
        if request.computing_since is not None:  # a stretch, or a part of it, is over
            if self.stretch_over(request):
                return
        elif request.legs and request.legs[0][0] == "wait*":
            name = request.legs.pop(0)[1]
            self.wait_over(request, name)
        self.go_on(request, begins)

    def go_on(self, request: Request, begins: list[Request]) -> None:
        while request.legs:
            leg = request.legs[0]
            if leg[0] == "inbound":
                request.inbound_ended = (self.now, self.passes)
                request.legs.pop(0)
            elif leg[0] == "wait":
                if leg[1] == "external":
                    begins.append(request)
                    return
                if leg[2] > 0:
                    leg[0] = "wait*"
                    self.later(request, leg[2])
                    return
                request.legs.pop(0)
                self.wait_over(request, leg[1])
            else:
                self.core_line.append((self.now, request.id, request))
                return
        self.finish(request)

    def wait_over(self, request: Request, name: str) -> None:
        if name == "queue":
            request.enqueued_at = self.now
            request.queue = self.visits[request.visit].queue
            self.enqueued_at[request.id] = self.now
            self.joining.append(request)

    def later(self, request: Request, length: int) -> None:
        request.token += 1
        self.at(self.now + length, 1, "leg", request, request.token)

    def begin_calls(self, begins: list[Request]) -> None:
        """The slow calls that threads begin now, by request_id; what takes no time ends in this same step."""
        while begins:
            begins.sort(key=lambda r: r.id)
            request = begins.pop(0)
            leg = request.legs[0]
            fails, length = self.call(request.visit, leg[2])
            request.call_failed = fails
            if length > 0:
                request.legs[0] = ["wait*", "external", length]
                self.later(request, length)
            else:
                request.legs.pop(0)
                self.go_on(request, begins)

    def call(self, visit: int, length: int) -> tuple[bool, int]:
        """Whether the visit's next call fails, and how long it takes."""
        self.calls[visit] += 1
        fails = any(a <= self.now < b for a, b in self.rules.outages)
        if self.luck.failure(self.calls[visit], visit) < self.rules.failure_fraction:
            fails = True
        if fails and self.rules.failure_time is not None:
            length = self.rules.failure_time
        return fails, length

    def finish(self, request: Request) -> None:
        assert request.thread is not None
        request.finished_at = self.now
        self.threads.give(request.thread, self.now)
        if request.responded_at is None and self.now < request.deadline:
            self.answer(request, "failed" if request.call_failed else "ok")

    def cut(self, request: Request) -> None:
        if request.finished_at is not None:
            return
        if request.computing_since is not None:
            self.free_cores += 1
            request.computing_since = None
        self.core_line = [entry for entry in self.core_line if entry[2] is not request]
        self.quantum_over = [other for other in self.quantum_over if other is not request]
        request.token += 1
        request.legs = []
        assert request.thread is not None
        request.finished_at = self.now
        self.threads.give(request.thread, self.now)
        if request.responded_at is None and self.now < request.deadline:
            self.answer(request, "failed")

    def deadline(self, request: Request) -> None:
        if request.responded_at is None:
            self.answer(request, "timed_out")

    def answer(self, request: Request, status: str) -> None:
        request.status, request.responded_at = status, self.now
        visit = request.visit
        if request.kind == "poll":
            about = request.asks_about
            assert about is not None
            if status == "ok":
                done = about.completed_in is not None and request.inbound_ended is not None
                request.said_done = done and about.completed_in <= request.inbound_ended  # type: ignore[operator]
            if request.said_done:
                about.seen_at = self.now
            else:
                self.ask(about, request.attempt + 1)
            return
        if status == "ok":
            if request.kind == "report" and self.cycle == "sync":
                request.seen_at = self.now
            if request.kind == "report" and self.cycle == "async" and self.rules.result == "polling":
                request.accepted_at = self.now
                self.ask(request, 0)
        elif request.attempt < self.rules.client_retries:
            k = request.attempt + 1
            at = self.now + self.rules.client_retry_delay(k, self.luck.client(k, visit))
            self.at(at, 3, "arrive", Request(-1, visit, k, request.kind, at, at + self.rules.timeout))

    def ask(self, about: Request, number: int) -> None:
        at = self.now + self.rules.poll_every
        assert about.accepted_at is not None
        if at < about.accepted_at + self.rules.poll_for:
            poll = Request(-1, about.visit, number, "poll", at, at + self.rules.timeout, asks_about=about)
            self.at(at, 3, "arrive", poll)

    # -- cores -------------------------------------------------------------------------------------------------
    def cores(self) -> None:
        if self.rules.cores is None:
            return
        if self.quantum_over:
            others = bool(self.core_line)
            for request in self.quantum_over:
                if others:
                    self.free_cores += 1
                    request.computing_since = None
                    self.core_line.append((self.now, request.id, request))
                else:
                    self.compute(request)
            self.quantum_over = []
        self.core_line.sort(key=lambda entry: entry[:2])
        while self.core_line and self.free_cores:
            self.free_cores -= 1
            self.compute(self.core_line.pop(0)[2])

    def compute(self, request: Request) -> None:
        """The request holds a core from now on, for a quantum or until the next mark in its stretch."""
        request.computing_since = self.now
        request.done_of_stretch = 0  # of this quantum
        self.part(request)

    def part(self, request: Request) -> None:
        parts = request.legs[0][1]
        length = parts[0] if parts and parts[0] != "inbound" else 0
        left = QUANTUM - request.done_of_stretch
        request.token += 1
        if length <= left:
            self.at(self.now + length, 1, "leg", request, request.token)
        else:
            self.at(self.now + left, 1, "quantum", request, request.token)

    def stretch_over(self, request: Request) -> bool:
        """A part of the stretch is over; whether the stretch goes on."""
        parts = request.legs[0][1]
        request.done_of_stretch += parts.pop(0)
        while parts and (parts[0] == "inbound" or parts[0] == 0):
            if parts.pop(0) == "inbound":
                request.inbound_ended = (self.now, self.passes)
        if parts:
            if request.done_of_stretch >= QUANTUM:
                self.quantum_over.append(request)
            else:
                self.part(request)
            return True
        request.legs.pop(0)
        request.computing_since = None
        self.free_cores += 1
        return False

    def quantum_ends(self, request: Request, token: int) -> None:
        if token != request.token or request.finished_at is not None:
            return
        request.legs[0][1][0] -= QUANTUM - request.done_of_stretch
        self.quantum_over.append(request)

    # -- the worker's life -------------------------------------------------------------------------------------
    def join(self) -> None:
        for _, request in sorted(self.put_back, key=lambda entry: -entry[0]):
            self.queues[request.queue or "default"].insert(0, request)
        self.put_back = []
        due: list[tuple[int, int, Request]] = []
        if self.up and (self.rules.retry_poll_time == 0 or self.look_now):
            due = [entry for entry in self.retry_set if entry[0] <= self.now]
            self.retry_set = [entry for entry in self.retry_set if entry[0] > self.now]
            for _, _, request in due:
                self.enqueued_at[request.id] = self.now
        new = self.joining
        self.joining = []
        if self.rules.retry_poll_time == 0:
            new = new + [entry[2] for entry in due]
            due = []
        for request in sorted(new, key=lambda r: r.id):
            self.queues[request.queue or "default"].append(request)
        for _, _, request in sorted(due, key=lambda entry: entry[:2]):
            self.queues[request.queue or "default"].append(request)
        self.look_now = False

    def next_look(self) -> None:
        if self.rules.retry_poll_time:
            u = self.luck.look(self.looks)
            self.looks += 1
            wait = max(1, round(self.rules.retry_poll_time * (0.5 + u)))
            self.at(self.now + wait, 4, "look", self.look_token)

    def hand_to_workers(self) -> None:
        if not self.up or self.cycle != "async":
            return
        for (queues, _), slots in zip(self.pools, self.slots, strict=True):
            while slots.free:
                full = [q for q in queues if self.queues[q["name"]]]
                if not full:
                    break
                chosen = full[0]
                if len(full) > 1 and full[0].get("weight"):
                    u = self.luck.hand_out(self.hand_out_draws) * sum(q["weight"] for q in full)
                    self.hand_out_draws += 1
                    for chosen in full:
                        if u < chosen["weight"]:
                            break
                        u -= chosen["weight"]
                self.begin_run(self.queues[chosen["name"]].pop(0), chosen["name"], slots)
        self.count_calls()

    def begin_run(self, request: Request, queue: str, slots: Slots) -> None:
        worker = slots.take()
        run = Run(request.id, request.runs_made, queue, self.enqueued_at[request.id], self.now, worker=worker)
        run.order = self.handed
        self.handed += 1
        request.runs_made += 1
        if request.picked_up_at is None:
            request.picked_up_at = self.now
        self.runs.append(run)
        self.running[worker] = (run, request, run.order)
        self.uncounted.append((request, run))

    def count_calls(self) -> None:
        for request, run in sorted(self.uncounted, key=lambda entry: entry[0].id):
            run.fails, length = self.call(request.visit, self.visits[request.visit].external_time)
            self.at(self.now + length, 1, "run", run.worker, run.order)
        self.uncounted = []

    def slots_of(self, worker: int) -> Slots:
        return next(s for (_, numbers), s in zip(self.pools, self.slots, strict=True) if worker in numbers)

    def run_ends(self, worker: int, order: int) -> None:
        if worker not in self.running or self.running[worker][2] != order:
            return
        run, request, _ = self.running.pop(worker)
        run.ended_at = self.now
        if self.up:
            self.slots_of(worker).give(worker, self.now)
        if not run.fails:
            run.outcome = "completed"
            request.completed_at, request.completed_in = self.now, (self.now, self.passes)
            if self.rules.result == "push":
                request.seen_at = self.now
            return
        run.outcome = "failed"
        if request.retries_made < self.rules.job_retries:
            request.retries_made += 1
            k = request.retries_made
            due = self.now + self.rules.job_retry_delay(k, self.luck.job(k, request.visit))
            self.retry_set.append((due, request.id, request))
            self.at(due, 4, "due")
        else:
            request.died_at = self.now

    def stops(self, index: int) -> None:
        at, how = self.rules.worker_stops[index]
        self.up, self.stopping, self.gone_at = False, index, None
        self.look_token += 1
        for slots in self.slots:
            slots.free = []
        if how == "kill":
            ended = sorted(self.running.values(), key=lambda entry: entry[0].order)
            self.running = {}
            for run, request, _ in ended:
                run.ended_at, run.outcome = self.now, "lost"
                if self.rules.fetch == "basic":
                    self.lost.append(request.id)
            if self.rules.fetch == "reliable" and ended:
                back = at + max(self.rules.recovery_time, self.rules.restart_time)
                self.at(back, 4, "put_back", [(run.order, request) for run, request, _ in ended])
        elif self.rules.shutdown_time:
            self.at(at + self.rules.shutdown_time, 2, "limit", index)
        else:
            self.shutdown_over(index)  # at once, so that its jobs are of one group with others put back now

    def shutdown_over(self, index: int) -> None:
        if self.stopping != index or self.gone_at is not None:
            return
        for run, request, _ in sorted(self.running.values(), key=lambda entry: entry[0].order):
            run.ended_at, run.outcome = self.now, "returned"
            self.put_back.append((run.order, request))
        self.running = {}

    def gone(self) -> None:
        self.gone_at = self.now
        self.at(self.now + self.rules.restart_time, 2, "return_app")

    def returns(self) -> None:
        self.up, self.stopping, self.gone_at = True, None, None
        for (_, numbers), slots in zip(self.pools, self.slots, strict=True):
            slots.free = [(self.now, number) for number in numbers]
        self.look_token += 1
        self.next_look()
