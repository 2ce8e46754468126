"""The page computes in JavaScript what the engines compute in Python: held equal, request by request, with ==."""

import subprocess
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_model import HERE, REGISTER, PageModel, node

from sim.cycles import ARRANGEMENTS, CYCLES
from sim.experiments import Result, compare, simulate
from sim.path import CONSTANT_HOPS
from sim.player.data import cycles, explorer_data, play_data, words
from sim.player.knobs import by_hand, knobs_of, scenario_with
from sim.presets import PRESETS, load
from sim.records import Records
from sim.scenario import Scenario
from sim.words import COLUMNS, percent, seconds
from sim.workload import Workload, draw

INSTANTS = ("started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at")


@pytest.fixture(scope="module")
def page() -> Iterator[PageModel]:
    with PageModel() as model:
        yield model


def as_the_page_has_them(result: Result, figures: dict[str, Any]) -> dict[str, Any]:
    """A run's figures; of those that are about what goes wrong only the ones that the page has, too."""
    expected = result.summary.to_json()
    plain = list(expected)[: list(expected).index("visits")]
    return {name: value for name, value in expected.items() if name in plain or name in figures}


def as_list(column: Any) -> list[float | None]:
    return [None if value != value else value for value in column.tolist()]


def ask(page: PageModel, workload: Workload, scenario: Scenario, cycle: str) -> Any:
    columns = {field.name: getattr(workload, field.name) for field in fields(workload)}
    return page.ask("simulate", workload=columns, cycle=cycles()[cycle], scenario=scenario.model_dump())


def test_the_model_agrees_with_cases_worked_by_hand() -> None:
    tests = str(HERE / "model.test.mjs")
    run = subprocess.run([node(), "--import", REGISTER, "--test", tests], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout[-4000:]
    assert "# pass 0" not in run.stdout


# halves of a second: full of ties, and of requests that end exactly at their deadline
HALVES = st.integers(0, 12).map(lambda halves: halves / 2)
REQUESTS = st.lists(st.tuples(HALVES, st.booleans(), HALVES, st.integers(1, 4)), min_size=1, max_size=14)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    requests=REQUESTS,
    threads=st.integers(1, 3),
    workers=st.integers(1, 3),
    timeout=st.integers(1, 8).map(lambda halves: halves / 2),
    on_timeout=st.sampled_from(["finish_started", "finish_all", "kill"]),
    cycle=st.sampled_from(list(ARRANGEMENTS)),
    hop=st.sampled_from([0.0, 0.5]),
)
def test_every_request_fares_in_the_page_as_in_both_engines(
    page: PageModel, requests: Any, threads: int, workers: int, timeout: float, on_timeout: Any, cycle: str, hop: float
) -> None:
    workload = workload_of(requests, hop)
    scenario = Scenario(threads=threads, workers=workers, timeout=timeout, on_timeout=on_timeout)
    answer = ask(page, workload, scenario, cycle)
    told = simulate(scenario, ARRANGEMENTS[cycle], workload=workload)
    computed = simulate(scenario, ARRANGEMENTS[cycle], workload=workload, engine="exact")
    for name in INSTANTS:
        assert (
            answer["records"][name] == as_list(getattr(computed.records, name)) == as_list(getattr(told.records, name))
        )
    assert answer["summary"] == as_the_page_has_them(told, answer["summary"])
    runs = answer["records"]["at_workers"]
    assert dict(zip(runs["request_id"], runs["slot"], strict=True)) == slots_of_jobs(told.records)
    assert answer["records"]["at_threads"]["slot"] == told.records.thread.tolist()
    assert [tuple(event) for event in answer["trace"]] == list(told.trace)


def slots_of_jobs(records: Records) -> dict[int, int]:
    runs = records.at_workers
    assert runs.slot is not None
    return dict(zip(runs.request_id.tolist(), runs.slot.tolist(), strict=True))


