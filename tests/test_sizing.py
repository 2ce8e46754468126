"""Sizing: the smallest number from which every larger one meets the goals, or why there is none."""

import json
from typing import Any

import numpy as np
import pytest

from sim.cli import main
from sim.experiments import simulate
from sim.path import CONSTANT_HOPS
from sim.scenario import Scenario, load
from sim.sizing import Goal, goal, hopeless_share, size
from sim.sweep_tables import answer
from sim.sweeps import sweep
from sim.workload import draw

SHORT = load("slides").replace(duration=200.0)


def test_a_goal_is_a_statistic_a_comparison_and_a_number() -> None:
    assert goal("timeout_fraction < 0.01") == Goal("timeout_fraction", "<", 0.01)
    assert goal("timeout_fraction<1%") == Goal("timeout_fraction", "<", 0.01)
    assert goal(" page_response_time.p95 <= 250ms ") == Goal("page_response_time.p95", "<=", 0.25)
    assert goal("throughput >= 2") == Goal("throughput", ">=", 2.0)
    assert str(goal("throughput>2.5")) == "throughput > 2.5"


@pytest.mark.parametrize(
    "text",
    ["", "timeout_fraction", "timeout_fraction = 1", "timeout_fraction < ", "timeout_fraction < x", "p95 < 1",
     "response_time < 1", "timeout_fraction < nan", "timeout_fraction < inf", "1 < timeout_fraction",
     "timeout_fraction < 1 < 2", "timeout_fraction < \x1b[31m"],
)  # fmt: skip
def test_a_text_that_is_no_goal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^goal ") as refusal:
        goal(text)
    assert str(refusal.value).isprintable()


def test_a_goal_is_met_by_the_far_end_of_the_interval_and_never_by_never() -> None:
    below, above = goal("timeout_fraction < 0.01"), goal("throughput >= 2")
    assert below.met(0.001, 0.009)
    assert not below.met(0.009, 0.01)
    assert goal("timeout_fraction <= 0.01").met(0.009, 0.01)
    assert above.met(2.0, 9.0)
    assert not above.met(1.9, 9.0)
    assert not below.met(np.nan, np.nan)
    assert not above.met(np.nan, np.nan)


def test_the_answer_is_the_smallest_number_from_which_all_larger_ones_meet_the_goals() -> None:
    found = size(SHORT, ["timeout_fraction < 0.02", "page_response_time.p95 < 5"], replications=8)
    assert found.smallest is not None
    assert not found.met[found.smallest - 1]
    assert all(met for number, met in found.met.items() if number >= found.smallest)
    table = sweep(SHORT, {"threads": [found.smallest]}, replications=8)
    rows = table[table.cycle == "sync"].set_index("statistic")
    assert rows.loc["timeout_fraction", "high"] < 0.02
    assert rows.loc["page_response_time.p95", "high"] < 5


def test_a_number_does_not_count_when_a_larger_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = {1: False, 2: True, 3: False, 4: True, 5: True}
    monkeypatch.setattr("sim.sizing._met", lambda *_: verdicts)
    found = size(SHORT, ["timeout_fraction < 1"], replications=2, most=5)
    assert found.smallest == 4


def test_when_the_largest_number_fails_none_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.sizing._met", lambda *_: {1: True, 2: True, 3: False})
    found = size(SHORT, ["timeout_fraction < 0"], replications=2, most=3)
    assert found.smallest is None
    assert found.reason is not None
    assert "1 would do, but not every larger number" in found.reason


def test_under_finish_started_more_threads_can_mean_more_timeouts() -> None:
    # why sizing scans and does not bisect: a request that a fuller server skips does not get in the way of others
    scenario = Scenario(
        timeout=10.0,
        arrival_rate=1.0,
        report_fraction=0.5,
        duration=60.0,
        external_time={"distribution": "uniform", "low": 2, "high": 14},
    )

    def timed_out(threads: int, seed: int) -> int:
        served = scenario.replace(threads=threads)
        return simulate(served, workload=draw(served, seed), engine="exact").summary.timed_out

    assert any(timed_out(2, seed) > timed_out(1, seed) or timed_out(3, seed) > timed_out(2, seed) for seed in range(99))


def test_from_enough_slots_on_nothing_waits_and_all_numbers_give_the_same() -> None:
    found = size(SHORT, ["timeout_fraction < 0.02"], replications=4)
    assert found.enough == max(found.met)
    table = sweep(SHORT, {"threads": [found.enough - 1, found.enough, found.enough + 7]}, replications=4)
    rows = table[(table.cycle == "sync") & (table.statistic == "waiting_time.max")].set_index("threads")
    assert rows.loc[found.enough - 1, "mean"] > 0
    assert rows.loc[found.enough, "mean"] == rows.loc[found.enough + 7, "mean"] == 0


