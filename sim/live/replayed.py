"""Measured runs read back from the files that `live --records` wrote: to be replayed, or held against the model."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..attempts import Attempts, Rows
from ..checks import Verdict
from ..complaints import printable, read_text
from ..cycles import CYCLES
from ..experiments import Comparison, Result
from ..failures.ways import queue_numbers
from ..mishaps import workers_in
from ..presets import load
from ..records import CSV_COLUMNS, KINDS, ONE_QUEUE, POLL, REJECTED, REPORT, RUN_COLUMNS, STATUSES, TIMED_OUT, Records
from ..records import FAILED as UNDONE
from ..scenario import LARGEST_TIME, Scenario
from ..turns import ANSWERED, COMPLETED, FAILED, LATE, OUTCOMES, SKIPPED, Codes, Ids, Slots, Turns, no_pool
from ..turns import REJECTED as TURNED_AWAY
from ..units import LONGEST_RUN, Seconds, column_to_grid
from ..words import cycle_name
from ..workload import Workload, read
from .job_runs import Run
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
    at = {name: _column(rows, name, where) for name in rows[0] if name in CSV_COLUMNS and name.endswith("_at")}
    has_workers = bool(CYCLES[cycle].report.worker)
    if scenario.beyond:
        runs = _runs(file.with_suffix(".runs.csv"), scenario, len(rows)) if has_workers else no_pool()
        return _attempts(rows, where, at, (cycle, scenario, workload, runs))
    if len(rows) != len(workload):
        raise ValueError(f"{where}: {len(rows)} rows; allowed: one for each of the {len(workload)} requests")
    status = _codes(rows, "status", STATUSES, where)
    at_threads = _at_threads(at | {"arrived_at": workload.arrived_at}, status, scenario, where)
    at_workers = _jobs(at, scenario) if has_workers else no_pool()
    return Records(cycle, scenario.timeout, workload.is_report, at_threads, at_workers)


def _at_threads(at: dict[str, Seconds], status: Codes, scenario: Scenario, where: str) -> Turns:
    refused, skipped, late = status == REJECTED, ~np.isnan(at["skipped_at"]), status == TIMED_OUT
    came_at, taken_at = at["arrived_at"], np.where(skipped, at["skipped_at"], at["started_at"])
    taken_at = np.where(refused, came_at, taken_at)
    left_at = np.where(skipped | refused, taken_at, at["finished_at"])
    if np.isnan([came_at, taken_at, left_at]).any() or (taken_at < came_at).any() or (left_at < taken_at).any():
        raise ValueError(f"{where}: allowed: each request started and finished, or skipped, in this order of time")
    fates = [refused, skipped, late, status == UNDONE]
    outcome = np.select(fates, [TURNED_AWAY, SKIPPED, LATE, FAILED], ANSWERED).astype(np.int8)
    thread = np.where(skipped | refused, -1, slots_of(taken_at, left_at, scenario.threads)).astype(np.int32)
    everybody = np.arange(len(status), dtype=np.int32)
    return turns(scenario.threads, everybody, (came_at, taken_at, left_at), outcome, thread)


def _attempts(
    rows: list[dict[str, str]], where: str, at: dict[str, Seconds], of: tuple[str, Scenario, Workload, Turns]
) -> Attempts:
    """The records of a run in which more went wrong: each visit's first request, then those that came again."""
    (cycle, scenario, workload, runs), visits = of, len(of[2])
    if missing := [name for name in CSV_COLUMNS if name not in rows[0]]:
        raise ValueError(f"{where}: no {missing[0]}; allowed: the columns {','.join(CSV_COLUMNS)}")
    visit_id, attempt = (_numbers(rows, name, most, where) for name, most in (("visit_id", visits), ("attempt", 1000)))
    if len(rows) < visits or (visit_id[:visits] != np.arange(visits)).any():
        raise ValueError(f"{where}: allowed: a row for each of the {visits} visits, then those that came again")
    status, kind = (_codes(rows, name, known, where) for name, known in (("status", STATUSES), ("kind", KINDS)))
    if (np.equal(kind, REPORT) != workload.is_report[visit_id])[kind != POLL].any() or (kind[:visits] == POLL).any():
        raise ValueError(f"{where}: kind: allowed: what the visit asks for, or behind them a poll")
    at_threads = _at_threads(at, status, scenario, where)
    told = Rows(
        visit_id=visit_id,
        attempt=attempt,
        kind=kind,
        status=status,
        cut=np.zeros(len(rows), dtype=bool),
        queue_of=queue_numbers(workload, scenario),
        run_enqueued_at=runs.came_at,
        enqueued_at=at["enqueued_at"],
        responded_at=at["responded_at"],
        died_at=at["died_at"],
        seen_at=at["seen_at"],
        queues=tuple(queue.name for queue in scenario.queues) or ONE_QUEUE,
    )
    return Attempts(cycle, scenario.timeout, np.equal(kind, REPORT), at_threads, runs, told)


