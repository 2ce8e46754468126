"""lograge: one line a request, as key=value or JSON, with its time on the thread; whoever carries it stamps its end."""

import json
import re
from collections.abc import Iterator
from typing import Any

from .rows import APPLICATION, CUT_SHORT, NEGATIVE, NO_TIME, Parse, Parsed
from .stamps import ISO, ISO_TEXT, iso
from .telling import Told, stamp

NAME, SOURCE = "lograge", "application"
USUAL = re.compile(  # the order in which lograge writes it; whatever else there is takes the long way
    rb"[^{=\[]{0,40}?"
    + ISO
    + rb"[^{=\[]*+(?:\[[\w.]+\]: )?(?:\[([0-9a-f][0-9a-f\-]{3,})\] )?method=([A-Z]+ )path=([^ \"]++)"
    rb" format=[^ ]++ controller=[^ ]++ action=[^ ]++ status=\d{3} duration=(\d{1,9}\.\d{1,6})(?: |$)"
)
PAIR = re.compile(rb'(?<![a-z_@])([a-z_@]++)=("(?:[^"\\]|\\.)*+"|[^\s"]*+)')
TAG = re.compile(rb"\[([0-9a-f][0-9a-f\-]{3,})\] *(?:method=|\{)")
DURATION = re.compile(rb"(-?)(\d{1,9}\.\d{1,6})")  # Ruby writes a decimal point; without one it was cut short
STAMPS = ("@timestamp", "time", "timestamp", "ts")


def reader(_: str = "") -> Parse:
    """How a line is read."""
    return _row


def _row(line: bytes) -> Parsed:
    found = USUAL.match(line)
    if not found:
        return _long_way(line)
    minute, second, fraction, zone, key, method, path, duration = found.groups()
    spent = round(float(duration) * 1000)
    return iso(minute, second, fraction, zone) - spent, spent, APPLICATION, method + path, key or b""


def _long_way(line: bytes) -> Parsed:
    at = line.find(b"method=")
    if at < 0:
        return _json(line) if b'"duration"' in line and b'"path"' in line else None
    said = dict(PAIR.findall(line))
    if b"path" not in said or not (b"controller" in said or b"format" in said or b"duration" in said):
        return None
    duration = DURATION.fullmatch(said.get(b"duration", b""))
    if not duration or b"status" not in said:
        return CUT_SHORT
    when = ISO_TEXT.search(line, 0, at)
    if not when:
        return NO_TIME
    if duration[1]:
        return NEGATIVE
    tag = TAG.search(line, 0, at + 7)
    key = tag[1] if tag else said.get(b"request_id", b"")
    spent = round(float(duration[2]) * 1000)
    return iso(*when.groups()) - spent, spent, APPLICATION, said[b"method"] + b" " + said[b"path"].strip(b'"'), key


def _json(line: bytes) -> Parsed:
    at = line.find(b"{")
    try:
        said = json.loads(line[at:])
    except (ValueError, RecursionError):
        return CUT_SHORT
    if not isinstance(said, dict) or not isinstance(said.get("path"), str) or "duration" not in said:
        return None
    milliseconds = said["duration"]
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not abs(milliseconds) < 1e12:
        return CUT_SHORT
    when = ISO_TEXT.search(_stamp(said)) or ISO_TEXT.search(line, 0, at)
    if not when:
        return NO_TIME
    if milliseconds < 0:
        return NEGATIVE
    spent = round(milliseconds * 1000)
    key = said.get("request_id")
    target = f"{said.get('method', '')} {said['path']}".encode(errors="replace")
    return iso(*when.groups()) - spent, spent, APPLICATION, target, key.encode() if isinstance(key, str) else b""


def _stamp(said: dict[str, Any]) -> bytes:
    return next((said[name].encode(errors="replace") for name in STAMPS if isinstance(said.get(name), str)), b"")


def tell(told: Told) -> Iterator[tuple[int, bytes]]:
    """A request's line, and when it is written; none where no thread took it."""
    if told.started_at is None or told.finished_at is None:
        return
    spent = (told.finished_at - told.started_at) / 1000
    name = "reports" if told.method == "POST" else "pages"
    yield (
        told.finished_at,
        f"{stamp(told.finished_at)}+00:00 app[web.1]: [{told.request_id}] method={told.method}"
        f" path={told.path.partition('?')[0]} format=html controller={name.title()}Controller action=show status=200"
        f" duration={spent:.2f} view=3.10 db=0.70".encode(),
    )
