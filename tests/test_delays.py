"""How long before the next try: constant, exponential with jitter, and as Sidekiq does."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.delays import Constant, Delay, Exponential, Sidekiq
from sim.units import TICKS_PER_SECOND

TICK = 1 / TICKS_PER_SECOND


def test_a_constant_delay_is_the_same_before_every_retry() -> None:
    assert [Constant(seconds=2).before(retry, 0.7) for retry in (1, 2, 9)] == [2, 2, 2]


def test_backoff_doubles_until_it_is_as_long_as_it_may_be() -> None:
    delay = Exponential(first=1, factor=2, most=30)
    assert [delay.before(retry, 0.0) for retry in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]


def test_backoff_beyond_all_numbers_is_as_long_as_it_may_be() -> None:
    assert Exponential(first=1, factor=1e6, most=30).before(10_000, 0.0) == 30


def test_full_jitter_takes_away_anything_up_to_the_whole_wait() -> None:
    delay = Exponential(first=8, factor=2, most=100, jitter=1)
    assert [delay.before(1, draw) for draw in (0.0, 0.25, 0.75)] == [8, 6, 2]
    assert Constant(seconds=8, jitter=0.5).before(3, 0.5) == 6


def test_sidekiq_waits_longer_and_longer_three_weeks_in_all() -> None:
    first = [Sidekiq().before(retry, 0.0) for retry in range(1, 6)]
    assert first == [15, 16, 31, 96, 271]
    assert Sidekiq().before(1, math.nextafter(1.0, 0.0)) == 15 + 9
    expected = sum(Sidekiq().before(retry, 0.0) + 10 * retry / 2 - 0.5 for retry in range(1, 26))
    assert expected / 86_400 == pytest.approx(20.4, abs=0.1)  # days, as Sidekiq's documentation says


@given(
    st.one_of(
        st.builds(Constant, seconds=st.floats(0, 1e7), jitter=st.floats(0, 1)),
        st.builds(
            Exponential,
            first=st.floats(0, 1e7),
            factor=st.floats(1, 1e6),
            most=st.floats(0, 1e7),
            jitter=st.floats(0, 1),
        ),
        st.builds(Sidekiq),
    ),
    st.integers(1, 1000),
    st.floats(0, 1, exclude_max=True),
)
def test_every_delay_is_on_the_grid_and_takes_some_time(delay: Delay, retry: int, draw: float) -> None:
    seconds = delay.before(retry, draw)
    assert seconds >= TICK
    assert seconds * TICKS_PER_SECOND == int(seconds * TICKS_PER_SECOND)


def test_a_number_is_a_constant_delay_as_a_text_with_a_unit_is() -> None:
    read = TypeAdapter(Delay).validate_python
    assert read(2) == read("2s") == read({"kind": "constant", "seconds": 2}) == Constant(seconds=2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "linear", "seconds": 2},
        {"seconds": 2},
        {"kind": "constant"},
        {"kind": "constant", "seconds": -1},
        {"kind": "constant", "seconds": math.nan},
        {"kind": "constant", "seconds": 1, "jitter": 1.5},
        {"kind": "exponential", "first": 1},
        {"kind": "exponential", "first": 1, "most": 9, "factor": 0.5},
        {"kind": "sidekiq", "jitter": 1},
        True,
        None,
        [1],
    ],
)
def test_what_is_no_delay_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Delay).validate_python(wrong)
