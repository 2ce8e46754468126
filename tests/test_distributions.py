"""Distributions: what they say of themselves is what their draws do, and their edges are finite."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy.special import ndtri
from strategies import distributions

from sim.distributions import (
    NAMES,
    Constant,
    Distribution,
    Empirical,
    Exponential,
    LogNormal,
    Mixture,
    Part,
    Uniform,
    Weibull,
)
from sim.normal import normal_quantile
from sim.units import column_to_grid

PARSED: TypeAdapter[Distribution] = TypeAdapter(Distribution)
EXAMPLES = [
    Constant(value=3.5),
    Uniform(low=2, high=5),
    Uniform(low=4, high=4),
    Exponential(mean=10),
    LogNormal(mean=12, p95=32),
    LogNormal(mean=10, p95=11),
    Weibull(scale=10, shape=0.8),
    Weibull(scale=10, shape=3),
    Empirical(values=[29, 31, 31, 40]),
    Mixture(parts=[Part(weight=3, time=Exponential(mean=2)), Part(weight=1, time=Constant(value=40))]),
    Mixture(parts=[Part(weight=1, time=LogNormal(mean=5, p95=12)), Part(weight=2, time=Uniform(low=0, high=60))]),
]
MIDPOINTS = (np.arange(1_000_000) + 0.5) / 1_000_000  # a sample without luck: the mean over it is an integral
LAST = np.nextafter(1.0, 0.0)
each = pytest.mark.parametrize("distribution", EXAMPLES, ids=repr)


@each
def test_mean_and_variance_are_those_of_the_draws(distribution: Distribution) -> None:
    draws = distribution.quantile(MIDPOINTS)
    assert draws.mean() == pytest.approx(distribution.mean, rel=1e-4)
    assert draws.var() == pytest.approx(distribution.variance, rel=1e-2, abs=1e-9)


@each
def test_the_probability_of_taking_longer_is_the_share_of_draws_that_do(distribution: Distribution) -> None:
    draws = distribution.quantile(MIDPOINTS)
    for seconds in (-1.0, 0.0, 0.5, 3.4, 3.6, 10.0, 29.5, 31.0, 50.0, 1e6):
        assert distribution.exceeds(seconds) == pytest.approx((draws > seconds).mean(), abs=2e-6), seconds


@each
def test_pseudo_random_draws_agree_with_the_mean(distribution: Distribution) -> None:
    draws = distribution.quantile(np.random.default_rng(7).random(200_000))
    error = math.sqrt(distribution.variance / len(draws))
    assert abs(draws.mean() - distribution.mean) <= 4 * error + 1e-9


@pytest.mark.parametrize(("mean", "p95"), [(12, 32), (10, 30), (1, 1.01), (10, 38.6), (0.001, 0.003)])
def test_a_lognormal_has_the_mean_and_the_95th_percentile_it_is_given_by(mean: float, p95: float) -> None:
    distribution = LogNormal(mean=mean, p95=p95)
    assert float(distribution.quantile(np.array([0.95]))[0]) == pytest.approx(distribution.p95, rel=1e-9)
    assert distribution.exceeds(distribution.p95) == pytest.approx(0.05, rel=1e-9)
    assert math.exp(distribution._mu + distribution._sigma**2 / 2) == pytest.approx(distribution.mean, rel=1e-12)


@given(distributions)
@settings(max_examples=150, deadline=None)
def test_the_extreme_draws_are_finite_and_in_order(fields: dict[str, object]) -> None:
    distribution = PARSED.validate_python(fields)
    if isinstance(distribution, Mixture | Empirical):  # in the order in which they are listed
        draws = distribution.quantile(np.array([0.0, 0.5, LAST]))
    else:
        draws = distribution.quantile(np.array([0.0, 1e-12, 0.25, 0.5, 0.75, LAST]))
        assert np.all(np.diff(draws) >= 0)
    assert np.isfinite(draws).all()
    assert (draws >= 0).all()
    assert math.isfinite(distribution.mean)
    assert distribution.variance >= -1e-6 * distribution.mean**2
    assert 0 <= distribution.exceeds(5.0) <= 1


@given(distributions, st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_a_draw_depends_on_its_own_number_only(fields: dict[str, object], count: int) -> None:
    distribution = PARSED.validate_python(fields)
    unit = np.random.default_rng(3).random(50)
    assert np.array_equal(distribution.quantile(unit)[:count], distribution.quantile(unit[:count]))


def test_a_mixture_takes_each_part_as_often_as_its_weight_says() -> None:
    mixture = Mixture(parts=[Part(weight=3, time=Constant(value=1)), Part(weight=1, time=Constant(value=9))])
    assert mixture.quantile(np.array([0.0, 0.74, 0.75, LAST])).tolist() == [1, 1, 9, 9]
    assert (mixture.mean, mixture.variance, mixture.exceeds(1)) == (3, 12, 0.25)


def test_parts_whose_weights_do_not_quite_add_up_still_have_a_last_draw() -> None:
    tenths = Mixture(parts=[Part(weight=0.1, time=Uniform(low=n, high=n + 1)) for n in range(10)])
    assert np.cumsum([0.1] * 10)[-1] < 1
    assert tenths.quantile(np.array([LAST])).tolist() == [pytest.approx(10.0)]


def test_two_equal_ends_are_one_time_which_nothing_exceeds() -> None:
    assert Uniform(low=2, high=2).exceeds(2) == 0.0
    assert Uniform(low=2, high=2).exceeds(1.99) == 1.0


def test_an_empirical_list_gives_each_of_its_values_equally_often() -> None:
    empirical = Empirical(values=[29, 31])
    assert empirical.quantile(np.array([0.0, 0.499, 0.5, LAST])).tolist() == [29, 29, 31, 31]
    for count in range(1, 200):
        assert Empirical(values=[0.0] * (count - 1) + [1.0]).quantile(np.array([LAST])).tolist() == [1.0]


def test_every_distribution_is_known_by_its_name() -> None:
    assert {distribution.distribution for distribution in EXAMPLES} == set(NAMES)
    for distribution in EXAMPLES:
        assert PARSED.validate_python(distribution.model_dump()) == distribution


@pytest.mark.parametrize("p95", [10.0, 9.0, 38.69, 100.0])
def test_a_lognormal_that_does_not_exist_is_refused(p95: float) -> None:
    with pytest.raises(ValidationError, match=r"mean < p95 < 3\.87"):
        LogNormal(mean=10, p95=p95)


def test_normal_quantiles_are_those_of_scipy_from_the_middle_to_the_last_draw_there_is() -> None:
    powers = 2.0 ** -np.arange(1, 1000)
    edges = np.array([0.075, 0.925, np.exp(-25.0)])  # where the regions of the algorithm meet
    unit = np.concatenate(
        [*[[0.0, LAST], powers, 1 - powers[:52]], edges, np.nextafter(edges, 0), np.nextafter(edges, 1), MIDPOINTS]
    )
    expected = ndtri(unit)
    assert normal_quantile(unit)[0] == expected[0] == -math.inf
    assert np.allclose(normal_quantile(unit)[1:], expected[1:], rtol=2e-15, atol=2e-16)


@pytest.mark.parametrize(("mean", "p95"), [(12, 32), (0.2, 0.6), (3000, 9000)])
def test_lognormal_draws_are_on_the_grid_what_they_are_with_scipy(mean: float, p95: float) -> None:
    distribution = LogNormal(mean=mean, p95=p95)
    unit = np.random.default_rng(8).random(500_000)
    expected = np.exp(distribution._mu + distribution._sigma * ndtri(unit))
    assert np.array_equal(column_to_grid(distribution.quantile(unit)), column_to_grid(expected))
