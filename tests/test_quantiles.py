"""The quantiles that intervals rest on are scipy's, which takes too long to import for them."""

import numpy as np
import pytest
from scipy.special import betaincinv, stdtrit

from sim.quantiles import share_at_least, share_at_most, student_quantile

PROBABILITIES = [0.6, 0.95, 0.975, 0.9995]


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 18, 19, 100, 9_999])
def test_students_quantiles_are_those_of_scipy(freedom: int) -> None:
    found = [student_quantile(freedom, probability) for probability in PROBABILITIES]
    np.testing.assert_allclose(found, stdtrit(freedom, PROBABILITIES), rtol=1e-11)


@pytest.mark.parametrize("of", [2, 3, 20, 1_000, 10_000])
@pytest.mark.parametrize("confidence", [0.95, 0.975])
def test_limits_of_a_share_are_those_of_clopper_and_pearson(of: int, confidence: float) -> None:
    for seen in range(min(5, of)):
        most = betaincinv(seen + 1, of - seen, confidence)
        assert share_at_most(seen, of, confidence) == pytest.approx(most, rel=1e-10)
        least = betaincinv(seen, of - seen + 1, 1 - confidence) if seen else 0.0
        assert share_at_least(seen, of, confidence) == pytest.approx(least, rel=1e-10)


def test_what_none_of_twenty_has_shown_may_be_up_to_three_in_twenty() -> None:
    assert share_at_most(0, 20, 0.95) == pytest.approx(1 - 0.05 ** (1 / 20))
    assert share_at_least(0, 20, 0.95) == 0
