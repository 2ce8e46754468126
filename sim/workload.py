"""The requests of a run: all random draws, one row per request, the same rows for both cycles; and workload files."""

import csv
import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .complaints import printable, shown
from .csv_rows import csv_rows
from .cycles import SYNC, Cycle, Journey
from .memory import refuse_absurd_sizes
from .mishaps import QUEUE_NAME, names_a_queue
from .path import CONSTANT_HOPS, EXTERNAL, QUEUE, Hop
from .scenario import Scenario
from .units import LONGEST_RUN, TICKS_PER_SECOND, Seconds, brief_column, column_to_grid

Flags = NDArray[np.bool_]

COLUMNS = ["arrived_at", "kind", "web_time", "external_time"]
QUEUE_COLUMN, LABEL = "queue", "label"  # columns that a file may have besides, in this order
MOST_LABELS, LONGEST_LABEL = 100, 200
LARGEST_FILE = 1 << 28  # bytes; some eight million requests
ROWS_AT_ONCE = 1 << 16  # written from short-lived columns, so that memory does not grow with the file
HALF_A_TICK = 0.5 / TICKS_PER_SECOND  # and less is rounded to 0
ARRIVALS, KINDS, EXTERNAL_TIMES = range(3)  # a random stream each, so that no knob shifts another's draws
QUEUES = 6  # and one among those of `draws`


@dataclass(frozen=True)
class Workload:
    """One row per request, in the order of arrival: columns of one length, in seconds on the grid.

    `web_time` is what a row spends in the controller on the way in, on top of the constant `hop_times` (seconds of
    one visit, by the hop's name). `external_time` is the slow call of a report, 0 for a page. `ends_at` closes the
    window in which requests count; a file's last row still counts (`from_file`). `label` numbers a row's label in
    `labels`, -1 for none; it is None where there are no labels. `queue` numbers the queue of a report's job in `queues`
    likewise.
    """

    arrived_at: Seconds
    is_report: Flags
    web_time: Seconds
    external_time: Seconds
    hop_times: Mapping[str, float]
    ends_at: float
    from_file: bool = False
    labels: tuple[str, ...] = ()
    label: NDArray[np.int32] | None = None
    queues: tuple[str, ...] = ()
    queue: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.arrived_at)

    @cached_property
    def _legs(self) -> dict[str, tuple[Cycle, "Legs"]]:
        return {}  # what `legs_of` has found: the points of a sweep serve the same requests


@dataclass(frozen=True)
class Legs:
    """How long each request holds whom: columns of seconds, a row per request.

    `first` is thread time until the job is pushed, or until the thread is done where nothing is pushed;
    `after_push` the thread time that follows; `job` the worker's time; `pushes` says whether a job is pushed.
    """

    first: Seconds
    after_push: Seconds
    job: Seconds
    pushes: Flags


def unit_draws(seed: int, stream: int, count: int) -> Seconds:
    """`count` numbers uniform on [0, 1) from one stream of the seed; more of them begin with the same ones."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(stream,)))).random(count)


def draw(scenario: Scenario, seed: int | None = None) -> Workload:
    """The workload that a scenario's generator gives for its own seed, or for `seed`.

    Arrivals are a Poisson process whose rate is the scenario's step function (inversion of the cumulative rate:
    Çinlar 1975); kinds and external times are inverse transforms of one draw each, consumed for pages too.
    Raises ValueError where instants would leave the exact range of 2^33 s.
    """
    seed = scenario.seed if seed is None else seed
    refuse_absurd_sizes(expected_arrivals(scenario), "arrival_rate, duration")
    arrived_at = _arrivals(scenario, seed)
    count = len(arrived_at)
    is_report = unit_draws(seed, KINDS, count) < scenario.report_fraction
    queue, reports = _queues(scenario, seed, is_report), np.flatnonzero(is_report)
    external_time = np.zeros(count)
    external_time[reports] = _external_times(scenario, unit_draws(seed, EXTERNAL_TIMES, count), queue, reports)
    workload = Workload(
        arrived_at,
        is_report,
        np.zeros(count),
        external_time,
        scenario.hop_times,
        scenario.duration,
        queues=tuple(each.name for each in scenario.queues),
        queue=queue,
    )
    return _within_range(workload, "scenario")


def _queues(scenario: Scenario, seed: int, is_report: Flags) -> NDArray[np.int32] | None:
    """The queue of each report's job, by the shares of the queues and a unit draw per visit; None: there is one."""
    if not scenario.queues:
        return None
    if scenario.queues[0].share is None:
        raise ValueError(
            "queues: no share; allowed: a share of every queue, 1 together (only a workload file has none)"
        )
    ends = np.cumsum([queue.share for queue in scenario.queues])[:-1]
    number = np.searchsorted(ends, unit_draws(seed, QUEUES, len(is_report)), side="right")
    return np.where(is_report, number, -1).astype(np.int32)


