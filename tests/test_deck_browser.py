"""The built talk in headless Chromium, as it is given: opened by a double-click, offline, turned by the keyboard."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import Visit, barriers, chromium, visit

from sim.deck import READERS, Built, browser, build, handout
from sim.experiments import compare
from sim.presets import load

if TYPE_CHECKING:
    from playwright.sync_api import Browser

READY = "window.Reveal && Reveal.isReady()"
NASTY = '</textarea><img src=x onerror="alert(1)"> <script>alert(2)</script> `a` **b** --- {{workers}} ]]> &amp; __x__'
# what is wrong with the slide that is shown now: pictures that are not there, and whatever sticks out or is covered
FAULTS = """() => {
  const slide = Reveal.getCurrentSlide();
  const faults = [];
  for (const image of slide.querySelectorAll("img"))
    if (!image.complete || !image.naturalWidth || !image.alt) faults.push(`picture ${image.src.slice(0, 60)}`);
  const edges = { left: -1, top: -1, right: innerWidth + 1, bottom: innerHeight + 1 };
  for (const element of slide.querySelectorAll("*")) {
    if (element.closest("aside.notes")) continue;
    const box = element.getBoundingClientRect();
    if (box.left < edges.left || box.top < edges.top || box.right > edges.right || box.bottom > edges.bottom)
      faults.push(`${element.tagName} sticks out: ${[box.left, box.top, box.right, box.bottom].map(Math.round)}`);
    if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline")
      faults.push(`${element.tagName} is wider than its box: ${element.textContent.slice(0, 60)}`);
  }
  const [heading, picture] = [slide.querySelector("h2"), slide.querySelector(".picture")];
  if (slide.matches(".evidence") && heading.getBoundingClientRect().bottom > picture.getBoundingClientRect().top + 1)
    faults.push("heading on picture");
  if (!(Reveal.getSlideNotes() ?? "").includes("Time:")) faults.push("no notes");
  return faults;
}"""


@pytest.fixture(scope="module")
def chrome() -> "Iterator[Browser]":
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def talk() -> Built:
    return build(load("slides"))


def opened(built: Built, folder: Path, name: str = "talk.html") -> str:
    built.write(folder)
    return (folder / name).as_uri()


def walk(seen: Visit, slides: int, key: str = "ArrowRight") -> list[str]:
    """The headings met by pressing the key until the end; every slide must be as it should be."""
    seen.page.wait_for_function(READY)
    headings = []
    for number in range(slides):
        assert seen.evaluate("Reveal.getState().indexh") == number
        assert seen.evaluate(FAULTS) == [], f"slide {number + 1}"
        headings.append(seen.evaluate("Reveal.getCurrentSlide().querySelector('h1, h2, blockquote').textContent"))
        seen.page.keyboard.press(key)
    assert seen.evaluate("Reveal.isLastSlide()")
    return headings


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_every_slide_is_reached_by_keyboard_and_fits_the_screen(
    chrome: "Browser", talk: Built, tmp_path: Path, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    with visit(chrome, opened(talk, tmp_path), viewport=viewport) as seen:
        headings = walk(seen, talk.slides)
    assert len(set(headings)) == len(headings) == talk.slides


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_barrier_on_any_slide(chrome: "Browser", talk: Built, tmp_path: Path, theme: str) -> None:
    shown = talk if theme == "light" else build(load("slides"), theme=theme)
    with visit(chrome, opened(shown, tmp_path), reduced_motion="reduce") as seen:  # nothing is looked at half-faded
        seen.page.wait_for_function(READY)
        assert barriers(seen.page) == []
        rules = ["color-contrast"] if theme == "dark" else []  # all else is the same in both
        found = {}
        for number in range(talk.slides):
            found[number + 1] = barriers(seen.page, ".slides .present", rules)
            seen.page.keyboard.press("ArrowRight")
        assert {number: lines for number, lines in found.items() if lines} == {}
        assert barriers(seen.page) == []


def test_the_folder_shows_the_same_slides_as_the_single_file(chrome: "Browser", talk: Built, tmp_path: Path) -> None:
    url = opened(talk, tmp_path, "index.html")
    page = chrome.new_context(viewport={"width": 1280, "height": 720}, offline=True).new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("requestfailed", lambda request: trouble.append(request.url))
    page.goto(url)
    walk(Visit(page), talk.slides, key="PageDown")
    page.context.close()
    assert trouble == []


@pytest.mark.parametrize(
    "overrides", [["arrival_rate=0"], ["threads=1000", "workers=1000", "timeout=3600", "duration=100"]]
)
def test_a_talk_about_odd_numbers_fits_too(chrome: "Browser", tmp_path: Path, overrides: list[str]) -> None:
    built = build(load("slides", overrides), theme="dark")
    with visit(chrome, opened(built, tmp_path)) as seen:
        walk(seen, built.slides)


def test_the_explorer_runs_in_its_slide_and_says_what_compare_says(
    chrome: "Browser", talk: Built, tmp_path: Path
) -> None:
    with visit(chrome, opened(talk, tmp_path) + "#/side-by-side") as seen:
        seen.page.wait_for_function(READY)
        frame = seen.page.wait_for_selector(".live iframe").content_frame()  # type: ignore[union-attr]
        assert frame is not None
        summary = compare("slides", engine="exact").sync.summary
        clock = frame.locator(".sim-clock")
        before = clock.text_content()
        frame.get_by_role("button", name="Play").click()
        frame.wait_for_selector("button:has-text('Pause')")
        frame.wait_for_function("(before) => document.querySelector('.sim-clock').textContent !== before", arg=before)
        threads = frame.get_by_role("slider", name="Threads")
        threads.focus()
        threads.press("ArrowRight")
        frame.wait_for_selector(f"text=SYNC · {load('slides').threads + 1} threads")
        threads.press("ArrowLeft")
        frame.wait_for_selector(f"text={summary.timed_out} of {summary.requests:,} get an error")
        here = seen.evaluate("Reveal.getState().indexh")
        threads.press("PageDown")  # what a clicker sends
        assert seen.evaluate("Reveal.getState().indexh") == here + 1
        seen.page.keyboard.press("ArrowLeft")
        assert seen.evaluate("Reveal.getState().indexh") == here
        frame.get_by_role("button", name="Present").click()
        seen.page.wait_for_function("document.fullscreenElement?.matches('iframe')")
        frame.locator(".sim-controls .sim-first").press("PageDown")
        seen.page.wait_for_function("!document.fullscreenElement")  # or it would stand before the next slide
        assert seen.evaluate("Reveal.getState().indexh") == here + 1


def test_the_explorer_is_not_loaded_before_its_time(chrome: "Browser", talk: Built, tmp_path: Path) -> None:
    with visit(chrome, opened(talk, tmp_path)) as seen:
        seen.page.wait_for_function(READY)
        assert seen.evaluate("document.querySelectorAll('iframe').length") == 0


def test_a_hostile_title_is_shown_as_text_and_runs_nothing(chrome: "Browser", tmp_path: Path) -> None:
    scenario = load("slides").model_copy(update={"title": NASTY, "duration": 60.0})
    built = build(scenario)
    with visit(chrome, opened(built, tmp_path)) as seen:
        walk(seen, built.slides)
        assert seen.evaluate("document.querySelectorAll('[onerror]').length") == 0
        sources = seen.evaluate("[...document.querySelectorAll('.source')].map((source) => source.textContent)")
        assert sum(NASTY in source for source in sources) == 2
        assert NASTY in seen.page.title()


@pytest.mark.parametrize("reader", READERS)
def test_a_handout_has_three_slides_a_page_is_small_and_has_no_date(talk: Built, tmp_path: Path, reader: str) -> None:
    opened(talk, tmp_path)
    pdf = handout(tmp_path / "talk.html", talk.slides, browser(), reader)
    assert pdf.startswith(b"%PDF")
    assert b"(D:20000101000000" in pdf
    assert pdf.count(b"/Type /Page\n") == math.ceil(talk.slides / 3)
    assert len(pdf) < 4_000_000


PRINTED = """() => [...document.querySelectorAll(".row")].map((row) => {
  const [slide, beside] = [row.querySelector(".small"), row.querySelector(".beside")];
  const box = slide.getBoundingClientRect();
  const inside = [...slide.querySelectorAll("h1, h2, p, li, img")].every((part) => {
    const its = part.getBoundingClientRect();
    const across = its.left >= box.left - 1 && its.right <= box.right + 1;
    return across && its.top >= box.top - 1 && its.bottom <= box.bottom + 1;
  });
  return {
    number: beside.querySelector(".number").textContent,
    heading: slide.querySelector("h1, h2, blockquote").textContent,
    notes: beside.textContent,
    letters: parseFloat(getComputedStyle(beside).fontSize) * 0.75,
    fits: inside && beside.scrollHeight <= row.clientHeight && box.width > 400,
  };
})"""


def test_only_the_teacher_s_handout_says_what_to_say_and_everything_fits(
    chrome: "Browser", talk: Built, tmp_path: Path
) -> None:
    url = opened(talk, tmp_path)
    for reader in READERS:
        with visit(
            chrome, f"{url}?paper={reader}", viewport={"width": 703, "height": 1021}
        ) as seen:  # A4 but its margins
            seen.page.emulate_media(media="print")
            seen.page.wait_for_selector("main .row")
            rows = seen.evaluate(PRINTED)
        assert [row["number"] for row in rows] == [str(number) for number in range(1, talk.slides + 1)]
        assert [row["heading"] for row in rows if not row["fits"]] == []
        assert all(row["letters"] > 9 for row in rows)  # points
        assert {"Say:" in row["notes"] and "Time:" in row["notes"] for row in rows} == {reader == "teacher"}
        assert reader == "teacher" or not any("Ask" in row["notes"] for row in rows)


def test_a_browser_that_prints_nothing_is_found_out(talk: Built, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--pdf: .*printed 0 pages of"):
        handout(tmp_path / "talk.html", talk.slides, "true")
    with pytest.raises(ValueError, match=r"--pdf: .*no-such-browser"):
        handout(tmp_path / "talk.html", talk.slides, str(tmp_path / "no-such-browser"))
