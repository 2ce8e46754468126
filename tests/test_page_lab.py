"""What goes wrong, in the page: its event loop is held equal to the reference of all rules, with ==."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
from lab_cases import cases, told
from page_lab import hashed, told_by_page
from page_model import PageModel

from sim.attempts import Attempts
from sim.cycles import CYCLES
from sim.experiments import compare, simulate
from sim.player.data import cycles, explorer_data, play_data
from sim.player.knobs import by_hand, knobs_of, scenario_with
from sim.plots.load import parts, stretch
from sim.presets import ALL, LAB, PRESETS, load
from sim.visit_tables import visit_rows
from sim.workload import draw

COLUMNS = ("started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at")


@pytest.fixture(scope="module")
def page() -> Iterator[PageModel]:
    with PageModel() as model:
        yield model


@pytest.mark.parametrize("cycle", CYCLES)
def test_every_request_and_run_fares_in_the_page_as_in_the_reference(page: PageModel, cycle: str) -> None:
    asked = [hashed(case) for case in cases(range(300))]
    for case, answer in zip(asked, told_by_page(page, asked, cycle), strict=True):
        assert answer == told(case.reference(cycle)), case.luck.seed


@pytest.mark.parametrize("preset", PRESETS)
def test_with_nothing_going_wrong_the_lab_tells_the_plain_story(page: PageModel, preset: str) -> None:
    scenario = load(preset)
    workload = draw(scenario)
    columns = {name: getattr(workload, name) for name in ("arrived_at", "is_report", "web_time", "external_time")}
    sent = columns | {"hop_times": workload.hop_times, "ends_at": workload.ends_at, "from_file": False}
    case = {"workload": sent, "scenario": scenario.model_dump(), "luck": {"seed": 0}, "queues": ["default"]}
    for cycle in CYCLES:
        ((requests, runs),) = page.ask("lab", cycle=cycles()[cycle], cases=[case])
        records = simulate(scenario, cycle, workload=workload).records
        for name, answer in zip(COLUMNS, zip(*(_instants(row) for row in requests), strict=True), strict=True):
            assert list(answer) == [None if at != at else at for at in getattr(records, name).tolist()]
        assert len(runs) == sum(row[0] is not None for row in requests if row[7] is not None)


def _instants(row: list[float | None]) -> list[float | None]:
    """Of a request as `lab_cases` tells it, the instants of COLUMNS."""
    started_at, enqueued_at, _, finished_at, skipped_at, picked_up_at, completed_at = row[6:13]
    return [started_at, enqueued_at, finished_at, skipped_at, picked_up_at, completed_at]


# ---------------------------------------------------------------- figures, knobs and the replay


@pytest.mark.parametrize("preset", ["short-line", "busy-core", "asking-again", "outage", "pulled-plug", "deploys"])
def test_every_figure_of_the_lab_is_that_of_compare(page: PageModel, preset: str) -> None:
    scenario = load(preset)
    answer = page.ask("explore", data=explorer_data(scenario), preset=preset, knobs=knobs_of(scenario))
    for name, result in compare(scenario).cycles.items():
        assert answer["summaries"][name] == result.summary.to_json()


TURNED = [
    ("quiet", {"client_retries": 2, "backlog_limit": 0, "cores": 1, "killed_at": 300, "reliable": 1}),
    ("quiet", {"failure_fraction": 0.5, "job_retries": 2, "outage": 100, "deployed_at": 200, "push": 1}),
    ("quiet", {"service_timeout": 3, "poll_every": 0.5, "external_time": 2}),
    ("deploys", {"deployed_at": 0}),
    ("one-line", {"queues": 1}),
    ("one-line", {"queues": 2, "external_time": 2}),
    ("one-line", {"queues": 3}),
    ("outage", {"outage": 60, "job_retries": 1}),
]


@pytest.mark.parametrize(("preset", "turned"), TURNED)
def test_the_mishaps_read_back_from_the_knobs_give_the_numbers_shown(
    page: PageModel, preset: str, turned: dict[str, float]
) -> None:
    scenario = load(preset)
    knobs = knobs_of(scenario) | turned
    answer = page.ask("explore", data=explorer_data(scenario), preset=preset, knobs=knobs)
    expected = compare(scenario_with(scenario, knobs)).cycles
    for name, result in expected.items():
        figures = result.summary.to_json()
        assert answer["summaries"][name] == {figure: figures[figure] for figure in answer["summaries"][name]}


@pytest.mark.parametrize("preset", ALL)
def test_the_knobs_as_a_preset_has_them_are_the_preset(preset: str) -> None:
    scenario = load(preset)
    assert scenario_with(scenario, knobs_of(scenario)) == scenario


@pytest.mark.parametrize("preset", LAB)
def test_suggestions_of_the_lab_are_worded_for_knobs(preset: str) -> None:
    assert "--" not in by_hand(load(preset).try_this)
    assert "=" not in by_hand(load(preset).try_this)


@pytest.mark.parametrize(("preset", "cycle"), [("short-line", "sync"), ("outage", "async"), ("pulled-plug", "async")])
def test_the_replay_counts_what_a_bystander_could(page: PageModel, preset: str, cycle: str) -> None:
    scenario = load(preset)
    records = compare(scenario).cycles[cycle].records
    assert isinstance(records, Attempts)
    instants = [scenario.duration * part / 40 for part in range(45)]
    answer = page.ask("replayed", data=explorer_data(scenario), preset=preset, cycle=cycle, instants=instants)
    runs, came, begun = records.at_workers, records.arrived_at, records.reached_at
    failed_at, back_at = records.in_retry_set
    for t, counts in zip(instants, answer, strict=True):
        assert counts["backlog"] == int(((came <= t) & (t < begun) & ~records.rejected).sum())
        assert counts["timed_out"] == int(((records.status > 0) & (records.responded_at <= t)).sum())
        assert counts["rejected"] == int((records.rejected & (came <= t)).sum())
        assert counts["threads_busy"] == int(((records.started_at <= t) & (t < records.finished_at)).sum())
        if cycle == "async":
            assert counts["queue"] == int(((runs.came_at <= t) & (t < runs.taken_at)).sum())
            assert counts["workers_busy"] == int(((runs.taken_at <= t) & (t < runs.left_at)).sum())
            assert counts["retry_set"] == int(((failed_at <= t) & (t < back_at)).sum())
            assert counts["lost"] == int((records.lost & (runs.left_at <= t)).sum())


@pytest.mark.parametrize("preset", ["short-line", "busy-core", "asking-again", "outage", "pulled-plug"])
def test_the_pages_table_says_what_compare_says(page: PageModel, preset: str) -> None:
    scenario = load(preset)
    knobs = knobs_of(scenario)
    data = explorer_data(scenario)
    shown = page.ask("table", data=data, preset=preset, knobs=knobs)
    compared = compare(scenario)
    expected = [(label, [cell(each) for each in compared.cycles.values()]) for label, cell in visit_rows(compared)]
    heading = ""
    for number, (label, cells) in enumerate(expected):  # a further figure of a spread is indented below the first
        heading = label.split(",")[0] if "," in label else heading
        expected[number] = (label if not label.startswith(" " * 5) else f"{heading}, {label.strip()}", cells)
    assert [tuple(row) for row in shown] == [
        (label, cells)
        for label, cells in expected
        if label != "work offered to workers" and not set(cells) <= {"0", "–", "1.00"}
    ]


@pytest.mark.parametrize(("preset", "cycle"), [("retry-storm", "sync"), ("asking-again", "async")])
def test_the_load_over_time_has_the_same_retries_and_polls_as_the_plot(
    page: PageModel, preset: str, cycle: str
) -> None:
    scenario = load(preset)
    result = simulate(scenario, cycle)
    came = result.records.arrived_at
    until = float(came.max())
    answer = page.ask("load", data=explorer_data(scenario), preset=preset, cycle=cycle, until=until)
    assert answer["width"] == stretch(until)
    assert sum(map(sum, answer["parts"])) == len(came)
    for mine, counts in zip(parts(result).values(), answer["parts"], strict=True):
        in_stretch = (came[mine] // stretch(until)).astype(int)
        assert np.bincount(in_stretch, minlength=len(counts)).tolist() == counts


EVENTFUL = [
    ("short-line", "sync", {"client_retries": 2, "service_timeout": 12}),
    ("asking-again", "async", {}),
    ("busy-core", "sync", {"threads": 3}),
    ("outage", "sync", {}),
    ("pulled-plug", "async", {"failure_fraction": 0.5, "job_retries": 1}),
    ("deploys", "async", {}),
]


@pytest.mark.parametrize(("preset", "cycle", "turned"), EVENTFUL)
def test_the_page_tells_the_story_of_what_goes_wrong_event_by_event_as_trace_does(
    page: PageModel, preset: str, cycle: str, turned: dict[str, float]
) -> None:
    scenario = load(preset)
    knobs = knobs_of(scenario) | turned
    told = page.ask("trace", data=explorer_data(scenario), preset=preset, knobs=knobs, cycle=cycle)
    assert [tuple(event) for event in told] == list(simulate(scenario_with(scenario, knobs), cycle).trace)


@pytest.mark.parametrize(
    ("preset", "cycle"), [("pulled-plug", "async"), ("asking-again", "async"), ("deploys", "sync")]
)
def test_the_player_is_told_of_a_run_what_the_page_computes_itself(page: PageModel, preset: str, cycle: str) -> None:
    scenario = load(preset, ["duration=200"] if preset == "asking-again" else [])
    data = explorer_data(scenario)
    told = page.ask("recorded", data=play_data(simulate(scenario, cycle)))["runs"][cycle]["records"]
    computed = page.ask("records", data=data, preset=next(iter(data["presets"])), cycle=cycle)
    assert told["lab"].keys() >= computed["lab"].keys()
    for column in ("started_at", "finished_at", "skipped_at", "completed_at", "is_report"):
        assert told[column] == computed[column]
    for pool in ("at_threads", "at_workers"):
        assert told[pool] == {name: computed[pool][name] for name in told[pool]}, pool
    for column in computed["lab"].keys() - {"at_cores"}:
        assert told["lab"][column] == computed["lab"][column], column


def test_a_run_of_many_attempts_is_replayed_as_far_as_it_fits(page: PageModel) -> None:
    data = play_data(compare("retry-storm"))
    assert "too many to replay" in data["notice"]
    assert 300 < data["end"] < 1500
    assert len(json.dumps(data)) < 900_000
    runs = page.ask("recorded", data=data)["runs"]
    assert max(runs["sync"]["records"]["lab"]["attempt"]) == 4