def _external_times(scenario: Scenario, draws: Seconds, queue: NDArray[np.int32] | None, reports: Any) -> Seconds:
    """How long the slow call of each report takes, by its usual draw; a queue may have a distribution of its own."""
    times = scenario.external_time.quantile(draws[reports])
    for number, each in enumerate(scenario.queues):
        if each.external_time is not None and queue is not None:
            times = np.where(queue[reports] == number, each.external_time.quantile(draws[reports]), times)
    if not (times < LONGEST_RUN).all():
        raise ValueError("external_time: a draw beyond 2^33 s; allowed: a distribution with a lighter tail")
    return column_to_grid(times)


def expected_arrivals(scenario: Scenario, until: float | None = None) -> float:
    """How many requests arrive before `until` (s; the scenario's duration) on average."""
    until = scenario.duration if until is None else until
    steps = scenario.rate_steps
    ends = [from_at for from_at, _ in steps[1:]] + [math.inf]
    return sum(rate * max(0.0, min(end, until) - from_at) for (from_at, rate), end in zip(steps, ends, strict=True))


def _arrivals(scenario: Scenario, seed: int) -> Seconds:
    expected = expected_arrivals(scenario)
    count = int(expected + 8 * math.sqrt(expected) + 16)  # beyond eight standard deviations; lengthened if not enough
    hazard = np.cumsum(-np.log1p(-unit_draws(seed, ARRIVALS, count)))
    while hazard[-1] <= expected:
        count *= 2
        hazard = np.cumsum(-np.log1p(-unit_draws(seed, ARRIVALS, count)))
    arrived_at = column_to_grid(_inverse_of_cumulative_rate(scenario, hazard))
    return arrived_at[arrived_at < scenario.duration]


def _inverse_of_cumulative_rate(scenario: Scenario, hazard: Seconds) -> Seconds:
    """When the expected number of arrivals reaches each value of `hazard`; inf where it never does."""
    from_at, rate = (np.array(column) for column in zip(*scenario.rate_steps, strict=True))
    reached = np.concatenate([[0.0], np.cumsum(rate[:-1] * np.diff(from_at))])
    step = np.maximum(np.searchsorted(reached, hazard, side="left") - 1, 0) if len(rate) > 1 else 0
    with np.errstate(divide="ignore", over="ignore"):
        instants: Seconds = from_at[step] + (hazard - reached[step]) / rate[step]
        return instants


def _within_range(workload: Workload, where: str) -> Workload:
    legs = legs_of(workload, SYNC)
    longest = float(legs.first.sum()) + (float(workload.arrived_at[-1]) if len(workload) else 0.0)
    if not longest < LONGEST_RUN / 2:
        raise ValueError(f"{where}: {longest:g} s of arrivals and work together; allowed: less than 2^32 s")
    return workload


def legs_of(workload: Workload, cycle: Cycle) -> Legs:
    """How long each request holds a thread and a worker in this cycle."""
    if workload._legs.get(cycle.name, (None,))[0] is not cycle:
        page, report = (_journey_legs(workload, journey) for journey in (cycle.page, cycle.report))
        columns = (np.where(workload.is_report, *kinds) for kinds in zip(report, page, strict=True))
        workload._legs[cycle.name] = cycle, Legs(*columns)
    return workload._legs[cycle.name][1]


def _journey_legs(workload: Workload, journey: Journey) -> tuple[Any, Any, Any, Any]:
    before, after = split_at_push(journey.thread)
    return (
        _time_of(before, workload) + workload.web_time,
        _time_of(after, workload),
        _time_of(journey.worker, workload),
        before[-1].name == QUEUE.name,
    )


def split_at_push(hops: tuple[Hop, ...]) -> tuple[tuple[Hop, ...], tuple[Hop, ...]]:
    """The hops up to and including the queue, and those after it; all hops and none where nothing is pushed."""
    cut = next((place for place, hop in enumerate(hops, 1) if hop.name == QUEUE.name), len(hops))
    return hops[:cut], hops[cut:]


def _time_of(hops: tuple[Hop, ...], workload: Workload) -> Seconds | float:
    constants = [workload.hop_times[hop.name] for hop in hops if hop.name != EXTERNAL.name]
    return sum(constants, start=0.0) + (workload.external_time if len(constants) < len(hops) else 0.0)


