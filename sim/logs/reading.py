"""Logs to columns: every line is a row, is counted for what else it is, or is left out; nothing goes unsaid."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import chain, compress, islice
from operator import not_
from types import ModuleType

from ..complaints import did_you_mean, printable, shown
from . import FORMATS as NAMES
from .paths import HEALTH_CODE, Groups
from .rows import CUT_SHORT, HEALTH, NEGATIVE, OTHER, STATIC, TOO_LONG, WEEK, Columns, Parse, Parsed, Row
from .streams import Progress, batches

FORMATS: dict[str, ModuleType] = {name: import_module(f".{name}", __package__) for name in NAMES}
CONFIGURED = next(name for name, module in FORMATS.items() if hasattr(module, "TAKES_LOG_FORMAT"))
SAMPLE = 2000  # lines by which a log's formats are found
FEW = 256  # lines of which the rows are kept as columns at once


@dataclass
class Read:
    """What was read: the rows, the groups that their codes number, and what all other lines were.

    `parts` are the files' first rows, in order. `formats` are those of which there were rows.
    """

    groups: Groups
    columns: Columns = field(default_factory=Columns)
    tally: "Counter[str]" = field(default_factory=Counter)
    lines: int = 0
    parts: list[int] = field(default_factory=list)
    formats: set[str] = field(default_factory=set)


def read(
    logs: Sequence[str],
    groups: Groups,
    *,
    format: str | None = None,  # noqa: A002
    log_format: str = "",
    progress: Progress = iter,
) -> Read:
    """The rows of all these logs ("-" is stdin, gzip is unpacked); the formats are found, or the one named.

    Raises ValueError for a file or a format that there is not, and where no row is found, with what was.
    """
    _check(logs, format, log_format)
    done = Read(groups)
    for log in logs:
        lines = batches(log, done.tally, progress)
        first = next(lines, [])
        names = [format] if format else _found(first, log_format)
        done.parts.append(len(done.columns.begin))
        _take(chain([first], lines), [FORMATS[name].reader(log_format) for name in names], names, done)
    if not done.columns.begin:
        raise ValueError(_nothing(done, logs))
    return done


def _check(logs: Sequence[str], format: str | None, log_format: str) -> None:  # noqa: A002
    if format is not None and format not in FORMATS:
        raise ValueError(
            f"format = {shown(format)}{did_you_mean(format, FORMATS)}: no such format; allowed: {', '.join(FORMATS)}"
        )
    if log_format:
        FORMATS[CONFIGURED].reader(log_format)
        if format not in (None, CONFIGURED):
            raise ValueError(f"log_format with format = {format}: it is {CONFIGURED}'s; allowed: {CONFIGURED}")
    if twice := next((log for log in logs if list(logs).count(log) > 1), ""):
        raise ValueError(f"{printable(twice)}: given twice; allowed: each log once")


def _found(lines: Sequence[bytes], log_format: str) -> list[str]:
    """The formats of which there are rows among the first lines, the most frequent first; all, where there are none."""
    if log_format:
        return [CONFIGURED]
    counts = {name: _rows(lines, module.reader()) for name, module in FORMATS.items()}
    return sorted((name for name in counts if counts[name]), key=lambda name: -counts[name]) or list(FORMATS)


def _rows(lines: Sequence[bytes], parse: Parse) -> int:
    count = 0
    for line in islice(lines, SAMPLE):
        try:
            count += isinstance(parse(line), tuple)
        except ValueError:
            continue
    return count


def _take(lines: Iterable[list[bytes]], parsers: Sequence[Parse], names: Sequence[str], done: Read) -> None:
    """Read the lines; the loop that sees each of them calls little, and what can wait is done for a batch at once."""
    tally, used = done.tally, Counter[str]()
    (first, name), *others = zip(parsers, names, strict=True)
    for batch in _few(lines):
        done.lines += len(batch)
        rows: list[Row] = []
        keep = rows.append
        for line in batch:
            row: Parsed
            try:
                row = first(line)
            except ValueError:  # a number or a date that is none
                row = CUT_SHORT
            if row is None:
                row = _by_others(line, others, used)
            if isinstance(row, tuple):
                keep(row)
            else:
                tally[OTHER if row is None else row] += row is not None or bool(line.strip())
        used[name] += len(rows)
        if rows:
            _add(rows, done)
    del tally[""]
    for parse in parsers:
        reason, count = getattr(parse, "left_over", ("", 0))
        tally[reason or OTHER] += count
    used[name] -= used.total() - used[name]
    done.formats |= {name for name in names if used[name]}


def _few(batches: Iterable[list[bytes]]) -> Iterator[list[bytes]]:
    """The lines a few at a time, so that what is made of them is still at hand in the processor when it is put away."""
    return (batch[first : first + FEW] for batch in batches for first in range(0, len(batch), FEW))


def _by_others(line: bytes, others: Sequence[tuple[Parse, str]], used: "Counter[str]") -> Parsed:
    """What the formats after the first make of a line."""
    for parse, name in others:
        try:
            row = parse(line)
        except ValueError:
            row = CUT_SHORT
        if row is not None:
            used[name] += isinstance(row, tuple)
            return row
    return None


def _add(rows: Sequence[Row], done: Read) -> None:
    """Keep a batch's rows as columns, without those whose group or duration leaves them out."""
    begin, duration, flags, target, key = zip(*rows, strict=True)
    code = tuple(map(done.groups.__getitem__, target))
    if min(code) < 0 or min(duration) < 0 or max(duration) > WEEK:
        out = [code < 0 or not 0 <= lasted <= WEEK for code, lasted in zip(code, duration, strict=True)]
        done.tally.update(_left_out(*row) for row in compress(zip(code, duration, strict=True), out))
        begin, duration, flags, code, key = (
            tuple(compress(column, map(not_, out))) for column in (begin, duration, flags, code, key)
        )
    done.columns.extend(begin, duration, flags, code, map(hash, key))  # no id's hash is 0


def _left_out(code: int, duration: int) -> str:
    if code < 0:
        return HEALTH if code == HEALTH_CODE else STATIC
    return NEGATIVE if duration < 0 else TOO_LONG


def _nothing(done: Read, logs: Sequence[str]) -> str:
    found = ", ".join(f"{count:,} {what}" for what, count in done.tally.most_common() if count) or "no lines"
    where = shown(logs[0]) if len(logs) == 1 else f"{len(logs)} logs"
    known = ", ".join(FORMATS)
    return f"{where}: no request with a time and a duration in {done.lines:,} lines: {found}; allowed: {known}"
