"""The formulas against numbers known from elsewhere, and both engines against the formulas and against Ciw."""

import math
from typing import Any

import ciw
import numpy as np
import pytest

from sim import SYNC, theory
from sim.experiments import simulate
from sim.path import CONSTANT_HOPS
from sim.scenario import Scenario
from sim.studies.estimates import STATISTICS, figures
from sim.studies.sweeps import replicate
from sim.units import column_to_grid
from sim.workload import Workload

ENGINES = pytest.mark.parametrize("engine", ["exact", "simpy"])
PATIENT = {"on_timeout": "finish_all", "timeout": 1e6, "workers": 1}


def pages(arrived_at: Any, web_time: Any) -> Workload:
    """A workload of pages that hold their thread for `web_time`."""
    arrived_at, none = column_to_grid(arrived_at), np.zeros(len(arrived_at))
    web_time = np.maximum(column_to_grid(web_time), 2.0**-20)
    hop_times = {hop.name: 0.0 for hop in CONSTANT_HOPS}
    return Workload(arrived_at, none.astype(bool), web_time, none, hop_times, float(arrived_at[-1]), from_file=True)


def replications(engine: str, scenario: Scenario, service: Any, *, rate: float, requests: int, count: int) -> Any:
    """The figures of independent runs, a row each: Poisson arrivals, service times as `service(random, size)` draws."""
    rows = []
    for seed in range(count):
        random = np.random.default_rng(seed)
        workload = pages(np.cumsum(random.exponential(1 / rate, requests)), service(random, requests))
        result = simulate(scenario, SYNC, workload=workload, engine=engine)
        rows.append(figures(result.summary))
    return np.array(rows)


def interval(values: Any, statistic: str, t_of_999: float) -> tuple[float, float]:
    """The 99.9 % interval of a statistic's mean over replications."""
    column = values[:, STATISTICS.index(statistic)]
    margin = t_of_999 * column.std(ddof=1) / math.sqrt(len(column))
    return column.mean() - margin, column.mean() + margin


SIZE = {"exact": {"requests": 20_000, "count": 40}, "simpy": {"requests": 8_000, "count": 12}}
T999 = {"exact": 3.558, "simpy": 4.437}  # Student's t for 99.9 %, 39 and 11 degrees of freedom


@ENGINES
@pytest.mark.parametrize(("servers", "rate"), [(1, 0.5), (2, 1.4), (5, 4.0)])
def test_waiting_times_in_mmc_are_those_of_erlang(engine: str, servers: int, rate: float) -> None:
    scenario = Scenario(threads=servers, warmup=200.0, duration=1e6, **PATIENT)
    values = replications(engine, scenario, lambda random, n: random.exponential(1, n), rate=rate, **SIZE[engine])
    low, high = interval(values, "waiting_time.mean", T999[engine])
    assert low < theory.mmc_waiting_time(rate, 1.0, servers) < high
    low, high = interval(values, "response_time.mean", T999[engine])
    assert low < theory.mmc_response_time(rate, 1.0, servers) < high
    assert not low < theory.mmc_response_time(rate * 1.05, 1.0, servers) < high, "a test that could not fail"


@ENGINES
@pytest.mark.parametrize("spread", [0.0, 0.25, 2.0])
def test_waiting_times_in_mg1_are_those_of_pollaczek_and_khinchine(engine: str, spread: float) -> None:
    def service(random: np.random.Generator, size: int) -> Any:
        return random.gamma(1 / spread, spread, size) if spread else np.ones(size)  # mean 1, variance `spread`

    scenario = Scenario(threads=1, warmup=200.0, duration=1e6, **PATIENT)
    values = replications(engine, scenario, service, rate=0.5, **SIZE[engine])
    low, high = interval(values, "waiting_time.mean", T999[engine])
    assert low < theory.mg1_waiting_time(0.5, 1.0, spread) < high


@ENGINES
@pytest.mark.parametrize("timeout", [2.0, 5.0])
def test_the_share_of_timeouts_in_mm1_is_that_of_response_times_beyond_the_timeout(engine: str, timeout: float) -> None:
    scenario = Scenario(threads=1, warmup=200.0, duration=1e6, **PATIENT | {"timeout": timeout})
    values = replications(engine, scenario, lambda random, n: random.exponential(1, n), rate=0.5, **SIZE[engine])
    low, high = interval(values, "timeout_fraction", T999[engine])
    assert low < theory.mm1_response_exceeds(0.5, 1.0, timeout) < high
    low, high = interval(values, "response_time.mean", T999[engine])
    assert low < theory.mm1_response_up_to(0.5, 1.0, timeout) < high


