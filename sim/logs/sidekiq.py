"""Sidekiq: "done" and "fail" with the seconds that the job took; the text of versions 5, 6 and 7, and 8, and JSON."""

import json
import re
from collections.abc import Iterator

from .rows import CUT_SHORT, JOB, NO_TIME, Parse, Row
from .stamps import ISO, ISO_TEXT, iso, micros
from .telling import Told, stamp

NAME, SOURCE = "sidekiq", "jobs"
OLD = re.compile(ISO + rb" \d+ TID-\w+ (\S{1,255}) JID-\S+ [A-Z]+: (?:done|fail): (\d{1,9}(?:\.\d+)?) sec")
NAMED = re.compile(rb" class=([^ :\x1b]++)")
ELAPSED = re.compile(rb" elapsed=([^ :\x1b]++)")
ENDED, BEGAN = (b": done", b": fail"), b": start"
BEGINS_JSON = re.compile(rb'\{"ts":"' + ISO + rb'"')
NAMED_JSON = re.compile(rb'"class":"([^"]++)"')
ELAPSED_JSON = re.compile(rb'"elapsed":(\d{1,9}\.\d{1,9})[,}]')
SECONDS = re.compile(rb"\d{1,9}(?:\.\d{1,9})?")


def reader(_: str = "") -> Parse:
    """How a line is read: a row for each run of a job that ended, well or not."""
    return _row


def _row(line: bytes) -> Row | str | None:
    if b" TID-" in line:
        return _old(line)
    if b'"ctx"' in line:
        return _json(line)
    if b" tid=" not in line and b"pid=" not in line:
        return None
    end = line.rstrip()
    if not end.endswith(ENDED):
        return "" if end.endswith(BEGAN) else CUT_SHORT if b" elapsed=" in line else None
    name, elapsed, when = NAMED.search(line), ELAPSED.search(line), ISO_TEXT.search(line)
    if not name or not elapsed or not SECONDS.fullmatch(elapsed[1]):
        return CUT_SHORT
    return _ended(iso(*when.groups()), elapsed[1], name[1]) if when else NO_TIME


def _ended(end: int, elapsed: bytes, name: bytes) -> Row:
    spent = micros(elapsed)
    return end - spent, spent, JOB, name, b""


def _old(line: bytes) -> Row | str | None:
    found = OLD.search(line)
    if not found:
        return "" if line.rstrip().endswith(b"INFO: start") else None
    return _ended(iso(*found.groups()[:4]), found[6], found[5])


def _usual_json(line: bytes) -> Row | None:
    """The row of a line as Sidekiq itself writes it, a flat context at its end; None for the long way."""
    context = line.find(b'"ctx":{')
    if b"\\" in line or line.find(b"{", context + 7) > 0 or not line.endswith(b"}}"):
        return None
    name, elapsed = NAMED_JSON.search(line, context), ELAPSED_JSON.search(line, context)
    when = BEGINS_JSON.match(line)
    return _ended(iso(*when.groups()), elapsed[1], name[1]) if name and elapsed and when else None


def _json(line: bytes) -> Row | str | None:
    if b'"msg":"done"' in line and (row := _usual_json(line)):
        return row
    try:
        said = json.loads(line[line.find(b"{") :])
    except (ValueError, RecursionError):
        return CUT_SHORT
    context = said.get("ctx") if isinstance(said, dict) else None
    if not isinstance(context, dict) or not isinstance(context.get("class"), str):
        return None
    if said.get("msg") not in ("done", "fail"):
        return "" if said.get("msg") == "start" else None
    elapsed, when = str(context.get("elapsed", "")).encode(), ISO_TEXT.match(str(said.get("ts", "")).encode())
    if not SECONDS.fullmatch(elapsed):
        return CUT_SHORT
    return _ended(iso(*when.groups()), elapsed, context["class"].encode(errors="replace")) if when else NO_TIME


def _told(told: Told) -> tuple[int, str]:
    """When the job was done, and the seconds it took."""
    assert told.completed_at is not None
    assert told.picked_up_at is not None
    return told.completed_at, f"{(told.completed_at - told.picked_up_at) / 1e6:.3f}"


def tell(told: Told) -> Iterator[tuple[int, bytes]]:
    """A job's end as Sidekiq 6 and 7 write it, and when; nothing where there is no job."""
    if told.completed_at is not None:
        at, spent = _told(told)
        job = f"pid=4 tid=1dc94p class=ReportJob jid={told.request_id} elapsed={spent}"
        yield at, f"{stamp(at, 3)}Z {job} INFO: done".encode()


def tell_as_5(told: Told) -> Iterator[tuple[int, bytes]]:
    """The same as versions up to 5 write it."""
    if told.completed_at is not None:
        at, spent = _told(told)
        yield at, f"{stamp(at, 0)}Z 27894 TID-uck9o ReportJob JID-{told.request_id} INFO: done: {spent} sec".encode()


def tell_as_8(told: Told) -> Iterator[tuple[int, bytes]]:
    """The same as version 8 writes it on a terminal."""
    if told.completed_at is not None:
        at, spent = _told(told)
        job = f"pid=4 tid=1dc94p jid={told.request_id} class=ReportJob elapsed={spent}"
        yield at, f"\x1b[1;32mINFO \x1b[0m {stamp(at, 3)}Z {job}: done".encode()


def tell_as_json(told: Told) -> Iterator[tuple[int, bytes]]:
    """The same as JSON."""
    if told.completed_at is not None:
        at, spent = _told(told)
        context = {"jid": told.request_id, "class": "ReportJob", "elapsed": float(spent)}
        line = {"ts": f"{stamp(at, 3)}Z", "pid": 4, "tid": "1dc94p", "lvl": "INFO", "msg": "done", "ctx": context}
        yield at, json.dumps(line, separators=(",", ":")).encode()
