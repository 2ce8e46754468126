"""A scenario on the real programs, beside its prediction: what was measured, and a verdict that is a range.

Near saturation half a millisecond decides over fates, in the model as in reality. So the recursion is given this run's
own lateness and overheads: as they were, and 400 times in other orders, by blocks, for stalls hit neighbours together.
What was measured agrees if it lies within what these say.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cycles import CYCLES
from ..exact import pool, serve
from ..scenario import Scenario
from ..units import Seconds
from ..workload import Flags, Workload, legs_of, unit_draws
from .stack import ProgramEndedError, Stack

RESAMPLED = 400
BLOCK = 2.0  # wall seconds
LATEST, LONGEST_STALL = 0.020, 0.250  # wall seconds: 99 % of the arrivals are no later, nothing stands still for longer
WIDEST = 0.05  # of the requests
SLACK = 0.01  # of the requests
AGREES, DIFFERS, TOO_BUSY = "agrees", "differs", "this machine was too busy for a verdict"
INSTANTS = ("arrived", "started", "finished", "responded", "timed_out", "enqueued", "picked_up", "completed", "left")


@dataclass(frozen=True)
class Measured:
    """What one cycle did on the real programs: instants by name and request in simulated seconds, NaN for never."""

    cycle: str
    scale: float
    redis: str
    at: dict[str, Seconds]
    stall: float

    @property
    def timed_out(self) -> Flags:
        """Whether the router gave up on each request."""
        return ~np.isnan(self.at["timed_out"])

    @property
    def response_time(self) -> Seconds:
        """From arrival to the answer's first byte, or to the 503, s."""
        answered = np.where(self.timed_out, self.at["timed_out"], self.at["responded"])
        return np.asarray(answered - self.at["arrived"])


@dataclass(frozen=True)
class Beside:
    """A measured run beside its prediction."""

    measured: Measured
    predicted_timed_out: Flags
    predicted_response_time: Seconds
    lowest: int
    highest: int
    lateness: float

    @property
    def verdict(self) -> str:
        """Whether the measured number of timeouts is one that the model gives for such disturbances."""
        count, at = len(self.predicted_timed_out), self.measured.at
        lost = np.isnan(at["arrived"]).any() or np.isnan(self.measured.response_time).any()
        late = self.lateness > LATEST or self.measured.stall > LONGEST_STALL
        if lost or late or self.highest - self.lowest > max(1, WIDEST * count):
            return TOO_BUSY
        return AGREES if self.lowest <= self.measured.timed_out.sum() <= self.highest else DIFFERS

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values; times in simulated seconds, what is the machine's in wall milliseconds."""
        real = self.measured
        return {
            "cycle": real.cycle,
            "scale": real.scale,
            "redis": real.redis,
            "requests": len(self.predicted_timed_out),
            "answered": int((~np.isnan(real.at["responded"])).sum()),
            "timed_out": {"simulated": int(self.predicted_timed_out.sum()), "measured": int(real.timed_out.sum())},
            "range": [self.lowest, self.highest],
            "fates_that_differ": int((self.predicted_timed_out != real.timed_out).sum()),
            "response_time": {
                "simulated": _middle_and_p95(self.predicted_response_time),
                "measured": _middle_and_p95(real.response_time),
            },
            "jobs": {name: int((~np.isnan(real.at[name])).sum()) for name in ("enqueued", "completed")},
            "lateness_p99_ms": round(self.lateness * 1e3, 1),
            "longest_stall_ms": round(real.stall * 1e3, 1),
            "verdict": self.verdict,
        }


def _middle_and_p95(seconds: Seconds) -> list[float | None]:
    known = seconds[~np.isnan(seconds)]
    return [round(float(value), 3) for value in np.quantile(known, [0.5, 0.95])] if len(known) else [None, None]


def run(scenario: Scenario, workload: Workload, cycle: str, scale: float, redis: str = "auto") -> Measured:
    """Serve the workload by real programs, a wall second for `scale` simulated ones, until all is done.

    Raises ValueError for a rule that they do not know, ProgramEndedError if one of them dies.
    """
    refuse(scenario)
    with Stack(scenario, scale, redis) as stack, _Stalls() as stalls:
        load = stack.start("load", ["--port", str(stack.port)])
        load.say("\n".join([*_plan(workload, cycle, scale), "", ""]))
        stack.until(lambda: load.process.poll() is not None)
        stack.until(_Still(stack.events), seconds=60 + 3600 / scale)
    return Measured(cycle, scale, stack.redis, _columns(stack.events, len(workload), scale), stalls.longest)


def refuse(scenario: Scenario) -> None:
    """Raise ValueError for what the real programs cannot do."""
    scenario.refuse_beyond("the live lab", "compare")
    if scenario.on_timeout == "kill":
        raise ValueError("on_timeout kill: no web server here kills a thread; allowed: finish_started, finish_all")


