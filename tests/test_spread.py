"""Percentiles are numpy's to the last bit, and a peak counts everybody who is inside at one instant."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.stats import PERCENTILES, peak, spread
from sim.units import column_to_grid

TIMES = st.lists(st.one_of(st.floats(0, 100), st.integers(0, 5).map(float)), max_size=220).map(column_to_grid)


@given(TIMES)
def test_percentiles_are_those_of_numpy_or_of_too_few_values(seconds: np.ndarray) -> None:
    found = spread(seconds)
    for name, (percent, fewest) in PERCENTILES.items():
        asked = float(np.percentile(seconds, percent)) if len(seconds) >= fewest else None
        assert getattr(found, name) == asked
    assert found.max == (seconds.max() if len(seconds) else None)


@given(TIMES, st.integers(1, 30))
def test_what_never_ends_is_longer_than_all_else(seconds: np.ndarray, never: int) -> None:
    found = spread(np.concatenate([np.full(never, np.inf), seconds]))
    assert found.mean is None
    assert found.max is None
    stand_in = np.concatenate([seconds, np.full(never, 1e9)])
    last = len(stand_in) - 1
    for name, (percent, fewest) in PERCENTILES.items():
        value = getattr(found, name)
        if len(stand_in) < fewest or np.ceil(last * percent / 100) >= len(seconds):
            assert value is None
        else:
            assert abs(value - np.percentile(stand_in, percent)) < 1e-3


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5), st.booleans()), max_size=40))
def test_a_peak_is_what_counting_at_every_instant_finds(stays: list[tuple[int, int, bool]]) -> None:
    entered_at = np.array([np.nan if never else entered for entered, _, never in stays], dtype=float)
    left_at = np.array([np.nan if never else entered + stay for entered, stay, never in stays], dtype=float)
    counts = [int(((entered_at <= t) & (t < left_at)).sum()) for t in range(20)]
    assert peak(entered_at, left_at) == max(counts)
