"""Is it right where more goes wrong? Formulas for who is turned away, and for how often a job is run."""

from collections.abc import Callable, Iterator
from typing import Any

from . import theory
from .attempts import Attempts
from .cycles import CYCLES
from .delays import Constant
from .draws import Luck
from .failures.run import Run
from .scenario import Scenario, validated
from .workload import draw

SEEDS = range(1, 21)
BEFORE = 10.0  # s: who arrives so early finds the server emptier than it is on average, and does not count
FAILS, RETRIES = 0.4, 3


def check_formulas(
    queue_of: Callable[..., Scenario], inside: Callable[[str, float, list[float]], Any]
) -> Iterator[Any]:
    """Verdicts on who is turned away (for three distributions of service), and how often a job is run."""
    services = {
        "exponential": {"distribution": "exponential", "mean": 1.0},
        "constant": 1.0,
        "lognormal": {"distribution": "lognormal", "mean": 1.0, "p95": 3.0},
    }
    for name, service in services.items():
        lossy = queue_of(service, 3.0, 4, duration=100.0, warmup=0.0, backlog_limit=0)
        claim = f"M/G/4/4, {name} service, offered 3: share turned away (Erlang B)"
        yield inside(claim, theory.erlang_b(4, 3.0), [_turned_away(lossy, seed) for seed in SEEDS])
    some_room = queue_of(services["exponential"], 3.0, 3, duration=100.0, warmup=0.0, backlog_limit=2)
    claim = "M/M/3/5, offered 3: share turned away"
    yield inside(claim, theory.mmck_rejected(3, 3.0, 2), [_turned_away(some_room, seed) for seed in SEEDS])
    claim = f"runs for each job, of which {FAILS:g} fail and are run again {RETRIES} times"
    yield inside(claim, theory.runs_per_job(FAILS, RETRIES), [_runs_per_job(seed) for seed in SEEDS])


def _turned_away(scenario: Scenario, seed: int) -> float:
    records = _run(scenario, "sync", seed)
    return float(records.rejected[records.arrived_at >= BEFORE].mean())


def _runs_per_job(seed: int) -> float:
    fields = {"report_fraction": 1.0, "external_time": 0.1, "arrival_rate": 5.0, "duration": 16.0, "workers": 10}
    scenario = validated(fields | {"failure_fraction": FAILS, "job_retries": RETRIES}, "runs").model_copy(
        update={"job_retry_delay": Constant(seconds=1)}
    )
    records = _run(scenario, "async", seed)
    return len(records.at_workers) / len(records)


def _run(scenario: Scenario, cycle: str, seed: int) -> Attempts:
    workload = draw(scenario, seed)
    return Run(workload, CYCLES[cycle], scenario, Luck(seed, len(workload))).finish()
