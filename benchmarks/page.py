"""How fast is the page? Its model beside the exact engine, and the cost of first use, of a knob's
move and of a picture, and the heap: `python benchmarks/page.py [model | mishaps | knobs | heap]`.

Processor time of the page's main thread, from what is done to the painted picture, drawing by software included (no
graphics processor helps); not wall time: the machine may have other things to do. The aims are for the machine at
hand; how fast that one is just now tells the yardstick, which has taken from 1.0 to 1.7 ms.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from sim import ASYNC, SYNC, load
from sim.exact import serve
from sim.player import explorer_page
from sim.player.data import cycles
from sim.scenario import Scenario
from sim.workload import Workload, draw

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from browser import chromium
from page_model import HERE, REGISTER, node
from test_player_browser import FRAMES, MOVES, Visit, cost, meter_of, ready, settle, spent, turn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RUNS = 15
ROUNDS = 30
# call and lookup moved and back, the first timeout, requests followed, a surge, the projector's view and a knob there
KEYS_OF_A_ROUND = (*"mnmntfff", "Escape", *"s+-pkkp", "?", "?")
TIMED = """
import { chancesOf } from "chances";
import { simulate } from "model";
const { workload, scenario, cycles, runs } = JSON.parse(await new Response(process.stdin).text());
for (const name of ["arrived_at", "external_time"]) workload[name] = Float64Array.from(workload[name]);
workload.is_report = Uint8Array.from(workload.is_report);
const times = [];
const chances = chancesOf(scenario.seed);
for (let run = 0; run < runs; run++) {
  const before = process.cpuUsage();
  for (const cycle of [cycles.sync, cycles.async]) simulate(workload, cycle, scenario, chances);
  const { user, system } = process.cpuUsage(before);
  times.push((user + system) / 1000);
}
console.log(JSON.stringify(times.slice(runs / 2))); // all is compiled by then
"""


def in_the_page(workload: Workload, scenario: Scenario) -> float:
    """Milliseconds of the event loop for both cycles, warm."""
    columns = {name: getattr(workload, name).tolist() for name in ("arrived_at", "is_report", "external_time")}
    sent = columns | {"web_time": None, "hop_times": dict(workload.hop_times)}
    asked = {"workload": sent, "scenario": scenario.model_dump(), "cycles": cycles(), "runs": 10 * RUNS}
    with tempfile.NamedTemporaryFile("w", suffix=".mjs", dir=HERE) as script:
        script.write(TIMED)
        script.flush()
        command = [node(), "--import", REGISTER, script.name]
        run = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    return median(json.loads(run.stdout))


def in_python(workload: Workload, scenario: Scenario) -> float:
    """Milliseconds of the exact engine for both cycles."""
    times = []
    for _ in range(RUNS):
        before = time.process_time()
        for cycle in (SYNC, ASYNC):
            serve(workload, cycle, scenario)
        times.append(1000 * (time.process_time() - before))
    return median(times)


def model() -> None:
    """The event loop beside the recursion."""
    print("model: both cycles, ms of processor time")
    for rate in (3.33, 12.0, 167.0):
        scenario = load("slides", [f"arrival_rate={rate}"])
        workload = draw(scenario)
        page, engine = in_the_page(workload, scenario), in_python(workload, scenario)
        print(f"  {len(workload):7,} requests: page {page:7.2f}, exact engine {engine:7.2f}, ratio {page / engine:.2f}")


def mishaps() -> None:
    """The event loop where people try again up to three times, alone and with more that goes wrong."""
    print("what goes wrong: both cycles, ms of processor time (aim 10)")
    again = ["arrival_rate=3.33", "client_retries=3"]
    worker = ["failure_fraction=0.2", "job_retries=3", "retry_poll_time=5", 'worker_stops=[[300, "kill"]]']
    for more in ([], ["backlog_limit=20"], worker, ["cores=1"]):
        scenario = load("slides", again + more)
        workload = draw(scenario)
        print(
            f"  {len(workload):7,} visits, {' '.join(more) or 'no more'}: page {in_the_page(workload, scenario):7.2f}"
        )


# a loop that has nothing to do with the page: what it takes says how fast the machine is just now
YARDSTICK = """() => {
  const numbers = new Float64Array(1e4);
  for (let round = 0; round < 20; round++)
    for (let n = 0; n < numbers.length; n++) numbers[n] = Math.sqrt(n * round + numbers[n]);
  return 1;
}"""
HELD = """async () => {
  const knob = document.querySelector("[aria-label=Threads]");
  for (let moves = 0; moves < 100; moves++) {
    knob.value = String(4 + (moves % 5));
    knob.dispatchEvent(new Event(moves % 10 ? "input" : "change"));
    await new Promise((done) => requestAnimationFrame(done));
  }
}"""


def knobs() -> None:
    """First use, a knob that is held, also where browsers ask again whether it is ready, and play: pages of two sizes.

    The least of several turns each, as others may have the machine; beside it the yardstick's own least.
    """
    print("ms of the page's processor time, at least (six times slower beside the aim); loops of the yardstick")
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for rate, most in ((3.0, 50), (11.9, 100)):
            file = Path(folder) / "page.html"
            file.write_text(explorer_page(load("slides", [f"arrival_rate={rate}"])), encoding="utf-8")
            first = min(_first_use(browser, file.as_uri()) for _ in range(7))
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            seen = _opened(page, file.as_uri() + "#preset=asking-again")
            asking = min(cost(seen, MOVES) for _ in range(7))
            page.goto("about:blank")
            seen = _opened(page, file.as_uri())
            loop = min(cost(seen, YARDSTICK) for _ in range(40))
            move = min(cost(seen, MOVES) for _ in range(7))
            page.get_by_role("combobox", name="Speed").select_option("30")
            page.get_by_role("button", name="Play").click()
            frame = min(cost(seen, FRAMES) for _ in range(4))
            print(f"  {600 * rate:7,.0f} requests, yardstick {loop:.2f}")
            lines = (("a move", move, most), ("asking again, a move", asking, 50), ("a picture", frame, 33))
            for what, found, aim in (("first use", first, 1000), *lines):
                print(f"    {what:20} {found:6.1f} ({6 * found:5.0f}; aim {aim:4}): {found / loop:6.1f} loops")
            page.close()


def _opened(page: "Page", url: str) -> Visit:
    """A page with how it goes uncovered."""
    seen = Visit(page)
    page.goto(url)
    ready(seen)
    turn(seen, "Threads")
    return seen


def _first_use(browser: "Browser", url: str) -> float:
    """Milliseconds from nothing to the first picture.

    In a process of its own, for one in which the page was open before has compiled it; asked over the debugger's wire,
    for Playwright's own way to wait has a page run a script that takes a tenth as long again.
    """
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    meter = meter_of(page)
    page.goto(url)
    is_drawn = {"expression": "Boolean(document.querySelector('.sim-counts')?.textContent)"}
    while not meter.send("Runtime.evaluate", is_drawn)["result"]["value"]:
        pass
    found = spent(meter)
    page.context.close()
    return found


def heap() -> None:
    """What is in use after garbage was collected, while the explorer is used in all the ways that there are.

    A round takes some twenty seconds. The page's code is compiled in the first ones; then nothing may grow.
    """
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(explorer_page("slides"), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(file.as_uri())
        ready(Visit(page))
        meter = page.context.new_cdp_session(page)
        print("heap: after 100 moves of a knob, other luck, a mystery, a challenge, every key, and a run each")
        for _ in range(ROUNDS):
            _use(page)
            meter.send("HeapProfiler.collectGarbage")
            used = meter.send("Runtime.getHeapUsage")["usedSize"] / 1000
            counted = meter.send("Memory.getDOMCounters")
            print(f"  {used:7.0f} kB, {counted['nodes']} nodes, {counted['jsEventListeners']} listeners")


def _use(page: "Page") -> None:
    """A round of all that somebody can do."""
    seen, choice = Visit(page), page.get_by_role("combobox", name="Scenario")
    page.evaluate(HELD)
    for name in ("Other luck", "Other luck", "let the cloud of", "Reset"):
        page.get_by_role("button", name=name).first.click()
        settle(seen)
    for key in KEYS_OF_A_ROUND:
        page.keyboard.press(key)
        settle(seen)
    choice.select_option("mystery")
    page.get_by_role("combobox", name="What is wrong").select_option(index=1)
    choice.select_option("eight-slots")
    page.get_by_role("button", name="Check").click()
    choice.select_option("slides")
    page.get_by_role("combobox", name="Speed").select_option("1000")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for(state="hidden", timeout=120_000)


if __name__ == "__main__":
    asked = sys.argv[1:] or ["model", "mishaps", "knobs", "heap"]
    for name in asked:
        {"model": model, "mishaps": mishaps, "knobs": knobs, "heap": heap}[name]()
