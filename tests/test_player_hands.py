"""The drawing is the instrument: slots, the line, the surge, the call and a request, taken by hand and by key."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from browser import Visit, until, visit

from sim.cycles import ARRANGEMENTS
from sim.experiments import simulate
from sim.player.data import moved_lines
from sim.presets import load

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WIDTH, HEIGHT = 584, 318  # of the drawing
CALL, LATER = (549, 102), (500, 230)
COMPUTER = (35, 56)
FIRST_THREAD, OUTSIDE = (300, 145), (60, 260)
ASYNC_THREAD, WORKERS = (225, 130), (300, 280)
Point = tuple[float, float]


def on_drawing(seen: Visit, side: int) -> Callable[[Point], Point]:
    """From points of a side's drawing to points of the page."""
    box = seen.page.locator(".sim-stage").nth(side).bounding_box()
    assert box is not None
    scale = min(box["width"] / WIDTH, box["height"] / HEIGHT)
    left = box["x"] + (box["width"] - WIDTH * scale) / 2
    top = box["y"] + (box["height"] - HEIGHT * scale) / 2
    return lambda point: (left + point[0] * scale, top + point[1] * scale)


def drag(seen: Visit, start: Point, end: Point) -> None:
    seen.page.mouse.move(*start)
    seen.page.mouse.down()
    seen.page.mouse.move(*end, steps=3)
    seen.page.mouse.up()
    settle(seen)


def settle(seen: Visit) -> None:
    seen.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


def knob(seen: Visit, name: str) -> int:
    return int(seen.page.get_by_role("slider", name=name, exact=True).input_value())


def heading(seen: Visit, side: int) -> str:
    return seen.page.locator("h2 strong").nth(side).inner_text()


def errors(seen: Visit, side: int) -> int:
    told = seen.page.locator(".sim-whole").nth(side).inner_text()
    return int(told.rpartition("→ ")[2].split(" of ")[0].replace(",", ""))


def test_slots_are_dragged_out_and_from_pool_to_pool(browser: "Browser", explorer: str) -> None:
    threads, workers = load("slides").threads, load("slides").workers
    with visit(browser, explorer) as seen:
        seen.page.locator(".sim-counts").first.wait_for()
        seen.page.keyboard.press("+")
        settle(seen)
        assert knob(seen, "Threads") == threads + 1
        sync = on_drawing(seen, 0)
        drag(seen, sync(FIRST_THREAD), sync(OUTSIDE))
        assert knob(seen, "Threads") == threads
        other = on_drawing(seen, 1)
        drag(seen, other(ASYNC_THREAD), other(WORKERS))
        assert (knob(seen, "Threads"), knob(seen, "Workers")) == (threads - 1, workers + 1)
        seen.page.keyboard.press("<")
        settle(seen)
        assert (knob(seen, "Threads"), knob(seen, "Workers")) == (threads, workers)
        drag(seen, other(WORKERS), other(WORKERS))  # a tap changes nothing
        assert (knob(seen, "Threads"), knob(seen, "Workers")) == (threads, workers)


def test_the_slow_call_is_moved_by_hand_and_by_key_and_the_line_of_code_with_it(
    browser: "Browser", explorer: str
) -> None:
    lines = moved_lines()
    with visit(browser, explorer) as seen:
        seen.page.locator(".sim-counts").first.wait_for()
        sync = on_drawing(seen, 0)
        drag(seen, sync(CALL), sync(LATER))
        assert heading(seen, 0).startswith("ASYNC · ")
        assert seen.page.locator(".sim-code").first.inner_text() == lines["report"][1]
        assert "EXTERNAL" in seen.page.locator(".sim-code mark").all_inner_texts()
        seen.page.keyboard.press("m")
        settle(seen)
        assert heading(seen, 0).startswith("SYNC · ")
        assert not seen.page.locator(".sim-code").first.is_visible()
        seen.page.keyboard.press("n")
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        settle(seen)
        run = simulate("slides", ARRANGEMENTS["async_pages"], engine="exact")
        assert errors(seen, 0) == run.summary.timed_out
        assert lines["page"][1] in seen.page.locator(".sim-code").first.inner_text()
        pages = (~run.records.is_report & (run.records.completed_at > run.records.finished_at)).sum()
        assert f"{pages:,} pages were answered without their data" in seen.page.locator(".sim-hasty").first.inner_text()


