"""Heroku's router: key=value in any order, quoted or not, stamped at the end; its service time contains the backlog."""

import re
from collections.abc import Iterator

from .rows import CUT, CUT_SHORT, NEGATIVE, REFUSED, TIMED_OUT, UPGRADED, Parse, Parsed
from .stamps import ISO, iso
from .telling import Told, stamp

NAME, SOURCE = "heroku", "router"
HEAD = rb"(?:\d++ )?(?:<\d{1,3}>1 )?" + ISO + rb" (?:[^ ]{1,255}+ )?heroku[\[ /]router[\]:\- ]+"
LINE = re.compile(HEAD + rb"(.+)", re.DOTALL)
USUAL = re.compile(  # the order in which Heroku writes it; whatever else there is takes the long way
    HEAD + rb'at=(?:info|error code=(H12) desc="Request timeout") method=([A-Z]+ )path="([^"\\]*+)" host=[^ ]*+'
    rb' request_id=([^ "]*+) fwd="[^"]*+" dyno=[^ ]*+ connect=(\d{1,9})ms service=(\d{1,9})ms status=(200|503|30[12]) '
)
PAIR = re.compile(rb'(?<![a-z_])([a-z_]++)=("(?:[^"\\]|\\.)*+"|[^\s"]*+)(?=\s|$)')
MILLISECONDS = re.compile(rb"(-?)(\d{1,9})ms")


def reader(_: str = "") -> Parse:
    """How a line is read."""
    return _row


def _row(line: bytes) -> Parsed:
    if b"router" not in line:
        return None
    found = USUAL.match(line)
    if not found:
        return _long_way(line)
    minute, second, fraction, zone, error, method, path, key, connect, service, _ = found.groups()
    duration = 1000 * (int(connect) + int(service))
    return iso(minute, second, fraction, zone) - duration, duration, TIMED_OUT if error else 0, method + path, key


def _long_way(line: bytes) -> Parsed:
    found = LINE.match(line)
    if not found:
        return None
    *when, rest = found.groups()
    said = dict(PAIR.findall(rest))
    if said.get(b"status") == b"101":
        return UPGRADED
    error = said.get(b"code", b"").strip(b'"')
    connect, service = (MILLISECONDS.fullmatch(said.get(name, b"").strip(b'"')) for name in (b"connect", b"service"))
    if len(said.get(b"status", b"").strip(b'"')) != 3:
        return CUT_SHORT
    if not service:
        return REFUSED if error and said.get(b"service") in (b"", b'""') else CUT_SHORT
    if service[1] or (connect and connect[1]):
        return NEGATIVE
    duration = 1000 * (int(service[2]) + (int(connect[2]) if connect else 0))
    flags = 0 if not error else TIMED_OUT if error == b"H12" else CUT
    target = said.get(b"method", b"").strip(b'"') + b" " + said.get(b"path", b"").strip(b'"')
    return iso(*when) - duration, duration, flags, target, said.get(b"request_id", b"").strip(b'"')


def tell(told: Told) -> Iterator[tuple[int, bytes]]:
    """A request's line, and when it is written."""
    spent = round((told.responded_at - told.arrived_at) / 1000)
    how = 'error code=H12 desc="Request timeout"' if told.timed_out else "info"
    yield (
        told.responded_at,
        f'{stamp(told.responded_at)}+00:00 heroku[router]: at={how} method={told.method} path="{told.path}"'
        f' host=app.example.com request_id={told.request_id} fwd="192.0.2.7" dyno=web.1 connect=0ms service={spent}ms'
        f" status={503 if told.timed_out else 200} bytes={0 if told.timed_out else 412} protocol=https".encode(),
    )
