"""AWS ALB: fields by position; the arrival is request_creation_time, the target's time contains its backlog."""

import re
from collections.abc import Iterator

from .rows import CUT, CUT_SHORT, NEGATIVE, REFUSED, UPGRADED, Parse, Parsed, fate
from .stamps import ISO, iso, iso_text, micros
from .telling import Told, stamp

NAME, SOURCE = "alb", "router"
QUOTED = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
SECONDS = rb" (-?\d{1,9}(?:\.\d+)?)"
LINE = re.compile(
    rb"(?:https?|h2|grpcs?|wss?) ([^ ]++) [^ ]++ [^ ]++ [^ ]++" + 3 * SECONDS + rb" (\d{3}|-) (\d{3}|-) \d+ \d+ "
    rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)" '
    + QUOTED
    + rb' [^ ]++ [^ ]++ [^ ]++ "([^"]*+)" '
    + QUOTED
    + rb" "
    + QUOTED
    + rb" [^ ]++ "
    + ISO
    + rb" "
)
USUAL = re.compile(  # an answer that says nothing of a fate; whatever else there is takes the long way
    rb"(?:https?|h2) [^ ]++ [^ ]++ [^ ]++ [^ ]++ (\d{1,9}\.\d{3}) (\d{1,9}\.\d{3}) \d{1,9}\.\d{3}"
    rb' (?:[23]\d\d|4[0-5]\d) [2-5]\d\d \d+ \d+ "([^"\\]*+)" "[^"\\]*+" [^ ]++ [^ ]++ [^ ]++ "([^"]++)" "[^"\\]*+"'
    rb' "[^"\\]*+" [^ ]++ (\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d)\.(\d{6})Z '
)
MINUS = ord("-")
BEGINS = re.compile(rb"(?:https?|h2|grpcs?|wss?) " + ISO + rb" \S*?(?:app|net)/")


def reader(_: str = "") -> Parse:
    """How a line is read."""
    return _row


def _row(line: bytes) -> Parsed:
    found = USUAL.match(line)
    if not found:
        return _long_way(line)
    before, target, request, key, minute, second, fraction = found.groups()
    duration = micros(target) if before == b"0.000" else micros(before) + micros(target)
    return iso(minute, second, fraction, b"Z"), duration, 0, request, key


def _long_way(line: bytes) -> Parsed:
    found = LINE.match(line)
    if not found:
        return CUT_SHORT if BEGINS.match(line) else None
    end_at, before, target, after, status, own_status, request, key, minute, second, fraction, zone = found.groups()
    begin, flags = iso(minute, second, fraction, zone), fate(status)
    if status == b"101" or own_status == b"101" or line.startswith(b"ws"):
        return UPGRADED
    if target[0] == MINUS:  # no answer came from the target
        whole = iso_text(end_at) - begin
        return NEGATIVE if whole < 0 else (begin, whole, flags, request, key) if flags else REFUSED
    if before[0] == MINUS or after[0] == MINUS:
        flags |= CUT
    duration = micros(target) if before == b"0.000" else max(0, micros(before)) + micros(target)
    return begin, duration, flags, request, key


def tell(told: Told) -> Iterator[tuple[int, bytes]]:
    """A request's line, and when it is written."""
    spent = "-1" if told.timed_out else f"{(told.responded_at - told.arrived_at) / 1e6:.3f}"
    around, status, target = ("-1", 504, "-") if told.timed_out else ("0.000", 200, "200")
    yield (
        told.responded_at,
        f"https {stamp(told.responded_at)}Z app/lb/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80"
        f" {around} {spent} {around} {status} {target} 811 412"
        f' "{told.method} https://app.example.com:443{told.path} HTTP/1.1" "curl/8.5"'
        f" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x"
        f' "{told.request_id}" "app.example.com" "arn:aws:x" 0 {stamp(told.arrived_at)}Z "forward" "-" "-"'
        f' "10.0.0.1:80" "{target}" "-" "-"'.encode(),
    )
