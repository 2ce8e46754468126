"""The explorer on requests of one's own: the page makes them from its draws, exactly."""

from collections.abc import Iterator

import numpy as np
import pytest
from page_model import PageModel

from sim.cli import main
from sim.experiments import compare, with_workload
from sim.player import explorer_page
from sim.player.data import explorer_data
from sim.player.own import MOST_REQUESTS, own
from sim.presets import load
from sim.workload import Workload, draw, read, write

SLIDES = load("slides")


@pytest.fixture(scope="module")
def page() -> Iterator[PageModel]:
    with PageModel() as model:
        yield model


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    file = tmp_path_factory.mktemp("log") / "w.csv"
    with file.open("w") as stream:
        write(draw(SLIDES), stream)
    return read(file)


def served(workload: Workload):
    return with_workload(SLIDES.replace(duration=1e7), workload, "w.csv")


def test_at_its_own_knobs_the_page_has_exactly_the_requests_of_the_file(page: PageModel, log: Workload):
    data = explorer_data(served(log), log)
    assert next(iter(data["presets"])) == "log"
    answer = page.ask("explore", data=data, preset="log", knobs=data["presets"]["log"]["knobs"])
    for name in ("arrived_at", "is_report", "web_time", "external_time"):
        assert np.array_equal(np.array(answer["workload"][name], dtype=float), getattr(log, name).astype(float)), name
    truth = compare(SLIDES, workload=log, engine="exact")
    for name in truth.cycles:
        figures = answer["summaries"][name]
        assert figures["timed_out"] == truth.cycles[name].summary.timed_out
        assert figures["reports_completed"] == truth.cycles[name].summary.reports_completed


@pytest.mark.parametrize("rows", [["0,page,0.1,0"], ["0,page,0.1,0", "5,page,0.2,0"], ["0,report,0.1,3"] * 2])
def test_a_file_of_pages_alone_or_of_one_instant_can_be_explored_too(page: PageModel, rows: list[str], tmp_path):
    (tmp_path / "w.csv").write_text("\n".join(["arrived_at,kind,web_time,external_time", *rows, ""]))
    log = read(tmp_path / "w.csv")
    data = explorer_data(served(log), log)
    answer = page.ask("explore", data=data, preset="log", knobs=data["presets"]["log"]["knobs"])
    assert answer["workload"]["arrived_at"] == log.arrived_at.tolist()
    assert sum(answer["workload"]["is_report"]) == log.is_report.sum()
    assert answer["summaries"]["sync"]["answered"] == len(rows)


def test_its_knobs_turn(page: PageModel, log: Workload):
    data = explorer_data(served(log), log)
    knobs = data["presets"]["log"]["knobs"]
    faster = page.ask("explore", data=data, preset="log", knobs=knobs | {"arrival_rate": 1.5 * knobs["arrival_rate"]})
    assert len(faster["workload"]["arrived_at"]) == pytest.approx(1.5 * len(log), rel=0.1)
    more = page.ask("explore", data=data, preset="log", knobs=knobs | {"report_fraction": 0.5})
    assert sum(more["workload"]["is_report"]) == pytest.approx(0.5 * len(log), rel=0.1)
    assert all(
        slow > 0
        for slow, kind in zip(more["workload"]["external_time"], more["workload"]["is_report"], strict=True)
        if kind
    )


def test_of_a_log_too_long_it_has_the_busiest_part_and_says_so():
    arrived_at = np.concatenate([np.arange(5000.0), 5000 + np.arange(5000) / 8, 6000 + np.arange(5000.0)])
    count = len(arrived_at)
    no_time = dict.fromkeys(draw(SLIDES).hop_times, 0.0)
    is_report = np.arange(count) % 10 == 0
    long = Workload(arrived_at, is_report, np.full(count, 0.5), is_report * 4.0, no_time, float(arrived_at[-1]), True)
    found = own(served(long), long)
    assert len(found.columns["kind"]) == 2 * MOST_REQUESTS
    assert found.scenario.duration == pytest.approx((MOST_REQUESTS - 1) / 8, rel=0.01)
    assert found.notice.startswith("The busiest 3,000 of your own 15,000 requests, from 5,000 s on")
    assert len(explorer_page(served(long), long)) < 1_000_000


def test_the_command_takes_a_file(tmp_path, capsys):
    with (tmp_path / "w.csv").open("w") as stream:
        write(draw(SLIDES), stream)
    assert main(["explore", "--workload", str(tmp_path / "w.csv"), "--out", str(tmp_path / "e.html")]) == 0
    page = (tmp_path / "e.html").read_text()
    assert "Your own 1,785 requests." in page