def read(path: str | Path) -> Workload:
    """The workload in a CSV file with the columns arrived_at, kind, web_time, external_time (seconds).

    Columns `queue`, the name of a report's queue, and `label` may stand behind. Every hop but the controller's takes no
    time. Raises ValueError naming file, line, value and what is allowed.
    """
    where = printable(str(path))
    numbers, reports = array("d"), array("b")
    names: dict[str, dict[str, int]] = {QUEUE_COLUMN: {"": -1}, LABEL: {"": -1}}
    codes = {name: array("i") for name in names}
    rows = csv_rows(path, COLUMNS, LARGEST_FILE, refuse_absurd_sizes, optional=tuple(names))
    more = list(enumerate(next(rows)[1]))[len(COLUMNS) :]
    for line, row in rows:
        numbers.extend(_numbers(row, where, line))
        reports.append(row[1] == "report")
        for place, name in more:
            known = names[name].get(row[place]) if name == LABEL else None
            codes[name].append(
                _code(names[name], name, row, place, f"{where}: line {line}") if known is None else known
            )
    if not reports:
        raise ValueError(f"{where}: line 2: no rows; allowed: at least one request")
    arrived_at, web_time, external_time = (column_to_grid(numbers[column::3]) + 0.0 for column in range(3))  # no -0.0
    order = np.argsort(arrived_at, kind="stable")
    no_time = {hop.name: 0.0 for hop in CONSTANT_HOPS}
    workload = Workload(
        arrived_at[order],
        np.frombuffer(reports, dtype=np.bool_)[order],
        web_time[order],
        external_time[order],
        no_time,
        ends_at=float(arrived_at.max()),
        from_file=True,
        labels=tuple(names[LABEL])[1:],
        label=np.frombuffer(codes[LABEL], dtype=np.int32)[order] if codes[LABEL] else None,
        queues=tuple(names[QUEUE_COLUMN])[1:],
        queue=np.frombuffer(codes[QUEUE_COLUMN], dtype=np.int32)[order] if codes[QUEUE_COLUMN] else None,
    )
    return _within_range(workload, where)


def _code(names: dict[str, int], column: str, row: list[str], place: int, where: str) -> int:
    """The number of the label or queue in a row; raises ValueError for one that cannot be, or one too many."""
    name, is_report, allowed = row[place], row[1] == "report", ""
    if column == QUEUE_COLUMN:
        wrong = not names_a_queue(name) if is_report else name != ""
        allowed = (f"{QUEUE_NAME} for a report" if is_report else "nothing for a page") if wrong else ""
    elif not name.isprintable() or len(name) > LONGEST_LABEL:
        allowed = f"at most {LONGEST_LABEL} printable characters"
    if allowed:
        raise ValueError(f"{where}: {column} = {shown(name)}; allowed: {allowed}")
    if name not in names and len(names) > MOST_LABELS:
        raise ValueError(f"{where}: {column} = {shown(name)}: one more; allowed: at most {MOST_LABELS}")
    return names.setdefault(name, len(names) - 1)


def _numbers(row: list[str], where: str, line: int) -> tuple[float, float, float]:
    """The row's three columns of seconds, not rounded yet; what the rounding leaves of them is allowed."""
    arrived_at, web_time, external_time = (_number(row[column], COLUMNS[column], where, line) for column in (0, 2, 3))
    if row[1] not in ("page", "report"):
        raise ValueError(f"{where}: line {line}: kind = {shown(row[1])}; allowed: page, report")
    if web_time <= HALF_A_TICK:
        raise ValueError(f"{where}: line {line}: web_time = {shown(row[2])}; allowed: seconds from 2^-20")
    if external_time > HALF_A_TICK and row[1] == "page":
        raise ValueError(f"{where}: line {line}: external_time = {shown(row[3])}; allowed: 0 for a page")
    return arrived_at, web_time, external_time


def _number(text: str, column: str, where: str, line: int) -> float:
    try:
        seconds = float(text) if "_" not in text else math.nan
    except ValueError:
        seconds = math.nan
    if not -HALF_A_TICK <= seconds < LONGEST_RUN:
        raise ValueError(f"{where}: line {line}: {column} = {shown(text)}; allowed: seconds from 0 to 2^33")
    return seconds


def write(workload: Workload, stream: IO[str]) -> None:
    """Write a workload as a CSV file, all the thread time of a row but its external call as `web_time`.

    A SYNC run on the file repeats the SYNC run on the workload exactly; an ASYNC run does so where pushing and the
    way back take no time, since a file has no time for them.
    """
    web_time = legs_of(workload, SYNC).first - workload.external_time
    out = csv.writer(stream, lineterminator="\n")
    more = {QUEUE_COLUMN: (workload.queues, workload.queue), LABEL: (workload.labels, workload.label)}
    named = {name: (np.array([*names, ""], dtype=object), codes) for name, (names, codes) in more.items()}  # -1: last
    out.writerow([*COLUMNS, *(name for name, (_, codes) in more.items() if codes is not None)])
    for start in range(0, len(workload), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        kinds = np.array(["page", "report"], dtype=object)[workload.is_report[rows].astype(np.int8)].tolist()
        seconds = (workload.arrived_at, web_time, workload.external_time)
        arrived_at, web, external = (brief_column(column[rows]).tolist() for column in seconds)
        labels = [names[codes[rows]].tolist() for names, codes in named.values() if codes is not None]
        out.writerows(zip(arrived_at, kinds, web, external, *labels, strict=True))
