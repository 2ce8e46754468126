"""The exported pages in headless Chromium, as somebody meets them: double-clicked, offline, with a keyboard."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from browser import CUT, Visit, barriers, until, visit

from sim.experiments import compare, simulate
from sim.luck import luck
from sim.player import explorer_page, play_page
from sim.player.knobs import MOST_REQUESTS
from sim.presets import load
from sim.stats import Summary
from sim.studies.seeds import seeds_of
from sim.words import seconds

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

FRAMES = """async () => {
  for (let frames = 0; frames < 60; frames++) await new Promise(requestAnimationFrame);
  return 60;
}"""
# turns a knob without letting it go: between two pictures, as a browser hears a hand, until the turn is painted
MOVES = """async () => {
  const knob = document.querySelector("[aria-label=Threads]");
  for (let moves = 0; moves < 30; moves++) {
    knob.value = String(4 + (moves % 3));
    knob.dispatchEvent(new Event("input"));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }
  return 30;
}"""
# what a screen reader would say of each control: its role, its name, whether notebooks keep their hands off its keys
CONTROLS = """() => [...document.querySelectorAll("button, input, select, summary, [tabindex]")]
  .filter((element) => element.checkVisibility())
  .map((element) => ({
    tag: element.tagName,
    name: element.ariaLabel || element.labels?.[0]?.textContent || element.textContent,
    guarded: element.dataset.lmSuppressShortcuts === "true",
  }))"""


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("pages") / "run.html", play_page(compare("slides")))


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


def text_of(seen: Visit, selector: str) -> str:
    return seen.page.locator(selector).first.inner_text()


def ready(seen: Visit) -> None:
    """Wait for the first picture."""
    until(seen.page, "document.querySelector('.sim-counts')?.textContent")


def settle(seen: Visit) -> None:
    """Wait until what was asked for has been drawn."""
    seen.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


def clock(seen: Visit) -> float:
    return float(text_of(seen, ".sim-clock").split()[0])


def figures(seen: Visit) -> dict[str, list[str]]:
    seen.page.locator("details", has_text="All figures").evaluate("(details) => { details.open = true; }")
    seen.page.locator(".sim-figures tbody").wait_for(state="attached")
    rows = seen.page.locator(".sim-figures tbody tr").all()
    cells = [row.locator("th, td").all_inner_texts() for row in rows]
    return {label: values for label, *values in cells}


def knobs(seen: Visit) -> dict[str, str]:
    labels = seen.page.locator(".sim-knob").all_inner_texts()
    return dict(re.split(r"\s*\n\s*", label.strip(), maxsplit=1) for label in labels)


def test_the_explorer_plays_from_a_double_click_without_a_network(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        seen.page.get_by_role("button", name="Play").click()
        until(seen.page, "parseFloat(document.querySelector('.sim-clock').textContent) > 0")
        seen.page.get_by_role("button", name="Pause").click()
        assert 0 < clock(seen) < 60


def test_the_player_shows_the_numbers_of_compare(browser: "Browser", replay: str) -> None:
    summaries = [result.summary for result in compare("slides").cycles.values()]
    with visit(browser, replay) as seen:
        shown = figures(seen)
        assert shown["requests"] == [str(summary.requests) for summary in summaries]
        assert [cell.split()[0] for cell in shown["timed out"]] == [str(summary.timed_out) for summary in summaries]
        assert shown["response time, mean"][0] == seconds(summaries[0].response_time.mean)
        assert shown["completion time of reports, mean"][0] == "never"


def test_the_picture_at_the_end_counts_what_the_figures_say(browser: "Browser", replay: str) -> None:
    summary = compare("slides").sync.summary
    with visit(browser, replay) as seen:
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        settle(seen)
        assert text_of(seen, ".sim-counts") == f"✓ {summary.answered:,} answered ✕ {summary.timed_out} timed out"
        useful, wasted, running, _ = re.findall(r"[\d,]+", text_of(seen, ".sim-sums"))
        assert (useful, wasted, running) == (f"{summary.useful_time:,.0f}", f"{summary.wasted_time:,.0f}", "0")


def test_every_knob_moves_by_the_keyboard_and_changes_the_figures(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        for name in ("Arrival rate", "Share of reports", "External time", "Threads", "Workers", "Timeout"):
            before, shown = knobs(seen), figures(seen)
            seen.page.get_by_role("slider", name=name, exact=True).focus()
            for _ in range(3):
                seen.page.keyboard.press("ArrowRight")
            settle(seen)
            assert [knob for knob in before if before[knob] != knobs(seen)[knob]] == [name]
            assert figures(seen) != shown, name


def test_the_keyboard_alone_reaches_and_works_every_control(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        reached = []
        for _ in range(32):
            seen.page.keyboard.press("Tab")
            reached.append(seen.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent"))
            if reached[-1] and seen.evaluate("document.activeElement !== document.body"):
                assert seen.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", reached[-1]
        expected = len(seen.evaluate(CONTROLS))
        assert len(set(reached) - {""}) >= expected, reached
        seen.page.get_by_role("button", name="First timeout").press("Enter")
        settle(seen)
        assert "1 timed out" in text_of(seen, ".sim-counts")
        at = clock(seen)
        seen.page.get_by_role("button", name="Step").press("Space")
        settle(seen)
        assert at <= clock(seen) < at + 5
        seen.page.get_by_role("slider", name="Time", exact=True).press("ArrowLeft")
        settle(seen)
        assert clock(seen) < at
        seen.page.get_by_role("button", name="Restart").press("Enter")
        settle(seen)
        assert clock(seen) == 0
        seen.page.get_by_role("button", name="same slots").press("Enter")
        settle(seen)
        assert "9 threads" in text_of(seen, "h2")


@pytest.mark.parametrize("which", ["explorer", "replay"])
def test_every_control_has_a_name_and_keeps_notebook_shortcuts_away(
    browser: "Browser", which: str, request: pytest.FixtureRequest
) -> None:
    with visit(browser, request.getfixturevalue(which)) as seen:
        ready(seen)
        controls = seen.evaluate(CONTROLS)
        assert len(controls) >= 7
        assert [control for control in controls if not control["name"].strip() or not control["guarded"]] == []
        pictures = seen.page.get_by_role("img").all()
        assert len(pictures) == 6
        assert all(picture.get_attribute("aria-label") for picture in pictures)
        assert seen.page.get_by_role("heading", level=1).count() == 1
        assert seen.page.get_by_role("status").count() == 1
        assert seen.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("width", [1280, 600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(browser: "Browser", explorer: str, replay: str, scheme: str, width: int) -> None:
    for url in (explorer, replay):
        with visit(browser, url, color_scheme=scheme, viewport={"width": width, "height": 720}) as seen:
            ready(seen)
            seen.page.get_by_role("button", name="First timeout").press("Enter")
            seen.page.locator("details", has_text="All figures").evaluate("(details) => { details.open = true; }")
            settle(seen)
            assert barriers(seen.page) == []


def test_workers_offered_more_than_they_can_do_are_pointed_out(browser: "Browser", tmp_path: Path) -> None:
    few = load("too-few-workers")
    pages = [explorer_page(few), play_page(compare(few))]
    told = set()
    for page in pages:
        with visit(browser, written(tmp_path / "few.html", page)) as seen:
            ready(seen)
            told.add(text_of(seen, ".sim-notice"))
    assert len(told) == 1
    assert "the queue grows without bound" in told.pop()


def test_a_step_says_in_words_what_happened(browser: "Browser", replay: str) -> None:
    with visit(browser, replay) as seen:
        seen.page.get_by_role("combobox", name="Speed").select_option("0.1")
        said = []
        for _ in range(6):
            seen.page.get_by_role("button", name="Step").click()
            settle(seen)
            said.append(text_of(seen, "[role=status]").partition(": ")[2])
        together = "page 0 arrived, started (thread 0), reached Web Server"
        middleware = "page 0 reached Middleware"
        assert said[:2] == [f"SYNC {together} · ASYNC {together}", f"SYNC {middleware} · ASYNC {middleware}"]


def test_the_link_brings_back_the_same_knobs_and_figures(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        seen.page.get_by_role("combobox", name="Scenario").select_option("rush-hour")
        for name, presses in (("Threads", 4), ("Arrival rate", 3), ("External time", 5)):
            seen.page.get_by_role("slider", name=name, exact=True).focus()
            for _ in range(presses):
                seen.page.keyboard.press("ArrowRight")
        seen.page.keyboard.press("s")  # a surge
        seen.page.get_by_role("button", name="⇄ call, ASYNC").click()
        seen.page.get_by_role("button", name="same slots").click()
        seen.page.get_by_role("button", name="First timeout").click()
        seen.page.wait_for_url("**&clock=*")
        link, at_first, shown = seen.page.url, knobs(seen), figures(seen)
        at, heads = clock(seen), seen.page.locator("h2 strong").all_inner_texts()
    said = "#preset=rush-hour&arrival_rate=1.3&external_time=1.3125&threads=9&surges=0-10"
    assert link.startswith(f"{explorer}{said.replace(',', '%2C')}&cycle=sync_same_slots&beside=sync&clock="), link
    with visit(browser, link) as seen:
        ready(seen)
        assert (knobs(seen), figures(seen), clock(seen)) == (at_first, shown, at)
        assert seen.page.locator("h2 strong").all_inner_texts() == heads
        seen.page.goto(f"{explorer}#preset=slides&threads=8&seed=5&clock=20.5&cycle=async&covered=1")
        settle(seen)
        assert clock(seen) == 20.5
        assert not seen.page.locator(".sim-whole").first.is_visible()  # covered, though a knob is turned
        predict(seen, "3", "0")
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        settle(seen)
        summary = compare(load("slides", ["threads=8", "seed=5"]), engine="exact").sync.summary
        assert text_of(seen, ".sim-whole") == errors_of(summary)
        assert f"SYNC: {summary.timed_out}; you said 3" in text_of(seen, "[role=status]")


BAD = [
    "threads=0",
    "threads=1e9",
    "threads=2.5",
    "client_retries=1.5&cores=0.5&backlog_limit=0.5&job_retries=2.5&push=0.5&reliable=0.5",
    "timeout=NaN",
    "preset=%3Cimg%20src=x%20onerror=alert(1)%3E",
    "%E0%A4%A",
    "clock=-1&surges=9-1&cycle=%3Cb%3E&beside=async",
    "surges=1-2,3-4,5-6,7-8,9-10,11-12&clock=1e9&covered=2",
]


@pytest.mark.parametrize("fragment", BAD)
def test_what_a_link_should_not_say_is_ignored(browser: "Browser", explorer: str, fragment: str) -> None:
    with visit(browser, f"{explorer}#{fragment}") as seen:
        ready(seen)
        assert (knobs(seen)["Threads"], knobs(seen)["Timeout"]) == (str(load("slides").threads), "30 s")
        assert {"Cores", "Tries again", "May wait", "Jobs run again", "Pushed"}.isdisjoint(knobs(seen))
        assert seen.page.get_by_role("combobox", name="Scenario").input_value() == "slides"
        assert (clock(seen), figures(seen)["requests"][0]) == (0, "1785")


NASTY = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "</title></style><b>bold</b>",
    '" onfocus="alert(1)" autofocus="',
    "${alert(1)} {title} %s",
]


@pytest.mark.parametrize("nasty", NASTY)
def test_a_scenario_cannot_bring_markup_or_script_into_a_page(browser: "Browser", tmp_path: Path, nasty: str) -> None:
    scenario = load("quiet", ["duration=60"]).replace(title=nasty, shows=nasty, try_this=nasty)
    pages = {"explorer": explorer_page(scenario), "run": play_page(compare(scenario))}
    for name, text in pages.items():
        with visit(browser, written(tmp_path / f"{name}.html", text)) as seen:
            ready(seen)
            assert seen.evaluate("document.querySelectorAll('img, b, iframe').length") == 0
            assert nasty.strip()[:8] in seen.evaluate("document.body.innerText")
            assert seen.page.title().startswith(nasty[:5])


def test_no_script_but_our_own_runs_even_if_markup_came_in(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        seen.evaluate("document.body.insertAdjacentHTML('afterbegin', '<b onclick=\"window.hit = 1\">b</b>')")
        seen.evaluate("document.querySelector('b').click()")
        assert seen.evaluate("window.hit") is None
        assert "Content Security Policy" in seen.complaints.pop()


def meter_of(page: "Page") -> "CDPSession":
    """What tells the processor time of a page's main thread from now on."""
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.enable", {"timeDomain": "threadTicks"})
    return meter


