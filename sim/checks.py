"""Is it right? The simulator held against theory, against recordings of the real stack, and against its own books."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

import numpy as np

from . import mishap_checks, mishap_theory, page_checks, theory
from .csv_rows import csv_rows
from .distributions import Exponential, LogNormal
from .experiments import Comparison, Result, compare, quickest_engine, simulate
from .path import CONSTANT_HOPS, ROUTES
from .presets import summaries
from .records import Records
from .scenario import Scenario
from .stats import ledger, littles_law, spread, t_interval
from .units import TICKS_PER_SECOND, Seconds
from .workload import Flags, read

CONFIDENCE = 0.999
REPLICATIONS = range(1, 21)  # the seeds
RECORDINGS = (  # name, stack, rule, and how many of 300 clients may fare differently than on the real stack
    ("stable", "puma-finish_all", "finish_all", 0),
    ("stable", "puma-finish_started", "finish_started", 0),
    ("stable", "sidekiq", "finish_started", 0),
    ("overload", "puma-finish_all", "finish_all", 3),
    # sensitive: a second's delay decides whether a request is just started or skipped, and so who is reached next
    ("overload", "puma-finish_started", "finish_started", 8),
    ("overload", "sidekiq", "finish_started", 0),
)
RECORDED_COLUMNS = ["request_id", "status", "response_time", "work_started_at", "work_finished_at"]


@dataclass(frozen=True)
class Verdict:
    """One claim, the figure that was found, what is allowed, and whether it holds."""

    claim: str
    found: str
    allowed: str
    holds: bool

    def __str__(self) -> str:
        return f"{'ok  ' if self.holds else 'FAIL'}  {self.claim}: {self.found} (allowed: {self.allowed})"

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Agreement:
    """How a simulated run compares with a recording of the same requests on the real stack.

    `fates_wrong` counts requests whose client fared differently. The medians are of absolute differences in seconds, of
    response times and of the instants at which the slow work started, over requests answered in both.
    """

    requests: int
    fates_wrong: int
    response_time_off: float
    work_start_off: float


@dataclass(frozen=True)
class Recording:
    """What clients of a real stack met, by request: timed out, response time, start of the slow work (s; NaN: none)."""

    timed_out: Flags
    response_time: Seconds
    work_started_at: Seconds


def recorded(name: str, stack: str) -> Recording:
    """A recording in `measured`, as `recording` takes it."""
    with resources.as_file(resources.files(__package__) / "measured" / f"{name}.{stack}.csv") as file:
        rows = [row for _, row in csv_rows(file, RECORDED_COLUMNS, 1_000_000)][1:]
    times = (np.array([float(row[column] or "nan") for row in rows]) for column in (2, 3))
    return Recording(np.array([row[1] == "timed_out" for row in rows]), *times)


def recording(name: str, stack: str, on_timeout: str) -> tuple[Result, Agreement]:
    """The run that should repeat a recording, and how well it does.

    `name` is "stable" or "overload", `stack` the recorded server: "puma-finish_all", "puma-finish_started" or
    "sidekiq"; `on_timeout` is the rule to simulate. Five threads, five workers and 30 s, as on the real stack.
    """
    with resources.as_file(resources.files(__package__) / "measured" / f"{name}.requests.csv") as requests:
        workload = read(requests)
    scenario = Scenario(threads=5, workers=5, timeout=30, on_timeout=on_timeout)  # type: ignore[arg-type]
    result = simulate(scenario, "async" if stack == "sidekiq" else "sync", workload=workload, redis=None)
    return result, _agreement(result, recorded(name, stack))


def _agreement(result: Result, real: Recording) -> Agreement:
    records = result.records
    both_answered = ~real.timed_out & ~records.timed_out
    # the recorded handler and its slow call are one piece of work on a Puma thread; Sidekiq's work is the job
    simulated_start = records.picked_up_at if records.workers else records.started_at
    return Agreement(
        requests=len(real.timed_out),
        fates_wrong=int((real.timed_out != records.timed_out).sum()),
        response_time_off=_median_distance((records.response_time - real.response_time)[both_answered]),
        work_start_off=_median_distance((simulated_start - real.work_started_at)[both_answered]),
    )


def _median_distance(differences: Seconds) -> float:
    return spread(np.abs(differences[~np.isnan(differences)])).p50 or 0.0


def check() -> Iterator[Verdict]:
    """Verdicts on everything that can be held against something else: theory, recordings, the books, engines."""
    yield from _theory()
    yield from mishap_theory.check_formulas(queue_of, _inside)
    yield mishap_checks.check_delays(Verdict)
    yield from _recordings()
    yield from mishap_checks.check_recordings(Verdict)
    told = _told()
    yield from _books(told)
    yield from _engines(told)
    yield from page_checks.check_page(Verdict)


def _told() -> dict[str, Comparison]:
    """Every preset, on the engine that tells the story; a run with Redis compares each job that it is given back."""
    return {name: compare(scenario, redis=None) for name, scenario in summaries()}


def queue_of(external_time: Any, arrival_rate: float, threads: int, **fields: Any) -> Scenario:
    """A scenario that is a queue of the textbooks: every request is one external call, and no hop takes any time.

    One tick of 2^-20 s is spent on the way in, since some time must be. Nobody is timed out unless `timeout` is set.
    """
    no_time = dict.fromkeys((hop.field for hop in CONSTANT_HOPS), 0.0)
    long_run = {"duration": 10_000.0, "warmup": 1_000.0, "timeout": 1e6, "on_timeout": "finish_all"}
    shape = {"report_fraction": 1.0, "external_time": external_time, "arrival_rate": arrival_rate, "threads": threads}
    return Scenario.model_validate(no_time | {ROUTES.field: 1 / TICKS_PER_SECOND} | long_run | shape | fields)


def _theory() -> Iterator[Verdict]:
    """Three queues of the textbooks, on the quicker engine, and one of them on the engine that tells the story, too.

    Equal to the last bit, the two miss a formula by the same: the long replications of the one speak for the other.
    """
    exponential = Exponential(mean=1.0)
    five = [queue_of(exponential, 4.0, 5, duration=2_000, warmup=100, seed=seed) for seed in REPLICATIONS]
    computed = [simulate(scenario, engine="exact") for scenario in five]
    yield _inside(
        "M/M/5 at load 0.8, mean waiting time (Erlang C)",
        theory.mmc_waiting_time(0.8 * 5, 1.0, 5),
        [result.summary.waiting_time.mean or 0.0 for result in computed],
    )
    short = five[0].replace(duration=600)
    told, quickly = (simulate(short, engine=engine, redis=None).records for engine in ("simpy", "exact"))
    yield _equal("M/M/5 at load 0.8, the first 600 s", [(told, quickly)])
    lognormal = LogNormal(mean=1.0, p95=3.0)
    long = [queue_of(lognormal, 0.7, 1, seed=seed) for seed in REPLICATIONS]
    yield _inside(
        "M/G/1 at load 0.7, mean waiting time (Pollaczek–Khinchine)",
        theory.mg1_waiting_time(0.7, 1.0, lognormal.variance),
        [simulate(scenario, engine="exact").summary.waiting_time.mean or 0.0 for scenario in long],
    )
    impatient = [queue_of(exponential, 0.7, 1, timeout=5.0, seed=seed) for seed in REPLICATIONS]
    yield _inside(
        "M/M/1 at load 0.7, share of responses over 5 s",
        theory.mm1_response_exceeds(0.7, 1.0, 5.0),
        [simulate(scenario, engine="exact").summary.timeout_fraction or 0.0 for scenario in impatient],
    )


def _inside(claim: str, expected: float, values: list[float]) -> Verdict:
    low, high = t_interval(values, CONFIDENCE)
    return Verdict(
        claim,
        found=f"{expected:.4f} by the formula, {np.mean(values):.4f} simulated",
        allowed=f"the 99.9 % interval of {len(values)} replications, {low:.4f} to {high:.4f}",
        holds=low <= expected <= high,
    )


def _recordings() -> Iterator[Verdict]:
    for name, stack, on_timeout, most in RECORDINGS:
        _, agreement = recording(name, stack, on_timeout)
        yield Verdict(
            f"{name} on real {stack.replace('-', ', ')}: clients who fared differently",
            found=f"{agreement.fates_wrong} of {agreement.requests}; response times {agreement.response_time_off:.3f} s"
            f" and starts of the slow work {agreement.work_start_off:.3f} s off in the median",
            allowed=f"{most} and 0.3 s",
            holds=agreement.fates_wrong <= most
            and agreement.response_time_off <= 0.3
            and agreement.work_start_off <= 0.3,
        )
    for stack, other_rule in (("puma-finish_all", "finish_started"), ("puma-finish_started", "finish_all")):
        _, agreement = recording("overload", stack, other_rule)
        yield Verdict(
            f"overload on real {stack.replace('-', ', ')} tells the rule {other_rule} from its own",
            found=f"{agreement.fates_wrong} of {agreement.requests} clients fared differently",
            allowed="at least 90; stable does not tell the rules apart",
            holds=agreement.fates_wrong >= 90,
        )


def _books(told: Mapping[str, Comparison]) -> Iterator[Verdict]:
    for name, comparison in told.items():
        records = [result.records for result in comparison.cycles.values()]
        pools = [
            (pool, each.ended_at)
            for each in records
            for pool in (each.at_threads, each.at_workers, each.at_cores)
            if pool.slots
        ]
        laws = [littles_law(pool) for pool, _ in pools]
        area, waited = (sum(column) for column in zip(*laws, strict=True))
        yield Verdict(
            f"Little's law on {name}, all three columns",
            found=f"area {area:,} ticks, waiting times {waited:,} ticks",
            allowed="equal",
            holds=all(area == waited for area, waited in laws),
        )
        ledgers = [ledger(pool, ended_at) for pool, ended_at in pools]
        yield Verdict(
            f"Ledger on {name}: useful + wasted + idle + down slot-seconds",
            found=f"{sum(each.useful + each.wasted + each.idle + each.down for each in ledgers):,} of"
            f" {sum(each.slots * each.ended_at for each in ledgers):,} ticks",
            allowed="all of them",
            holds=all(each.balances for each in ledgers),
        )


def _engines(told: Mapping[str, Comparison]) -> Iterator[Verdict]:
    for name, comparison in told.items():
        if quickest_engine(comparison.scenario) != "exact":
            continue  # feedback, which the exact engine does not know
        computed = compare(comparison.scenario, workload=comparison.workload, engine="exact").cycles
        yield _equal(name, [(result.records, computed[cycle].records) for cycle, result in comparison.cycles.items()])


def _equal(name: str, served: list[tuple[Records, Records]]) -> Verdict:
    differing = sum(count_differing(told, computed) for told, computed in served)
    return Verdict(
        f"Both engines on {name}: requests that fare differently",
        found=f"{differing} of {sum(len(told) for told, _ in served):,}",
        allowed="none, to the last bit",
        holds=differing == 0,
    )


def count_differing(one: Records, other: Records) -> int:
    """How many requests differ in any instant between two records of the same workload."""
    names = ("started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at")
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    differ = [(a != b) & ~(np.isnan(a) & np.isnan(b)) for a, b in pairs]
    return int(np.any(differ, axis=0).sum())
