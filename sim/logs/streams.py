"""Logs as batches of lines, from files, gzip or stdin, in bounded memory, whatever is in them."""

import codecs
import gzip
import io
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from ..complaints import printable
from . import sample
from .rows import LONG_LINE

CHUNK = 1 << 20  # bytes
LONGEST_LINE = 1 << 16  # bytes
DAMAGED = "compressed files that end too early or are damaged"

Progress = Callable[[Iterable[Any]], Iterable[Any]]


def batches(name: str, tally: "Counter[str]", progress: Progress = iter) -> Iterator[list[bytes]]:
    """The lines of a log, some thousands at a time, without their ends; "-" is stdin, "sample" one that ships.

    Lines longer than LONGEST_LINE are counted, not given. Raises ValueError where there is no such file.
    """
    with _opened(name) as stream:
        yield from _lines(progress(_chunks(stream, tally)), tally)


@contextmanager
def _opened(name: str) -> Iterator[Any]:
    if name == "-" and sys.stdin is None:
        raise ValueError("-: stdin is closed")
    if name == "-":
        yield _unpacked(sys.stdin.buffer)
        return
    if name in sample.FILES:
        yield _unpacked(io.BufferedReader(io.BytesIO(sample.content(name))))
        return
    try:
        stream = open(name, "rb")  # noqa: SIM115
    except OSError as error:
        raise ValueError(f"{printable(name)}: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{printable(name)}: no name of a file") from None
    with stream:
        yield _unpacked(stream)


def _unpacked(stream: Any) -> Any:
    """The stream itself, or what is packed in it: gzip is known by its first bytes, not by a name."""
    return gzip.GzipFile(fileobj=stream) if stream.peek(2).startswith(b"\x1f\x8b") else stream


def _chunks(stream: Any, tally: "Counter[str]") -> Iterator[bytes]:
    """The bytes of a stream as UTF-8 or whatever 8-bit encoding it is in; UTF-16 is known by its first bytes."""
    chunks = _pieces(stream, tally)
    first = next(chunks, b"")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        yield from (decoder.decode(piece).encode() for piece in chain([first], chunks))
        return
    yield first.removeprefix(b"\xef\xbb\xbf")
    yield from chunks


def _pieces(stream: Any, tally: "Counter[str]") -> Iterator[bytes]:
    """The bytes of a stream, about CHUNK at a time; of a damaged one those before the damage."""
    pieces, size = [], 0
    try:
        while piece := stream.read1(CHUNK):
            pieces.append(piece)
            size += len(piece)
            if size >= CHUNK:
                yield b"".join(pieces)
                pieces, size = [], 0
    except (EOFError, zlib.error, gzip.BadGzipFile):
        tally[DAMAGED] += 1
    except OSError as error:
        raise ValueError(f"a log cannot be read: {error.strerror}") from None
    if pieces:
        yield b"".join(pieces)


def _lines(chunks: Iterable[bytes], tally: "Counter[str]") -> Iterator[list[bytes]]:
    rest, too_long = b"", False
    for chunk in chunks:
        batch = (rest + chunk).split(b"\n")
        rest = batch.pop()
        if too_long and batch:  # the end of a line that was given up
            del batch[0]
            too_long = False
        if len(rest) > LONGEST_LINE or too_long:
            tally[LONG_LINE] += not too_long
            rest, too_long = b"", True
        if batch:
            yield _short(batch, tally)
    if rest:
        yield [rest]


def _short(batch: list[bytes], tally: "Counter[str]") -> list[bytes]:
    if len(max(batch, key=len)) <= LONGEST_LINE:
        return batch
    kept = [line for line in batch if len(line) <= LONGEST_LINE]
    tally[LONG_LINE] += len(batch) - len(kept)
    return kept
