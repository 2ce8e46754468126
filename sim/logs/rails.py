"""Rails: "Started" when a thread takes a request, "Completed" with its time on it; the lines of many interleave.

The backlog before is not in it, and what was done for clients that had gone is. Lines are joined by their tags.
"""

import re
from collections.abc import Iterator
from typing import Any

from .rows import APPLICATION, COARSE_BEGIN, CUT_SHORT, Parse, Parsed, Row
from .stamps import ISO, iso
from .telling import Told, stamp

NAME, SOURCE = "rails", "application"
MOST_OPEN = 100_000
MIXED_UP = "requests whose lines cannot be told apart (config.log_tags = [:request_id] would tell them)"
UNFINISHED = "requests that began and did not complete"
UNBEGUN = "requests that completed and had not begun"

# what a carrier (Logger's own format, Heroku, syslog) writes before: its time, and the process it knows
CARRIER = (
    rb"(?:[A-Z], \["
    + ISO
    + rb" #\d+\] +[A-Z]+ -- [^:]{0,100}: |(?:\d+ )?(?:<\d{1,3}>1 )?"
    + ISO
    + rb" [^\[\]]*(?:\[[\w.]+\])?:? )?"
)
TAGS = rb"((?:\[[^\]]{1,255}\] )*+)"
STARTED = re.compile(CARRIER + TAGS + rb'Started ([A-Z]+ "(?:[^"\\]|\\.)*+") for \S+ at ' + ISO)
COMPLETED = re.compile(CARRIER + TAGS + rb"Completed (\d{3}) .{0,100}? in (\d{1,9}(?:\.\d+)?)ms\b")
TAG = re.compile(rb"\[([0-9a-f][0-9a-f\-]{3,})\]")


class Lines:
    """Reads line by line and gives a row when a request has completed."""

    def __init__(self) -> None:
        self._open: dict[bytes, list[Any]] = {}  # by tags: instant, flags, target, how many began under them

    def __call__(self, line: bytes) -> Parsed:
        if b"Started " in line and (found := STARTED.match(line)):
            return self._began(found.groups())
        if b"Completed " in line and (found := COMPLETED.match(line)):
            return self._completed(found.groups())
        return CUT_SHORT if b"Completed " in line and TAG.match(line) else None

    @property
    def left_over(self) -> tuple[str, int]:
        """What the lines so far leave open, and how many: the log ends, or failed requests never completed."""
        return UNFINISHED, sum(began[3] for began in self._open.values())

    def _began(self, said: tuple[bytes, ...]) -> str:
        tags, target = said[8], said[9].replace(b'"', b"")
        carried = said[:4] if said[0] else said[4:8]
        if tags in self._open:  # another one under the same tags, or under none: whose end will be whose?
            self._open[tags][3] += 1
            return ""
        at, flags = (iso(*carried), 0) if carried[0] else (iso(*said[10:14]), COARSE_BEGIN)
        self._open[tags] = [at, flags, target, 1]
        if len(self._open) <= MOST_OPEN:
            return ""
        del self._open[next(iter(self._open))]
        return UNFINISHED

    def _completed(self, said: tuple[bytes, ...]) -> Row | str:
        tags = said[8]
        began = self._open.get(tags)
        if began is None:
            return UNBEGUN
        if began[3] != 1 or began[2] is None:  # from now on until all of them have ended nothing is certain
            began[2] = None
            began[3] -= 1
            if not began[3]:
                del self._open[tags]
            return MIXED_UP
        at, flags, target, _ = self._open.pop(tags)
        tag = TAG.search(tags)
        return at, round(float(said[10]) * 1000), flags | APPLICATION, target, tag[1] if tag else b""


def reader(_: str = "") -> Parse:
    """How lines are read."""
    return Lines()


def tell(told: Told) -> Iterator[tuple[int, bytes]]:
    """A request's lines, and when they are written; none where no thread took it."""
    if told.started_at is None or told.finished_at is None:
        return
    spent = round((told.finished_at - told.started_at) / 1000)
    at = f"{stamp(told.started_at, 0, ' ')} +0000"
    path = told.path
    yield told.started_at, f'[{told.request_id}] Started {told.method} "{path}" for 192.0.2.7 at {at}'.encode()
    yield told.finished_at, f"[{told.request_id}] Completed 200 OK in {spent}ms (Views: 3.1ms)".encode()
