"""The engine in which more goes wrong, held against the reference of all rules: request by request, run by run."""

import math
from typing import Any

import numpy as np
import pytest
from lab_cases import Case, Row, cases, told

from sim.checks import queue_of
from sim.cycles import CYCLES
from sim.delays import Constant
from sim.draws import Luck
from sim.failures import books
from sim.failures.run import Run
from sim.records import KINDS, REJECTED, STATUSES
from sim.scenario import Scenario
from sim.stats import ledger, littles_law, peak, t_interval
from sim.turns import OUTCOMES
from sim.units import sum_in_ticks
from sim.workload import draw

CASES_AT_ONCE = 60


def served(case: Case, cycle: str) -> Run:
    return Run(case.workload(), CYCLES[cycle], case.scenario(), case.luck).run()  # type: ignore[arg-type]


def told_by(run: Run, names: list[str]) -> tuple[list[Row], list[Row]]:
    """The engine's requests and runs, as the reference's are told."""
    rows, runs = run.rows, []
    picked_up_at: dict[int, float] = {}
    completed_at: dict[int, float] = {}
    if run.application:
        made = run.application.runs
        for n, request in enumerate(made.request_id):
            outcome = OUTCOMES[made.outcome[n]]
            queue, worker = names[made.queue[n]], made.worker[n]
            taken_at, ended_at = made.picked_up_at[n], made.ended_at[n]
            runs.append((taken_at, request, made.run[n], queue, worker, outcome, made.enqueued_at[n], ended_at))
            picked_up_at.setdefault(request, taken_at)
            if outcome == "completed":
                completed_at[request] = ended_at

    def happened(n: int, *columns: str) -> list[float | None]:
        instants = [getattr(rows, column)[n] for column in columns]
        return [None if at != at else at for at in instants]

    requests = [
        (
            *(rows.visit[n], rows.attempt[n], KINDS[rows.kind[n]]),
            STATUSES[rows.status[n]] if rows.status[n] >= 0 else None,
            rows.thread[n] if rows.thread[n] >= 0 else None,
            *happened(n, "arrived_at", "started_at", "enqueued_at", "responded_at", "finished_at", "skipped_at"),
            *(picked_up_at.get(n), completed_at.get(n), *happened(n, "died_at", "seen_at")),
        )
        for n in range(rows.count)
    ]
    return requests, sorted(runs)


def test_every_kind_of_luck_has_a_stream_of_its_own() -> None:
    luck = Luck(7, 3)
    first = [luck.client(1, 0), luck.client(2, 0), luck.job(1, 0), luck.failure(1, 0), next(luck.looks())]
    first += [next(luck.hand_outs()), Luck(8, 3).client(1, 0)]
    assert len(set(first)) == len(first)
    assert luck.client(1, 0) == first[0]


@pytest.mark.parametrize("cycle", CYCLES)
@pytest.mark.parametrize("first", range(0, 360, CASES_AT_ONCE))
def test_every_request_and_run_fares_as_in_the_reference(first: int, cycle: str) -> None:
    for case in cases(range(first, first + CASES_AT_ONCE)):
        assert told_by(served(case, cycle), case.queue_names) == told(case.reference(cycle))


@pytest.mark.slow
@pytest.mark.parametrize("cycle", CYCLES)
def test_the_books_balance_to_the_tick_and_littles_law_holds_for_every_pool(cycle: str) -> None:
    down = 0
    for case in cases(range(400)):
        run = served(case, cycle)
        end = books.ended_at(run)
        for pool in (books.at_threads(run), books.at_workers(run), books.at_cores(run)):
            assert ledger(pool, end).balances
            area, waited = littles_law(pool)
            assert area == waited
            down += pool.down
    assert (down > 0) == (cycle == "async")


def test_littles_law_holds_for_every_queue_of_several() -> None:
    waits = 0
    for case in cases(range(100)):
        run = served(case, "async")
        assert run.application
        runs = books.at_workers(run)
        for number, queue in enumerate(run.application.queues):
            waited = runs.waited[np.asarray(run.application.runs.queue) == number]
            assert queue.curve.area() == sum_in_ticks(waited)
            waits += number > 0 and sum_in_ticks(waited) > 0
    assert waits > 10