def spent(meter: "CDPSession") -> float:
    """Milliseconds so far."""
    metrics = {one["name"]: one["value"] for one in meter.send("Performance.getMetrics")["metrics"]}
    return float(1000 * metrics["TaskDuration"])


def cost(seen: Visit, act: str) -> float:
    """Milliseconds of the page's own processor time for a picture while `act` goes on: others may have the machine."""
    meter = meter_of(seen.page)
    before = spent(meter)
    frames = seen.evaluate(act)
    return (spent(meter) - before) / frames


def test_the_explorer_can_draw_30_pictures_a_second_with_2000_requests(browser: "Browser", explorer: str) -> None:
    with visit(browser, f"{explorer}#arrival_rate=3.5") as seen:
        ready(seen)
        assert int(figures(seen)["requests"][0]) > 2000
        seen.page.get_by_role("combobox", name="Speed").select_option("100")
        seen.page.get_by_role("button", name="Play").click()
        assert cost(seen, FRAMES) < 33


# on a quiet machine a move takes a sixth of 50 and 100 ms; the old page took 4 times as long for the larger run
@pytest.mark.parametrize(("rate", "most"), [(3, 40), (11.9, 80)])
def test_while_a_knob_is_held_only_what_is_seen_is_computed(
    browser: "Browser", tmp_path: Path, rate: float, most: float
) -> None:
    page = written(tmp_path / "busy.html", explorer_page(load("slides", [f"arrival_rate={rate}"])))
    with visit(browser, page) as seen:
        ready(seen)
        turn(seen, "Threads")
        assert int(figures(seen)["requests"][0]) >= rate * 550
        assert cost(seen, MOVES) < most


