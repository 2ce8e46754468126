"""How fast is the page? Its model beside the exact engine, and the cost of a knob's move: `python benchmarks/page.py`.

Processor time, not wall time, and ratios: the machine may have other things to do. The bounds are those of a machine
on which the exact engine serves 2,000 requests through both cycles in 2 ms.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from sim import ASYNC, SYNC, load
from sim.exact import serve
from sim.player import explorer_page
from sim.player.data import cycles
from sim.scenario import Scenario
from sim.workload import Workload, draw

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from browser import chromium
from page_model import HERE, REGISTER, node
from test_player_browser import MOVES, Visit, cost, ready, turn

RUNS = 15
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
console.log(JSON.stringify(times.slice(5)));
"""


def in_the_page(workload: Workload, scenario: Scenario) -> float:
    """Milliseconds of the event loop for both cycles, warm."""
    columns = {name: getattr(workload, name).tolist() for name in ("arrived_at", "is_report", "external_time")}
    sent = columns | {"web_time": None, "hop_times": dict(workload.hop_times)}
    asked = {"workload": sent, "scenario": scenario.model_dump(), "cycles": cycles(), "runs": RUNS + 5}
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


def knobs() -> None:
    """A knob that is held: pages of two sizes."""
    print("a move of a knob, until it is drawn, ms of the page's processor time")
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for rate, most in ((3.0, 50 / 6), (11.9, 100 / 6)):
            file = Path(folder) / "page.html"
            file.write_text(explorer_page(load("slides", [f"arrival_rate={rate}"])), encoding="utf-8")
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(file.as_uri())
            seen = Visit(page)
            ready(seen)
            turn(seen, "Threads")
            found = median(cost(seen, MOVES) for _ in range(5))
            print(
                f"  {600 * rate:7,.0f} requests: {found:5.1f} (six times slower: {6 * found:.0f}; aim {6 * most:.0f})"
            )
            page.close()


if __name__ == "__main__":
    model()
    mishaps()
    knobs()