def _runs(file: Path, scenario: Scenario, requests: int) -> Turns:
    """The runs of the jobs in a file of `--records`."""
    where, slots = printable(str(file)), workers_in(scenario.queues, scenario.workers)
    if not file.exists():
        raise ValueError(f"{where}: not there; allowed: what live --records wrote")
    rows = list(csv.DictReader(read_text(file, "CSV", LARGEST_FILE).splitlines()))
    if rows and not set(RUN_COLUMNS) <= set(rows[0]):
        raise ValueError(f"{where}: allowed: the columns {','.join(RUN_COLUMNS)}, and rows")
    ids, slot = _numbers(rows, "request_id", requests, where), _numbers(rows, "worker", slots, where)
    came_at, taken_at, left_at = (_column(rows, name, where) for name in ("enqueued_at", "picked_up_at", "ended_at"))
    if np.isnan([came_at, taken_at, left_at]).any() or (taken_at < came_at).any() or (left_at < taken_at).any():
        raise ValueError(f"{where}: allowed: each run enqueued, picked up and ended, in this order of time")
    outcome = _codes(rows, "outcome", OUTCOMES, where)
    return turns(slots, ids, (came_at, taken_at, left_at), outcome, slot)


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
            f"{printable(str(place))}, {cycle_name(name)} on real programs: timed out",
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
        stops = tuple((float(instant), str(how)) for instant, how in about.get("stops", ()))
        backs = tuple(map(float, about.get("backs", ())))
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
    at |= {"picked_up": records.picked_up_at, "completed": records.completed_at, "seen": records.seen_at}
    runs, status = records.at_workers, records.status
    columns = (runs.request_id, runs.came_at, runs.taken_at, runs.left_at, runs.outcome)
    told_runs = (Run(str(name), 0, *rest) for name, *rest in zip(*(each.tolist() for each in columns), strict=True))
    went = {"runs": tuple(told_runs), "stops": stops, "backs": backs}
    fates = {"visit_id": records.visit_id, "attempt": records.attempt, "failed": status == UNDONE}
    fates["about"] = _about(records)
    return one_each(at, stall=stall, idle=idle, rejected=status == REJECTED, **told, **fates, **went)


def _about(records: Records) -> Ids:
    """For each poll the request whose report it asks for: its visit's last one that was accepted; else -1."""
    pushed = np.flatnonzero(~np.isnan(records.enqueued_at))
    accepted = np.full(len(records), -1, dtype=np.int32)
    accepted[records.visit_id[pushed]] = pushed
    return np.where(records.kind == POLL, accepted[records.visit_id], np.int32(-1))


def slots_of(taken_at: Seconds, left_at: Seconds, slots: int) -> Slots:
    """For each turn a slot: the one that is free for longest when it is taken."""
    free_at, found = [0.0] * slots, np.empty(len(taken_at), dtype=np.int32)
    for place in np.argsort(taken_at, kind="stable").tolist():
        slot = min(range(slots), key=free_at.__getitem__)
        found[place], free_at[slot] = slot, max(free_at[slot], float(left_at[place]))
    return found


def _numbers(rows: list[dict[str, str]], name: str, most: int, where: str) -> Ids:
    texts = [row[name] or "" for row in rows]
    if not all(text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < most for text in texts):
        raise ValueError(f"{where}: {name}: allowed: whole numbers below {most}")
    return np.array([int(text) for text in texts], dtype=np.int32)


def _codes(rows: list[dict[str, str]], name: str, known: tuple[str, ...], where: str) -> Codes:
    if strange := [row[name] or "" for row in rows if row[name] not in known]:
        raise ValueError(f"{where}: {name} {printable(strange[0][:40])!r}; allowed: {', '.join(known)}")
    return np.array([known.index(row[name]) for row in rows], dtype=np.int8)


def _column(rows: list[dict[str, str]], name: str, where: str) -> Seconds:
    try:
        column = column_to_grid([float(row[name] or "nan") for row in rows])
    except (ValueError, TypeError):
        raise ValueError(f"{where}: {name}: not a number; allowed: seconds, or nothing") from None
    if (~np.isnan(column) & ~((column >= 0) & (column < LONGEST_RUN))).any():
        raise ValueError(f"{where}: {name}: allowed: seconds from 0 to 2^33, or nothing")
    return column