def test_workers_are_sized_in_async_by_when_reports_are_there() -> None:
    found = size(SHORT, ["completion_time.p95 < 60"], over="workers", replications=6)
    assert found.cycle == "async"
    assert found.smallest is not None
    assert 1 < found.smallest < 20
    assert set(found.tried["cycle"]) == {"async"}


def test_no_number_of_threads_helps_reports_that_take_too_long_by_themselves() -> None:
    found = size("just-over-thirty", ["timeout_fraction < 0.001"], replications=3)
    assert found.smallest is None
    assert answer(found).startswith(
        "No number of threads will: 50 % of reports take longer than 30 s by themselves; with "
    )
    missed = size("slides", "timeout_fraction > 0.5", replications=2)  # longer reports would help this one
    assert "by themselves" not in answer(missed)


def test_the_deadline_wins_the_tie_of_a_report_that_takes_exactly_the_timeout() -> None:
    hops = {hop.field: 0.0 for hop in CONSTANT_HOPS} | {"web_server_time": 1.0}
    exactly = Scenario(external_time=28.0, timeout=30.0, **hops)
    assert hopeless_share(exactly, "sync") == 1.0
    assert hopeless_share(exactly.replace(external_time=28.0 - 2.0**-20), "sync") == 0.0
    assert hopeless_share(exactly, "async") == 0.0


def test_never_does_not_meet_a_goal_and_neither_does_a_figure_of_too_few() -> None:
    hopeless = SHORT.replace(external_time=40.0)
    found = size(hopeless, ["completion_time.p95 < 1000"], replications=2)
    assert found.smallest is None
    assert "completion_time.p95 is still never" in str(found.reason)
    few = size(SHORT.replace(duration=10.0), ["completion_time.p95 > 0"], replications=2)
    assert few.smallest is None
    assert "completion_time.p95 is – (needs at least 20 requests in every replication)" in str(few.reason)


def test_a_scan_that_ends_early_says_so() -> None:
    found = size(SHORT, ["timeout_fraction < 0.0001"], most=2, replications=2)
    assert found.enough is None
    assert str(found.reason).startswith("no number of threads up to 2 will")


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: size(SHORT, []), "goals: none; allowed: at least one"),
        (lambda: size(SHORT, ["p95 < 1"]), "goal 'p95 < 1': 'p95'"),
        (lambda: size(SHORT, ["throughput > 1"], over="seed"), "over = 'seed'; allowed: threads, workers"),
        (lambda: size(SHORT, ["throughput > 1"], cycle="both"), "cycle = 'both'; allowed: sync, async"),
        (lambda: size(SHORT, ["throughput > 1"], over="workers", cycle="sync"), "over = workers with cycle = sync"),
        (lambda: size(SHORT, ["throughput > 1"], most=0), "most = 0; allowed: a whole number from 1"),
        (lambda: size(SHORT, ["throughput > 1"], replications=1), "replications = 1; allowed"),
    ],
)
def test_what_cannot_be_sized_is_refused(call: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()


def test_the_command_shows_the_points_seen_and_the_answer(capsys: Any) -> None:
    goals = ["--goal", "timeout_fraction < 2%", "--goal", "page_response_time.p95 < 5s"]
    assert main(["size", "slides", "--set", "duration=200", "--replications", "8", *goals]) == 0
    lines = capsys.readouterr().out.splitlines()
    expected = size(SHORT, ["timeout_fraction < 0.02", "page_response_time.p95 < 5"], replications=8)
    assert lines[0] == "The slides' story, SYNC: timeout_fraction < 0.02 and page_response_time.p95 < 5"
    assert lines[2].split() == ["threads", "timeout_fraction", "page_response_time.p95", "meets", "the", "goals"]
    assert [line.split()[0] for line in lines[4 : 4 + len(expected.met)]] == [str(number) for number in expected.met]
    assert lines[-3] == "A goal is met where the whole interval meets it."
    assert lines[-1].startswith(f"{expected.smallest} threads: that meets the goals, and so does every larger number")


def test_the_command_prints_json_with_the_answer(capsys: Any) -> None:
    command = ["size", "slides", "--set", "duration=200", "--replications", "3", "--over", "workers", "--json"]
    assert main([*command, "--goal", "completion_time.p95 < 60"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["over"], told["cycle"], told["reason"]) == ("workers", "async", None)
    assert told["goals"] == ["completion_time.p95 < 60"]
    assert told["met"][str(told["smallest"])] is True


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--goal", "nonsense"], "goal 'nonsense': allowed: STATISTIC < NUMBER"),
        (["--goal", "timeout_fraction < 0.01", "--most", "0"], "most = 0; allowed"),
        (["--goal", "throughput > 1", "--over", "workers", "--cycle", "sync"], "it has none; allowed: async"),
        (["--goal", "throughput > 1", "--replications", "1"], "replications = 1; allowed"),
    ],
)
def test_the_command_refuses_with_one_line(arguments: list[str], complaint: str, capsys: Any) -> None:
    assert main(["size", "slides", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert complaint in told.err
