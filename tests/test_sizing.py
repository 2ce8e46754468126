"""Sizing: the smallest number from which every larger one meets the goals, or why there is none."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.cli import main
from sim.experiments import simulate
from sim.path import CONSTANT_HOPS
from sim.presets import load
from sim.scenario import Scenario
from sim.studies.goals import Goal, goal
from sim.studies.sizing import EVER_CHANGING, hopeless_share, size
from sim.studies.sweeps import sweep
from sim.studies.tables import answer
from sim.workload import draw

SLIDES = str(Path(__file__).parent / "golden" / "slides-as-it-was.toml")  # a scenario that stays what it is
SHORT = load(SLIDES).replace(duration=200.0)


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


def row(low: float, high: float, mean: float | None = None, **more: Any) -> dict[Any, Any]:
    """A row of a sweep's table."""
    mean = (low + high) / 2 if mean is None else mean
    return {"low": low, "high": high, "mean": mean, "missing": "", "replications": 20, "rests_on": 20} | more


def test_a_goal_is_met_by_the_far_end_of_the_interval_and_never_by_never() -> None:
    below, above = goal("timeout_fraction < 0.01"), goal("throughput >= 2")
    assert below.met(row(0.001, 0.009))
    assert not below.met(row(0.009, 0.01))
    assert goal("timeout_fraction <= 0.01").met(row(0.009, 0.01))
    assert above.met(row(2.0, 9.0))
    assert not above.met(row(1.9, 9.0))
    assert not below.met(row(np.nan, np.nan, missing="never"))
    assert not above.met(row(np.nan, np.nan, missing="never"))


def test_a_goal_is_missed_where_nothing_in_the_interval_meets_it() -> None:
    below, above = goal("timeout_fraction < 0.01"), goal("throughput >= 2")
    assert below.missed(row(0.01, 0.02))
    assert not below.missed(row(0.009, 0.02))
    assert above.missed(row(1.0, 1.9))
    assert not above.missed(row(1.0, 2.0))
    assert below.missed(row(np.nan, np.nan, missing="never"))
    assert not below.missed(row(np.nan, np.nan, missing="too few"))


def test_where_all_runs_are_alike_a_goal_is_met_where_they_meet_it() -> None:
    alike = row(np.nan, np.nan, mean=0.097, rests_on=0)
    assert goal("page_response_time.p95 < 1").met(alike)
    assert not goal("page_response_time.p95 < 0.05").met(alike)
    assert goal("page_response_time.p95 < 0.05").missed(alike)


def test_more_replications_are_proposed_by_how_far_the_interval_reaches_beyond_the_bound() -> None:
    below = goal("timeout_fraction < 0.02")
    assert below.replications(row(0.0, 0.015, mean=0.01)) == 0
    assert below.replications(row(0.0, 0.04, mean=0.01)) == pytest.approx(20 * 9)  # a third of the reach: nine times
    assert below.replications(row(0.0, 0.06, mean=0.0, rests_on=0)) == pytest.approx(20 * 3)  # 3 / count: three times
    assert below.replications(row(0.0, 0.04, mean=0.03)) == np.inf
    assert below.replications(row(0.0, 0.04, mean=0.02)) == np.inf
    assert goal("throughput > 2").replications(row(1.0, 4.0, mean=3.0)) == pytest.approx(20 * 4)


def test_the_answer_is_the_smallest_number_from_which_all_larger_ones_meet_the_goals() -> None:
    found = size(SHORT, ["timeout_fraction < 0.02", "page_response_time.p95 < 5"], replications=8)
    assert found.smallest is not None
    assert not (found.met[found.smallest - 1] and found.met_afresh.get(found.smallest - 1))
    assert all(met for number, met in found.met.items() if number >= found.smallest)
    assert all(met for number, met in found.met_afresh.items() if number >= found.smallest)
    table = sweep(SHORT, {"threads": [found.smallest]}, replications=8)
    rows = table[table.cycle == "sync"].set_index("statistic")
    assert rows.loc["timeout_fraction", "high"] < 0.02
    assert rows.loc["page_response_time.p95", "high"] < 5


def test_a_number_does_not_count_when_a_larger_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = {1: False, 2: True, 3: False, 4: True, 5: True}
    monkeypatch.setattr("sim.studies.sizing._met", lambda table, *_: {n: verdicts[n] for n in set(table.threads)})
    found = size(SHORT, ["timeout_fraction < 1"], replications=2, most=5)
    assert found.smallest == 4


