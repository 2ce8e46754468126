"""Sidekiq: "done" and "fail" with the seconds that the job took; the text of versions 5, 6 and 7, and 8, and JSON."""

import json
import re
from collections.abc import Callable, Iterator

from .rows import CUT_SHORT, JOB, NO_TIME, Parse, Parsed, Row
from .stamps import ISO, ISO_TEXT, iso, micros
from .telling import Tell, Told, stamp

NAME, SOURCE = "sidekiq", "jobs"
OLD = re.compile(ISO + rb" \d+ TID-\w+ (\S{1,255}) JID-\S+ [A-Z]+: (?:done|fail): (\d{1,9}(?:\.\d+)?) sec")
USUAL = re.compile(  # an end as Sidekiq 6, 7 and 8 write it; whatever else there is takes the long way
    rb"(?:\x1b\S{1,16} \x1b\S{1,8} )?"
    + ISO
    + rb" pid=\d+ tid=\w+(?: jid=\w[\w\-]*+)? class=([^ :\x1b]++)(?: jid=\w[\w\-]*+)?"
    rb" elapsed=(\d{1,9}\.\d{1,9})(?: INFO)?: (?:done|fail)$"
)
NAMED = re.compile(rb" class=([^ :\x1b]++)")
ELAPSED = re.compile(rb" elapsed=([^ :\x1b]++)")
ENDED, BEGAN = (b": done", b": fail"), b": start"
USUAL_JSON = re.compile(  # a line as Sidekiq itself writes it, a flat context without escapes at its end
    rb'\{"ts":"' + ISO + rb'",[^{\\]*"msg":"(?:done|fail)","ctx":\{'
    rb'(?=[^{}\\]*?"class":"([^"]++)")[^{}\\]*"elapsed":(\d{1,9}\.\d{1,9})(?=[,}])[^{}\\]*\}\}$'
)
SECONDS = re.compile(rb"\d{1,9}(?:\.\d{1,9})?")


def reader(_: str = "") -> Parse:
    """How a line is read: a row for each run of a job that ended, well or not."""
    return _row


def _row(line: bytes) -> Parsed:
    if line.startswith(b'{"ts":'):
        return _json(line)
    if found := USUAL.match(line):
        minute, second, fraction, zone, name, elapsed = found.groups()
        return _ended(iso(minute, second, fraction, zone), elapsed, name)
    return _long_way(line)


def _long_way(line: bytes) -> Parsed:
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


def _old(line: bytes) -> Parsed:
    found = OLD.search(line)
    if not found:
        return "" if line.rstrip().endswith(b"INFO: start") else None
    return _ended(iso(*found.groups()[:4]), found[6], found[5])


def _json(line: bytes) -> Parsed:
    if found := USUAL_JSON.match(line):
        minute, second, fraction, zone, name, elapsed = found.groups()
        return _ended(iso(minute, second, fraction, zone), elapsed, name)
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


def _teller(form: Callable[[int, str, str], str]) -> Tell:
    """Tells a job's end and when it was written; nothing where there is no job."""

    def tell(told: Told) -> Iterator[tuple[int, bytes]]:
        if told.completed_at is not None and told.picked_up_at is not None:
            spent = f"{(told.completed_at - told.picked_up_at) / 1e6:.3f}"
            yield told.completed_at, form(told.completed_at, told.request_id, spent).encode()

    return tell


def _json_line(at: int, jid: str, spent: str) -> str:
    context = {"jid": jid, "class": "ReportJob", "elapsed": float(spent)}
    line = {"ts": f"{stamp(at, 3)}Z", "pid": 4, "tid": "1dc94p", "lvl": "INFO", "msg": "done", "ctx": context}
    return json.dumps(line, separators=(",", ":"))


# as versions 6 and 7 write it, up to 5, 8 on a terminal, and JSON
tell = _teller(
    lambda at, jid, spent: f"{stamp(at, 3)}Z pid=4 tid=1dc94p class=ReportJob jid={jid} elapsed={spent} INFO: done"
)
tell_as_5 = _teller(
    lambda at, jid, spent: f"{stamp(at, 0)}Z 27894 TID-uck9o ReportJob JID-{jid} INFO: done: {spent} sec"
)
tell_as_8 = _teller(
    lambda at, jid, spent: (
        f"\x1b[1;32mINFO \x1b[0m {stamp(at, 3)}Z pid=4 tid=1dc94p jid={jid} class=ReportJob elapsed={spent}: done"
    )
)
tell_as_json = _teller(_json_line)