def workload_of(requests: Any, hop: float) -> Workload:
    rows = sorted(requests, key=lambda row: row[0])
    arrived_at, is_report, external_time, web_time = (np.array(column) for column in zip(*rows, strict=True))
    return Workload(
        arrived_at.astype(float),
        is_report,
        web_time / 2,
        np.where(is_report, external_time, 0.0),
        {one.name: hop for one in CONSTANT_HOPS},
        6.0,
        from_file=True,
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_the_explorer_says_the_same_numbers_as_compare(page: PageModel, preset: str) -> None:
    scenario = load(preset)
    answer = page.ask("explore", data=explorer_data(scenario), preset=preset, knobs=knobs_of(scenario))
    workload = draw(scenario)
    assert answer["workload"]["arrived_at"] == workload.arrived_at.tolist()
    assert answer["workload"]["external_time"] == workload.external_time.tolist()
    expected = compare(scenario, engine="exact")
    summaries = answer["summaries"]
    runs = dict(expected.cycles) | {
        name: simulate(scenario, ARRANGEMENTS[name], workload=workload, engine="exact")
        for name in ("async_pages", "async_all")
    }
    assert summaries == {name: as_the_page_has_them(run, summaries[name]) for name, run in runs.items()}


TURNED = [
    ("slides", {"arrival_rate": 5.8, "threads": 9, "workers": 3, "timeout": 12}),
    ("slides", {"external_time": 1.75, "report_fraction": 0.37, "arrival_rate": 0.4}),
    ("rush-hour", {"arrival_rate": 1.45, "external_time": 0.5, "workers": 32}),
    ("just-over-thirty", {"external_time": 0.9375, "threads": 1}),
    ("too-few-workers", {"external_time": 4.0, "report_fraction": 1.0}),
    ("slides", {"surges": [[80.30078125, 95.0], [200.25, 210.25]], "threads": 6}),
    ("rush-hour", {"surges": [[295.5, 310.5]], "arrival_rate": 0.7}),
]


@pytest.mark.parametrize(("preset", "turned"), TURNED)
def test_the_scenario_read_back_from_the_knobs_gives_the_numbers_shown(
    page: PageModel, preset: str, turned: dict[str, Any]
) -> None:
    scenario = load(preset)
    knobs = knobs_of(scenario) | turned
    answer = page.ask("explore", data=explorer_data(scenario), preset=preset, knobs=knobs)
    expected = compare(scenario_with(scenario, knobs), engine="exact")
    summaries = {name: answer["summaries"][name] for name in COLUMNS}
    assert summaries == {name: as_the_page_has_them(expected.cycles[name], summaries[name]) for name in COLUMNS}


def test_at_its_highest_rate_the_page_draws_as_many_requests_as_python_does(page: PageModel) -> None:
    scenario = load("rush-hour")
    data = explorer_data(scenario)
    most = data["presets"]["rush-hour"]["bounds"]["arrival_rate"]["max"]
    knobs = knobs_of(scenario) | {"arrival_rate": most}
    answer = page.ask("explore", data=data, preset="rush-hour", knobs=knobs)
    assert answer["workload"]["arrived_at"] == draw(scenario_with(scenario, knobs)).arrived_at.tolist()


def test_the_player_is_told_what_was_recorded_and_tells_the_same_trace(page: PageModel) -> None:
    comparison = compare("just-over-thirty")
    answer = page.ask("recorded", data=play_data(comparison))
    for name, result in comparison.cycles.items():
        assert answer["runs"][name]["summary"] == result.summary.to_json()
        for column in INSTANTS:
            assert answer["runs"][name]["records"][column] == as_list(getattr(result.records, column))
        assert [tuple(event) for event in answer["traces"][name]] == list(result.trace)


def test_a_run_too_long_for_a_page_is_replayed_as_far_as_it_fits_and_says_so() -> None:
    data = play_data(compare(load("slides", ["arrival_rate=20", "report_fraction=0.01"])))
    assert "too many to replay" in data["notice"]
    assert 0 < data["end"] < 600
    assert data["runs"]["sync"]["summary"]["requests"] > 11_000


def test_a_preset_s_words_are_not_said_of_what_became_of_it() -> None:
    def shown(*overrides: str) -> str:
        return str(play_data(compare(load("quiet", overrides)))["shows"])

    assert shown() == load("quiet").shows
    assert shown("report_fraction=0.5") == ""
    assert shown("report_fraction=0.5", "title=Mine", "shows=Half of it.") == "Half of it."


TICKS = st.integers(0, 2**33).map(lambda ticks: ticks / 2**20)
ROUND = st.sampled_from([0, 0.9994, 0.9995, 0.097, 1, 12.25, 12.35, 9.995, 99.95, 99.949, 100.5, 101.5, 657.5, 12345.5])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    durations=st.lists(TICKS | ROUND | st.none(), max_size=30),
    fractions=st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.0004, 0.0005, 0.1225]) | st.none(), max_size=30),
)
def test_the_page_says_durations_and_shares_as_python_does(page: PageModel, durations: Any, fractions: Any) -> None:
    answer = page.ask("say", words=words(), durations=durations, fractions=fractions)
    assert answer["durations"] == [seconds(value) for value in durations]
    assert answer["fractions"] == [percent(value) for value in fractions]


def test_records_without_slots_are_refused() -> None:
    with pytest.raises(ValueError, match="name no slots"):
        play_data(compare("quiet", engine="exact"))


def test_a_scenario_with_too_many_requests_to_explore_is_refused_with_a_clear_word() -> None:
    with pytest.raises(ValueError, match=r"about 60,000 requests are too many to explore; allowed: up to 7,200"):
        explorer_data(load("slides", ["arrival_rate=100"]))


@pytest.mark.parametrize("preset", PRESETS)
def test_suggestions_are_worded_for_knobs(preset: str) -> None:
    assert "--" not in by_hand(load(preset).try_this)
    assert "=" not in by_hand(load(preset).try_this)


def test_the_cycles_are_handed_over_as_data() -> None:
    assert cycles()["async"]["report"]["worker"] == [hop.name for hop in CYCLES["async"].report.worker] == ["external"]
