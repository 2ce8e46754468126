"""A run told as a log: what the real programs would have written, for samples and for tests of the way back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isnan

from ..experiments import Result
from ..records import Records

START = datetime(2026, 1, 5, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """One request with its instants in whole µs since the start of the run; None has not happened."""

    request_id: str
    method: str
    path: str
    arrived_at: int
    responded_at: int
    timed_out: bool
    started_at: int | None
    finished_at: int | None
    picked_up_at: int | None
    completed_at: int | None


Tell = Callable[[Told], Iterator[tuple[int, bytes]]]


def told(result: Result) -> Iterator[Told]:
    """The requests of a run as a log's programs see them: reports are POST /reports/N, pages GET /pages/N."""
    records = result.records
    columns = (_micros(records, name) for name in ("arrived_at", "responded_at", *_LATER))
    rows = zip(records.is_report.tolist(), records.timed_out.tolist(), *columns, strict=True)
    for number, (is_report, timed_out, arrived_at, responded_at, *later) in enumerate(rows):
        assert arrived_at is not None
        assert responded_at is not None
        path = f"/reports/{number % 97}" if is_report else f"/pages/{number % 7}?q=a%20secret"
        method = "POST" if is_report else "GET"
        yield Told(f"{number:08x}-5eed", method, path, arrived_at, responded_at, timed_out, *later)


_LATER = ("started_at", "finished_at", "picked_up_at", "completed_at")


def _micros(records: Records, name: str) -> list[int | None]:
    return [None if isnan(at) else round(at * 1_000_000) for at in getattr(records, name).tolist()]


def log_of(result: Result, *tellers: Tell) -> Iterator[bytes]:
    """The lines that these formats would have for a run, in the order in which they are written."""
    lines = [line for request in told(result) for tell in tellers for line in tell(request)]
    lines.sort(key=lambda line: line[0])
    return (line for _, line in lines)


def stamp(at: int, digits: int = 6, separator: str = "T") -> str:
    """An instant as ISO 8601 without a zone, its fraction cut off after so many digits."""
    text = (START + timedelta(microseconds=at)).strftime(f"%Y-%m-%d{separator}%H:%M:%S.%f")
    return text[: 19 + digits + (digits > 0)]
