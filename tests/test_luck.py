"""Was it bad luck? What is said of the other seeds is what their own runs say."""

import re
from unittest import mock

import numpy as np
import pytest

from sim.experiments import compare
from sim.lesson import sentences as lesson
from sim.luck import (
    COLUMNS,
    FIGURES,
    HEADLINES,
    MOST_REQUESTS,
    OTHERS,
    Luck,
    lab_luck_sentence,
    luck,
    luck_of,
    luck_text,
)
from sim.presets import PRESETS, load
from sim.studies.seeds import BLOCK, seeds_of
from sim.workload import draw, read

SHORT = load("slides", ["duration=120", "report_fraction=0.2"])


def value_of(summary, figure):
    if figure == "wasted_share":
        busy = summary.useful_time + summary.wasted_time
        return summary.wasted_time / busy if busy else np.nan
    name, _, part = figure.partition(".")
    value = getattr(summary, name)
    value = getattr(value, part) if part else value
    return np.nan if value is None else value


@pytest.mark.parametrize("place", [0, 1, OTHERS])
def test_every_dot_is_the_figure_that_a_comparison_with_its_seed_has(place):
    found = luck(SHORT)
    own = compare(SHORT.replace(seed=found.seeds[place]))
    for column, figure in HEADLINES:
        expected = value_of(own.cycles[column].summary, figure)
        np.testing.assert_equal(found.of(column, figure)[place], expected, err_msg=f"{column} {figure}")


def test_a_runs_luck_is_its_own_seed_and_twenty_others():
    found = luck(SHORT)
    assert found.seeds == tuple(seeds_of(SHORT.seed, 21))
    assert found.values.shape == (21, len(COLUMNS), len(FIGURES))
    assert found.own("sync", "timed_out") == compare(SHORT).sync.summary.timed_out
    assert len(found.others("sync", "timed_out")) == OTHERS == 20
    assert list(found.others("sync", "timed_out")) == list(found.of("sync", "timed_out")[1:])


def test_no_two_seeds_share_any_of_the_others():
    blocks = [seeds_of(seed, BLOCK) for seed in (*range(5), 168, 10**13)]
    assert len({seed for block in blocks for seed in block}) == len(blocks) * BLOCK
    assert [block[0] for block in blocks[:5]] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_the_other_seeds_are_such_as_a_scenario_may_have(seed):
    seeds = seeds_of(seed, 100)
    assert len(set(seeds)) == 100
    assert all(SHORT.replace(seed=other) for other in (*seeds, *seeds_of(seed, 3, BLOCK - 3)))


def test_later_replications_go_on_where_the_first_ones_ended():
    assert seeds_of(7, 5) + seeds_of(7, 5, 5) == seeds_of(7, 10)


def test_luck_is_found_once():
    assert luck("quiet") is luck("quiet")
    assert luck("quiet") is not luck(load("quiet", ["seed=2"]))


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_its_luck(preset):
    assert luck(preset).seeds[0] == load(preset).seed


def test_a_name_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(ValueError, match="column = 'asynk'; allowed: sync, async, sync_same_slots"):
        luck(SHORT).of("asynk", "timed_out")
    with pytest.raises(ValueError, match="figure = 'p95'; allowed: requests, "):
        luck(SHORT).of("sync", "p95")


def test_a_workload_from_elsewhere_has_no_other_luck(tmp_path):
    file = tmp_path / "requests.csv"
    file.write_text("arrived_at,kind,web_time,external_time\n0,page,1,0\n")
    assert luck_of(compare(SHORT, workload=read(file), engine="exact")) is None
    assert luck_of(compare(SHORT, workload=draw(SHORT, SHORT.seed + 1), engine="exact")) is None
    assert luck_of(compare(SHORT, engine="exact")) is luck(SHORT)


def test_where_the_exact_engine_knows_no_rule_nothing_is_said(monkeypatch):
    comparison = compare(SHORT.replace(seed=99), engine="exact")

    def refuse(*_args, **_more):
        raise ValueError("backlog_limit = 3")

    monkeypatch.setattr("sim.luck.simulate", refuse)
    assert luck_of(comparison) is None
    assert not any("other seeds" in sentence for sentence in lesson(comparison))


def test_a_comparison_with_very_many_requests_waits_for_no_other_luck():
    rate = MOST_REQUESTS / 10
    few, many = (load("quiet", [f"arrival_rate={rate * part}", "duration=10"]) for part in (1, 1.1))
    assert luck_of(compare(few, engine="exact")) is not None
    assert luck_of(compare(many, engine="exact")) is None