def test_while_a_knob_is_held_the_sides_take_turns_and_both_have_followed_when_the_hand_rests(
    browser: "Browser", explorer: str
) -> None:
    clouds = "[...document.querySelectorAll('.sim-scatter')].map((one) => one.toDataURL())"
    counted = """() => {
      const { putImageData } = CanvasRenderingContext2D.prototype;
      globalThis.clouds = 0;
      CanvasRenderingContext2D.prototype.putImageData = function (...image) {
        globalThis.clouds++;
        putImageData.apply(this, image);
      };
    }"""
    with visit(browser, explorer) as seen:
        ready(seen)
        turn(seen, "Threads")
        before = seen.evaluate(clouds)
        seen.evaluate(counted)
        moves = seen.evaluate(MOVES)
        assert moves <= seen.evaluate("globalThis.clouds") < 2 * moves
        settle(seen)
        after = seen.evaluate(clouds)
        assert all(one != other for one, other in zip(before, after, strict=True))


def test_a_knob_that_is_let_go_where_it_was_is_let_go_and_what_plays_then_is_counted(
    browser: "Browser", explorer: str
) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        mouse, threads = seen.page.mouse, seen.page.get_by_role("slider", name="Threads")
        box = threads.bounding_box()
        assert box
        part = threads.evaluate("({ value, min, max }) => (value - min) / (max - min)")
        thumb = box["x"] + 8 + (box["width"] - 16) * part
        before, y = threads.input_value(), box["y"] + box["height"] / 2
        seen.evaluate("() => { globalThis.changes = 0; addEventListener('change', () => changes++); }")
        mouse.move(thumb, y)
        mouse.down()
        mouse.up()  # touched, not turned
        assert seen.evaluate("changes") == 0
        mouse.down()
        mouse.move(thumb + 50, y, steps=3)
        assert threads.input_value() != before
        mouse.move(thumb, y + 300, steps=3)  # let go outside
        assert threads.input_value() == before
        mouse.up()
        assert seen.evaluate("changes") == 1
        turn(seen, "Time", key="End")
        assert text_of(seen, ".sim-counts").endswith(f"✕ {compare('slides').sync.summary.timed_out}")


def test_while_a_knob_is_held_nothing_is_said_of_the_run_before(browser: "Browser", explorer: str) -> None:
    said = """() => [...document.querySelectorAll(".sim-story, .sim-counts, .sim-account")]
      .filter((one) => one.checkVisibility({ opacityProperty: true })).length"""
    with visit(browser, explorer) as seen:
        ready(seen)
        turn(seen, "Time", key="End")
        assert seen.evaluate(said) == 5
        threads = seen.page.get_by_role("slider", name="Threads")
        threads.evaluate("(knob) => { knob.value = '8'; knob.dispatchEvent(new Event('input')); }")
        settle(seen)
        assert seen.evaluate(said) == 0
        threads.dispatch_event("change")
        settle(seen)
        assert seen.evaluate(said) == 5


def test_a_held_knob_draws_nobody_who_comes_after_the_end_at_the_beginning(browser: "Browser", explorer: str) -> None:
    left = """() => [...document.querySelectorAll(".sim-scatter")].map((chart) => {
      const ctx = new OffscreenCanvas(12, 16).getContext("2d");
      ctx.drawImage(chart, 0, chart.height - 32, 12, 16, 0, 0, 12, 16);
      return ctx.getImageData(0, 0, 12, 16).data.some((part) => part);
    })"""
    with visit(browser, f"{explorer}#preset=slides&client_retries=3&poll_every=2&threads=2") as seen:
        ready(seen)
        turn(seen, "Threads", key="ArrowLeft")
        assert seen.evaluate(left) == [False, False]
        seen.evaluate("document.querySelector('[aria-label=Threads]').dispatchEvent(new Event('input'))")
        settle(seen)
        assert seen.evaluate(left) == [False, False]


