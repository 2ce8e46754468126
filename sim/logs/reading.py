"""Logs to columns: every line is a row, is counted for what else it is, or is left out; nothing goes unsaid."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from types import ModuleType

from ..complaints import did_you_mean, shown
from . import alb, cloudfront, heroku, lograge, nginx, rails, sidekiq
from .paths import HEALTH_CODE, Groups
from .rows import CUT_SHORT, HEALTH, NEGATIVE, OTHER, STATIC, TOO_LONG, WEEK, Columns, Parse, Parsed
from .streams import Progress, batches

FORMATS: dict[str, ModuleType] = {
    module.NAME: module for module in (heroku, nginx, rails, lograge, alb, cloudfront, sidekiq)
}
SAMPLE = 2000  # lines by which a log's formats are found


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
        nginx.reader(log_format)
        if format not in (None, "nginx"):
            raise ValueError(f"log_format with format = {format}: it is nginx's; allowed: nginx")
    if list(logs).count("-") > 1:
        raise ValueError("- twice: stdin can be read once; allowed: one -")


def _found(lines: Sequence[bytes], log_format: str) -> list[str]:
    """The formats of which there are rows among the first lines, the most frequent first; all, where there are none."""
    if log_format:
        return ["nginx"]
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
    """Read the lines; this is the loop that sees each of them, so it is long and calls little."""
    columns, groups, tally = done.columns, done.groups, done.tally
    add_begin, add_duration, add_flags = columns.begin.append, columns.duration.append, columns.flags.append
    add_code, add_key = columns.code.append, columns.key.append
    used: Counter[str] = Counter()
    (first, name), *others = zip(parsers, names, strict=True)
    for batch in lines:
        done.lines += len(batch)
        for line in batch:
            row: Parsed
            try:
                row, by = first(line), name
            except ValueError:  # a number or a date that is none
                row, by = CUT_SHORT, name
            if row is None:
                row, by = _by_others(line, others)
            if not isinstance(row, tuple):
                tally[OTHER if row is None else row] += row is not None or bool(line.strip())
                continue
            begin, duration, flags, target, key = row
            code = groups[target]
            if code < 0 or not 0 <= duration <= WEEK:
                tally[_left_out(code, duration)] += 1
                continue
            used[by] += 1
            add_begin(begin)
            add_duration(duration)
            add_flags(flags)
            add_code(code)
            add_key(hash(key) if key else 0)
    del tally[""]
    for parse in parsers:
        reason, count = getattr(parse, "left_over", ("", 0))
        tally[reason or OTHER] += count
    done.formats |= {name for name in names if used[name]}


def _by_others(line: bytes, others: Sequence[tuple[Parse, str]]) -> tuple[Parsed, str]:
    """What the formats after the first make of a line."""
    for parse, name in others:
        try:
            row = parse(line)
        except ValueError:
            row = CUT_SHORT
        if row is not None:
            return row, name
    return None, ""


def _left_out(code: int, duration: int) -> str:
    if code < 0:
        return HEALTH if code == HEALTH_CODE else STATIC
    return NEGATIVE if duration < 0 else TOO_LONG


def _nothing(done: Read, logs: Sequence[str]) -> str:
    found = ", ".join(f"{count:,} {what}" for what, count in done.tally.most_common() if count) or "no lines"
    where = shown(logs[0]) if len(logs) == 1 else f"{len(logs)} logs"
    known = ", ".join(FORMATS)
    return f"{where}: no request with a time and a duration in {done.lines:,} lines: {found}; allowed: {known}"
