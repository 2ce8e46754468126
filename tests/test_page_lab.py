"""What goes wrong, in the page: its event loop is held equal to the reference of all rules, with ==."""

from collections.abc import Iterator

import pytest
from lab_cases import cases, told
from page_lab import hashed, told_by_page
from page_model import PageModel

from sim.cycles import CYCLES
from sim.experiments import simulate
from sim.player.data import cycles
from sim.presets import PRESETS, load
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
