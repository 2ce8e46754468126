"""Rows of a CSV file, read strictly: every row as wide as the header, and the header as it must be."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from .complaints import printable, read_text, shown


def csv_rows(
    path: str | Path,
    header: list[str],
    largest: int,
    check: Callable[[float, str], None] = lambda lines, where: None,
    *,
    optional: tuple[str, ...] = (),
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with their line numbers, its header first; raises ValueError where they do not fit.

    `check` is told the number of lines and the file before the rows are made. Some of the columns `optional` may stand
    behind, in their order.
    """
    where, text = printable(str(path)), read_text(path, "CSV", largest)
    check(text.count("\n"), where)
    reader = csv.reader(_lines(text), strict=True)
    try:
        found = next(reader, [])
        more = [name for name in optional if name in found[len(header) :]]
        if found != [*header, *more]:
            allowed = ",".join(header) + (f", and {' or '.join(optional)}" if optional else "")
            raise ValueError(f"{where}: line 1: columns {shown(','.join(found))}; allowed: {allowed}")
        yield 1, found
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


def csv_table(path: str | Path) -> list[dict[str, str]]:
    """The rows of a CSV file of our own, by column."""
    return list(csv.DictReader(read_text(path, "CSV", 1_000_000).splitlines()))