def test_a_held_computer_pours_in_a_surge_and_the_line_is_pulled(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        seen.page.locator(".sim-counts").first.wait_for()
        seen.page.get_by_role("slider", name="Time", exact=True).press("End")
        settle(seen)
        own = errors(seen, 0)
        seen.page.get_by_role("button", name="Restart").click()
        sync = on_drawing(seen, 0)
        seen.page.mouse.move(*sync(COMPUTER))
        seen.page.mouse.down()
        seen.page.mouse.up()
        settle(seen)
        assert errors(seen, 0) > own
        assert seen.page.locator(".sim-runs tbody th").first.inner_text() == "surge at 0 s for 10 s"
        seen.page.get_by_role("button", name="Reset").click()
        settle(seen)
        seen.page.keyboard.press("]")
        settle(seen)
        assert knob(seen, "Timeout") == 31
        chart = seen.page.locator(".sim-scatter").first.bounding_box()
        assert chart is not None
        height = seen.evaluate(LINE)
        drag(seen, (chart["x"] + 200, chart["y"] + height), (chart["x"] + 200, chart["y"] + height + 20))
        assert 1 < knob(seen, "Timeout") < 31


def finger(seen: Visit) -> Callable[[Point, Point], None]:
    """A finger that is put down, goes a way, and is taken away: scrolling is the browser's own, as on a phone."""
    tools = seen.page.context.new_cdp_session(seen.page)

    def touch(kind: str, *points: Point) -> None:
        tools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    def goes(start: Point, end: Point) -> None:
        touch("touchStart", start)
        for part in (0.25, 0.5, 0.75, 1):
            touch("touchMove", (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part))
            settle(seen)
        touch("touchEnd")
        settle(seen)

    return goes


def test_a_finger_holds_what_it_touches_and_scrolls_the_page_everywhere_else(browser: "Browser", explorer: str) -> None:
    phone = {"viewport": {"width": 390, "height": 664}, "has_touch": True, "is_mobile": True}

    def on_screen() -> Callable[[Point], Point]:
        seen.evaluate("scrollTo(0, document.querySelector('.sim-stage').getBoundingClientRect().top + scrollY - 90)")
        settle(seen)
        return on_drawing(seen, 0)

    with visit(browser, explorer, **phone) as seen:
        seen.page.locator(".sim-counts").first.wait_for()
        goes, scrolled = finger(seen), "scrollY"
        timeout, threads = (f"document.querySelector('[aria-label={name}]').value" for name in ("Timeout", "Threads"))
        chart = seen.page.locator(".sim-scatter").first.bounding_box()
        assert chart is not None
        at = (chart["x"] + 200, chart["y"] + seen.evaluate(LINE) + 15)  # beside it: a finger is no mouse
        goes(at, (at[0], at[1] + 25))  # the run is uncovered, and the chart moves up below the finger
        assert 5 < int(seen.evaluate(timeout)) < 25
        assert seen.evaluate(scrolled) == 0
        place = on_screen()
        before = int(seen.evaluate(threads))
        goes(place(FIRST_THREAD), place(OUTSIDE))
        assert int(seen.evaluate(threads)) == before - 1
        seen.page.keyboard.press("t")
        place = on_screen()
        waiting = (104 - 12, 124)  # not quite on it
        goes(place(waiting), place(waiting))
        assert seen.page.locator(".sim-own").first.is_visible()
        seen.page.keyboard.press("Escape")
        for start in (waiting, (20, 290)):  # a request, and nothing at all
            place = on_screen()
            before_it = seen.evaluate(scrolled)
            goes(place(start), place((start[0], start[1] - 200)))
            until(seen.page, f"{scrolled} > {before_it}")
            assert not seen.page.locator(".sim-own").first.is_visible()
        seen.evaluate("scrollTo(0, 0)")
        seen.page.get_by_role("button", name="Knobs").press("Enter")
        slider = seen.page.locator("[aria-label=Threads]").bounding_box()
        assert slider is not None
        as_it_was = seen.evaluate(threads)
        down = (slider["x"] + slider["width"] * 0.8, slider["y"] + slider["height"] / 2)
        goes(down, (down[0], down[1] - 200))
        until(seen.page, f"{scrolled} > 0")
        assert seen.evaluate(threads) == as_it_was


def test_only_the_first_button_of_a_mouse_takes_hold(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        seen.page.locator(".sim-counts").first.wait_for()
        place = on_drawing(seen, 0)
        seen.page.mouse.move(*place(COMPUTER))
        seen.page.mouse.down(button="right")
        seen.page.mouse.up(button="right")
        settle(seen)
        assert not seen.page.locator(".sim-whole").first.is_visible()  # no surge, and nothing is uncovered


# where the dashed line stands in the first chart: as the page reckons it
LINE = """() => {
  const canvas = document.querySelector(".sim-scatter");
  const size = parseFloat(getComputedStyle(canvas).fontSize);
  const [height, bottom, top] = [canvas.clientHeight, size * 1.5, 10];
  return height - bottom - (height - bottom - top) / 1.12;
}"""


def test_a_request_is_followed_on_both_sides_with_its_own_way_and_times(browser: "Browser", explorer: str) -> None:
    with visit(browser, explorer) as seen:
        seen.page.locator(".sim-counts").first.wait_for()
        seen.page.keyboard.press("t")
        seen.page.keyboard.press("f")
        settle(seen)
        own = seen.page.locator(".sim-own").all_inner_texts()
        assert own[0].split(":")[0] == own[1].split(":")[0]  # the same request
        assert "thread" in own[0]
        seen.page.keyboard.press("f")
        settle(seen)
        assert seen.page.locator(".sim-own").first.inner_text() != own[0]
        seen.page.keyboard.press("Escape")
        settle(seen)
        assert not seen.page.locator(".sim-own").first.is_visible()


def test_the_projector_s_view_has_one_drawing_one_chart_large_letters_and_a_knob_at_a_time(
    browser: "Browser", explorer: str
) -> None:
    sizes = (
        "[...document.querySelectorAll('.sim *')].filter((e) => e.checkVisibility())"
        ".map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    with visit(browser, explorer) as seen:
        seen.page.locator(".sim-counts").first.wait_for()
        seen.page.keyboard.press("p")
        settle(seen)
        for part in (".sim-stage", ".sim-scatter"):
            assert seen.page.locator(part).filter(visible=True).count() == 1
        assert min(seen.evaluate(sizes)) >= 24
        stage = seen.page.locator(".sim-stage").filter(visible=True).bounding_box()
        assert stage is not None
        assert 15 * min(stage["width"] / WIDTH, stage["height"] / HEIGHT) >= 24  # its letters
        assert seen.evaluate("document.documentElement.scrollHeight") <= 720
        revealed = seen.page.locator(".sim-knob").filter(visible=True)
        assert revealed.count() == 0
        seen.page.keyboard.press("k")
        assert revealed.all_inner_texts()[0].startswith("Arrival rate")
        seen.page.get_by_role("button", name="Next knob").click()
        assert revealed.count() == 1
        assert revealed.all_inner_texts()[0].startswith("Share of reports")
        seen.page.get_by_role("button", name="ASYNC").click()
        settle(seen)
        assert seen.page.locator(".sim-stage").filter(visible=True).count() == 1
        seen.page.keyboard.press("p")
        settle(seen)
        assert seen.page.locator(".sim-knob").filter(visible=True).count() == 6
        assert seen.page.locator(".sim-stage").filter(visible=True).count() == 2


@pytest.mark.parametrize("touch", [False, True], ids=["projector", "phone"])
def test_the_boxes_have_the_names_of_ones_own_framework(browser: "Browser", explorer: str, touch: bool) -> None:
    picture = "document.querySelector('.sim-stage').toDataURL()"
    phone = {"viewport": {"width": 390, "height": 664}, "has_touch": True, "is_mobile": True}
    with visit(browser, explorer, **(phone if touch else {})) as seen:
        seen.page.locator(".sim-counts").first.wait_for()
        settle(seen)
        before = seen.evaluate(picture)
        if touch:
            seen.page.get_by_role("button", name="Keys").tap()
        else:
            seen.page.keyboard.press("?")
        seen.page.get_by_role("combobox", name="Names on the boxes").select_option("Django")
        seen.page.get_by_role("button", name="Close").click()
        settle(seen)
        assert seen.evaluate(picture) != before