@pytest.mark.slow
def test_littles_law_holds_for_the_retry_set() -> None:
    waits = 0
    for case in cases(range(300)):
        run = served(case, "async")
        assert run.application
        made = run.application.runs
        last: dict[int, int] = {}
        waited = 0.0
        for row, request in enumerate(made.request_id):
            before = last.get(request)
            if before is not None and OUTCOMES[made.outcome[before]] == "failed":
                waited += made.enqueued_at[row] - made.ended_at[before]
                waits += 1
            last[request] = row
        assert run.application.retry_set.curve.area() == waited * 2**20
    assert waits > 100


def test_a_pools_peak_is_that_of_its_curve() -> None:
    for case in cases(range(100)):
        run = served(case, "sync")
        pool = books.at_threads(run)
        assert run.backlog.curve.peak() == peak(pool.came_at, pool.taken_at)


# ---------------------------------------------------------------- theory


@pytest.mark.slow
@pytest.mark.parametrize(
    "call", [{"distribution": "exponential", "mean": 1.0}, 1.0, {"distribution": "lognormal", "mean": 1.0, "p95": 3.0}]
)
def test_without_room_to_wait_erlangs_b_says_who_is_turned_away_whatever_the_service(call: Any) -> None:
    threads, load_of_all = 4, 3.0
    scenario = queue_of(call, load_of_all, threads, duration=4000.0, warmup=0.0).model_copy(update={"backlog_limit": 0})
    shares = [share_rejected(scenario, seed) for seed in range(6)]
    low, high = t_interval(shares, 0.999)
    assert low <= erlang_b(threads, load_of_all) <= high


@pytest.mark.slow
def test_with_some_room_to_wait_the_share_turned_away_is_that_of_mmck() -> None:
    threads, room, load_of_all = 3, 2, 3.0
    scenario = queue_of({"distribution": "exponential", "mean": 1.0}, load_of_all, threads, duration=4000.0, warmup=0.0)
    shares = [share_rejected(scenario.model_copy(update={"backlog_limit": room}), seed) for seed in range(6)]
    weights = [load_of_all**n / math.factorial(n) for n in range(threads + 1)]
    weights += [weights[-1] * (load_of_all / threads) ** n for n in range(1, room + 1)]
    low, high = t_interval(shares, 0.999)
    assert low <= weights[-1] / sum(weights) <= high


def share_rejected(scenario: Scenario, seed: int) -> float:
    workload = draw(scenario, seed)
    run = Run(workload, CYCLES["sync"], scenario, Luck(seed, len(workload))).run()
    return run.rows.status.count(REJECTED) / run.rows.count


def erlang_b(servers: int, load_of_all: float) -> float:
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load_of_all * blocked / (server + load_of_all * blocked)
    return blocked


@pytest.mark.slow
def test_a_job_is_run_as_often_as_a_series_of_failures_says() -> None:
    fails, retries = 0.4, 3
    scenario = Scenario(
        report_fraction=1.0, external_time=0.1, arrival_rate=5.0, duration=2000.0, threads=10, workers=10
    ).model_copy(update={"failure_fraction": fails, "job_retries": retries, "job_retry_delay": Constant(seconds=1.0)})
    means = []
    for seed in range(6):
        workload = draw(scenario, seed)
        run = Run(workload, CYCLES["async"], scenario, Luck(seed, len(workload))).run()
        assert run.application
        means.append(len(run.application.runs.run) / len(workload))
    low, high = t_interval(means, 0.999)
    assert low <= (1 - fails ** (retries + 1)) / (1 - fails) <= high


def test_the_cases_have_everything_that_can_go_wrong() -> None:
    seen: dict[str, set[Any]] = {"status": set(), "kind": set(), "outcome": set()}
    attempts, runs = 0, 0
    for case in cases(range(120)):
        requests, made = told(case.reference("async"))
        attempts = max(attempts, *(row[1] for row in requests))
        runs = max(runs, *(row[2] for row in made), 0)
        seen["kind"] |= {row[2] for row in requests}
        seen["status"] |= {row[3] for row in requests}
        seen["outcome"] |= {row[5] for row in made}
    assert seen["kind"] == set(KINDS)
    assert seen["status"] == set(STATUSES)
    assert seen["outcome"] == {"completed", "failed", "lost", "returned"}
    assert attempts > 3
    assert runs > 3
