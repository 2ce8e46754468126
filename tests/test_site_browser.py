"""The lessons' pages in headless Chromium: by double-click, offline, by keyboard, on a phone, in the dark, on paper."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import CUT, Visit, barriers, below_a_path, until, visit

from sim.exercises import side_by_side, synchronous
from sim.site.build import model_page
from sim.site.chapters import chapter_names, chapters
from sim.site.lesson_pages import home_page, lesson_page
from sim.site.stages import lesson, lessons

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

PHONE = {"width": 390, "height": 844}
NOTEBOOKS = ("notebook-02.html", "notebook-04.html")
# a phone upright and on its side, a laptop at 200 %, a tablet, a laptop, a projector
SCREENS = ((390, 664), (844, 390), (640, 360), (768, 1024), (1280, 720), (1920, 1080))
KINDS = ("index.html", "5-redis.html", "notebook-04.html", "model.html")  # one page of each kind
TOO_SMALL = """(least) => [...document.querySelectorAll(
    "button, select, input, textarea, summary, nav a, .way a, .further a, .home > :is(ol, ul) a")]
  .map((control) => [control, control.getBoundingClientRect()])
  .filter(([, { width, height }]) => width && (width < least || height < least))
  .map(([control, { width, height }]) => `${control.textContent || control.type}: ${width} x ${height}`)"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site without explorer, player and talk, which have tests of their own; two of its notebooks can mark."""
    folder = tmp_path_factory.mktemp("a site with ümlaut")
    steps = lessons()
    there = frozenset(["index.html", "model.html", *chapter_names(), *(f"{step.name}.html" for step in steps)])
    for step in steps:
        (folder / f"{step.name}.html").write_bytes(lesson_page(step, None, None, there))
    others = frozenset(chapter_names()) - frozenset(NOTEBOOKS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.site.chapters.markable", lambda *_: {"kind": "whole", "least": 1, "most": 0, "table": []})
        unmarked = list(chapters(there, others))
    for name, page in [*chapters(there, NOTEBOOKS), *unmarked, ("model.html", model_page(there))]:
        (folder / name).write_bytes(page)
    (folder / "index.html").write_bytes(home_page(lesson("home"), steps, there))
    return folder


def at(folder: Path, name: str) -> str:
    return (folder / name).as_uri()


def stage(seen: Visit, number: int) -> "Locator":
    return seen.page.locator(f"#stage-{number}")


def predict(part: "Locator", number: str, reason: str = "a feeling") -> None:
    part.get_by_label("I predict").fill(number)
    part.get_by_label("because").fill(reason)
    part.get_by_role("button", name="Commit").click()


HREFS = "[...document.querySelectorAll('a[href]')].map((link) => link.href)"


def test_below_any_path_links_lead_to_every_page_and_nothing_else_is_asked_for(
    browser: "Browser", folder: Path, tmp_path: Path
) -> None:
    with below_a_path(folder, tmp_path) as start, browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        asked, complaints = list[str](), list[str]()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        seen, left = set[str](), {start}
        while left:
            page.goto(left.pop())
            seen.add(page.url)
            left |= {href.partition("#")[0] for href in page.evaluate(HREFS) if href.startswith(start)} - seen
    assert {link.removeprefix(start) for link in seen} - {""} == {file.name for file in folder.iterdir()}
    assert [url for url in asked if not url.startswith((start, "data:", "blob:"))] == []
    assert complaints == []


def test_the_story_begins_with_a_press_on_play(browser: "Browser", folder: Path) -> None:
    with visit(browser, at(folder, "index.html")) as seen:
        play = seen.page.get_by_role("button", name="Play")
        for width, height in SCREENS:
            seen.page.set_viewport_size({"width": width, "height": height})
            settled = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
            assert seen.page.evaluate(settled)
            box = play.bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= height - box["height"], (width, height)
        play.click()
        seen.page.locator(".sim-clock", has_text=re.compile(r"^[1-9]")).wait_for()
        assert "get an error" not in seen.page.locator(".run").inner_text()  # that is asked later
        assert seen.page.get_by_role("link", name="Five threads").get_attribute("href") == "3-five-threads.html"


def test_predict_run_explain_and_it_is_remembered_until_it_is_forgotten(browser: "Browser", folder: Path) -> None:
    with visit(browser, at(folder, "3-five-threads.html")) as seen:
        second = stage(seen, 2)
        assert not second.locator(".why").is_visible()
        assert "get an error" not in second.locator(".run").inner_text()
        predict(second, "70", "luck")
        assert second.locator(".why").is_visible()
        told = second.locator(".answered").inner_text()
        answer = lessons()[2].stages[1]
        assert f"The answer: {answer.number:.0f} requests" in told
        assert "You predicted 70 requests" in told
        assert "20 other runs" in told
        assert not stage(seen, 1).locator(".why").is_visible()
        assert f"{answer.number:.0f} of 1,785 get an error" in second.locator(".run").inner_text()
        seen.page.reload()
        assert stage(seen, 2).locator(".why").is_visible()
        assert "70 requests" in stage(seen, 2).locator(".asked").inner_text()
        seen.page.get_by_role("button", name="Forget my predictions").click()
        seen.page.locator("#stage-2 .sim-committed").wait_for(state="detached")
        stage(seen, 2).locator(".why").wait_for(state="hidden")


@pytest.mark.parametrize("each", [lessons()[1], lessons()[4]], ids=lambda each: each.name)
def test_the_page_finds_in_its_own_runs_what_its_text_says(browser: "Browser", folder: Path, each) -> None:
    """What the page's model finds once the answers are open, beside what Python found for the same stage."""
    with visit(browser, at(folder, f"{each.name}.html")) as seen:
        for number, told in enumerate(each.stages, 1):
            if told.ask:
                stage(seen, number).get_by_role("button", name="Show anyway").click()
            stage(seen, number).locator(".sim-whole", has_text="error").first.wait_for()
            wholes = stage(seen, number).locator(".sim-whole").all_inner_texts()
            for name, whole in zip(told.shows.replace("both", "sync async").split(), wholes, strict=True):
                found = re.match(r"([\d,]+) of ([\d,]+) gets? an error", whole)
                assert found, whole
                values = told.values
                assert found.groups() == (values[f"{name}.timed_out"].text, values[f"{name}.requests"].text)


@pytest.mark.parametrize("name", ["index.html", "5-redis.html"])
@pytest.mark.parametrize("viewport", [PHONE, {"width": 768, "height": 1024}], ids=["phone", "tablet"])
def test_where_it_is_narrow_a_drawing_has_no_empty_band_above_and_below(
    browser: "Browser", folder: Path, name: str, viewport: dict[str, int]
) -> None:
    with visit(browser, at(folder, name), viewport=viewport) as seen:
        seen.page.locator(".sim-stage").first.wait_for()
        boxes = seen.evaluate("""[...document.querySelectorAll(".sim-stage")]
            .filter((stage) => stage.checkVisibility()).map((stage) => stage.clientHeight / stage.clientWidth)""")
        assert boxes
        assert max(boxes) < 1.1 * 318 / 584  # its own height and width


def test_a_sandbox_runs_anew_at_every_turn_of_its_knobs_by_keyboard(browser: "Browser", folder: Path) -> None:
    with visit(browser, at(folder, "4-the-wall-at-30-s.html"), viewport=PHONE) as seen:
        sandbox = stage(seen, 3)
        before = sandbox.locator(".sim-whole").first.inner_text()
        timeout = sandbox.get_by_role("slider", name="Timeout")
        assert timeout.get_attribute("aria-valuetext") == "30 s"
        timeout.press("ArrowRight")
        timeout.press("ArrowRight")
        sandbox.locator(".sim-whole", has_text=re.compile("^0 of ")).first.wait_for()
        assert not before.startswith("0 of ")


def test_both_cycles_side_by_side_have_their_numbers_whole(browser: "Browser", folder: Path) -> None:
    with visit(browser, at(folder, "5-redis.html")) as seen:
        for width in (1280, 1024, 390):
            seen.page.set_viewport_size({"width": width, "height": 720})
            seen.page.locator(".sim.is-small" if width == 390 else ".sim:not(.is-small)").first.wait_for()
            until(seen.page, f"({CUT})().length === 0")


def test_exercises_are_marked_in_the_page_in_the_words_of_the_notebook(browser: "Browser", folder: Path) -> None:
    def answered(seen: Visit, name: str, *texts: str) -> str:
        part = seen.page.locator(f"[data-exercise={name}]")
        for field, text in zip(part.get_by_role("textbox").all(), texts, strict=True):
            field.fill(text)
        part.get_by_role("button", name="Check").click()
        return part.get_by_role("status").inner_text()

    with visit(browser, at(folder, "notebook-02.html")) as seen:
        assert not seen.page.get_by_text("62 pages and 50 reports got an error.").is_visible()
        predict(seen.page.locator("main"), "5")
        assert seen.page.get_by_text("62 pages and 50 reports got an error.").is_visible()
        for answer in (15, 5, 15.1, 7):
            assert answered(seen, "by_hand", str(answer)) == repr(synchronous.by_hand(answer))
        for threads in (5, 6, 9):
            assert answered(seen, "by_knob", str(threads)) == repr(synchronous.by_knob(threads))
        assert "A number first" in answered(seen, "by_hand", "twelve")
        assert "from 1 to 20" in answered(seen, "by_knob", "100")
    with visit(browser, at(folder, "notebook-04.html")) as seen:
        for pair in ((0.028, 20.015), (28, 20), (0.5, 20), (0.028, 20.028), (0.028, 1 / 3)):
            assert answered(seen, "by_hand", *map(str, pair)) == repr(side_by_side.by_hand(pair))


def test_every_page_fits_every_screen_with_room_for_every_finger(browser: "Browser", folder: Path) -> None:
    pages = sorted(file.name for file in folder.iterdir())
    assert len(pages) == 22
    for name in pages:
        with visit(browser, at(folder, name)) as seen:
            for width, height in SCREENS if name in KINDS else SCREENS[:1]:
                seen.page.set_viewport_size({"width": width, "height": height})
                until(seen.page, f"{SIDEWAYS} === 0")  # once the page has seen its new size
                assert seen.page.evaluate(TOO_SMALL, 24) == [], (name, width)


def test_on_a_phone_a_finger_finds_44_pixels_of_everything(browser: "Browser", folder: Path) -> None:
    phone = {"viewport": {"width": 390, "height": 664}, "has_touch": True, "is_mobile": True}
    for name in KINDS:
        with visit(browser, at(folder, name), **phone) as seen:
            assert seen.page.evaluate(TOO_SMALL, 43.9) == [], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(browser: "Browser", folder: Path, scheme: str) -> None:
    for name in {"light": ("index.html", "notebook-04.html"), "dark": ("5-redis.html", "model.html")}[scheme]:
        with visit(browser, at(folder, name), color_scheme=scheme) as seen:
            covers = seen.page.get_by_role("button", name="Show anyway")
            while covers.count():
                covers.first.click()
            assert barriers(seen.page) == [], name


HOSTILE = [
    "not JSON",
    "null",
    "[1, 2]",
    json.dumps(
        {"3-five-threads: stage 2": {"committed": {"number": "<img src=x onerror=alert(1)>", "reason": 5}, "seen": 1}}
    ),
    json.dumps({"3-five-threads: stage 2": {"committed": {"number": 1, "reason": "x" * 5000}, "seen": True}}),
    json.dumps({"__proto__": {"seen": True}, "3-five-threads: stage 2": None}),
]


def test_what_others_put_into_the_browsers_store_is_not_believed(browser: "Browser", folder: Path) -> None:
    with visit(browser, at(folder, "3-five-threads.html")) as seen:
        for stored in HOSTILE:
            seen.page.evaluate("stored => localStorage.setItem('request-cycles: lessons', stored)", stored)
            seen.page.reload()
            assert stage(seen, 2).get_by_role("button", name="Commit").is_visible(), stored
            assert not stage(seen, 2).locator(".why").is_visible(), stored
            assert "it was not read" in seen.page.locator(".sim-told[role=status]").inner_text(), stored
        reason = "<b>bold</b><script>alert(1)</script>"
        predict(stage(seen, 2), "3", reason)
        seen.page.reload()
        assert not seen.page.get_by_text("it was not read").count()
        assert reason in stage(seen, 2).locator(".asked").inner_text()
        predict(stage(seen, 1), "3", "because " * 200)
        seen.page.reload()
        assert not seen.page.get_by_text("it was not read").count()  # a long reason is cut, and is ours
        assert "because because" in stage(seen, 1).locator(".asked").inner_text()


def test_where_nothing_can_be_kept_it_says_so_and_works_all_the_same(browser: "Browser", folder: Path) -> None:
    full = "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    with visit(browser, at(folder, "3-five-threads.html")) as seen:
        seen.evaluate(full)
        predict(stage(seen, 2), "3")
        assert stage(seen, 2).locator(".why").is_visible()
        assert "This browser keeps nothing here" in seen.page.locator(".sim-told[role=status]").inner_text()


def test_on_paper_the_lesson_is_whole_and_without_javascript_its_text_is_there(
    browser: "Browser", folder: Path
) -> None:
    with visit(browser, at(folder, "6-too-few-workers.html")) as seen:
        seen.page.emulate_media(media="print")
        assert stage(seen, 1).locator(".why").is_visible()
        assert stage(seen, 1).get_by_text("At the worst moment, how many jobs wait in the list?").first.is_visible()
        assert not stage(seen, 1).locator(".run").is_visible()
    for name in ("notebook-02.html", "notebook-11.html"):
        with visit(browser, at(folder, name), viewport={"width": 718, "height": 1000}) as seen:  # of a sheet of A4
            seen.page.emulate_media(media="print")
            assert not seen.page.get_by_role("button").count()
            cut = "[...document.querySelectorAll('pre')].filter((pre) => pre.scrollWidth > pre.clientWidth).length"
            assert seen.evaluate(cut) == 0
    with visit(browser, at(folder, "6-too-few-workers.html"), java_script_enabled=False) as seen:
        assert stage(seen, 1).locator(".why").is_visible()
        assert "needs JavaScript, which is switched off here" in seen.page.locator("body").inner_text()
