"""Challenges can be solved, and the page marks them as Python's model does; the mystery is one of its faults."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from browser import visit
from page_model import PageModel

from sim.cycles import ARRANGEMENTS
from sim.experiments import simulate
from sim.player import explorer_page
from sim.player.challenges import CHALLENGES, FAULTS, MARKED, WELL, Challenge
from sim.player.data import explorer_data
from sim.player.knobs import knobs_of, scenario_with
from sim.presets import load
from sim.studies.seeds import seeds_of
from sim.workload import draw

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DATA = explorer_data(load("slides"))


@pytest.fixture(scope="module")
def page() -> Iterator[PageModel]:
    with PageModel() as model:
        yield model


def figures(challenge: Challenge, knobs: dict[str, Any], cycle: str) -> Iterator[dict[str, Any]]:
    """The figures with each of the seeds that are marked, by Python's model."""
    scenario = scenario_with(challenge.scenario, knobs_of(challenge.scenario) | knobs)
    for seed in (seeds_of(scenario.seed, number + 1)[number] for number in MARKED):
        run = simulate(scenario, ARRANGEMENTS[cycle], workload=draw(scenario, seed), engine="exact")
        yield run.summary.to_json()


def is_solved(challenge: Challenge, knobs: dict[str, Any], cycle: str) -> bool:
    def figure(summary: Any, name: str) -> Any:
        for part in name.split("."):
            summary = summary[part]
        return float("inf") if summary is None else summary

    return all(
        figure(summary, name) <= most for summary in figures(challenge, knobs, cycle) for name, most in challenge.goals
    )


def marked(page: PageModel, challenge: Challenge, knobs: dict[str, Any], cycle: str) -> Any:
    own = DATA["presets"][challenge.name]["knobs"] | knobs | {"surges": []}
    return page.ask("mark", data=DATA, preset=challenge.name, knobs=own, run=cycle)


def tries(challenge: Challenge) -> Iterator[tuple[dict[str, Any], str]]:
    """The solution, one slot fewer of either kind, and as many threads as there can be without moving the call."""
    slots = {name: challenge.solution[name] for name in ("threads", "workers")}
    yield slots, "async"
    yield slots | {"workers": max(1, slots["workers"] - 1)}, "async"
    yield slots | {"threads": challenge.most_slots or 32}, "sync"


@pytest.mark.parametrize("challenge", CHALLENGES, ids=lambda challenge: challenge.name)
def test_a_challenge_is_marked_by_the_page_as_by_python(page: PageModel, challenge: Challenge) -> None:
    for knobs, cycle in tries(challenge):
        slots = knobs["threads"] + (knobs["workers"] if cycle == "async" else 0)
        right = is_solved(challenge, knobs, cycle) and slots <= (challenge.most_slots or slots)
        answer = marked(page, challenge, knobs, cycle)
        assert (answer["wrong"] == "") == right, (knobs, cycle)
        assert answer["slots"] == slots


@pytest.mark.parametrize("challenge", CHALLENGES, ids=lambda challenge: challenge.name)
def test_its_solution_is_right_and_no_number_of_threads_cures_it_without_moving_the_call(
    page: PageModel, challenge: Challenge
) -> None:
    solution, _, threads = tries(challenge)
    assert marked(page, challenge, *solution)["wrong"] == ""
    assert marked(page, challenge, *threads)["wrong"]
    assert set(challenge.solution) - {"call"} <= set(challenge.turns)
    assert len(challenge.hints) >= 3


@pytest.mark.parametrize("challenge", [one for one in CHALLENGES if one.best], ids=lambda challenge: challenge.name)
def test_with_fewer_slots_than_the_best_it_cannot_be_done(challenge: Challenge) -> None:
    assert challenge.best == challenge.solution["threads"] + challenge.solution["workers"]
    fewer = challenge.best - 1
    for threads in range(1, fewer):
        assert not is_solved(challenge, {"threads": threads, "workers": fewer - threads}, "async")


SPELLED = {60: "within a minute", 90: "within a minute and a half", 1: "second"}


@pytest.mark.parametrize("challenge", CHALLENGES, ids=lambda challenge: challenge.name)
def test_the_numbers_of_a_challenge_are_those_that_are_marked_or_that_its_scenario_has(challenge: Challenge) -> None:
    goals = dict(challenge.goals)
    said = " ".join([challenge.title, challenge.task, *challenge.hints, challenge.explains])
    slow = challenge.scenario.external_time.model_dump().get("values", [])
    most = DATA["presets"][challenge.name]["bounds"]["threads"]["max"]
    known = {challenge.most_slots, challenge.scenario.timeout, most, *slow, *goals.values()}
    known |= {95, 100} if "completion_time.p95" in goals else set()
    assert {int(number) for number in re.findall(r"\d+", said)} - known == set()
    for name, bound in challenge.goals:
        assert ("Nobody gets an error" in said or "errors" in said) if name == "timed_out" else SPELLED[bound] in said
    assert challenge.most_slots is None or str(challenge.most_slots) in challenge.task


def test_a_page_without_its_data_solves_nothing(page: PageModel) -> None:
    assert "without their data" in marked(page, CHALLENGES[0], {"threads": 2, "workers": 6}, "async_all")["wrong"]


