"""The page draws as numpy does: seeds, unit draws, quantiles and whole runs, held equal to Python's with ==."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from page_model import PageModel

from sim.distributions import Constant, Empirical, Exponential, LogNormal, Mixture, Uniform, Weibull
from sim.draws import CLIENT_RETRIES, LOOKS, Luck
from sim.experiments import compare
from sim.player.data import explorer_data
from sim.player.knobs import knobs_of
from sim.presets import PRESETS, load
from sim.studies.seeds import seeds_of
from sim.units import column_to_grid
from sim.workload import draw, unit_draws

SEEDS = [0, 1, 637, 2**32 - 1, 2**32, 63_800_001, 2**53 + 1, 2**63 - 1]


@pytest.fixture(scope="module")
def page() -> Iterator[PageModel]:
    with PageModel() as model:
        yield model


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_has_the_same_unit_draws_in_the_page_as_in_numpy(page: PageModel, seed: int) -> None:
    for stream in (0, 1, 2):
        answer = page.ask("draws", seed=str(seed), stream=stream, count=300)
        assert answer["whole"] == answer["one"] == unit_draws(seed, stream, 300).tolist()


def test_the_streams_of_what_goes_wrong_are_drawn_alike(page: PageModel) -> None:
    luck = Luck(2**40, 50)
    retries = page.ask("draws", seed=str(2**40), stream=CLIENT_RETRIES, k=3, count=50)["whole"]
    assert retries == [luck.client(3, visit) for visit in range(50)]
    looks = luck.looks()
    assert page.ask("draws", seed=str(2**40), stream=LOOKS, count=600)["one"] == [next(looks) for _ in range(600)]


DISTRIBUTIONS = [
    Constant(value=3),
    Uniform(low=1, high=7),
    Exponential(mean=10),
    LogNormal(mean=12, p95=40),
    Weibull(scale=8, shape=0.7),
    Empirical(values=[29, 31, 4]),
    Mixture.model_validate(
        {
            "parts": [
                {"weight": 3, "time": {"distribution": "lognormal", "mean": 2, "p95": 5}},
                {"weight": 0.5, "time": 40},
                {"weight": 2, "time": {"distribution": "exponential", "mean": 9}},
            ]
        },
        strict=False,
    ),
]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda one: one.distribution)
def test_slow_calls_take_as_long_in_the_page_as_in_python(page: PageModel, distribution: Any) -> None:
    units = np.concatenate([unit_draws(5, 2, 4000), [1e-13, 1e-9, 0.075, 0.925, 1 - 1e-12, 1 - 2**-53]])
    answer = page.ask("quantiles", distribution=distribution.model_dump(), units=units)
    assert np.array_equal(column_to_grid(answer), column_to_grid(distribution.quantile(units)))


@pytest.mark.parametrize("own", [0, 637, 2**63 - 1])
def test_other_luck_has_the_seeds_of_the_commands(page: PageModel, own: int) -> None:
    seeds = [str(seed) for seed in seeds_of(own, 24)]
    assert page.ask("seeds", own=str(own), seed=seeds[0]) == {"others": seeds[1:21], "next": seeds[1]}
    assert page.ask("seeds", own=str(own), seed=seeds[2]) == {"others": seeds[:2] + seeds[3:21], "next": seeds[3]}


def test_a_seed_from_elsewhere_leads_back_to_the_scenario_s_own(page: PageModel) -> None:
    assert page.ask("seeds", own="637", seed="12345")["next"] == "637"


@pytest.mark.parametrize("preset", PRESETS)
def test_with_another_seed_too_the_explorer_says_the_numbers_of_compare(page: PageModel, preset: str) -> None:
    scenario = load(preset)
    seed = seeds_of(scenario.seed, 2)[1]
    answer = page.ask("explore", data=explorer_data(scenario), preset=preset, knobs=knobs_of(scenario), seed=str(seed))
    workload = draw(scenario, seed)
    assert answer["workload"]["arrived_at"] == workload.arrived_at.tolist()
    assert answer["workload"]["external_time"] == workload.external_time.tolist()
    expected = compare(scenario.replace(seed=seed), engine="exact")
    for name, result in expected.cycles.items():
        figures, truth = answer["summaries"][name], result.summary.to_json()
        assert figures == {figure: truth[figure] for figure in figures}
