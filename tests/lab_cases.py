"""Random scenarios in which everything goes wrong at once, on so coarse a grid that nearly all instants are shared.

A case is made from a number: for the reference of all rules (`lab_rules`, whole ticks) and for the engine (seconds).
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lab_rules import INBOUND, TICK, Lab, Rules, Visit

from sim import delays
from sim.mishaps import Queue
from sim.path import CONSTANT_HOPS
from sim.scenario import Scenario
from sim.workload import Workload

Row = tuple[Any, ...]


@dataclass(frozen=True)
class CoarseLuck:
    """Unit draws made from what they are for; quarters only, where everything shall be drawn alike."""

    seed: int
    in_quarters: bool

    def _draw(self, *purpose: Any) -> float:
        drawn = random.Random(str((self.seed, *purpose))).random()
        return int(drawn * 4) / 4 if self.in_quarters else drawn

    def client(self, retry: int, visit: int) -> float:
        return self._draw("client", retry, visit)

    def job(self, retry: int, visit: int) -> float:
        return self._draw("job", retry, visit)

    def failure(self, call: int, visit: int) -> float:
        return self._draw("failure", call, visit)

    def look(self, number: int) -> float:
        return self._draw("look", number)

    def hand_out(self, number: int) -> float:
        return self._draw("hand-out", number)

    def looks(self) -> Iterator[float]:
        return map(self.look, itertools.count())

    def hand_outs(self) -> Iterator[float]:
        return map(self.hand_out, itertools.count())


@dataclass(frozen=True)
class Case:
    """Visits and rules in ticks, the delays as the scenario has them, and the luck."""

    visits: list[Visit]
    rules: dict[str, Any]
    luck: CoarseLuck
    delays: dict[str, Any] = field(default_factory=dict)

    @property
    def queue_names(self) -> list[str]:
        return [queue["name"] for queue in self.rules["queues"]] or ["default"]

    def reference(self, cycle: str) -> Lab:
        """The reference's run of the case."""
        ticks = {name: _in_ticks(delay) for name, delay in self.delays.items()}
        return Lab(self.visits, Rules(**self.rules, **ticks), cycle, self.luck).run()

    def workload(self) -> Workload:
        """The visits as a workload file would have them, but with hop times."""
        columns = [(v.arrived_at / TICK, v.web_time / TICK, v.external_time / TICK) for v in self.visits]
        arrived_at, web_time, external_time = (np.array(column) for column in zip(*columns, strict=True))
        is_report = np.array([visit.kind == "report" for visit in self.visits])
        hops = {hop.name: self.rules["hops"].get(hop.name, 0) / TICK for hop in CONSTANT_HOPS}
        ends_at, names = float(arrived_at[-1]), tuple(self.queue_names)
        queue = np.array([names.index(visit.queue) for visit in self.visits], dtype=np.int32)
        more = {"queues": names, "queue": queue} if self.rules["queues"] else {}
        return Workload(arrived_at, is_report, web_time, external_time, hops, ends_at, from_file=True, **more)

    def scenario(self) -> Scenario:
        """The rules in seconds; not validated, since a case may ask for more than a user may."""
        seconds = {name: None if self.rules[name] is None else self.rules[name] / TICK for name in TIMES}
        same = {name: self.rules[name] for name in SAME}
        lists = {
            "outages": tuple((a / TICK, b / TICK) for a, b in self.rules["outages"]),
            "worker_stops": tuple((at / TICK, how) for at, how in self.rules["worker_stops"]),
            "queues": tuple(Queue(**queue) for queue in self.rules["queues"]),
            "poll_time": self.rules["poll_web_time"] / TICK,
        }
        defaults = {name: each.default for name, each in Scenario.model_fields.items()}
        return Scenario.model_construct(**(defaults | seconds | same | lists | self.delays))


TIMES = (
    *("timeout", "service_timeout", "poll_every", "poll_for", "failure_time", "retry_poll_time"),
    *("shutdown_time", "restart_time", "recovery_time"),
)
SAME = (
    *("threads", "workers", "on_timeout", "backlog_limit", "client_retries", "cores", "result"),
    *("failure_fraction", "job_retries", "fetch"),
)


def _in_ticks(delay: Any) -> Callable[[int, float], int]:
    return lambda retry, draw: round(delay.before(retry, draw) * TICK)


def cases(numbers: range) -> Iterator[Case]:
    """The cases of these numbers; those in which a way in would take no time are left out."""
    for number in numbers:
        case = case_of(number)
        takes_time = any(case.rules["hops"].get(hop) for hop in INBOUND) or all(v.web_time for v in case.visits)
        if takes_time:
            yield case


