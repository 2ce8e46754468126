"""The requests of a run: all random draws, one row per request, the same rows for both cycles; and workload files."""

import csv
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .complaints import printable, read_text, shown
from .cycles import SYNC, Cycle, Journey
from .memory import free_memory
from .path import CONSTANT_HOPS, EXTERNAL, QUEUE, Hop
from .scenario import Scenario
from .units import LONGEST_RUN, TICKS_PER_SECOND, Seconds, brief_column, column_to_grid

Flags = NDArray[np.bool_]

COLUMNS = ["arrived_at", "kind", "web_time", "external_time"]
LABEL = "label"  # a column that a file may have besides
MOST_LABELS, LONGEST_LABEL = 100, 200
LARGEST_FILE = 1 << 28  # bytes; some eight million requests
BYTES_PER_REQUEST = 900  # of records, in the three columns of a comparison
ROWS_AT_ONCE = 1 << 16  # written from short-lived columns, so that memory does not grow with the file
HALF_A_TICK = 0.5 / TICKS_PER_SECOND  # and less is rounded to 0
ARRIVALS, KINDS, EXTERNAL_TIMES = range(3)  # a random stream each, so that no knob shifts another's draws


@dataclass(frozen=True)
class Workload:
    """One row per request, in the order of arrival: columns of one length, in seconds on the grid.

    `web_time` is what a row spends in the controller on the way in, on top of the constant `hop_times` (seconds of
    one visit, by the hop's name). `external_time` is the slow call of a report, 0 for a page. `ends_at` closes the
    window in which requests count; a file's last row still counts (`from_file`). `label` numbers a row's label in
    `labels`, -1 for none; it is None where there are no labels.
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

    def __len__(self) -> int:
        return len(self.arrived_at)


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
    _refuse_absurd_sizes(expected_arrivals(scenario), "arrival_rate, duration")
    arrived_at = _arrivals(scenario, seed)
    count = len(arrived_at)
    is_report = unit_draws(seed, KINDS, count) < scenario.report_fraction
    external_time = scenario.external_time.quantile(unit_draws(seed, EXTERNAL_TIMES, count))
    if not np.all(external_time < LONGEST_RUN):
        raise ValueError("external_time: a draw beyond 2^33 s; allowed: a distribution with a lighter tail")
    workload = Workload(
        arrived_at,
        is_report,
        np.zeros(count),
        np.where(is_report, column_to_grid(external_time), 0.0),
        scenario.hop_times,
        scenario.duration,
    )
    return _within_range(workload, "scenario")


def _refuse_absurd_sizes(requests: float, where: str) -> None:
    if requests < 100_000:
        return
    needed, free = requests * BYTES_PER_REQUEST, free_memory()
    if needed > free / 2:
        raise ValueError(
            f"{where}: {requests:,.0f} requests × {BYTES_PER_REQUEST} bytes = {needed / 1e9:,.1f} GB;"
            f" allowed: half of the free memory, {free / 2e9:,.1f} GB"
        )


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
    step = np.searchsorted(reached, hazard, side="left") - 1
    step = np.maximum(step, 0)
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
    page, report = (_journey_legs(workload, journey) for journey in (cycle.page, cycle.report))
    is_report = workload.is_report
    return Legs(*(np.where(is_report, of_report, of_page) for of_page, of_report in zip(page, report, strict=True)))


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
    constant = sum(constants, start=0.0)
    return constant + workload.external_time if len(constants) < len(hops) else constant


def read(path: str | Path) -> Workload:
    """The workload in a CSV file with the columns arrived_at, kind, web_time, external_time (seconds).

    Every hop but the controller's takes no time. Raises ValueError naming file, line, value and what is allowed.
    """
    where = printable(str(path))
    numbers, reports, names, codes = array("d"), array("b"), {"": -1}, array("i")
    for line, row in csv_rows(path, COLUMNS, LARGEST_FILE, _refuse_absurd_sizes, optional=LABEL):
        numbers.extend(_numbers(row, where, line))
        reports.append(row[1] == "report")
        if len(row) > len(COLUMNS):
            codes.append(names[row[4]] if row[4] in names else _new_label(names, row[4], where, line))
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
        labels=tuple(names)[1:],
        label=np.frombuffer(codes, dtype=np.int32)[order] if codes else None,
    )
    return _within_range(workload, where)


def _new_label(names: dict[str, int], label: str, where: str, line: int) -> int:
    """Number one more label; raises ValueError for one that cannot be shown, or one too many."""
    if not label.isprintable() or len(label) > LONGEST_LABEL:
        raise ValueError(
            f"{where}: line {line}: {LABEL} = {shown(label)}; allowed: at most {LONGEST_LABEL} printable characters"
        )
    if len(names) > MOST_LABELS:
        raise ValueError(f"{where}: line {line}: {LABEL} = {shown(label)}: one more; allowed: at most {MOST_LABELS}")
    names[label] = len(names) - 1
    return names[label]


def csv_rows(
    path: str | Path,
    header: list[str],
    largest: int,
    check: Callable[[float, str], None] = lambda lines, where: None,
    *,
    optional: str = "",
) -> Iterable[tuple[int, list[str]]]:
    """The rows of a CSV file with their line numbers, after its header; raises ValueError where they do not fit.

    `check` is told the number of lines and the file before the rows are made. A column `optional` may stand behind.
    """
    where, text = printable(str(path)), read_text(path, "CSV", largest)
    check(text.count("\n"), where)
    reader = csv.reader(_lines(text), strict=True)
    try:
        found = next(reader, [])
        if found != header and found != [*header, optional]:
            allowed = ",".join(header) + (f", and {optional}" if optional else "")
            raise ValueError(f"{where}: line 1: columns {shown(','.join(found))}; allowed: {allowed}")
        for row in reader:
            if not row:
                continue
            if len(row) != len(found):
                raise ValueError(f"{where}: line {reader.line_num}: {len(row)} values; allowed: {len(found)}")
            yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(f"{where}: line {reader.line_num}: not CSV: {error}") from None


def _lines(text: str) -> Iterator[str]:
    """The lines of a text, one at a time."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


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
    out.writerow(COLUMNS if workload.label is None else [*COLUMNS, LABEL])
    names = np.array([*workload.labels, ""], dtype=object)  # -1 is the last
    for start in range(0, len(workload), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        kinds = np.where(workload.is_report[rows], "report", "page")
        seconds = (workload.arrived_at, web_time, workload.external_time)
        arrived_at, web, external = (brief_column(column[rows]).tolist() for column in seconds)
        labels = [] if workload.label is None else [names[workload.label[rows]].tolist()]
        out.writerows(zip(arrived_at, kinds.tolist(), web, external, *labels, strict=True))
