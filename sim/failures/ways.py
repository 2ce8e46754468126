"""What a request does on its thread, leg by leg: it waits, computes (R14), calls, or pushes a job."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import inf

import numpy as np

from ..cycles import Cycle
from ..path import COMPUTES, CONTROLLER, EXTERNAL, INBOUND, POLLING, QUEUE, Hop
from ..records import PAGE, POLL, REPORT
from ..scenario import Scenario
from ..turns import Ids
from ..workload import Workload

WAITS, COMPUTING, CALLS, PUSHES = range(4)


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of the way: what is done, and how long it takes by constant hops (s).

    `has_own`: whether the request's own time in the controller is in it, too; `has_call`: its slow call. `inbound`:
    after so many seconds of the constant ones, and the own, the way in ends (inf: not in this leg).
    """

    what: int
    seconds: float
    has_own: bool = False
    has_call: bool = False
    inbound: float = inf


def queue_numbers(workload: Workload, scenario: Scenario) -> Ids:
    """The number of the queue of each visit's job, as the scenario lists them; a page's is the first.

    Raises ValueError where the workload names no queues and the scenario does, or others.
    """
    if not scenario.queues:
        if workload.queues:
            raise ValueError(
                f"queues: none, and the workload has a column queue ({', '.join(workload.queues[:3])}); allowed: queues"
                " of these names, or a workload without the column"
            )
        return np.zeros(len(workload), dtype=np.int32)
    names = [queue.name for queue in scenario.queues]
    if workload.queue is None:
        raise ValueError(f"queues = {', '.join(names)}: the workload has no column queue; allowed: a workload with one")
    if unknown := next((name for name in workload.queues if name not in names), None):
        raise ValueError(f"queue = {unknown}: a queue of the workload; allowed: {', '.join(names)}")
    return np.array([*map(names.index, workload.queues), 0], dtype=np.int32)[workload.queue]


def ways_of(workload: Workload, cycle: Cycle, asks_for_cores: bool, calls_fail: bool) -> dict[int, list[Leg]]:
    """The legs of each kind of request. A poll's way in ends where its leg does, or within a stretch of computing.

    A call that cannot fail is a wait like any other.
    """
    hops = {PAGE: cycle.page.thread, REPORT: cycle.report.thread, POLL: POLLING}
    doing = partial(_what, asks_for_cores=asks_for_cores, calls_fail=calls_fail)
    return {kind: list(_legs(way, workload, doing, kind == POLL)) for kind, way in hops.items()}


def _legs(hops: tuple[Hop, ...], workload: Workload, doing: Callable[[Hop], int], is_poll: bool) -> Iterator[Leg]:
    leg: Leg | None = None
    for place, hop in enumerate(hops):
        what, seconds = doing(hop), 0.0 if hop is EXTERNAL else workload.hop_times[hop.name]
        own, call = place == INBOUND.index(CONTROLLER), hop is EXTERNAL  # own: in the controller, on the way in
        parted = is_poll and place == len(INBOUND) and what != COMPUTING
        if leg and not parted and _joins(leg.what, what):
            leg = replace(leg, what=what, seconds=leg.seconds + seconds, has_own=leg.has_own or own)
            leg = replace(leg, has_call=leg.has_call or call)
        else:
            if leg:
                yield leg
            leg = Leg(what, seconds, own, call)
        if place == len(INBOUND) - 1:
            leg = replace(leg, inbound=leg.seconds)
    if leg:
        yield leg
    if doing(CONTROLLER) == COMPUTING:
        yield Leg(COMPUTING, 0.0)  # at the end the answer is written


def _what(hop: Hop, asks_for_cores: bool, calls_fail: bool) -> int:
    if hop is EXTERNAL:
        return CALLS if calls_fail else WAITS
    if hop is QUEUE:
        return PUSHES
    return COMPUTING if asks_for_cores and hop in COMPUTES else WAITS


def _joins(before: int, after: int) -> bool:
    """Whether two visits are one leg. A push is at the end of its own; a call is counted when it begins."""
    return (before == after and after in (WAITS, COMPUTING)) or (before, after) == (WAITS, PUSHES)