def _plan(workload: Workload, cycle: str, scale: float) -> Iterable[str]:
    """A line for each request, as `load` reads it."""
    legs = legs_of(workload, CYCLES[cycle])
    columns = (workload.arrived_at / scale, legs.first, legs.after_push, np.where(legs.pushes, legs.job, 0.0))
    for number, row in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        yield " ".join([str(number), *(f"{value:.6f}" for value in row)])


class _Still:
    """Whether nobody is at work, and has not been for half a second."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events, self.since, self.seen = events, time.monotonic(), -1

    def __call__(self) -> bool:
        if len(self.events) != self.seen:
            self.since, self.seen = time.monotonic(), len(self.events)
        counts = Counter(event["event"] for event in self.events) if time.monotonic() - self.since > 0.5 else None
        return bool(counts and counts["started"] == counts["finished"] and counts["enqueued"] == counts["completed"])


class _Stalls:
    """How long this machine let a thread wait that wanted to go on every 10 ms: the longest, wall seconds."""

    def __init__(self) -> None:
        self.longest, self._ends = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        before = time.perf_counter()
        while not self._ends.wait(0.01):
            now = time.perf_counter()
            self.longest, before = max(self.longest, now - before - 0.01), now

    def __enter__(self) -> "_Stalls":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()


def _columns(events: list[dict[str, Any]], count: int, scale: float) -> dict[str, Seconds]:
    zero = next((event["zero"] for event in events if event["event"] == "began"), None)
    if zero is None:
        raise ProgramEndedError("the load sent nothing")
    columns = {name: np.full(count, np.nan) for name in INSTANTS}
    for event in events:
        if event["event"] in columns:
            columns[event["event"]][int(event["request_id"])] = (event["at"] - zero) * scale
    return columns


def beside(scenario: Scenario, workload: Workload, measured: Measured) -> Beside:
    """The measured run beside the prediction, with the range of timeouts that the model gives for its disturbances."""
    predicted = serve(workload, CYCLES[measured.cycle], scenario)
    legs = legs_of(workload, CYCLES[measured.cycle])
    planned, at = legs.first + legs.after_push, measured.at
    late = np.nan_to_num(at["arrived"] - workload.arrived_at)
    over = at["finished"] - at["started"] - planned
    over = np.where(np.isnan(over), np.nanmedian(over) if (~np.isnan(over)).any() else 0.0, over)
    turn = _turnaround(at)

    def count(late: Seconds, over: Seconds) -> int:
        return int(_timed_out(scenario, workload.arrived_at + late, planned + over).sum())

    counts = [count(late, over), count(late, over + turn)]
    for draw in range(RESAMPLED if len(workload) else 0):
        order = _blocks(workload.arrived_at, BLOCK * measured.scale, draw)
        counts.append(count(late[order], over[order] + turn))
    slack = int(SLACK * len(workload)) if max(counts) > 0 else 0
    lateness = float(np.quantile(late, 0.99)) / measured.scale if len(late) else 0.0
    lowest, highest = max(0, min(counts) - slack), min(len(workload), max(counts) + slack)
    return Beside(measured, predicted.timed_out, predicted.response_time, lowest, highest, lateness)


def _timed_out(scenario: Scenario, arrived_at: Seconds, held: Seconds) -> Flags:
    order = np.argsort(arrived_at, kind="stable")
    reached_at = np.empty(len(order))
    reached_at[order] = pool(scenario.threads, arrived_at[order], held[order], scenario.patience).reached_at
    return np.asarray(reached_at + np.maximum(held, 0) - arrived_at >= scenario.timeout)


def _turnaround(at: dict[str, Seconds]) -> float:
    """From an end until the next start, where requests wait, s: the model has no time for it (median, 0 if unknown)."""
    starts, ends = np.sort(at["started"][~np.isnan(at["started"])]), np.sort(at["finished"][~np.isnan(at["finished"])])
    waited = at["started"] - at["arrived"]
    slow = np.sort(at["started"][waited > np.nanmedian(waited) + 1.0]) if len(starts) else starts
    before = np.searchsorted(ends, slow) - 1
    gaps = (slow - ends[before])[before >= 0] if len(ends) else slow
    return float(np.median(gaps)) if len(gaps) else 0.0


def _blocks(arrived_at: Seconds, length: float, draw: int) -> Any:
    """For each request, whose disturbance it gets: those of blocks of that length, drawn with replacement."""
    count = len(arrived_at)
    block = (arrived_at / length).astype(np.int64)
    first = np.searchsorted(block, block)
    chosen = (unit_draws(draw, 0, int(block[-1]) + 1) * count).astype(np.int64)
    return (chosen[block] + np.arange(count) - first) % count
