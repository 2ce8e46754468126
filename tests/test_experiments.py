"""Experiments: one workload for every column, and the honest comparison."""

import re
from typing import Any

import numpy as np
import pytest
from strategies import workload_of

import sim
from sim import ASYNC, SYNC
from sim.broker import connect
from sim.experiments import Comparison, columns, compare, refuse_generator_fields, simulate, start, with_workload
from sim.player import explorer_page
from sim.presets import load
from sim.scenario import GENERATOR_FIELDS, Scenario
from sim.stats import summarise
from sim.studies.sizing import size
from sim.studies.sweeps import sweep
from sim.workload import draw

CLIENT = connect("fake")


@pytest.fixture(scope="module")
def slides() -> Comparison:
    return compare("slides", redis=CLIENT)


def test_a_comparison_has_three_columns_on_the_same_requests(slides: Comparison) -> None:
    assert list(slides.cycles) == ["sync", "async", "sync_same_slots"]
    assert {id(result.workload) for result in slides.cycles.values()} == {id(slides.workload)}
    assert np.array_equal(slides.workload.arrived_at, draw(load("slides")).arrived_at)
    assert (slides.sync.cycle, slides.async_.cycle, slides.sync_same_slots.cycle) == (SYNC, ASYNC, SYNC)


def test_the_third_column_spends_the_workers_slots_as_threads(slides: Comparison) -> None:
    scenario = slides.scenario
    assert slides.sync.records.threads == slides.async_.records.threads == scenario.threads
    assert slides.sync_same_slots.records.threads == scenario.threads + scenario.workers
    assert [result.records.workers for result in slides.cycles.values()] == [0, scenario.workers, 0]
    most = Scenario(threads=10_000, workers=10_000)  # beyond what a user may ask for
    assert [served.threads for _, served, _ in columns(most)] == [10_000, 10_000, 20_000]


def test_async_makes_the_answer_fast_and_not_the_work(slides: Comparison) -> None:
    sync, async_ = slides.sync.summary, slides.async_.summary
    assert sync.timed_out > 0 == async_.timed_out
    assert sync.response_time.p95
    assert async_.response_time.p95
    assert async_.response_time.p95 < sync.response_time.p95 / 20
    assert sync.reports_completed < sync.reports == async_.reports_completed
    assert async_.completion_time.mean is not None
    assert async_.completion_time.mean > slides.scenario.external_time.mean


def test_the_same_slots_spent_the_old_way_still_time_out_the_long_reports(slides: Comparison) -> None:
    assert 0 < slides.sync_same_slots.summary.timed_out < slides.sync.summary.timed_out


def test_a_result_counts_from_the_scenarios_warmup() -> None:
    scenario = load("quiet").replace(warmup=100)
    result = simulate(scenario, "sync")
    assert result.summary == summarise(result.records, result.workload, 100.0)
    assert result.summary.requests == (result.workload.arrived_at >= 100).sum() < len(result.workload)


def test_names_stand_for_scenarios_and_cycles() -> None:
    by_name, by_value = simulate("quiet", "async", redis=CLIENT), simulate(load("quiet"), ASYNC, redis=CLIENT)
    assert by_name.summary == by_value.summary
    assert load("quiet", "threads=3") == load("quiet", ["threads=3"])


def test_both_engines_give_the_same_comparison(slides: Comparison) -> None:
    computed = compare("slides", engine="exact")
    for name, result in slides.cycles.items():
        assert computed.cycles[name].summary == result.summary
    with pytest.raises(ValueError, match="simpy"):
        _ = computed.sync.trace


def test_progress_wraps_the_requests_of_each_column_and_changes_nothing(slides: Comparison) -> None:
    seen: dict[str, int] = {}

    def counting(name: str) -> Any:
        def wrapped(requests: Any) -> Any:
            for request in requests:
                seen[name] = request + 1
                yield request

        return wrapped

    watched = compare("slides", redis=CLIENT, progress=counting)
    assert seen == dict.fromkeys(slides.cycles, len(slides.workload))
    assert watched.sync.summary == slides.sync.summary


def test_a_run_leaves_no_key_behind(slides: Comparison) -> None:
    with start("slides", "async", redis=CLIENT, run_id="lesson") as run:
        run.until(60.0)
        assert CLIENT.keys("sim:lesson:*")
    assert CLIENT.keys("*") == []
    run.close()  # a second time does nothing
    assert slides.async_.summary.reports > 0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: simulate("quiet", "both"), "cycle = 'both'; allowed: sync, async"),
        (lambda: simulate("quiet", engine="fast"), "engine = 'fast'; allowed: simpy, exact"),
        (lambda: simulate("quite"), "did you mean quiet"),
        (lambda: sweep(5, {"threads": [1]}), "scenario = 5; allowed"),
        (lambda: size(5, "timeout_fraction < 0.1"), "scenario = 5; allowed"),
        (lambda: explorer_page(5), "scenario = 5; allowed"),
        (lambda: compare(5), "scenario = 5; allowed: a preset's name, a TOML file's, or a Scenario"),
        (lambda: start("quiet", pace=0), "pace = 0; allowed: simulated seconds per wall second, above 0"),
        (lambda: start("quiet", pace=float("nan")), "pace = nan"),
        (lambda: start("quiet", redis="http://example.org"), "redis: "),
    ],
)
def test_a_wrong_argument_is_refused(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        call()


def test_what_a_workload_file_says_itself_cannot_be_set_beside_it() -> None:
    for field in GENERATOR_FIELDS:
        with pytest.raises(ValueError, match=f"--set {field} beside --workload mine.csv"):
            refuse_generator_fields([f"{field}=1"], "mine.csv")
    with pytest.raises(ValueError, match="--set external_time beside"):
        refuse_generator_fields(["threads=3", " external_time.mean = 3"], "mine.csv")
    refuse_generator_fields(["threads=3", "workers=1", "timeout=5", "warmup=1", "on_timeout=kill"], "mine.csv")


def test_a_warmup_that_leaves_nothing_of_a_file_is_refused() -> None:
    workload = workload_of([(0, 1, None), (10, 1, None)])
    assert with_workload(Scenario(warmup=9), workload, "mine.csv").warmup == 9
    with pytest.raises(ValueError, match=r"warmup = 10 with mine\.csv; allowed: less than its last arrival, 10 s"):
        with_workload(Scenario(warmup=10), workload, "mine.csv")
    with_workload(Scenario(), workload_of([(0, 1, None)]), "mine.csv")


def test_a_workload_file_is_not_told_the_story_of_the_preset_that_serves_it() -> None:
    served = with_workload(load("slides"), workload_of([(0, 1, None)]), "mine.csv")
    assert (served.title, served.shows, served.try_this) == ("A workload file", "", "")


def test_the_readme_s_first_lines_of_python_work() -> None:
    result = sim.simulate("quiet", sim.ASYNC)
    assert result.summary.answered == result.summary.requests