def made(own, others, pages=0, in_async=0):
    """The luck of runs with these timeouts in SYNC; so many of the others have pages among them, or any in ASYNC."""
    values = np.zeros((OTHERS + 1, len(COLUMNS), len(FIGURES)))
    for column, figure, row in (
        ("sync", "timed_out", [own, *others]),
        ("sync", "timed_out_pages", [0] + [1] * pages + [0] * (OTHERS - pages)),
        ("async", "timed_out", [0] + [2] * in_async + [0] * (OTHERS - in_async)),
    ):
        values[:, COLUMNS.index(column), FIGURES.index(figure)] = row
    return Luck(tuple(range(OTHERS + 1)), values)


def test_the_sentence_says_how_many_seeds_have_timeouts_and_where_this_run_stands():
    assert luck_text(made(94, [8, *[14] * 9, *[28] * 9, 398], pages=5)) == (
        "Of 20 other seeds all have timeouts in SYNC (8 to 398; half of them 14 to 28), 5 have pages among them, none"
        " has any in ASYNC; 1 has as many as this run's 94."
    )
    assert luck_text(made(0, [0] * 20)) == ("Of 20 other seeds none has timeouts in SYNC, none has any in ASYNC.")
    assert luck_text(made(3, [0] * 20, in_async=1)) == (
        "Of 20 other seeds none has timeouts in SYNC, 1 has some in ASYNC; none has as many as this run's 3."
    )
    assert luck_text(made(1, [1] * 20, pages=20)) == (
        "Of 20 other seeds all have timeouts in SYNC (1; half of them 1), all have pages among them, none has any in"
        " ASYNC."
    )


@pytest.mark.parametrize(
    ("own", "standing"),
    [
        (0, "none has as few as this run's 0"),
        (4, "4 have as few as this run's 4"),
        (5, "this run's 5 is nothing unusual"),
        (16, "this run's 16 is nothing unusual"),
        (17, "4 have as many as this run's 17"),
        (1000, "none has as many as this run's 1,000"),
    ],
)
def test_a_run_is_called_unusual_where_four_of_twenty_or_fewer_go_as_far(own, standing):
    assert luck_text(made(own, range(1, 21))).endswith(f"; {standing}.")


def test_half_of_the_seeds_lie_in_what_is_called_half_of_them():
    low, high = map(int, re.search(r"half of them (\d+) to (\d+)", luck_text(made(5, range(100, 120)))).groups())
    assert sum(low <= value <= high for value in range(100, 120)) == 10
    assert (low, high) == (105, 114)


def test_where_more_goes_wrong_other_seeds_say_how_many_had_nothing():
    """Recounted from the runs of the other seeds themselves; the second sentence, beside the headline's number."""
    scenario = load("pulled-plug", ["duration=330"])
    comparison = compare(scenario)
    others = [compare(scenario.replace(seed=seed)) for seed in seeds_of(scenario.seed, OTHERS + 1)[1:4]]
    with mock.patch("sim.luck.OTHERS", 3), mock.patch("sim.luck.FEWEST_OTHERS", 3):
        told = lesson(comparison)[1]
    without = [run.sync.summary.visits - run.sync.summary.visits_answered for run in others]
    never = [run.async_.summary.jobs_lost + run.async_.summary.jobs_dead for run in others]
    for numbers, words in ((without, "people never had a good answer in SYNC"), (never, "reports that ASYNC accepted")):
        low, high = min(numbers), max(numbers)
        assert f"n 3 other seeds {low if low == high else f'{low} to {high}'} {words}" in told


def test_of_long_runs_fewer_other_seeds_are_told_of_and_of_elsewhere_none():
    scenario = load("short-line", ["duration=600"])
    comparison = compare(scenario)
    sent = len(comparison.sync.records)
    with mock.patch("sim.luck.MOST_IN_ALL", 7 * sent):
        assert lab_luck_sentence(comparison).startswith("In 7 other seeds ")
    with mock.patch("sim.luck.MOST_IN_ALL", 4 * sent):
        assert lab_luck_sentence(comparison) == ""
    elsewhere = compare(scenario, workload=draw(scenario.replace(seed=5)))
    assert lab_luck_sentence(elsewhere) == ""
    assert lab_luck_sentence(compare(load("outage", ["outages=[]", "duration=30", "arrival_rate=0.5"]))) == ""