def case_of(number: int) -> Case:
    """The case of that number."""
    chance = random.Random(number)
    unit = chance.choice([1, 1, 0.5])

    def of(*values: float) -> int:
        return round(chance.choice(values) * unit * TICK)

    def perhaps(probability: float, value: Any, otherwise: Any = None) -> Any:
        return value if chance.random() < probability else otherwise

    span = chance.choice([3, 10, 30])
    queues = _queues(chance)
    names = [queue["name"] for queue in queues] or ["default"]
    cores = chance.choice([None, None, 1, 1, 2])
    grain = 0.05 if cores and chance.random() < 0.4 else 1  # below the quantum, or above it
    shutdown, restart = of(0, 1, 2, 4), of(1, 2, 3)
    rules = {
        "threads": chance.randint(1, 3),
        "workers": chance.randint(1, 3),
        "timeout": of(1, 2, 4, 6, 10),
        "on_timeout": chance.choice(["finish_started", "finish_all", "kill"]),
        "hops": {hop.name: round(of(0, 0, 0, 1) * grain) for hop in CONSTANT_HOPS},
        "backlog_limit": perhaps(0.4, chance.choice([0, 1, 2, 3])),
        "client_retries": perhaps(0.5, chance.randint(1, 3), 0),
        "service_timeout": perhaps(0.3, of(1, 2, 3, 5)),
        "cores": cores,
        "result": chance.choice(["nothing", "polling", "push", "polling"]),
        "poll_every": of(1, 2, 3),
        "poll_for": of(3, 6, 20),
        "poll_web_time": round(of(1, 1, 2) * grain),
        "outages": tuple(
            (at, at + of(1, 2, 5)) for at in [of(*range(span + 1)) for _ in range(chance.choice([0, 1, 2]))]
        ),
        "failure_fraction": perhaps(0.3, chance.choice([0.25, 0.5, 1.0]), 0.0),
        "failure_time": perhaps(0.4, of(0, 1, 2)),
        "job_retries": perhaps(0.6, chance.randint(1, 4), 0),
        "retry_poll_time": perhaps(0.4, of(1, 2, 4), 0),
        "worker_stops": _stops(chance, shutdown + restart, of),
        "shutdown_time": shutdown,
        "restart_time": restart,
        "recovery_time": of(0, 2, 5, 9),
        "fetch": chance.choice(["basic", "reliable"]),
        "queues": tuple(queues),
    }
    count = chance.randint(1, chance.choice([3, 8, 20, 40]))
    visits = sorted((_visit(chance, of, span, grain, names) for _ in range(count)), key=lambda visit: visit.arrived_at)
    waits = {name: _delay(chance, unit) for name in ("client_retry_delay", "job_retry_delay")}
    return Case(visits, rules, CoarseLuck(number, chance.random() < 0.5), waits)


def _visit(chance: random.Random, of: Callable[..., int], span: int, grain: float, names: list[str]) -> Visit:
    kind = chance.choice(["page", "report", "report"])
    web_time, call = round(of(1, 1, 2, 3) * grain), of(0, 1, 2, 3, 5, 8)
    return Visit(of(*range(span + 1)), kind, web_time, call if kind == "report" else 0, chance.choice(names))


def _queues(chance: random.Random) -> list[dict[str, Any]]:
    weighted, queues = chance.random() < 0.5, []
    for number in range(chance.choice([0, 0, 0, 2, 3])):
        own = {"workers": chance.randint(1, 2)} if chance.random() < 0.3 else {}
        weight = {"weight": chance.choice([1.0, 2.0, 3.0])} if weighted and not own else {}
        queues.append({"name": f"q{number}"} | own | weight)
    return queues


def _outages(chance: random.Random, span: int, of: Callable[..., int]) -> tuple[tuple[int, int], ...]:
    begins = [of(*range(span + 1)) for _ in range(chance.choice([0, 1, 2]))]
    return tuple((at, at + of(1, 2, 5)) for at in begins)


def _stops(chance: random.Random, apart: int, of: Callable[..., int]) -> tuple[tuple[int, str], ...]:
    stops: list[tuple[int, str]] = []
    at = 0
    for _ in range(chance.choice([0, 0, 0, 1, 2, 3])):
        at += max(apart, 1) + of(*range(7))
        stops.append((at, chance.choice(["kill", "term"])))
    return tuple(stops)


def _delay(chance: random.Random, unit: float) -> Any:
    first, jitter = chance.choice([1, 2, 0.5]) * unit, chance.choice([0.0, 0.0, 1.0, 0.5])
    if chance.random() < 0.5:
        return delays.Constant(seconds=first, jitter=jitter)
    return delays.Exponential(first=first, factor=2.0, most=1e7, jitter=jitter)


def told(lab: Lab) -> tuple[list[Row], list[Row]]:
    """The reference's requests and runs, in seconds."""

    def seconds(*ticks: int | None) -> list[float | None]:
        return [None if each is None else each / TICK for each in ticks]

    requests = [
        (
            *(r.visit, r.attempt, r.kind, r.status, r.thread),
            *seconds(r.arrived_at, r.started_at, r.enqueued_at, r.responded_at, r.finished_at, r.skipped_at),
            *seconds(r.picked_up_at, r.completed_at, r.died_at, r.seen_at),
        )
        for r in lab.requests
    ]
    runs = [
        (r.picked_up_at, r.request_id, r.run, r.queue, r.worker, r.outcome, *seconds(r.enqueued_at, r.ended_at))
        for r in lab.runs
    ]
    return requests, [(at / TICK, *rest) for at, *rest in sorted(runs)]
