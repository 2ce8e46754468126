"""An interval holds what it says as often as it says, and one that cannot says so instead."""

from math import comb

import numpy as np
import pytest
from scipy.special import stdtrit

from sim.studies.estimates import DIFFERENCE, STATISTICS, estimate, kinds_of
from sim.studies.intervals import FEW, reach, reach_of_few, reach_of_skewed, runs_apart, shares_of_runs

ALIKE = [7.0] * 16


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


def ends(values: np.ndarray, step: float = np.nan) -> tuple[float, float]:
    below, above = reach(values, np.full(values.shape[1:], step))
    return float((values.mean(axis=0) - below)[0]), float((values.mean(axis=0) + above)[0])


def test_values_without_skewness_have_students_interval() -> None:
    low, high = ends(column(1, 2, 3))
    assert high - 2 == pytest.approx(4.302653 / np.sqrt(3))  # t for two degrees of freedom; their deviation is 1
    assert low == pytest.approx(4 - high)
    assert ends(column(1, 3)) == pytest.approx((2 - 12.7062, 2 + 12.7062))


def test_three_values_can_be_skewed_and_two_cannot() -> None:
    low, high = ends(column(1, 2, 9))
    assert high - 4 > 4 - low  # 2 is no middle
    low, high = ends(column(1, 9))
    assert high - 5 == pytest.approx(5 - low)


def test_each_end_of_a_skewed_interval_is_where_halls_transformation_has_students_quantile() -> None:
    values = np.random.default_rng(1).exponential(size=(20, 50))
    values[:, 25:] *= -1
    deviation, away = values.std(axis=0, ddof=1), values - values.mean(axis=0)
    skewness = (away**3).mean(axis=0) / (away**2).mean(axis=0) ** 1.5 * np.sqrt(20 * 19) / 18
    quantile = stdtrit(19, 0.975) / np.sqrt(20)
    below, above = reach_of_skewed(values)
    for end, expected in ((below / deviation, quantile), (-above / deviation, -quantile)):
        transformed = end + skewness * end**2 / 3 + skewness**2 * end**3 / 27 + skewness / (6 * 20)
        of_student = np.isclose(np.abs(end), quantile)
        assert 0 < of_student.sum() < 50
        np.testing.assert_allclose(transformed[~of_student], expected, rtol=1e-9)
        assert (np.abs(end) >= quantile - 1e-12).all()


def test_the_skewed_interval_is_turned_round_with_its_values() -> None:
    values = np.random.default_rng(2).exponential(size=(20, 3))
    below, above = reach_of_skewed(values)
    np.testing.assert_allclose(reach_of_skewed(-values), (above, below))


@pytest.mark.parametrize("runs", [10, 20, 40])
def test_of_skewed_values_nine_intervals_in_ten_hold_the_mean(runs: int) -> None:
    random = np.random.default_rng(3)
    for values, mean in (
        (random.exponential(size=(runs, 4000)), 1.0),
        (random.lognormal(sigma=0.8, size=(runs, 4000)), np.exp(0.32)),
        (random.normal(size=(runs, 4000)), 0.0),
    ):
        below, above = reach(values, np.full(4000, np.nan))
        found = values.mean(axis=0)
        held = ((found - below <= mean) & (mean <= found + above)).mean()
        assert 0.9 <= held <= 0.98


def test_a_share_of_all_runs_is_bounded_as_the_binomial_distribution_says() -> None:
    least, most = shares_of_runs(20)

    def chance(seen: range, share: float) -> float:
        return sum(comb(20, k) * share**k * (1 - share) ** (20 - k) for k in seen)

    assert chance(range(1), most[0]) == pytest.approx(0.05)
    assert least[0] == 0
    for seen in range(1, FEW + 1):
        assert chance(range(seen + 1), most[seen]) == pytest.approx(0.025)
        assert chance(range(seen, 21), least[seen]) == pytest.approx(0.025)
    assert shares_of_runs(300)[1][0] == pytest.approx(3 / 300, rel=0.01)  # the rule of three


@pytest.mark.parametrize(
    ("values", "apart"),
    [
        ([7] * 20, 0),
        ([*ALIKE, 7, 7, 7, 8], 1),
        ([*ALIKE, 3, 8, 9, 10], 4),
        ([*ALIKE[1:], 3, 8, 9, 10, 11], 20),
        ([*ALIKE[1:], 7.001, 7.002, 7.003, 7.004, 8], 1),  # as good as equal
        (list(range(20)), 20),
        ([2, 2], 0),
        ([2, 3], 2),
        ([2, 2, 3], 1),
        ([2, 3, 4], 3),
        ([2, 2, 3, 3], 4),
        ([2, 2, 2, 3, 4, 5], 6),
        ([2, 2, 2, 2, 3, 4], 2),
    ],
)
def test_the_runs_that_stand_apart_are_counted_where_they_are_few(values: list[float], apart: int) -> None:
    assert runs_apart(column(*values)).tolist() == [apart]
    assert runs_apart(column(*reversed(values))).tolist() == [apart]