def test_when_the_largest_number_fails_none_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = {1: True, 2: True, 3: False}
    monkeypatch.setattr("sim.studies.sizing._met", lambda table, *_: {n: verdicts[n] for n in set(table.threads)})
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
    missed = size(SLIDES, "timeout_fraction > 0.5", replications=2)  # longer reports would help this one
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
    assert main(["size", SLIDES, "--set", "duration=200", "--replications", "8", *goals]) == 0
    lines = capsys.readouterr().out.splitlines()
    expected = size(SHORT, ["timeout_fraction < 0.02", "page_response_time.p95 < 5"], replications=8)
    assert lines[0] == "The slides' story, SYNC: timeout_fraction < 0.02 and page_response_time.p95 < 5"
    columns = ["threads", "timeout_fraction", "page_response_time.p95", "meets the goals", "with 8 other seeds"]
    assert re.split(" {2,}", lines[2]) == columns
    assert [line.split()[0] for line in lines[4 : 4 + len(expected.met)]] == [str(number) for number in expected.met]
    assert "A goal is met where the whole interval meets it; where all runs are alike, where they do." in lines
    assert lines[lines.index("", 5 + len(expected.met) + 1) + 1].startswith(
        f"{expected.smallest} threads: with 16 seeds that meets the goals, and so does every larger number"
    )