@pytest.mark.slow
def test_the_95_percent_interval_contains_erlangs_value_in_about_95_of_100_experiments() -> None:
    scenario = Scenario(
        arrival_rate=2.1,
        report_fraction=1.0,
        external_time={"distribution": "exponential", "mean": 1.0},
        threads=3,
        warmup=100.0,
        duration=1500.0,
        **{hop.field: 0.0 for hop in CONSTANT_HOPS} | {"web_server_time": 2.0**-20},
        **PATIENT,
    )
    expected = theory.mmc_waiting_time(2.1, 1.0, 3)
    covered = 0
    for experiment in range(200):
        frame = replicate(scenario.replace(seed=10 * experiment), 10, cycles=["sync"])
        row = frame[frame.statistic == "waiting_time.mean"].iloc[0]
        covered += row.low < expected < row.high
    assert 180 <= covered <= 198


class OfRequest(ciw.dists.Distribution):
    """The service time of each request, also where some never take theirs."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds = seconds

    def sample(self, t: Any = None, ind: Any = None) -> float:
        return self.seconds[ind.id_number - 1]


def starts_of_ciw(workload: Workload, servers: int, patience: float = math.inf) -> list[float]:
    """When Ciw starts the requests that it serves, fed with the same numbers."""
    renege = [ciw.dists.Deterministic(patience)] if math.isfinite(patience) else None
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*np.diff(workload.arrived_at, prepend=0.0).tolist(), math.inf])],
        service_distributions=[OfRequest(workload.web_time.tolist())],
        number_of_servers=[servers],
        **{"reneging_time_distributions": renege} if renege else {},
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(1e6)
    records = simulation.get_all_records(only=["service"])
    return sorted(record.service_start_date for record in records)


@ENGINES
def test_requests_start_at_the_same_instants_as_in_ciw(engine: str) -> None:
    random = np.random.default_rng(3)
    workload = pages(np.cumsum(random.exponential(0.3, 2000)), random.exponential(1, 2000))
    records = simulate(Scenario(threads=4, **PATIENT), SYNC, workload=workload, engine=engine).records
    assert records.started_at.tolist() == starts_of_ciw(workload, 4)


@ENGINES
def test_those_who_give_up_waiting_are_the_same_as_in_ciw_with_reneging(engine: str) -> None:
    random = np.random.default_rng(4)
    workload = pages(np.cumsum(random.exponential(0.2, 2000)), random.exponential(1, 2000))
    scenario = Scenario(threads=4, timeout=3.0)
    started_at = simulate(scenario, SYNC, workload=workload, engine=engine).records.started_at
    started_at = started_at[~np.isnan(started_at)]
    assert len(started_at) < 1900
    assert started_at.tolist() == starts_of_ciw(workload, 4, patience=3.0)


@pytest.mark.parametrize(
    ("servers", "load", "probability"),
    # one server waits when it is busy; two: a²/(2 + a); the others from Gross & Harris' recursion by hand
    [(1, 0.3, 0.3), (2, 1.0, 1 / 3), (2, 1.5, 2.25 / 3.5), (3, 2.0, 4 / 9)],
)
def test_erlang_c_has_its_known_values(servers: int, load: float, probability: float) -> None:
    assert theory.erlang_c(servers, load) == pytest.approx(probability)


def test_erlang_c_does_not_overflow_with_a_thousand_servers() -> None:
    assert 0.0 < theory.erlang_c(1000, 950.0) < 1.0


def test_one_server_with_exponential_service_is_a_case_of_every_formula() -> None:
    wait = theory.mmc_waiting_time(0.5, 1.0, 1)
    assert wait == pytest.approx(1.0)  # ρ / (μ − λ)
    assert theory.mg1_waiting_time(0.5, 1.0, 1.0) == pytest.approx(wait)
    assert theory.mg1_response_time(0.5, 1.0, 1.0) == pytest.approx(theory.mmc_response_time(0.5, 1.0, 1))
    assert theory.mm1_response_exceeds(0.5, 1.0, 0.0) == 1.0
    assert theory.mmc_waiting_exceeds(0.5, 1.0, 1, 0.0) == pytest.approx(0.5)
    assert theory.mm1_response_up_to(0.5, 1.0, 1e6) == pytest.approx(theory.mmc_response_time(0.5, 1.0, 1))


def test_long_waits_are_the_rarer_the_longer_they_are() -> None:
    # ρ exp(−(μ − λ) t) with μ = 1/2 and λ = 1/4; with two servers one in three waits, and 1/s on average is left over
    assert theory.mmc_waiting_exceeds(0.25, 2.0, 1, 3.0) == pytest.approx(0.5 * math.exp(-0.75))
    assert theory.mmc_waiting_exceeds(1.0, 1.0, 2, 0.5) == pytest.approx(math.exp(-0.5) / 3)


def test_nobody_waits_for_a_service_that_takes_no_time() -> None:
    assert theory.mmc_waiting_time(1.0, 0.0, 2) == 0.0
    assert theory.mmc_waiting_exceeds(1.0, 0.0, 2, 1.0) == 0.0
    assert theory.mm1_response_exceeds(1.0, 0.0, 1.0) == 0.0
    assert theory.mm1_response_up_to(1.0, 0.0, 1.0) == 0.0


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: theory.erlang_c(2, 2.0), r"load = 2 erlangs on 2; allowed: less than that"),
        (lambda: theory.erlang_c(0, 0.5), r"servers = 0; allowed: a whole number from 1"),
        (lambda: theory.erlang_c(True, 0.5), r"servers = True; allowed"),
        (lambda: theory.erlang_c(2.0, 0.5), r"servers = 2\.0; allowed"),  # type: ignore[arg-type]
        (lambda: theory.erlang_c(2, math.nan), r"load = nan; allowed"),
        (lambda: theory.offered_load(-1.0, 1.0), r"arrival_rate = -1\.0; allowed: a finite number from 0"),
        (lambda: theory.mmc_waiting_time(1.0, math.inf, 2), r"time = inf; allowed"),
        (lambda: theory.mm1_response_exceeds(0.5, 1.0, -1.0), r"seconds = -1\.0; allowed"),
        (lambda: theory.mm1_response_up_to(1.5, 1.0, 1.0), r"load = 1\.5 erlangs on 1; allowed"),
        (lambda: theory.mg1_waiting_time(0.5, 1.0, -0.1), r"service_variance = -0\.1; allowed"),
        (lambda: theory.mg1_waiting_time(1.0, 1.0, 0.0), r"load = 1 erlangs on 1; allowed"),
    ],
)
def test_impossible_arguments_are_refused_by_name(call: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()


def test_erlang_b_is_what_the_tables_of_telephone_engineers_say() -> None:
    assert theory.erlang_b(1, 1.0) == 0.5
    assert theory.erlang_b(10, 5.0) == pytest.approx(0.0184, abs=5e-5)
    assert theory.erlang_b(100, 84.06) == pytest.approx(0.01, abs=5e-5)
    assert theory.erlang_b(5, 0.0) == 0


def test_without_places_to_wait_mmck_is_erlang_b_and_with_very_many_nobody_is_turned_away() -> None:
    assert theory.mmck_rejected(5, 4.0, 0) == theory.erlang_b(5, 4.0)
    assert theory.mmck_rejected(5, 4.0, 2_000) == pytest.approx(0, abs=1e-12)
    assert theory.mmck_waiting_time(4.0, 1.0, 5, 2_000) == pytest.approx(theory.mmc_waiting_time(4.0, 1.0, 5))


def test_one_server_with_one_place_turns_away_what_its_three_states_say() -> None:
    # states 0, 1, 2 with probabilities as 1 : a : a²; at a = 2 it is full 4 times of 7, and one waits then
    assert theory.mmck_rejected(1, 2.0, 1) == pytest.approx(4 / 7)
    assert theory.mmck_waiting_time(2.0, 1.0, 1, 1) == pytest.approx((4 / 7) / (2 * 3 / 7))
    assert theory.mmck_waiting_time(0.0, 1.0, 1, 1) == 0


def test_a_job_is_run_as_often_as_the_geometric_series_says() -> None:
    assert theory.runs_per_job(0.5, 2) == 1 + 0.5 + 0.25
    assert theory.runs_per_job(0.0, 25) == 1
    assert theory.runs_per_job(1.0, 25) == 26
    assert theory.runs_per_job(0.25, 9) == pytest.approx((1 - 0.25**10) / (1 - 0.25))


@pytest.mark.parametrize(
    ("formula", "complaint"),
    [
        (lambda: theory.erlang_b(0, 1.0), "servers = 0"),
        (lambda: theory.erlang_b(1, -1.0), "load = -1.0"),
        (lambda: theory.mmck_rejected(1, 1.0, -1), "places = -1"),
        (lambda: theory.runs_per_job(1.5, 1), "failure_fraction = 1.5"),
    ],
)
def test_the_formulas_of_loss_refuse_what_means_nothing(formula: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        formula()
