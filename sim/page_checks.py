"""Is it right a second time? The presets of the failure lab, served by the page's own event loop in Node.js."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attempts import Attempts
from .cycles import CYCLES, Cycle
from .draws import Luck
from .failures.run import Run
from .memory import says_out_of_memory
from .path import COMPUTES, INBOUND, POLLING
from .presets import MISHAPS, load
from .scenario import Scenario
from .words import cycle_name
from .workload import Workload, draw

# where the mishap of each preset lies: in SYNC at the door, in ASYNC in the worker's life
CYCLE = dict.fromkeys(MISHAPS[:5], "sync") | dict.fromkeys(MISHAPS[5:], "async")
# of each preset the first visits: as many as it takes until each of its rules has come up
VISITS = dict.fromkeys(MISHAPS, 1_500) | {
    "retry-storm": 1_200,
    "polite-clients": 1_200,
    "short-line": 900,
    "impatient-server": 750,
    "busy-core": 500,
    "asking-again": 750,
    "poisoned": 750,
    "pulled-plug": 1_200,
    "one-line": 500,
}
COLUMNS = (  # what is compared of each request
    *("arrived_at", "started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at"),
    *("visit_id", "attempt", "status", "responded_at", "died_at", "seen_at"),
)
# what is served once is served soonest by code that is compiled simply
ASKED = """import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { tableOf } from "./checked.mjs";
setFlagsFromString("--no-opt");
setFlagsFromString("--sparkplug");
for (const asked of JSON.parse(readFileSync(0, "utf8"))) process.stdout.write(new Uint8Array(tableOf(asked).buffer));
"""
Say = Callable[[str, str, str, bool], Any]  # claim, found, allowed, whether it holds
Case = tuple[Workload, Cycle, Scenario]


def check_page(say: Say) -> Iterator[Any]:
    """A verdict on each preset of the lab: the two event loops, which share no line of code, request by request.

    Where there is no Node.js, one verdict that says that this was not looked at. Raises MemoryError where it has none.
    """
    node = shutil.which("node")
    if node is None:
        yield say(
            "The page's event loop on the lab's presets", "not looked at: no Node.js here", "none that differs", True
        )
        return
    cases = [_case(name) for name in MISHAPS]
    try:
        tables = in_node(node, cases)
    except (OSError, subprocess.CalledProcessError) as error:
        yield say(
            "The page's event loop on the lab's presets", f"Node.js failed: {_why(error)}", "none that differs", False
        )
        return
    for name, case, table in zip(MISHAPS, cases, tables, strict=True):
        records = _served(*case)
        yield say(
            f"The page's event loop on {name}, {cycle_name(case[1].name)}: requests that fare differently",
            f"{differing(records, table)} of {len(records):,}",
            "none, to the last bit",
            differing(records, table) == 0,
        )


def _why(error: OSError | subprocess.CalledProcessError) -> str:
    said = error.stderr.decode(errors="replace") if isinstance(error, subprocess.CalledProcessError) else str(error)
    if says_out_of_memory(said):
        raise MemoryError
    return next((line for line in said.splitlines() if "Error" in line), "it did not say why")


def _case(name: str) -> Case:
    scenario = load(name)
    arrived_at = draw(scenario).arrived_at
    if len(arrived_at) > VISITS[name]:
        scenario = scenario.replace(duration=float(arrived_at[VISITS[name]]))
    return draw(scenario), CYCLES[CYCLE[name]], scenario


def _served(workload: Workload, cycle: Cycle, scenario: Scenario) -> Attempts:
    return Run(workload, cycle, scenario, Luck(scenario.seed, len(workload))).finish()


def in_node(node: str, cases: list[Case]) -> list[NDArray[np.float64]]:
    """What the page's event loop makes of the cases: for each a table with a row for each of COLUMNS.

    One process serves them all. Raises subprocess.CalledProcessError, with what node said, where it cannot.
    """
    with TemporaryDirectory() as folder:
        for file in (resources.files(__package__) / "player").iterdir():
            if file.name.endswith(".js"):
                named = re.sub(r'(?<=from )"([a-z]+)"', r'"./\1.mjs"', file.read_text(encoding="utf-8"))
                Path(folder, file.name.replace(".js", ".mjs")).write_text(named, encoding="utf-8")
        script = Path(folder, "of_check.mjs")
        script.write_text(ASKED, encoding="utf-8")
        asked = json.dumps([_sent(*case) for case in cases]).encode()
        answer = subprocess.run([node, str(script)], input=asked, capture_output=True, check=True).stdout
    return list(_tables(np.frombuffer(answer)))


def _sent(workload: Workload, cycle: Cycle, scenario: Scenario) -> dict[str, Any]:
    columns = {name: getattr(workload, name).tolist() for name in ("arrived_at", "is_report", "external_time")}
    queue = None if workload.queue is None else workload.queue.tolist()
    constants = {"hop_times": dict(workload.hop_times), "ends_at": workload.ends_at, "from_file": False}
    journeys = {
        kind: {part: [hop.name for hop in getattr(way, part)] for part in ("thread", "worker")}
        for kind, way in (("page", cycle.page), ("report", cycle.report))
    }
    polling = {
        "poll": [hop.name for hop in POLLING],
        "inbound": len(INBOUND),
        "computes": [hop.name for hop in COMPUTES],
    }
    return {
        "workload": columns | constants | {"queue": queue},
        "cycle": {"name": cycle.name} | journeys | polling,
        "scenario": scenario.model_dump(mode="json", warnings=False),
    }


def _tables(answer: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    while len(answer):
        size = int(answer[0]) * len(COLUMNS)
        yield answer[1 : 1 + size].reshape(len(COLUMNS), -1)
        answer = answer[1 + size :]


def differing(records: Attempts, table: NDArray[np.float64]) -> int:
    """How many requests differ in anything that became of them; all, where there are not as many."""
    rows = len(table[0])
    if rows != len(records):
        return max(rows, len(records))
    mine = np.array([getattr(records, name) for name in COLUMNS], dtype=np.float64)
    differ = (mine != table) & ~(np.isnan(mine) & np.isnan(table))
    return int(np.count_nonzero(differ.any(axis=0)))