def test_the_command_prints_json_with_the_answer(capsys: Any) -> None:
    command = ["size", SLIDES, "--set", "duration=200", "--replications", "3", "--over", "workers", "--json"]
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
    assert main(["size", SLIDES, *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert complaint in told.err


@pytest.mark.parametrize(
    ("over", "cycle", "busy"),
    [("threads", "sync", "thread"), ("threads", "async", "thread"), ("workers", "async", "worker")],
)
def test_where_nothing_waits_all_figures_stay_but_those_that_count_idle_slots(over: str, cycle: str, busy: str) -> None:
    plenty = sweep(SHORT, {over: [60, 90]}, replications=2, cycles=[cycle])
    few, many = (plenty[plenty[over] == number].set_index("statistic") for number in (60, 90))
    changed = {
        name
        for name in few.index
        if few.loc[name, "mean"] != many.loc[name, "mean"] and few.loc[name, "mean"] == few.loc[name, "mean"]
    }
    assert changed == set(EVER_CHANGING[over])
    assert many.loc[f"{busy}_utilisation", "mean"] == pytest.approx(few.loc[f"{busy}_utilisation", "mean"] * 60 / 90)


@pytest.mark.parametrize(
    ("arguments", "goal"),
    [
        (["quiet", "--goal", "thread_utilisation > 0.01"], "thread_utilisation > 0.01"),
        (["quiet", "--goal", "thread_utilisation < 0.05"], "thread_utilisation < 0.05"),
        ([SLIDES, "--goal", "timeout_fraction < 1", "--goal", "idle_time > 1e6"], "idle_time > 1e+06"),
        (["too-few-workers", "--goal", "worker_utilisation < 0.2", "--over", "workers"], "worker_utilisation < 0.2"),
    ],
)
def test_a_figure_that_further_slots_change_for_ever_is_sized_up_to_a_largest_number_only(
    arguments: list[str], goal: str, capsys: Any
) -> None:
    assert main(["size", *arguments]) == 2
    over = "workers" if "workers" in arguments else "threads"
    assert capsys.readouterr().err == (
        f"error: --goal {goal}: it changes with all further {over}, so no number ends the search; allowed: with"
        " --most (most=), the largest number to try\n"
    )


def test_of_a_figure_that_further_slots_change_nothing_is_said_of_numbers_that_were_not_tried() -> None:
    busy = size("quiet", "thread_utilisation > 0.01", most=6)
    assert busy.smallest == 1
    assert busy.enough is None
    assert set(busy.met) == set(range(1, 7))
    assert answer(busy).endswith("so does every larger number up to 6.")
    idle = size("too-few-workers", "worker_utilisation < 0.35", over="workers", most=16, replications=10)
    assert idle.smallest is not None
    assert idle.smallest > 10  # where nothing waits any more it is not yet so
    assert max(idle.met) == 16


def test_what_was_not_seen_in_the_runs_meets_no_goal_that_it_could_break() -> None:
    found = size(load(SLIDES).replace(duration=60.0, seed=5000), "timed_out_pages < 0.01")
    assert found.smallest is None
    assert set(found.met.values()) == {False}
    assert str(found.reason).startswith("no number of threads is shown to: with ")
    assert str(found.reason).endswith("timed_out_pages is still 0 (0 to 0.1391)")
    assert found.undecided is not None
    number, replications = found.undecided
    assert number == min(n for n in found.met if means(found, "timed_out_pages")[n] == 0)
    assert replications == 280  # 3 / 0.01, about


def means(sizing: Any, statistic: str) -> dict[int, float]:
    rows = sizing.tried[sizing.tried["statistic"] == statistic]
    return dict(zip(rows[sizing.over], rows["mean"], strict=True))


def test_the_number_is_tried_once_more_with_other_seeds_and_so_are_all_larger_ones() -> None:
    found = size(SHORT, "page_response_time.p95 < 5", replications=8)
    first = min(number for number in found.met if all(met for n, met in found.met.items() if n >= number))
    assert list(found.met_afresh) == list(range(first, max(found.met) + 1))
    again = sweep(SHORT, {"threads": list(found.met_afresh)}, replications=8, cycles=["sync"], first=8)
    assert found.fresh.equals(again)
    rows = again[again.statistic == "page_response_time.p95"]
    assert found.met_afresh == {
        row["threads"]: row["high"] < 5 or (row["mean"] < 5 and not row["rests_on"]) for row in rows.to_dict("records")
    }
    assert found.smallest in found.met_afresh


def test_a_number_that_only_the_first_seeds_spoke_for_is_not_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def verdicts(first: dict[int, bool], afresh: dict[int, bool]) -> None:
        answers = iter([first, afresh])
        monkeypatch.setattr("sim.studies.sizing._met", lambda *_: next(answers))

    verdicts({1: False, 2: True, 3: True, 4: True}, {2: True, 3: False, 4: True})
    assert size(SHORT, "timeout_fraction < 1", replications=2, most=4).smallest == 4
    verdicts({1: False, 2: True, 3: True, 4: True}, {2: True, 3: True, 4: False})
    failed = size(SHORT, "timeout_fraction < 0", replications=2, most=4)
    assert failed.smallest is None
    assert (
        "2 did with the first 2 seeds, but luck may have helped; with 4 and 2 other seeds timeout_fraction is still"
        in str(failed.reason)
    )


def test_a_smaller_number_that_might_do_is_named_with_the_replications_that_may_tell(capsys: Any) -> None:
    found = size(SHORT, "page_response_time.p95 < 5", replications=8)
    assert found.undecided is not None
    number, replications = found.undecided
    assert found.smallest is not None
    assert number < found.smallest
    assert means(found, "page_response_time.p95")[number] < 5
    assert replications > 8
    goal = ["--goal", "page_response_time.p95 < 5", "--replications", "8"]
    assert main(["size", SLIDES, "--set", "duration=200", *goal]) == 0
    told = (
        f"{number} threads may do, too: the means meet the goals, the intervals do not. --replications {replications}"
    )
    assert f"{told} may tell." in capsys.readouterr().out
    sure = size(SHORT, "timeout_fraction <= 1", replications=4)
    assert (sure.smallest, sure.undecided) == (1, None)


def test_who_is_advised_threads_is_told_what_they_do_not_help_once(capsys: Any) -> None:
    assert main(["size", SLIDES, "--set", "duration=60", "--goal", "timeout_fraction < 0.5"]) == 0
    told = capsys.readouterr().out
    assert told.count("in Ruby all threads of a process share one core") == 1
    assert told.count("Several processes behind a router that picks one at random do worse") == 1
    assert (
        main(["size", SLIDES, "--set", "duration=60", "--goal", "completion_time.p50 < 100", "--over", "workers"]) == 0
    )
    assert "Ruby" not in capsys.readouterr().out
    assert main(["size", SLIDES, "--set", "duration=60", "--goal", "timeout_fraction < 0"]) == 0
    assert "Ruby" not in capsys.readouterr().out


def test_a_page_that_is_slow_behind_others_is_not_said_to_take_too_long_by_itself() -> None:
    found = size(load(SLIDES).replace(duration=60.0), "timed_out_pages < 0.001", replications=2)
    assert "by themselves" not in str(found.reason)


TWO_LINES = 'queues=[{name="mail", share=0.8, external_time=0.5}, {name="slow", share=0.2, external_time=20}]'


def test_how_many_workers_let_the_mail_start_in_time_is_found_by_a_goal_of_its_queue() -> None:
    scenario = load("slides", [TWO_LINES, "duration=120", "arrival_rate=4"])
    goal = "queues.mail.waiting_time.mean < 3"
    sizing = size(scenario, goal, over="workers", most=8, replications=3)
    assert sizing.smallest is not None
    rows = sizing.tried[sizing.tried["statistic"] == "queues.mail.waiting_time.mean"]
    means = dict(zip(rows["workers"], rows["mean"], strict=True))
    assert means[1] > 3 > means[8]


def test_jobs_that_start_in_time_are_a_goal_too() -> None:
    sizing = size("slides", "job_waiting_time.mean < 30", over="workers", most=8, replications=3)
    assert sizing.smallest is not None
    assert not sizing.met[1]


@pytest.mark.parametrize("goal", ["queues.post.waiting_time.p95 < 3", "queues.mail.jobs.p95 < 3"])
def test_a_goal_of_a_queue_that_there_is_not_is_refused(goal: str) -> None:
    with pytest.raises(ValueError, match=r"^goal .*; allowed: "):
        size(load("slides", [TWO_LINES]), goal, over="workers", most=3)