def test_the_ledger_s_bar_says_to_who_does_not_see_it_what_stands_beside_it(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        turn(seen, "Time", key="PageUp")
        assert " 0 useful" not in text_of(seen, ".sim-sums")
        assert text_of(seen, ".sim-sums") in seen.page.locator(".sim-ledger").first.get_attribute("aria-label")


def test_who_turns_back_or_takes_a_mishap_away_by_key_keeps_their_place(browser: "Browser", explorer: str) -> None:
    with visit(browser, f"{explorer}#preset=slides&cores=2") as seen:
        ready(seen)
        seen.page.get_by_role("button", name="take it away").press("Enter")
        settle(seen)
        assert seen.evaluate("document.activeElement.ariaLabel") == "Add a mishap"
        turn(seen, "Threads")
        seen.page.locator(".sim-runs th button").first.press("Enter")
        settle(seen)
        assert seen.evaluate("document.activeElement.closest('.sim-runs') !== null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [(1280, 720), (1920, 1080)])
def test_a_projector_shows_all_of_it_at_once_in_letters_of_16_pixels(
    browser: "Browser", explorer: str, scheme: Any, viewport: tuple[int, int]
) -> None:
    width, height = viewport
    with visit(browser, explorer, viewport={"width": width, "height": height}, color_scheme=scheme) as seen:
        ready(seen)
        bottom = seen.evaluate("document.querySelectorAll('.sim-sums')[1].getBoundingClientRect().bottom")
        assert bottom <= height
        assert seen.evaluate("document.documentElement.scrollWidth") <= width
        sizes = seen.evaluate(
            "[...document.querySelectorAll('.sim *')].map((e) => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 16
        background = seen.evaluate("getComputedStyle(document.querySelector('.sim')).backgroundColor")
        assert (background == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("width", [400, 700, 1000])
def test_nothing_of_the_drawing_or_the_knobs_sticks_out_of_a_narrow_window(
    browser: "Browser", explorer: str, width: int
) -> None:
    with visit(browser, explorer, viewport={"width": width, "height": 900}) as seen:
        ready(seen)
        settle(seen)
        assert seen.evaluate("document.documentElement.scrollWidth") <= width
        wider = "(box) => box.scrollWidth > box.clientWidth + 1"
        for part in ("h2", ".sim-knob", ".sim-caption", ".sim-controls"):
            assert not any(box.evaluate(wider) for box in seen.page.locator(part).all()), part


@pytest.mark.parametrize("width", [390, 900, 1024, 1280])
def test_no_number_is_cut_off(browser: "Browser", explorer: str, width: int) -> None:
    with visit(browser, f"{explorer}#threads=6", viewport={"width": width, "height": 768}) as seen:
        seen.page.locator(".sim-dots").first.wait_for()
        seen.page.get_by_role("button", name="First timeout").press("Enter")
        settle(seen)
        assert seen.evaluate(CUT) == []


def test_a_turned_knob_says_what_became_of_the_whole_run(browser: "Browser", explorer: str) -> None:
    requests = compare("slides").sync.summary.requests
    with visit(browser, explorer) as seen:
        ready(seen)
        threads = seen.page.get_by_role("slider", name="Threads", exact=True)
        for presses in (1, 20):
            for _ in range(presses):
                threads.press("ArrowRight")
            settle(seen)
            told = text_of(seen, "[role=status]")
            whole = text_of(seen, ".sim-whole").rpartition("→ ")[2]
            assert f"SYNC: {whole}, median report" in told
            assert f"ASYNC: 0 of {requests:,} get an error" in told


def test_the_explorer_asks_for_a_guess_before_it_tells_how_the_run_goes(browser: "Browser", explorer: str) -> None:
    summary = compare("slides").sync.summary
    told = f"{summary.timed_out} of {summary.requests:,} get an error"
    with visit(browser, explorer) as seen:
        ready(seen)
        whole = seen.page.locator(".sim-whole").first
        assert not whole.is_visible()
        assert f"how many of {summary.requests:,} get an error?" in text_of(seen, ".sim-commit")
        covered = drawn(seen)
        seen.page.get_by_role("button", name="First timeout").click()
        seen.page.get_by_role("button", name="Restart").click()
        settle(seen)
        assert drawn(seen) == covered
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        settle(seen)
        assert whole.inner_text() == told
        seen.page.get_by_role("button", name="Restart").click()
        settle(seen)
        assert drawn(seen) != covered  # what will come is shown faintly now
        seen.page.get_by_role("combobox", name="Scenario").select_option("quiet")
        settle(seen)
        assert not whole.is_visible()
        assert text_of(seen, "[role=status]") == ""
        seen.page.get_by_role("button", name="First timeout").click()
        seen.page.get_by_role("combobox", name="Scenario").select_option(
            "too-few-workers"
        )  # covered, and covered again
        settle(seen)
        assert text_of(seen, "[role=status]") == ""
        assert not seen.page.locator(".sim-notice").is_visible()
        assert not seen.page.locator("summary", has_text="All figures").is_visible()
        seen.page.get_by_role("slider", name="Workers", exact=True).press("ArrowRight")
        settle(seen)
        assert "grows without bound" in text_of(seen, ".sim-notice")
        assert seen.page.locator("summary", has_text="All figures").is_visible()
        seen.page.get_by_role("combobox", name="Scenario").select_option("slides")
        seen.page.get_by_role("slider", name="Timeout", exact=True).press("ArrowRight")
        seen.page.get_by_role("slider", name="Timeout", exact=True).press("ArrowLeft")
        settle(seen)
        assert whole.inner_text().endswith(told)
        assert drawn(seen) != covered


def turn(seen: Visit, name: str, presses: int = 1, key: str = "ArrowRight") -> None:
    for _ in range(presses):
        seen.page.get_by_role("slider", name=name, exact=True).press(key)
    settle(seen)


def turn_to(seen: Visit, name: str, value: float) -> None:
    """Turn a knob in one go, however busy the machine is: key by key it may become several turns."""
    seen.page.get_by_role("slider", name=name, exact=True).evaluate(
        "(knob, value) => { knob.value = value; for (const name of ['input', 'change'])"
        " knob.dispatchEvent(new Event(name, { bubbles: true })); }",
        str(value),
    )
    settle(seen)


def test_after_a_knob_the_headline_counts_the_whole_run_before_and_after(browser: "Browser", explorer: str) -> None:
    before, after = (compare(load("slides", changes), engine="exact").sync.summary for changes in ([], ["threads=9"]))
    told = f"{after.timed_out} of {after.requests:,} get{'s' * (after.timed_out == 1)} an error"
    with visit(browser, explorer) as seen:
        ready(seen)
        turn_to(seen, "Threads", 9)
        assert text_of(seen, ".sim-whole") == f"{before.timed_out} → {told}"
        assert text_of(seen, ".sim-counts") == "so far: ✓ 0 ✕ 0"
        size = "parseFloat(getComputedStyle(document.querySelector('.sim-whole')).fontSize)"
        assert seen.evaluate(size) >= 24


def dots(seen: Visit) -> str:
    """What the first line of dots says, when the other seeds have been tried."""
    line = seen.page.locator(".sim-dots").first
    line.wait_for()
    assert line.locator("circle").count() == 20
    return str(line.get_attribute("aria-label"))


@pytest.mark.parametrize("width", [960, 1100, 1280])
def test_as_wide_as_a_notebook_nothing_lies_upon_the_other_side_or_is_cut(
    browser: "Browser", explorer: str, width: int
) -> None:
    """JupyterLab leaves 1,100 pixels of a screen of 1,280."""
    with visit(browser, explorer, viewport={"width": width, "height": 720}) as seen:
        ready(seen)
        turn(seen, "Threads", 4)
        seen.page.locator(".sim-dots").nth(1).wait_for()
        settle(seen)
        for part in (".sim-verdict", ".sim-caption"):
            cut = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
            assert seen.page.locator(f"{part}:visible").evaluate_all(cut) == 0, part
        asked = "(one) => one.getBoundingClientRect().right <= one.closest('section').getBoundingClientRect().right + 1"
        assert all(line.evaluate(asked) for line in seen.page.locator(".sim-dots").all())


def test_twenty_other_seeds_stand_beside_every_run(browser: "Browser", explorer: str) -> None:
    def told(*changes: str) -> str:
        others = luck(load("slides", changes)).others("sync", "timed_out")
        return f"20 other seeds: {min(others):.0f} to {max(others):.0f} errors"

    with visit(browser, explorer) as seen:
        ready(seen)
        assert seen.page.locator(".sim-dots").count() == 0
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        settle(seen)
        assert dots(seen).startswith(told())
        for line in seen.page.locator(".sim-verdict, .sim-caption").all():
            assert line.evaluate("(line) => line.scrollWidth <= line.clientWidth")
        turn(seen, "Threads")
        assert dots(seen).startswith(told(f"threads={load('slides').threads + 1}"))


def test_a_link_that_is_followed_right_after_a_turn_stays_in_the_address(browser: "Browser", explorer: str) -> None:
    followed = """async () => {
      const knob = document.querySelector("[aria-label=Threads]");
      for (const value of ["5", "6"]) {
        knob.value = value;
        for (const name of ["input", "change"]) knob.dispatchEvent(new Event(name));
        while (value === "5" && !location.hash.includes("threads=5")) await new Promise(requestAnimationFrame);
      }
      location.hash = "preset=quiet&workers=3";
      await new Promise((done) => setTimeout(done, 500)); // what is turned is written within half a second
    }"""
    with visit(browser, explorer) as seen:
        ready(seen)
        seen.evaluate(followed)
        assert seen.page.get_by_role("slider", name="Workers").input_value() == "3"
        assert seen.page.url == f"{explorer}#preset=quiet&workers=3"


def test_the_mystery_has_no_dots_of_another_scenario_s_luck(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        turn(seen, "Time", key="End")
        assert dots(seen)
        seen.page.get_by_label("Scenario", exact=True).select_option("mystery")
        settle(seen)
        assert "error" in text_of(seen, ".sim-whole")
        assert seen.page.locator(".sim-dots").count() == 0


def test_other_luck_is_the_same_scenario_with_the_next_seed(browser: "Browser", explorer: str) -> None:
    def told(seed: int) -> str:
        return errors_of(compare(load("slides", [f"seed={seed}"]), engine="exact").sync.summary)

    own = load("slides").seed
    with visit(browser, explorer) as seen:
        ready(seen)
        other = seen.page.get_by_role("button", name="Other luck")
        for seed in seeds_of(own, 3)[1:]:
            other.click()
            settle(seen)
            assert text_of(seen, ".sim-whole").endswith(told(seed))
            seen.page.wait_for_url(f"{explorer}#preset=slides&seed={seed}")
        assert seen.page.locator(".sim-runs tbody th").all_inner_texts() == ["luck 2", "luck 1", "as it was"]
        others = np.delete(luck("slides").of("sync", "timed_out"), 2)
        assert dots(seen).startswith(f"20 other seeds: {others.min():.0f} to {others.max():.0f} errors")
        seen.page.get_by_role("button", name="Reset").click()
        seen.page.wait_for_url(f"{explorer}#preset=slides")
        seen.page.goto(f"{explorer}#seed={2**63}")  # no such seed
        ready(seen)
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        settle(seen)
        assert text_of(seen, ".sim-whole") == told(own)


def errors_of(summary: Summary) -> str:
    return f"{summary.timed_out:,} of {summary.requests:,} get{'s' * (summary.timed_out == 1)} an error"


def predict(seen: Visit, sync: str, other: str, reason: str = "") -> None:
    for name, number in (("SYNC", sync), ("ASYNC", other)):
        seen.page.get_by_role("spinbutton", name=f"{name}: how many get an error", exact=True).fill(number)
    seen.page.get_by_role("textbox", name="Because").fill(reason)
    seen.page.get_by_role("button", name="Commit").click()


def test_a_guess_is_committed_before_the_run_is_uncovered_and_compared_with_it(
    browser: "Browser", explorer: str
) -> None:
    summary = compare("slides").sync.summary
    late = summary.timed_out
    with visit(browser, explorer) as seen:
        ready(seen)
        for number, complaint in (
            ("", "A whole number"),
            ("2.5", "A whole number"),
            ("-1", f"From 0 to {summary.requests:,}"),
        ):
            predict(seen, number, "0")
            assert complaint in seen.page.get_by_role("alert").inner_text()
        predict(seen, "10", "0", "a thread is soon free")
        seen.page.get_by_role("button", name="Take it back").click()
        predict(seen, str(late), "1", "a thread is soon free")
        seen.page.reload()  # what was committed stays
        ready(seen)
        assert f"SYNC: {late}, ASYNC: 1, because a thread is soon free" in text_of(seen, ".sim-commit")
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        settle(seen)
        assert not seen.page.locator(".sim-commit").is_visible()
        dots(seen)
        said = text_of(seen, "[role=status]")
        assert said.startswith(f"SYNC: {late}; you said {late}: exactly. Among 20 other seeds")
        assert "ASYNC: 0; you said 1: there are none." in said
        assert "Does your reason hold: “a thread is soon free”?" in said
        assert seen.page.locator(".sim-dots polygon").count() == 2


def test_a_guess_is_compared_with_no_run_that_was_turned_after_it(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        predict(seen, "10", "0")
        turn(seen, "Time", key="End")
        dots(seen)
        assert "you said 10" in text_of(seen, "[role=status]")
        turn(seen, "Threads")
        dots(seen)
        settle(seen)
        assert text_of(seen, "[role=status]").startswith("Whole run. SYNC:")


def test_what_another_page_left_in_the_browser_does_no_harm(browser: "Browser", explorer: str) -> None:
    bad = ["null", "[1]", '{"slides: x": 1}', '{"slides": {"numbers": {"sync": "<b>"}, "reason": "r"}}', "{", '"text"']
    with visit(browser, explorer) as seen:
        for text in bad:
            seen.page.evaluate("(text) => localStorage.setItem('request-cycles: guesses', text)", text)
            seen.page.reload()
            ready(seen)
            assert "Something else stood there in our place" in text_of(seen, ".sim-kept")
            predict(seen, "3", "4")
            assert "SYNC: 3, ASYNC: 4" in text_of(seen, ".sim-commit")


def test_the_last_runs_can_be_compared_and_brought_back(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        assert not seen.page.locator(".sim-runs").is_visible()
        turn(seen, "Threads")
        turn(seen, "Timeout")
        heads = seen.page.locator(".sim-runs tbody th").all_inner_texts()
        threads = load("slides").threads + 1
        assert heads == [f"threads {threads} · timeout 31 s", f"threads {threads}", "as it was"]
        seen.page.get_by_role("button", name="as it was", exact=True).click()
        settle(seen)
        assert knobs(seen)["Threads"] == str(threads - 1)
        summary = compare("slides").sync.summary
        assert text_of(seen, ".sim-whole").endswith(f"→ {summary.timed_out} of {summary.requests:,} get an error")


def test_any_two_of_the_last_runs_are_compared_by_their_clouds_and_errors(browser: "Browser", explorer: str) -> None:
    own, more, most = (
        compare(load("slides", [f"threads={load('slides').threads + extra}"]), engine="exact").sync.summary
        for extra in range(3)
    )
    with visit(browser, explorer) as seen:
        ready(seen)
        turn(seen, "Threads")
        seen.page.wait_for_timeout(1300)  # or it is one turn of the knob
        assert text_of(seen, ".sim-whole") == f"{own.timed_out} → {errors_of(more)}"
        turn(seen, "Threads")
        assert text_of(seen, ".sim-whole") == f"{more.timed_out} → {errors_of(most)}"
        cloud = "document.querySelector('.sim-scatter').toDataURL()"
        with_the_one_before = seen.evaluate(cloud)
        seen.page.get_by_role("button", name="let the cloud of “as it was”").click()
        settle(seen)
        assert text_of(seen, ".sim-whole") == f"{own.timed_out} → {errors_of(most)}"
        assert seen.evaluate(cloud) != with_the_one_before
        assert seen.page.locator(".sim-runs [aria-pressed=true]").count() == 1


def test_what_was_guessed_can_be_forgotten(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        forget = seen.page.get_by_role("button", name="Forget them")
        assert not forget.is_visible()
        predict(seen, "3", "4")
        forget.click()
        assert seen.page.get_by_role("spinbutton").count() == 2
        assert not forget.is_visible()
        assert seen.evaluate("localStorage.length") == 0


def test_keys_work_wherever_nothing_else_wants_them(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        seen.page.keyboard.press("t")
        settle(seen)
        now = "Number(document.querySelector('.sim-scrub').value)"
        assert seen.evaluate(now) > 0
        for key, moves in ((".", 1), ("ArrowRight", 1), ("ArrowLeft", -1)):
            before = seen.evaluate(now)
            seen.page.keyboard.press(key)
            settle(seen)
            assert (seen.evaluate(now) - before) * moves > 0, key
        seen.page.keyboard.press("Home")
        settle(seen)
        assert clock(seen) == 0
        seen.page.keyboard.press("Space")
        seen.page.get_by_role("button", name="Pause").wait_for()
        seen.page.keyboard.press("Space")
        seen.page.keyboard.press("?")
        assert seen.page.get_by_role("dialog").is_visible()
        seen.page.keyboard.press("?")
        assert not seen.page.get_by_role("dialog").is_visible()
        seen.page.get_by_role("textbox", name="Because").press_sequentially("t. ?")
        assert seen.page.get_by_role("textbox", name="Because").input_value() == "t. ?"


PHONES = [(390, 664), (844, 390)]


@pytest.mark.parametrize("size", PHONES)
def test_on_a_phone_knob_verdict_chart_and_play_are_on_one_screen(
    browser: "Browser", explorer: str, size: tuple[int, int]
) -> None:
    screen = {"viewport": {"width": size[0], "height": size[1]}, "has_touch": True, "is_mobile": True}
    with visit(browser, explorer, **screen) as seen:
        ready(seen)
        seen.page.get_by_role("button", name="Knobs").click()
        turn(seen, "Threads")
        seen.evaluate("scrollTo(0, 0)")
        edge = seen.page.locator(".sim-controls").bounding_box()
        assert edge is not None
        knob = seen.page.get_by_role("slider", name="Timeout", exact=True)
        for part in (knob, seen.page.locator(".sim-whole").first, seen.page.locator(".sim-scatter").first):
            box = part.bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= box["y"] + box["height"] <= edge["y"] + 1, part
        assert edge["y"] + edge["height"] <= size[1]
        small = """[...document.querySelectorAll("button, select, input")].filter((e) => e.checkVisibility())
          .map((e) => [e.ariaLabel || e.textContent, e.getBoundingClientRect()])
          .filter(([, box]) => Math.min(box.width, box.height) < 44).map(([name]) => name)"""
        assert seen.evaluate(small) == []
        assert seen.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_where_there_is_room_for_one_side_a_switch_tells_both_and_turns_to_the_other(
    browser: "Browser", explorer: str
) -> None:
    with visit(browser, explorer, viewport={"width": 768, "height": 1024}) as seen:
        ready(seen)
        turn(seen, "Threads", 20, "ArrowLeft")
        switch = seen.page.get_by_role("group", name="Which cycle is shown").get_by_role("button")
        summary = compare(load("slides", ["threads=1"]), engine="exact").sync.summary
        assert switch.all_inner_texts() == [f"SYNC · ✕ {summary.timed_out:,}", "ASYNC · ✕ 0"]
        headings = seen.page.locator("h2")
        assert [heading.is_visible() for heading in headings.all()] == [True, False]
        switch.nth(1).click()
        assert [heading.is_visible() for heading in headings.all()] == [False, True]


def test_the_bar_with_play_stays_however_small_the_window(browser: "Browser", explorer: str) -> None:
    for width, height in ((1280, 300), (640, 360), (320, 500)):
        with visit(browser, explorer, viewport={"width": width, "height": height}) as seen:
            ready(seen)
            for scrolled in (0, 120):
                seen.page.evaluate("(y) => scrollTo(0, y)", scrolled)
                box = seen.page.get_by_role("button", name="Play").bounding_box()
                assert box is not None
                assert 0 <= box["y"] <= height - box["height"]


def test_a_browser_without_javascript_or_too_old_is_told_so(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer, java_script_enabled=False) as seen:
        assert "needs JavaScript" in seen.page.locator("body").inner_text()
    for lacking in ("Array.prototype.findLast", "CanvasRenderingContext2D.prototype.roundRect"):
        context = browser.new_context()
        context.add_init_script(f"delete {lacking}")
        page = context.new_page()
        page.goto(explorer)
        assert "too old for this page; Safari 16, Chrome 99" in page.locator("body").inner_text()
        context.close()


@pytest.mark.parametrize("media", ["print", "screen"])
def test_paper_shows_both_runs_without_a_control(browser: "Browser", explorer: str, media: Any) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        turn(seen, "Threads")
        seen.page.emulate_media(media=media)
        buttons = [button.inner_text() for button in seen.page.get_by_role("button").all() if button.is_visible()]
        assert (buttons == ["as it was"]) == (media == "print")  # the name of a run, in a table
        whole = [one.bounding_box() for one in seen.page.locator(".sim-whole").all()]
        assert all(box and box["x"] + box["width"] <= 1280 for box in whole)
        seen.page.set_viewport_size({"width": 718, "height": 1000})
        seen.page.locator(".sim.is-narrow").wait_for()
        assert seen.page.locator(".sim-switch").is_visible() == (media == "screen")


def test_colours_that_the_system_forces_are_followed(browser: "Browser", explorer: str) -> None:
    ink = "getComputedStyle(document.querySelector('.sim')).getPropertyValue('--ink').trim()"
    for forced, colour in (("active", "CanvasText"), ("none", "#1a1a1a")):
        with visit(browser, explorer, forced_colors=forced) as seen:
            ready(seen)
            assert seen.evaluate(ink) == colour


def drawn(seen: Visit) -> str:
    """SYNC's chart as a picture."""
    return str(seen.evaluate("document.querySelector('.sim-scatter').toDataURL()"))


def test_a_step_at_the_end_of_a_replay_that_was_cut_says_that_nothing_more_happens(
    browser: "Browser", tmp_path: Path
) -> None:
    page = play_page(compare(load("slides", ["arrival_rate=20", "report_fraction=0.01"])))
    with visit(browser, written(tmp_path / "cut.html", page)) as seen:
        ready(seen)
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        for _ in range(3):
            seen.page.get_by_role("button", name="Step").click()
        assert text_of(seen, "[role=status]") == "Nothing more happens in this run."


def test_a_knob_says_its_value_however_small(browser: "Browser", tmp_path: Path) -> None:
    scenario = load("slides", ["timeout=0.1", "report_fraction=0.004", "arrival_rate=0.03"])
    with visit(browser, written(tmp_path / "small.html", explorer_page(scenario))) as seen:
        ready(seen)
        shown = knobs(seen)
        assert (shown["Timeout"], shown["Share of reports"], shown["Arrival rate"]) == ("0.1 s", "0.4 %", "0.03 /s")
        assert seen.page.locator("option").first.inner_text() == "The slides' story (changed)"


@pytest.mark.parametrize("cycle", ["sync", "async"])
def test_one_run_alone_is_played_without_a_word_about_the_other_cycle(
    browser: "Browser", tmp_path: Path, cycle: str
) -> None:
    with visit(browser, written(tmp_path / "alone.html", play_page(simulate("slides", cycle)))) as seen:
        ready(seen)
        other = "ASYNC" if cycle == "sync" else "SYNC"
        assert seen.page.get_by_role("img").count() == 3
        seen.page.get_by_role("button", name="First timeout").click()
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        settle(seen)
        assert list(figures(seen)["requests"]) == ["1785"]
        assert not re.search(rf"\b{other}\b", seen.page.locator("main").inner_text())
        assert not re.search(rf"\b{other}:", str(seen.evaluate("document.querySelector('main').innerHTML")))


@pytest.mark.parametrize("control", ["Time", "Restart"])
def test_the_line_of_words_is_about_the_instant_that_is_shown(browser: "Browser", replay: str, control: str) -> None:
    with visit(browser, replay) as seen:
        ready(seen)
        seen.page.get_by_role("button", name="First timeout").click()
        if control == "Time":
            seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        else:
            seen.page.get_by_role("button", name="Restart").click()
        settle(seen)
        end = max(result.summary.ended_at or 0 for result in list(compare("slides").cycles.values())[:2])
        assert f"At {seconds(end if control == 'Time' else 0)}." in text_of(seen, "[role=status]")


def test_the_line_of_words_fits_a_projector_at_the_first_timeout(browser: "Browser", replay: str) -> None:
    with visit(browser, replay) as seen:
        ready(seen)
        seen.page.get_by_role("button", name="First timeout").click()
        settle(seen)
        told = text_of(seen, "[role=status]")
        assert re.match(r"The first 503\. At [\d.]+ s\. SYNC: \d+ answered, 1 timed out", told), told
        assert seen.evaluate(
            "(() => { const p = document.querySelector('.sim-story'); return p.scrollWidth <= p.clientWidth; })()"
        )


def test_reset_is_also_for_the_same_slots(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        ready(seen)
        seen.page.get_by_role("button", name="same slots").click()
        assert "9 threads" in text_of(seen, "h2")
        seen.page.get_by_role("button", name="Reset").click()
        settle(seen)
        assert "4 threads" in text_of(seen, "h2")
        assert seen.page.get_by_role("button", name="same slots").get_attribute("aria-pressed") == "false"


def test_with_a_warm_up_the_pages_say_from_when_on_they_count(browser: "Browser", tmp_path: Path) -> None:
    scenario = load("slides", ["warmup=250"])
    counted = compare(scenario, engine="exact").sync.summary
    pages = {"explorer": explorer_page(scenario), "replay": play_page(compare(scenario))}
    for name, page in pages.items():
        with visit(browser, written(tmp_path / f"{name}.html", page)) as seen:
            ready(seen)
            shown = figures(seen)
            assert shown["requests"][0] == str(counted.requests)
            assert "idle thread-seconds (whole run)" in shown
            assert text_of(seen, 'summary:has-text("All figures")') == "All figures, from 250 s on"
            assert text_of(seen, ".sim-figures thead th") == "from 250 s on"
            seen.page.get_by_role("slider", name="Time", exact=True).press("End")
            settle(seen)
            told = seen.page.locator(".sim-whole").first
            assert told.is_visible() == (name == "explorer")
            if name == "explorer":
                assert told.inner_text() == f"{counted.timed_out} of {counted.requests:,} get an error from 250 s on"


def test_the_page_is_laid_out_without_a_complaint_whatever_its_size(browser: "Browser", explorer: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 664})
    context.add_init_script("window.heard = []; addEventListener('error', ({ message }) => heard.push(message))")
    page = context.new_page()
    page.goto(explorer)
    for width, shape in ((1280, ""), (390, ".is-small"), (844, ".is-flat")):
        page.set_viewport_size({"width": width, "height": 400})
        page.locator(f".sim{shape or ':not(.is-narrow)'}").wait_for()
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("heard") == []
    context.close()


def test_a_theme_chosen_by_the_document_wins_over_the_system(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer, color_scheme="light") as seen:
        ready(seen)
        seen.evaluate("document.documentElement.dataset.theme = 'dark'")
        assert seen.evaluate("getComputedStyle(document.querySelector('.sim')).backgroundColor") == "rgb(22, 24, 28)"


def test_the_explorer_works_in_a_frame_without_an_address(browser: "Browser", tmp_path: Path) -> None:
    host = "<!doctype html><iframe style='width:1270px;height:700px'></iframe>"
    with visit(browser, written(tmp_path / "host.html", host)) as seen:
        seen.page.evaluate("(text) => { document.querySelector('iframe').srcdoc = text; }", explorer_page("quiet"))
        frame = seen.page.frame_locator("iframe")
        frame.get_by_role("slider", name="Threads", exact=True).press("ArrowRight")
        seen.page.wait_for_timeout(700)
        assert frame.locator(".sim-knob").nth(3).inner_text().split()[-1] == "6"


def test_a_pool_too_large_to_draw_is_drawn_in_part_and_says_so(browser: "Browser", tmp_path: Path) -> None:
    crowd = compare(load("slides", ["threads=500", "workers=200", "arrival_rate=10", "duration=120"]))
    with visit(browser, written(tmp_path / "crowd.html", play_page(crowd))) as seen:
        seen.page.get_by_role("slider", name="Time", exact=True).press("PageUp")
        settle(seen)
        assert "500 threads" in text_of(seen, "h2")


def test_whoever_asks_for_less_motion_sees_no_flights(browser: "Browser", replay: str) -> None:
    corner = """() => {
      const { width, height } = document.querySelector(".sim-stage");
      const drawn = document.querySelector(".sim-stage").getContext("2d");
      const pixels = drawn.getImageData(0, 0, Math.round(width * 0.14), Math.round(height * 0.11)).data;
      return pixels.reduce((sum, value) => sum + value, 0);
    }"""
    ink = {}
    for motion in ("reduce", "no-preference"):
        with visit(browser, replay, reduced_motion=motion) as seen:
            seen.page.get_by_role("slider", name="Time", exact=True).press("PageUp")
            settle(seen)
            ink[motion] = seen.evaluate(corner)
    assert ink["reduce"] == 0 < ink["no-preference"]


def test_pages_stay_small() -> None:
    busiest = load("slides", ["arrival_rate=11", "seed=3", "external_time.mean=11"])
    assert MOST_REQUESTS >= 11 * 600
    assert len(explorer_page(busiest).encode()) < 600_000
    assert len(play_page(compare(load("slides", ["arrival_rate=12"]))).encode()) < 1_000_000


# what somebody can do to come to each of the newer views
VIEWS: dict[str, Callable[["Page"], object]] = {
    "a challenge": lambda page: page.get_by_role("combobox", name="Scenario").select_option("second-pages"),
    "the mystery server": lambda page: page.get_by_role("combobox", name="Scenario").select_option("mystery"),
    "for the projector": lambda page: page.keyboard.press("p"),  # not on a phone
    "a knob there": lambda page: page.keyboard.press("k"),
    "to share": lambda page: page.get_by_role("button", name="Share").press("Enter"),
}
TOO_SMALL = """(least) => [...document.querySelectorAll("button, select, input, summary, a[href]")]
  .filter((element) => element.checkVisibility() && !element.closest("label:has(input[type=checkbox])"))
  .map((element) => [element.ariaLabel || element.textContent, element.getBoundingClientRect()])
  .filter(([, box]) => box.height < least || box.width < least).map(([name, box]) => `${name}: ${box.height}`)"""


@pytest.mark.parametrize("touch", [False, True], ids=["projector", "phone"])
def test_no_newer_view_has_a_barrier_or_a_target_that_is_too_small(
    browser: "Browser", explorer: str, touch: bool
) -> None:
    phone = {"viewport": {"width": 390, "height": 664}, "has_touch": True, "is_mobile": True}
    with visit(browser, explorer, **(phone if touch else {"color_scheme": "dark"})) as seen:
        ready(seen)
        for name, act in VIEWS.items():
            act(seen.page)
            settle(seen)
            assert barriers(seen.page) == [], name
            assert seen.page.evaluate(TOO_SMALL, 43.9 if touch else 23.9) == [], name
            assert seen.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            if name == "for the projector":
                seen.page.emulate_media(forced_colors="active", reduced_motion="reduce")
            elif name == "a knob there":
                seen.page.emulate_media(forced_colors="none", reduced_motion="no-preference")
                seen.page.keyboard.press("p")
