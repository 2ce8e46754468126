"""Measured runs read back from the files that `live --records` wrote: to be replayed, or held against the model."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..checks import Verdict
from ..complaints import printable, read_text
from ..cycles import CYCLES
from ..experiments import Comparison, Result
from ..presets import load
from ..records import CSV_COLUMNS, Records
from ..scenario import LARGEST_TIME, Scenario
from ..turns import ANSWERED, COMPLETED, LATE, SKIPPED, Slots, Turns, no_pool
from ..units import LONGEST_RUN, Seconds, column_to_grid
from ..workload import Workload, read
from .measured import Measured, one_each
from .recording import MACHINE, REQUESTS, SCENARIO, turns
from .verdict import DIFFERS, beside

LARGEST_FILE = 1 << 27  # bytes
NEEDED = CSV_COLUMNS[:11]


def measured_runs(folder: str | Path) -> Comparison:
    """The measured runs in a folder as results; raises ValueError, one line, for what is missing or makes no sense."""
    place = Path(folder)
    scenario = load(str(place / SCENARIO), [f"duration={LARGEST_TIME}"])
    workload = read(place / REQUESTS)
    title = f"{scenario.title or 'A run'}, measured"
    scenario = scenario.model_copy(update={"title": title, "shows": "", "try_this": ""})
    there = [name for name in ("sync", "async") if (place / f"{name}.csv").exists()]
    if not there:
        raise ValueError(f"{printable(str(place))}: neither sync.csv nor async.csv; allowed: what live --records wrote")
    runs = {name: records_in(place / f"{name}.csv", name, scenario, workload) for name in there}
    found = {name: Result(scenario, workload, CYCLES[name], records) for name, records in runs.items()}
    return Comparison(scenario, workload, found)


def records_in(file: Path, cycle: str, scenario: Scenario, workload: Workload) -> Records:
    """The records of one cycle in a file of `--records`; the slots, which it does not name, are given out anew."""
    rows = list(csv.DictReader(read_text(file, "CSV", LARGEST_FILE).splitlines()))
    where = printable(str(file))
    if not rows or not set(NEEDED) <= set(rows[0]):
        raise ValueError(f"{where}: allowed: the columns {','.join(NEEDED)}, and rows")
    if len(rows) != len(workload):
        raise ValueError(f"{where}: {len(rows)} rows; allowed: one for each of the {len(workload)} requests")
    at = {name: _column(rows, name, where) for name in NEEDED if name.endswith("_at")}
    skipped, late = ~np.isnan(at["skipped_at"]), np.array([row["status"] == "timed_out" for row in rows])
    came_at, taken_at = workload.arrived_at, np.where(skipped, at["skipped_at"], at["started_at"])
    left_at = np.where(skipped, taken_at, at["finished_at"])
    if np.isnan([taken_at, left_at]).any() or (taken_at < came_at).any() or (left_at < taken_at).any():
        raise ValueError(f"{where}: allowed: each request started and finished, or skipped, in this order of time")
    outcome = np.select([skipped, late], [SKIPPED, LATE], ANSWERED).astype(np.int8)
    everybody = np.arange(len(rows), dtype=np.int32)
    thread = np.where(skipped, -1, slots_of(taken_at, left_at, scenario.threads)).astype(np.int32)
    instants = (came_at, taken_at, left_at)
    at_threads = turns(scenario.threads, everybody, instants, outcome, thread)
    has_workers = bool(CYCLES[cycle].report.worker)
    at_workers = _jobs(at, scenario) if has_workers else no_pool()
    return Records(cycle, scenario.timeout, workload.is_report, at_threads, at_workers)


def _jobs(at: dict[str, Seconds], scenario: Scenario) -> Turns:
    ids = np.flatnonzero(~np.isnan(at["completed_at"]))
    ids = ids[np.argsort(at["picked_up_at"][ids], kind="stable")]
    came_at, taken_at, left_at = (at[name][ids] for name in ("enqueued_at", "picked_up_at", "completed_at"))
    outcome = np.full(len(ids), COMPLETED, dtype=np.int8)
    slot = slots_of(taken_at, left_at, scenario.workers)
    return turns(scenario.workers, ids.astype(np.int32), (came_at, taken_at, left_at), outcome, slot)


def verdicts(folder: str | Path) -> Iterator[Verdict]:
    """For each measured run in a folder, whether the model allows what was measured; ValueError as `measured_runs`."""
    place, runs = Path(folder), measured_runs(folder)
    for name, result in runs.cycles.items():
        one = beside(result.scenario, result.workload, _measured(place / MACHINE, name, result))
        low, high = one.ranges["timed_out"]
        yield Verdict(
            f"{printable(str(place))}, {name.upper()} on real programs: timed out",
            found=f"{one.measured.counts()['timed_out']} of {len(result.records)} measured",
            allowed=f"{low} to {high}, with this run's own lateness and overheads",
            holds=one.verdict != DIFFERS,
        )


def _measured(file: Path, cycle: str, result: Result) -> Measured:
    """A run as it was measured, from its records and what is said of the machine."""
    try:
        about = json.loads(read_text(file, "JSON", LARGEST_FILE))[cycle]
        arrived_at, scale = np.array(about["arrived_at"], dtype=np.float64), float(about["scale"])
        stall, idle = float(about["stall"]), float(about.get("idle", 1.0))
        told = {"cycle": cycle, "scale": scale, "redis": str(about["redis"]), "programs": dict(about["programs"])}
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{printable(str(file))}: allowed: what live --records wrote") from None
    records = result.records
    if arrived_at.shape != (len(records),) or not 1 <= scale <= 100:
        raise ValueError(f"{printable(str(file))}: allowed: an arrived_at for each request, a scale from 1 to 100")
    late, never = records.timed_out, np.full(len(records), np.nan)
    at = {"arrived": arrived_at, "started": records.started_at, "finished": records.finished_at}
    at |= {"timed_out": np.where(late, records.responded_at, np.nan), "left": never, "died": never}
    at |= {"responded": np.where(late, np.nan, records.responded_at), "enqueued": records.enqueued_at}
    at |= {"picked_up": records.picked_up_at, "completed": records.completed_at}
    return one_each(at, stall=stall, idle=idle, **told)


def slots_of(taken_at: Seconds, left_at: Seconds, slots: int) -> Slots:
    """For each turn a slot: the one that is free for longest when it is taken."""
    free_at, found = [0.0] * slots, np.empty(len(taken_at), dtype=np.int32)
    for place in np.argsort(taken_at, kind="stable").tolist():
        slot = min(range(slots), key=free_at.__getitem__)
        found[place], free_at[slot] = slot, max(free_at[slot], float(left_at[place]))
    return found


def _column(rows: list[dict[str, str]], name: str, where: str) -> Seconds:
    try:
        column = column_to_grid([float(row[name] or "nan") for row in rows])
    except (ValueError, TypeError):
        raise ValueError(f"{where}: {name}: not a number; allowed: seconds, or nothing") from None
    if (~np.isnan(column) & ~((column >= 0) & (column < LONGEST_RUN))).any():
        raise ValueError(f"{where}: {name}: allowed: seconds from 0 to 2^33, or nothing")
    return column