def test_the_mystery_of_a_day_is_the_same_for_everybody_and_another_on_another_day(page: PageModel) -> None:
    days = [page.ask("mystery", data=DATA, day=20261100 + day)["mystery"]["fault"]["says"] for day in range(1, 31)]
    assert set(days) == {says for _, _, says, _ in FAULTS}
    assert page.ask("mystery", data=DATA, day=20261101)["mystery"]["fault"]["says"] == days[0]


@pytest.mark.parametrize(("knob", "value"), [fault[:2] for fault in FAULTS])
def test_each_fault_of_the_mystery_server_is_seen_in_its_charts(knob: str, value: float) -> None:
    def seen(knobs: dict[str, Any]) -> tuple[float, ...]:
        scenario = scenario_with(load("slides"), knobs_of(load("slides")) | WELL | knobs)
        sync, later = (simulate(scenario, cycle, engine="exact").summary for cycle in ("sync", "async"))
        return sync.page_response_time.mean or 0, later.completion_time.mean or 0, sync.timed_out, sync.reports

    well, ill = seen({}), seen({knob: value})
    assert any(after > 1.5 * before + 1 for before, after in zip(well, ill, strict=True))


def test_a_challenge_is_solved_by_keyboard_and_its_link_carries_the_solution(
    browser: "Browser", tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("pages") / "explorer.html"
    file.write_text(explorer_page("slides"), encoding="utf-8")
    with visit(browser, f"{file.as_uri()}#preset=eight-slots") as seen:
        mark = seen.page.locator(".sim-mark")
        check = seen.page.get_by_role("button", name="Check")
        check.press("Enter")
        assert mark.inner_text().startswith("✗")
        seen.page.get_by_role("button", name="Hint").press("Enter")
        assert mark.inner_text() == CHALLENGES[0].hints[0]
        assert seen.page.get_by_role("slider", name="Timeout", exact=True).is_disabled()
        for key in ("m", "<", "-", ">", ">"):
            seen.page.keyboard.press(key)
        check.press("Enter")
        assert mark.inner_text().startswith("✓ Right, in every run")
        threads, workers = (
            seen.page.get_by_role("slider", name=name, exact=True).input_value() for name in ("Threads", "Workers")
        )
        seen.page.wait_for_url(f"**#preset=eight-slots&threads={threads}&workers={workers}&call=1")
        seen.page.reload()
        assert mark.inner_text().startswith("Solved, with")
        assert seen.page.locator("h2 strong").first.inner_text().startswith("ASYNC · ")
        check.press("Enter")
        assert mark.inner_text().startswith("✓ Right, in every run")


FOCUSED = "(document.activeElement.ariaLabel || document.activeElement.textContent).trim()"


def tab_to(page: "Page", name: str) -> None:
    """Go to a control as somebody does who has no mouse."""
    for _ in range(60):
        if page.evaluate(FOCUSED) == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no Tab leads to {name}")


def turn_to(page: "Page", name: str, wanted: int) -> None:
    """Turn a knob by the arrows."""
    tab_to(page, name)
    steps = wanted - int(page.evaluate("document.activeElement.value"))
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")
    assert page.evaluate("document.activeElement.value") == str(wanted)


@pytest.mark.parametrize("challenge", CHALLENGES, ids=lambda challenge: challenge.name)
def test_every_challenge_is_solved_without_a_mouse(browser: "Browser", explorer: str, challenge: Challenge) -> None:
    with visit(browser, explorer) as seen:
        page = seen.page
        tab_to(page, "Scenario")
        while not page.locator(".sim-task").inner_text().startswith(f"⚑ {challenge.title}. "):
            page.keyboard.press("ArrowDown")
        if challenge.solution["call"] != challenge.begins.get("call", 0):
            tab_to(page, "Check")  # the select wants letters for itself
            page.keyboard.press("m")
        turn_to(page, "Threads", challenge.solution["threads"])
        turn_to(page, "Workers", challenge.solution["workers"])
        tab_to(page, "Check")
        page.keyboard.press("Enter")
        assert page.locator(".sim-mark").inner_text().startswith("✓ Right, in every run")
        assert challenge.explains in page.locator(".sim-mark").inner_text()


@pytest.mark.parametrize("day", [20261101, 20261102])
def test_the_mystery_of_a_day_is_solved_without_a_mouse(browser: "Browser", explorer: str, day: int) -> None:
    with visit(browser, f"{explorer}#preset=mystery&day={day}") as seen:
        page, mark = seen.page, seen.page.locator(".sim-mark")
        for hidden in (".sim-stage", ".sim-knobs", "h2"):
            assert not page.locator(hidden).first.is_visible()
        tab_to(page, "What is wrong")
        for _ in FAULTS:
            page.keyboard.press("ArrowDown")
            if mark.inner_text().startswith("✓"):
                break
            assert mark.inner_text().startswith("✗")
        said = page.evaluate("document.activeElement.value")
        assert [f"✓ {explains}" for _, _, says, explains in FAULTS if says == said] == [mark.inner_text()]
        page.reload()
        assert mark.inner_text().startswith("Solved")