def test_where_few_runs_differ_as_many_more_may_as_the_binomial_interval_allows() -> None:
    values = column(*[0.0] * 18, 4.0, 6.0)
    least, most = shares_of_runs(20)
    below, above = reach_of_few(values, np.array([1.0]))
    assert (0.5 - below)[0] == pytest.approx(5 * least[2])
    assert (0.5 + above)[0] == pytest.approx(5 * most[2])
    both = column(*[10.0] * 17, 4.0, 12.0, 16.0)
    below, above = reach_of_few(both, np.array([np.nan]))
    mean = both.mean()
    assert (mean - below)[0] == pytest.approx(10 - 6 * most[1] + 4 * least[2])
    assert (mean + above)[0] == pytest.approx(10 - 6 * least[1] + 4 * most[2])


def test_the_interval_of_few_is_never_narrower_than_that_of_many() -> None:
    values = column(*[0.0] * 16, 1.0, 1.0, 1.0, 30.0)
    few, many = reach_of_few(values, np.array([1.0])), reach_of_skewed(values)
    np.testing.assert_array_equal(reach(values, np.array([1.0])), np.maximum(few, many))


def test_where_nothing_was_seen_a_count_may_be_three_in_all_runs_and_another_figure_is_not_known() -> None:
    nothing = column(*[0.0] * 20)
    assert ends(nothing, step=1.0)[1] == pytest.approx(1 - 0.05 ** (1 / 20))
    assert np.isnan(ends(nothing)).all()
    assert ends(nothing, step=0.0) == (0.0, 0.0)


def of_statistics(*rows: dict[str, float], runs: int = 20) -> np.ndarray:
    """Values by replication, cycle and statistic in which all replications are alike; what is not named is 0."""
    one = np.zeros((len(rows), len(STATISTICS)))
    for place, row in enumerate(rows):
        for name, value in row.items():
            one[place, STATISTICS.index(name)] = value
    return np.repeat(one[None], runs, axis=0)


def test_what_is_known_of_a_figure_beforehand_bounds_it() -> None:
    labels = ["sync", "async", DIFFERENCE]
    all_once = {"requests": 180, "visits": 180}
    values = of_statistics(all_once, all_once, {})
    found = estimate(values, kinds_of(values, labels))

    def interval(label: str, statistic: str) -> tuple[float, float]:
        place = labels.index(label), STATISTICS.index(statistic)
        return found.low[place], found.high[place]

    unseen = shares_of_runs(20)[1][0]
    assert interval("sync", "timed_out_pages") == pytest.approx((0, unseen))
    assert interval("sync", "timeout_fraction") == pytest.approx((0, unseen / 180))
    assert interval(DIFFERENCE, "timed_out_pages") == pytest.approx((-unseen, unseen))
    assert interval("sync", "requests") == pytest.approx((180 - unseen, 180 + unseen))
    assert interval(DIFFERENCE, "requests") == interval(DIFFERENCE, "reports") == (0, 0)  # the same workload
    assert interval("sync", "peak_queue") == (0, 0)  # it has none
    assert interval("async", "peak_queue") == pytest.approx((0, unseen))
    assert np.isnan(interval("async", "waiting_time.mean")).all()
    assert (found.rests_on == 0).all()


def test_requests_that_are_tried_again_need_not_be_as_many_in_both_cycles() -> None:
    labels = ["sync", "async", DIFFERENCE]
    values = of_statistics({"requests": 190, "visits": 180}, {"requests": 190, "visits": 180}, {})
    found = estimate(values, kinds_of(values, labels))
    of_requests, of_visits = ((2, STATISTICS.index(name)) for name in ("requests", "visits"))
    assert found.low[of_requests] < 0 < found.high[of_requests]
    assert found.low[of_visits] == found.high[of_visits] == 0


def test_no_end_of_an_interval_lies_where_no_value_can() -> None:
    labels = ["async", DIFFERENCE]
    values = of_statistics({"requests": 10}, {})
    random = np.random.default_rng(4).exponential(size=20)
    for place, scale in ((0, 0.2), (1, 1.0)):
        values[:, place, STATISTICS.index("worker_utilisation")] = np.minimum(scale * random, 1.0)
        values[:, place, STATISTICS.index("waiting_time.mean")] = random**9
    found = estimate(values, kinds_of(values, labels))
    shares = STATISTICS.index("worker_utilisation")
    assert 0 <= found.low[0, shares] < found.high[0, shares] <= 1
    assert found.high[1, shares] <= 1
    waiting = STATISTICS.index("waiting_time.mean")
    assert found.low[0, waiting] == 0 > found.low[1, waiting]
    assert (found.rests_on[:, [shares, waiting]] > 0).all()


def test_without_any_request_there_is_no_share_of_them_to_bound() -> None:
    values = of_statistics({})
    values[..., STATISTICS.index("timeout_fraction")] = np.nan
    found = estimate(values, kinds_of(values, ["sync"]))
    assert found.missing[0, STATISTICS.index("timeout_fraction")] == "too few"
    assert np.isnan(found.high[0, STATISTICS.index("timeout_fraction")])
